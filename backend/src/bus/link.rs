//! The connection to Redis: one task publishes, one listens. Both reconnect for ever with backoff.
//!
//! While Redis is away what should be published is thrown away rather than kept: every other node finds it in the store
//! within a second, and an old doorbell helps nobody. A silent death (a cable pulled) shows in a ping that is not answered.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use redis::{
    AsyncCommands, Client,
    aio::{MultiplexedConnection, PubSub},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Incoming,
    wire::{Channel, Envelope, NodeId, Signal},
};

/// Signals that may wait to be published.
const OUTBOX: usize = 8192;
/// Signals published in one round trip.
const PIPELINE: usize = 256;
/// Channels subscribed in one command.
const CHUNK: usize = 512;
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
const PING_EVERY: Duration = Duration::from_secs(1);
const BACKOFF: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

#[derive(Debug)]
pub(super) struct Link {
    outbox: mpsc::Sender<(Channel, Signal)>,
    // Unbounded, since it is asked for by the hub, which must not wait; its length is bounded by the rooms and users there.
    wishes: mpsc::UnboundedSender<Wish>,
    up: Arc<Up>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Up {
    publishes: AtomicBool,
    listens: AtomicBool,
}

#[derive(Debug)]
enum Wish {
    Subscribe(Vec<Channel>, oneshot::Sender<()>),
    Unsubscribe(Vec<Channel>),
}

impl Link {
    pub(super) fn start(
        url: &str,
        node: NodeId,
        inbox: mpsc::Sender<Incoming>,
        tracker: &TaskTracker,
    ) -> Result<Self, redis::RedisError> {
        let client = Client::open(url)?;
        let (outbox, outgoing) = mpsc::channel(OUTBOX);
        let (wishes, wished) = mpsc::unbounded_channel();
        let up = Arc::new(Up::default());
        let stop = CancellationToken::new();
        tracker.spawn({
            let (client, up, stop) = (client.clone(), up.clone(), stop.clone());
            async move { publish(client, node, outgoing, &up, &stop).await }
        });
        tracker.spawn({
            let (up, stop) = (up.clone(), stop.clone());
            async move {
                let listener = Listener { client, node, inbox, wished, wanted: HashSet::from([Channel::All]), up };
                stop.run_until_cancelled(listener.run()).await;
            }
        });
        Ok(Self { outbox, wishes, up, stop })
    }

    pub(super) fn close(&self) {
        self.stop.cancel();
    }

    pub(super) fn is_up(&self) -> bool {
        self.up.publishes.load(Ordering::Relaxed) && self.up.listens.load(Ordering::Relaxed)
    }

    pub(super) fn send(&self, channel: Channel, signal: Signal) {
        // Full: Redis does not keep up, or is away. The other nodes read from the store.
        let _: Result<(), _> = self.outbox.try_send((channel, signal));
    }

    pub(super) fn subscribe(&self, channels: Vec<Channel>) -> oneshot::Receiver<()> {
        let (confirm, confirmed) = oneshot::channel();
        let _: Result<(), _> = self.wishes.send(Wish::Subscribe(channels, confirm));
        confirmed
    }

    pub(super) fn unsubscribe(&self, channels: Vec<Channel>) {
        let _: Result<(), _> = self.wishes.send(Wish::Unsubscribe(channels));
    }
}

async fn connect(client: &Client) -> redis::RedisResult<MultiplexedConnection> {
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_LIMIT))
        .set_response_timeout(Some(ANSWER_LIMIT));
    client.get_multiplexed_async_connection_with_config(&config).await
}

