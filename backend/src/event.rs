//! What a committed change tells the connected world.
//!
//! Store use cases return events with their result; the writer hands them, after the commit and in commit order, to the
//! bus, and every node's hub delivers them. An event is a doorbell: the rows in the store are the truth, so an event that
//! is lost is made up for by reading rows above the last `rev` ([`crate::store::Store::room_changes`]).

use recado_protocol::{Rev, RoomId, ServerFrame, SessionId, UserId};
use serde::{Deserialize, Serialize};

/// One event, as it travels on the bus (JSON on Redis).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A lasting change of a room: one `rev`, one frame, to every participant's device sockets; the kinds that the room
    /// socket knows go there too.
    Room { room: RoomId, rev: Rev, frame: ServerFrame },
    /// Somebody is in the room from now on: their devices subscribe and get `frame` (the whole room, as `room`).
    /// The others learn of it by an [`Event::Room`] of its own. `me` is that person's stream rev.
    Joined { room: RoomId, user: UserId, me: Rev, frame: ServerFrame },
    /// Somebody is no longer in the room (left, removed, or hid a private one): their devices get `room_removed` with `me`;
    /// their room sockets on it close with 4543.
    Removed { room: RoomId, user: UserId, me: Rev },
    /// The room is gone: every device of `users` (with their new `me` rev) gets `room_removed`; room sockets close with 4544.
    RoomDeleted { room: RoomId, users: Vec<(UserId, Rev)> },
    /// A change of a user's private stream: to that user's devices.
    Me { user: UserId, rev: Rev, frame: ServerFrame },
    /// A change of a profile: to every device.
    People { rev: Rev, frame: ServerFrame },
    /// Close this session's sockets with 4503.
    SessionEnded { session: SessionId },
    /// Told once and forgotten (typing, presence, others' read markers): to `audience`, never to `from`'s own devices when
    /// `audience` is `Others`.
    Transient {
        room: RoomId,
        from: UserId,
        audience: Audience,
        /// Who does not hear it all the same.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<UserId>,
        frame: ServerFrame,
    },
}

/// Who hears a transient event. In rooms above `limits::SMALL_ROOM` device sockets hear it only where they watch the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every socket on the room, `from`'s own too.
    All,
    /// Not the sockets of `from`.
    Others,
    /// As `Others`, and on device sockets only those that watch the room (presence).
    Watchers,
    /// Every room socket on the room, `from`'s own too, and no device socket: what the first version answered to all.
    RoomSockets,
}
