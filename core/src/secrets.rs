//! Where keys and tokens are kept: the system keyring, or, where there is none, a vault file sealed by a passphrase.
//!
//! The core asks a [`SecretStore`] by name and never learns which of the two answered. [`Secrets`] decides:
//!
//! - A profile that has a vault file uses it, always: two places that both hold a refresh token would drift apart.
//! - Otherwise the keyring, as long as it can keep what it is given. `get` that finds something is proof enough; only a
//!   first `get` that finds nothing is followed by a probe (set, get, delete), because a keyring that was never unlocked
//!   answers "no entry" politely and then refuses to store. So a usual start costs one call.
//! - A keyring that is locked, absent, or cannot store is told as a [`Lock`], never as a failure to start: the window
//!   waits, asks, or offers the vault.
//!
//! A keyring may sit behind its own dialog for minutes. Every call goes to one thread that may block; callers wait for a
//! limited time and then get [`Lock::KeyringLocked`], while the thread goes on waiting for the person.

mod keyring;
mod memory;
mod vault;

use std::{fmt, fs, future::Future, io, path::Path, pin::Pin, sync::Arc};

use uuid::Uuid;
use zeroize::Zeroizing;

pub use self::memory::MemorySecrets;
use self::{keyring::Keyring, vault::Vault};

use crate::view::{Failure, FailureCode, Lock};

/// A value: bytes that are wiped when dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// What the calls of a [`SecretStore`] return; boxed, so that the trait can be an object.
pub type SecretFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, SecretError>> + Send + 'a>>;

/// A place for a few small values by name, for one profile.
///
/// `get`, `set` and `delete` fail with [`SecretError::Locked`] until the store can be read; `unlock` and `create_vault`
/// are what a person does about it.
pub trait SecretStore: fmt::Debug + Send + Sync + 'static {
    /// The value, or `None` if there is none by that name.
    fn get<'a>(&'a self, name: &'a str) -> SecretFuture<'a, Option<Secret>>;

    /// Keeps a value, replacing the one before. Durable when it returns.
    fn set<'a>(&'a self, name: &'a str, value: &'a [u8]) -> SecretFuture<'a, ()>;

    /// Forgets a value; fine if there is none.
    fn delete<'a>(&'a self, name: &'a str) -> SecretFuture<'a, ()>;

    /// Tries to make the store readable: `None` asks the keyring again (waits up to a minute for its dialog), a passphrase
    /// opens the vault. Fine if it is readable already.
    fn unlock<'a>(&'a self, passphrase: Option<&'a str>) -> SecretFuture<'a, ()>;

    /// Makes an empty, open vault with that passphrase, for where the keyring cannot be used. From then on this profile
    /// uses it. What a locked keyring holds stays there, so the caller finds no keys afterwards, as on a new machine.
    fn create_vault<'a>(&'a self, passphrase: &'a str) -> SecretFuture<'a, ()>;
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Not readable until a person does something.
    #[error("secrets are locked: {0:?}")]
    Locked(Lock),
    #[error("the passphrase does not open the vault")]
    WrongPassphrase,
    /// Too short to seal a vault with.
    #[error("a passphrase needs at least {MIN_PASSPHRASE_CHARS} characters")]
    WeakPassphrase,
    /// The vault file is not what was written; no passphrase can open it.
    #[error("the vault file is damaged: {0}")]
    VaultDamaged(&'static str),
    /// A vault is there already.
    #[error("there is a vault already")]
    VaultExists,
    /// The keyring worked before and refused this call.
    #[error("the keyring refused: {0}")]
    Keyring(String),
    #[error("the vault file cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

/// Characters that a vault's passphrase needs at least, as an account's password does.
pub const MIN_PASSPHRASE_CHARS: usize = 8;

impl SecretError {
    /// What to show while the secrets cannot be read, if that is what it is.
    pub fn lock(&self) -> Option<Lock> {
        match self {
            Self::Locked(lock) => Some(*lock),
            _ => None,
        }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        let message = error.to_string();
        match error {
            SecretError::Locked(_) | SecretError::Keyring(_) => Self::new(FailureCode::KeyringUnavailable, message),
            SecretError::WrongPassphrase => Self::new(FailureCode::WrongPassphrase, message).at("passphrase"),
            SecretError::WeakPassphrase => Self::new(FailureCode::InvalidRequest, message).at("passphrase"),
            SecretError::VaultExists => Self::new(FailureCode::Conflict, message),
            SecretError::VaultDamaged(_) | SecretError::Io(_) => Self::new(FailureCode::Storage, message),
        }
    }
}

/// Keyring or vault of one profile, whichever it is.
#[derive(Clone, Debug)]
pub struct Secrets {
    keyring: Arc<Keyring>,
    vault: Arc<Vault>,
}

impl Secrets {
    /// Those of the profile whose files are in `profile_dir`; makes the directory. Asks no keyring yet.
    ///
    /// Entries in the keyring carry the profile's name, for people who look into it, and an id that the directory keeps, so
    /// that profiles of one name in two data directories do not share their keys.
    pub fn open(profile_dir: &Path, profile: &str) -> Result<Self, SecretError> {
        fs::create_dir_all(profile_dir)?;
        let id = keyring_id(&profile_dir.join("keyring.id"))?;
        Ok(Self {
            keyring: Arc::new(Keyring::new(format!("{profile}/{id}"))),
            vault: Arc::new(Vault::new(profile_dir.join("vault"))),
        })
    }

    /// Runs a call that blocks.
    async fn in_vault<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Vault) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let vault = Arc::clone(&self.vault);
        tokio::task::spawn_blocking(move || call(&vault))
            .await
            .unwrap_or_else(|error| Err(SecretError::Io(io::Error::other(error))))
    }
}

