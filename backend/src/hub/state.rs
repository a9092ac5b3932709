//! The hub's task and what it owns.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::Message;
use recado_protocol::{
    CloseCode, ErrorCode, Rev, RoomId, ServerFrame, SessionId, Timestamp, UserId, frame::ErrorFrame,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::task::TaskTracker;

use super::{
    Command, ConnId, HubParts, Person, Start, Subscribed, Surface,
    gap::Timer,
    ordered::Ordered,
    people::Watched,
    presence::{ALIVE_EVERY, News, Presence},
    queue::{Queue, Stamp},
};
use crate::{
    bus::{Bus, Channel, Inbox},
    clock::Clock,
    store::{MemberRoom, Store},
};

/// How long sockets may take to be gone when the server stops.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

pub(super) struct State {
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tracker: TaskTracker,
    /// The hub's own way in, for what its reads bring.
    pub(super) commands: mpsc::WeakSender<Command>,
    pub(super) conns: HashMap<ConnId, Conn>,
    pub(super) users: HashMap<UserId, Account>,
    pub(super) sessions: HashMap<SessionId, HashSet<ConnId>>,
    pub(super) rooms: HashMap<RoomId, Room>,
    /// Rooms that somebody here watches.
    pub(super) watched: HashSet<RoomId>,
    pub(super) people: Ordered<ServerFrame>,
    pub(super) presence: Presence,
    /// When those went whom others saw go from here.
    pub(super) left: HashMap<UserId, Timestamp>,
    pub(super) typing: HashMap<(RoomId, UserId), super::people::Typing>,
    pub(super) timers: BTreeSet<(Instant, Timer)>,
    /// Counts movements of heads, so that a heartbeat can tell what moved since the last one.
    pub(super) moves: u64,
    next_conn: u64,
    draining: bool,
}

pub(super) struct Conn {
    pub(super) person: Person,
    pub(super) surface: Surface,
    pub(super) queue: Arc<Queue>,
    pub(super) rooms: HashSet<RoomId>,
    pub(super) watched: HashSet<RoomId>,
    pub(super) typing: HashSet<RoomId>,
    /// What the snapshot covered.
    pub(super) me_floor: Rev,
    pub(super) people_floor: Rev,
    /// Floors of rooms that the snapshot had before the hub heard of them.
    pub(super) early: HashMap<RoomId, Rev>,
    /// Rooms that one was taken out of while entering.
    pub(super) removed: HashSet<RoomId>,
    pub(super) live: bool,
    /// Nobody is at the device.
    pub(super) is_idle: bool,
    /// [`State::moves`] when this socket last surely knew of them: at its beginning, or at the last heartbeat it answered.
    pub(super) heard: u64,
    /// [`State::moves`] at the last heartbeat.
    pub(super) pinged: u64,
}

/// A person with sockets here.
pub(super) struct Account {
    pub(super) conns: HashSet<ConnId>,
    /// The stream `me`.
    pub(super) me: Ordered<ServerFrame>,
}

/// A room with sockets here.
pub(super) struct Room {
    pub(super) stream: Ordered<ServerFrame>,
    pub(super) devices: HashMap<ConnId, Device>,
    pub(super) sockets: HashMap<ConnId, (UserId, Arc<Queue>)>,
    /// Participants, which decides who hears typing and read markers.
    pub(super) count: i64,
    pub(super) moved: u64,
    pub(super) watch: Option<Watched>,
}

/// A device socket in a room.
pub(super) struct Device {
    pub(super) user: UserId,
    pub(super) queue: Arc<Queue>,
    /// The snapshot had the room up to here.
    pub(super) floor: Rev,
}

/// A frame ready for any number of sockets.
pub(super) fn encode(frame: &ServerFrame) -> Message {
    Message::Text(frame.to_text().into())
}

/// Closes a socket, with the `error` frame that says why.
pub(super) fn close(queue: &Queue, code: CloseCode, error: ErrorCode, room: Option<RoomId>) {
    let frame = ServerFrame::Error(ErrorFrame {
        reference: None,
        client_id: None,
        chat_room: room,
        code: error,
        message: code.reason().to_owned(),
        retry_after_ms: None,
    });
    queue.close(code, Some(encode(&frame)));
}

pub(super) async fn run(
    parts: HubParts,
    commands: mpsc::WeakSender<Command>,
    mut asked: mpsc::Receiver<Command>,
    mut gone: mpsc::UnboundedReceiver<ConnId>,
) {
    let HubParts { store, bus, clock, tracker, shutdown } = parts;
    let Some(mut inbox) = bus.take_inbox() else {
        tracing::error!("the bus has another hub already");
        return;
    };
    // A head that cannot be read now is learnt from the poller.
    let people = store.people_head().await.ok();
    let mut state = State::new(store, bus, clock, tracker, commands, people);
    let mut ends_at = None;
    loop {
        if ends_at.is_some_and(|at| state.conns.is_empty() || at <= Instant::now()) {
            break;
        }
        let timer = state.timers.first().map(|(at, _)| *at).into_iter().chain(ends_at).min();
        tokio::select! {
            () = shutdown.cancelled(), if ends_at.is_none() => {
                state.drain();
                ends_at = Some(Instant::now() + DRAIN_LIMIT);
            }
            Some(conn) = gone.recv() => state.detach(conn),
            incoming = inbox.recv() => match incoming {
                Some(incoming) => state.hear_all(incoming, &mut inbox),
                None => break,
            },
            command = asked.recv() => match command {
                Some(command) => state.obey(command),
                None => break,
            },
            () = async { sleep_until(timer.unwrap_or_else(Instant::now)).await }, if timer.is_some() => {
                state.on_time(Instant::now());
            }
        }
    }
    state.bus.announce(News::Gone);
    state.bus.close();
}

impl State {
    fn new(
        store: Store,
        bus: Bus,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
        commands: mpsc::WeakSender<Command>,
        people: Option<Rev>,
    ) -> Self {
        let presence = Presence::new(bus.node());
        let mut timers = BTreeSet::new();
        if bus.has_others() {
            timers.insert((Instant::now() + ALIVE_EVERY, Timer::Alive));
            bus.announce(presence.alive());
        }
        Self {
            store,
            bus,
            clock,
            tracker,
            commands,
            conns: HashMap::new(),
            users: HashMap::new(),
            sessions: HashMap::new(),
            rooms: HashMap::new(),
            watched: HashSet::new(),
            people: Ordered::at(people),
            presence,
            left: HashMap::new(),
            typing: HashMap::new(),
            timers,
            moves: 1,
            next_conn: 0,
            draining: false,
        }
    }

    /// All that the bus has brought, up to a bound, so that a busy bus does not starve the sockets' commands.
    fn hear_all(&mut self, first: crate::bus::Incoming, inbox: &mut Inbox) {
        self.hear(first);
        for _ in 0..64 {
            let Some(next) = inbox.try_recv() else { return };
            self.hear(next);
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Attach { person, surface, start, queue, reply } => {
                let _: Result<(), _> = reply.send(self.attach(person, surface, start, queue));
            }
            Command::Enter { conn, rooms, reply } => {
                let _: Result<(), _> = reply.send(self.enter(conn, rooms));
            }
            Command::GoLive { conn, ready, revs, me, people } => self.go_live(conn, ready, revs, me, people),
            Command::Watch { conn, rooms, reply } => {
                self.watch(conn, rooms);
                let _: Result<(), ()> = reply.send(());
            }
            Command::WatchPeople { conn, room, people, seen, reply } => {
                self.watch_people(conn, room, people, &seen);
                let _: Result<(), ()> = reply.send(());
            }
            Command::Typing { conn, room, is_typing, reply } => {
                let _: Result<(), bool> = reply.send(self.type_in(conn, room, is_typing));
            }
            Command::Idle { conn, is_idle, reply } => {
                self.set_idle(conn, is_idle);
                let _: Result<(), ()> = reply.send(());
            }
            Command::Heartbeat { conn, is_answered, reply } => {
                let _: Result<(), bool> = reply.send(self.heartbeat(conn, is_answered));
            }
            Command::Drain { reply } => {
                self.drain();
                let _: Result<(), usize> = reply.send(self.conns.len());
            }
            Command::Rows(rows) => self.fill(rows),
            Command::Polled(changes) => self.polled(*changes),
        }
    }

    fn attach(
        &mut self,
        person: Person,
        surface: Surface,
        (me, choice): Start,
        queue: Arc<Queue>,
    ) -> Option<(ConnId, Subscribed)> {
        if self.draining {
            return None;
        }
        self.next_conn += 1;
        let id = ConnId(self.next_conn);
        if surface == Surface::Device {
            queue.hold();
        }
        let now = Instant::now();
        let mut channels = vec![];
        let account = self.users.entry(person.user).or_insert_with(|| {
            channels.push(Channel::User(person.user));
            Account { conns: HashSet::new(), me: Ordered::at(Some(me)) }
        });
        account.conns.insert(id);
        account.me.heard_of(me, now);
        self.sessions.entry(person.session).or_default().insert(id);
        let (user, username) = (person.user, person.username.clone());
        let conn = Conn {
            person,
            surface,
            queue,
            rooms: HashSet::new(),
            watched: HashSet::new(),
            typing: HashSet::new(),
            me_floor: 0,
            people_floor: 0,
            early: HashMap::new(),
            removed: HashSet::new(),
            live: false,
            is_idle: false,
            heard: self.moves,
            pinged: self.moves,
        };
        self.conns.insert(id, conn);
        self.arm_me(user);
        if surface == Surface::Device {
            let changed = self.presence.device_opened(user, &username, choice);
            self.tell(changed);
        }
        Some((id, Box::pin(self.bus.subscribe(channels))))
    }

    /// Subscribes a device socket to its rooms, or opens a room socket's one room.
    fn enter(&mut self, id: ConnId, rooms: Vec<MemberRoom>) -> Subscribed {
        let mut channels = vec![];
        for member in rooms {
            let Some(conn) = self.conns.get_mut(&id) else { break };
            if conn.removed.contains(&member.room) {
                if conn.surface == Surface::Room(member.room) {
                    close(&conn.queue, CloseCode::NotAParticipant, ErrorCode::Forbidden, Some(member.room));
                }
                continue;
            }
            channels.extend(self.subscribe(id, member.room, member.rev, Some(member.participant_count), 0));
        }
        Box::pin(self.bus.subscribe(channels))
    }

    /// Puts a socket into a room, whose head is known to be at least `head`. The channel that is to be heard from now on,
    /// if any.
    pub(super) fn subscribe(
        &mut self,
        id: ConnId,
        room_id: RoomId,
        head: Rev,
        count: Option<i64>,
        floor: Rev,
    ) -> Option<Channel> {
        let conn = self.conns.get_mut(&id)?;
        let mut channel = None;
        let room = self.rooms.entry(room_id).or_insert_with(|| {
            channel = Some(Channel::Room(room_id));
            Room {
                stream: Ordered::at(Some(head)),
                devices: HashMap::new(),
                sockets: HashMap::new(),
                count: count.unwrap_or(0),
                moved: 0,
                watch: None,
            }
        });
        room.stream.heard_of(head, Instant::now());
        room.count = count.unwrap_or(room.count);
        conn.rooms.insert(room_id);
        let (user, username) = (conn.person.user, conn.person.username.clone());
        match conn.surface {
            Surface::Device => {
                let floor = conn.early.remove(&room_id).unwrap_or(floor);
                room.devices.entry(id).or_insert_with(|| Device { user, queue: conn.queue.clone(), floor });
            }
            Surface::Room(_) => {
                room.sockets.insert(id, (user, conn.queue.clone()));
                let changed = self.presence.room_opened(user, &username, room_id);
                self.tell(changed);
            }
        }
        self.arm_room(room_id);
        channel
    }

    /// Takes a socket out of a room. The last one takes the room along.
    pub(super) fn unsubscribe(&mut self, id: ConnId, room_id: RoomId) {
        self.unwatch(id, room_id);
        self.stop_typing(id, room_id);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.rooms.remove(&room_id);
        }
        let Some(room) = self.rooms.get_mut(&room_id) else { return };
        room.devices.remove(&id);
        let was_socket = room.sockets.remove(&id).is_some();
        if room.devices.is_empty() && room.sockets.is_empty() {
            self.rooms.remove(&room_id);
            self.bus.unsubscribe(vec![Channel::Room(room_id)]);
        }
        if was_socket && let Some(conn) = self.conns.get(&id) {
            let changed = self.presence.room_closed(conn.person.user, &conn.person.username, room_id);
            self.tell(changed);
        }
    }

    fn go_live(&mut self, id: ConnId, ready: Message, revs: HashMap<RoomId, Rev>, me: Rev, people: Rev) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.live = true;
        conn.me_floor = me;
        conn.people_floor = people;
        conn.removed.clear();
        conn.queue.release(ready, |stamp| match stamp {
            Stamp::Room(room, rev) => rev > revs.get(&room).copied().unwrap_or(0),
            Stamp::Me(rev) => rev > me,
            Stamp::People(rev) => rev > people,
            Stamp::Passing => false,
        });
        for (room, rev) in revs {
            match self.rooms.get_mut(&room).and_then(|room| room.devices.get_mut(&id)) {
                Some(device) => device.floor = rev,
                None => {
                    conn.early.insert(room, rev);
                }
            }
        }
    }

    pub(super) fn detach(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get(&id) else { return };
        let (user, username, session) = (conn.person.user, conn.person.username.clone(), conn.person.session);
        let (surface, is_idle) = (conn.surface, conn.is_idle);
        for room in conn.rooms.clone() {
            self.unsubscribe(id, room);
        }
        self.conns.remove(&id);
        if surface == Surface::Device {
            let changed = self.presence.device_closed(user, &username, is_idle);
            self.tell(changed);
        }
        if let Some(conns) = self.sessions.get_mut(&session) {
            conns.remove(&id);
            if conns.is_empty() {
                self.sessions.remove(&session);
            }
        }
        if let Some(account) = self.users.get_mut(&user) {
            account.conns.remove(&id);
            if account.conns.is_empty() {
                self.users.remove(&user);
                self.bus.unsubscribe(vec![Channel::User(user)]);
            }
        }
    }

    pub(super) fn end_session(&mut self, session: SessionId) {
        for id in self.sessions.get(&session).into_iter().flatten() {
            if let Some(conn) = self.conns.get(id) {
                close(&conn.queue, CloseCode::SessionEnded, ErrorCode::Unauthenticated, None);
            }
        }
    }

    fn drain(&mut self) {
        self.draining = true;
        for conn in self.conns.values() {
            conn.queue.close(CloseCode::Draining, None);
        }
    }

    /// A `ping` with the heads that moved since the last one that was answered.
    fn heartbeat(&mut self, id: ConnId, is_answered: bool) -> bool {
        let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.live) else { return false };
        if is_answered {
            conn.heard = conn.pinged;
        }
        let since = conn.heard;
        conn.pinged = self.moves;
        let heads = conn
            .rooms
            .iter()
            .filter_map(|id| self.rooms.get(id).filter(|room| room.moved > since).map(|room| (*id, room.stream.head())))
            .collect();
        // Of the two other streams there is one number each: said always, it costs nothing and catches every loss.
        let me = self.users.get(&conn.person.user).map(|account| account.me.head());
        let people = Some(self.people.head());
        conn.queue.answer(encode(&ServerFrame::Ping { heads, me, people }));
        true
    }
}
