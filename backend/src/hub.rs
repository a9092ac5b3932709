//! The hub: who is connected to this node, and what each of them is to hear.
//!
//! One task owns all of it: rooms with their subscribers, people with their sockets, presence, typing. Sockets speak to it
//! through [`Hub`] and hear from it through their `Queue`, which never makes it wait. Events come from the bus; each room
//! (and each person's stream `me`, and `people`) is put into the order of its `rev` (`ordered`), and what a lost doorbell
//! left out is read from the store. Once a second the store is asked what changed at all, so that another process' changes
//! arrive even when nobody told of them. An event is serialised once, whatever the number of its hearers.
//!
//! A socket subscribes before it reads its snapshot; frames are held meanwhile, and those that the snapshot covers are
//! dropped when it goes live. So a message that is posted between arrives exactly once.
//!
//! Decided against: locks around shared maps (the order of a room would then depend on who wins them), and a task a room
//! (thousands of channels for rooms that sleep).

mod deliver;
mod gap;
mod ordered;
mod people;
mod presence;
mod queue;
mod state;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, pin::Pin, sync::Arc};

use axum::extract::ws::Message;
use recado_protocol::{Participant, Rev, RoomId, SessionId, Timestamp, UserId, user::Status};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use presence::News;
pub(crate) use queue::{Batch, CAPACITY, Ending, Queue};

use crate::{
    bus::Bus,
    clock::Clock,
    store::{Changes, MemberRoom, Store, SyncAnswer},
};

/// Commands that may wait for the hub; sockets wait beyond it.
const COMMANDS: usize = 1024;

/// What the hub needs of the server.
#[derive(Clone, Debug)]
pub struct HubParts {
    pub store: Store,
    pub bus: Bus,
    pub clock: Arc<dyn Clock>,
    pub tracker: TaskTracker,
    /// When it is cancelled the hub closes all sockets with 4001, and ends once they are gone.
    pub shutdown: CancellationToken,
}

/// The handle; cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    commands: mpsc::Sender<Command>,
    // Unbounded, because it is said from `drop`; bounded by the number of sockets.
    detached: mpsc::UnboundedSender<ConnId>,
}

/// One socket on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ConnId(u64);

/// Whose socket it is.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) username: Arc<str>,
    pub(crate) session: SessionId,
}

/// Which of the two sockets it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    Device,
    Room(RoomId),
}

/// Head of a person's stream `me`, and how they want to be seen.
pub(crate) type Start = (Rev, Status);

/// Ends when the other nodes' word is heard on what was subscribed.
type Subscribed = Pin<Box<dyn Future<Output = ()> + Send>>;

enum Command {
    Attach {
        person: Person,
        surface: Surface,
        start: Start,
        queue: Arc<Queue>,
        reply: oneshot::Sender<Option<(ConnId, Subscribed)>>,
    },
    Enter {
        conn: ConnId,
        rooms: Vec<MemberRoom>,
        reply: oneshot::Sender<Subscribed>,
    },
    GoLive {
        conn: ConnId,
        ready: Message,
        revs: HashMap<RoomId, Rev>,
        me: Rev,
        people: Rev,
    },
    Watch {
        conn: ConnId,
        rooms: Vec<RoomId>,
        reply: oneshot::Sender<()>,
    },
    WatchPeople {
        conn: ConnId,
        room: RoomId,
        people: Vec<Participant>,
        seen: HashMap<UserId, Timestamp>,
        reply: oneshot::Sender<()>,
    },
    Typing {
        conn: ConnId,
        room: RoomId,
        is_typing: bool,
        reply: oneshot::Sender<bool>,
    },
    Idle {
        conn: ConnId,
        is_idle: bool,
        reply: oneshot::Sender<()>,
    },
    Heartbeat {
        conn: ConnId,
        /// The one before was.
        is_answered: bool,
        reply: oneshot::Sender<bool>,
    },
    Drain {
        reply: oneshot::Sender<usize>,
    },
    Rows(gap::Rows),
    Polled(Box<Changes>),
}

