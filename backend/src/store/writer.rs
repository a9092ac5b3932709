//! The task that owns the write connection, on a thread of its own: its way to SQLite's thread and back is a few microseconds,
//! and would otherwise wait each time behind all the sockets that the last commit woke.
//!
//! Durable commits cost an fsync each, so commands that arrive while one is on its way are committed together: what has
//! arrived (up to [`BATCH`]) runs in one transaction, each in a savepoint of its own, so that a bad one is rolled back
//! alone. After the commit the events go to the publisher first, in commit order, and only then does each caller hear.
//! If the commit fails (disk full, I/O), nothing is published and every caller hears `unavailable`.

use std::{panic::AssertUnwindSafe, sync::Arc, thread};

use futures_util::{FutureExt, future::BoxFuture};
use recado_protocol::Timestamp;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{mpsc, oneshot};

use super::{
    Posted, Publisher,
    messages::{Posting, post_messages},
};
use crate::{Error, clock::Clock, error::Result, event::Event};

/// Commands that may wait; callers wait beyond it.
const QUEUE: usize = 1024;
/// Commands of one commit.
const BATCH: usize = 256;

/// What a command works on.
#[derive(Debug)]
pub(super) struct Tx {
    pub(super) conn: SqliteConnection,
    pub(super) now: Timestamp,
    pub(super) events: Vec<Event>,
}

/// Says the outcome to the caller, once it is known whether it was committed.
type Answer = Box<dyn FnOnce(Result<()>) + Send>;
type Work = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, (Result<()>, Answer)> + Send>;

enum Job {
    Work(Work),
    Post(Posting, oneshot::Sender<Result<Posted>>),
    Close(oneshot::Sender<()>),
}

/// The way to the task.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    pub(super) async fn start(
        options: &SqliteConnectOptions,
        clock: Arc<dyn Clock>,
        publisher: Arc<dyn Publisher>,
    ) -> Result<Self> {
        let conn = options.connect().await?;
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Error::unavailable)?;
        // Not on the server's tracker: it serves those tasks until the last has ended.
        thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                runtime.block_on(run(Tx { conn, now: clock.now(), events: vec![] }, inbox, clock, publisher));
            })
            .map_err(Error::unavailable)?;
        Ok(Self(jobs))
    }

    /// Posts a message in the next commit; those that wait together are posted together.
    pub(super) async fn post(&self, posting: Posting) -> Result<Posted> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Post(posting, reply)).await?;
        answer.await.map_err(|_| Error::unavailable("the store closed meanwhile"))?
    }

    /// Runs a command in the next commit and says what it gave, once it is durable.
    pub(super) async fn write<T, F>(&self, command: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel::<Result<T>>();
        let work: Work = Box::new(move |tx| {
            Box::pin(async move {
                let result = AssertUnwindSafe(command(tx)).catch_unwind().await;
                let result = result.unwrap_or_else(|_| Err(Error::unavailable("a store command panicked")));
                let done = result.as_ref().map(|_| ()).map_err(Clone::clone);
                let answer: Answer = Box::new(move |committed| {
                    // A caller that has gone does not hear it; the command stands.
                    let _: Result<(), _> = reply.send(committed.and(result));
                });
                (done, answer)
            })
        });
        self.send(Job::Work(work)).await?;
        answer.await.map_err(|_| Error::unavailable("the store closed meanwhile"))?
    }

    async fn send(&self, job: Job) -> Result<()> {
        // Outside the scheduler's budget, which would put off some senders and not others: first come, first committed.
        let sent = tokio::task::unconstrained(self.0.send(job)).await;
        sent.map_err(|_| Error::unavailable("the store is closed"))
    }

    /// Ends the task after what waits already.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.0.send(Job::Close(reply)).await.is_ok() {
            let _: Result<(), _> = closed.await;
        }
    }
}

