//! What the handle asks of the engine.

use recado_protocol::{
    Message, MessageId, Room, RoomId, Seq, Timestamp, User, UserId, auth::Tokens, me::MyRoomPatch,
    message::MessagePage, user::Status,
};
use tokio::sync::{broadcast, oneshot};

use super::{
    acting::Changed,
    search::{Search, Told},
};
use crate::{
    address::ServerAddress,
    api::Api,
    history::{LocalDigest, NextPage},
    outbox::Lost,
    view::{
        Connection, Event, Failure, MessageItem, MessageRef, Person, PersonProfile, ReadBy, RoomInfo, SearchPage,
        Session, Startup, TimelineSnapshot,
    },
};

/// Where an answer goes. The asker may be gone; that is its own business.
pub(crate) type Reply<T> = oneshot::Sender<T>;

type Outcome<T> = Reply<Result<T, Failure>>;

#[derive(Debug)]
pub(crate) enum Command {
    Start {
        reply: Reply<(Box<Startup>, broadcast::Receiver<Event>)>,
    },
    Session {
        reply: Reply<Session>,
    },
    Connection {
        reply: Reply<Connection>,
    },
    Api {
        reply: Outcome<Api>,
    },

    CheckAddress {
        address: ServerAddress,
        reply: Outcome<()>,
    },
    ConfirmInsecure {
        address: ServerAddress,
        reply: Outcome<()>,
    },
    /// Makes sure that secrets can be kept, before an account is made.
    PrepareSignIn {
        reply: Outcome<()>,
    },
    SignedIn {
        address: ServerAddress,
        tokens: Box<Tokens>,
        reply: Outcome<()>,
    },
    SignedOut {
        reply: Outcome<()>,
    },
    /// The secrets may be readable now.
    Reopen {
        reply: Outcome<()>,
    },
    RebuildCache {
        reply: Outcome<()>,
    },

    OpenRoom {
        room: RoomId,
        /// A place to be shown with what is around it.
        target: Option<Seq>,
        reply: Outcome<TimelineSnapshot>,
    },
    /// Whether a message is held.
    Holds {
        room: RoomId,
        seq: Seq,
        reply: Reply<bool>,
    },
    /// The first held message at or after a time.
    FirstAt {
        room: RoomId,
        at: Timestamp,
        reply: Outcome<Option<Seq>>,
    },
    CloseRoom {
        reply: Reply<()>,
    },
    Older {
        room: RoomId,
        reply: Outcome<NextPage>,
    },
    IntoGap {
        room: RoomId,
        key: String,
        reply: Outcome<NextPage>,
    },
    OlderBeyondGap {
        room: RoomId,
        reply: Outcome<bool>,
    },
    Page {
        room: RoomId,
        page: Box<MessagePage>,
        /// The open room is to show it.
        is_shown: bool,
        reply: Outcome<()>,
    },
    Digest {
        room: RoomId,
        reply: Outcome<LocalDigest>,
    },
    RoomMessages {
        room: RoomId,
        reply: Outcome<Vec<Message>>,
    },

    SendMessage {
        room: RoomId,
        content: String,
        reply_to: Option<MessageId>,
        reply: Outcome<String>,
    },
    RetryMessage {
        room: RoomId,
        key: String,
        reply: Outcome<()>,
    },
    DiscardMessage {
        room: RoomId,
        key: String,
        reply: Outcome<()>,
    },
    /// Answers the token by which it can be taken back while it is held back.
    Change {
        room: RoomId,
        message: MessageRef,
        change: Changed,
        undo_ms: Option<u32>,
        reply: Outcome<String>,
    },
    Undo {
        token: String,
        reply: Outcome<()>,
    },
    /// The pinned messages of a room: those that the server told, or else those that are held.
    Pins {
        room: RoomId,
        told: Option<Vec<Message>>,
        reply: Outcome<Vec<MessageItem>>,
    },
    ReadBy {
        room: RoomId,
        message: MessageId,
        reply: Outcome<Vec<ReadBy>>,
    },
    /// Others' markers are not told any more.
    ForgetMarks {
        reply: Outcome<()>,
    },
    MarkAllRead {
        reply: Outcome<()>,
    },
    MarkRead {
        room: RoomId,
        seq: Seq,
        reply: Outcome<()>,
    },
    MarkUnread {
        room: RoomId,
        seq: Seq,
        reply: Outcome<()>,
    },
    LeaveRoom {
        room: RoomId,
        undo_ms: Option<u32>,
        reply: Outcome<String>,
    },
    SetMyRoom {
        room: RoomId,
        patch: MyRoomPatch,
        reply: Outcome<()>,
    },
    SetTyping {
        room: RoomId,
        typing: bool,
        reply: Reply<()>,
    },
    SaveDraft {
        room: RoomId,
        text: String,
        reply: Outcome<()>,
    },
    OutboxLen {
        reply: Reply<usize>,
    },

    /// Messages that are held, with those that the server found.
    Search {
        search: Search,
        told: Told,
        reply: Outcome<SearchPage>,
    },
    SearchPeople {
        query: String,
        reply: Reply<Vec<Person>>,
    },
    LearnPeople {
        people: Vec<User>,
        reply: Reply<()>,
    },
    LearnRoom {
        room: Box<Room>,
        reply: Outcome<()>,
    },

    SetPresence {
        status: Status,
        reply: Outcome<()>,
    },
    /// Somebody is at the device.
    Active {
        reply: Reply<()>,
    },
    RoomInfo {
        room: RoomId,
        reply: Outcome<RoomInfo>,
    },
    PersonProfile {
        user: UserId,
        reply: Outcome<PersonProfile>,
    },

    SetWorkOffline {
        on: bool,
        reply: Reply<()>,
    },
    RetryNow {
        reply: Reply<()>,
    },

    Setting {
        name: String,
        reply: Reply<Option<serde_json::Value>>,
    },
    SetSetting {
        name: String,
        value: serde_json::Value,
        reply: Outcome<()>,
    },
    /// A page that was fetched in the background; none if it could not be had.
    Fetched {
        room: RoomId,
        page: Option<Box<MessagePage>>,
    },
    /// Own messages that a restored server may lack, newest first in each room.
    Lost {
        reply: Reply<Vec<Lost>>,
    },
    /// Of them, those that it lacks.
    Lacking {
        room: RoomId,
        messages: Vec<Lost>,
    },
}
