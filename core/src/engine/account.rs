//! Everything that belongs to the signed-in person: the two files, and in memory what is needed at once.
//!
//! Memory holds rooms, people and what waits; messages stay in the file, but for the last one of each room and the rows of the
//! room that is open.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use recado_protocol::{
    Limits, Message, Participant, Rev, Room, RoomId, Seq, ServerFrame, Timestamp, User, UserId, frame::Command,
    mention::Mentions, user::Status,
};
use tokio::{
    sync::mpsc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

use super::opened::OpenRoom;
use crate::{
    api::Api,
    cache::{Cache, Heads, Member, Mine, RoomRow},
    clock::Clock,
    connection::Link,
    outbox::{Entry, Outbox},
    profile::Owner,
    room_list,
    sealed::StoreError,
    sync::Replica,
    view::RoomItem,
};

/// One room in memory.
#[derive(Debug)]
pub(super) struct RoomState {
    pub(super) row: RoomRow,
    pub(super) replica: Replica<ServerFrame>,
    pub(super) members: HashMap<UserId, Member>,
    pub(super) last: Option<Message>,
    /// Who types, and until when it is shown.
    pub(super) typing: HashMap<UserId, Instant>,
    pub(super) watching: Watching,
    /// Since when something is known to be missing.
    pub(super) missing_since: Option<Instant>,
    /// When a `sync` was asked.
    pub(super) asked_at: Option<Instant>,
}

impl RoomState {
    /// How many are in it, by its participants as they are known.
    pub(super) fn count_people(&mut self) {
        self.row.participant_count = self.members.values().filter(|member| member.role.is_some()).count() as i64;
    }
}

/// How present somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: Status,
    pub(crate) last_seen_at: Option<Timestamp>,
}

/// What waits for one room.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) entries: Vec<Entry>,
    /// The one command that is on its way.
    pub(super) in_flight: Option<InFlight>,
    /// Not before: a temporary refusal said so.
    pub(super) retry_at: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) client_id: String,
    pub(super) since: Instant,
    pub(super) bytes: usize,
}

/// The open socket.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) out: mpsc::Sender<String>,
    /// All that was missed has come.
    pub(super) is_ready: bool,
    pub(super) limits: Limits,
    pub(super) bucket: Bucket,
    /// What was last said by `watch`.
    pub(super) watched: Vec<RoomId>,
    /// What was last said of one's presence.
    pub(super) told: Option<Status>,
    pub(super) me: Heard,
    pub(super) people: Heard,
    pub(super) last_mark: Option<Instant>,
}

/// Others' markers that came while it was asked where all of them are: the answer may have been read before.
#[derive(Debug, Default)]
pub(super) struct Watching {
    /// How often it was asked and not answered yet.
    pub(super) asked: u32,
    pub(super) marks: HashMap<UserId, (Seq, Option<Timestamp>)>,
}

/// What this connection heard of one of the streams.
#[derive(Debug, Default)]
pub(super) struct Heard {
    upto: Rev,
    /// Since when something is known to be missing that was not asked for.
    pub(super) missing_since: Option<Instant>,
}

impl Heard {
    /// The stream goes on to `upto` at least; what is held is complete to `head`.
    pub(super) fn hear(&mut self, upto: Rev, head: Rev) {
        self.upto = self.upto.max(upto);
        if upto > head {
            self.misses();
        }
    }

    pub(super) fn misses(&mut self) {
        self.missing_since.get_or_insert_with(Instant::now);
    }

    /// What is held has grown to `head`.
    pub(super) fn held(&mut self, head: Rev) {
        if self.upto <= head {
            self.missing_since = None;
        }
    }
}

/// Keeps below the server's rate, so that it never has to refuse.
#[derive(Debug)]
pub(super) struct Bucket {
    tokens: f64,
    size: f64,
    per_s: f64,
    at: Instant,
}

impl Bucket {
    /// A little below what is allowed, for the two clocks differ.
    pub(super) fn new(limits: &Limits) -> Self {
        let size = f64::from(limits.messages_burst.max(1)) * 0.8;
        Self { tokens: size, size, per_s: f64::from(limits.messages_per_s.max(1)) * 0.9, at: Instant::now() }
    }

    /// Takes one, or says when there will be one.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        self.tokens = self.size.min(self.tokens + now.duration_since(self.at).as_secs_f64() * self.per_s);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(now + Duration::from_secs_f64((1.0 - self.tokens) / self.per_s))
    }
}

/// Own typing.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnTyping {
    pub(super) room: RoomId,
    pub(super) told_at: Instant,
    pub(super) last_key: Instant,
}

