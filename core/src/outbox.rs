//! The outbox: what the user did and the server has not acknowledged, and what was typed and not sent. An encrypted file of
//! its own, which survives the loss of the cache.
//!
//! A command keeps its `client_id` over every retry and restart; the server answers a repeat with the first result. So it may
//! be sent once too often, never once too little. A message is removed when its row, with this `client_id`, is in the cache,
//! or when it was acknowledged and a sync has been completed since; whatever else, when it was acknowledged.
//!
//! [`next`] decides what a room sends: one command at a time, messages in order. A message that was refused for good holds
//! back the messages behind it until the user retries or discards it; they would otherwise stand in the room without what
//! they refer to. Other commands speak of messages that are there already and pass by. One that speaks of an own message which
//! has no id yet waits for it; a deletion may be held back for a few seconds, so that it can be undone.

use std::{collections::HashMap, path::Path};

use recado_protocol::{
    MessageId, RoomId, Seq, Timestamp,
    frame::{Ack, Command},
    message::Quote,
    user::Status,
};
use sqlx::{Row, SqliteConnection, migrate::Migrator};
use tokio::time::Instant;

use crate::{
    sealed::{self, Durability, StoreError},
    view::Failure,
};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/client/outbox");

/// One command that waits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// Its place in the order.
    pub(crate) id: i64,
    pub(crate) room: RoomId,
    pub(crate) client_id: String,
    pub(crate) command: Command,
    pub(crate) quote: Option<Quote>,
    pub(crate) created_at: Timestamp,
    /// Refused for good.
    pub(crate) failure: Option<Failure>,
    /// Acknowledged; stays until its effect is in the cache. Not kept on disk: after a restart it is sent again.
    pub(crate) ack: Option<Ack>,
    /// The own message, by its `client_id`, that the command speaks of while it has no id; the command then names none.
    pub(crate) awaits: Option<String>,
    /// It may have reached the server: it was sent since the program started, or comes from an earlier run.
    pub(crate) tried: bool,
    /// Not sent before; can be undone until then. Not kept on disk: after a restart it goes out.
    pub(crate) held_until: Option<Instant>,
}

impl Entry {
    pub(crate) fn new(room: RoomId, client_id: String, command: Command, created_at: Timestamp) -> Self {
        Self {
            id: 0,
            room,
            client_id,
            command,
            quote: None,
            created_at,
            failure: None,
            ack: None,
            awaits: None,
            tried: false,
            held_until: None,
        }
    }

    /// Surely not on the server: refused, or never sent.
    pub(crate) fn is_only_here(&self) -> bool {
        self.failure.is_some() || (!self.tried && self.ack.is_none())
    }

    /// Whether it speaks of the message with this id or, if it has none yet, of the own one with this `client_id`.
    pub(crate) fn speaks_of(&self, id: Option<MessageId>, client_id: Option<&str>) -> bool {
        match &self.awaits {
            Some(awaited) => client_id == Some(awaited),
            None => self.target().is_some() && self.target() == id,
        }
    }

    /// The message that was awaited has an id now.
    pub(crate) fn found(&mut self, id: MessageId) {
        self.awaits = None;
        match &mut self.command {
            Command::EditMessage { message_id, .. }
            | Command::DeleteMessage { message_id }
            | Command::PinMessage { message_id, .. }
            | Command::ReactMessage { message_id, .. } => *message_id = id,
            _ => {}
        }
    }

    pub(crate) fn is_message(&self) -> bool {
        matches!(self.command, Command::ChatMessage { .. })
    }

    /// The message that the command pins.
    pub(crate) fn pins(&self) -> Option<MessageId> {
        self.target().filter(|_| matches!(self.command, Command::PinMessage { pinned: true, .. }))
    }

    /// The message that the command changes, when it has an id.
    pub(crate) fn target(&self) -> Option<MessageId> {
        match &self.command {
            _ if self.awaits.is_some() => None,
            Command::EditMessage { message_id, .. }
            | Command::DeleteMessage { message_id }
            | Command::PinMessage { message_id, .. }
            | Command::ReactMessage { message_id, .. } => Some(*message_id),
            _ => None,
        }
    }
}

