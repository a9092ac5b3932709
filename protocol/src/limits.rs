//! Limits that both sides know. The server tells those it enforces in `connection_success`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// What a server enforces on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Limits {
    /// Bytes of one frame, other than `hello`.
    pub max_frame_bytes: u32,
    /// Unicode code points of one message.
    pub max_message_chars: u32,
    /// Commands a second that are answered in the long run.
    pub messages_per_s: u32,
    /// Commands that may come at once before `messages_per_s` counts.
    pub messages_burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_frame_bytes: 131_072, max_message_chars: 10_000, messages_per_s: 20, messages_burst: 60 }
    }
}

/// Bytes of a `hello` frame: room cursors of a few thousand rooms.
pub const MAX_HELLO_BYTES: usize = 1024 * 1024;
/// Characters of a `client_id`, at least 1.
pub const MAX_CLIENT_ID_CHARS: usize = 64;
/// Messages of a history page when no limit is asked, and of the newest page in a sync.
pub const DEFAULT_PAGE: i64 = 50;
/// A larger `limit` is cut to this.
pub const MAX_PAGE: i64 = 200;
/// Changed rows beyond which a sync answers `reset`.
pub const MAX_SYNC_CHANGES: i64 = 2_000;
/// Pinned messages of a room.
pub const MAX_PINS: i64 = 100;
/// Rooms that one device may watch.
pub const MAX_WATCHED: usize = 100;
/// Above this many participants typing and others' read markers go to watchers only.
pub const SMALL_ROOM: usize = 50;
/// Length of a user name in characters.
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 2..=32;
/// Length of a password in characters.
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=256;
/// Characters of a display name, at least 1.
pub const MAX_DISPLAY_NAME_CHARS: usize = 64;
/// Characters of a room's name, at least 1.
pub const MAX_ROOM_NAME_CHARS: usize = 100;
/// Characters of a nickname, at least 1.
pub const MAX_NICKNAME_CHARS: usize = 64;
/// Characters of what a person says of themselves.
pub const MAX_ABOUT_CHARS: usize = 500;
/// Characters of a custom status.
pub const MAX_STATUS_CHARS: usize = 80;
/// Characters of a room's topic, on one line.
pub const MAX_TOPIC_CHARS: usize = 200;
/// Characters of a room's description.
pub const MAX_DESCRIPTION_CHARS: usize = 2_000;
/// Participants that `POST /rooms` takes at once.
pub const MAX_NEW_PARTICIPANTS: usize = 500;

/// Whether a user name may be taken: 2-32 of `A-Za-z0-9._-`.
pub fn is_username(name: &str) -> bool {
    USERNAME_CHARS.contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Whether a `client_id` is acceptable: 1-64 characters, none of them a control character.
pub fn is_client_id(id: &str) -> bool {
    !id.is_empty() && id.chars().count() <= MAX_CLIENT_ID_CHARS && !id.chars().any(char::is_control)
}