impl SecretStore for Secrets {
    fn get<'a>(&'a self, name: &'a str) -> SecretFuture<'a, Option<Secret>> {
        Box::pin(async move {
            if !self.vault.exists() {
                return self.keyring.get(name).await;
            }
            let name = name.to_owned();
            self.in_vault(move |vault| vault.get(&name)).await
        })
    }

    fn set<'a>(&'a self, name: &'a str, value: &'a [u8]) -> SecretFuture<'a, ()> {
        Box::pin(async move {
            if !self.vault.exists() {
                return self.keyring.set(name, value).await;
            }
            let (name, value) = (name.to_owned(), Secret::new(value.to_vec()));
            self.in_vault(move |vault| vault.put(&name, Some(value))).await
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> SecretFuture<'a, ()> {
        Box::pin(async move {
            if !self.vault.exists() {
                return self.keyring.delete(name).await;
            }
            let name = name.to_owned();
            self.in_vault(move |vault| vault.put(&name, None)).await
        })
    }

    fn unlock<'a>(&'a self, passphrase: Option<&'a str>) -> SecretFuture<'a, ()> {
        Box::pin(async move {
            if !self.vault.exists() {
                return self.keyring.unlock().await;
            }
            match passphrase.map(|text| Zeroizing::new(text.to_owned())) {
                Some(passphrase) => self.in_vault(move |vault| vault.unlock(&passphrase)).await,
                None => self.in_vault(|vault| vault.get("").map(drop)).await,
            }
        })
    }

    fn create_vault<'a>(&'a self, passphrase: &'a str) -> SecretFuture<'a, ()> {
        Box::pin(async move {
            let passphrase = Zeroizing::new(passphrase.to_owned());
            self.in_vault(move |vault| vault.create(&passphrase)).await
        })
    }
}

/// The id kept in that file, made when there is none.
fn keyring_id(path: &Path) -> io::Result<Uuid> {
    let kept = || match fs::read_to_string(path) {
        Ok(text) => Uuid::parse_str(text.trim()).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    if let Some(id) = kept()? {
        return Ok(id);
    }
    // Two programs at once may both find none: the first link wins, and both go by the file.
    let id = Uuid::new_v4();
    let new = path.with_extension(format!("{id}.new"));
    fs::write(&new, format!("{id}\n"))?;
    let linked = fs::hard_link(&new, path);
    fs::remove_file(&new)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => kept()?.ok_or_else(|| io::Error::other("the keyring's id is gone")),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
