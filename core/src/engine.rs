//! The engine: the one task that owns all state. It takes one thing after the other (a call, frames, a point in time), decides,
//! writes, and tells what became different. So there is no lock, and what is shown is always a state that existed.
//!
//! Frames that wait together are one transaction. What follows from them (notices, the next commands, removals from the outbox)
//! happens after its commit. When the disk refuses, nothing of the batch counts: memory is read anew from the files and the
//! connection is made anew, so that the server tells again.

mod account;
mod acting;
mod calls;
mod command;
mod incoming;
mod lookup;
mod mine;
mod opened;
mod presence;
mod room_info;
mod search;
mod sending;
mod session;
mod tick;

use std::{collections::HashMap, ops::RangeInclusive};

use recado_protocol::{Message, RoomId, Seq};
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::account::{Account, Batch};
pub(crate) use self::{
    account::Seen,
    acting::Changed,
    command::{Command, Reply},
    opened::AROUND,
    search::{PAGE as SEARCH_PAGE, Search, Told},
};
use crate::{
    client::ClientOptions,
    connection::{Control, FromLink},
    list,
    notification::{self, Arrival, Notice, View},
    profile::Profile,
    room_list,
    sealed::StoreError,
    view::{Connection, Event, Failure, FailureCode, RoomItem, Session},
};

/// Frames that are taken as one transaction.
const BATCH: usize = 256;

/// What an engine is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) options: ClientOptions,
    pub(crate) inbox: mpsc::Receiver<Command>,
    pub(crate) to_self: mpsc::WeakSender<Command>,
    pub(crate) view: watch::Receiver<View>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

#[derive(Debug)]
pub(crate) struct Engine {
    parts: Parts,
    profile: Profile,
    session: Session,
    connection: Connection,
    account: Option<Account>,
    /// The room list as it was last told.
    items: Vec<RoomItem>,
    by_room: HashMap<RoomId, RoomItem>,
    subscription: u32,
    /// How one wants to be seen, as it was last told.
    presence: recado_protocol::user::Status,
}

enum Input {
    Command(Command),
    Link(Vec<FromLink>),
    SessionEnded,
    Tick,
    Stop,
}

impl Engine {
    pub(crate) async fn open(parts: Parts) -> Result<Self, Failure> {
        let profile = Profile::open(&parts.options.profile_dir)?;
        let server = profile.file.server.clone().or_else(|| parts.options.server.clone());
        let mut engine = Self {
            parts,
            profile,
            session: Session::SignedOut { server, reason: None },
            connection: Connection::None,
            account: None,
            items: Vec::new(),
            by_room: HashMap::new(),
            subscription: 0,
            presence: recado_protocol::user::Status::default(),
        };
        engine.reopen().await?;
        engine.publish();
        Ok(engine)
    }

    pub(crate) async fn run(mut self) {
        loop {
            match self.next().await {
                Input::Command(command) => self.command(command).await,
                Input::Link(messages) => self.take_batch(messages).await,
                Input::SessionEnded => self.session_ended().await,
                Input::Tick => self.tick().await,
                Input::Stop => break,
            }
            self.fetch_history();
            self.publish();
        }
        if let Some(account) = self.account.take() {
            account.close().await;
        }
    }

    async fn next(&mut self) -> Input {
        let deadline = self.deadline();
        let cancel = self.parts.cancel.clone();
        let account = &mut self.account;
        let incoming = async {
            let Some(account) = account else { return std::future::pending().await };
            let mut messages = Vec::new();
            tokio::select! {
                count = account.link.incoming.recv_many(&mut messages, BATCH) => {
                    if count == 0 {
                        // The link has stopped for good; its last word was told before.
                        return std::future::pending().await;
                    }
                    Input::Link(messages)
                }
                Some(()) = account.ended.recv() => Input::SessionEnded,
            }
        };
        tokio::select! {
            () = cancel.cancelled() => Input::Stop,
            command = self.parts.inbox.recv() => command.map_or(Input::Stop, Input::Command),
            input = incoming => input,
            () = tokio::time::sleep_until(deadline) => Input::Tick,
        }
    }

