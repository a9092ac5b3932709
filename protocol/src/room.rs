//! Rooms and who is in them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    Rev, RoomId, Seq, Timestamp, User, UserId,
    me::{Colour, given},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatType {
    /// Exactly two people, one room a pair.
    Private,
    /// By invitation.
    Group,
    /// In the directory; anyone on the server may join.
    Community,
}

impl ChatType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Community => "community",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Private, Self::Group, Self::Community].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// From least to most: a comparison is a comparison of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Admin,
    Owner,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Member, Self::Admin, Self::Owner].into_iter().find(|role| role.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Participant {
    pub user: User,
    /// Null for one who left or was removed: the row stays so that a sync can tell.
    pub role: Option<Role>,
    /// 0 as well when the person does not tell, or the viewer is not to be told.
    pub last_read_seq: Seq,
    /// When the marker came there.
    #[serde(default)]
    pub read_at: Option<Timestamp>,
    /// The room's `rev` of the last change to this row.
    #[serde(default)]
    pub rev: Rev,
}

/// A room. REST answers are whole; in `room` frames what differs by viewer may be absent, and `participants` are the changed ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Room {
    pub id: RoomId,
    /// Null for a private room: it is named after the other person.
    pub name: Option<String>,
    pub chat_type: ChatType,
    pub rev: Rev,
    pub last_seq: Seq,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read_seq: Option<Seq>,
    /// Others' messages after one's marker that are neither deleted nor `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<Vec<Participant>>,
    /// How many are in it now.
    #[serde(default)]
    pub participant_count: i64,
    /// What it is about just now, on one line.
    #[serde(default)]
    pub topic: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub colour: Option<Colour>,
    /// Whether members may make invite links, not only owners and admins.
    #[serde(default)]
    pub members_may_invite: bool,
}

/// `GET /rooms`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Rooms {
    pub rooms: Vec<Room>,
}

/// `POST /rooms`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct NewRoom {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub chat_type: ChatType,
    #[serde(default)]
    pub participants: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `PATCH /rooms/{id}`: what is absent stays, null takes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RoomPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[ts(optional)]
    pub topic: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[ts(optional)]
    pub description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Colour>)]
    #[ts(optional)]
    pub colour: Option<Option<Colour>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub members_may_invite: Option<bool>,
}

/// `PATCH /rooms/{id}/participants/{user}`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct RoleChange {
    pub role: Role,
}

/// `POST /rooms/{id}/transfer` and `POST /rooms/{id}/bans`: who is meant.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct WhichUser {
    pub user_id: UserId,
}

/// Somebody who is kept out of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Ban {
    pub user: User,
    pub banned_by: UserId,
    pub created_at: Timestamp,
}

/// `GET /rooms/{id}/bans`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Bans {
    pub bans: Vec<Ban>,
}

/// `POST /rooms/{id}/participants`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct NewParticipant {
    pub user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// `POST /rooms/{id}/read`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct ReadMark {
    pub seq: Seq,
}
