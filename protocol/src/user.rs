//! People.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{Rev, Timestamp, UserId};

/// A person as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub avatar_url: Option<String>,
    /// In full user objects only; absent where a message names its sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
    /// In the stream `people`; 0 where unknown.
    #[serde(default)]
    pub rev: Rev,
}

/// Whether a person has a socket open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Online,
    Offline,
}

/// `PATCH /me`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct UserPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// `GET /users`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Users {
    pub users: Vec<User>,
}

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Session {
    pub id: crate::SessionId,
    /// What the device called itself at sign-in.
    pub device: Option<String>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// The one that asks.
    pub current: bool,
}

/// `GET /auth/sessions`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Sessions {
    pub sessions: Vec<Session>,
}