/// What a room sends next, of its entries in order: none while one is on its way.
pub(crate) fn next(entries: &[Entry], now: Instant) -> Option<&Entry> {
    let mut is_blocked = false;
    for entry in entries {
        if entry.failure.is_some() {
            is_blocked |= entry.is_message();
        } else if entry.ack.is_none()
            && entry.awaits.is_none()
            && entry.held_until.is_none_or(|until| until <= now)
            && !(is_blocked && entry.is_message())
        {
            return Some(entry);
        }
    }
    None
}

/// All that the file holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) entries: Vec<Entry>,
    pub(crate) marks: HashMap<RoomId, Seq>,
    pub(crate) drafts: HashMap<RoomId, String>,
    /// How one wants to be seen, while the server does not know it.
    pub(crate) wish: Option<Status>,
}

/// An own message that a restored server may lack.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lost {
    pub(crate) id: MessageId,
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) client_id: String,
    pub(crate) command: Command,
    pub(crate) created_at: Timestamp,
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Outbox {
    connection: SqliteConnection,
}

impl Outbox {
    pub(crate) async fn open(path: &Path, key: &str) -> Result<Self, StoreError> {
        Ok(Self { connection: sealed::open(path, key, &MIGRATIONS, Durability::Full).await? })
    }

    pub(crate) async fn close(self) {
        sealed::close(self.connection).await;
    }

    pub(crate) async fn contents(&mut self) -> Result<Contents, StoreError> {
        let mut contents = Contents::default();
        for row in sqlx::query("SELECT * FROM commands ORDER BY id").fetch_all(&mut self.connection).await? {
            let optional = |column: &str| row.try_get::<Option<&str>, _>(column);
            contents.entries.push(Entry {
                id: row.try_get("id")?,
                room: RoomId::from_slice(row.try_get("room")?).ok_or(StoreError::Unreadable)?,
                client_id: row.try_get("client_id")?,
                command: read(row.try_get("command")?)?,
                quote: optional("quote")?.map(read).transpose()?,
                created_at: Timestamp(row.try_get("created_at")?),
                failure: optional("failure")?.map(read).transpose()?,
                ack: None,
                awaits: row.try_get("awaits")?,
                tried: true,
                held_until: None,
            });
        }
        for row in sqlx::query("SELECT * FROM marks").fetch_all(&mut self.connection).await? {
            let room = RoomId::from_slice(row.try_get("room")?).ok_or(StoreError::Unreadable)?;
            contents.marks.insert(room, row.try_get("seq")?);
        }
        for row in sqlx::query("SELECT * FROM drafts").fetch_all(&mut self.connection).await? {
            let room = RoomId::from_slice(row.try_get("room")?).ok_or(StoreError::Unreadable)?;
            contents.drafts.insert(room, row.try_get("text")?);
        }
        let row = sqlx::query("SELECT value FROM wishes WHERE name = 'presence'")
            .fetch_optional(&mut self.connection)
            .await?;
        contents.wish = row.map(|row| row.try_get::<&str, _>("value").map(Status::parse)).transpose()?.flatten();
        Ok(contents)
    }

