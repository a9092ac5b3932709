//! What the server sends.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ErrorCode, Limits, Message, MessageId, Participant, Rev, Room, RoomId, Seq, SessionId, Timestamp, User, UserId,
    me::MyRoom, user::Status,
};

/// A frame from the server. A client ignores a type that it does not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    ConnectionSuccess {
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<User>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<SessionId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protocol: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_ms: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limits: Option<Limits>,
        /// Whether one's read markers are told, and others' to oneself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read_receipts: Option<bool>,
    },
    Room(RoomFrame),
    RoomRemoved {
        chat_room: RoomId,
        /// The stream `me`'s rev, when it is told live or in that stream.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        me: Option<Rev>,
    },
    Sync(SyncFrame),
    Ready {},
    Ack(Ack),
    Error(ErrorFrame),
    ChatMessage {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        #[serde(default)]
        rev: Rev,
        message: Message,
    },
    MessageEdited {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        #[serde(default)]
        rev: Rev,
        message: Message,
    },
    MessageDeleted {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        #[serde(default)]
        rev: Rev,
        message_id: MessageId,
        #[serde(default)]
        seq: Seq,
        /// Who deleted it.
        user_id: UserId,
    },
    MessageReaction {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        #[serde(default)]
        rev: Rev,
        message_id: MessageId,
        #[serde(default)]
        seq: Seq,
        user_id: UserId,
        username: String,
        reaction_type: String,
        added: bool,
    },
    /// A message was pinned or unpinned: `message.pinned` says which.
    MessagePinned {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        #[serde(default)]
        rev: Rev,
        message: Message,
    },
    TypingStatus {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        user_id: UserId,
        username: String,
        is_typing: bool,
    },
    MessageRead {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        message_id: MessageId,
        #[serde(default)]
        seq: Seq,
        user_id: UserId,
        username: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read_at: Option<Timestamp>,
    },
    UserStatus {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_room: Option<RoomId>,
        user_id: UserId,
        username: String,
        status: Status,
        /// Of one who is offline, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seen_at: Option<Timestamp>,
    },
    /// Read markers of a room's people, when one starts to watch it.
    Participants {
        chat_room: RoomId,
        participants: Vec<Participant>,
    },
    Ping {
        /// Heads that moved since the last one that was answered.
        #[serde(default)]
        heads: HashMap<RoomId, Rev>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        me: Option<Rev>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        people: Option<Rev>,
    },
    #[serde(other)]
    Unknown,
}

/// Settings of a room and the participants that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomFrame {
    pub chat_room: RoomId,
    pub rev: Rev,
    pub room: Room,
}

/// One of the three kinds of `sync`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SyncFrame {
    Room(RoomSync),
    Me(MeSync),
    People(PeopleSync),
}

/// Rows of one room, in `rev` order; with the last frame the client is complete to `upto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomSync {
    pub chat_room: RoomId,
    pub from: Seq,
    pub to: Seq,
    pub messages: Vec<Message>,
    pub participants: Vec<Participant>,
    pub upto: Rev,
    pub has_more: bool,
    pub gap: Option<Gap>,
    pub reset: bool,
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Value>,
}

/// Messages between what the client held and the newest page, which it does not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub after_seq: Seq,
    pub before_seq: Seq,
}

/// The stream `me`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeSync {
    pub me: MeRooms,
    pub upto: Rev,
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Value>,
}

/// What changed of what is private to a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeRooms {
    #[serde(default)]
    pub rooms: Vec<MyRoom>,
    /// How they want to be seen, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Status>,
    /// Whom they block, all of them, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Vec<UserId>>,
}

/// The stream `people`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeopleSync {
    pub people: Vec<User>,
    pub upto: Rev,
    #[serde(default)]
    pub has_more: bool,
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Value>,
}

/// A command was carried out and is durable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ack {
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_room: Option<RoomId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<Rev>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Where the stream `me` stood with the change, for a command that changed something private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Rev>,
    /// The command was known already; these are its first values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// A command was refused, or a socket is about to be closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorFrame {
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_room: Option<RoomId>,
    pub code: ErrorCode,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ServerFrame {
    /// The frame's text.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("frames hold only what JSON can say")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds_of_sync_are_told_apart() {
        let people: ServerFrame =
            serde_json::from_str(r#"{"type":"sync","people":[],"upto":4,"has_more":false}"#).unwrap();
        assert!(matches!(people, ServerFrame::Sync(SyncFrame::People(PeopleSync { upto: 4, .. }))));
        let me: ServerFrame = serde_json::from_str(r#"{"type":"sync","me":{"rooms":[]},"upto":2}"#).unwrap();
        assert!(matches!(me, ServerFrame::Sync(SyncFrame::Me(MeSync { upto: 2, .. }))));
        let unknown: ServerFrame = serde_json::from_str(r#"{"type":"fireworks","n":1}"#).unwrap();
        assert_eq!(unknown, ServerFrame::Unknown);
        assert_eq!(ServerFrame::Ready {}.to_text(), r#"{"type":"ready"}"#);
    }
}
