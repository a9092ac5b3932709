//! What is told once and forgotten: presence to those who watch, and typing.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use recado_protocol::{Participant, Rev, RoomId, ServerFrame, Timestamp, UserId, user::Status};
use tokio::time::Instant;

use super::{
    ConnId, Surface,
    gap::Timer,
    presence::{Changed, Told},
    queue::Stamp,
    state::{State, encode},
};
use crate::{
    event::{Audience, Event},
    store::Publisher,
};

/// Typing that is not said again within this has stopped.
const TYPING: Duration = Duration::from_secs(3);

/// A room that somebody here watches, and who is in it.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) watchers: HashSet<ConnId>,
    people: HashMap<UserId, Known>,
}

/// What is known of a participant; the larger `rev` counts, so that a read and a live frame may come in any order.
#[derive(Debug)]
struct Known {
    rev: Rev,
    is_in: bool,
}

/// Somebody typing on a socket of this node.
#[derive(Debug)]
pub(super) struct Typing {
    conn: ConnId,
    until: Instant,
}

impl Watched {
    pub(super) fn learn<'a>(&mut self, participants: impl Iterator<Item = &'a Participant>) {
        for participant in participants {
            let known = Known { rev: participant.rev, is_in: participant.role.is_some() };
            let slot = self.people.entry(participant.user.id).or_insert(Known { rev: -1, is_in: false });
            if known.rev >= slot.rev {
                *slot = known;
            }
        }
    }

    fn has(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|known| known.is_in)
    }
}

fn status(room: RoomId, user: UserId, username: &str, status: Status, seen: Option<Timestamp>) -> ServerFrame {
    let last_seen_at = seen.filter(|_| status == Status::Offline);
    ServerFrame::UserStatus {
        chat_room: Some(room),
        user_id: user,
        username: username.to_owned(),
        status,
        last_seen_at,
    }
}

