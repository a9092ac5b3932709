//! What goes out: commands from the outbox, one at a time in each room; read markers, typing, `hello`, `sync` and `watch`.

use std::collections::HashMap;

use recado_protocol::{
    ErrorCode, Message, MessageId, PROTOCOL_VERSION, RoomId, Seq,
    frame::{Ack, Command, ErrorFrame, Hello, Sync},
};
use tokio::{sync::mpsc, time::Instant};

use super::account::{Account, Batch, Bucket, Heard, InFlight, Lane, OwnTyping, Watching, Wire};
use crate::{
    client::Timing,
    outbox,
    sealed::StoreError,
    view::{Failure, FailureCode},
};

impl Account {
    /// The socket is open: says who is here and what is held.
    pub(super) async fn say_hello(&mut self, out: mpsc::Sender<String>) -> Result<(), StoreError> {
        let mut hello = Hello {
            protocol: Some(PROTOCOL_VERSION),
            epoch: self.heads.epoch.clone(),
            rooms: HashMap::new(),
            me: Some(self.heads.me),
            people: Some(self.heads.people),
        };
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for room in rooms {
            if let Some(state) = self.rooms.get_mut(&room) {
                state.watching = Watching::default();
            }
            let cursors = self.cursors(room).await?;
            hello.rooms.insert(room, cursors);
        }
        let limits = recado_protocol::Limits::default();
        let wire = Wire {
            out,
            is_ready: false,
            bucket: Bucket::new(&limits),
            limits,
            watched: Vec::new(),
            told: None,
            me: Heard::default(),
            people: Heard::default(),
            last_mark: None,
        };
        // If it cannot be sent the connection is gone already, and its end will be told.
        let _ = wire.out.try_send(Command::Hello(hello).to_frame(None, None, None));
        self.wire = Some(wire);
        Ok(())
    }

    /// The connection is gone. What was on its way will be sent again with the same `client_id`.
    pub(super) fn disconnected(&mut self, code: Option<u16>) -> Option<(RoomId, String)> {
        let was_too_large = code == Some(recado_protocol::CloseCode::FrameTooLarge.code());
        // Only one of those on their way can be meant: the largest.
        let culprit = was_too_large
            .then(|| {
                self.lanes
                    .iter()
                    .filter_map(|(room, lane)| Some((*room, lane.in_flight.as_ref()?)))
                    .max_by_key(|(_, flight)| flight.bytes)
                    .map(|(room, flight)| (room, flight.client_id.clone()))
            })
            .flatten();
        self.wire = None;
        for lane in self.lanes.values_mut() {
            lane.in_flight = None;
        }
        for room in self.rooms.values_mut() {
            room.replica.disconnected();
            room.missing_since = None;
            room.asked_at = None;
            room.typing.clear();
        }
        self.statuses.clear();
        self.own_typing = None;
        self.fetching = false;
        self.all_dirty = true;
        culprit
    }

    fn send(&self, text: String) -> bool {
        self.wire.as_ref().is_some_and(|wire| wire.out.try_send(text).is_ok())
    }

    /// Sends what may be sent now, in every room.
    pub(super) async fn pump(&mut self, timing: &Timing) -> Result<(), StoreError> {
        let waiting: Vec<RoomId> = self
            .lanes
            .iter()
            .filter(|(_, lane)| lane.entries.iter().any(|entry| entry.awaits.is_some()))
            .map(|(room, _)| *room)
            .collect();
        for room in waiting {
            self.drop_unsent(room).await?;
        }
        if !self.is_ready() {
            return Ok(());
        }
        let now = Instant::now();
        let mut rooms: Vec<(i64, RoomId)> = self
            .lanes
            .iter()
            .filter(|(_, lane)| lane.in_flight.is_none() && lane.retry_at.is_none_or(|at| at <= now))
            .filter_map(|(room, lane)| outbox::next(&lane.entries, now).map(|entry| (entry.id, *room)))
            .collect();
        // What waits longest goes first.
        rooms.sort_unstable();
        for (_, room) in rooms {
            if !self.pump_room(room, timing).await? {
                break;
            }
        }
        self.pump_marks(timing);
        self.tell_presence();
        Ok(())
    }