async fn publish(
    client: Client,
    node: NodeId,
    mut outgoing: mpsc::Receiver<(Channel, Signal)>,
    up: &Up,
    stop: &CancellationToken,
) {
    let mut failures = 0;
    let mut batch = Vec::with_capacity(PIPELINE);
    loop {
        match connect(&client).await {
            Ok(mut connection) => {
                failures = 0;
                up.publishes.store(true, Ordering::Relaxed);
                let error = loop {
                    if stop.is_cancelled() && outgoing.is_empty() {
                        return;
                    }
                    batch.clear();
                    let mut pipeline = redis::pipe();
                    tokio::select! {
                        count = outgoing.recv_many(&mut batch, PIPELINE) => {
                            if count == 0 {
                                return;
                            }
                            for (channel, signal) in batch.drain(..) {
                                match serde_json::to_string(&Envelope { node, signal }) {
                                    Ok(text) => { pipeline.publish(channel.to_string(), text).ignore(); }
                                    Err(error) => tracing::error!(%error, "a signal that JSON cannot say"),
                                }
                            }
                        }
                        () = tokio::time::sleep(PING_EVERY) => { pipeline.ping().ignore(); }
                        () = stop.cancelled(), if !stop.is_cancelled() => continue,
                    }
                    if let Err(error) = pipeline.exec_async(&mut connection).await {
                        break error;
                    }
                };
                up.publishes.store(false, Ordering::Relaxed);
                tracing::warn!(%error, "Redis is gone; other nodes learn from the store");
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(%error, "Redis cannot be reached; trying on");
                }
            }
        }
        let wait = tokio::time::Instant::now() + BACKOFF[failures.min(BACKOFF.len() - 1)];
        failures += 1;
        // Thrown away meanwhile, so that the queue is fresh when Redis is back.
        while let Ok(next) = tokio::time::timeout_at(wait, outgoing.recv()).await {
            if next.is_none() {
                return;
            }
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

struct Listener {
    client: Client,
    node: NodeId,
    inbox: mpsc::Sender<Incoming>,
    wished: mpsc::UnboundedReceiver<Wish>,
    wanted: HashSet<Channel>,
    up: Arc<Up>,
}

impl Listener {
    async fn run(mut self) {
        let mut failures = 0;
        loop {
            if let Ok(Ok(pubsub)) = tokio::time::timeout(CONNECT_LIMIT, self.client.get_async_pubsub()).await {
                match self.listen(pubsub, &mut failures).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "the subscription to Redis broke"),
                }
                self.up.listens.store(false, Ordering::Relaxed);
            }
            let wait = tokio::time::Instant::now() + BACKOFF[failures.min(BACKOFF.len() - 1)];
            failures += 1;
            while let Ok(wish) = tokio::time::timeout_at(wait, self.wished.recv()).await {
                match wish {
                    // Nobody waits for a Redis that is away; the wish is kept for when it is back.
                    Some(Wish::Subscribe(channels, confirm)) => {
                        self.wanted.extend(channels);
                        let _: Result<(), ()> = confirm.send(());
                    }
                    Some(Wish::Unsubscribe(channels)) => {
                        for channel in channels {
                            self.wanted.remove(&channel);
                        }
                    }
                    None => return,
                }
            }
        }
    }

    /// Ends with `Ok` when nobody wants to hear any more.
    async fn listen(&mut self, pubsub: PubSub, failures: &mut usize) -> redis::RedisResult<()> {
        let (mut sink, mut stream) = pubsub.split();
        let all: Vec<String> = self.wanted.iter().map(ToString::to_string).collect();
        for chunk in all.chunks(CHUNK) {
            in_time(sink.subscribe(chunk)).await?;
        }
        self.up.listens.store(true, Ordering::Relaxed);
        *failures = 0;
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => self.hear(message.get_payload_bytes()).await,
                    None => return Err((redis::ErrorKind::Io, "the connection was closed").into()),
                },
                wish = self.wished.recv() => match wish {
                    Some(Wish::Subscribe(channels, confirm)) => {
                        let new: Vec<String> = channels
                            .into_iter()
                            .filter(|channel| self.wanted.insert(*channel))
                            .map(|channel| channel.to_string())
                            .collect();
                        for chunk in new.chunks(CHUNK) {
                            in_time(sink.subscribe(chunk)).await?;
                        }
                        let _: Result<(), ()> = confirm.send(());
                    }
                    Some(Wish::Unsubscribe(channels)) => {
                        let old: Vec<String> = channels
                            .into_iter()
                            .filter(|channel| self.wanted.remove(channel))
                            .map(|channel| channel.to_string())
                            .collect();
                        for chunk in old.chunks(CHUNK) {
                            in_time(sink.unsubscribe(chunk)).await?;
                        }
                    }
                    None => return Ok(()),
                },
                _ = ping.tick() => { in_time(sink.ping::<redis::Value>()).await?; }
            }
        }
    }

    async fn hear(&self, payload: &[u8]) {
        let envelope: Envelope = match serde_json::from_slice(payload) {
            Ok(envelope) => envelope,
            Err(error) => {
                // Another version of this server, perhaps: the store tells us in any case.
                tracing::warn!(%error, "something on Redis that is not ours");
                return;
            }
        };
        if envelope.node == self.node {
            return;
        }
        let incoming = match envelope.signal {
            Signal::Event(event) => Incoming::Remote(event),
            Signal::News(news) => Incoming::News { from: envelope.node, news },
        };
        // Waiting here lets Redis' own buffer fill; if that overflows the connection breaks and the poller covers.
        let _: Result<(), _> = self.inbox.send(incoming).await;
    }
}

async fn in_time<T>(answer: impl Future<Output = redis::RedisResult<T>>) -> redis::RedisResult<T> {
    match tokio::time::timeout(ANSWER_LIMIT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err((redis::ErrorKind::Io, "no answer in time").into()),
    }
}

/// What [`probe`] found to work, in the order of trying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    pub connected: bool,
    pub written_and_read: bool,
    pub published_and_received: bool,
}

/// Tries what a bus needs of Redis, for the doctor: connect, write and read back, publish and receive. What failed is in
/// the error beside how far it came.
pub async fn probe(url: &str) -> Result<Probe, (Probe, redis::RedisError)> {
    let mut found = Probe::default();
    match try_all(url, &mut found).await {
        Ok(()) => Ok(found),
        Err(error) => Err((found, error)),
    }
}

async fn try_all(url: &str, found: &mut Probe) -> redis::RedisResult<()> {
    let client = Client::open(url)?;
    let mut connection = connect(&client).await?;
    found.connected = true;
    let name = format!("recado:probe:{}", uuid::Uuid::new_v4());
    connection.set_ex::<_, _, ()>(&name, "hola", 10).await?;
    let read: String = connection.get(&name).await?;
    let _: i64 = connection.del(&name).await?;
    if read != "hola" {
        return Err((redis::ErrorKind::UnexpectedReturnType, "read back something else").into());
    }
    found.written_and_read = true;
    let mut pubsub = in_time(client.get_async_pubsub()).await?;
    in_time(pubsub.subscribe(&name)).await?;
    let _: i64 = connection.publish(&name, "hola").await?;
    let mut messages = pubsub.on_message();
    let heard = in_time(async { Ok(messages.next().await) }).await?;
    if heard.is_none_or(|message| message.get_payload_bytes() != b"hola") {
        return Err((redis::ErrorKind::UnexpectedReturnType, "heard something else").into());
    }
    found.published_and_received = true;
    Ok(())
}
