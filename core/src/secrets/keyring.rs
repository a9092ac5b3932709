//! The system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! One thread makes all calls, since each may wait for a dialog as long as a person likes. A caller waits for a limited time
//! and is told [`Lock::KeyringLocked`]; the thread goes on waiting, so that there is one dialog and not one a try, and the
//! next try finds the answer. A request whose caller is gone is dropped, unless it writes.
//!
//! Whether a Secret Service exists is decided once a process by the library: one that appears later needs a new start.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use ::keyring::v1::{Entry, Error};
use tokio::sync::oneshot;

use super::{Secret, SecretError};
use crate::view::Lock;

/// Under which all entries stand.
const SERVICE: &str = "recado";

/// How long a caller waits for an answer. A keyring that is not asleep answers in 110 ms at most, but may share two busy cores.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long a person may take with the keyring's dialog before `unlock` gives up.
const DIALOG_PATIENCE: Duration = Duration::from_mins(1);

/// Entries of one profile.
#[derive(Debug)]
pub(super) struct Keyring {
    requests: mpsc::Sender<Request>,
}

#[derive(Debug)]
struct Request {
    call: Call,
    reply: oneshot::Sender<Result<Option<Secret>, Refusal>>,
}

#[derive(Debug)]
enum Call {
    Get(String),
    Set(String, Secret),
    Delete(String),
    /// Sets, gets and deletes an entry of its own.
    Probe,
}

/// Why the keyring did not do it.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// There is none.
    Absent,
    /// It is there and asks for its password.
    Locked,
    /// It is there and keeps nothing.
    CannotStore(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NoDefaultStore => Self::Absent,
            Error::NoStorageAccess(_) => Self::Locked,
            other => Self::CannotStore(other.to_string()),
        }
    }
}

impl Keyring {
    /// `scope` tells the entries of this profile from those of others. Starts nothing in the keyring yet.
    pub(super) fn new(scope: String) -> Self {
        let (requests, inbox) = mpsc::channel::<Request>();
        let work = move || {
            while let Ok(request) = inbox.recv() {
                let is_write = matches!(request.call, Call::Set(..) | Call::Delete(_));
                if request.reply.is_closed() && !is_write {
                    continue;
                }
                let started = Instant::now();
                let answer = answer(&scope, request.call);
                tracing::debug!(ms = started.elapsed().as_millis(), ok = answer.is_ok(), "keyring");
                // The caller may have run out of patience.
                let _ = request.reply.send(answer);
            }
        };
        if let Err(error) = thread::Builder::new().name("keyring".into()).spawn(work) {
            // The channel is closed then, and every call says so.
            tracing::error!(%error, "no thread for the keyring");
        }
        Self { requests }
    }

    /// The value. Without one, whether that is because nothing was stored or because nothing can be.
    pub(super) async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        match self.call(Call::Get(name.to_owned()), PATIENCE).await? {
            Some(value) => Ok(Some(value)),
            None => self.call(Call::Probe, PATIENCE).await.map(|_| None),
        }
    }

    pub(super) async fn set(&self, name: &str, value: &[u8]) -> Result<(), SecretError> {
        self.call(Call::Set(name.to_owned(), Secret::new(value.to_vec())), PATIENCE).await.map(drop)
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.call(Call::Delete(name.to_owned()), PATIENCE).await.map(drop)
    }

    /// Waits for the keyring's own dialog.
    pub(super) async fn unlock(&self) -> Result<(), SecretError> {
        self.call(Call::Probe, DIALOG_PATIENCE).await.map(drop)
    }

    async fn call(&self, call: Call, patience: Duration) -> Result<Option<Secret>, SecretError> {
        let (reply, answer) = oneshot::channel();
        let gone = || SecretError::Keyring("its thread is gone".into());
        self.requests.send(Request { call, reply }).map_err(|_| gone())?;
        match tokio::time::timeout(patience, answer).await {
            Err(_) | Ok(Ok(Err(Refusal::Locked))) => Err(SecretError::Locked(Lock::KeyringLocked)),
            Ok(Err(_)) => Err(gone()),
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(refusal @ (Refusal::Absent | Refusal::CannotStore(_))))) => {
                tracing::info!(?refusal, "the system keyring cannot be used");
                Err(SecretError::Locked(Lock::NeedsNewPassphrase))
            }
        }
    }
}

fn answer(scope: &str, call: Call) -> Result<Option<Secret>, Refusal> {
    let entry = |name: &str| Entry::new(SERVICE, &format!("{scope}/{name}"));
    match call {
        Call::Get(name) => match entry(&name)?.get_secret() {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        },
        Call::Set(name, value) => {
            entry(&name)?.set_secret(&value)?;
            Ok(None)
        }
        Call::Delete(name) => match entry(&name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        },
        Call::Probe => {
            let entry = entry("probe")?;
            entry.set_secret(b"probe")?;
            let found = entry.get_secret()?;
            entry.delete_credential()?;
            if found == b"probe" { Ok(None) } else { Err(Refusal::CannotStore("it answers something else".into())) }
        }
    }
}
