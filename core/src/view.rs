//! What a front end sees of the core: snapshots, diffs and events, all plain data.
//!
//! The window gets these types as generated TypeScript. Whatever is private to the machine room (revs, cursors, ranges, tokens)
//! stays out. A list is a snapshot and then [`Diff`]s against it, so that a new message costs one row however long the room
//! is. An item keeps its `key` from echo to confirmation.

use recado_protocol::{
    ChatType, ErrorCode, MessageId, MessageType, RoomId, Seq, Timestamp, User, UserId,
    me::{Colour, MySettings},
    message::{Quote, SystemEvent},
    permission::Action,
    reaction::Reaction,
    room::Role,
    search::Highlight,
    user::{CustomStatus, Status},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One step from a list to its next state; indices are those at the time of the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Diff<T> {
    Insert { index: usize, item: T },
    Update { index: usize, item: T },
    Remove { index: usize },
    Reset { items: Vec<T> },
}

/// A person, as lists and names show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self { id: user.id, username: user.username.clone(), display_name: user.display_name.clone() }
    }
}

/// All that is known of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonProfile {
    pub person: Person,
    pub about: Option<String>,
    /// By the IANA's name.
    pub time_zone: Option<String>,
    /// What they are about just now.
    pub custom_status: Option<CustomStatus>,
    /// How present they are; null where it is not watched. Of oneself, what one chose.
    pub status: Option<Status>,
    pub last_seen_at: Option<Timestamp>,
    /// One does not want to hear from them.
    pub is_blocked: bool,
}

/// All that is known of a room, for its page of information.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomInfo {
    pub id: RoomId,
    pub chat_type: ChatType,
    pub title: String,
    pub topic: Option<String>,
    pub description: Option<String>,
    pub colour: Option<Colour>,
    pub members_may_invite: bool,
    pub created_at: Timestamp,
    pub my_role: Role,
    /// What one may do here; `invite` also where members may.
    pub may: Vec<Action>,
    /// By role, then by name.
    pub participants: Vec<Participant>,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Participant {
    pub person: Person,
    pub role: Role,
    /// Null where it is not watched.
    pub status: Option<Status>,
    pub last_seen_at: Option<Timestamp>,
    /// Whether one may remove them, keep them out, or change their role.
    pub may_manage: bool,
}

/// A link by which others join a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomInviteItem {
    pub code: String,
    /// `recado://join/…`, to be given to others.
    pub link: String,
    pub created_by: Person,
    pub uses: u32,
    /// Null: as often as one likes.
    pub max_uses: Option<u32>,
    pub expires_at: Timestamp,
}

/// Somebody who is kept out of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BannedPerson {
    pub person: Person,
    pub at: Timestamp,
}

/// A community that one may join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DirectoryItem {
    pub id: RoomId,
    pub name: String,
    pub participant_count: u32,
}

/// One line of the room list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomItem {
    pub id: RoomId,
    pub chat_type: ChatType,
    /// The room's name, or the other person's in a private room.
    pub title: String,
    /// The other person of a private room.
    pub peer: Option<Person>,
    /// How present `peer` is; null where unknown or not private.
    pub status: Option<Status>,
    /// When `peer` was last there, where they are offline and it is known.
    pub last_seen_at: Option<Timestamp>,
    /// What `peer` is about just now.
    pub custom_status: Option<CustomStatus>,
    pub last_message: Option<Preview>,
    /// What the list is ordered by, newest first, behind the favourites.
    pub last_activity: Timestamp,
    pub unread: u32,
    pub mentions: u32,
    /// Nothing is notified now: by level, or until `muted_until`.
    pub muted: bool,
    /// What the room is about just now.
    pub topic: Option<String>,
    pub colour: Option<Colour>,
    /// One's own, with what was changed here and waits to be told.
    #[serde(flatten)]
    pub settings: MySettings,
    /// Text that was typed and not sent.
    pub draft: Option<String>,
    /// Who types now, by display name.
    pub typing: Vec<String>,
    pub participant_count: u32,
}

/// The last message, short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Preview {
    pub sender: Person,
    pub is_own: bool,
    /// One line of at most 160 characters, without marks and without what the message hides.
    pub content: String,
    pub message_type: MessageType,
    pub is_deleted: bool,
    pub system: Option<SystemEvent>,
    /// Whom the event happened to.
    pub about: Option<Person>,
    pub at: Timestamp,
    /// Of an own message.
    pub delivery: Option<Delivery>,
}

