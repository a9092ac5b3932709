//! The store: rows, rules and their transactions.

use std::{collections::HashMap, sync::Arc};

use recado_protocol::{
    AttachmentId, ChatType, Message, MessageId, MessageType, Participant, Rev, Role, Room, RoomId, Seq, ServerFrame,
    SessionId, Timestamp, UserId,
    frame::RoomCursors,
    message::{MessagePage, RangeDigest},
    room::{NewParticipant, NewRoom, RoomPatch},
};

use crate::{Error, error::Result, event::Event};

/// Takes what was committed, in commit order. Must not block: it is called by the task that owns the writes.
pub trait Publisher: std::fmt::Debug + Send + Sync + 'static {
    fn publish(&self, events: Vec<Event>);
}

/// A message to be posted.
#[derive(Clone, Debug, Default)]
pub struct NewPost {
    pub content: String,
    pub message_type: MessageType,
    pub reply_to: Option<MessageId>,
    pub client_id: Option<String>,
    /// Sent again by its sender after a restore.
    pub recovered: bool,
    pub attachments: Vec<AttachmentId>,
    /// The room socket's rule: a `message_type` other than `text` may come without text.
    pub empty_media: bool,
}

/// What posting gave.
#[derive(Clone, Debug)]
pub struct Posted {
    /// As it is now; `rev` may be above `first_rev` when it is a repeat.
    pub message: Message,
    /// It was there already.
    pub duplicate: bool,
    /// The `rev` that its creation took: what the `ack` says, for ever.
    pub first_rev: Rev,
}

/// What to do with a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReactionChange {
    Set,
    Unset,
    Toggle,
}

/// Up to where somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadTarget {
    Seq(Seq),
    Message(MessageId),
}

/// How somebody stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomAccess {
    /// No such room, or deleted.
    Missing,
    /// Not a participant; `chat_type` says whether it may be known to exist.
    NotIn { chat_type: ChatType },
    In { role: Role, chat_type: ChatType, count: i64 },
}

/// A room that somebody's devices subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRoom {
    pub room: RoomId,
    pub rev: Rev,
    pub participant_count: i64,
}

/// A page of history.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryQuery {
    /// Below this, exclusive.
    pub before: Option<Seq>,
    /// Above this, exclusive.
    pub after: Option<Seq>,
    pub limit: Option<i64>,
}

/// What a client holds.
#[derive(Clone, Debug, Default)]
pub struct SyncRequest {
    pub epoch: Option<String>,
    pub rooms: HashMap<RoomId, RoomCursors>,
    pub me: Option<Rev>,
    pub people: Option<Rev>,
    /// `hello`: also rooms that are not named; `me` and `people` left out are 0; what does not differ is not said.
    pub everything: bool,
}

/// What it lacks, from one snapshot.
#[derive(Clone, Debug, Default)]
pub struct SyncAnswer {
    pub frames: Vec<ServerFrame>,
    /// Heads at the snapshot: of all one's rooms with `everything`, else of those named.
    pub room_revs: HashMap<RoomId, Rev>,
    pub me: Rev,
    pub people: Rev,
}

/// What moved since a time; for the poller.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Rooms with their heads.
    pub rooms: Vec<(RoomId, Rev)>,
    pub deleted_rooms: Vec<RoomId>,
    /// Who came, left, or hid a private room.
    pub memberships: Vec<Membership>,
    /// Heads of the streams `me`.
    pub users: Vec<(UserId, Rev)>,
    /// Head of the stream `people`.
    pub people: Rev,
    pub sessions_ended: Vec<SessionId>,
}

/// Whether somebody is in a room now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub room: RoomId,
    pub user: UserId,
    pub present: bool,
    /// That person's stream `me` at the change.
    pub me: Rev,
}

/// The handle; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    publisher: Arc<dyn Publisher>,
}

fn not_yet<T>(_: &impl std::fmt::Debug) -> Result<T> {
    Err(Error::unavailable("not yet"))
}

