//! What clients send.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AttachmentId, MessageId, MessageType, Rev, RoomId, Seq, me::MyRoomPatch, user::Status};

/// A parsed frame: who is meant, how to answer, and the command.
#[derive(Clone, Debug)]
pub struct ClientFrame {
    pub head: Head,
    pub command: Command,
}

/// What stands in every frame beside the command itself.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Head {
    #[serde(rename = "type", default)]
    pub kind: Option<Value>,
    /// Echoed in the `ack` or `error`.
    #[serde(default, rename = "ref")]
    pub reference: Option<Value>,
    #[serde(default)]
    pub client_id: Option<Value>,
    #[serde(default)]
    pub chat_room: Option<Value>,
}

impl Head {
    /// The `client_id`, when it is a text.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_ref().and_then(Value::as_str)
    }
}

/// One command, without what [`Head`] holds. `type` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    Hello(Hello),
    ChatMessage {
        #[serde(default)]
        content: String,
        #[serde(default)]
        message_type: MessageType,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recovered: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<AttachmentId>,
    },
    Typing {
        is_typing: bool,
    },
    ReadMessage {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<MessageId>,
    },
    /// Sets one's own marker back to `seq - 1`.
    MarkUnread {
        seq: Seq,
    },
    ReactMessage {
        message_id: MessageId,
        reaction_type: String,
        /// Absent: toggle, as the first version did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        added: Option<bool>,
    },
    EditMessage {
        message_id: MessageId,
        content: String,
    },
    DeleteMessage {
        message_id: MessageId,
    },
    /// Leaves the room; a private one goes out of sight.
    LeaveRoom {},
    /// Changes one's own settings of a room.
    SetMyRoom(MyRoomPatch),
    /// Pins a message for everyone in the room, or takes the pin away; may be repeated.
    PinMessage {
        message_id: MessageId,
        pinned: bool,
    },
    Sync(Sync),
    /// `online`, `dnd` or `invisible`: how one wants to be seen, on every device. `away`: nobody is at this device.
    SetPresence {
        status: Status,
    },
    /// Replaces the set of rooms whose presence is told.
    Watch {
        chat_rooms: Vec<RoomId>,
    },
    Pong,
}

/// The first frame on the device socket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    #[serde(default)]
    pub protocol: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    #[serde(default)]
    pub rooms: HashMap<RoomId, RoomCursors>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Rev>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Rev>,
}

/// Asks again for what may be missing; a stream left out is not answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sync {
    #[serde(default)]
    pub rooms: HashMap<RoomId, RoomCursors>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Rev>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Rev>,
}

/// What a client holds of a room: one range, several, or all of it up to a `rev`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RoomCursors {
    Rev(Rev),
    One(RoomRange),
    Many(Vec<RoomCursor>),
}

/// An element of a list of ranges.
pub type RoomCursor = RoomRange;

/// Messages `from ..= to`, complete to `rev`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRange {
    pub rev: Rev,
    pub from: Seq,
    pub to: Seq,
    /// The message at `to`; another one there means another history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_id: Option<MessageId>,
}

/// Why a frame could not be read. Everything known about it is kept, so that the answer can echo `ref` and `client_id`.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameError {
    pub head: Head,
    pub message: String,
}

const KINDS: [&str; 15] = [
    "hello",
    "chat_message",
    "typing",
    "read_message",
    "mark_unread",
    "react_message",
    "edit_message",
    "delete_message",
    "leave_room",
    "set_my_room",
    "pin_message",
    "set_presence",
    "sync",
    "watch",
    "pong",
];

impl ClientFrame {
    /// Reads a text frame. Unknown fields are ignored.
    pub fn parse(text: &str) -> Result<Self, Box<FrameError>> {
        let fail = |head, message| Err(Box::new(FrameError { head, message }));
        let Ok(head) = serde_json::from_str::<Head>(text) else {
            return fail(Head::default(), "not a JSON object".into());
        };
        let Some(kind) = head.kind.as_ref().and_then(Value::as_str) else {
            return fail(head, "type is missing".into());
        };
        if !KINDS.contains(&kind) {
            let message = format!("unknown type {:?}", kind.chars().take(40).collect::<String>());
            return fail(head, message);
        }
        match serde_json::from_str(text) {
            Ok(command) => Ok(Self { head, command }),
            Err(error) => fail(head, format!("bad fields: {error}")),
        }
    }
}

/// A command ready to be written: what [`ClientFrame`] is to reading.
#[derive(Clone, Debug, Serialize)]
struct Outgoing<'a> {
    #[serde(flatten)]
    command: &'a Command,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_room: Option<RoomId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
}

impl Command {
    /// The frame's text.
    pub fn to_frame(&self, chat_room: Option<RoomId>, client_id: Option<&str>, reference: Option<&str>) -> String {
        serde_json::to_string(&Outgoing { command: self, chat_room, client_id, reference })
            .expect("commands hold only what JSON can say")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_rev_a_range_or_a_list_of_ranges() {
        let id = "018f0000-0000-7000-8000-000000000001";
        for (json, want) in [
            ("7".to_string(), RoomCursors::Rev(7)),
            (
                r#"{"rev":3,"from":1,"to":9}"#.into(),
                RoomCursors::One(RoomRange { rev: 3, from: 1, to: 9, to_id: None }),
            ),
            (
                r#"[{"rev":3,"from":1,"to":9}]"#.into(),
                RoomCursors::Many(vec![RoomRange { rev: 3, from: 1, to: 9, to_id: None }]),
            ),
        ] {
            let text = format!(r#"{{"type":"hello","protocol":1,"rooms":{{"{id}":{json}}}}}"#);
            let frame = ClientFrame::parse(&text).unwrap();
            let Command::Hello(hello) = frame.command else { panic!("not a hello") };
            assert_eq!(hello.rooms.values().next(), Some(&want));
        }
    }

    #[test]
    fn a_bad_frame_still_tells_its_ref() {
        let error = ClientFrame::parse(r#"{"type":"edit_message","ref":5,"client_id":"c"}"#).unwrap_err();
        assert_eq!(error.head.reference, Some(Value::from(5)));
        assert_eq!(error.head.client_id(), Some("c"));
        assert!(ClientFrame::parse("[]").is_err());
        assert!(ClientFrame::parse(r#"{"type":"dance"}"#).unwrap_err().message.contains("unknown type"));
        assert!(ClientFrame::parse(r#"{"type":7}"#).is_err());
    }

    #[test]
    fn what_is_written_can_be_read() {
        let command = Command::ChatMessage {
            content: "hola".into(),
            message_type: MessageType::Text,
            reply_to: None,
            recovered: false,
            attachments: vec![],
        };
        let text = command.to_frame(None, Some("c1"), Some("r1"));
        let frame = ClientFrame::parse(&text).unwrap();
        assert_eq!(frame.command, command);
        assert_eq!(frame.head.client_id(), Some("c1"));
    }
}
