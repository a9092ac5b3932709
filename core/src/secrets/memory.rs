//! Secrets that die with the process: for tests, and for programs that sign in each time.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Secret, SecretFuture, SecretStore};

/// Never locked, never kept.
#[derive(Default)]
pub struct MemorySecrets(Mutex<HashMap<String, Secret>>);

impl fmt::Debug for MemorySecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySecrets").finish_non_exhaustive()
    }
}

impl MemorySecrets {
    fn values(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for MemorySecrets {
    fn get<'a>(&'a self, name: &'a str) -> SecretFuture<'a, Option<Secret>> {
        let value = self.values().get(name).cloned();
        Box::pin(async { Ok(value) })
    }

    fn set<'a>(&'a self, name: &'a str, value: &'a [u8]) -> SecretFuture<'a, ()> {
        self.values().insert(name.to_owned(), Secret::new(value.to_vec()));
        Box::pin(async { Ok(()) })
    }

    fn delete<'a>(&'a self, name: &'a str) -> SecretFuture<'a, ()> {
        self.values().remove(name);
        Box::pin(async { Ok(()) })
    }

    fn unlock<'a>(&'a self, _passphrase: Option<&'a str>) -> SecretFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn create_vault<'a>(&'a self, _passphrase: &'a str) -> SecretFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}