/// How far an own message has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Delivery {
    /// In the outbox.
    Sending,
    /// Refused for good; waits for *Retry* or *Delete*.
    Failed { failure: Failure },
    /// Stored by the server.
    Sent,
    /// Read by that many others.
    Read { by: u32 },
}

/// One row of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every item is a message, so a box would only add an allocation")]
pub enum TimelineItem {
    Message(MessageItem),
    /// Messages that are not here yet and will be fetched when one comes near.
    Gap {
        key: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessageItem {
    /// Stable from echo to confirmation: `client_id` of own ones made here, else the id.
    pub key: String,
    /// Null until the server has it.
    pub id: Option<MessageId>,
    pub seq: Option<Seq>,
    pub sender: Person,
    pub is_own: bool,
    pub content: String,
    /// What it says where it is only told of: one line of at most 160 characters, without marks and without what it hides.
    pub preview: String,
    pub message_type: MessageType,
    /// Its content is a preview.
    pub reply_to: Option<Quote>,
    pub reactions: Vec<Reaction>,
    pub pinned: Option<Pinned>,
    pub is_edited: bool,
    pub is_deleted: bool,
    pub recovered: bool,
    pub system: Option<SystemEvent>,
    /// Whom the event happened to.
    pub about: Option<Person>,
    pub at: Timestamp,
    pub delivery: Option<Delivery>,
    /// A change to it that the server refused.
    pub failed: Option<FailedChange>,
}

/// A change that the server refused; what it would have done is not shown. Stays until it is tried again or discarded, both by
/// its `key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FailedChange {
    pub key: String,
    pub change: Change,
    /// The text that an edit would have given it.
    pub content: Option<String>,
    pub failure: Failure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Edit,
    Delete,
    Reaction,
    Pin,
}

/// Names a message: by its id or, since an own one has none until the server has it, by the key of its item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct MessageRef(pub String);

impl From<MessageId> for MessageRef {
    fn from(id: MessageId) -> Self {
        Self(id.to_string())
    }
}

impl From<String> for MessageRef {
    fn from(key: String) -> Self {
        Self(key)
    }
}

/// Somebody who has read a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadBy {
    pub person: Person,
    /// By then at the latest; null where it is not known.
    pub at: Option<Timestamp>,
}

/// Who pinned a message, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Pinned {
    pub by: Person,
    pub at: Timestamp,
}

/// What opening a room gives; diffs for it follow as [`Event::Timeline`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineSnapshot {
    pub room: RoomId,
    /// Names this opening; events of an earlier one are to be ignored.
    pub subscription: u32,
    pub items: Vec<TimelineItem>,
    /// Whether older messages exist, here or on the server.
    pub has_older: bool,
    /// Key of the first message of others after one's marker when the room was opened.
    pub first_unread: Option<String>,
    /// Key of the message that was jumped to; a gap may stand before and behind the messages around it.
    pub target: Option<String>,
    pub draft: String,
    pub participants: Vec<Person>,
}

/// Messages that were found, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchPage {
    pub hits: Vec<SearchHit>,
    /// What brings the next page, from here or from the server; null when there is none.
    pub next: Option<String>,
    /// All that one may read was searched: by the server, or here where everything is held.
    pub is_complete: bool,
    /// The server was to be asked and could not be reached: these are from here alone.
    pub is_offline: bool,
}

/// A message that was found; `room` and `seq` say where to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchHit {
    pub message: MessageId,
    pub room: RoomId,
    pub room_title: String,
    pub seq: Seq,
    pub sender: Person,
    pub is_own: bool,
    pub at: Timestamp,
    pub message_type: MessageType,
    pub is_pinned: bool,
    /// One line around what was found, at most 162 characters, without marks and without what the message hides.
    pub snippet: String,
    /// What was found in it.
    pub highlights: Vec<Highlight>,
}

