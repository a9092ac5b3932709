//! Frames: what each of them changes. Everything that came together is one transaction; what follows from it (notices, the
//! next commands) is noted in the [`Batch`] and happens after the commit.

use recado_protocol::{
    Message, Rev, RoomId, Seq, ServerFrame, Timestamp, UserId,
    frame::{MeSync, PeopleSync, RoomSync, SyncFrame},
    me::MyRoom,
};
use tokio::time::{Duration, Instant};

use super::account::{Account, Batch, Lane, Seen};
use crate::{
    cache::Mine,
    sealed::StoreError,
    sync::{Answer, Range},
};

impl Account {
    pub(super) async fn frame(
        &mut self,
        frame: ServerFrame,
        typing_shown: Duration,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        match frame {
            ServerFrame::ConnectionSuccess { user, epoch, limits, read_receipts, .. } => {
                if read_receipts == Some(false) {
                    self.forget_marks().await?;
                }
                if let Some(user) = user {
                    self.me.is_admin = user.is_admin.unwrap_or(self.me.is_admin);
                    self.learn(&user).await?;
                }
                if let (Some(wire), Some(limits)) = (&mut self.wire, limits) {
                    wire.limits = limits;
                    wire.bucket = super::account::Bucket::new(&limits);
                }
                if let Some(epoch) = epoch {
                    match &self.heads.epoch {
                        Some(known) if *known != epoch => batch.new_epoch = Some(epoch),
                        Some(_) => {}
                        None => {
                            self.heads.epoch = Some(epoch);
                            batch.heads_changed = true;
                        }
                    }
                }
            }
            ServerFrame::Room(frame) => {
                let is_new = !self.rooms.contains_key(&frame.chat_room);
                self.learn_room(frame.rev, &frame.room, batch).await?;
                if self.is_ready() {
                    if let Some(wire) = self.wire.as_mut().filter(|_| is_new) {
                        // What is one's own of it stands in the stream `me`.
                        wire.me.misses();
                    }
                    // Its content is applied; here it only takes its place in the order.
                    self.live(frame.chat_room, frame.rev, ServerFrame::Ready {}, batch).await?;
                }
            }
            ServerFrame::RoomRemoved { chat_room, me } => {
                let is_old = self.is_ready() && me.is_some_and(|me| me <= self.heads.me);
                if !is_old {
                    self.forget_room(chat_room).await?;
                    batch.touched.remove(&chat_room);
                }
                if let Some(me) = me {
                    self.me_moved(me, !self.is_ready(), batch);
                }
            }
            ServerFrame::Sync(SyncFrame::Room(sync)) => self.room_sync(sync, batch).await?,
            ServerFrame::Sync(SyncFrame::Me(sync)) => self.me_sync(&sync, batch),
            ServerFrame::Sync(SyncFrame::People(sync)) => self.people_sync(sync, batch).await?,
            ServerFrame::Ready {} => {
                batch.became_ready = true;
                self.became_ready();
            }
            ServerFrame::Ack(ack) => self.acked(ack, batch).await?,
            ServerFrame::Error(error) => self.refused(error, batch).await?,
            ServerFrame::ChatMessage { chat_room, rev, ref message }
            | ServerFrame::MessageEdited { chat_room, rev, ref message }
            | ServerFrame::MessagePinned { chat_room, rev, ref message } => {
                let room = chat_room.unwrap_or(message.chat_room);
                self.live(room, rev, frame, batch).await?;
            }
            ServerFrame::MessageDeleted { chat_room: Some(room), rev, .. }
            | ServerFrame::MessageReaction { chat_room: Some(room), rev, .. } => {
                self.live(room, rev, frame, batch).await?;
            }
            ServerFrame::TypingStatus { chat_room: Some(room), user_id, is_typing, .. } => {
                if user_id != self.me.id
                    && let Some(state) = self.rooms.get_mut(&room)
                {
                    if is_typing {
                        state.typing.insert(user_id, Instant::now() + typing_shown);
                    } else {
                        state.typing.remove(&user_id);
                    }
                    self.dirty.insert(room);
                }
            }
            ServerFrame::MessageRead { chat_room: Some(room), seq, user_id, read_at, .. } => {
                if let Some(state) = self.rooms.get_mut(&room)
                    && state.watching.asked > 0
                {
                    state.watching.marks.insert(user_id, (seq, read_at));
                }
                self.marker_of(room, user_id, (seq, read_at), false).await?;
            }
            ServerFrame::Participants { chat_room, participants } => {
                for participant in &participants {
                    self.learn(&participant.user).await?;
                    let mark = (participant.last_read_seq, participant.read_at);
                    self.marker_of(chat_room, participant.user.id, mark, true).await?;
                }
                let Some(state) = self.rooms.get_mut(&chat_room) else { return Ok(()) };
                let marks = state.watching.marks.clone();
                state.watching.asked = state.watching.asked.saturating_sub(1);
                if state.watching.asked == 0 {
                    state.watching.marks.clear();
                }
                for (user, mark) in marks {
                    self.marker_of(chat_room, user, mark, false).await?;
                }
            }
            ServerFrame::UserStatus { user_id, status, last_seen_at, .. } => {
                let seen = Seen { status, last_seen_at };
                if self.statuses.insert(user_id, seen) != Some(seen) {
                    let of_person = |room: &&super::account::RoomState| room.members.contains_key(&user_id);
                    let rooms: Vec<RoomId> = self.rooms.values().filter(of_person).map(|room| room.row.id).collect();
                    self.dirty.extend(rooms);
                }
            }
            ServerFrame::Ping { heads, me, people } => {
                for (room, head) in heads {
                    if let Some(state) = self.rooms.get_mut(&room) {
                        state.replica.hear_of(head);
                        self.note_missing(room);
                    } else if let Some(wire) = &mut self.wire {
                        // A room of which nothing was heard: the stream `me` tells.
                        wire.me.misses();
                    }
                }
                if let Some(wire) = &mut self.wire {
                    wire.me.hear(me.unwrap_or(0), self.heads.me);
                    wire.people.hear(people.unwrap_or(0), self.heads.people);
                }
            }
            // Frames of the room socket, and what a later server may say.
            ServerFrame::MessageDeleted { .. }
            | ServerFrame::MessageReaction { .. }
            | ServerFrame::TypingStatus { .. }
            | ServerFrame::MessageRead { .. }
            | ServerFrame::Unknown => {}
        }
        Ok(())
    }