impl Hub {
    /// Starts the hub and its poller on the tracker. The bus's inbox must not have been taken by another.
    pub fn start(parts: HubParts) -> Self {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let (detached, gone) = mpsc::unbounded_channel();
        let tracker = parts.tracker.clone();
        tracker.spawn(gap::poll(
            parts.store.clone(),
            parts.clock.clone(),
            commands.downgrade(),
            parts.shutdown.clone(),
        ));
        tracker.spawn(state::run(parts, commands.downgrade(), inbox, gone));
        Self { commands, detached }
    }

    /// Closes every socket with 4001 and refuses new ones. How many there were.
    pub async fn drain(&self) -> usize {
        self.ask(|reply| Command::Drain { reply }).await.unwrap_or(0)
    }

    /// Makes a socket known: from now on it hears what is its person's. `start` was read just before.
    /// `None`: this node takes no sockets any more.
    pub(crate) async fn attach(
        &self,
        person: Person,
        surface: Surface,
        start: Start,
        queue: Arc<Queue>,
    ) -> Option<Link> {
        let asked = {
            let queue = queue.clone();
            self.ask(|reply| Command::Attach { person, surface, start, queue, reply }).await
        };
        let (conn, subscribed) = asked.flatten()?;
        let link = Link { conn, hub: self.clone(), queue };
        subscribed.await;
        Some(link)
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}

/// A socket that the hub knows. Dropping it takes the socket out.
#[derive(Debug)]
pub(crate) struct Link {
    conn: ConnId,
    hub: Hub,
    pub(crate) queue: Arc<Queue>,
}

impl Link {
    /// Takes the socket out before the link is dropped; saying it twice is fine.
    pub(crate) fn leave(&self) {
        let _: Result<(), _> = self.hub.detached.send(self.conn);
    }

    /// Subscribes to rooms, as they were read after attaching. Comes back when the bus has confirmed.
    pub(crate) async fn enter(&self, rooms: Vec<MemberRoom>) {
        if let Some(subscribed) = self.hub.ask(|reply| Command::Enter { conn: self.conn, rooms, reply }).await {
            subscribed.await;
        }
    }

    /// A device socket has been told what `answer` says: `ready`, what was held and is not in it, and live from then on.
    pub(crate) async fn go_live(&self, ready: Message, answer: SyncAnswer) {
        let SyncAnswer { room_revs, me, people, .. } = answer;
        let command = Command::GoLive { conn: self.conn, ready, revs: room_revs, me, people };
        let _: Result<(), _> = self.hub.commands.send(command).await;
    }

    /// Replaces the set of watched rooms.
    pub(crate) async fn watch(&self, rooms: Vec<RoomId>) {
        self.hub.ask(|reply| Command::Watch { conn: self.conn, rooms, reply }).await;
    }

    /// Who is in a watched room, read after [`Link::watch`]: told to the client with their presence, and kept up to date.
    pub(crate) async fn watch_people(&self, room: RoomId, people: Vec<Participant>, seen: HashMap<UserId, Timestamp>) {
        self.hub.ask(|reply| Command::WatchPeople { conn: self.conn, room, people, seen, reply }).await;
    }

    /// Relays typing. False: not subscribed to that room.
    pub(crate) async fn typing(&self, room: RoomId, is_typing: bool) -> bool {
        self.hub.ask(|reply| Command::Typing { conn: self.conn, room, is_typing, reply }).await.unwrap_or(false)
    }

    /// Whether nobody is at this device.
    pub(crate) async fn set_idle(&self, is_idle: bool) {
        self.hub.ask(|reply| Command::Idle { conn: self.conn, is_idle, reply }).await;
    }

    /// Sends a `ping` with the heads that moved. False: not live yet.
    pub(crate) async fn heartbeat(&self, is_answered: bool) -> bool {
        self.hub.ask(|reply| Command::Heartbeat { conn: self.conn, is_answered, reply }).await.unwrap_or(false)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.leave();
    }
}
