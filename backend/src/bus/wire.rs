//! What travels on Redis: JSON that names its node, on a channel a room, a channel a user, and one for all.

use std::fmt;

use recado_protocol::{RoomId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{event::Event, hub::News};

/// One run of one server process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub Uuid);

/// Where something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    Room(RoomId),
    User(UserId),
    All,
}

impl Channel {
    /// Where an event belongs: where everyone who needs it listens. Nodes with a member of a room listen to the room; those
    /// with a socket of a person listen to the person.
    pub(super) fn of(event: &Event) -> Vec<Self> {
        match event {
            Event::Room { room, .. } | Event::RoomDeleted { room, .. } | Event::Transient { room, .. } => {
                vec![Self::Room(*room)]
            }
            Event::Joined { user, .. } | Event::Removed { user, .. } | Event::Me { user, .. } => {
                vec![Self::User(*user)]
            }
            Event::People { .. } | Event::SessionEnded { .. } => vec![Self::All],
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(room) => write!(f, "recado:room:{room}"),
            Self::User(user) => write!(f, "recado:user:{user}"),
            Self::All => f.write_str("recado:all"),
        }
    }
}

/// What one node tells the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    Event(Box<Event>),
    News(News),
}

/// A signal and who sent it, so that a node can ignore its own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope {
    pub(super) node: NodeId,
    pub(super) signal: Signal,
}
