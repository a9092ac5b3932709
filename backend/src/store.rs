//! The store: rows, rules and their transactions.
//!
//! A method is a use case: it checks the rules, changes the rows and returns what became of it, in one transaction. Writes go
//! through one task (`writer`), reads through a few connections of their own, each answer from one snapshot. Nothing about
//! rows is kept in memory, since a second process may share the file.
//!
//! SQLite stands here; the SQL is plain (bound parameters, RETURNING, ON CONFLICT) so that a second database can join.

mod accounts;
mod blocks;
mod changes;
mod edits;
mod json;
mod me;
mod messages;
mod pins;
mod profile;
mod read;
mod roles;
mod room_invites;
mod rooms;
mod rows;
mod search;
mod sync;
mod writer;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use recado_protocol::{
    AttachmentId, ChatType, Message, MessageId, MessageType, Rev, Role, RoomId, Seq, ServerFrame, SessionId, Timestamp,
    UserId, frame::RoomCursors,
};
use sqlx::{
    ConnectOptions, Row, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

pub use accounts::{Account, Admission, NewUser, SessionState};
pub use search::Search;
use writer::Writer;

use crate::{Error, clock::Clock, error::Result, event::Event};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/server/sqlite");

/// Takes what was committed, in commit order. Must not block: it is called by the task that owns the writes.
pub trait Publisher: std::fmt::Debug + Send + Sync + 'static {
    fn publish(&self, events: Vec<Event>);
}

/// A message to be posted.
#[derive(Clone, Debug, Default)]
pub struct NewPost {
    pub content: String,
    pub message_type: MessageType,
    pub reply_to: Option<MessageId>,
    pub client_id: Option<String>,
    /// Sent again by its sender after a restore.
    pub recovered: bool,
    pub attachments: Vec<AttachmentId>,
    /// The room socket's rule: a `message_type` other than `text` may come without text.
    pub empty_media: bool,
}

/// What posting gave.
#[derive(Clone, Debug)]
pub struct Posted {
    /// As it is now; `rev` may be above `first_rev` when it is a repeat.
    pub message: Message,
    /// It was there already.
    pub duplicate: bool,
    /// The `rev` that its creation took: what the `ack` says, for ever.
    pub first_rev: Rev,
}

/// What to do with a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReactionChange {
    Set,
    Unset,
    Toggle,
}

/// Up to where somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadTarget {
    Seq(Seq),
    Message(MessageId),
}

/// How somebody stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomAccess {
    /// No such room, or deleted.
    Missing,
    /// Not a participant; `chat_type` says whether it may be known to exist.
    NotIn {
        chat_type: ChatType,
    },
    In {
        role: Role,
        chat_type: ChatType,
        count: i64,
    },
}

/// A room that somebody's devices subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRoom {
    pub room: RoomId,
    pub rev: Rev,
    pub participant_count: i64,
}

/// A page of history.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryQuery {
    /// Below this, exclusive.
    pub before: Option<Seq>,
    /// Above this, exclusive.
    pub after: Option<Seq>,
    /// From the first message at or after this time on.
    pub at: Option<Timestamp>,
    pub limit: Option<i64>,
}

/// What a client holds.
#[derive(Clone, Debug, Default)]
pub struct SyncRequest {
    pub epoch: Option<String>,
    pub rooms: HashMap<RoomId, RoomCursors>,
    pub me: Option<Rev>,
    pub people: Option<Rev>,
    /// `hello`: also rooms that are not named; `me` and `people` left out are 0; what does not differ is not said.
    pub everything: bool,
}

/// What it lacks, from one snapshot.
#[derive(Clone, Debug, Default)]
pub struct SyncAnswer {
    pub frames: Vec<ServerFrame>,
    /// Heads at the snapshot: of all one's rooms with `everything`, else of those named.
    pub room_revs: HashMap<RoomId, Rev>,
    pub me: Rev,
    pub people: Rev,
}

/// What moved since a time; for the poller.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Rooms with their heads.
    pub rooms: Vec<(RoomId, Rev)>,
    pub deleted_rooms: Vec<RoomId>,
    /// Who came, left, or hid a private room.
    pub memberships: Vec<Membership>,
    /// Heads of the streams `me`.
    pub users: Vec<(UserId, Rev)>,
    /// Head of the stream `people`.
    pub people: Rev,
    pub sessions_ended: Vec<SessionId>,
}

/// Whether somebody is in a room now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub room: RoomId,
    pub user: UserId,
    pub present: bool,
    /// That person's stream `me` at the change.
    pub me: Rev,
}

/// Where the rows are, and what the store needs to know.
#[derive(Debug)]
pub struct StoreOptions {
    /// The SQLite file; made when it is not there.
    pub path: PathBuf,
    pub clock: Arc<dyn Clock>,
    pub publisher: Arc<dyn Publisher>,
    /// Code points of one message.
    pub max_message_chars: u32,
}

/// The handle; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Writer,
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
    max_message_chars: u32,
    epoch: Arc<str>,
}

/// Connections that read; each is a thread of its own.
const READERS: u32 = 4;
/// The writer's pages in memory, as SQLite takes it: KiB, negative.
const WRITER_CACHE: &str = "-16384";
/// Pages of 4 KiB in the log before the writer copies them into the file. What a thousand rooms share is copied once for many
/// commits; a start after a crash reads as much.
const LOG_PAGES: &str = "4096";
/// How long a second process on the same file may hold the lock.
const BUSY: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the file and applies the migrations that it lacks.
    pub async fn open(options: StoreOptions) -> Result<Self> {
        let StoreOptions { path, clock, publisher, max_message_chars } = options;
        make_private(&path).map_err(Error::unavailable)?;
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Acknowledged means on the disk, also when the power goes.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(connect.clone()).await?;
        MIGRATIONS.run(&readers).await.map_err(Error::unavailable)?;
        sqlx::query("INSERT INTO meta (key, value) VALUES ('epoch', ?) ON CONFLICT DO NOTHING")
            .bind(Uuid::now_v7().to_string())
            .execute(&readers)
            .await?;
        let row = sqlx::query("SELECT value FROM meta WHERE key = 'epoch'").fetch_one(&readers).await?;
        let epoch: String = row.try_get(0)?;
        // What changes with every message stays at hand: a leaf of each index for each room and each author.
        let connect = connect.pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", LOG_PAGES);
        let writer = Writer::start(&connect, clock.clone(), publisher).await?;
        Ok(Self { writer, readers, clock, max_message_chars, epoch: epoch.into() })
    }

    /// The mark of this database's life.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Whether the database answers, for `/readyz`.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// Commits what waits and closes the file.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }

    fn max_message_chars(&self) -> u32 {
        self.max_message_chars
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A transaction that only reads: every query in it sees the same state.
    async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.readers.begin().await?)
    }

    async fn write<T, F>(&self, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut writer::Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.writer.write(act).await
    }
}

/// Makes the file for this user alone where there is none; SQLite gives its journal the same rights.
fn make_private(path: &std::path::Path) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
