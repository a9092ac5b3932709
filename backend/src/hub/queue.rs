//! What waits to be written to one socket, bounded in bytes.
//!
//! The hub pushes and never waits; the socket's writer takes all that is there and flushes once. Half full, what is told
//! once and forgotten (typing, presence, others' read markers) is dropped; full, the socket is closed with 4002: its client
//! comes back and syncs, so nothing is lost silently. Answers to a client's own commands do not count against it while the
//! client takes them: [`Queue::send`] waits for room instead, and so the client's own reading paces them.
//!
//! While a device socket syncs, live frames are *held* here and released after its `ready`.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Message;
use recado_protocol::{CloseCode, Rev, RoomId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Bytes that may wait for one socket.
pub(crate) const CAPACITY: usize = 1024 * 1024;
/// Answers may take this many times the capacity; whoever asks on and on and never reads is closed as well.
const ANSWERS: usize = 16;
/// Bytes that the writer takes at once.
const BATCH: usize = 64 * 1024;
/// What a frame costs beyond its text.
const OVERHEAD: usize = 48;

/// Which stream a frame belongs to, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    Room(RoomId, Rev),
    Me(Rev),
    People(Rev),
    /// Told once and forgotten.
    Passing,
}

/// How a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The server says so.
    Close(CloseCode),
    /// The client is gone already.
    Gone,
}

/// What the writer gets: frames, and the end behind them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) frames: Vec<Message>,
    pub(crate) ending: Option<Ending>,
}

#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Notify,
    drained: Notify,
    ending: CancellationToken,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Message>,
    bytes: usize,
    held: Option<Vec<(Stamp, Message)>>,
    held_bytes: usize,
    ending: Option<Ending>,
}

