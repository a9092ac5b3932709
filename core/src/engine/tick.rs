//! What happens by itself when time passes: patience that ends, typing that fades, retries, old pages in quiet moments.

use recado_protocol::RoomId;
use tokio::time::Instant;

use super::{
    Command, Engine,
    account::{Account, first_held},
};
use crate::{client::Timing, connection::Control, history, room_list, sealed::StoreError};

/// Rest after a page could not be fetched.
const FETCH_RETRY: std::time::Duration = std::time::Duration::from_secs(30);

impl Account {
    /// When something is due next.
    pub(super) fn deadline(&self, timing: &Timing) -> Option<Instant> {
        let mut due: Vec<Instant> = Vec::new();
        for room in self.rooms.values() {
            due.extend(room.typing.values());
            if self.is_ready() {
                due.extend(room.missing_since.map(|since| since + timing.hold_back));
            }
            due.extend(room.asked_at.map(|at| at + timing.answer));
        }
        due.extend(self.next_end());
        due.extend(self.idle_at(timing));
        due.extend(self.index_at);
        for lane in self.lanes.values() {
            due.extend(lane.in_flight.as_ref().map(|flight| flight.since + timing.answer));
            if self.is_ready() {
                due.extend(lane.retry_at);
            }
            due.extend(lane.entries.iter().filter_map(|entry| entry.held_until));
        }
        if let Some(own) = self.own_typing {
            due.push(own.last_key + timing.typing);
        }
        if let Some(wire) = self.wire.as_ref().filter(|wire| wire.is_ready) {
            due.extend(wire.me.missing_since.map(|since| since + timing.hold_back));
            due.extend(wire.people.missing_since.map(|since| since + timing.hold_back));
            let is_free = |room: &RoomId| self.lanes.get(room).is_none_or(|lane| !lane.is_marking_unread());
            if self.marks.keys().any(is_free) {
                due.push(wire.last_mark.map_or_else(Instant::now, |at| at + timing.read_throttle));
            }
            if !self.fetching {
                due.extend(self.fetch_at);
            }
        }
        due.into_iter().min()
    }

    async fn pass_time(&mut self, timing: &Timing) -> Result<(), StoreError> {
        let now = Instant::now();
        let mut is_dead = false;
        let mut to_ask = Vec::new();
        if self.index_at.is_some_and(|at| at <= now) {
            self.index_older().await?;
        }
        self.end_what_ends();
        self.note_idle(timing);
        for (id, room) in &mut self.rooms {
            let before = room.typing.len();
            room.typing.retain(|_, until| *until > now);
            if room.typing.len() != before {
                self.dirty.insert(*id);
            }
            if room.missing_since.is_some_and(|since| since + timing.hold_back <= now) {
                to_ask.push(*id);
            }
            is_dead |= room.asked_at.is_some_and(|at| at + timing.answer <= now);
        }
        for lane in self.lanes.values_mut() {
            is_dead |= lane.in_flight.as_ref().is_some_and(|flight| flight.since + timing.answer <= now);
            for entry in lane.entries.iter_mut().filter(|entry| entry.held_until.is_some_and(|until| until <= now)) {
                entry.held_until = None;
            }
            if lane.retry_at.is_some_and(|at| at <= now) {
                lane.retry_at = None;
            }
        }
        if is_dead {
            tracing::info!("the server does not answer");
            self.disconnected(None);
            self.order(Control::Reconnect);
            return Ok(());
        }
        if let Some(own) = self.own_typing
            && own.last_key + timing.typing <= now
        {
            self.tell_typing(own.room, false);
            self.own_typing = None;
        }
        if self.is_ready() {
            for room in to_ask {
                self.ask_sync(room).await?;
            }
            self.ask_streams(timing.hold_back);
        }
        self.watch();
        self.pump(timing).await
    }

    /// The room whose history is to be fetched next, and before which place: of the last active one that lacks some.
    fn next_fetch(&self) -> Option<(RoomId, i64)> {
        self.rooms
            .values()
            .filter_map(|room| {
                let first = first_held(room)?;
                (first > 1).then(|| (room_list::last_activity(&room.row, room.last.as_ref()), room.row.id, first))
            })
            .max_by_key(|(at, id, _)| (*at, *id))
            .map(|(_, room, before)| (room, before))
    }
}

impl Engine {
    pub(super) async fn tick(&mut self) {
        let timing = self.parts.options.timing.clone();
        let Some(account) = &mut self.account else { return };
        if let Err(error) = account.pass_time(&timing).await {
            self.recover_from(&error).await;
        }
    }

    /// Fetches one old page in a quiet moment; the next only when this one is here.
    pub(super) fn fetch_history(&mut self) {
        let Some(pause) = self.parts.options.timing.background_fetch else { return };
        let now = Instant::now();
        let Some(account) = &mut self.account else { return };
        if !account.is_ready() || account.fetching {
            return;
        }
        if account.lanes.values().any(|lane| lane.in_flight.is_some()) {
            account.fetch_at = Some(now + pause);
            return;
        }
        match account.fetch_at {
            Some(at) if at > now => return,
            Some(_) => {}
            None => {
                // Nothing to wait for where nothing is missing.
                account.fetch_at = account.next_fetch().map(|_| now + pause);
                return;
            }
        }
        let Some((room, before)) = account.next_fetch() else {
            account.fetch_at = None;
            return;
        };
        account.fetching = true;
        account.fetch_at = Some(now + pause);
        let (api, engine, cancel) = (account.api.clone(), self.parts.to_self.clone(), account.cancel.clone());
        self.parts.tracker.spawn(async move {
            let page = tokio::select! {
                () = cancel.cancelled() => return,
                page = history::page(&api, room, before) => page,
            };
            if let Err(failure) = &page {
                tracing::info!(%failure, "no old page");
            }
            if let Some(engine) = engine.upgrade() {
                // The engine is gone only when everything ends.
                let _ = engine.send(Command::Fetched { room, page: page.ok().map(Box::new) }).await;
            }
        });
    }

    /// A background page came, or did not.
    pub(super) fn fetched(&mut self, is_here: bool) {
        if let Some(account) = &mut self.account {
            account.fetching = false;
            if !is_here {
                account.fetch_at = Some(Instant::now() + FETCH_RETRY);
            }
        }
    }
}