    /// False when nothing more can leave now.
    async fn pump_room(&mut self, room: RoomId, timing: &Timing) -> Result<bool, StoreError> {
        let now = Instant::now();
        let Some(wire) = &mut self.wire else { return Ok(false) };
        let Some(lane) = self.lanes.get_mut(&room) else { return Ok(true) };
        let Some(entry) = outbox::next(&lane.entries, now).cloned() else { return Ok(true) };
        let text = entry.command.to_frame(Some(room), Some(&entry.client_id), None);
        let bytes = text.len();
        if bytes > wire.limits.max_frame_bytes as usize {
            let failure = Failure::new(FailureCode::TooLarge, "longer than the server takes");
            self.fail(room, &entry.client_id, failure).await?;
            return Ok(true);
        }
        if let Err(at) = wire.bucket.take(now) {
            lane.retry_at = Some(at);
            return Ok(false);
        }
        if wire.out.try_send(text).is_err() {
            lane.retry_at = Some(now + timing.send_retry);
            return Ok(false);
        }
        lane.retry_at = None;
        for sent in lane.entries.iter_mut().filter(|sent| sent.id == entry.id) {
            sent.tried = true;
        }
        lane.in_flight = Some(InFlight { client_id: entry.client_id, since: now, bytes });
        Ok(true)
    }

    /// Read markers, at most as often as the throttle allows: usually one, several after reading offline or all at once. One that
    /// was set back first must be so there before it moves forward again.
    fn pump_marks(&mut self, timing: &Timing) {
        let now = Instant::now();
        let Some(wire) = &mut self.wire else { return };
        if wire.last_mark.is_some_and(|at| at + timing.read_throttle > now) {
            return;
        }
        let open = self.open.as_ref().map(|open| open.room);
        let mut marks: Vec<(RoomId, Seq)> = self.marks.iter().map(|(room, seq)| (*room, *seq)).collect();
        marks.retain(|(room, _)| self.lanes.get(room).is_none_or(|lane| !lane.is_marking_unread()));
        marks.sort_unstable_by_key(|(room, _)| (Some(*room) != open, *room));
        for (room, seq) in marks {
            let reference = format!("read:{room}:{seq}");
            let command = Command::ReadMessage { seq: Some(seq), message_id: None };
            // Tried or not: what did not leave does so a moment later.
            wire.last_mark = Some(now);
            if wire.bucket.take(now).is_err()
                || wire.out.try_send(command.to_frame(Some(room), None, Some(&reference))).is_err()
            {
                return;
            }
        }
    }

    /// The server did what was asked.
    pub(super) async fn acked(&mut self, ack: Ack, batch: &mut Batch) -> Result<(), StoreError> {
        if let Some(reference) = ack.reference.as_ref().and_then(|reference| reference.as_str()) {
            self.presence_told(reference).await?;
            self.reference_done(reference, batch);
        }
        let Some(client_id) = ack.client_id.clone() else { return Ok(()) };
        let Some(room) = self.room_of(&client_id) else { return Ok(()) };
        self.landed(room, &client_id);
        if let (Some(me), Some(wire)) = (ack.me, &mut self.wire) {
            wire.me.hear(me, self.heads.me);
        }
        if let Some(lane) = self.lanes.get_mut(&room)
            && let Some(entry) = lane.entries.iter_mut().find(|entry| entry.client_id == client_id)
        {
            let id = ack.message_id.filter(|_| entry.is_message());
            entry.ack = Some(ack);
            entry.failure = None;
            if let Some(id) = id {
                lane.found(&client_id, id, batch);
            }
        }
        self.dirty.insert(room);
        self.timeline_dirty = true;
        self.settle(room, batch);
        Ok(())
    }

    /// The server did not.
    pub(super) async fn refused(&mut self, error: ErrorFrame, batch: &mut Batch) -> Result<(), StoreError> {
        let failure = Failure {
            code: error.code.into(),
            message: error.message,
            field: None,
            retry_after_ms: error.retry_after_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
        };
        let is_temporary = error.code.is_temporary() || error.code == ErrorCode::Unauthenticated;
        if let Some(room) = error.client_id.as_deref().and_then(|client_id| self.room_of(client_id)) {
            let client_id = error.client_id.unwrap_or_default();
            self.landed(room, &client_id);
            if is_temporary {
                let wait = error.retry_after_ms.unwrap_or(1_000).clamp(50, 60_000);
                if let Some(lane) = self.lanes.get_mut(&room) {
                    lane.retry_at = Some(Instant::now() + std::time::Duration::from_millis(wait));
                }
            } else {
                self.fail(room, &client_id, failure).await?;
            }
            return Ok(());
        }
        if let Some(reference) = error.reference.as_ref().and_then(|reference| reference.as_str()) {
            tracing::info!(reference, %failure, "refused");
            if is_temporary {
                self.presence_untold(reference);
            } else {
                self.presence_told(reference).await?;
            }
            if !is_temporary || reference.starts_with("sync:") {
                self.reference_done(reference, batch);
            }
        } else {
            tracing::info!(%failure, "the server complains");
        }
        Ok(())
    }