#[expect(clippy::unused_async, clippy::missing_errors_doc, unused_variables, reason = "for minutes")]
impl Store {
    pub async fn post_message(&self, actor: UserId, room: RoomId, post: NewPost) -> Result<Posted> {
        not_yet(&self.publisher)
    }
    pub async fn edit_message(
        &self,
        actor: UserId,
        room: RoomId,
        message: MessageId,
        content: String,
        client_id: Option<String>,
    ) -> Result<Message> {
        not_yet(self)
    }
    /// A second delete is fine.
    pub async fn delete_message(&self, actor: UserId, room: RoomId, message: MessageId) -> Result<()> {
        not_yet(self)
    }
    /// Whether the reaction is there afterwards.
    pub async fn set_reaction(
        &self,
        actor: UserId,
        room: RoomId,
        message: MessageId,
        reaction_type: String,
        change: ReactionChange,
    ) -> Result<bool> {
        not_yet(self)
    }
    /// Where the marker went; `None` if it did not move.
    pub async fn mark_read(
        &self,
        actor: UserId,
        room: RoomId,
        target: ReadTarget,
    ) -> Result<Option<(MessageId, Seq)>> {
        not_yet(self)
    }
    pub async fn mark_unread(&self, actor: UserId, room: RoomId, seq: Seq, client_id: Option<String>) -> Result<()> {
        not_yet(self)
    }
    /// The room, and whether it was made now.
    pub async fn create_room(&self, actor: UserId, new: NewRoom) -> Result<(Room, bool)> {
        not_yet(self)
    }
    pub async fn patch_room(&self, actor: UserId, room: RoomId, patch: RoomPatch) -> Result<Room> {
        not_yet(self)
    }
    pub async fn delete_room(&self, actor: UserId, room: RoomId) -> Result<()> {
        not_yet(self)
    }
    /// The participant, and whether they came in now.
    pub async fn add_participant(
        &self,
        actor: UserId,
        room: RoomId,
        new: NewParticipant,
    ) -> Result<(Participant, bool)> {
        not_yet(self)
    }
    /// Removes somebody, or oneself: leaving.
    pub async fn remove_participant(&self, actor: UserId, room: RoomId, user: UserId) -> Result<()> {
        not_yet(self)
    }
    pub async fn join_room(&self, actor: UserId, room: RoomId) -> Result<Room> {
        not_yet(self)
    }
    pub async fn room(&self, viewer: UserId, room: RoomId) -> Result<Room> {
        not_yet(self)
    }
    pub async fn rooms(&self, viewer: UserId) -> Result<Vec<Room>> {
        not_yet(self)
    }
    pub async fn directory(&self, viewer: UserId, query: Option<&str>) -> Result<Vec<Room>> {
        not_yet(self)
    }
    pub async fn messages(&self, viewer: UserId, room: RoomId, query: HistoryQuery) -> Result<MessagePage> {
        not_yet(self)
    }
    pub async fn digest(
        &self,
        viewer: UserId,
        room: RoomId,
        from: Option<Seq>,
        to: Option<Seq>,
    ) -> Result<RangeDigest> {
        not_yet(self)
    }
    /// Who is in the room now, with their read markers (for `watch`). `not_found` or `forbidden` as for any read.
    pub async fn participants(&self, viewer: UserId, room: RoomId) -> Result<Vec<Participant>> {
        not_yet(self)
    }
    pub async fn member_rooms(&self, user: UserId) -> Result<Vec<MemberRoom>> {
        not_yet(self)
    }
    pub async fn role_in(&self, user: UserId, room: RoomId) -> Result<RoomAccess> {
        not_yet(self)
    }
    pub async fn sync(&self, viewer: UserId, request: SyncRequest) -> Result<SyncAnswer> {
        not_yet(self)
    }
    /// The room's live frames above `after`, derived from its rows, in rising `rev` (holes are possible).
    pub async fn room_changes(&self, room: RoomId, after: Rev, limit: usize) -> Result<Vec<(Rev, ServerFrame)>> {
        not_yet(self)
    }
    /// The whole-room frame that a newcomer gets ([`Event::Joined`]); `None` when the room is gone.
    pub async fn whole_room(&self, room: RoomId) -> Result<Option<ServerFrame>> {
        not_yet(self)
    }
    pub async fn changed_since(&self, since: Timestamp) -> Result<Changes> {
        not_yet(self)
    }
    /// The mark of this database's life.
    pub fn epoch(&self) -> &str {
        ""
    }
    pub async fn people_head(&self) -> Result<Rev> {
        not_yet(self)
    }
    pub async fn me_head(&self, user: UserId) -> Result<Rev> {
        not_yet(self)
    }
    /// Whether a session still lives (its account included).
    pub async fn session_lives(&self, session: SessionId) -> Result<bool> {
        not_yet(self)
    }
}
