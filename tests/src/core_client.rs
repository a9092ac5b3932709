//! The real client core in this process, with secrets in memory and a profile in a temporary directory.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use recado_core::{
    client::{Client, ClientOptions, Timing},
    clock::{Clock, SystemClock},
    secrets::{MemorySecrets, SecretStore},
    view::{Connection, Delivery, Diff, Event, Failure, RoomItem, Session, TimelineItem},
};
use recado_protocol::{Message, RoomId, Timestamp};

use crate::{wait, world::PASSWORD};

/// Quick enough that a test of reconnecting is no test of patience.
pub fn timing() -> Timing {
    Timing {
        backoff: [50, 100, 200, 400, 800].map(Duration::from_millis).to_vec(),
        slow_retry: Duration::from_secs(1),
        background_fetch: Some(Duration::from_millis(50)),
        send_retry: Duration::from_millis(200),
        wake_check: Duration::from_millis(100),
        proof_of_life: Duration::from_millis(500),
        ..Timing::default()
    }
}

/// Somebody's device.
#[derive(Debug)]
pub struct CoreClient {
    pub name: String,
    pub client: Client,
    pub dir: PathBuf,
    pub secrets: Arc<dyn SecretStore>,
    url: String,
    clock: Arc<TestClock>,
    crashes: u32,
}

/// The system's clock, which can be put forward, as it is after a sleep.
#[derive(Debug, Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().millis() + self.0.load(Ordering::Relaxed))
    }
}

impl CoreClient {
    /// Opens a new profile and signs in.
    pub async fn new(name: &str, dir: &std::path::Path, url: &str) -> Self {
        let secrets: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
        let clock = Arc::default();
        let client = open(dir, url, &secrets, &clock).await.expect("a new profile opens");
        client.sign_in(url, name, PASSWORD).await.expect("the account is there");
        let core = Self {
            name: name.to_owned(),
            client,
            dir: dir.to_owned(),
            secrets,
            url: url.to_owned(),
            clock,
            crashes: 0,
        };
        core.online().await;
        core
    }

    /// Stops the device properly and starts it again on its files.
    pub async fn restart(&mut self) {
        self.client.shutdown().await;
        self.reopen().await;
    }

    /// Lets go of the old client without `shutdown`, as a crash does, and starts again.
    pub async fn crash(&mut self) {
        self.crashes += 1;
        let spare = self.dir.with_extension(format!("spare-{}", self.crashes));
        let other: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
        self.client = open(&spare, &self.url, &other, &self.clock).await.expect("a spare profile opens");
        self.reopen().await;
    }

    async fn reopen(&mut self) {
        self.client = wait::until("the profile is free", async || self.try_open().await).await;
    }

    pub async fn try_open(&self) -> Result<Client, Failure> {
        open(&self.dir, &self.url, &self.secrets, &self.clock).await
    }

    /// As if the computer had slept so long: the wall clock goes on, the steady one does not.
    pub fn sleep(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
    }

    pub async fn online(&self) {
        wait::until("the core is online", async || match self.client.connection().await {
            Ok(Connection::Online) => Ok(()),
            other => Err(other),
        })
        .await;
    }

    pub async fn signed_in(&self) {
        wait::until("the core is signed in", async || match self.client.session().await {
            Ok(Session::SignedIn { .. }) => Ok(()),
            other => Err(other),
        })
        .await;
    }