async fn run(mut tx: Tx, mut inbox: mpsc::Receiver<Job>, clock: Arc<dyn Clock>, publisher: Arc<dyn Publisher>) {
    let mut jobs = Vec::with_capacity(BATCH);
    let mut closers = vec![];
    while closers.is_empty() && inbox.recv_many(&mut jobs, BATCH).await > 0 {
        let mut work = Vec::with_capacity(jobs.len());
        let mut posts = vec![];
        for job in jobs.drain(..) {
            match job {
                Job::Post(posting, reply) => posts.push((posting, reply)),
                Job::Work(command) => {
                    work.extend(posting(std::mem::take(&mut posts)));
                    work.push(command);
                }
                Job::Close(reply) => closers.push(reply),
            }
        }
        work.extend(posting(posts));
        if work.is_empty() {
            continue;
        }
        let mut answers = Vec::with_capacity(work.len());
        let committed = batch(&mut tx, work, &mut answers, &*clock).await;
        let events = std::mem::take(&mut tx.events);
        match committed {
            Ok(()) => {
                if !events.is_empty() {
                    publisher.publish(events);
                }
                for answer in answers {
                    answer(Ok(()));
                }
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed; nothing of it was kept");
                let _: Result<_, sqlx::Error> = exec(&mut tx.conn, "ROLLBACK").await;
                for answer in answers {
                    answer(Err(Error::unavailable(error.to_string())));
                }
            }
        }
    }
    drop(inbox);
    if let Err(error) = tx.conn.close().await {
        tracing::warn!(%error, "the database did not close cleanly");
    }
    for closer in closers {
        let _nobody_waits = closer.send(());
    }
}

/// One command of messages that came one behind the other.
fn posting(posts: Vec<(Posting, oneshot::Sender<Result<Posted>>)>) -> Option<Work> {
    if posts.is_empty() {
        return None;
    }
    let (postings, replies): (Vec<_>, Vec<_>) = posts.into_iter().unzip();
    Some(Box::new(move |tx| {
        Box::pin(async move {
            let outcomes = AssertUnwindSafe(post_messages(tx, postings)).catch_unwind().await;
            let outcomes = outcomes.unwrap_or_else(|_| Err(Error::unavailable("a store command panicked")));
            let done = outcomes.as_ref().map(|_| ()).map_err(Clone::clone);
            let answer: Answer = Box::new(move |committed| {
                let mut outcomes = committed.and(outcomes).map(Vec::into_iter);
                for reply in replies {
                    let outcome = match &mut outcomes {
                        Ok(outcomes) => {
                            outcomes.next().unwrap_or_else(|| Err(Error::unavailable("a message was left out")))
                        }
                        Err(error) => Err(error.clone()),
                    };
                    // A caller that has gone does not hear it; the message stands.
                    let _: Result<(), _> = reply.send(outcome);
                }
            });
            (done, answer)
        })
    }))
}

async fn batch(tx: &mut Tx, work: Vec<Work>, answers: &mut Vec<Answer>, clock: &dyn Clock) -> Result<(), sqlx::Error> {
    // One alone needs no savepoint: its transaction is its own.
    let is_alone = work.len() == 1;
    exec(&mut tx.conn, if is_alone { "BEGIN IMMEDIATE" } else { "BEGIN IMMEDIATE; SAVEPOINT command" }).await?;
    for command in work {
        tx.now = clock.now();
        let events = tx.events.len();
        let (done, answer) = command(tx).await;
        answers.push(answer);
        if done.is_err() {
            tx.events.truncate(events);
        }
        match (is_alone, done) {
            (true, Ok(())) => {}
            // The caller hears why, whatever becomes of this.
            (true, Err(_)) => return exec(&mut tx.conn, "ROLLBACK").await,
            (false, Ok(())) => exec(&mut tx.conn, "RELEASE command; SAVEPOINT command").await?,
            // SQLite itself ends a transaction on a full disk; the savepoint is then gone, and with it the whole batch.
            (false, Err(_)) => {
                exec(&mut tx.conn, "ROLLBACK TO command; RELEASE command; SAVEPOINT command").await?;
            }
        }
    }
    exec(&mut tx.conn, if is_alone { "COMMIT" } else { "RELEASE command; COMMIT" }).await
}

async fn exec(conn: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    // Prepared once, though there are several statements in it.
    sqlx::query(sql).execute(conn).await.map(drop)
}
