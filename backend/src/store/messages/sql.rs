//! Statements that post any number of messages in one round trip to the database; `store/json.rs` says how and why.

use serde::Serialize;

use crate::store::json::{Id, rows};

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
    ($($rest:expr),*) => {
        concat!(
            rows!(),
            "UPDATE rooms SET rev = n ->> 'rev', last_seq = n ->> 'seq', last_at = n ->> 'at', changed_at = n ->> 'now' FROM n ",
            "WHERE n ->> 'is_last_in_room' AND rooms.id = unhex(n ->> 'room'); ",
            rows!(),
            "INSERT INTO messages (id, room, seq, rev, created_rev, sender, content, message_type, reply_to, client_id, ",
            "is_recovered, system, mentions_room, created_at, updated_at) ",
            "SELECT unhex(n ->> 'id'), unhex(n ->> 'room'), n ->> 'seq', n ->> 'rev', n ->> 'rev', unhex(n ->> 'sender'), ",
            "n ->> 'content', n ->> 'message_type', unhex(n ->> 'reply_to'), n ->> 'client_id', n ->> 'is_recovered', ",
            "n ->> 'system', n ->> 'mentions_room', n ->> 'at', n ->> 'at' FROM n",
            $($rest),*
        )
    };
}

/// Moves the heads of rooms and writes the messages. Parameter: an array of [`Row`]s, in order.
pub(super) const INSERT: &str = insert!();

/// Also reads the rooms up to there for the authors, into whose sight the rooms come.
pub(super) const POST: &str = insert!(
    "; ",
    rows!(),
    "UPDATE users SET me_rev = n ->> 'me', me_changed_at = n ->> 'now' FROM n \
     WHERE n ->> 'is_authors_last' AND users.id = unhex(n ->> 'sender'); ",
    rows!(),
    "UPDATE participants SET last_read_seq = n ->> 'seq', read_at = n ->> 'at', is_archived = 0, me_rev = n ->> 'me' FROM n \
     WHERE n ->> 'is_authors_last_in_room' AND participants.room = unhex(n ->> 'room') \
     AND participants.user = unhex(n ->> 'sender')"
);