/// What one batch of frames leads to when it is committed.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) touched: HashMap<RoomId, Touched>,
    /// Messages that came live.
    pub(super) arrivals: Vec<Message>,
    /// Where own markers went.
    pub(super) read: Vec<(RoomId, Seq)>,
    /// Messages that went, of those that may have been told of.
    pub(super) deleted: Vec<(RoomId, Seq)>,
    /// Commands whose effect is in the cache.
    pub(super) settled: Vec<(RoomId, i64)>,
    /// Commands that awaited a message which has an id now.
    pub(super) found: Vec<Entry>,
    /// Marks that the server has.
    pub(super) marked: Vec<RoomId>,
    pub(super) became_ready: bool,
    /// Rows were dropped, and own messages among them are to be looked for.
    pub(super) was_reset: bool,
    /// The server's database lives another life.
    pub(super) new_epoch: Option<String>,
    pub(super) heads_changed: bool,
    pub(super) reconnect: bool,
}

/// What changed of a room.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) seqs: BTreeSet<Seq>,
    /// More than single messages.
    pub(super) all: bool,
}

impl Batch {
    pub(super) fn touch(&mut self, room: RoomId) -> &mut Touched {
        self.touched.entry(room).or_default()
    }

    pub(super) fn touch_message(&mut self, room: RoomId, seq: Seq) {
        self.touch(room).seqs.insert(seq);
    }
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) me: Owner,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) api: Api,
    pub(super) cancel: CancellationToken,
    pub(super) link: Link,
    /// Told by the token keeper when the session is over.
    pub(super) ended: mpsc::Receiver<()>,
    pub(super) cache: Cache,
    pub(super) outbox: Outbox,
    pub(super) heads: Heads,
    pub(super) rooms: HashMap<RoomId, RoomState>,
    pub(super) people: HashMap<UserId, User>,
    pub(super) lanes: HashMap<RoomId, Lane>,
    pub(super) marks: HashMap<RoomId, Seq>,
    pub(super) drafts: HashMap<RoomId, String>,
    pub(super) statuses: HashMap<UserId, Seen>,
    /// How one wants to be seen, while the server does not know it.
    pub(super) wish: Option<Status>,
    /// Nobody is at this device, and when somebody last was.
    pub(super) is_idle: bool,
    pub(super) active_at: Instant,
    pub(super) wire: Option<Wire>,
    pub(super) own_typing: Option<OwnTyping>,
    pub(super) open: Option<OpenRoom>,
    /// Rooms whose line has to be built anew; `all_dirty` for all of them.
    pub(super) dirty: HashSet<RoomId>,
    pub(super) all_dirty: bool,
    pub(super) timeline_dirty: bool,
    /// Mutes and statuses that end later than this are still shown.
    pub(super) ends_seen: Timestamp,
    /// A page of old messages is being fetched in the background; or when the next may be.
    pub(super) fetching: bool,
    pub(super) fetch_at: Option<Instant>,
    /// When more of what was held before there was an index is indexed.
    pub(super) index_at: Option<Instant>,
}

impl Account {
    /// Reads the files into memory.
    pub(super) async fn load(&mut self) -> Result<(), StoreError> {
        self.heads = self.cache.heads().await?;
        self.people = self.cache.people().await?;
        self.rooms = self
            .cache
            .rooms()
            .await?
            .into_iter()
            .map(|stored| {
                let state = RoomState {
                    replica: Replica::new(stored.cursor, stored.ranges),
                    row: stored.row,
                    members: stored.participants,
                    last: None,
                    typing: HashMap::new(),
                    watching: Watching::default(),
                    missing_since: None,
                    asked_at: None,
                };
                (state.row.id, state)
            })
            .collect();
        for message in self.cache.last_messages(&self.people).await? {
            if let Some(room) = self.rooms.get_mut(&message.chat_room) {
                room.last = Some(message);
            }
        }
        let contents = self.outbox.contents().await?;
        self.lanes.clear();
        for entry in contents.entries {
            self.lanes.entry(entry.room).or_default().entries.push(entry);
        }
        self.find_awaited().await?;
        self.marks = contents.marks;
        self.drafts = contents.drafts;
        self.wish = contents.wish;
        self.index_at = self.cache.has_unindexed().await?.then(Instant::now);
        self.all_dirty = true;
        self.timeline_dirty = true;
        Ok(())
    }