    /// Keeps a command, durably, and forgets the room's draft when it is a message; answers it with its place.
    pub(crate) async fn push(&mut self, mut entry: Entry) -> Result<Entry, StoreError> {
        let room = entry.room.as_bytes().as_slice();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        let result = async {
            let result = sqlx::query(
                "INSERT INTO commands (room, client_id, command, quote, created_at, awaits)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .bind(room)
            .bind(&entry.client_id)
            .bind(write(&entry.command))
            .bind(entry.quote.as_ref().map(write))
            .bind(entry.created_at.millis())
            .bind(&entry.awaits)
            .execute(&mut self.connection)
            .await?;
            if entry.is_message() {
                sqlx::query("DELETE FROM drafts WHERE room = ?1").bind(room).execute(&mut self.connection).await?;
            }
            sqlx::query("COMMIT").execute(&mut self.connection).await?;
            Ok::<_, StoreError>(result.last_insert_rowid())
        }
        .await;
        match result {
            Ok(id) => {
                entry.id = id;
                Ok(entry)
            }
            Err(error) => {
                // What was begun must not stay open, or nothing could be kept from then on.
                let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
                Err(error)
            }
        }
    }

    pub(crate) async fn remove(&mut self, entry: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM commands WHERE id = ?1").bind(entry).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Keeps what became of a command: other words, or the message that it awaited.
    pub(crate) async fn rewrite(&mut self, entry: &Entry) -> Result<(), StoreError> {
        sqlx::query("UPDATE commands SET command = ?2, awaits = ?3 WHERE id = ?1")
            .bind(entry.id)
            .bind(write(&entry.command))
            .bind(&entry.awaits)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Marks as refused for good, or, with `None`, as waiting again.
    pub(crate) async fn set_failure(&mut self, entry: i64, failure: Option<&Failure>) -> Result<(), StoreError> {
        sqlx::query("UPDATE commands SET failure = ?2 WHERE id = ?1")
            .bind(entry)
            .bind(failure.map(write))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Keeps an own read marker until the server knows it; `None` forgets it.
    pub(crate) async fn set_mark(&mut self, room: RoomId, seq: Option<Seq>) -> Result<(), StoreError> {
        let room = room.as_bytes().as_slice();
        match seq {
            Some(seq) => sqlx::query("INSERT OR REPLACE INTO marks (room, seq) VALUES (?1, ?2)").bind(room).bind(seq),
            None => sqlx::query("DELETE FROM marks WHERE room = ?1").bind(room),
        }
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Keeps how one wants to be seen until the server knows it; `None` forgets it.
    pub(crate) async fn set_wish(&mut self, presence: Option<Status>) -> Result<(), StoreError> {
        match presence {
            Some(status) => {
                sqlx::query("INSERT OR REPLACE INTO wishes (name, value) VALUES ('presence', ?1)").bind(status.as_str())
            }
            None => sqlx::query("DELETE FROM wishes WHERE name = 'presence'"),
        }
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    pub(crate) async fn set_draft(&mut self, room: RoomId, text: &str) -> Result<(), StoreError> {
        let room = room.as_bytes().as_slice();
        if text.is_empty() {
            sqlx::query("DELETE FROM drafts WHERE room = ?1").bind(room)
        } else {
            sqlx::query("INSERT OR REPLACE INTO drafts (room, text) VALUES (?1, ?2)").bind(room).bind(text)
        }
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Keeps own messages of a cache that is about to be set aside.
    pub(crate) async fn keep_lost(&mut self, lost: &[Lost]) -> Result<(), StoreError> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        for message in lost {
            let result = sqlx::query(
                "INSERT OR IGNORE INTO recovery (id, room, seq, client_id, command, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .bind(message.id.as_bytes().as_slice())
            .bind(message.room.as_bytes().as_slice())
            .bind(message.seq)
            .bind(&message.client_id)
            .bind(write(&message.command))
            .bind(message.created_at.millis())
            .execute(&mut self.connection)
            .await;
            if let Err(error) = result {
                let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
                return Err(error.into());
            }
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Own messages that a restored server may lack, newest first in each room.
    pub(crate) async fn lost(&mut self) -> Result<Vec<Lost>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM recovery ORDER BY room, seq DESC").fetch_all(&mut self.connection).await?;
        rows.iter()
            .map(|row| {
                Ok(Lost {
                    id: MessageId::from_slice(row.try_get("id")?).ok_or(StoreError::Unreadable)?,
                    room: RoomId::from_slice(row.try_get("room")?).ok_or(StoreError::Unreadable)?,
                    seq: row.try_get("seq")?,
                    client_id: row.try_get("client_id")?,
                    command: read(row.try_get("command")?)?,
                    created_at: Timestamp(row.try_get("created_at")?),
                })
            })
            .collect()
    }

    pub(crate) async fn forget_lost(&mut self, room: RoomId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM recovery WHERE room = ?1")
            .bind(room.as_bytes().as_slice())
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable)
}

fn write(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("protocol types are always JSON")
}

#[cfg(test)]
mod tests;
