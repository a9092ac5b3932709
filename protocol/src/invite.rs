//! Invite links to rooms. Invites to the server itself are in [`crate::auth`].

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{RoomId, Timestamp, User};

/// `POST /rooms/{id}/invites`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct NewRoomInvite {
    /// Seconds; 7 days when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expires_in_s: Option<i64>,
    /// How often it may be used; as often as one likes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_uses: Option<i64>,
}

/// A link by which others join a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RoomInvite {
    pub code: String,
    pub chat_room: RoomId,
    pub created_by: User,
    pub max_uses: Option<i64>,
    pub uses: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// `GET /rooms/{id}/invites`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct RoomInvites {
    pub invites: Vec<RoomInvite>,
}
