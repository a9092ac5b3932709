//! Bodies of `/auth/*` and of invites.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{RoomId, Timestamp, User};

/// `POST /auth/register`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct Register {
    /// 2-32 of `A-Za-z0-9._-`, unique ignoring case.
    pub username: String,
    /// 8-256 characters.
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
    /// What `serve` printed, for the very first account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// `POST /auth/login`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct Login {
    pub username: String,
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// `POST /auth/refresh`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Refresh {
    pub refresh_token: String,
}

/// `POST /auth/password`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct ChangePassword {
    pub old_password: String,
    pub new_password: String,
}

/// What register, login and refresh answer.
#[derive(Clone, Serialize, Deserialize, TS, ToSchema)]
pub struct Tokens {
    pub user: User,
    pub access_token: String,
    pub refresh_token: String,
    /// Seconds that the access token lives.
    pub expires_in: i64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("user", &self.user).field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// `POST /invites`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct NewInvite {
    /// How often it may be used; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<i64>,
    /// Seconds; 7 days when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<i64>,
    /// Rooms that the newcomer joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Invite {
    pub code: String,
    pub max_uses: i64,
    pub uses: i64,
    pub rooms: Vec<RoomId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// `GET /invites`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Invites {
    pub invites: Vec<Invite>,
}
