//! What the handle asks, one arm a call. Answers go to who asked; a failure of the disk is told to them.

use recado_protocol::{MessageId, RoomId, Seq, frame::Command as Frame, message::MessagePage};
use uuid::Uuid;

use super::{
    Command, Engine,
    account::{Account, Batch},
};
use crate::{
    connection::Control,
    history::{LocalDigest, NextPage},
    notification::Notice,
    outbox::{Entry, Lost},
    room_list,
    sealed::StoreError,
    timeline,
    view::{Failure, FailureCode, Person, Session, Startup, TimelineSnapshot},
};

/// People that a search without a server shows.
const FOUND: usize = 30;

pub(super) fn signed_out() -> Failure {
    Failure::new(FailureCode::SignedOut, "nobody is signed in")
}

pub(super) fn no_room() -> Failure {
    Failure::new(FailureCode::NotFound, "no such room here")
}

impl Engine {
    pub(super) async fn command(&mut self, command: Command) {
        // An asker that is gone needs no answer, so what `send` says does not matter anywhere below.
        match command {
            Command::Start { reply } => {
                let answer = self.start().await;
                let _ = reply.send((Box::new(answer), self.parts.events.subscribe()));
            }
            Command::Session { reply } => drop(reply.send(self.session.clone())),
            Command::Connection { reply } => drop(reply.send(self.connection.clone())),
            Command::Api { reply } => {
                let api = self.account.as_ref().map(|account| account.api.clone()).ok_or_else(signed_out);
                let _ = reply.send(api);
            }
            Command::CheckAddress { address, reply } => drop(reply.send(self.check_address(&address))),
            Command::ConfirmInsecure { address, reply } => drop(reply.send(self.confirm_insecure(&address))),
            Command::PrepareSignIn { reply } => drop(reply.send(self.prepare_sign_in().await)),
            Command::SignedIn { address, tokens, reply } => drop(reply.send(self.signed_in(address, *tokens).await)),
            Command::SignedOut { reply } => drop(reply.send(self.signed_out().await)),
            Command::Reopen { reply } => drop(reply.send(self.reopen().await)),
            Command::RebuildCache { reply } => drop(reply.send(self.rebuild_cache().await)),

            Command::OpenRoom { room, reply } => drop(reply.send(self.open_room(room).await)),
            Command::CloseRoom { reply } => {
                if let Some(account) = &mut self.account {
                    account.open = None;
                    account.watch();
                }
                let _ = reply.send(());
            }
            Command::Older { room, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.older(room).await.map_err(Failure::from),
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
            }
            Command::IntoGap { room, key, reply } => {
                let next = self.account.as_ref().map_or(NextPage::None, |account| account.gap_page(room, &key));
                let _ = reply.send(Ok(next));
            }
            Command::OlderBeyondGap { room, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.older_beyond_gap(room).await.map_err(Failure::from),
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
            }
            Command::Page { room, page, reply } => drop(reply.send(self.page(room, &page, true).await)),
            Command::Fetched { room, page } => {
                self.fetched(page.is_some());
                if let Some(page) = page
                    && let Err(failure) = self.page(room, &page, false).await
                {
                    tracing::warn!(%failure, "an old page cannot be kept");
                }
            }
            Command::Digest { room, reply } => drop(reply.send(self.digest(room).await)),
            Command::RoomMessages { room, reply } => drop(reply.send(self.room_messages(room).await)),

            Command::SendMessage { room, content, reply_to, reply } => {
                let answer = self.send_message(room, content, reply_to).await;
                let _ = reply.send(answer);
            }
            Command::RetryMessage { room, key, reply } => drop(reply.send(self.retry(room, &key).await)),
            Command::DiscardMessage { room, key, reply } => drop(reply.send(self.discard(room, &key).await)),
            Command::EditMessage { room, id, content, reply } => {
                let answer = self.queue(room, Frame::EditMessage { message_id: id, content }, None).await;
                let _ = reply.send(answer.map(drop));
            }
            Command::DeleteMessage { room, id, reply } => {
                let answer = self.queue(room, Frame::DeleteMessage { message_id: id }, None).await;
                let _ = reply.send(answer.map(drop));
            }
            Command::SetReaction { room, id, reaction_type, added, reply } => {
                let frame = Frame::ReactMessage { message_id: id, reaction_type, added: Some(added) };
                let answer = self.queue(room, frame, None).await;
                let _ = reply.send(answer.map(drop));
            }
            Command::SetPinned { room, id, pinned, reply } => {
                let answer = self.queue(room, Frame::PinMessage { message_id: id, pinned }, None).await;
                let _ = reply.send(answer.map(drop));
            }
            Command::Pins { room, told, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.pins(room, told).await,
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
            }
            Command::MarkRead { room, seq, reply } => drop(reply.send(self.mark_read(room, seq).await)),
            Command::SetMyRoom { room, patch, reply } => drop(reply.send(self.set_my_room(room, patch).await)),
            Command::MarkUnread { room, seq, reply } => drop(reply.send(self.mark_unread(room, seq).await)),
            Command::SetTyping { room, typing, reply } => {
                let timing = self.parts.options.timing.clone();
                if let Some(account) = &mut self.account {
                    account.set_typing(room, typing, &timing);
                }
                let _ = reply.send(());
            }
            Command::SaveDraft { room, text, reply } => drop(reply.send(self.save_draft(room, text).await)),
            Command::OutboxLen { reply } => {
                let waits = |account: &Account| {
                    let entries = account.lanes.values().flat_map(|lane| &lane.entries);
                    entries.filter(|entry| entry.is_message() && entry.ack.is_none()).count()
                };
                let _ = reply.send(self.account.as_ref().map_or(0, waits));
            }
            Command::Lost { reply } => {
                let lost = match &mut self.account {
                    Some(account) => account.outbox.lost().await.unwrap_or_default(),
                    None => Vec::new(),
                };
                let _ = reply.send(lost);
            }
            Command::Lacking { room, messages } => {
                if let Err(error) = self.send_again(room, messages).await {
                    tracing::warn!(%error, "own messages cannot be sent again yet");
                }
            }

            Command::SearchPeople { query, reply } => drop(reply.send(self.search_people(&query))),
            Command::LearnPeople { people, reply } => {
                if let Some(account) = &mut self.account {
                    for user in &people {
                        if let Err(error) = account.learn(user).await {
                            tracing::warn!(%error, "a person cannot be kept");
                        }
                    }
                }
                let _ = reply.send(());
            }
            Command::LearnRoom { room, reply } => {
                let answer =
                    self.in_transaction(async |account, batch| account.learn_room(room.rev, &room, batch).await);
                let _ = reply.send(answer.await);
            }
            Command::ForgetRoom { room, reply } => {
                let answer = self.in_transaction(async |account, _| account.forget_room(room).await);
                let _ = reply.send(answer.await);
            }

            Command::SetWorkOffline { on, reply } => {
                self.profile.file.work_offline = on;
                if let Err(failure) = self.profile.save() {
                    tracing::warn!(%failure, "the profile cannot be written");
                }
                if let Some(account) = &self.account {
                    account.order(Control::WorkOffline(on));
                }
                let _ = reply.send(());
            }
            Command::RetryNow { reply } => {
                if let Some(account) = &self.account {
                    account.order(Control::Retry);
                }
                let _ = reply.send(());
            }
            Command::Setting { name, reply } => drop(reply.send(self.profile.file.settings.get(&name).cloned())),
            Command::SetSetting { name, value, reply } => {
                if value.is_null() {
                    self.profile.file.settings.remove(&name);
                } else {
                    self.profile.file.settings.insert(name, value);
                }
                let _ = reply.send(self.profile.save());
            }
        }
    }