    /// Takes what the link told, in one transaction.
    async fn take_batch(&mut self, messages: Vec<FromLink>) {
        let mut batch = Batch::default();
        if let Err(error) = self.take(messages, &mut batch).await {
            self.recover_from(&error).await;
        }
    }

    async fn take(&mut self, messages: Vec<FromLink>, batch: &mut Batch) -> Result<(), StoreError> {
        let typing = self.parts.options.timing.typing;
        let Some(account) = &mut self.account else { return Ok(()) };
        account.cache.begin().await?;
        let mut is_over = false;
        for message in messages {
            let Some(account) = &mut self.account else { return Ok(()) };
            match message {
                FromLink::State(state) => self.set_connection(state),
                FromLink::Opened(out) => account.say_hello(out).await?,
                FromLink::Frame(frame) => account.frame(*frame, typing, batch).await?,
                FromLink::Closed(code) => {
                    if let Some((room, client_id)) = account.disconnected(code) {
                        let failure = Failure::new(FailureCode::TooLarge, "longer than the server takes");
                        account.fail(room, &client_id, failure).await?;
                    }
                }
                FromLink::SessionEnded => is_over = true,
            }
        }
        self.commit(batch).await?;
        if is_over {
            self.session_ended().await;
        }
        Ok(())
    }

    /// Ends a transaction, and does what follows from it.
    async fn commit(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        let timing = self.parts.options.timing.clone();
        let Some(account) = &mut self.account else { return Ok(()) };
        for room in &batch.marked {
            account.marks.remove(room);
        }
        for (room, touched) in &batch.touched {
            account.refresh(*room, touched).await?;
        }
        if batch.heads_changed {
            account.cache.set_heads(&account.heads).await?;
        }
        account.cache.commit().await?;
        // Before what they awaited goes, or they would await it for ever.
        for entry in &batch.found {
            account.outbox.rewrite(entry).await?;
        }
        for (_, entry) in &batch.settled {
            account.outbox.remove(*entry).await?;
        }
        for room in &batch.marked {
            account.outbox.set_mark(*room, None).await?;
        }
        if batch.became_ready {
            account.fetch_at = None;
            self.profile.file.session_ended = false;
        }
        if let Some(epoch) = batch.new_epoch.take() {
            account.set_aside(epoch).await?;
            account.order(Control::Reconnect);
            return Ok(());
        }
        if batch.reconnect {
            account.order(Control::Reconnect);
        }
        account.watch();
        account.pump(&timing).await?;
        for message in std::mem::take(&mut batch.arrivals) {
            self.notify(&message);
        }
        self.withdraw_read(&batch.read);
        for (room, seq) in std::mem::take(&mut batch.deleted) {
            self.withdraw(room, seq..=seq);
        }
        if batch.became_ready {
            self.set_connection(Connection::Online);
        }
        if batch.became_ready || (batch.was_reset && self.account.as_ref().is_some_and(Account::is_ready)) {
            self.resend_lost();
        }
        Ok(())
    }

    /// The disk refused: nothing of what was begun counts.
    async fn recover_from(&mut self, error: &StoreError) {
        tracing::error!(%error, "the cache or the outbox cannot be written");
        let Some(account) = &mut self.account else { return };
        account.cache.rollback().await;
        account.disconnected(None);
        if let Err(error) = account.load().await {
            tracing::error!(%error, "nor can it be read");
        }
        // After a pause: a full disk is not full for a moment only.
        account.order(Control::Reconnect);
    }

    fn set_connection(&mut self, connection: Connection) {
        if self.connection != connection {
            self.connection = connection.clone();
            self.tell(Event::Connection { connection });
        }
    }

    fn set_session(&mut self, session: Session) {
        if self.session != session {
            self.session = session.clone();
            self.tell(Event::Session { session });
        }
    }

    /// Without readers nobody misses it: who comes later takes a snapshot.
    fn tell(&self, event: Event) {
        let _ = self.parts.events.send(event);
    }

