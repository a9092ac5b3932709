//! The bus: carries committed events from the store to this node's hub and to the other nodes.
//!
//! The store is the truth and the bus a doorbell. Local events go to the hub directly and in commit order; with Redis they
//! go to the other nodes as well, over a channel a room, a channel a user and one for all. Nothing waits for Redis: a dead
//! one makes the bus *degraded*, the local way goes on, and other nodes read from the store what they were not told (the
//! hub's poller, once a second). So `publish` never blocks, and what overflows is made up for in the same way.
//!
//! Decided against: Redis streams (a second log beside the rows, to be trimmed and read back) and waiting for Redis before
//! an answer (its death would be ours).

mod link;
#[cfg(test)]
pub(crate) mod redis_server;
#[cfg(test)]
mod tests;
mod wire;

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub use link::{Probe, probe};
pub use wire::{Channel, NodeId, Signal};

use crate::{event::Event, hub::News, store::Publisher};

/// Batches of events that may wait for the hub. Beyond it they are dropped and the poller finds them.
const LOCAL_BATCHES: usize = 4096;
/// How long a new subscription waits for Redis to confirm it before it goes on without.
const SUBSCRIBE_LIMIT: Duration = Duration::from_secs(2);

/// What the hub hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Committed by this node, in commit order.
    Local(Vec<Event>),
    /// Told by another node; may come late, twice, swapped or never.
    Remote(Box<Event>),
    /// Presence of another node.
    News { from: NodeId, news: News },
}

/// Whether the other nodes can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusState {
    Ok,
    /// Redis does not answer; others learn from the store, about a second late.
    Degraded,
}

impl BusState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
        }
    }
}

/// The handle; cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    node: NodeId,
    local: mpsc::Sender<Incoming>,
    inbox: Mutex<Option<Inbox>>,
    link: Option<link::Link>,
    dropped: AtomicU64,
}

/// The receiving end; a bus has one, for its hub.
#[derive(Debug)]
pub struct Inbox(mpsc::Receiver<Incoming>);

impl Inbox {
    /// The next of what came; `None` when the bus is gone.
    pub async fn recv(&mut self) -> Option<Incoming> {
        self.0.recv().await
    }

    /// What is there already.
    pub(crate) fn try_recv(&mut self) -> Option<Incoming> {
        self.0.try_recv().ok()
    }
}

impl Bus {
    /// One node, no Redis.
    pub fn in_process() -> Self {
        let (local, inbox) = mpsc::channel(LOCAL_BATCHES);
        Self::build(NodeId(Uuid::new_v4()), local, inbox, None)
    }

    /// Many nodes over Redis. A wrong address is an error; a Redis that does not answer is not: the bus starts degraded and
    /// keeps trying.
    pub fn redis(url: &str, tracker: &TaskTracker) -> Result<Self, redis::RedisError> {
        let (local, inbox) = mpsc::channel(LOCAL_BATCHES);
        let node = NodeId(Uuid::new_v4());
        let link = link::Link::start(url, node, local.clone(), tracker)?;
        Ok(Self::build(node, local, inbox, Some(link)))
    }

    fn build(
        node: NodeId,
        local: mpsc::Sender<Incoming>,
        inbox: mpsc::Receiver<Incoming>,
        link: Option<link::Link>,
    ) -> Self {
        Self(Arc::new(Inner { node, local, inbox: Mutex::new(Some(Inbox(inbox))), link, dropped: AtomicU64::new(0) }))
    }

    /// This node, as the others know it. A new one at every start.
    pub fn node(&self) -> NodeId {
        self.0.node
    }

    /// Whether there may be other nodes.
    pub fn has_others(&self) -> bool {
        self.0.link.is_some()
    }

    pub fn state(&self) -> BusState {
        match &self.0.link {
            Some(link) if !link.is_up() => BusState::Degraded,
            _ => BusState::Ok,
        }
    }

    /// Batches that were dropped since the start because the hub was too far behind.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// The receiving end, once.
    pub fn take_inbox(&self) -> Option<Inbox> {
        self.0.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Asks for what the other nodes say on these channels. The future ends when Redis has confirmed it and all asked
    /// before it, or when that takes too long; the poller covers the rest.
    pub fn subscribe(&self, channels: Vec<Channel>) -> impl Future<Output = ()> + Send + use<> {
        let confirmed = self.0.link.as_ref().map(|link| link.subscribe(channels));
        async move {
            if let Some(confirmed) = confirmed {
                let _: Result<Result<(), oneshot::error::RecvError>, _> =
                    tokio::time::timeout(SUBSCRIBE_LIMIT, confirmed).await;
            }
        }
    }

    pub fn unsubscribe(&self, channels: Vec<Channel>) {
        if let Some(link) = &self.0.link {
            link.unsubscribe(channels);
        }
    }

    /// Publishes what still waits and lets go of Redis. The hub does so when it ends.
    pub fn close(&self) {
        if let Some(link) = &self.0.link {
            link.close();
        }
    }

    /// Tells the other nodes about this node's people.
    pub fn announce(&self, news: News) {
        if let Some(link) = &self.0.link {
            link.send(Channel::All, Signal::News(news));
        }
    }
}

impl Publisher for Bus {
    fn publish(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        if let Some(link) = &self.0.link {
            for event in &events {
                for channel in Channel::of(event) {
                    link.send(channel, Signal::Event(Box::new(event.clone())));
                }
            }
        }
        if self.0.local.try_send(Incoming::Local(events)).is_err() {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
            tracing::warn!("the hub is behind; it will read what it missed from the store");
        }
    }
}