impl State {
    /// Replaces the set that a device watches; rooms that it is not subscribed to are left out.
    pub(super) fn watch(&mut self, id: ConnId, rooms: Vec<RoomId>) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let wanted: HashSet<RoomId> = rooms.into_iter().filter(|room| conn.rooms.contains(room)).collect();
        let dropped: Vec<RoomId> = conn.watched.difference(&wanted).copied().collect();
        for room in dropped {
            self.unwatch(id, room);
        }
        for room_id in wanted {
            if let (Some(conn), Some(room)) = (self.conns.get_mut(&id), self.rooms.get_mut(&room_id)) {
                room.watch.get_or_insert_default().watchers.insert(id);
                conn.watched.insert(room_id);
                self.watched.insert(room_id);
            }
        }
    }

    pub(super) fn unwatch(&mut self, id: ConnId, room_id: RoomId) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.watched.remove(&room_id);
        }
        let Some(room) = self.rooms.get_mut(&room_id) else { return };
        if let Some(watch) = &mut room.watch {
            watch.watchers.remove(&id);
            if watch.watchers.is_empty() {
                room.watch = None;
                self.watched.remove(&room_id);
            }
        }
    }

    /// The present state of a watched room, in one go, so that no change falls between it and what follows.
    pub(super) fn watch_people(
        &mut self,
        id: ConnId,
        room_id: RoomId,
        people: Vec<Participant>,
        seen: &HashMap<UserId, Timestamp>,
    ) {
        let Some(conn) = self.conns.get(&id).filter(|conn| conn.watched.contains(&room_id)) else { return };
        let Some(watch) = self.rooms.get_mut(&room_id).and_then(|room| room.watch.as_mut()) else { return };
        watch.learn(people.iter());
        for participant in people.iter().filter(|participant| watch.has(participant.user.id)) {
            let user = &participant.user;
            let now = self.presence.status(user.id).seen();
            let seen = self.left.get(&user.id).or_else(|| seen.get(&user.id)).copied();
            conn.queue.answer(encode(&status(room_id, user.id, &user.username, now, seen)));
        }
        conn.queue.answer(encode(&ServerFrame::Participants { chat_room: room_id, participants: people }));
    }

    /// A change on this node: told here and to the other nodes.
    pub(super) fn tell(&mut self, (told, news): Changed) {
        self.bus.announce(news);
        for told in &told {
            if let Told::Person { user, status, .. } = told {
                if *status != Status::Offline {
                    self.left.remove(user);
                    continue;
                }
                // Who asks before it is written hears it too.
                self.left.insert(*user, self.clock.now());
                let (store, user) = (self.store.clone(), *user);
                self.tracker.spawn(async move {
                    if let Err(error) = store.saw_leave(user).await {
                        tracing::warn!(%error, "when somebody left is not kept");
                    }
                });
            }
        }
        self.tell_all(told);
    }

    /// Somebody left a device, or came back to it.
    pub(super) fn set_idle(&mut self, id: ConnId, is_idle: bool) {
        let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.surface == Surface::Device) else { return };
        if conn.is_idle != is_idle {
            conn.is_idle = is_idle;
            let changed = self.presence.idle(conn.person.user, &conn.person.username, is_idle);
            self.tell(changed);
        }
    }

    pub(super) fn tell_all(&mut self, told: Vec<Told>) {
        let left_at = self.clock.now();
        for told in told {
            match told {
                Told::Person { user, username, status: now } => {
                    for id in &self.watched {
                        let Some(room) = self.rooms.get(id) else { continue };
                        let Some(watch) = room.watch.as_ref().filter(|watch| watch.has(user)) else { continue };
                        let message = encode(&status(*id, user, &username, now, Some(left_at)));
                        for conn in &watch.watchers {
                            if let Some(device) = room.devices.get(conn).filter(|device| device.user != user) {
                                device.queue.push(Stamp::Passing, &message);
                            }
                        }
                    }
                }
                Told::Room { room: id, user, username, status: now } => {
                    let Some(room) = self.rooms.get(&id) else { continue };
                    let message = encode(&status(id, user, &username, now, None));
                    for (_, queue) in room.sockets.values().filter(|(whose, _)| *whose != user) {
                        queue.push(Stamp::Passing, &message);
                    }
                }
            }
        }
    }

    /// Relays typing to the others, on every node. False: this socket is not in the room.
    pub(super) fn type_in(&mut self, id: ConnId, room: RoomId, is_typing: bool) -> bool {
        let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.rooms.contains(&room)) else { return false };
        if conn.surface == Surface::Device && !conn.live {
            return false;
        }
        let key = (room, conn.person.user);
        if is_typing {
            let until = Instant::now() + TYPING;
            conn.typing.insert(room);
            self.typing.insert(key, Typing { conn: id, until });
            self.timers.insert((until, Timer::Typing(key.0, key.1)));
        } else {
            conn.typing.remove(&room);
            self.typing.remove(&key);
        }
        let username = conn.person.username.to_string();
        self.say_typing(room, key.1, username, is_typing);
        true
    }

    /// The socket is leaving the room: it types no more.
    pub(super) fn stop_typing(&mut self, id: ConnId, room: RoomId) {
        let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.typing.contains(&room)) else { return };
        conn.typing.remove(&room);
        let (user, username) = (conn.person.user, conn.person.username.to_string());
        if self.typing.get(&(room, user)).is_some_and(|typing| typing.conn == id) {
            self.typing.remove(&(room, user));
            self.say_typing(room, user, username, false);
        }
    }

    pub(super) fn typing_lapses(&mut self, room: RoomId, user: UserId, now: Instant) {
        let Some(conn) = self.typing.get(&(room, user)).filter(|typing| typing.until <= now).map(|t| t.conn) else {
            return;
        };
        self.stop_typing(conn, room);
    }

    fn say_typing(&self, room: RoomId, user: UserId, username: String, is_typing: bool) {
        let frame = ServerFrame::TypingStatus { chat_room: Some(room), user_id: user, username, is_typing };
        self.bus.publish(vec![Event::Transient {
            room,
            from: user,
            audience: Audience::Others,
            except: vec![],
            frame,
        }]);
    }
}
