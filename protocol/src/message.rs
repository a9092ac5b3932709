//! Messages.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    AttachmentId, MessageId, Rev, RoomId, Seq, Timestamp, User, UserId,
    me::{Colour, given},
    reaction::Reaction,
    room::Role,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageType {
    #[default]
    Text,
    Image,
    Video,
    Audio,
    File,
    /// Made by the server only: says what happened in the room.
    System,
}

impl MessageType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
            Self::System => "system",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Text, Self::Image, Self::Video, Self::Audio, Self::File, Self::System]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A message as everyone in the room sees it. A deleted one keeps its place, with empty content and no reactions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Message {
    pub id: MessageId,
    pub chat_room: RoomId,
    pub seq: Seq,
    pub rev: Rev,
    pub sender: User,
    pub content: String,
    pub message_type: MessageType,
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Always present; null when it is no reply.
    pub reply_to: Option<Quote>,
    #[serde(default)]
    pub reactions: Vec<Reaction>,
    /// Always present; null when it is not pinned.
    #[serde(default)]
    pub pinned: Option<Pin>,
    /// Whether it calls everyone by `@room`. Decided when it is written or edited, by what its author may do then; absent where it
    /// does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_room: bool,
    pub is_edited: bool,
    pub is_deleted: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The sender's own name for it; unique per sender.
    pub client_id: Option<String>,
    /// Sent again by its sender after the server was restored from a backup.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovered: bool,
    /// For `message_type` `system`: what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemEvent>,
}

/// Who pinned a message for everyone in the room, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Pin {
    pub by: UserId,
    pub at: Timestamp,
}

/// Something sent along with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Attachment {
    pub id: AttachmentId,
}

/// The message that is replied to. A deleted one keeps its place here too, with empty content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Quote {
    pub id: MessageId,
    pub sender: User,
    pub content: String,
    pub message_type: MessageType,
    #[serde(default)]
    pub seq: Seq,
    #[serde(default)]
    pub is_deleted: bool,
}

/// What a system message tells; its `content` is the event's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SystemEvent {
    ParticipantJoined { user_id: UserId },
    ParticipantLeft { user_id: UserId },
    ParticipantRemoved { user_id: UserId },
    RoomChanged(RoomChange),
}

/// Settings of a room that changed, or somebody's role; what is absent did not, null was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RoomChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

impl SystemEvent {
    pub fn name(&self) -> &'static str {
        match self {
            Self::ParticipantJoined { .. } => "participant_joined",
            Self::ParticipantLeft { .. } => "participant_left",
            Self::ParticipantRemoved { .. } => "participant_removed",
            Self::RoomChanged(_) => "room_changed",
        }
    }

    /// Whom it happened to.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::ParticipantJoined { user_id }
            | Self::ParticipantLeft { user_id }
            | Self::ParticipantRemoved { user_id } => Some(*user_id),
            Self::RoomChanged(change) => change.user_id,
        }
    }
}

/// `POST /rooms/{id}/messages`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct NewMessage {
    #[serde(default)]
    pub content: String,
    #[serde(default)]
    pub message_type: MessageType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
}

/// `PATCH /rooms/{id}/messages/{mid}`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct MessagePatch {
    pub content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `GET /rooms/{id}/messages`: a page in rising `seq`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct MessagePage {
    pub messages: Vec<Message>,
    /// In the direction asked.
    pub has_more: bool,
    /// The room's `rev`, read before the rows: the page is complete to it.
    pub rev: Rev,
}

/// `GET /rooms/{id}/pins`: the last pinned first.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Pins {
    pub messages: Vec<Message>,
}

/// `GET /rooms/{id}/messages/{mid}/edits`: what the message said before, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Edits {
    pub edits: Vec<Edit>,
}

/// A text that an edit replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Edit {
    pub content: String,
    /// When the edit replaced it.
    pub edited_at: Timestamp,
}

/// `GET /rooms/{id}/digest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RangeDigest {
    pub from: Seq,
    pub to: Seq,
    /// The room's head when it was read.
    pub rev: Rev,
    pub count: i64,
    /// Hex SHA-256 over [`crate::digest::row`] of each message in `seq` order.
    pub digest: String,
}
