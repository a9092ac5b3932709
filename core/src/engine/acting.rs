//! What the user does with messages: everything goes into the outbox first, shows at once, and is on its way as soon as it can be.
//!
//! A change of an own message that has no id yet waits behind its sending. Where the message surely never left this device,
//! there is nothing to wait for: an edit changes what will be sent, and a deletion takes it out of the outbox.

use recado_protocol::{MessageId, RoomId, Seq, frame::Command as Frame};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use super::{
    Engine,
    account::{Account, Lane},
    calls::{no_room, signed_out},
};
use crate::{
    outbox::{Entry, Lost},
    sealed::StoreError,
    timeline,
    view::{Failure, FailureCode, MessageRef},
};

/// The longest that a deletion or a leaving is held back.
const MAX_UNDO: Duration = Duration::from_secs(30);

/// What is to become of a message.
#[derive(Clone, Debug)]
pub(crate) enum Changed {
    Edit { content: String },
    Delete,
    React { reaction_type: String, added: bool },
    Pin { pinned: bool },
}

impl Changed {
    fn frame(self, message_id: MessageId) -> Frame {
        match self {
            Self::Edit { content } => Frame::EditMessage { message_id, content },
            Self::Delete => Frame::DeleteMessage { message_id },
            Self::React { reaction_type, added } => {
                Frame::ReactMessage { message_id, reaction_type, added: Some(added) }
            }
            Self::Pin { pinned } => Frame::PinMessage { message_id, pinned },
        }
    }
}

/// When what can be undone goes out.
fn held_until(undo_ms: Option<u32>) -> Option<Instant> {
    undo_ms.map(|ms| Instant::now() + Duration::from_millis(ms.into()).min(MAX_UNDO))
}

/// A message that is spoken of.
enum Target {
    Known(MessageId),
    /// An own one without an id, by its `client_id`.
    Waiting(String),
}

