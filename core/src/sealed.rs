//! Encrypted SQLite files.
//!
//! SQLCipher seals pages, and so the write-ahead log too, with a random 32-byte key that the secret store keeps; being raw,
//! it needs no derivation, which would cost 200 ms at each start. Temporary data stays in memory, never in a plain file.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::view::{Failure, FailureCode};

/// What may go wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not open it, or it is damaged: SQLCipher cannot tell the two apart.
    #[error("the file cannot be read with the key that is kept")]
    Unreadable,
    /// Written by a later version of the program.
    #[error("the file was written by a later version")]
    TooNew,
    #[error("the disk refused: {0}")]
    Sql(sqlx::Error),
    #[error("a file cannot be moved or removed: {0}")]
    Io(#[from] std::io::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // 26 is SQLITE_NOTADB, 11 SQLITE_CORRUPT.
        if error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 11 | 26)))
        {
            return Self::Unreadable;
        }
        Self::Sql(error)
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            MigrateError::VersionMissing(_) => Self::TooNew,
            other => Self::Sql(sqlx::Error::Migrate(Box::new(other))),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = if matches!(error, StoreError::Unreadable) { FailureCode::WrongKey } else { FailureCode::Storage };
        Self::new(code, error.to_string())
    }
}

/// How hard a commit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Survives loss of power; each commit waits for the disk.
    Full,
    /// Survives a crash of the program; loss of power may take the last commits, which the server has.
    Normal,
}

/// Opens a file, makes it if it is missing, and brings its tables up to date.
pub(crate) async fn open(
    path: &Path,
    key: &str,
    migrator: &Migrator,
    durability: Durability,
) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .pragma("key", format!("\"x'{key}'\""))
        .pragma("temp_store", "MEMORY")
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::Normal => SqliteSynchronous::Normal,
        })
        .foreign_keys(false)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    migrator.run_direct(None, &mut connection, false).await?;
    Ok(connection)
}

/// Closes a file, so that the log is written back and removed.
pub(crate) async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a file was not closed cleanly");
    }
}

/// Removes a file and what SQLite keeps beside it; fine if it is not there.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    for file in files(path) {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// The name under which a file that cannot be used is kept; the one before goes.
pub(crate) fn aside(path: &Path) -> std::path::PathBuf {
    path.with_extension("aside.db")
}

/// Moves a closed file, and what is beside it, aside.
pub(crate) fn set_aside(path: &Path) -> Result<(), StoreError> {
    let target = aside(path);
    remove(&target)?;
    for (from, to) in files(path).into_iter().zip(files(&target)) {
        match std::fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Keeps a copy of an open file, and of its log, aside. It is sealed as the original is.
pub(crate) fn copy_aside(path: &Path) -> Result<(), StoreError> {
    let target = aside(path);
    remove(&target)?;
    let (from, to) = (files(path), files(&target));
    for at in 0..2 {
        match std::fs::copy(&from[at], &to[at]) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

fn files(path: &Path) -> [std::path::PathBuf; 3] {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    };
    [path.to_owned(), beside("-wal"), beside("-shm")]
}
