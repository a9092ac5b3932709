//! The index over messages. Written in the transactions that write messages, so that it never tells what is not there.

use std::{collections::HashMap, ops::Range};

use recado_protocol::{
    Message, MessageId, RoomId, Timestamp, User, UserId,
    search::{HitCursor, Indexed, indexed, search_ids},
};
use sqlx::{Row, sqlite::SqliteRow};

use super::{Cache, id, messages::message};
use crate::sealed::StoreError;

/// Hits of one millisecond that are looked at where a page ends within it.
const SAME_MS: i64 = 1_024;

/// What is looked for in the index.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// For MATCH.
    pub(crate) expression: String,
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// Behind this hit.
    pub(crate) cursor: Option<HitCursor>,
    pub(crate) limit: usize,
}

impl Cache {
    /// Puts what is found of a message in the place of what was.
    pub(super) async fn index(
        &mut self,
        search_id: i64,
        message: &Indexed<'_>,
        is_new: bool,
    ) -> Result<(), StoreError> {
        if !is_new {
            self.unindex(search_id).await?;
        }
        if let Some(text) = indexed(message) {
            sqlx::query("INSERT INTO search (rowid, text) VALUES (?1, ?2)")
                .bind(search_id)
                .bind(text)
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    pub(super) async fn unindex(&mut self, search_id: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM search WHERE rowid = ?1").bind(search_id).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Forgets the words of a room, before its messages go.
    pub(super) async fn unindex_room(&mut self, room: RoomId) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM search WHERE rowid IN (SELECT search_id FROM messages WHERE room = ?1 AND search_id IS NOT NULL)",
        )
        .bind(room.as_bytes().as_slice())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Whether messages are held that cannot be found yet.
    pub(crate) async fn has_unindexed(&mut self) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM messages WHERE search_id IS NULL)")
            .fetch_one(&mut self.connection)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Indexes so many of them, the newest first.
    pub(crate) async fn index_some(&mut self, count: i64, people: &HashMap<UserId, User>) -> Result<(), StoreError> {
        // Rising within a step: the index begins a new segment whenever ids fall.
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM messages WHERE search_id IS NULL ORDER BY created_at DESC LIMIT ?1)
             ORDER BY created_at, seq",
        )
        .bind(count)
        .fetch_all(&mut self.connection)
        .await?;
        for row in rows {
            let message = message(&row, people)?;
            let ids = search_ids(message.created_at);
            let row = sqlx::query(
                "UPDATE messages SET search_id =
                    (SELECT coalesce(max(search_id) + 1, ?2) FROM messages WHERE search_id >= ?2 AND search_id < ?3)
                 WHERE id = ?1 RETURNING search_id",
            )
            .bind(message.id.as_bytes().as_slice())
            .bind(ids.start)
            .bind(ids.end)
            .fetch_one(&mut self.connection)
            .await?;
            self.index(row.try_get("search_id")?, &Indexed::from(&message), true).await?;
        }
        Ok(())
    }

    /// Hits, the latest first, and whether there are more behind them.
    pub(crate) async fn hits(
        &mut self,
        wanted: &Wanted,
        people: &HashMap<UserId, User>,
    ) -> Result<(Vec<Message>, bool), StoreError> {
        let from = wanted.since.map_or(0, |since| search_ids(since).start);
        let mut to = wanted.until.map_or(i64::MAX, |until| search_ids(until).start);
        let mut hits: Vec<Message> = Vec::new();
        let behind = |message: &Message| wanted.cursor.is_none_or(|cursor| HitCursor::of(message) < cursor);
        if let Some(cursor) = wanted.cursor {
            // The rest of the millisecond in which the page before ended.
            let ms = search_ids(cursor.at);
            hits = self.hits_in(wanted, from.max(ms.start)..to.min(ms.end), SAME_MS, people).await?;
            hits.retain(behind);
            to = to.min(ms.start);
        }
        if hits.len() <= wanted.limit {
            let room_for = wanted.limit - hits.len() + 1;
            let mut more = self.hits_in(wanted, from..to, room_for as i64, people).await?;
            // A millisecond that the page cuts is ordered by what its messages are called, not by how they came here.
            let is_cut = more.len() == room_for
                && more.len() >= 2
                && more[more.len() - 1].created_at == more[more.len() - 2].created_at;
            if is_cut && let Some(at) = more.last().map(|last| last.created_at) {
                more.retain(|message| message.created_at != at);
                let ms = search_ids(at);
                more.extend(self.hits_in(wanted, from.max(ms.start)..to.min(ms.end), SAME_MS, people).await?);
            }
            hits.extend(more);
        }
        hits.sort_by_key(|message| std::cmp::Reverse(HitCursor::of(message)));
        let has_more = hits.len() > wanted.limit;
        hits.truncate(wanted.limit);
        Ok((hits, has_more))
    }

    async fn hits_in(
        &mut self,
        wanted: &Wanted,
        ids: Range<i64>,
        limit: i64,
        people: &HashMap<UserId, User>,
    ) -> Result<Vec<Message>, StoreError> {
        // CROSS JOIN holds SQLite to reading the index first, and no further than the limit.
        let rows = sqlx::query(
            "SELECT m.* FROM search CROSS JOIN messages m ON m.search_id = search.rowid
             WHERE search MATCH ?1 AND search.rowid >= ?2 AND search.rowid < ?3 ORDER BY search.rowid DESC LIMIT ?4",
        )
        .bind(&wanted.expression)
        .bind(ids.start)
        .bind(ids.end)
        .bind(limit)
        .fetch_all(&mut self.connection)
        .await?;
        rows.iter().map(|row| message(row, people)).collect()
    }

    /// What is indexed of a held message, to see whether that changes.
    pub(super) async fn indexed_as(&mut self, message_id: MessageId) -> Result<Option<SqliteRow>, StoreError> {
        let row = sqlx::query(
            "SELECT room, sender, content, message_type, pinned IS NOT NULL AS is_pinned, is_deleted, search_id
             FROM messages WHERE id = ?1",
        )
        .bind(message_id.as_bytes().as_slice())
        .fetch_optional(&mut self.connection)
        .await?;
        Ok(row)
    }
}

/// Whether a message is found as the row says already.
pub(super) fn is_indexed_as(row: &SqliteRow, message: &Message) -> Result<bool, StoreError> {
    Ok(row.try_get::<Option<i64>, _>("search_id")?.is_some()
        && row.try_get::<&str, _>("content")? == message.content
        && row.try_get::<bool, _>("is_pinned")? == message.pinned.is_some()
        && row.try_get::<bool, _>("is_deleted")? == message.is_deleted
        && id(row, "room", RoomId::from_slice)? == message.chat_room)
}