impl Engine {
    pub(super) async fn send_message(
        &mut self,
        room: RoomId,
        content: String,
        reply_to: Option<MessageId>,
    ) -> Result<String, Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if !account.rooms.contains_key(&room) {
            return Err(no_room());
        }
        account.check_content(&content)?;
        let quote = match reply_to {
            Some(id) => match account.open.as_ref().and_then(|open| timeline::quote(&open.rows, id)) {
                Some(quote) => Some(quote),
                None => account.cache.message(id, &account.people).await?.as_ref().map(timeline::quote_of),
            },
            None => None,
        };
        account.drafts.remove(&room);
        let frame = Frame::ChatMessage {
            content,
            message_type: recado_protocol::MessageType::Text,
            reply_to,
            recovered: false,
            attachments: Vec::new(),
        };
        self.queue_with(room, frame, |entry| entry.quote = quote).await
    }

    /// Changes a message: here at once, on the server as soon as it can be reached. Answers what [`Engine::undo`] takes.
    pub(super) async fn change(
        &mut self,
        room: RoomId,
        message: &MessageRef,
        change: Changed,
        undo_ms: Option<u32>,
    ) -> Result<String, Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if !account.rooms.contains_key(&room) {
            return Err(no_room());
        }
        if let Changed::Edit { content } = &change {
            account.check_content(content)?;
        }
        let target = account.target(room, message).await?;
        if let (Changed::Edit { content }, Target::Waiting(client_id)) = (&change, &target)
            && account.reword(room, client_id, content).await?
        {
            let timing = self.parts.options.timing.clone();
            account.pump(&timing).await?;
            return Ok(client_id.clone());
        }
        let held_until = held_until(undo_ms);
        let (id, awaits) = match target {
            Target::Known(id) => (id, None),
            Target::Waiting(client_id) => (MessageId(Uuid::nil()), Some(client_id)),
        };
        let frame = change.frame(id);
        account.forget_refused(room, &frame, awaits.as_deref()).await?;
        self.queue_with(room, frame, |entry| {
            entry.awaits = awaits;
            entry.held_until = held_until;
        })
        .await
    }

    /// Leaves a room: out of the list at once, on the server when the time for [`Engine::undo`] is over.
    pub(super) async fn leave_room(&mut self, room: RoomId, undo_ms: Option<u32>) -> Result<String, Failure> {
        let held_until = held_until(undo_ms);
        let token = self.queue_with(room, Frame::LeaveRoom {}, |entry| entry.held_until = held_until).await?;
        self.withdraw(room, 0..=Seq::MAX);
        Ok(token)
    }

    /// Takes back a deletion or a leaving that is still held back.
    pub(super) async fn undo(&mut self, token: &str) -> Result<(), Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let now = Instant::now();
        let held = |entry: &Entry| entry.client_id == token && entry.held_until.is_some_and(|until| until > now);
        for (room, lane) in &mut account.lanes {
            if let Some(at) = lane.entries.iter().position(held) {
                account.outbox.remove(lane.entries[at].id).await?;
                lane.entries.remove(at);
                let room = *room;
                account.changed(room);
                return Ok(());
            }
        }
        Err(Failure::new(FailureCode::Conflict, "too late to be undone"))
    }

    pub(super) async fn queue(&mut self, room: RoomId, command: Frame) -> Result<String, Failure> {
        self.queue_with(room, command, |_| {}).await
    }

    /// Puts a command into the outbox, and on its way if nothing is before it. Answers its `client_id`.
    async fn queue_with(
        &mut self,
        room: RoomId,
        command: Frame,
        finish: impl FnOnce(&mut Entry),
    ) -> Result<String, Failure> {
        let timing = self.parts.options.timing.clone();
        let created_at = self.parts.options.clock.now();
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if !account.rooms.contains_key(&room) {
            return Err(no_room());
        }
        let client_id = Uuid::now_v7().to_string();
        let mut entry = Entry::new(room, client_id.clone(), command, created_at);
        finish(&mut entry);
        let entry = account.outbox.push(entry).await?;
        account.lanes.entry(room).or_default().entries.push(entry);
        account.changed(room);
        account.pump(&timing).await?;
        Ok(client_id)
    }

    pub(super) async fn retry(&mut self, room: RoomId, key: &str) -> Result<(), Failure> {
        let timing = self.parts.options.timing.clone();
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if let Some(lane) = account.lanes.get_mut(&room)
            && let Some(entry) = lane.entries.iter_mut().find(|entry| entry.client_id == key)
        {
            account.outbox.set_failure(entry.id, None).await?;
            entry.failure = None;
            account.changed(room);
            account.pump(&timing).await?;
        }
        Ok(())
    }

    /// Only what is surely not on the server: refused, or not on its way.
    pub(super) async fn discard(&mut self, room: RoomId, key: &str) -> Result<(), Failure> {
        let timing = self.parts.options.timing.clone();
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if let Some(lane) = account.lanes.get(&room)
            && let Some(entry) = lane.entries.iter().find(|entry| entry.client_id == key)
        {
            if entry.ack.is_some() || lane.is_in_flight(key) {
                return Err(Failure::new(FailureCode::Conflict, "it is on its way already"));
            }
            account.take_out(room, key).await?;
            account.pump(&timing).await?;
        }
        Ok(())
    }

    pub(super) async fn mark_read(&mut self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let state = account.rooms.get(&room).ok_or_else(no_room)?;
        let seq = seq.min(state.row.last_seq);
        if seq <= account.marker(state) {
            return Ok(());
        }
        account.outbox.set_mark(room, Some(seq)).await?;
        account.marks.insert(room, seq);
        self.withdraw(room, 0..=seq);
        self.in_transaction(async |_, batch| {
            batch.touch(room);
            Ok(())
        })
        .await
    }

    pub(super) async fn mark_all_read(&mut self) -> Result<(), Failure> {
        let account = self.account.as_ref().ok_or_else(signed_out)?;
        let unread = account.rooms.values().filter(|state| state.row.mine.unread > 0);
        let ends: Vec<(RoomId, Seq)> = unread.map(|state| (state.row.id, state.row.last_seq)).collect();
        for (room, seq) in ends {
            self.mark_read(room, seq).await?;
        }
        Ok(())
    }

    pub(super) async fn mark_unread(&mut self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        self.queue(room, Frame::MarkUnread { seq }).await?;
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        account.outbox.set_mark(room, None).await?;
        account.marks.remove(&room);
        self.in_transaction(async |account, batch| {
            if let Some(state) = account.rooms.get_mut(&room) {
                state.row.mine.last_read_seq = (seq - 1).max(0);
            }
            batch.touch(room);
            Ok(())
        })
        .await
    }

    /// Queues own messages that a restored server lacks, with the `client_id` that they had.
    pub(super) async fn send_again(&mut self, room: RoomId, messages: Vec<Lost>) -> Result<(), StoreError> {
        let timing = self.parts.options.timing.clone();
        let Some(account) = &mut self.account else { return Ok(()) };
        for lost in messages {
            let lane = account.lanes.entry(room).or_default();
            if lane.entries.iter().any(|entry| entry.client_id == lost.client_id) {
                continue;
            }
            // It was sent once; whether it is there still is what the server decides.
            let entry = Entry { tried: true, ..Entry::new(room, lost.client_id, lost.command, lost.created_at) };
            lane.entries.push(account.outbox.push(entry).await?);
        }
        account.outbox.forget_lost(room).await?;
        account.changed(room);
        account.pump(&timing).await
    }
}

impl Lane {
    pub(super) fn is_in_flight(&self, client_id: &str) -> bool {
        self.in_flight.as_ref().is_some_and(|flight| flight.client_id == client_id)
    }
}

