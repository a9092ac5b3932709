//! Finding messages, in the rooms that somebody may read and nowhere else.
//!
//! Who writes does not wait for the index: messages come to it a moment later, in small steps, and a search brings it up to date
//! before it looks. Which rooms may be read is part of what is looked for (see [`recado_protocol::search`]), so hits of other rooms
//! cost nothing and cannot get out.

use std::{collections::HashMap, ops::Range, time::Duration};

use recado_protocol::{
    Message, MessageId, MessageType, RoomId, Timestamp, UserId,
    search::{DEFAULT_HITS, Hit, HitCursor, Hits, Indexed, MAX_HITS, Query, indexed, is_named, search_ids},
};
use serde::Serialize;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use tokio_util::sync::CancellationToken;

use super::{
    Store, json, rooms,
    rows::{self, select_message},
    sync::plain,
    writer::Tx,
};
use crate::{Error, error::Result};

/// Messages that are indexed in one commit: some milliseconds, for which others wait. Each step is a piece of the index, and
/// pieces cost more than messages.
const STEP: i64 = 200;
/// Steps that a search does at most before it looks; more waits only after an upgrade, and the newest come first.
const STEPS_BEFORE: usize = 20;
/// Between two steps, and between two looks whether there is something to do.
const STEP_PAUSE: Duration = Duration::from_millis(250);
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// Hits of one millisecond that are looked at where a page ends within it.
const SAME_MS: i64 = 1_024;

/// What somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    pub query: Query,
    /// In this room alone.
    pub room: Option<RoomId>,
    /// Behind the hits of an earlier page.
    pub cursor: Option<HitCursor>,
    pub limit: Option<i64>,
}

/// What is looked for in the index.
#[derive(Debug)]
struct Wanted {
    expression: String,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    cursor: Option<HitCursor>,
    limit: usize,
}

impl Store {
    /// The latest first.
    pub async fn search(&self, viewer: UserId, search: Search) -> Result<Hits> {
        let limit = search.limit.unwrap_or(DEFAULT_HITS);
        if limit < 1 {
            return Err(Error::invalid("limit", "at least 1"));
        }
        for _ in 0..STEPS_BEFORE {
            if !self.has_unindexed().await? {
                break;
            }
            self.index_some().await?;
        }
        let mut tx = self.snapshot().await?;
        if let Some(room) = search.room {
            rooms::participant_access(&mut tx, viewer, room).await?;
        }
        let query = search.query;
        if query.is_empty() {
            return Ok(Hits { messages: Vec::new(), next: None });
        }
        let rooms = meant_rooms(&mut tx, viewer, search.room, &query.rooms).await?;
        let senders =
            if query.from.is_empty() { None } else { Some(meant_people(&mut tx, viewer, &query.from).await?) };
        let wanted = Wanted {
            expression: query.expression(Some(&rooms), senders.as_deref()),
            since: query.since,
            until: query.until,
            cursor: search.cursor,
            limit: limit.min(MAX_HITS) as usize,
        };
        let (found, has_more) = hits(&mut tx, &wanted).await?;
        let next = found.last().filter(|_| has_more).map(|last| HitCursor::of(last).to_string());
        let hit = |message: Message| Hit { highlights: query.highlights(&message.content), message };
        Ok(Hits { messages: found.into_iter().map(hit).collect(), next })
    }