/// Where the connection stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Connection {
    /// Before sign-in.
    None,
    Connecting,
    /// Connected, catching up.
    Syncing,
    Online,
    /// Waits, then tries again: `attempt` of five quick ones.
    Offline {
        attempt: u32,
        retry_in_ms: u32,
    },
    /// Five tries failed; goes on every 30 s, and on *Retry*.
    Unreachable {
        retry_in_ms: u32,
    },
    /// Switched off by the user.
    WorkingOffline,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Session {
    SignedOut {
        /// What to fill in: the last or the given server.
        server: Option<String>,
        /// Why, when it was not the user.
        reason: Option<SignOutReason>,
    },
    /// The secrets cannot be read yet.
    Locked {
        lock: Lock,
    },
    SignedIn {
        me: Person,
        server: String,
        is_admin: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignOutReason {
    /// Ended on another device, by an admin, or the account was disabled.
    SessionEnded,
}

/// Why secrets cannot be read, and what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    /// The system keyring asks for its own password, or does not answer: wait, retry, or use a passphrase.
    KeyringLocked,
    /// There is no keyring: choose a passphrase for the vault.
    NeedsNewPassphrase,
    /// There is a vault: enter its passphrase.
    NeedsPassphrase,
    /// The cache cannot be opened with the key that is kept: rebuild it from the server.
    CacheUnreadable,
}

/// Something that went wrong, for the one who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{code:?}: {message}")]
pub struct Failure {
    pub code: FailureCode,
    /// In English, for logs; the window has its own words for each code.
    pub message: String,
    /// The field of the form that is wrong.
    pub field: Option<String>,
    pub retry_after_ms: Option<u32>,
}

/// Every code of the server, and those that arise on this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    InvalidRequest,
    EmptyContent,
    BadCredentials,
    Unauthenticated,
    TokenExpired,
    Forbidden,
    NotFound,
    Conflict,
    UsernameTaken,
    TooLarge,
    RateLimited,
    Unavailable,
    /// No connection to the server could be made, or it broke.
    Unreachable,
    /// Something answers there, but it is no Recado server (or a version that cannot be spoken with).
    NotRecado,
    /// Not a server address.
    BadAddress,
    /// `http://` beyond this computer, not yet confirmed by name.
    InsecureServer,
    /// This needs a connection, and there is none.
    Offline,
    /// Nobody is signed in.
    SignedOut,
    /// The session was ended elsewhere.
    SessionEnded,
    /// The keyring is locked, absent or cannot store.
    KeyringUnavailable,
    WrongPassphrase,
    /// The cache does not open with the key that is kept.
    WrongKey,
    /// The disk refused (full, read-only, broken).
    Storage,
    /// A fault of the program.
    Internal,
}

impl From<ErrorCode> for FailureCode {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidRequest => Self::InvalidRequest,
            ErrorCode::EmptyContent => Self::EmptyContent,
            ErrorCode::BadCredentials => Self::BadCredentials,
            ErrorCode::Unauthenticated => Self::Unauthenticated,
            ErrorCode::TokenExpired => Self::TokenExpired,
            ErrorCode::Forbidden => Self::Forbidden,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Conflict => Self::Conflict,
            ErrorCode::UsernameTaken => Self::UsernameTaken,
            ErrorCode::TooLarge => Self::TooLarge,
            ErrorCode::RateLimited => Self::RateLimited,
            ErrorCode::Unavailable => Self::Unavailable,
        }
    }
}

impl Failure {
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, retry_after_ms: None }
    }

    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// What a server tells before sign-in (`GET /api/v1/server`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ServerInfo {
    /// The address as it will be used, normalised.
    pub url: String,
    pub name: String,
    pub version: String,
    pub registration: Registration,
    /// There is no account yet: the first one needs the setup code (not when registration is open) and is the admin.
    pub is_new: bool,
    pub needs_setup_code: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    Open,
    Invite,
    Closed,
}

/// The form *create account*.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct NewAccount {
    pub username: String,
    pub password: String,
    pub display_name: Option<String>,
    pub invite: Option<String>,
    pub setup_code: Option<String>,
}

/// All that the first paint needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Startup {
    pub session: Session,
    pub connection: Connection,
    /// How one wants to be seen.
    pub presence: Status,
    pub rooms: Vec<RoomItem>,
    /// The room that was open last, already opened, from the cache.
    pub timeline: Option<TimelineSnapshot>,
}

/// What happens, in order, on one stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    Session {
        session: Session,
    },
    Connection {
        connection: Connection,
    },
    /// One chose how to be seen, here or on another device.
    Presence {
        presence: Status,
    },
    Rooms {
        diffs: Vec<Diff<RoomItem>>,
    },
    Timeline {
        room: RoomId,
        subscription: u32,
        diffs: Vec<Diff<TimelineItem>>,
        has_older: bool,
    },
    /// The window should open that room (a notification or a link was clicked).
    OpenRoom {
        room: RoomId,
        seq: Option<Seq>,
    },
    /// A `recado://join/` link was opened. Nothing was contacted: the window asks first, by name where the server is not known.
    JoinByInvite {
        server: String,
        code: String,
        /// Hex SHA-256 of a self-signed server's certificate.
        fingerprint: Option<String>,
        /// It leads to the server that one is signed in to.
        is_known: bool,
    },
    /// Events were lost because the reader was too slow: take a new [`Startup`].
    Lagged,
}
