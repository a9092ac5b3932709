//! Many rows as one parameter. SQLite is in another thread: going there and back costs more than what is done there, as does each
//! answer of its, so what is to be written goes over as one JSON text.

use recado_protocol::{MessageId, RoomId, UserId};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{Error, error::Result};

/// Begins a statement: `n` is each of the objects in the array that is its first parameter, taken apart once rather than for each
/// of its values.
macro_rules! rows {
    () => {
        "WITH n AS MATERIALIZED (SELECT jsonb(value) AS n FROM json_each($1)) "
    };
}
pub(super) use rows;

/// The parameter.
pub(super) fn array(rows: &[impl Serialize]) -> Result<String> {
    serde_json::to_string(rows).map_err(Error::unavailable)
}

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
