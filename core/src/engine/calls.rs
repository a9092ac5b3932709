//! What the handle asks, one arm a call. Answers go to who asked; a failure of the disk is told to them.

use recado_protocol::{RoomId, Seq, message::MessagePage};

use super::{
    Command, Engine,
    account::{Account, Batch},
};
use crate::{
    connection::Control,
    history::{LocalDigest, NextPage},
    plain,
    sealed::StoreError,
    view::{Failure, FailureCode, Person, Session, Startup, TimelineSnapshot},
};

/// People that a search without a server shows.
const FOUND: usize = 30;

pub(super) fn signed_out() -> Failure {
    Failure::new(FailureCode::SignedOut, "nobody is signed in")
}

pub(super) fn no_person() -> Failure {
    Failure::new(FailureCode::NotFound, "nobody known here")
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

            Command::OpenRoom { room, target, reply } => drop(reply.send(self.open_room(room, target).await)),
            Command::Holds { room, seq, reply } => {
                let _ = reply.send(self.account.as_ref().is_some_and(|account| account.holds(room, seq)));
            }
            Command::FirstAt { room, at, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.cache.first_at(room, at).await.map_err(Failure::from),
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
            }
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
                let answer = match &mut self.account {
                    Some(account) => account.gap_page(room, &key).await.map_err(Failure::from),
                    None => Ok(NextPage::None),
                };
                let _ = reply.send(answer);
            }
            Command::OlderBeyondGap { room, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.older_beyond_gap(room).await.map_err(Failure::from),
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
            }
            Command::Page { room, page, is_shown, reply } => {
                drop(reply.send(self.page(room, &page, is_shown).await));
            }
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
            Command::Change { room, message, change, undo_ms, reply } => {
                let answer = self.change(room, &message, change, undo_ms).await;
                let _ = reply.send(answer);
            }
            Command::Undo { token, reply } => drop(reply.send(self.undo(&token).await)),
            Command::Pins { room, told, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.pins(room, told).await,
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
            }
            Command::ReadBy { room, message, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.read_by(room, message).await,
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
            }
            Command::ForgetMarks { reply } => {
                let answer = self.in_transaction(async |account, _| account.forget_marks().await);
                let _ = reply.send(answer.await);
            }
            Command::MarkAllRead { reply } => drop(reply.send(self.mark_all_read().await)),
            Command::MarkRead { room, seq, reply } => drop(reply.send(self.mark_read(room, seq).await)),
            Command::LeaveRoom { room, undo_ms, reply } => drop(reply.send(self.leave_room(room, undo_ms).await)),
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

            Command::Search { search, told, reply } => {
                let answer = match &mut self.account {
                    Some(account) => account.search(&search, told).await,
                    None => Err(signed_out()),
                };
                let _ = reply.send(answer);
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

            Command::SetPresence { status, reply } => drop(reply.send(self.set_presence(status).await)),
            Command::Active { reply } => {
                if let Some(account) = &mut self.account {
                    account.active();
                }
                let _ = reply.send(());
            }
            Command::RoomInfo { room, reply } => drop(reply.send(self.room_info(room))),
            Command::PersonProfile { user, reply } => drop(reply.send(self.person_profile(user))),

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
            Some(room) => self.open_room(room, None).await.ok(),
            None => None,
        };
        // What became different goes to the readers there are; the new one has it in the snapshot.
        self.publish();
        Startup {
            session: self.session.clone(),
            connection: self.connection.clone(),
            presence: self.presence,
            rooms: self.items.clone(),
            timeline,
        }
    }

    async fn open_room(&mut self, room: RoomId, target: Option<Seq>) -> Result<TimelineSnapshot, Failure> {
        let account = self.account.as_mut().ok_or_else(signed_out)?;
        let subscription = self.subscription + 1;
        let snapshot = account.open_room(room, subscription, target).await?.ok_or_else(no_room)?;
        account.watch();
        self.subscription = subscription;
        if self.profile.file.last_room != Some(room) {
            self.profile.file.last_room = Some(room);
            self.profile.save()?;
        }
        Ok(snapshot)
    }

    /// Runs one change of the cache as a transaction, with all that follows from it.
    pub(super) async fn in_transaction(
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

    fn search_people(&self, query: &str) -> Vec<Person> {
        let Some(account) = &self.account else { return Vec::new() };
        if matches!(self.session, Session::Locked { .. }) {
            return Vec::new();
        }
        let query = plain::words(query).to_lowercase();
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
}