    /// A `sync` or a read marker was answered.
    fn reference_done(&mut self, reference: &str, batch: &mut Batch) {
        if let Some(room) = reference.strip_prefix("sync:").and_then(|room| room.parse::<RoomId>().ok()) {
            if let Some(state) = self.rooms.get_mut(&room) {
                state.replica.unanswered();
                state.asked_at = None;
            }
            self.note_missing(room);
        }
        let mut read = reference.strip_prefix("read:").into_iter().flat_map(|rest| rest.split(':'));
        if let (Some(Ok(room)), Some(Ok(seq))) =
            (read.next().map(str::parse::<RoomId>), read.next().map(str::parse::<Seq>))
            && self.marks.get(&room).is_some_and(|mark| *mark <= seq)
        {
            if let Some(state) = self.rooms.get_mut(&room) {
                state.row.mine.last_read_seq = state.row.mine.last_read_seq.max(seq);
            }
            batch.marked.push(room);
            batch.touch(room);
        }
    }

    /// A command is no longer on its way.
    fn landed(&mut self, room: RoomId, client_id: &str) {
        if let Some(lane) = self.lanes.get_mut(&room)
            && lane.in_flight.as_ref().is_some_and(|flight| flight.client_id == client_id)
        {
            lane.in_flight = None;
        }
    }

    /// Refused for good: what it showed goes, and it waits for the person, or is given up where nobody would miss it.
    pub(super) async fn fail(&mut self, room: RoomId, client_id: &str, failure: Failure) -> Result<(), StoreError> {
        let Some(lane) = self.lanes.get_mut(&room) else { return Ok(()) };
        let Some(at) = lane.entries.iter().position(|entry| entry.client_id == client_id) else { return Ok(()) };
        tracing::info!(%failure, "a command was refused");
        if is_worth_telling(&lane.entries[at].command, failure.code) {
            lane.entries[at].failure = Some(failure.clone());
            self.outbox.set_failure(lane.entries[at].id, Some(&failure)).await?;
        } else {
            let entry = lane.entries.remove(at);
            self.outbox.remove(entry.id).await?;
        }
        self.dirty.insert(room);
        self.timeline_dirty = true;
        Ok(())
    }

    /// A row of an own message is in the cache: the command that made it is done, acknowledged or not.
    pub(super) fn own_row_seen(&mut self, message: &Message, batch: &mut Batch) {
        let (Some(client_id), true) = (&message.client_id, message.sender.id == self.me.id) else { return };
        let client_id = client_id.clone();
        let room = message.chat_room;
        self.landed(room, &client_id);
        if let Some(lane) = self.lanes.get_mut(&room) {
            lane.found(&client_id, message.id, batch);
        }
        if let Some(lane) = self.lanes.get_mut(&room)
            && let Some(at) = lane.entries.iter().position(|entry| entry.client_id == client_id && entry.is_message())
        {
            let entry = lane.entries.remove(at);
            batch.settled.push((room, entry.id));
        }
    }

    /// Forgets acknowledged commands whose effect the cache has, because the cursor has passed it.
    pub(super) fn settle(&mut self, room: RoomId, batch: &mut Batch) {
        let Some(lane) = self.lanes.get_mut(&room) else { return };
        let cursor = self.rooms.get(&room).map(|state| state.replica.cursor());
        let me = self.heads.me;
        lane.entries.retain(|entry| {
            let is_done = entry.ack.as_ref().is_some_and(|ack| {
                cursor.is_none_or(|cursor| ack.rev.is_none_or(|rev| rev <= cursor))
                    && ack.me.is_none_or(|rev| rev <= me)
            });
            if is_done {
                batch.settled.push((room, entry.id));
            }
            !is_done
        });
    }

    fn room_of(&self, client_id: &str) -> Option<RoomId> {
        self.lanes
            .iter()
            .find(|(_, lane)| lane.entries.iter().any(|entry| entry.client_id == client_id))
            .map(|(room, _)| *room)
    }

