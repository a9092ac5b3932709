//! The task that owns the socket: connect, hand frames over, keep alive, and come back.
//!
//! It knows nothing of rooms. What it is told: the text of frames to send. What it tells: its state, each frame, and why it
//! lost the server. When to try again is [`backoff`]'s decision; what a close code means is [`after_close`]'s, both pure.

mod backoff;
mod socket;

use std::{sync::Arc, time::Duration};

use recado_protocol::{CloseCode, ServerFrame, close};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::backoff::Backoff;
use crate::{
    address::ServerAddress,
    client::Timing,
    clock::Clock,
    tokens::TokenKeeper,
    view::{Connection, FailureCode},
};

/// More than the difference between the clocks can be without the computer having slept.
const SLEPT: Duration = Duration::from_secs(10);

/// What the task tells.
#[derive(Debug)]
pub(crate) enum FromLink {
    State(Connection),
    /// The socket is open; `hello` is expected on it.
    Opened(mpsc::Sender<String>),
    Frame(Box<ServerFrame>),
    /// Lost; with the server's close code if it gave one.
    Closed(Option<u16>),
    /// The server says that the session is over.
    SessionEnded,
}

/// What the task is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// Try now; when connected, make sure that it is so.
    Retry,
    WorkOffline(bool),
    /// Drop the connection and make another one.
    Reconnect,
}

/// The two ends of the task.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) incoming: mpsc::Receiver<FromLink>,
    pub(crate) control: mpsc::Sender<Control>,
}

/// What the task is made of.
#[derive(Debug)]
pub(crate) struct LinkParts {
    pub(crate) address: ServerAddress,
    pub(crate) tokens: TokenKeeper,
    pub(crate) timing: Timing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) work_offline: bool,
    pub(crate) cancel: CancellationToken,
}

impl Link {
    pub(crate) fn spawn(tracker: &TaskTracker, parts: LinkParts) -> Self {
        let (to_engine, incoming) = mpsc::channel(512);
        let (control, orders) = mpsc::channel(16);
        let backoff = Backoff::new(parts.timing.backoff.clone(), parts.timing.slow_retry);
        tracker.spawn(Task { backoff, to_engine, orders, work_offline: parts.work_offline, parts }.run());
        Self { incoming, control }
    }
}

/// What follows from the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Come back after the usual wait.
    Wait,
    /// Get another token, then come back.
    Refresh,
    /// The person has to sign in again.
    SessionEnded,
    /// Not before somebody asks.
    Stop,
}

fn after_close(code: Option<u16>) -> Next {
    match code {
        Some(code) if code == CloseCode::SessionEnded.code() => Next::SessionEnded,
        Some(code) if code == CloseCode::TokenExpired.code() || code == CloseCode::BadToken.code() => Next::Refresh,
        Some(code) if close::is_final(code) => Next::Stop,
        _ => Next::Wait,
    }
}

/// How a connection ended.
enum End {
    Closed(Option<u16>),
    Cancelled,
    WorkOffline,
    /// By order; at once another one.
    Reconnect,
}

struct Task {
    parts: LinkParts,
    backoff: Backoff,
    to_engine: mpsc::Sender<FromLink>,
    orders: mpsc::Receiver<Control>,
    work_offline: bool,
}

impl Task {
    async fn run(mut self) {
        let mut refused: Option<String> = None;
        loop {
            if self.work_offline {
                self.tell(FromLink::State(Connection::WorkingOffline)).await;
                if !self.wait_for_work().await {
                    return;
                }
                self.backoff.reset();
            }
            self.tell(FromLink::State(Connection::Connecting)).await;
            let token = tokio::select! {
                () = self.parts.cancel.cancelled() => return,
                token = self.parts.tokens.get(refused.take()) => token,
            };
            let mut next = Next::Wait;
            match token {
                Ok(token) => match self.connect(&token).await {
                    End::Cancelled => return,
                    End::WorkOffline | End::Reconnect => {
                        self.tell(FromLink::Closed(None)).await;
                        continue;
                    }
                    End::Closed(code) => {
                        self.tell(FromLink::Closed(code)).await;
                        next = after_close(code);
                        if next == Next::Refresh {
                            refused = Some(token);
                        }
                    }
                },
                Err(failure) if failure.code == FailureCode::SessionEnded => next = Next::SessionEnded,
                Err(failure) => tracing::info!(%failure, "no access token"),
            }
            if next == Next::SessionEnded {
                self.tell(FromLink::SessionEnded).await;
                return;
            }
            if !self.wait(next).await {
                return;
            }
        }
    }

    async fn tell(&self, message: FromLink) {
        // The engine is gone only when everything ends.
        let _ = self.to_engine.send(message).await;
    }

    /// Until the user works online again. False when everything ends.
    async fn wait_for_work(&mut self) -> bool {
        while self.work_offline {
            tokio::select! {
                () = self.parts.cancel.cancelled() => return false,
                order = self.orders.recv() => match order {
                    Some(Control::WorkOffline(on)) => self.work_offline = on,
                    Some(_) => {}
                    None => return false,
                },
            }
        }
        true
    }

    /// Between two tries. False when everything ends.
    async fn wait(&mut self, next: Next) -> bool {
        let (pause, state) = if next == Next::Stop {
            // Neither time nor another try would change the answer.
            (None, Connection::Unreachable { retry_in_ms: 0 })
        } else {
            let (pause, state) = self.backoff.next(rand::random::<f64>());
            (Some(pause), state)
        };
        self.tell(FromLink::State(state)).await;
        let until = pause.map(|pause| Instant::now() + pause);
        let mut watch = SleepWatch::new(&*self.parts.clock);
        loop {
            let pause = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.parts.cancel.cancelled() => return false,
                () = pause => return true,
                () = tokio::time::sleep(self.parts.timing.wake_check) => {
                    if watch.has_slept(&*self.parts.clock) {
                        self.backoff.reset();
                        return true;
                    }
                }
                order = self.orders.recv() => match order {
                    Some(Control::Retry | Control::Reconnect) => {
                        self.backoff.reset();
                        return true;
                    }
                    Some(Control::WorkOffline(on)) => {
                        self.work_offline = on;
                        if on {
                            return true;
                        }
                    }
                    None => return false,
                },
            }
        }
    }
}

/// Notices that the computer slept: the wall clock went on, the steady one did not.
struct SleepWatch {
    wall_ms: i64,
    steady: Instant,
}

impl SleepWatch {
    fn new(clock: &dyn Clock) -> Self {
        Self { wall_ms: clock.now().millis(), steady: Instant::now() }
    }

    fn has_slept(&mut self, clock: &dyn Clock) -> bool {
        let now = Self::new(clock);
        let wall = Duration::from_millis(u64::try_from(now.wall_ms - self.wall_ms).unwrap_or(0));
        let steady = now.steady - self.steady;
        *self = now;
        wall > steady + SLEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_code_says_by_its_range_what_to_do() {
        for (code, want) in [
            (None, Next::Wait),
            (Some(1006), Next::Wait),
            (Some(1009), Next::Wait),
            (Some(4001), Next::Wait),
            (Some(4002), Next::Wait),
            (Some(4029), Next::Wait),
            (Some(4005), Next::Refresh),
            (Some(4501), Next::Refresh),
            (Some(4503), Next::SessionEnded),
            (Some(4500), Next::Stop),
            (Some(4504), Next::Stop),
            (Some(4999), Next::Stop),
        ] {
            assert_eq!(after_close(code), want, "{code:?}");
        }
    }
}
