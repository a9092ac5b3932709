//! Every frame, DTO, limit, permission and error code of Recado: the one vocabulary that the server, the client core
//! and (through generated TypeScript) the window share.
//!
//! There is no I/O here and no policy beyond what both sides must agree on. `docs/protocol.md` is the prose to this.
//!
//! One word a concept: a *room* (`chat_room` on the wire, a name kept from the first version) has *participants* and
//! *messages*; a message has an immutable place `seq`; every lasting change takes the room's next `rev`.

pub mod auth;
pub mod close;
pub mod digest;
pub mod error;
pub mod frame;
pub mod id;
pub mod invite;
pub mod limits;
pub mod me;
pub mod mention;
pub mod message;
pub mod permission;
pub mod reaction;
pub mod room;
pub mod search;
pub mod time;
pub mod user;

pub use close::CloseCode;
pub use error::{ErrorCode, Problem};
pub use frame::{ClientFrame, ServerFrame};
pub use id::{AttachmentId, MessageId, RoomId, SessionId, UserId};
pub use limits::Limits;
pub use message::{Message, MessageType};
pub use room::{ChatType, Participant, Role, Room};
pub use time::Timestamp;
pub use user::User;

/// A room's (or a stream's) change counter. Starts at 0 for "nothing"; the first change is 1.
///
/// Signed because both databases store signed 64-bit integers; a negative one is invalid at every edge.
pub type Rev = i64;

/// A message's immutable place in its room: 1, 2, 3 …, dense.
pub type Seq = i64;

/// The version that `hello` names.
pub const PROTOCOL_VERSION: u32 = 1;