fn cost(frame: &Message) -> usize {
    OVERHEAD
        + match frame {
            Message::Text(text) => text.len(),
            Message::Binary(data) | Message::Ping(data) | Message::Pong(data) => data.len(),
            Message::Close(_) => 0,
        }
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            filled: Notify::new(),
            drained: Notify::new(),
            ending: CancellationToken::new(),
            capacity,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on live frames are held.
    pub(super) fn hold(&self) {
        self.state().held = Some(Vec::new());
    }

    /// Ends the holding: first `ready`, then what is held and wanted.
    pub(super) fn release(&self, ready: Message, wanted: impl Fn(Stamp) -> bool) {
        let mut state = self.state();
        let held = state.held.take().unwrap_or_default();
        // Counted when it was held, and counted again as it is queued.
        state.bytes = state.bytes.saturating_sub(std::mem::take(&mut state.held_bytes));
        if state.ending.is_none() {
            state.bytes += cost(&ready);
            state.frames.push_back(ready);
            for (stamp, frame) in held {
                if wanted(stamp) {
                    state.bytes += cost(&frame);
                    state.frames.push_back(frame);
                }
            }
        }
        drop(state);
        self.filled.notify_one();
    }

    /// A live frame. Full: the socket is closed with 4002.
    pub(super) fn push(&self, stamp: Stamp, frame: &Message) {
        let mut state = self.state();
        if state.ending.is_some() {
            return;
        }
        let passing = stamp == Stamp::Passing;
        let bytes = state.bytes + cost(frame);
        if passing && (bytes > self.capacity / 2 || state.held.is_some()) {
            return;
        }
        if bytes > self.capacity {
            self.give_up(&mut state);
        } else {
            state.bytes = bytes;
            match &mut state.held {
                Some(held) => {
                    held.push((stamp, frame.clone()));
                    state.held_bytes += cost(frame);
                }
                None => state.frames.push_back(frame.clone()),
            }
        }
        drop(state);
        self.filled.notify_one();
    }

    /// An answer, now, however full it is: for what is small and bounded by its cause.
    pub(crate) fn answer(&self, frame: Message) {
        let mut state = self.state();
        if state.ending.is_some() {
            return;
        }
        state.bytes += cost(&frame);
        if state.bytes > self.capacity * ANSWERS {
            self.give_up(&mut state);
        } else {
            state.frames.push_back(frame);
        }
        drop(state);
        self.filled.notify_one();
    }

    fn give_up(&self, state: &mut State) {
        *state = State { ending: Some(Ending::Close(CloseCode::TooSlow)), ..State::default() };
        self.ending.cancel();
    }

    /// An answer, once at most half of the queue is in use. False when the socket ends.
    pub(crate) async fn send(&self, frame: Message) -> bool {
        self.room_for_more().await && {
            self.answer(frame);
            true
        }
    }

    /// Waits until at most half of the queue is in use. False when the socket ends.
    pub(crate) async fn room_for_more(&self) -> bool {
        loop {
            let drained = self.drained.notified();
            {
                let state = self.state();
                if state.ending.is_some() {
                    return false;
                }
                if state.bytes.saturating_sub(state.held_bytes) <= self.capacity / 2 {
                    return true;
                }
            }
            tokio::select! {
                () = drained => {}
                () = self.ending.cancelled() => return false,
            }
        }
    }

    /// Ends the socket: what waits is written, then `last`, then the close frame. The first ending counts.
    pub(crate) fn close(&self, code: CloseCode, last: Option<Message>) {
        let mut state = self.state();
        if state.ending.is_some() {
            return;
        }
        state.frames.extend(last);
        state.ending = Some(Ending::Close(code));
        drop(state);
        self.ending.cancel();
        self.filled.notify_one();
    }

    /// The client is gone.
    pub(crate) fn hang_up(&self) {
        let mut state = self.state();
        if state.ending.is_some() {
            return;
        }
        *state = State { ending: Some(Ending::Gone), ..State::default() };
        drop(state);
        self.ending.cancel();
        self.filled.notify_one();
    }

    /// Comes back once the socket is to end, with how.
    pub(crate) async fn ending(&self) -> Ending {
        self.ending.cancelled().await;
        self.state().ending.unwrap_or(Ending::Gone)
    }

    /// All that waits, up to some tens of kilobytes; waits for something. For the one writer.
    pub(crate) async fn next(&self) -> Batch {
        loop {
            {
                let mut state = self.state();
                if !state.frames.is_empty() || state.ending.is_some() {
                    let mut batch = Batch::default();
                    let mut bytes = 0;
                    while bytes < BATCH
                        && let Some(frame) = state.frames.pop_front()
                    {
                        bytes += cost(&frame);
                        batch.frames.push(frame);
                    }
                    state.bytes = state.bytes.saturating_sub(bytes);
                    if state.frames.is_empty() {
                        batch.ending = state.ending;
                    }
                    drop(state);
                    self.drained.notify_waiters();
                    return batch;
                }
            }
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Message {
        Message::Text(text.into())
    }

    async fn texts(queue: &Queue) -> Vec<String> {
        queue.next().await.frames.iter().map(|frame| frame.to_text().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn what_waits_together_is_taken_together() {
        let queue = Queue::new(10_000);
        queue.push(Stamp::Me(1), &text("a"));
        queue.push(Stamp::Me(2), &text("b"));
        assert_eq!(texts(&queue).await, ["a", "b"]);
    }

    #[tokio::test]
    async fn half_full_drops_the_passing_and_full_closes_as_too_slow() {
        let queue = Queue::new(1_000);
        let big = text(&"x".repeat(400));
        queue.push(Stamp::Me(1), &big);
        queue.push(Stamp::Passing, &big);
        queue.push(Stamp::Me(2), &big);
        assert_eq!(queue.state().frames.len(), 2);
        queue.push(Stamp::Me(3), &big);
        let batch = queue.next().await;
        assert!(batch.frames.is_empty());
        assert_eq!(batch.ending, Some(Ending::Close(CloseCode::TooSlow)));
        assert!(!queue.room_for_more().await);
    }

    #[tokio::test]
    async fn held_frames_come_after_ready_and_only_those_that_are_news() {
        let queue = Queue::new(10_000);
        let room = RoomId(uuid::Uuid::from_u128(1));
        queue.hold();
        queue.push(Stamp::Room(room, 4), &text("old"));
        queue.push(Stamp::Room(room, 5), &text("new"));
        queue.push(Stamp::Passing, &text("typing"));
        queue.answer(text("sync"));
        queue.release(text("ready"), |stamp| stamp == Stamp::Room(room, 5));
        assert_eq!(texts(&queue).await, ["sync", "ready", "new"]);
        assert_eq!(queue.state().bytes, 0);
        queue.push(Stamp::Room(room, 6), &text("live"));
        assert_eq!(texts(&queue).await, ["live"]);
    }

    #[tokio::test]
    async fn an_answer_waits_for_the_reader_instead_of_closing() {
        let queue = std::sync::Arc::new(Queue::new(1_000));
        let big = text(&"x".repeat(600));
        assert!(queue.send(big.clone()).await);
        let second = tokio::spawn({
            let queue = queue.clone();
            async move { queue.send(big).await }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        queue.next().await;
        assert!(second.await.unwrap());
    }

    #[tokio::test]
    async fn the_first_ending_counts_and_comes_last() {
        let queue = Queue::new(1_000);
        queue.answer(text("a"));
        queue.close(CloseCode::Draining, Some(text("bye")));
        queue.close(CloseCode::NoPong, None);
        queue.answer(text("late"));
        let batch = queue.next().await;
        assert_eq!(batch.frames, [text("a"), text("bye")]);
        assert_eq!(batch.ending, Some(Ending::Close(CloseCode::Draining)));
    }
}
