//! Making up for lost doorbells: the poller, and reading rows where a stream has a gap.

use std::{sync::Arc, time::Duration};

use recado_protocol::{Rev, RoomId, ServerFrame, Timestamp, UserId};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{Command, presence::ALIVE_EVERY, state::State};
use crate::{
    bus::BusState,
    clock::Clock,
    error::Result,
    store::{Changes, Store, SyncAnswer, SyncRequest},
};

/// How often the store is asked what changed.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How far a question reaches back before the last answered one, in milliseconds: transactions that were open then, and
/// clocks of other nodes that are behind.
const OVERLAP_MS: i64 = 10_000;
/// Changes of a room read at once.
const ROWS: usize = 500;
/// How long until a failed read is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// When something is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A room has waited long enough for a missing `rev`.
    Room(RoomId),
    /// The same for a person's stream `me`.
    Me(UserId),
    /// The same for the stream `people`.
    People,
    /// Somebody may have stopped typing.
    Typing(RoomId, UserId),
    /// Tell the other nodes that this one lives; forget those that do not.
    Alive,
}

/// What a read brought.
pub(super) enum Rows {
    Room { room: RoomId, asked_to: Rev, rows: Result<Vec<(Rev, ServerFrame)>> },
    Me { user: UserId, answer: Result<SyncAnswer> },
    People { answer: Result<SyncAnswer> },
}