    /// Asks for what is missing in a room.
    pub(super) async fn ask_sync(&mut self, room: RoomId) -> Result<(), StoreError> {
        let cursors = self.cursors(room).await?;
        let sync = Sync { rooms: HashMap::from([(room, cursors)]), me: None, people: None };
        let is_sent = self.send(Command::Sync(sync).to_frame(None, None, Some(&format!("sync:{room}"))));
        let now = Instant::now();
        if let Some(state) = self.rooms.get_mut(&room) {
            if is_sent {
                state.asked_at = Some(now);
                state.missing_since = None;
            } else {
                state.replica.unanswered();
                state.missing_since = Some(now);
            }
        }
        Ok(())
    }

    /// Asks for what is missing in the streams.
    pub(super) fn ask_streams(&mut self, hold_back: std::time::Duration) {
        let now = Instant::now();
        let Some(wire) = &mut self.wire else { return };
        let is_due = |stream: &Heard| stream.missing_since.is_some_and(|since| since + hold_back <= now);
        let (me, people) = (is_due(&wire.me), is_due(&wire.people));
        if !wire.is_ready || !(me || people) {
            return;
        }
        let sync = Sync {
            rooms: HashMap::new(),
            me: me.then_some(self.heads.me),
            people: people.then_some(self.heads.people),
        };
        if wire.out.try_send(Command::Sync(sync).to_frame(None, None, Some("streams"))).is_ok() {
            if me {
                wire.me.missing_since = None;
            }
            if people {
                wire.people.missing_since = None;
            }
        }
    }

    /// Says which rooms' presence is wanted, when that changed.
    pub(super) fn watch(&mut self) {
        let wanted = self.wanted_watch();
        let Some(wire) = &mut self.wire else { return };
        if wire.is_ready
            && wire.watched != wanted
            && wire.out.try_send(Command::Watch { chat_rooms: wanted.clone() }.to_frame(None, None, None)).is_ok()
        {
            for room in &wanted {
                if let Some(state) = self.rooms.get_mut(room) {
                    state.watching.asked += 1;
                }
            }
            wire.watched = wanted;
        }
    }

    /// Own typing, told at most as often as the throttle allows.
    pub(super) fn set_typing(&mut self, room: RoomId, typing: bool, timing: &Timing) {
        let now = Instant::now();
        if !self.is_ready() {
            return;
        }
        if let Some(own) = self.own_typing
            && (own.room != room || !typing)
        {
            self.tell_typing(own.room, false);
            self.own_typing = None;
        }
        if !typing {
            return;
        }
        let told_at = match self.own_typing {
            Some(own) if own.told_at + timing.typing_throttle > now => own.told_at,
            _ => {
                self.tell_typing(room, true);
                now
            }
        };
        self.own_typing = Some(OwnTyping { room, told_at, last_key: now });
    }

    pub(super) fn tell_typing(&self, room: RoomId, is_typing: bool) {
        self.send(Command::Typing { is_typing }.to_frame(Some(room), None, None));
    }
}

impl Lane {
    /// The message that was sent with this `client_id` has an id now, and so have those that speak of it.
    fn found(&mut self, client_id: &str, id: MessageId, batch: &mut Batch) {
        for entry in self.entries.iter_mut().filter(|entry| entry.awaits.as_deref() == Some(client_id)) {
            entry.found(id);
            batch.found.push(entry.clone());
        }
    }

    /// From which place on messages are to be unread, as long as the server does not know it.
    pub(super) fn unread_from(&self) -> Option<Seq> {
        self.entries.iter().rev().filter(|entry| entry.ack.is_none()).find_map(|entry| match entry.command {
            Command::MarkUnread { seq } => Some(seq),
            _ => None,
        })
    }

    pub(super) fn is_marking_unread(&self) -> bool {
        self.unread_from().is_some()
    }
}

/// Whether a refusal is told to the person. What they wrote always is; of a message that is gone nobody misses a reaction.
fn is_worth_telling(command: &Command, code: FailureCode) -> bool {
    let is_gone = matches!(code, FailureCode::Conflict | FailureCode::NotFound);
    match command {
        Command::ChatMessage { .. } | Command::EditMessage { .. } => true,
        Command::DeleteMessage { .. } | Command::ReactMessage { .. } => !is_gone,
        // The message may be there, and the room have too many pins.
        Command::PinMessage { .. } => code != FailureCode::NotFound,
        _ => false,
    }
}