    /// Keeps the index close to the messages, until the server stops.
    pub async fn keep_indexed(&self, shutdown: CancellationToken) {
        let work = async {
            loop {
                let did = match self.has_unindexed().await {
                    Ok(true) => self.index_some().await.map(|()| true),
                    other => other,
                };
                // What was not indexed is not lost: it stays noted, and a search tries again too.
                let pause = match did {
                    Ok(true) => STEP_PAUSE,
                    Ok(false) => LOOK_PAUSE,
                    Err(error) => {
                        tracing::warn!(%error, "messages cannot be indexed now");
                        LOOK_PAUSE
                    }
                };
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = work => {}
        }
    }

    async fn has_unindexed(&self) -> Result<bool> {
        let row =
            sqlx::query("SELECT EXISTS (SELECT 1 FROM messages WHERE is_indexed = 0)").fetch_one(&self.readers).await?;
        Ok(row.try_get(0)?)
    }

    async fn index_some(&self) -> Result<()> {
        self.write(|tx| Box::pin(index_some(tx))).await
    }
}

/// Indexes the newest of what is not.
async fn index_some(tx: &mut Tx) -> Result<()> {
    // Rising within a step: the index begins a new segment whenever ids fall.
    let found = sqlx::query(
        "SELECT * FROM (SELECT id, room, seq, sender, content, message_type, pinned_at IS NOT NULL AS is_pinned, is_deleted, \
         search_id, created_at FROM messages WHERE is_indexed = 0 ORDER BY created_at DESC LIMIT ?) ORDER BY created_at, seq",
    )
    .bind(STEP)
    .fetch_all(&mut tx.conn)
    .await?;
    let taken = taken(tx, &found).await?;
    let mut last: HashMap<i64, i64> = HashMap::new();
    let mut entries = Vec::with_capacity(found.len());
    for (row, taken) in found.iter().zip(taken) {
        let before: Option<i64> = row.try_get("search_id")?;
        let ids = search_ids(Timestamp(row.try_get("created_at")?));
        let search_id = before.unwrap_or_else(|| {
            let free = last.get(&ids.start).copied().or(taken).map_or(ids.start, |last| last + 1);
            last.insert(ids.start, free);
            free
        });
        let id: MessageId = rows::id(row, "id")?;
        entries.push(Entry { id: id.into(), search_id, is_replaced: before.is_some(), text: indexed_text(row)? });
    }
    sqlx::query(INDEX).bind(json::array(&entries)?).execute(&mut tx.conn).await?;
    Ok(())
}

/// What the index is to know of a message.
#[derive(Debug, Serialize)]
struct Entry {
    id: json::Id,
    search_id: i64,
    is_replaced: bool,
    text: Option<String>,
}

/// Parameter: an array of [`Entry`]s whose `search_id`s rise.
const INDEX: &str = concat!(
    json::rows!(),
    "DELETE FROM search WHERE rowid IN (SELECT n ->> 'search_id' FROM n WHERE n ->> 'is_replaced'); ",
    json::rows!(),
    "UPDATE messages SET is_indexed = 1, search_id = n ->> 'search_id' FROM n WHERE messages.id = unhex(n ->> 'id'); ",
    json::rows!(),
    "INSERT INTO search (rowid, text) SELECT n ->> 'search_id', n ->> 'text' FROM n WHERE n ->> 'text' IS NOT NULL"
);

/// The last `search_id` that is taken of each message's millisecond.
async fn taken(tx: &mut Tx, found: &[SqliteRow]) -> Result<Vec<Option<i64>>> {
    let mut ranges = Vec::with_capacity(found.len());
    for row in found {
        let ids = search_ids(Timestamp(row.try_get("created_at")?));
        ranges.push([ids.start, ids.end]);
    }
    let rows = sqlx::query(
        "SELECT (SELECT MAX(m.search_id) FROM messages m WHERE m.search_id >= r.value ->> 0 AND m.search_id < r.value ->> 1) \
         FROM json_each($1) r ORDER BY r.key",
    )
    .bind(json::array(&ranges)?)
    .fetch_all(&mut tx.conn)
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn indexed_text(row: &SqliteRow) -> Result<Option<String>> {
    Ok(indexed(&Indexed {
        room: rows::id(row, "room")?,
        sender: rows::id(row, "sender")?,
        content: row.try_get("content")?,
        message_type: rows::parsed(row.try_get("message_type")?, MessageType::parse)?,
        is_pinned: row.try_get("is_pinned")?,
        is_deleted: row.try_get("is_deleted")?,
    }))
}

/// A deleted message is found no more, from its deletion on.
pub(super) async fn unindex(conn: &mut SqliteConnection, search_id: i64) -> Result<()> {
    sqlx::query("DELETE FROM search WHERE rowid = ?").bind(search_id).execute(conn).await?;
    Ok(())
}

/// Rooms that somebody may read, or those of them that are meant by one of the names.
async fn meant_rooms(
    conn: &mut SqliteConnection,
    viewer: UserId,
    room: Option<RoomId>,
    names: &[String],
) -> Result<Vec<RoomId>> {
    let found = sqlx::query(
        "SELECT r.id, r.name, p.nickname, u.username, u.display_name FROM participants p JOIN rooms r ON r.id = p.room \
         LEFT JOIN participants o ON r.chat_type = 'private' AND o.room = r.id AND o.user <> p.user \
         LEFT JOIN users u ON u.id = o.user \
         WHERE p.user = ?1 AND p.role IS NOT NULL AND p.is_hidden = 0 AND r.deleted_at IS NULL AND (?2 IS NULL OR r.id = ?2)",
    )
    .bind(viewer.as_bytes().as_slice())
    .bind(room.as_ref().map(|room| room.as_bytes().as_slice()))
    .fetch_all(conn)
    .await?;
    let mut meant = Vec::new();
    for row in &found {
        let mut known = Vec::new();
        for column in ["username", "display_name", "nickname"] {
            known.extend(row.try_get::<Option<&str>, _>(column)?);
        }
        // The other person's names stand for a private room's.
        if known.is_empty() {
            known.extend(row.try_get::<Option<&str>, _>("name")?);
        }
        if names.is_empty() || names.iter().any(|name| known.iter().any(|known| is_named(known, name))) {
            meant.push(rows::id(row, "id")?);
        }
    }
    Ok(meant)
}

/// People who are meant by one of the names; an id is a name too.
async fn meant_people(conn: &mut SqliteConnection, viewer: UserId, names: &[String]) -> Result<Vec<UserId>> {
    let found = sqlx::query("SELECT id, username, display_name FROM users").fetch_all(conn).await?;
    let mut meant = Vec::new();
    for row in &found {
        let id: UserId = rows::id(row, "id")?;
        let (username, display_name): (&str, &str) = (row.try_get("username")?, row.try_get("display_name")?);
        let is_meant = |name: &String| {
            (name == "me" && id == viewer)
                || name.parse() == Ok(id)
                || is_named(username, name)
                || is_named(display_name, name)
        };
        if names.iter().any(is_meant) {
            meant.push(id);
        }
    }
    Ok(meant)
}

/// Hits, the latest first, and whether there are more behind them.
async fn hits(conn: &mut SqliteConnection, wanted: &Wanted) -> Result<(Vec<Message>, bool)> {
    let from = wanted.since.map_or(0, |since| search_ids(since).start);
    let mut to = wanted.until.map_or(i64::MAX, |until| search_ids(until).start);
    let mut hits: Vec<Message> = Vec::new();
    if let Some(cursor) = wanted.cursor {
        // The rest of the millisecond in which the page before ended.
        let ms = search_ids(cursor.at);
        hits = hits_in(conn, wanted, from.max(ms.start)..to.min(ms.end), SAME_MS).await?;
        hits.retain(|message| HitCursor::of(message) < cursor);
        to = to.min(ms.start);
    }
    if hits.len() <= wanted.limit {
        let room_for = wanted.limit - hits.len() + 1;
        let mut more = hits_in(conn, wanted, from..to, room_for as i64).await?;
        // A millisecond that the page cuts is ordered by what its messages are called, not by how they came here.
        let is_cut = more.len() == room_for
            && more.len() >= 2
            && more[more.len() - 1].created_at == more[more.len() - 2].created_at;
        if is_cut && let Some(at) = more.last().map(|last| last.created_at) {
            more.retain(|message| message.created_at != at);
            let ms = search_ids(at);
            more.extend(hits_in(conn, wanted, from.max(ms.start)..to.min(ms.end), SAME_MS).await?);
        }
        hits.extend(more);
    }
    hits.sort_by_key(|message| std::cmp::Reverse(HitCursor::of(message)));
    let has_more = hits.len() > wanted.limit;
    hits.truncate(wanted.limit);
    Ok((hits, has_more))
}

async fn hits_in(conn: &mut SqliteConnection, wanted: &Wanted, ids: Range<i64>, limit: i64) -> Result<Vec<Message>> {
    // The index first, and no further than the limit; the rest of a message only of those.
    let found = sqlx::query(select_message!(
        "WHERE m.search_id IN (SELECT rowid FROM search WHERE search MATCH ?1 AND rowid >= ?2 AND rowid < ?3 \
         ORDER BY rowid DESC LIMIT ?4) AND m.is_deleted = 0 ORDER BY m.search_id DESC"
    ))
    .bind(&wanted.expression)
    .bind(ids.start)
    .bind(ids.end)
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    Ok(plain(rows::messages(conn, &found).await?))
}