/// Asks the store once a second what changed, whoever changed it.
pub(super) async fn poll(
    store: Store,
    clock: Arc<dyn Clock>,
    hub: mpsc::WeakSender<Command>,
    shutdown: CancellationToken,
) {
    let mut since = Timestamp(clock.now().millis() - OVERLAP_MS);
    let mut tick = tokio::time::interval(POLL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(tick.tick()).await.is_some() {
        let asked_at = clock.now();
        match store.changed_since(since).await {
            Ok(changes) => {
                since = Timestamp(asked_at.millis() - OVERLAP_MS);
                let Some(hub) = hub.upgrade() else { return };
                if hub.send(Command::Polled(Box::new(changes))).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::warn!(%error, "the store cannot say what changed; asked again in a second"),
        }
    }
}

impl State {
    pub(super) fn polled(&mut self, changes: Changes) {
        let now = Instant::now();
        for session in changes.sessions_ended {
            self.end_session(session);
        }
        for room in changes.deleted_rooms {
            self.close_room(room);
        }
        for (user, head) in changes.users {
            if let Some(account) = self.users.get_mut(&user) {
                account.me.heard_of(head, now);
                self.arm_me(user);
            }
        }
        for (room, head) in changes.rooms {
            if let Some(state) = self.rooms.get_mut(&room) {
                state.stream.heard_of(head, now);
                self.arm_room(room);
            }
        }
        self.people.heard_of(changes.people, now);
        self.arm_people();
    }

    pub(super) fn arm_room(&mut self, room: RoomId) {
        if let Some(due) = self.rooms.get(&room).and_then(|room| room.stream.due()) {
            self.timers.insert((due, Timer::Room(room)));
        }
    }

    pub(super) fn arm_me(&mut self, user: UserId) {
        if let Some(due) = self.users.get(&user).and_then(|account| account.me.due()) {
            self.timers.insert((due, Timer::Me(user)));
        }
    }

    pub(super) fn arm_people(&mut self) {
        if let Some(due) = self.people.due() {
            self.timers.insert((due, Timer::People));
        }
    }

    pub(super) fn on_time(&mut self, now: Instant) {
        while let Some((at, timer)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.remove(&(at, timer));
            match timer {
                Timer::Room(room) => self.read_room(room, now),
                Timer::Me(user) => self.read_me(user, now),
                Timer::People => self.read_people(now),
                Timer::Typing(room, user) => self.typing_lapses(room, user, now),
                Timer::Alive => self.live_on(now),
            }
        }
    }

    fn live_on(&mut self, now: Instant) {
        self.timers.insert((now + ALIVE_EVERY, Timer::Alive));
        self.bus.announce(self.presence.alive());
        if self.bus.state() == BusState::Degraded {
            self.presence.excuse(now);
        } else {
            let told = self.presence.expire(now);
            self.tell_all(told);
        }
    }

    fn read_room(&mut self, room: RoomId, now: Instant) {
        let Some(state) = self.rooms.get_mut(&room) else { return };
        if let Some(after) = state.stream.overdue(now) {
            let asked_to = state.stream.head();
            let store = self.store.clone();
            self.read(async move {
                let rows = store.room_changes(room, after, ROWS).await;
                Rows::Room { room, asked_to, rows }
            });
        } else {
            self.arm_room(room);
        }
    }

    fn read_me(&mut self, user: UserId, now: Instant) {
        let Some(account) = self.users.get_mut(&user) else { return };
        if let Some(after) = account.me.overdue(now) {
            let store = self.store.clone();
            let request = SyncRequest { me: Some(after), ..SyncRequest::default() };
            self.read(async move { Rows::Me { user, answer: store.sync(user, request).await } });
        } else {
            self.arm_me(user);
        }
    }

    fn read_people(&mut self, now: Instant) {
        // Every profile is told to everyone, so any viewer will do; without one there is nobody to tell.
        let Some(viewer) = self.users.keys().next().copied() else {
            if self.people.overdue(now).is_some() {
                let head = self.people.head();
                self.people.fill(vec![], head, now);
            }
            return;
        };
        if let Some(after) = self.people.overdue(now) {
            let store = self.store.clone();
            let request = SyncRequest { people: Some(after), ..SyncRequest::default() };
            self.read(async move { Rows::People { answer: store.sync(viewer, request).await } });
        } else {
            self.arm_people();
        }
    }

    fn read(&self, rows: impl Future<Output = Rows> + Send + 'static) {
        let Some(hub) = self.commands.upgrade() else { return };
        self.tracker.spawn(async move {
            let _: Result<(), _> = hub.send(Command::Rows(rows.await)).await;
        });
    }

    /// What was read is told in place of what was lost.
    pub(super) fn fill(&mut self, rows: Rows) {
        let now = Instant::now();
        match rows {
            Rows::Room { room, asked_to, rows } => {
                let Some(state) = self.rooms.get_mut(&room) else { return };
                match rows {
                    Ok(rows) => {
                        // A full page ends where it ends; a short one reaches the head that was known when it was asked for.
                        let full = rows.len() >= ROWS;
                        let end = rows.last().map_or(0, |(rev, _)| *rev);
                        let upto = if full { end } else { end.max(asked_to) };
                        let frames = state.stream.fill(rows, upto, now);
                        if full {
                            state.stream.failed(now);
                        }
                        self.deliver(room, frames);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a room's changes cannot be read");
                        state.stream.failed(now + AGAIN);
                    }
                }
                self.arm_room(room);
            }
            Rows::Me { user, answer } => {
                let Some(account) = self.users.get_mut(&user) else { return };
                match answer {
                    Ok(answer) => {
                        let rev = answer.me;
                        let rows = answer.frames.into_iter().map(|frame| (rev, frame)).collect();
                        let frames = account.me.fill(rows, rev, now);
                        self.deliver_me(user, frames);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a person's stream cannot be read");
                        account.me.failed(now + AGAIN);
                    }
                }
                self.arm_me(user);
            }
            Rows::People { answer } => {
                match answer {
                    Ok(answer) => {
                        let rev = answer.people;
                        let rows = answer.frames.into_iter().map(|frame| (rev, frame)).collect();
                        let frames = self.people.fill(rows, rev, now);
                        self.deliver_people(frames);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the stream of profiles cannot be read");
                        self.people.failed(now + AGAIN);
                    }
                }
                self.arm_people();
            }
        }
    }
}
