//! The cache: what the server told, in an encrypted file that may be lost at any time.
//!
//! The engine owns it and is its only writer, so there is one connection and no lock. Everything that one frame changes, rows
//! and cursor alike, is committed together: what the cursor claims is there.

mod messages;
mod rooms;
mod search;

use std::path::{Path, PathBuf};

use recado_protocol::{Rev, UserId, user::Status};
use sqlx::{Row, SqliteConnection, migrate::Migrator, sqlite::SqliteRow};

pub(crate) use self::{
    messages::{set_reaction, unknown},
    rooms::{Member, Mine, RoomRow},
    search::Wanted,
};
use crate::sealed::{self, Durability, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/client/cache");

/// How far the streams and the database's life are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heads {
    pub(crate) epoch: Option<String>,
    pub(crate) me: Rev,
    pub(crate) people: Rev,
    /// How one wants to be seen, as the stream `me` told it or as it was chosen here.
    pub(crate) presence: Status,
    /// Whom one blocks.
    pub(crate) blocked: Vec<UserId>,
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Cache {
    connection: SqliteConnection,
    path: PathBuf,
}

impl Cache {
    pub(crate) async fn open(path: &Path, key: &str) -> Result<Self, StoreError> {
        let connection = sealed::open(path, key, &MIGRATIONS, Durability::Normal).await?;
        Ok(Self { connection, path: path.to_owned() })
    }

    pub(crate) async fn close(self) {
        sealed::close(self.connection).await;
    }

    /// Keeps what is committed so far in a file aside.
    pub(crate) fn keep_copy(&self) -> Result<(), StoreError> {
        sealed::copy_aside(&self.path)
    }

    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        Ok(())
    }

    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Takes back what was not committed. The connection may be so broken that this fails too; then there is nothing to take
    /// back.
    pub(crate) async fn rollback(&mut self) {
        if let Err(error) = sqlx::query("ROLLBACK").execute(&mut self.connection).await {
            tracing::debug!(%error, "nothing to roll back");
        }
    }

    pub(crate) async fn heads(&mut self) -> Result<Heads, StoreError> {
        let mut heads = Heads::default();
        for row in sqlx::query("SELECT name, value FROM meta").fetch_all(&mut self.connection).await? {
            let value: String = row.try_get("value")?;
            match row.try_get::<&str, _>("name")? {
                "epoch" => heads.epoch = Some(value),
                "me" => heads.me = value.parse().unwrap_or(0),
                "people" => heads.people = value.parse().unwrap_or(0),
                "blocked" => heads.blocked = json(&value)?,
                "presence" => heads.presence = Status::parse(&value).unwrap_or_default(),
                _ => {}
            }
        }
        Ok(heads)
    }

    pub(crate) async fn set_heads(&mut self, heads: &Heads) -> Result<(), StoreError> {
        let (me, people) = (heads.me.to_string(), heads.people.to_string());
        let (presence, blocked) = (heads.presence.as_str(), to_json(&heads.blocked));
        for (name, value) in [
            ("epoch", heads.epoch.as_deref()),
            ("me", Some(&me)),
            ("people", Some(&people)),
            ("presence", Some(presence)),
            ("blocked", Some(&blocked)),
        ] {
            if let Some(value) = value {
                sqlx::query(
                    "INSERT INTO meta (name, value) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                )
                .bind(name)
                .bind(value)
                .execute(&mut self.connection)
                .await?;
            }
        }
        Ok(())
    }
}

/// An id column; a row that holds something else was not written by this program.
fn id<T>(row: &SqliteRow, column: &str, from: impl Fn(&[u8]) -> Option<T>) -> Result<T, StoreError> {
    from(row.try_get::<&[u8], _>(column)?).ok_or(StoreError::Unreadable)
}

/// A JSON column.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable)
}

/// What a JSON column holds.
fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("protocol types are always JSON")
}

#[cfg(test)]
pub(crate) mod tests;