    /// What awaited a message that got its id just before the program ended.
    async fn find_awaited(&mut self) -> Result<(), StoreError> {
        for lane in self.lanes.values_mut() {
            let sent: HashSet<String> =
                lane.entries.iter().filter(|entry| entry.is_message()).map(|entry| entry.client_id.clone()).collect();
            for entry in &mut lane.entries {
                if let Some(awaited) = entry.awaits.clone().filter(|awaited| !sent.contains(awaited))
                    && let Some(id) = self.cache.id_of(self.me.id, &awaited).await?
                {
                    entry.found(id);
                    self.outbox.rewrite(entry).await?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn is_ready(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| wire.is_ready)
    }

    /// One's own marker, as far as it was moved here or elsewhere.
    pub(super) fn marker(&self, room: &RoomState) -> Seq {
        self.marks.get(&room.row.id).copied().unwrap_or(0).max(room.row.mine.last_read_seq)
    }

    /// Remembers a person if they are new or newer.
    pub(super) async fn learn(&mut self, user: &User) -> Result<(), StoreError> {
        let news = match self.people.get(&user.id) {
            // A name beside a message says nothing of the rest, so it must not stand for it by its `rev`.
            None => Some(User { is_admin: None, rev: if user.is_full() { user.rev } else { 0 }, ..user.clone() }),
            Some(known) if user.is_full() => {
                (user.rev > known.rev || known.rev == 0).then(|| User { is_admin: None, ..user.clone() })
            }
            Some(known) => {
                let is_other = known.display_name != user.display_name || known.username != user.username;
                let (username, display_name) = (user.username.clone(), user.display_name.clone());
                (is_other && (user.rev > known.rev || known.rev == 0)).then(|| User {
                    username,
                    display_name,
                    ..known.clone()
                })
            }
        };
        if let Some(known) = news {
            self.cache.put_person(&known).await?;
            self.people.insert(user.id, known);
            self.all_dirty = true;
            self.timeline_dirty = true;
        }
        if user.id == self.me.id && !user.username.is_empty() {
            self.me.username.clone_from(&user.username);
            self.me.display_name.clone_from(&user.display_name);
        }
        Ok(())
    }

    pub(super) async fn learn_member(&mut self, room: RoomId, participant: &Participant) -> Result<(), StoreError> {
        self.learn(&participant.user).await?;
        let Some(state) = self.rooms.get_mut(&room) else { return Ok(()) };
        let mut member = Member::from(participant);
        if let Some(known) = state.members.get(&participant.user.id) {
            if known.rev > member.rev {
                return Ok(());
            }
            // Markers take no rev, so an equal row may bring a later one.
            if known.last_read_seq > member.last_read_seq {
                (member.last_read_seq, member.read_at) = (known.last_read_seq, known.read_at);
            }
        }
        state.members.insert(participant.user.id, member);
        self.cache.put_member(room, participant.user.id, &member).await
    }

    /// Takes a room's settings and the participants that came with them; makes the room if it is new. They are absolute, so
    /// they may be taken at once, whatever is missing before them.
    pub(super) async fn learn_room(&mut self, rev: Rev, room: &Room, batch: &mut Batch) -> Result<(), StoreError> {
        let is_new = !self.rooms.contains_key(&room.id);
        let state = self.rooms.entry(room.id).or_insert_with(|| RoomState {
            row: RoomRow {
                id: room.id,
                name: None,
                chat_type: room.chat_type,
                rev: -1,
                last_seq: room.last_seq,
                created_at: room.created_at,
                participant_count: 0,
                topic: None,
                description: None,
                colour: None,
                members_may_invite: false,
                mine: Mine::default(),
            },
            replica: Replica::new(0, Vec::new()),
            members: HashMap::new(),
            last: None,
            typing: HashMap::new(),
            watching: Watching::default(),
            missing_since: None,
            asked_at: None,
        });
        if rev >= state.row.rev {
            state.row.rev = rev;
            state.row.name.clone_from(&room.name);
            state.row.chat_type = room.chat_type;
            state.row.topic.clone_from(&room.topic);
            state.row.description.clone_from(&room.description);
            state.row.colour = room.colour;
            state.row.members_may_invite = room.members_may_invite;
            if room.participant_count > 0 {
                state.row.participant_count = room.participant_count;
            }
        }
        if is_new {
            let mine = &mut state.row.mine;
            // Who comes has read all there is; the stream `me` tells where it is otherwise.
            mine.last_read_seq = room.last_read_seq.unwrap_or(room.last_seq);
            mine.unread = room.unread.unwrap_or(0);
            mine.mentions = room.mentions.unwrap_or(0);
            state.replica.hear_of(rev.max(1));
        }
        let participants = room.participants.as_deref().unwrap_or_default();
        for participant in participants {
            self.learn_member(room.id, participant).await?;
        }
        if let Some(state) = self.rooms.get_mut(&room.id)
            && room.participant_count == 0
            && !participants.is_empty()
        {
            state.count_people();
        }
        batch.touch(room.id).all = true;
        Ok(())
    }

    /// Forgets a room. What waits for it stays in the outbox: one may be let in again.
    pub(super) async fn forget_room(&mut self, room: RoomId) -> Result<(), StoreError> {
        if self.rooms.remove(&room).is_some() {
            self.cache.drop_room(room).await?;
        }
        if self.open.as_ref().is_some_and(|open| open.room == room) {
            self.timeline_dirty = true;
        }
        self.all_dirty = true;
        Ok(())
    }

    /// Whether the message of somebody else calls one by name or with everyone.
    fn mentions_me(&self, message: &Message) -> bool {
        let is_named = || Mentions::of(&message.content).call(&self.me.username, false);
        message.sender.id != self.me.id && (message.mentions_room || is_named())
    }

    /// Whether it calls one, and is of nobody whom one blocks.
    pub(super) fn is_called(&self, message: &Message) -> bool {
        !self.heads.blocked.contains(&message.sender.id) && self.mentions_me(message)
    }

    pub(super) async fn put_message(&mut self, message: &Message) -> Result<(), StoreError> {
        self.learn(&message.sender).await?;
        let mentions_me = self.mentions_me(message);
        self.cache.put_message(message, mentions_me).await
    }

    /// Brings everything that is derived from a room's rows up to date, and writes the room; before the commit.
    pub(super) async fn refresh(&mut self, room: RoomId, touched: &Touched) -> Result<(), StoreError> {
        let Some(state) = self.rooms.get(&room) else { return Ok(()) };
        let newest = state.replica.ranges().last().copied();
        let marker = self.marker(state);
        let last = match newest {
            Some(range) => self.cache.messages(room, range.to, range.to, 1, &self.people).await?.pop(),
            None => None,
        };
        let last_seq = state.row.last_seq;
        let is_counted = marker >= last_seq || first_held(state).is_some_and(|first| first <= marker + 1);
        let count = if is_counted {
            Some(self.cache.count_unread(room, marker, self.me.id, &self.heads.blocked).await?)
        } else {
            None
        };
        let Some(state) = self.rooms.get_mut(&room) else { return Ok(()) };
        state.last = last;
        if let Some(count) = count {
            state.row.mine.unread = count.unread;
            state.row.mine.mentions = count.mentions;
        }
        self.cache.put_room(&state.row, state.replica.cursor(), state.replica.ranges()).await?;
        self.dirty.insert(room);
        self.refresh_window(room, touched).await
    }

    /// The rooms whose presence is worth knowing: the open one, and private ones, the last active first.
    pub(super) fn wanted_watch(&self) -> Vec<RoomId> {
        let mut private: Vec<&RoomState> =
            self.rooms.values().filter(|room| room.row.chat_type == recado_protocol::ChatType::Private).collect();
        private.sort_by_key(|room| std::cmp::Reverse(room_list::last_activity(&room.row, room.last.as_ref())));
        let open = self.open.as_ref().map(|open| open.room).filter(|room| self.rooms.contains_key(room));
        let mut wanted: Vec<RoomId> = open.into_iter().collect();
        for room in private {
            if wanted.len() < recado_protocol::limits::MAX_WATCHED && !wanted.contains(&room.row.id) {
                wanted.push(room.row.id);
            }
        }
        wanted.sort_unstable();
        wanted
    }

    /// One leaves it, which is on its way or can still be undone: out of sight already.
    pub(super) fn is_leaving(&self, room: RoomId) -> bool {
        let entries = self.lanes.get(&room).into_iter().flat_map(|lane| &lane.entries);
        entries.filter(|entry| entry.failure.is_none()).any(|entry| matches!(entry.command, Command::LeaveRoom {}))
    }

    pub(super) fn room_item(&self, room: &RoomState) -> RoomItem {
        let mut typing: Vec<UserId> = room.typing.keys().copied().collect();
        typing.sort_unstable();
        room_list::item(&room_list::Sources {
            me: self.me.id,
            row: &room.row,
            members: &room.members,
            last: room.last.as_ref(),
            entries: self.lanes.get(&room.row.id).map_or(&[], |lane| lane.entries.as_slice()),
            people: &self.people,
            statuses: &self.statuses,
            typing: &typing,
            draft: self.drafts.get(&room.row.id),
            settings: &self.settings_of(room),
            now: self.clock.now(),
        })
    }
}

/// The first message of the run of messages that are held up to the last one.
pub(super) fn first_held(room: &RoomState) -> Option<Seq> {
    let mut ranges = room.replica.ranges().iter().rev();
    let mut first = ranges.next().filter(|range| range.to >= room.row.last_seq)?.from;
    for range in ranges {
        if range.to + 1 < first {
            break;
        }
        first = range.from;
    }
    Some(first)
}