    /// What was asked in `hello` is answered; a room of which nothing came is as it is held, and may miss something from now on.
    fn became_ready(&mut self) {
        if let Some(wire) = &mut self.wire {
            wire.is_ready = true;
        }
        for state in self.rooms.values_mut().filter(|state| state.asked_at.is_none()) {
            state.replica.unanswered();
        }
    }

    /// A frame with a place in the room's order.
    async fn live(&mut self, room: RoomId, rev: Rev, frame: ServerFrame, batch: &mut Batch) -> Result<(), StoreError> {
        let Some(state) = self.rooms.get_mut(&room) else { return Ok(()) };
        state.replica.receive(rev, frame);
        self.drain(room, batch).await
    }

    /// Applies the frames whose turn has come.
    async fn drain(&mut self, room: RoomId, batch: &mut Batch) -> Result<(), StoreError> {
        while let Some((rev, frame)) = self.rooms.get_mut(&room).and_then(|state| state.replica.next()) {
            let new = match frame {
                ServerFrame::ChatMessage { message, .. } => {
                    self.new_message(&message, batch).await?;
                    Some(message.seq)
                }
                ServerFrame::MessageEdited { message, .. } | ServerFrame::MessagePinned { message, .. } => {
                    let is_held =
                        self.rooms.get(&room).is_some_and(|state| state.replica.range_of(message.seq).is_some());
                    if is_held {
                        self.put_message(&message).await?;
                        batch.touch_message(room, message.seq);
                    }
                    None
                }
                ServerFrame::MessageDeleted { message_id, seq, .. } => {
                    if self.cache.delete_message(message_id, rev).await? {
                        batch.touch_message(room, seq);
                        batch.deleted.push((room, seq));
                    }
                    None
                }
                ServerFrame::MessageReaction { message_id, seq, user_id, reaction_type, added, .. } => {
                    // Only onto a row that misses nothing: the frame tells a difference.
                    if self.rooms.get(&room).is_some_and(|state| state.replica.is_current(seq)) {
                        self.cache.react(message_id, rev, user_id, &reaction_type, added).await?;
                        batch.touch_message(room, seq);
                    }
                    None
                }
                _ => None,
            };
            if let Some(state) = self.rooms.get_mut(&room) {
                state.replica.applied(rev, new);
            }
            batch.touch(room);
        }
        self.note_missing(room);
        self.settle(room, batch);
        Ok(())
    }