    async fn start(&mut self) -> Startup {
        let timeline = match self.profile.file.last_room.filter(|_| self.account.is_some()) {
            Some(room) => self.open_room(room).await.ok(),
            None => None,
        };
        // What became different goes to the readers there are; the new one has it in the snapshot.
        self.publish();
        Startup {
            session: self.session.clone(),
            connection: self.connection.clone(),
            rooms: self.items.clone(),
            timeline,
        }
    }

    async fn open_room(&mut self, room: RoomId) -> Result<TimelineSnapshot, Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let subscription = self.subscription + 1;
        let snapshot = account.open_room(room, subscription).await?.ok_or_else(no_room)?;
        account.watch();
        self.subscription = subscription;
        if self.profile.file.last_room != Some(room) {
            self.profile.file.last_room = Some(room);
            self.profile.save()?;
        }
        Ok(snapshot)
    }

    /// Runs one change of the cache as a transaction, with all that follows from it.
    async fn in_transaction(
        &mut self,
        change: impl AsyncFnOnce(&mut Account, &mut Batch) -> Result<(), StoreError>,
    ) -> Result<(), Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let mut batch = Batch::default();
        let mut result = account.changed_by(change, &mut batch).await;
        if result.is_ok() {
            result = self.commit(&mut batch).await;
        }
        if let Err(error) = result {
            self.recover_from(&error).await;
            return Err(error.into());
        }
        Ok(())
    }

    async fn page(&mut self, room: RoomId, page: &MessagePage, is_shown: bool) -> Result<(), Failure> {
        self.in_transaction(async |account, batch| account.take_page(room, page, is_shown, batch).await).await
    }

    async fn digest(&mut self, room: RoomId) -> Result<LocalDigest, Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let state = account.rooms.get(&room).ok_or_else(no_room)?;
        let (cursor, last_seq, ranges) = (state.replica.cursor(), state.row.last_seq, state.replica.ranges().to_vec());
        if state.replica.is_missing() {
            // Not the same head: the caller asks again.
            return Ok(LocalDigest { cursor: -1, last_seq, ranges: vec![(1, 1, String::new())] });
        }
        let mut digests = Vec::new();
        for range in ranges {
            digests.push((range.from, range.to, account.cache.digest(room, range.from, range.to).await?));
        }
        Ok(LocalDigest { cursor, last_seq, ranges: digests })
    }

    async fn room_messages(&mut self, room: RoomId) -> Result<Vec<recado_protocol::Message>, Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let state = account.rooms.get(&room).ok_or_else(no_room)?;
        let mut messages = Vec::new();
        for range in state.replica.ranges().to_vec() {
            messages.extend(account.cache.messages(room, range.from, range.to, i64::MAX, &account.people).await?);
        }
        Ok(messages)
    }

    async fn send_message(
        &mut self,
        room: RoomId,
        content: String,
        reply_to: Option<MessageId>,
    ) -> Result<String, Failure> {
        if content.trim().is_empty() {
            return Err(Failure::new(FailureCode::EmptyContent, "a message without text").at("content"));
        }
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if !account.rooms.contains_key(&room) {
            return Err(no_room());
        }
        let limit = account.wire.as_ref().map_or(recado_protocol::Limits::default(), |wire| wire.limits);
        if content.chars().count() > limit.max_message_chars as usize {
            return Err(Failure::new(FailureCode::InvalidRequest, "longer than a message may be").at("content"));
        }
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
        self.queue(room, frame, quote).await
    }

    /// Puts a command into the outbox, and on its way if nothing is before it. Answers its `client_id`.
    pub(super) async fn queue(
        &mut self,
        room: RoomId,
        command: Frame,
        quote: Option<recado_protocol::message::Quote>,
    ) -> Result<String, Failure> {
        let timing = self.parts.options.timing.clone();
        let created_at = self.parts.options.clock.now();
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if !account.rooms.contains_key(&room) {
            return Err(no_room());
        }
        let client_id = Uuid::now_v7().to_string();
        let entry =
            Entry { id: 0, room, client_id: client_id.clone(), command, quote, created_at, failure: None, ack: None };
        let entry = account.outbox.push(entry).await?;
        account.lanes.entry(room).or_default().entries.push(entry);
        account.changed(room);
        account.pump(&timing).await?;
        Ok(client_id)
    }

    async fn retry(&mut self, room: RoomId, key: &str) -> Result<(), Failure> {
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

    /// Only what is surely not on the server: refused, or never sent.
    async fn discard(&mut self, room: RoomId, key: &str) -> Result<(), Failure> {
        let timing = self.parts.options.timing.clone();
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if let Some(lane) = account.lanes.get_mut(&room)
            && let Some(at) = lane.entries.iter().position(|entry| entry.client_id == key)
        {
            if lane.entries[at].ack.is_some() || lane.in_flight.as_ref().is_some_and(|flight| flight.client_id == key) {
                return Err(Failure::new(FailureCode::Conflict, "it is on its way already"));
            }
            account.outbox.remove(lane.entries[at].id).await?;
            lane.entries.remove(at);
            account.changed(room);
            account.pump(&timing).await?;
        }
        Ok(())
    }

    async fn mark_read(&mut self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let state = account.rooms.get(&room).ok_or_else(no_room)?;
        let seq = seq.min(state.row.last_seq);
        if seq <= account.marker(state) {
            return Ok(());
        }
        account.outbox.set_mark(room, Some(seq)).await?;
        account.marks.insert(room, seq);
        let _ = self.parts.notices.send(Notice::Withdraw { room, upto: seq });
        self.in_transaction(async |_, batch| {
            batch.touch(room);
            Ok(())
        })
        .await
    }

    async fn mark_unread(&mut self, room: RoomId, seq: Seq) -> Result<(), Failure> {
        self.queue(room, Frame::MarkUnread { seq }, None).await?;
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

    async fn save_draft(&mut self, room: RoomId, text: String) -> Result<(), Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        if account.drafts.get(&room).map_or("", String::as_str) == text {
            return Ok(());
        }
        account.outbox.set_draft(room, &text).await?;
        if text.is_empty() {
            account.drafts.remove(&room);
        } else {
            account.drafts.insert(room, text);
        }
        account.dirty.insert(room);
        Ok(())
    }

    /// Queues own messages that a restored server lacks, with the `client_id` that they had.
    async fn send_again(&mut self, room: RoomId, messages: Vec<Lost>) -> Result<(), StoreError> {
        let timing = self.parts.options.timing.clone();
        let Some(account) = &mut self.account else { return Ok(()) };
        for lost in messages {
            let lane = account.lanes.entry(room).or_default();
            if lane.entries.iter().any(|entry| entry.client_id == lost.client_id) {
                continue;
            }
            let entry = Entry {
                id: 0,
                room,
                client_id: lost.client_id,
                command: lost.command,
                quote: None,
                created_at: lost.created_at,
                failure: None,
                ack: None,
            };
            lane.entries.push(account.outbox.push(entry).await?);
        }
        account.outbox.forget_lost(room).await?;
        account.changed(room);
        account.pump(&timing).await
    }

    fn search_people(&self, query: &str) -> Vec<Person> {
        let Some(account) = &self.account else { return Vec::new() };
        if matches!(self.session, Session::Locked { .. }) {
            return Vec::new();
        }
        let query = room_list::one_line(query).to_lowercase();
        let mut found: Vec<Person> = account
            .people
            .values()
            .filter(|user| user.id != account.me.id && !user.username.is_empty())
            .filter(|user| {
                user.username.to_lowercase().contains(&query) || user.display_name.to_lowercase().contains(&query)
            })
            .map(Person::from)
            .collect();
        found.sort_by(|a, b| a.display_name.cmp(&b.display_name).then_with(|| a.id.cmp(&b.id)));
        found.truncate(FOUND);
        found
    }
}

impl Account {
    /// Begins a transaction and makes a change in it.
    async fn changed_by(
        &mut self,
        change: impl AsyncFnOnce(&mut Account, &mut Batch) -> Result<(), StoreError>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        self.cache.begin().await?;
        change(self, batch).await?;
        let rooms: Vec<RoomId> = batch.touched.keys().copied().collect();
        for room in rooms {
            self.note_missing(room);
        }
        Ok(())
    }

    /// Something that waits changed: its room's line and timeline are to be built anew.
    fn changed(&mut self, room: RoomId) {
        self.dirty.insert(room);
        self.timeline_dirty |= self.open.as_ref().is_some_and(|open| open.room == room);
    }
}
