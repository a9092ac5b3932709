//! What is private to a person: their own settings of a room, told in the stream `me` and to nobody else.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{RoomId, Seq, Timestamp};

/// Which messages of a room deserve a notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Notifications {
    #[default]
    All,
    Mentions,
    None,
}

impl Notifications {
    const ALL: [Self; 3] = [Self::All, Self::Mentions, Self::None];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::None => "none",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// A colour by name; what it looks like in light and dark is the window's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Red,
    Orange,
    Yellow,
    Green,
    Teal,
    Blue,
    Purple,
    Pink,
    Gray,
}

impl Colour {
    pub const ALL: [Self; 9] = [
        Self::Red,
        Self::Orange,
        Self::Yellow,
        Self::Green,
        Self::Teal,
        Self::Blue,
        Self::Purple,
        Self::Pink,
        Self::Gray,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Teal => "teal",
            Self::Blue => "blue",
            Self::Purple => "purple",
            Self::Pink => "pink",
            Self::Gray => "gray",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.as_str() == text)
    }
}

/// What is drawn behind a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    Paper,
    Dots,
    Lines,
    Grid,
    Waves,
    Dawn,
    Dusk,
    Forest,
}

impl Background {
    pub const ALL: [Self; 8] =
        [Self::Paper, Self::Dots, Self::Lines, Self::Grid, Self::Waves, Self::Dawn, Self::Dusk, Self::Forest];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Dots => "dots",
            Self::Lines => "lines",
            Self::Grid => "grid",
            Self::Waves => "waves",
            Self::Dawn => "dawn",
            Self::Dusk => "dusk",
            Self::Forest => "forest",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|background| background.as_str() == text)
    }
}

/// One's own settings of a room. What is not set is the room as everybody has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MySettings {
    #[serde(default)]
    pub favourite: bool,
    #[serde(default)]
    pub notifications: Notifications,
    /// Until then nothing is notified, whatever `notifications` says; afterwards it counts again, without anybody's doing.
    #[serde(default)]
    pub muted_until: Option<Timestamp>,
    /// What one calls the other person of a private room.
    #[serde(default)]
    pub nickname: Option<String>,
    /// Of one's own bubbles.
    #[serde(default)]
    pub bubble_colour: Option<Colour>,
    #[serde(default)]
    pub background: Option<Background>,
    /// Out of sight until somebody writes.
    #[serde(default)]
    pub archived: bool,
}

impl MySettings {
    /// Whether the room is silent at that moment.
    pub fn is_muted(&self, now: Timestamp) -> bool {
        self.notifications == Notifications::None || self.is_paused(now)
    }

    /// Whether `muted_until` is still to come.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.muted_until.is_some_and(|until| until > now)
    }
}

/// What is private to a person about one of their rooms: one row of the stream `me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MyRoom {
    pub chat_room: RoomId,
    pub last_read_seq: Seq,
    pub unread: i64,
    pub mentions: i64,
    /// Whether the room was silent when this was told.
    pub muted: bool,
    #[serde(flatten)]
    pub settings: MySettings,
}

/// `PATCH /rooms/{id}/me` and the frame `set_my_room`: what is absent stays, null takes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MyRoomPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub favourite: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub notifications: Option<Notifications>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    #[ts(optional)]
    pub muted_until: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    #[ts(optional)]
    pub nickname: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Colour>)]
    #[ts(optional)]
    pub bubble_colour: Option<Option<Colour>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Background>)]
    #[ts(optional)]
    pub background: Option<Option<Background>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub archived: Option<bool>,
}

impl MyRoomPatch {
    pub fn apply(&self, settings: &mut MySettings) {
        fn set<T: Clone>(to: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                to.clone_from(value);
            }
        }
        set(&mut settings.favourite, self.favourite.as_ref());
        set(&mut settings.notifications, self.notifications.as_ref());
        set(&mut settings.muted_until, self.muted_until.as_ref());
        set(&mut settings.nickname, self.nickname.as_ref());
        set(&mut settings.bubble_colour, self.bubble_colour.as_ref());
        set(&mut settings.background, self.background.as_ref());
        set(&mut settings.archived, self.archived.as_ref());
    }
}

/// Reads a field that is there, be it null: absent is the default and never comes here.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_stays_and_null_takes_back() {
        let mut settings = MySettings { nickname: Some("Anita".into()), favourite: true, ..MySettings::default() };
        let read = |json: &str| serde_json::from_str::<MyRoomPatch>(json).unwrap();
        read(r#"{"bubble_colour":"teal","unknown":1}"#).apply(&mut settings);
        assert_eq!((settings.nickname.as_deref(), settings.bubble_colour), (Some("Anita"), Some(Colour::Teal)));
        read(r#"{"nickname":null,"favourite":false}"#).apply(&mut settings);
        assert_eq!((settings.nickname.as_deref(), settings.favourite), (None, false));
        let patch = MyRoomPatch { muted_until: Some(None), ..MyRoomPatch::default() };
        assert_eq!(serde_json::to_string(&patch).unwrap(), r#"{"muted_until":null}"#);
        assert!(serde_json::from_str::<MyRoomPatch>(r#"{"background":"lava"}"#).is_err());
    }

    #[test]
    fn a_mute_ends_by_itself() {
        let paused = MySettings { muted_until: Some(Timestamp(1_000)), ..MySettings::default() };
        assert!(paused.is_muted(Timestamp(999)) && !paused.is_muted(Timestamp(1_000)));
        let none = MySettings { notifications: Notifications::None, ..paused };
        assert!(none.is_muted(Timestamp(2_000)) && !none.is_paused(Timestamp(2_000)));
    }

    #[test]
    fn names_are_the_same_in_rows_and_on_the_wire() {
        for colour in Colour::ALL {
            assert_eq!(serde_json::to_value(colour).unwrap(), colour.as_str());
            assert_eq!(Colour::parse(colour.as_str()), Some(colour));
        }
        for background in Background::ALL {
            assert_eq!(serde_json::to_value(background).unwrap(), background.as_str());
            assert_eq!(Background::parse(background.as_str()), Some(background));
        }
        for level in Notifications::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
            assert_eq!(Notifications::parse(level.as_str()), Some(level));
        }
    }
}