    #[track_caller]
    pub fn send(&self, room: RoomId, text: &str) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        let sent = self.client.send_message(room, text.to_owned(), None);
        async move { sent.await.unwrap_or_else(|failure| panic!("{caller}: {failure}")) }
    }

    /// All that is cached of a room; empty while it is unknown.
    pub async fn messages(&self, room: RoomId) -> Vec<Message> {
        self.client.room_messages(room).await.unwrap_or_default()
    }

    /// Contents of the texts that are cached of a room.
    pub async fn texts(&self, room: RoomId) -> Vec<String> {
        self.messages(room).await.into_iter().map(|message| message.content).collect()
    }

    /// Waits until exactly these are cached, in this order.
    #[track_caller]
    pub fn has(&self, room: RoomId, texts: &[&str]) -> impl Future<Output = ()> {
        let want: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let what = format!("{} has {want:?}", self.name);
        async move {
            wait::until(&what, async || match self.texts(room).await {
                got if got == want => Ok(()),
                got => Err(got),
            })
            .await;
        }
    }

    /// Waits until nothing is left to be sent.
    pub async fn all_sent(&self) {
        wait::until("the outbox is empty", async || match self.client.outbox_len().await {
            Ok(0) => Ok(()),
            other => Err(other),
        })
        .await;
    }

    /// Waits until everything held equals the server's, and all is held.
    pub async fn verified(&self, room: RoomId) {
        wait::until("the room is complete and verified", async || match self.client.verify_room(room).await {
            Ok(found) if found.is_equal() && found.is_complete => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
    }

    /// The room's line in the list.
    pub async fn line(&self, room: RoomId) -> Option<RoomItem> {
        let startup = self.client.startup().await.expect("the core runs");
        startup.rooms.into_iter().find(|line| line.id == room)
    }

    /// Waits until the room's line suits.
    pub async fn line_shows(&self, what: &str, room: RoomId, suits: impl Fn(&RoomItem) -> bool) -> RoomItem {
        wait::until(what, async || match self.line(room).await {
            Some(line) if suits(&line) => Ok(line),
            other => Err(other),
        })
        .await
    }
}

/// Its files are closed before the process ends: SQLCipher takes its locks and its heap down at exit, whoever still uses them.
impl Drop for CoreClient {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let client = self.client.clone();
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(client.shutdown()));
        }
    }
}

async fn open(
    dir: &std::path::Path,
    url: &str,
    secrets: &Arc<dyn SecretStore>,
    clock: &Arc<TestClock>,
) -> Result<Client, Failure> {
    let options = ClientOptions {
        profile_dir: dir.to_owned(),
        server: Some(url.to_owned()),
        secrets: Arc::clone(secrets),
        clock: Arc::<TestClock>::clone(clock),
        device: "test".into(),
        timing: timing(),
    };
    Client::open(options).await
}

/// A room's timeline as a window holds it: the snapshot with every diff applied.
#[derive(Debug)]
pub struct Shown {
    pub room: RoomId,
    pub items: Vec<TimelineItem>,
    subscription: u32,
    events: recado_core::client::EventStream,
}

impl Shown {
    /// Opens the room.
    pub async fn open(core: &CoreClient, room: RoomId) -> Self {
        let (_, events) = core.client.start().await.expect("the core runs");
        let snapshot = core.client.open_room(room).await.expect("the room is known");
        Self { room, items: snapshot.items, subscription: snapshot.subscription, events }
    }

    /// Goes on with another opening of the room.
    pub fn take(&mut self, snapshot: recado_core::view::TimelineSnapshot) {
        self.items = snapshot.items;
        self.subscription = snapshot.subscription;
    }

    /// Waits until the rows suit.
    #[track_caller]
    pub fn until(&mut self, what: &str, suits: impl Fn(&[TimelineItem]) -> bool) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let what = what.to_owned();
        async move {
            let search = async {
                while !suits(&self.items) {
                    let event = self.events.next().await.expect("the core runs");
                    if let Event::Timeline { room, subscription, diffs, .. } = event
                        && (room, subscription) == (self.room, self.subscription)
                    {
                        for diff in diffs {
                            apply(&mut self.items, diff);
                        }
                    }
                }
            };
            let ended = tokio::time::timeout(wait::PATIENCE, search).await;
            assert!(ended.is_ok(), "{caller}: {what} did not show: {:#?}", self.items);
        }
    }

    /// Text and tick of the rows.
    pub fn rows(&self) -> Vec<(String, Option<Delivery>)> {
        rows(&self.items)
    }
}

/// Text and tick of each message shown.
pub fn rows(items: &[TimelineItem]) -> Vec<(String, Option<Delivery>)> {
    items
        .iter()
        .filter_map(|item| match item {
            TimelineItem::Message(message) => Some((message.content.clone(), message.delivery.clone())),
            TimelineItem::Gap { .. } => None,
        })
        .collect()
}

/// What a window does with a diff.
pub fn apply<T>(list: &mut Vec<T>, diff: Diff<T>) {
    match diff {
        Diff::Insert { index, item } => list.insert(index, item),
        Diff::Update { index, item } => list[index] = item,
        Diff::Remove { index } => {
            list.remove(index);
        }
        Diff::Reset { items } => *list = items,
    }
}

/// A room's id as the core wants it.
#[track_caller]
pub fn room_id(text: &str) -> RoomId {
    text.parse().unwrap_or_else(|_| panic!("{text} is no id"))
}