impl Account {
    fn check_content(&self, content: &str) -> Result<(), Failure> {
        if content.trim().is_empty() {
            return Err(Failure::new(FailureCode::EmptyContent, "a message without text").at("content"));
        }
        let limits = self.wire.as_ref().map_or(recado_protocol::Limits::default(), |wire| wire.limits);
        if content.chars().count() > limits.max_message_chars as usize {
            return Err(Failure::new(FailureCode::InvalidRequest, "longer than a message may be").at("content"));
        }
        Ok(())
    }

    async fn target(&mut self, room: RoomId, message: &MessageRef) -> Result<Target, Failure> {
        let entries: &[Entry] = self.lanes.get(&room).map_or(&[], |lane| lane.entries.as_slice());
        if let Some(entry) = entries.iter().find(|entry| entry.is_message() && entry.client_id == message.0) {
            let id = entry.ack.as_ref().and_then(|ack| ack.message_id);
            return Ok(id.map_or_else(|| Target::Waiting(message.0.clone()), Target::Known));
        }
        if let Some(id) = self.cache.id_of(self.me.id, &message.0).await? {
            return Ok(Target::Known(id));
        }
        let id = message.0.parse().map_err(|_| Failure::new(FailureCode::NotFound, "no such message here"))?;
        Ok(Target::Known(id))
    }

    /// Other words for a message that surely never left this device, or was refused; false for any other.
    async fn reword(&mut self, room: RoomId, client_id: &str, words: &str) -> Result<bool, StoreError> {
        let Some(lane) = self.lanes.get_mut(&room) else { return Ok(false) };
        let Some(entry) = lane.entries.iter_mut().find(|entry| entry.client_id == client_id) else { return Ok(false) };
        if !entry.is_only_here() {
            return Ok(false);
        }
        if let Frame::ChatMessage { content, .. } = &mut entry.command {
            words.clone_into(content);
        }
        self.outbox.rewrite(entry).await?;
        self.outbox.set_failure(entry.id, None).await?;
        entry.failure = None;
        self.changed(room);
        Ok(true)
    }

    /// A new try makes a refused one of the same kind void.
    async fn forget_refused(&mut self, room: RoomId, frame: &Frame, awaits: Option<&str>) -> Result<(), StoreError> {
        let kind = std::mem::discriminant(frame);
        let is_void = |entry: &&Entry| {
            let other = Entry { awaits: awaits.map(ToOwned::to_owned), command: frame.clone(), ..(*entry).clone() };
            entry.failure.is_some()
                && std::mem::discriminant(&entry.command) == kind
                && (entry.awaits.as_deref(), entry.target()) == (awaits, other.target())
        };
        let Some(lane) = self.lanes.get(&room) else { return Ok(()) };
        let void: Vec<String> = lane.entries.iter().filter(is_void).map(|entry| entry.client_id.clone()).collect();
        for client_id in void {
            self.take_out(room, &client_id).await?;
        }
        Ok(())
    }

    /// Takes a command out of the outbox, and what waits for the message that it would have made.
    async fn take_out(&mut self, room: RoomId, client_id: &str) -> Result<(), StoreError> {
        let Some(lane) = self.lanes.get_mut(&room) else { return Ok(()) };
        let goes = |entry: &Entry| entry.client_id == client_id || entry.awaits.as_deref() == Some(client_id);
        for entry in lane.entries.iter().filter(|entry| goes(entry)) {
            self.outbox.remove(entry.id).await?;
        }
        lane.entries.retain(|entry| !goes(entry));
        self.changed(room);
        Ok(())
    }

    /// A message that is to be deleted and surely never left this device need not leave it.
    pub(super) async fn drop_unsent(&mut self, room: RoomId) -> Result<(), StoreError> {
        let now = Instant::now();
        let Some(lane) = self.lanes.get(&room) else { return Ok(()) };
        let is_deleted = |message: &Entry| {
            lane.entries.iter().any(|entry| {
                matches!(entry.command, Frame::DeleteMessage { .. })
                    && entry.awaits.as_deref() == Some(message.client_id.as_str())
                    && entry.held_until.is_none_or(|until| until <= now)
            })
        };
        let unsent: Vec<String> = lane
            .entries
            .iter()
            .filter(|entry| entry.is_message() && entry.is_only_here() && is_deleted(entry))
            .map(|entry| entry.client_id.clone())
            .collect();
        for client_id in unsent {
            self.take_out(room, &client_id).await?;
        }
        Ok(())
    }

    /// Something that waits changed: its room's line and timeline are to be built anew.
    pub(super) fn changed(&mut self, room: RoomId) {
        self.dirty.insert(room);
        self.timeline_dirty |= self.open.as_ref().is_some_and(|open| open.room == room);
    }
}
