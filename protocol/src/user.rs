//! People.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{Rev, Timestamp, UserId, me::given};

/// A person as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub avatar_url: Option<String>,
    /// In full user objects only, as is all that follows; absent where a message names its sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
    /// What they say of themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Where they are, by the IANA's name, such as `America/La_Paz`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What they are about just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CustomStatus>,
    /// In the stream `people`; 0 where unknown.
    #[serde(default)]
    pub rev: Rev,
}

impl User {
    /// Somebody by name alone.
    pub fn named(id: UserId, username: String, display_name: String, rev: Rev) -> Self {
        Self {
            id,
            username,
            display_name,
            avatar_url: None,
            is_admin: None,
            about: None,
            time_zone: None,
            status: None,
            rev,
        }
    }

    /// Whether this is a full user object, not only a name beside something.
    pub fn is_full(&self) -> bool {
        self.is_admin.is_some()
    }
}

/// A few words, an emoji, or both; over at `until` without anybody's doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct CustomStatus {
    #[serde(default)]
    pub emoji: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl CustomStatus {
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// How present a person is. Others are never told `invisible`, and room sockets only `online` and `offline`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Online,
    /// On no device for a while.
    Away,
    /// There, and not to be disturbed.
    Dnd,
    /// There, and wants to look offline.
    Invisible,
    Offline,
}

impl Status {
    const ALL: [Self; 5] = [Self::Online, Self::Away, Self::Dnd, Self::Invisible, Self::Offline];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Dnd => "dnd",
            Self::Invisible => "invisible",
            Self::Offline => "offline",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether a person may choose it; `away` is told by each device, `offline` by their absence.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Online | Self::Dnd | Self::Invisible)
    }

    /// What others see.
    #[must_use]
    pub fn seen(self) -> Self {
        if self == Self::Invisible { Self::Offline } else { self }
    }
}

/// `GET /me`: oneself, with what others do not see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Me {
    #[serde(flatten)]
    pub user: User,
    /// Whether others are told one's read markers, and oneself theirs.
    #[serde(default = "is_on")]
    pub read_receipts: bool,
}

fn is_on() -> bool {
    true
}

/// `PATCH /me`: what is absent stays, null takes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct UserPatch {
    /// Whether others are told one's read markers, and oneself theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub read_receipts: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[ts(optional)]
    pub about: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[ts(optional)]
    pub time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CustomStatus>)]
    #[ts(optional)]
    pub status: Option<Option<CustomStatus>>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_one_name_everywhere_and_invisible_is_never_seen() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_ne!(status.seen(), Status::Invisible);
        }
    }

    #[test]
    fn a_custom_status_ends_by_itself() {
        let status = CustomStatus { until: Some(Timestamp(10)), ..CustomStatus::default() };
        assert!(!status.is_over(Timestamp(9)) && status.is_over(Timestamp(10)));
        assert!(!CustomStatus::default().is_over(Timestamp(i64::MAX)));
    }
}
