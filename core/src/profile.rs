//! The profile's directory: what is where, the lock that keeps a second process out, and `profile.json`, which holds no
//! secret.
//!
//! ```text
//! profile.json   server, person, last room, settings
//! lock           held while a process uses the profile
//! cache.db       encrypted; set aside as cache.aside-N.db when it cannot be read
//! outbox.db      encrypted
//! vault          only where there is no keyring
//! ```

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use recado_protocol::{RoomId, UserId};
use serde::{Deserialize, Serialize};

use crate::view::{Failure, FailureCode, Person};

/// `profile.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProfileFile {
    pub(crate) server: Option<String>,
    /// Whose cache and outbox these are; kept when a session was ended elsewhere.
    pub(crate) user: Option<Owner>,
    pub(crate) last_room: Option<RoomId>,
    /// Servers that the user agreed to speak with unencrypted.
    pub(crate) insecure_servers: Vec<String>,
    pub(crate) work_offline: bool,
    /// Whether the session was ended elsewhere, for the sign-in form to say so.
    pub(crate) session_ended: bool,
    /// What the front end keeps.
    pub(crate) settings: serde_json::Map<String, serde_json::Value>,
}

/// The person that a profile belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) is_admin: bool,
}

impl Owner {
    pub(crate) fn person(&self) -> Person {
        Person { id: self.id, username: self.username.clone(), display_name: self.display_name.clone() }
    }
}

/// An open profile; the lock is held as long as it lives.
#[derive(Debug)]
pub(crate) struct Profile {
    dir: PathBuf,
    pub(crate) file: ProfileFile,
    _lock: File,
}

impl Profile {
    pub(crate) fn open(dir: &Path) -> Result<Self, Failure> {
        make_private_dir(dir).map_err(|error| storage(dir, &error))?;
        let lock_path = dir.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|error| storage(&lock_path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(
                    FailureCode::Conflict,
                    format!("another process uses the profile in {}", dir.display()),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(storage(&lock_path, &error)),
        }
        let path = dir.join("profile.json");
        let file = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Failure::new(FailureCode::Storage, format!("{}: {error}", path.display())))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => ProfileFile::default(),
            Err(error) => return Err(storage(&path, &error)),
        };
        Ok(Self { dir: dir.to_owned(), file, _lock: lock })
    }

    pub(crate) fn cache_path(&self) -> PathBuf {
        self.dir.join("cache.db")
    }

    pub(crate) fn outbox_path(&self) -> PathBuf {
        self.dir.join("outbox.db")
    }

    /// Writes `profile.json`: a new file, then renamed, so that it is never half there.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        let path = self.dir.join("profile.json");
        let write = || -> io::Result<()> {
            let new = self.dir.join("profile.json.new");
            let mut file = File::create(&new)?;
            file.write_all(&serde_json::to_vec_pretty(&self.file)?)?;
            file.sync_all()?;
            fs::rename(&new, &path)
        };
        write().map_err(|error| storage(&path, &error))
    }
}

/// A directory that only its owner can enter.
fn make_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)
}

fn storage(path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureCode::Storage, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_kept_out_and_the_file_survives() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ana");
        let mut profile = Profile::open(&path).unwrap();
        assert_eq!(Profile::open(&path).unwrap_err().code, FailureCode::Conflict);
        profile.file.server = Some("https://example.org".into());
        profile.save().unwrap();
        drop(profile);
        assert_eq!(Profile::open(&path).unwrap().file.server.as_deref(), Some("https://example.org"));
    }
}
