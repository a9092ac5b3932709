//! [`Client`]: the one handle to everything. Cheap to clone; a front end needs nothing else.
//!
//! Behind it one task, the *engine*, owns the cache, the outbox and all state; it decides and writes, one thing after the
//! other. Another owns the socket, a third the tokens. A call is a message to the engine and an answer; calls that need the
//! server beyond the socket (finding people, making rooms, old pages) run on the caller's task and hand their result in.
//!
//! A front end takes [`Client::start`]: a snapshot and the stream of events that follows it, without a seam.

mod account;
mod options;
mod people;
mod room_admin;
mod rooms;
mod search;

use std::sync::Arc;

use recado_protocol::{
    MessageId, RoomId, Seq, Timestamp,
    user::{Me, UserPatch},
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::options::{ClientOptions, Timing};
pub(crate) use self::rooms::is_no_connection;
use crate::{
    api::Api,
    engine::{self, Changed, Command, Engine, Reply},
    history::Verification,
    notification::{Notice, View},
    view::{Connection, Event, Failure, FailureCode, MessageRef, ReadBy, Session, Startup, TimelineSnapshot},
};

/// Events that may wait for a slow reader before it gets [`Event::Lagged`].
const EVENT_CAPACITY: usize = 2_048;

/// The handle. Dropping the last one stops the tasks; [`Client::shutdown`] waits for them.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: mpsc::Sender<Command>,
    view: watch::Sender<View>,
    events: broadcast::Sender<Event>,
    notices: broadcast::Sender<Notice>,
    options: ClientOptions,
    tracker: TaskTracker,
    cancel: CancellationToken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Events in the order in which they happened.
#[derive(Debug)]
pub struct EventStream(broadcast::Receiver<Event>);

impl EventStream {
    /// The next event; [`Event::Lagged`] when some were lost, `None` when the client is shut down.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Event::Lagged),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

/// Notices in the order in which they arose.
#[derive(Debug)]
pub struct NoticeStream(broadcast::Receiver<Notice>);

impl NoticeStream {
    /// The next notice, `None` when the client is shut down. Notices lost to a slow reader are skipped: a notification
    /// that comes minutes late helps nobody.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            match self.0.recv().await {
                Ok(notice) => return Some(notice),
                Err(broadcast::error::RecvError::Lagged(lost)) => tracing::warn!(lost, "notices skipped"),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Client {
    /// Opens the profile: takes its lock, reads the secrets, opens cache and outbox. Needs no network. Starts to connect when
    /// somebody is signed in. Secrets or a cache that cannot be read make a [`Session::Locked`], not a failure.
    pub async fn open(options: ClientOptions) -> Result<Self, Failure> {
        crate::rest::install_crypto();
        let (engine, inbox) = mpsc::channel(256);
        let (view, view_changes) = watch::channel(View::default());
        let (events, _) = broadcast::channel(EVENT_CAPACITY);
        let (notices, _) = broadcast::channel(256);
        let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
        let task = Engine::open(engine::Parts {
            options: options.clone(),
            inbox,
            to_self: engine.downgrade(),
            view: view_changes,
            events: events.clone(),
            notices: notices.clone(),
            tracker: tracker.clone(),
            cancel: cancel.clone(),
        })
        .await?;
        tracker.spawn(task.run());
        tracker.close();
        Ok(Self { inner: Arc::new(Inner { engine, view, events, notices, options, tracker, cancel }) })
    }

    /// A snapshot and the events that follow it, none missing and none twice. After [`Event::Lagged`] call it again and drop
    /// the old stream.
    pub async fn start(&self) -> Result<(Startup, EventStream), Failure> {
        let (startup, receiver) = self.ask(|reply| Command::Start { reply }).await?;
        Ok((*startup, EventStream(receiver)))
    }

    /// What [`Client::start`] gives, without a stream.
    pub async fn startup(&self) -> Result<Startup, Failure> {
        Ok(self.start().await?.0)
    }

    /// Events from now on. For readers that need no snapshot; others take [`Client::start`].
    pub fn events(&self) -> EventStream {
        EventStream(self.inner.events.subscribe())
    }

    /// What deserves a system notification, from now on.
    pub fn notifications(&self) -> NoticeStream {
        NoticeStream(self.inner.notices.subscribe())
    }

    /// Who is signed in.
    pub async fn session(&self) -> Result<Session, Failure> {
        self.ask(|reply| Command::Session { reply }).await
    }

    /// Where the connection stands.
    pub async fn connection(&self) -> Result<Connection, Failure> {
        self.ask(|reply| Command::Connection { reply }).await
    }

    /// Opens a room from the cache, around the first unread message, and remembers it as the last room. Replaces the room that
    /// was open. Diffs follow as [`Event::Timeline`].
    pub async fn open_room(&self, room: RoomId) -> Result<TimelineSnapshot, Failure> {
        self.ask(|reply| Command::OpenRoom { room, target: None, reply }).await?
    }

    /// Opens a room at a message, with what is around it and the newest ones; what is not held is fetched first. Gap items stand
    /// where messages are left out.
    pub async fn open_at(&self, room: RoomId, seq: Seq) -> Result<TimelineSnapshot, Failure> {
        crate::history::open_at(self, room, seq).await
    }

    /// Opens a room at the first message at or after a time, or at its end where there is none.
    pub async fn open_at_date(&self, room: RoomId, at: Timestamp) -> Result<TimelineSnapshot, Failure> {
        crate::history::open_at_date(self, room, at).await
    }

    /// No room is open any more.
    pub async fn close_room(&self) -> Result<(), Failure> {
        self.ask(|reply| Command::CloseRoom { reply }).await
    }

    /// Puts a message into the outbox and answers its key; it is durable then. Sent when there is a connection.
    pub async fn send_message(
        &self,
        room: RoomId,
        content: String,
        reply_to: Option<MessageId>,
    ) -> Result<String, Failure> {
        self.ask(|reply| Command::SendMessage { room, content, reply_to, reply }).await?
    }

    /// Tries a refused message, or a refused change of one, again.
    pub async fn retry_message(&self, room: RoomId, key: String) -> Result<(), Failure> {
        self.ask(|reply| Command::RetryMessage { room, key, reply }).await?
    }

    /// Forgets a message, or a change of one, that was refused or has not left yet.
    pub async fn discard_message(&self, room: RoomId, key: String) -> Result<(), Failure> {
        self.ask(|reply| Command::DiscardMessage { room, key, reply }).await?
    }

    /// Changes the text of an own message: here at once, on the server as soon as there is a connection. What the server refuses
    /// is taken back and shown with the message, as [`FailedChange`](crate::view::FailedChange); so it is with every change.
    pub async fn edit_message(
        &self,
        room: RoomId,
        message: impl Into<MessageRef>,
        content: String,
    ) -> Result<(), Failure> {
        self.change(room, message.into(), Changed::Edit { content }, None).await.map(drop)
    }

    /// Deletes a message for everyone: here at once, on the server after `undo_ms` (at most 30 s), or sooner when the program
    /// ends. Answers what [`Client::undo`] takes until then.
    pub async fn delete_message(
        &self,
        room: RoomId,
        message: impl Into<MessageRef>,
        undo_ms: Option<u32>,
    ) -> Result<String, Failure> {
        self.change(room, message.into(), Changed::Delete, undo_ms).await
    }

    /// Takes back a deletion that is held back; a `Conflict` when it is too late.
    pub async fn undo(&self, token: String) -> Result<(), Failure> {
        self.ask(|reply| Command::Undo { token, reply }).await?
    }

    /// Gives or takes back a reaction.
    pub async fn set_reaction(
        &self,
        room: RoomId,
        message: impl Into<MessageRef>,
        reaction_type: String,
        added: bool,
    ) -> Result<(), Failure> {
        self.change(room, message.into(), Changed::React { reaction_type, added }, None).await.map(drop)
    }

    /// Pins a message for everyone in the room, or takes its pin away.
    pub async fn set_pinned(&self, room: RoomId, message: impl Into<MessageRef>, pinned: bool) -> Result<(), Failure> {
        self.change(room, message.into(), Changed::Pin { pinned }, None).await.map(drop)
    }

    async fn change(
        &self,
        room: RoomId,
        message: MessageRef,
        change: Changed,
        undo_ms: Option<u32>,
    ) -> Result<String, Failure> {
        self.ask(|reply| Command::Change { room, message, change, undo_ms, reply }).await?
    }

    /// Moves one's own marker forward to `seq`. Told to the server at most once a second.
    pub async fn mark_read(&self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        self.ask(|reply| Command::MarkRead { room, seq, reply }).await?
    }

    /// Moves one's own markers of all rooms to their ends.
    pub async fn mark_all_read(&self) -> Result<(), Failure> {
        self.ask(|reply| Command::MarkAllRead { reply }).await?
    }

    /// Who of the others has read a message, in rooms of up to 50 people.
    pub async fn read_by(&self, room: RoomId, message: MessageId) -> Result<Vec<ReadBy>, Failure> {
        self.ask(|reply| Command::ReadBy { room, message, reply }).await?
    }

    /// Whether others are told one's read markers, and oneself theirs; the server knows.
    pub async fn read_receipts(&self) -> Result<bool, Failure> {
        let me: Me = self.api().await?.get("me", &[]).await?;
        Ok(me.read_receipts)
    }

    /// Tells one's read markers or not; who does not is not told others' either.
    pub async fn set_read_receipts(&self, on: bool) -> Result<(), Failure> {
        let patch = UserPatch { read_receipts: Some(on), ..UserPatch::default() };
        let me: Me = self.api().await?.patch("me", &patch).await?;
        if me.read_receipts { Ok(()) } else { self.ask(|reply| Command::ForgetMarks { reply }).await? }
    }

    /// Sets one's own marker back, so that `seq` is the first unread message.
    pub async fn mark_unread(&self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        self.ask(|reply| Command::MarkUnread { room, seq, reply }).await?
    }

    /// Says that one types, or no longer. May be called at every key; stops by itself.
    pub async fn set_typing(&self, room: RoomId, typing: bool) -> Result<(), Failure> {
        self.ask(|reply| Command::SetTyping { room, typing, reply }).await
    }

    /// Keeps what is typed and not sent; durable when it returns. An empty text forgets it.
    pub async fn save_draft(&self, room: RoomId, text: String) -> Result<(), Failure> {
        self.ask(|reply| Command::SaveDraft { room, text, reply }).await?
    }

    /// Switches the connection off or on.
    pub async fn set_work_offline(&self, on: bool) -> Result<(), Failure> {
        self.ask(|reply| Command::SetWorkOffline { on, reply }).await
    }

    /// Connects at once instead of waiting.
    pub async fn retry_now(&self) -> Result<(), Failure> {
        self.ask(|reply| Command::RetryNow { reply }).await
    }

    /// The system says that the network changed: connects at once, or makes sure that the connection is alive.
    pub async fn network_changed(&self) -> Result<(), Failure> {
        self.ask(|reply| Command::RetryNow { reply }).await
    }

    /// The computer slept; as [`Client::network_changed`].
    pub async fn woke_up(&self) -> Result<(), Failure> {
        self.ask(|reply| Command::RetryNow { reply }).await
    }

    /// What is on screen and whether it has the focus: decides what deserves a notification.
    pub fn set_view(&self, room: Option<RoomId>, focused: bool) {
        self.inner.view.send_replace(View { room, focused });
    }

    /// How many messages wait to be sent; signing out loses them.
    pub async fn outbox_len(&self) -> Result<usize, Failure> {
        self.ask(|reply| Command::OutboxLen { reply }).await
    }

    /// Every cached message of a room in rising `seq`, as the server told it.
    pub async fn room_messages(&self, room: RoomId) -> Result<Vec<recado_protocol::Message>, Failure> {
        self.ask(|reply| Command::RoomMessages { room, reply }).await?
    }

    /// Compares what is held of a room with the server: the "nothing missing" check.
    pub async fn verify_room(&self, room: RoomId) -> Result<Verification, Failure> {
        crate::history::verify(&self.api().await?, self, room).await
    }

    /// A setting of the profile that the front end keeps, such as its language. No secrets.
    pub async fn setting(&self, name: &str) -> Result<Option<serde_json::Value>, Failure> {
        let name = name.to_owned();
        self.ask(|reply| Command::Setting { name, reply }).await
    }

    /// Keeps a setting in `profile.json`; null forgets it.
    pub async fn set_setting(&self, name: &str, value: serde_json::Value) -> Result<(), Failure> {
        let name = name.to_owned();
        self.ask(|reply| Command::SetSetting { name, value, reply }).await?
    }

    /// Stops everything and waits until it is written. The profile's lock is free afterwards.
    pub async fn shutdown(&self) {
        self.inner.cancel.cancel();
        self.inner.tracker.wait().await;
    }

    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let gone = || Failure::new(FailureCode::Internal, "the client is shut down");
        self.inner.engine.send(command(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }

    /// The signed-in person's access to REST.
    pub(crate) async fn api(&self) -> Result<Api, Failure> {
        self.ask(|reply| Command::Api { reply }).await?
    }
}
