//! Statements that post any number of messages in one round trip to the database: SQLite is in another thread, and going there
//! and back costs more than what is done there, as does each answer of its. So what is to be written goes over as one JSON text,
//! and nothing comes back.

use recado_protocol::{MessageId, RoomId, UserId};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// Who wants to post where.
#[derive(Debug, Serialize)]
pub(super) struct Place<'a> {
    pub(super) actor: Id,
    pub(super) room: Id,
    pub(super) client_id: Option<&'a str>,
}

/// A row for each author there is, in order. Parameter: an array of [`Place`]s.
pub(super) const HEADS: &str = "\
    SELECT h.key AS number, \
    (SELECT m.id FROM messages m WHERE m.sender = u.id AND m.client_id = h.value ->> 'client_id') AS known, \
    r.chat_type, r.rev, r.last_seq, r.last_at, u.me_rev, u.username, u.display_name, u.rev AS user_rev, u.id AS user_id, \
    p.role, p.is_favourite, p.notifications, p.muted_until, p.nickname, p.bubble_colour, p.background, p.is_archived, \
    COALESCE(r.chat_type = 'private' AND EXISTS \
    (SELECT 1 FROM participants o WHERE o.room = r.id AND o.is_hidden = 1), 0) AS is_hidden_from_some, \
    EXISTS (SELECT 1 FROM participants a WHERE a.room = r.id AND a.is_archived = 1) AS is_archived_by_some \
    FROM json_each($1) h CROSS JOIN users u ON u.id = unhex(h.value ->> 'actor') \
    LEFT JOIN rooms r ON r.id = unhex(h.value ->> 'room') AND r.deleted_at IS NULL \
    LEFT JOIN participants p ON p.room = r.id AND p.user = u.id ORDER BY h.key";

/// A message to be written.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    pub(super) id: Id,
    pub(super) room: Id,
    pub(super) sender: Id,
    pub(super) rev: i64,
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) now: i64,
    pub(super) content: &'a str,
    pub(super) message_type: &'a str,
    pub(super) reply_to: Option<Id>,
    pub(super) client_id: Option<&'a str>,
    pub(super) is_recovered: bool,
    /// The event, as JSON.
    pub(super) system: Option<String>,
    pub(super) mentions_room: bool,
    /// Where the author's stream `me` is then.
    pub(super) me: Option<i64>,
    /// Nothing of what is written with it comes later in the room, of the author, of the author in the room.
    pub(super) is_last_in_room: bool,
    pub(super) is_authors_last: bool,
    pub(super) is_authors_last_in_room: bool,
}

macro_rules! insert {
    ($rest:literal) => {
        concat!(
            "UPDATE rooms SET rev = n.value ->> 'rev', last_seq = n.value ->> 'seq', last_at = n.value ->> 'at', ",
            "changed_at = n.value ->> 'now' FROM json_each($1) n ",
            "WHERE n.value ->> 'is_last_in_room' AND rooms.id = unhex(n.value ->> 'room'); ",
            "INSERT INTO messages (id, room, seq, rev, created_rev, sender, content, message_type, reply_to, client_id, ",
            "is_recovered, system, mentions_room, created_at, updated_at) ",
            "SELECT unhex(n.value ->> 'id'), unhex(n.value ->> 'room'), n.value ->> 'seq', n.value ->> 'rev', ",
            "n.value ->> 'rev', unhex(n.value ->> 'sender'), n.value ->> 'content', n.value ->> 'message_type', ",
            "unhex(n.value ->> 'reply_to'), n.value ->> 'client_id', n.value ->> 'is_recovered', n.value ->> 'system', ",
            "n.value ->> 'mentions_room', n.value ->> 'at', n.value ->> 'at' FROM json_each($1) n",
            $rest
        )
    };
}

/// Moves the heads of rooms and writes the messages. Parameter: an array of [`Row`]s, in order.
pub(super) const INSERT: &str = insert!("");

/// Also reads the rooms up to there for the authors, into whose sight the rooms come.
pub(super) const POST: &str = insert!(
    "; UPDATE users SET me_rev = n.value ->> 'me', me_changed_at = n.value ->> 'now' FROM json_each($1) n \
     WHERE n.value ->> 'is_authors_last' AND users.id = unhex(n.value ->> 'sender'); \
     UPDATE participants SET last_read_seq = n.value ->> 'seq', read_at = n.value ->> 'at', is_archived = 0, \
     me_rev = n.value ->> 'me' FROM json_each($1) n WHERE n.value ->> 'is_authors_last_in_room' \
     AND participants.room = unhex(n.value ->> 'room') AND participants.user = unhex(n.value ->> 'sender')"
);

/// An id in JSON, for `unhex`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(Uuid);

impl From<RoomId> for Id {
    fn from(id: RoomId) -> Self {
        Self(id.0)
    }
}

impl From<UserId> for Id {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<MessageId> for Id {
    fn from(id: MessageId) -> Self {
        Self(id.0)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.simple().encode_lower(&mut Uuid::encode_buffer()))
    }
}