    async fn new_message(&mut self, message: &Message, batch: &mut Batch) -> Result<(), StoreError> {
        let room = message.chat_room;
        self.put_message(message).await?;
        self.own_row_seen(message, batch);
        let mine = message.sender.id == self.me.id;
        let is_called = self.is_called(message);
        let Some(state) = self.rooms.get_mut(&room) else { return Ok(()) };
        state.row.last_seq = state.row.last_seq.max(message.seq);
        state.typing.remove(&message.sender.id);
        // How far one has read oneself only the stream `me` tells: what one wrote may come after one's marker was set back, and
        // a line of the system is no reading.
        if !mine && message.message_type != recado_protocol::MessageType::System && !message.is_deleted {
            // Counts only until it can be counted anew; where the rows after the marker are not all held, it stays.
            state.row.mine.unread += 1;
            if is_called {
                state.row.mine.mentions += 1;
            }
        }
        // Who writes has read what was before.
        if !mine && let Some(member) = state.members.get_mut(&message.sender.id) {
            if message.seq > member.last_read_seq {
                (member.last_read_seq, member.read_at) = (message.seq, Some(message.created_at));
            }
            let member = *member;
            self.cache.put_member(room, message.sender.id, &member).await?;
        }
        batch.touch_message(room, message.seq);
        batch.arrivals.push(message.clone());
        Ok(())
    }

    async fn room_sync(&mut self, sync: RoomSync, batch: &mut Batch) -> Result<(), StoreError> {
        let room = sync.chat_room;
        if !self.rooms.contains_key(&room) {
            return Ok(());
        }
        if sync.reset {
            // Too much changed, or the database was put back to an earlier state under the same epoch: the rows do not tell which.
            let held = self.rooms.get(&room).map_or(0, |state| state.replica.cursor());
            self.check_life(sync.upto, held, batch);
            self.keep_lost(Some(room)).await?;
            batch.was_reset = true;
            self.cache.drop_messages(room).await?;
        }
        let read = self.rooms.get(&room).map_or(0, |state| state.row.mine.last_read_seq);
        for message in sync.messages.iter().filter(|message| message.chat_room == room) {
            self.put_message(message).await?;
            if message.is_deleted && message.seq > read {
                batch.deleted.push((room, message.seq));
            }
            self.own_row_seen(message, batch);
        }
        for participant in &sync.participants {
            self.learn_member(room, participant).await?;
        }
        let Some(state) = self.rooms.get_mut(&room) else { return Ok(()) };
        if !sync.participants.is_empty() {
            // Settings alone bring a `room` frame with it.
            state.count_people();
        }
        state.replica.answered(&Answer {
            from: sync.from,
            to: sync.to,
            upto: sync.upto,
            has_more: sync.has_more,
            reset: sync.reset,
        });
        if !sync.has_more {
            state.asked_at = None;
            state.row.last_seq = if sync.reset { sync.to } else { state.row.last_seq.max(sync.to) };
        } else if state.asked_at.is_some() {
            state.asked_at = Some(Instant::now());
        }
        batch.touch(room).all = true;
        self.drain(room, batch).await
    }

    fn me_sync(&mut self, sync: &MeSync, batch: &mut Batch) {
        let is_answer = sync.reference.is_some() || !self.is_ready();
        if !is_answer && sync.upto <= self.heads.me {
            // It comes again or late, and what is held is newer.
            return;
        }
        self.check_life(sync.upto, self.heads.me, batch);
        for mine in &sync.me.rooms {
            self.my_room(mine, batch);
        }
        if let Some(blocked) = &sync.me.blocked {
            self.heads.blocked.clone_from(blocked);
            batch.heads_changed = true;
            // Whose mentions count is another question now.
            for room in self.rooms.keys() {
                batch.touch(*room);
            }
        }
        // What was chosen here and waits to be told is newer.
        if let (Some(presence), None) = (sync.me.presence, self.wish) {
            self.heads.presence = presence;
            batch.heads_changed = true;
        }
        self.me_moved(sync.upto, is_answer, batch);
    }

