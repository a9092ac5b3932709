//! Finding messages: what of a text is found, and what a query means. One set of functions for the server and for clients, so that
//! both find the same.
//!
//! Both keep an FTS5 table whose text is not the message but [`indexed`]: words as `text::tokens` cuts them, with tokens in
//! front that say where and what the message is (its room, its sender, that it holds a link). So a filter is one more word to look
//! for: joined tables would cost a lookup for each hit of the words, which is hundreds of milliseconds for a common one.
//! The table's tokenizer is `ascii`, which only parts at spaces what is cut already, with `_` as a character of words: no text
//! of a person makes a word that begins with one, so nobody can write into a filter. Newest first is by rowid, which is a
//! [`search_ids`] one; ranking by relevance would read every hit.

mod dates;
mod query;
mod text;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

pub use self::{
    dates::Zone,
    query::{Has, Query, QueryError},
    text::is_named,
};
use crate::{Message, MessageId, MessageType, RoomId, Timestamp, UserId};

/// Characters of a query.
pub const MAX_QUERY_CHARS: usize = 256;
/// Hits of a page when no limit is asked.
pub const DEFAULT_HITS: i64 = 50;
/// A larger `limit` is cut to this.
pub const MAX_HITS: i64 = 100;

/// Stands in every indexed text, for queries that are filters alone.
const ANY: &str = "_m";
/// Stands in none, for queries that can find nothing.
const NONE: &str = "_none";
const PINNED: &str = "_pinned";

/// Room for so many messages of one millisecond, as a power of two.
const SAME_MS_BITS: u32 = 20;
/// The year 2248: 63 bits less those above.
const LAST_MS: i64 = (1 << (63 - SAME_MS_BITS)) - 1;

/// The `search_id`s that a message of that time may have; the first free one is its. It is the rowid in the FTS table: time first,
/// so that newest first is by rowid whenever the message came to the file (old pages are fetched last), and then a number,
/// since messages of one millisecond need different ones.
pub fn search_ids(at: Timestamp) -> Range<i64> {
    let ms = at.millis().clamp(0, LAST_MS);
    let first = ms << SAME_MS_BITS;
    first..first + ((1 << SAME_MS_BITS) - 1)
}

/// What of a message decides where it is found.
#[derive(Clone, Copy, Debug)]
pub struct Indexed<'a> {
    pub room: RoomId,
    pub sender: UserId,
    pub content: &'a str,
    pub message_type: MessageType,
    pub is_pinned: bool,
    pub is_deleted: bool,
}

impl<'a> From<&'a Message> for Indexed<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            room: message.chat_room,
            sender: message.sender.id,
            content: &message.content,
            message_type: message.message_type,
            is_pinned: message.pinned.is_some(),
            is_deleted: message.is_deleted,
        }
    }
}

/// The text of the FTS table's row; `None` for what is never found: deleted messages and those of the system.
pub fn indexed(message: &Indexed<'_>) -> Option<String> {
    if message.is_deleted || message.message_type == MessageType::System {
        return None;
    }
    let mut text = format!("{ANY} {} {}", room_token(message.room), sender_token(message.sender));
    let kinds = Has::ALL.into_iter().filter(|has| match has.message_type() {
        Some(kind) => kind == message.message_type,
        None => text::has_link(message.content),
    });
    for token in kinds.map(Has::token).chain(message.is_pinned.then_some(PINNED)) {
        text.push(' ');
        text.push_str(token);
    }
    for token in text::tokens(message.content) {
        text.push(' ');
        text.push_str(&token.text);
    }
    Some(text)
}

fn room_token(room: RoomId) -> String {
    format!("_r{}", room.0.simple())
}

fn sender_token(sender: UserId) -> String {
    format!("_s{}", sender.0.simple())
}

/// Where to go on behind the last hit of a page: hits are ordered by time and, within a millisecond, by id, latest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HitCursor {
    pub at: Timestamp,
    pub id: MessageId,
}

impl HitCursor {
    pub fn of(message: &Message) -> Self {
        Self { at: message.created_at, id: message.id }
    }
}

impl std::fmt::Display for HitCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at.millis(), self.id)
    }
}

impl std::str::FromStr for HitCursor {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let parsed = text.split_once('.').and_then(|(at, id)| {
            let at = Timestamp(at.parse().ok()?);
            Some(Self { at, id: id.parse().ok()? })
        });
        parsed.ok_or_else(|| QueryError::new("cursor", "not a cursor of an earlier answer"))
    }
}

/// Part of a text that a query found, in UTF-16 code units, as JavaScript counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Highlight {
    pub start: u32,
    /// Exclusive.
    pub end: u32,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hit {
    #[serde(flatten)]
    pub message: Message,
    /// Parts of `content`, rising and apart from each other.
    pub highlights: Vec<Highlight>,
}

/// `GET /search`: newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hits {
    pub messages: Vec<Hit>,
    /// `cursor` of the next page; null when this is the last.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn message(content: &str) -> Indexed<'_> {
        Indexed {
            room: Uuid::from_u128(7).into(),
            sender: Uuid::from_u128(8).into(),
            content,
            message_type: MessageType::Text,
            is_pinned: false,
            is_deleted: false,
        }
    }

    #[test]
    fn what_stands_in_the_index_is_words_and_where_they_are() {
        let room = "_r00000000000000000000000000000007";
        let sender = "_s00000000000000000000000000000008";
        let text = indexed(&message("¡Año, _pinned _r7! https://a.example")).unwrap();
        assert_eq!(text, format!("_m {room} {sender} _link ano pinned r7 https a example"));
        let picture = Indexed { message_type: MessageType::Image, is_pinned: true, ..message("") };
        assert_eq!(indexed(&picture).unwrap(), format!("_m {room} {sender} _image _pinned"));
        assert_eq!(indexed(&Indexed { is_deleted: true, ..message("x") }), None);
        assert_eq!(indexed(&Indexed { message_type: MessageType::System, ..message("room_changed") }), None);
    }

    #[test]
    fn later_messages_have_larger_ids_and_no_time_overflows() {
        let at = |ms| search_ids(Timestamp(ms));
        assert!(at(1_800_000_000_000).end < at(1_800_000_000_001).start);
        assert_eq!(at(-5), at(0));
        assert!(at(i64::MAX).start > at(1_800_000_000_000).end && at(i64::MAX).end > 0);
    }

    #[test]
    fn a_cursor_survives_a_round_trip_and_nonsense_is_refused() {
        let cursor = HitCursor { at: Timestamp(1_800_000_000_000), id: Uuid::from_u128(3).into() };
        assert_eq!(cursor.to_string().parse::<HitCursor>().unwrap(), cursor);
        for text in ["", "1", "1.2", "x.00000000-0000-0000-0000-000000000003"] {
            assert_eq!(text.parse::<HitCursor>().unwrap_err().field, "cursor");
        }
    }
}