    fn notify(&self, message: &Message) {
        let Some(account) = &self.account else { return };
        let Some(room) = account.rooms.get(&message.chat_room).filter(|room| !account.is_leaving(room.row.id)) else {
            return;
        };
        let view = *self.parts.view.borrow();
        let settings = account.settings_of(room);
        let arrival = Arrival {
            is_live: account.is_ready(),
            is_own: message.sender.id == account.me.id,
            is_deleted: message.is_deleted,
            message_type: message.message_type,
            seq: message.seq,
            last_read_seq: account.marker(room),
            notifications: settings.notifications,
            is_paused: settings.is_paused(account.clock.now()),
            mentions_me: account.is_called(message),
            is_blocked: account.heads.blocked.contains(&message.sender.id),
            is_dnd: account.heads.presence == recado_protocol::user::Status::Dnd,
            is_in_view: view.focused && view.room == Some(message.chat_room),
        };
        if !notification::is_notified(&arrival) {
            return;
        }
        let sender = crate::timeline::person(&account.people, message.sender.id);
        let title = account.room_item(room).title;
        let is_private = room.row.chat_type == recado_protocol::ChatType::Private;
        // Nobody listens in a client without a shell.
        let _ = self.parts.notices.send(notification::notice(message, sender, title, is_private));
    }

    fn withdraw_read(&self, places: &[(RoomId, Seq)]) {
        let Some(account) = &self.account else { return };
        for (room, upto) in places {
            let is_all_read = account.rooms.get(room).is_none_or(|state| state.row.mine.unread == 0);
            let is_read = account.rooms.get(room).is_none_or(|state| account.marker(state) >= *upto);
            if is_all_read || is_read {
                self.withdraw(*room, 0..=*upto);
            }
        }
    }

    /// Takes a notification away, if it is of one of these messages.
    fn withdraw(&self, room: RoomId, places: RangeInclusive<Seq>) {
        let (from, upto) = places.into_inner();
        // Nobody listens in a client without a shell.
        let _ = self.parts.notices.send(Notice::Withdraw { room, from, upto });
    }

    /// Tells what became different of the room list and of the open timeline.
    fn publish(&mut self) {
        self.publish_self();
        let Some(account) = &mut self.account else {
            if !self.items.is_empty() {
                self.items.clear();
                self.by_room.clear();
                self.tell(Event::Rooms { diffs: vec![crate::view::Diff::Reset { items: Vec::new() }] });
            }
            return;
        };
        if account.all_dirty {
            let shown = account.rooms.values().filter(|room| !account.is_leaving(room.row.id));
            self.by_room = shown.map(|room| (room.row.id, account.room_item(room))).collect();
        } else {
            for room in &account.dirty {
                match account.rooms.get(room).filter(|_| !account.is_leaving(*room)) {
                    Some(state) => self.by_room.insert(*room, account.room_item(state)),
                    None => self.by_room.remove(room),
                };
            }
        }
        let timeline = if account.timeline_dirty { account.timeline_diffs() } else { None };
        let is_list_dirty = account.all_dirty || !account.dirty.is_empty();
        account.all_dirty = false;
        account.timeline_dirty = false;
        account.dirty.clear();
        if is_list_dirty {
            let mut items: Vec<RoomItem> = self.by_room.values().cloned().collect();
            room_list::sort(&mut items);
            let diffs = list::diff(&self.items, &items, |item| item.id);
            self.items = items;
            if !diffs.is_empty() {
                self.tell(Event::Rooms { diffs });
            }
        }
        if let Some((room, subscription, diffs, has_older)) = timeline {
            self.tell(Event::Timeline { room, subscription, diffs, has_older });
        }
    }

    /// What `tick` waits for, at the earliest.
    fn deadline(&self) -> Instant {
        let far = Instant::now() + std::time::Duration::from_hours(1);
        self.account.as_ref().map_or(far, |account| account.deadline(&self.parts.options.timing).unwrap_or(far))
    }
}