    fn my_room(&mut self, mine: &MyRoom, batch: &mut Batch) {
        let room = mine.chat_room;
        let Some(state) = self.rooms.get_mut(&room) else { return };
        let before = state.row.mine.last_read_seq;
        // What was set back here and is not known there yet stays so.
        let set_back = self.lanes.get(&room).and_then(Lane::unread_from).map_or(Seq::MAX, |seq| seq - 1);
        state.row.mine = Mine {
            last_read_seq: mine.last_read_seq.min(set_back),
            unread: mine.unread,
            mentions: mine.mentions,
            settings: mine.settings.clone(),
        };
        if mine.last_read_seq > before {
            batch.read.push((room, mine.last_read_seq));
        }
        if self.marks.get(&room).is_some_and(|mark| *mark <= mine.last_read_seq) {
            batch.marked.push(room);
        }
        batch.touch(room);
    }

    /// The stream `me` stands at `upto`. An answer is complete to it; a live frame only if nothing is missing before it.
    fn me_moved(&mut self, upto: Rev, is_answer: bool, batch: &mut Batch) {
        if is_answer || upto == self.heads.me + 1 {
            self.heads.me = self.heads.me.max(upto);
            batch.heads_changed = true;
        }
        if let Some(wire) = &mut self.wire {
            wire.me.hear(upto, self.heads.me);
            wire.me.held(self.heads.me);
        }
        self.settle_mine(batch);
    }

    /// A database that answers `hello` with less than it told before was put back to an earlier state, under the same epoch or not:
    /// what was learnt since is of another life.
    fn check_life(&self, upto: Rev, held: Rev, batch: &mut Batch) {
        if !self.is_ready() && upto < held && batch.new_epoch.is_none() {
            batch.new_epoch.clone_from(&self.heads.epoch);
        }
    }

    async fn people_sync(&mut self, sync: PeopleSync, batch: &mut Batch) -> Result<(), StoreError> {
        self.check_life(sync.upto, self.heads.people, batch);
        for user in &sync.people {
            self.learn(user).await?;
        }
        let is_answer = sync.reference.is_some() || !self.is_ready();
        if is_answer || sync.upto == self.heads.people + 1 {
            self.heads.people = self.heads.people.max(sync.upto);
            batch.heads_changed = true;
        }
        if let Some(wire) = &mut self.wire {
            wire.people.hear(sync.upto, self.heads.people);
            wire.people.held(self.heads.people);
        }
        Ok(())
    }

    /// Others' markers are not told any more.
    pub(super) async fn forget_marks(&mut self) -> Result<(), StoreError> {
        for room in self.rooms.values_mut() {
            room.watching.marks.clear();
        }
        for member in self.rooms.values_mut().flat_map(|room| room.members.values_mut()) {
            (member.last_read_seq, member.read_at) = (0, None);
        }
        self.all_dirty = true;
        self.timeline_dirty = true;
        self.cache.forget_marks().await
    }

    /// Somebody read up to a place.
    async fn marker_of(
        &mut self,
        room: RoomId,
        user: UserId,
        (seq, read_at): (Seq, Option<Timestamp>),
        is_absolute: bool,
    ) -> Result<(), StoreError> {
        if user == self.me.id {
            return Ok(());
        }
        let Some(member) = self.rooms.get_mut(&room).and_then(|state| state.members.get_mut(&user)) else {
            return Ok(());
        };
        if seq > member.last_read_seq || (is_absolute && seq != member.last_read_seq) {
            (member.last_read_seq, member.read_at) = (seq, read_at);
            let member = *member;
            self.cache.put_member(room, user, &member).await?;
            self.dirty.insert(room);
            self.timeline_dirty |= self.open.as_ref().is_some_and(|open| open.room == room);
        }
        Ok(())
    }

    /// Starts or ends the wait for what is missing in a room.
    pub(super) fn note_missing(&mut self, room: RoomId) {
        let Some(state) = self.rooms.get_mut(&room) else { return };
        if !state.replica.is_missing() {
            state.missing_since = None;
        } else if !state.replica.is_asking() {
            state.missing_since.get_or_insert_with(Instant::now);
        }
    }

    /// What is asked of a room: its ranges, each with the message at its end.
    pub(super) async fn cursors(&mut self, room: RoomId) -> Result<recado_protocol::frame::RoomCursors, StoreError> {
        let Some(state) = self.rooms.get_mut(&room) else {
            return Ok(recado_protocol::frame::RoomCursors::Rev(0));
        };
        let ranges: Vec<Range> = state.replica.ask();
        let (cursor, last_seq) = (state.replica.cursor(), state.row.last_seq);
        let mut with_ids = Vec::with_capacity(ranges.len());
        for range in ranges {
            with_ids.push((range, self.cache.id_at(room, range.to).await?));
        }
        Ok(crate::sync::cursors(cursor, last_seq, &with_ids))
    }
}
