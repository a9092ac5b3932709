//! What a client lacks, from one snapshot: heads first, then rows with a `rev` above the client's.

use std::collections::HashMap;

use recado_protocol::{
    Message, MessageId, Rev, RoomId, Seq, ServerFrame, Timestamp, UserId, digest,
    frame::{Gap, MeRooms, MeSync, PeopleSync, RoomCursors, RoomFrame, RoomRange, RoomSync, SyncFrame},
    limits::{DEFAULT_PAGE, MAX_PAGE, MAX_SYNC_CHANGES},
    message::{MessagePage, RangeDigest},
    user::Status,
};
use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection};

use super::{
    HistoryQuery, Store, SyncAnswer, SyncRequest, blocks, me, rooms,
    rows::{self, select_message},
};
use crate::{Error, error::Result};

/// Text that one sync frame carries at most, so that a page of long messages does not become a frame of megabytes.
const PAGE_BYTES: usize = 256 * 1024;
/// People a frame.
const PEOPLE_PAGE: i64 = 500;

impl Store {
    pub async fn sync(&self, viewer: UserId, request: SyncRequest) -> Result<SyncAnswer> {
        let now = self.now();
        let mut tx = self.snapshot().await?;
        let conn = &mut *tx;
        let other_life = request.epoch.as_deref().is_some_and(|epoch| epoch != self.epoch());
        let mut answer = SyncAnswer::default();
        let mine = my_heads(conn, viewer).await?;
        for room in request.rooms.keys().filter(|room| !mine.contains_key(room)) {
            answer.frames.push(ServerFrame::RoomRemoved { chat_room: *room, me: None });
        }
        let mut wanted: Vec<(RoomId, Head, Option<&RoomCursors>)> = mine
            .iter()
            .map(|(room, head)| (*room, *head, request.rooms.get(room)))
            .filter(|(_, _, cursors)| request.everything || cursors.is_some())
            .collect();
        // The latest activity first: what a window shows on top arrives first.
        wanted.sort_by_key(|(room, head, _)| (std::cmp::Reverse(head.last_at), *room));
        for (room, head, cursors) in wanted {
            answer.room_revs.insert(room, head.rev);
            let held = match cursors {
                None => Held::Nothing,
                Some(_) if other_life => Held::Another,
                Some(cursors) => held(conn, room, head, cursors).await?,
            };
            room_frames(conn, viewer, room, head, held, request.everything, &mut answer.frames).await?;
        }
        let row = sqlx::query("SELECT u.me_rev, s.rev FROM users u, streams s WHERE u.id = ? AND s.name = 'people'")
            .bind(viewer.as_bytes().as_slice())
            .fetch_one(&mut *conn)
            .await?;
        (answer.me, answer.people) = (row.try_get(0)?, row.try_get(1)?);
        let start = |asked: Option<Rev>, head: Rev| match asked {
            // Above the head, or of another life: what is held there means nothing.
            Some(rev) if other_life || rev > head => Some(0),
            Some(rev) => Some(rev),
            None => request.everything.then_some(0),
        };
        if let Some(after) = start(request.me, answer.me) {
            me_frames(conn, viewer, after, answer.me, now, &request, &mut answer.frames).await?;
        }
        if let Some(after) = start(request.people, answer.people) {
            people_frames(conn, after, answer.people, now, &mut answer.frames).await?;
        }
        Ok(answer)
    }

    pub async fn messages(&self, viewer: UserId, room: RoomId, query: HistoryQuery) -> Result<MessagePage> {
        let limit = query.limit.unwrap_or(DEFAULT_PAGE);
        if limit < 1 {
            return Err(Error::invalid("limit", "at least 1"));
        }
        let limit = limit.min(MAX_PAGE);
        if [query.before.is_some(), query.after.is_some(), query.at.is_some()].iter().filter(|given| **given).count()
            > 1
        {
            return Err(Error::invalid("after", "one of before, after and at"));
        }
        let mut tx = self.snapshot().await?;
        rooms::participant_access(&mut tx, viewer, room).await?;
        let row = sqlx::query("SELECT rev FROM rooms WHERE id = ?")
            .bind(room.as_bytes().as_slice())
            .fetch_one(&mut *tx)
            .await?;
        let rev = row.try_get(0)?;
        let after = match query.at {
            Some(at) => Some(last_before(&mut tx, BEFORE_TIME, room, at.millis()).await?),
            None => query.after,
        };
        let found = if let Some(after) = after {
            sqlx::query(select_message!("WHERE m.room = ? AND m.seq > ? ORDER BY m.seq LIMIT ?"))
                .bind(room.as_bytes().as_slice())
                .bind(after)
        } else {
            let before = query.before.unwrap_or(Seq::MAX);
            sqlx::query(select_message!("WHERE m.room = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT ?"))
                .bind(room.as_bytes().as_slice())
                .bind(before)
        };
        let mut found = found.bind(limit + 1).fetch_all(&mut *tx).await?;
        let has_more = found.len() as i64 > limit;
        found.truncate(limit as usize);
        if after.is_none() {
            found.reverse();
        }
        let messages = plain(rows::messages(&mut tx, &found).await?);
        Ok(MessagePage { messages, has_more, rev })
    }

    /// The "nothing missing" hash of a range; all of the room when it is not given.
    pub async fn digest(
        &self,
        viewer: UserId,
        room: RoomId,
        from: Option<Seq>,
        to: Option<Seq>,
    ) -> Result<RangeDigest> {
        let mut tx = self.snapshot().await?;
        rooms::participant_access(&mut tx, viewer, room).await?;
        let row = sqlx::query("SELECT rev, last_seq FROM rooms WHERE id = ?")
            .bind(room.as_bytes().as_slice())
            .fetch_one(&mut *tx)
            .await?;
        let (rev, last_seq): (Rev, Seq) = (row.try_get(0)?, row.try_get(1)?);
        let (from, to) = (from.unwrap_or(1), to.unwrap_or(last_seq));
        let found = sqlx::query("SELECT id, rev FROM messages WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq")
            .bind(room.as_bytes().as_slice())
            .bind(from)
            .bind(to)
            .fetch_all(&mut *tx)
            .await?;
        let mut hash = Sha256::new();
        for row in &found {
            hash.update(digest::row(rows::id(row, "id")?, row.try_get("rev")?));
        }
        Ok(RangeDigest { from, to, rev, count: found.len() as i64, digest: hex::encode(hash.finalize()) })
    }
}

pub(super) fn plain(rows: Vec<rows::MessageRow>) -> Vec<Message> {
    rows.into_iter().map(|row| row.message).collect()
}

#[derive(Clone, Copy, Debug)]
struct Head {
    rev: Rev,
    settings_rev: Rev,
    last_seq: Seq,
    last_at: i64,
}

async fn my_heads(conn: &mut SqliteConnection, viewer: UserId) -> Result<HashMap<RoomId, Head>> {
    let found = sqlx::query(
        "SELECT r.id, r.rev, r.settings_rev, r.last_seq, MAX(r.last_at, r.created_at) AS last_at \
         FROM participants p JOIN rooms r ON r.id = p.room \
         WHERE p.user = ? AND p.role IS NOT NULL AND p.is_hidden = 0 AND r.deleted_at IS NULL",
    )
    .bind(viewer.as_bytes().as_slice())
    .fetch_all(conn)
    .await?;
    found
        .iter()
        .map(|row| {
            Ok((
                rows::id(row, "id")?,
                Head {
                    rev: row.try_get("rev")?,
                    settings_rev: row.try_get("settings_rev")?,
                    last_seq: row.try_get("last_seq")?,
                    last_at: row.try_get("last_at")?,
                },
            ))
        })
        .collect()
}

/// The place of a room's last message before a value of a column that rises with the places; 0 before all.
macro_rules! before {
    ($column:literal) => {
        concat!(
            "WITH RECURSIVE span (low, high) AS (SELECT 1, last_seq + 1 FROM rooms WHERE id = ?1 UNION ALL \
             SELECT iif(m.",
            $column,
            " < ?2, m.seq + 1, low), iif(m.",
            $column,
            " < ?2, high, m.seq) FROM span CROSS JOIN messages m ON m.room = ?1 AND m.seq = (low + high) / 2 \
             WHERE low < high) SELECT MAX(low) - 1 FROM span"
        )
    };
}
const BEFORE_REV: &str = before!("created_rev");
const BEFORE_TIME: &str = before!("created_at");

async fn last_before(conn: &mut SqliteConnection, statement: &'static str, room: RoomId, value: i64) -> Result<Seq> {
    let row = sqlx::query(statement).bind(room.as_bytes().as_slice()).bind(value).fetch_one(conn).await?;
    Ok(row.try_get::<Option<Seq>, _>(0)?.unwrap_or(0))
}

/// What a client holds of a room, made sense of.
#[derive(Debug)]
enum Held {
    Nothing,
    /// Of another history: to be dropped.
    Another,
    /// Ranges in rising order; never empty.
    Ranges(Vec<RoomRange>),
}

async fn held(conn: &mut SqliteConnection, room: RoomId, head: Head, cursors: &RoomCursors) -> Result<Held> {
    let mut ranges = match cursors {
        RoomCursors::Rev(rev) if *rev > head.rev || *rev < 0 => return Ok(Held::Another),
        RoomCursors::Rev(rev) => {
            let to = last_before(conn, BEFORE_REV, room, *rev + 1).await?;
            vec![RoomRange { rev: *rev, from: 1, to, to_id: None }]
        }
        RoomCursors::One(range) => vec![range.clone()],
        RoomCursors::Many(ranges) => ranges.clone(),
    };
    if ranges.is_empty() {
        return Ok(Held::Nothing);
    }
    ranges.sort_by_key(|range| range.to);
    for range in &ranges {
        let is_empty = range.to < range.from;
        if range.rev > head.rev || range.rev < 0 || (range.to > head.last_seq && !is_empty) {
            return Ok(Held::Another);
        }
        if let Some(to_id) = range.to_id {
            let row = sqlx::query("SELECT id FROM messages WHERE room = ? AND seq = ?")
                .bind(room.as_bytes().as_slice())
                .bind(range.to)
                .fetch_optional(&mut *conn)
                .await?;
            let there: Option<MessageId> = row.map(|row| rows::id(&row, "id")).transpose()?;
            if there != Some(to_id) {
                return Ok(Held::Another);
            }
        }
    }
    Ok(Held::Ranges(ranges))
}

async fn room_frames(
    conn: &mut SqliteConnection,
    viewer: UserId,
    room: RoomId,
    head: Head,
    held: Held,
    everything: bool,
    frames: &mut Vec<ServerFrame>,
) -> Result<()> {
    let (ranges, mut reset) = match held {
        Held::Nothing => (Vec::new(), false),
        Held::Another => (Vec::new(), true),
        Held::Ranges(ranges) => (ranges, false),
    };
    // People and settings are known up to the least of them: a page of history is read later than the rest.
    let cursor = ranges.iter().map(|range| range.rev).min().unwrap_or(0);
    let newest = ranges.iter().map(|range| range.to).max().unwrap_or(0);
    let is_level = !ranges.is_empty() && newest >= head.last_seq && ranges.iter().all(|range| range.rev == head.rev);
    if everything && is_level {
        return Ok(());
    }
    let mut changed = Vec::new();
    if !ranges.is_empty() {
        match changed_rows(conn, room, &ranges).await? {
            Some(rows) => changed = rows,
            None => reset = true,
        }
    }
    let is_new = ranges.is_empty() || reset;
    if everything || is_new || head.settings_rev > cursor {
        let settings = rooms::viewed(conn, viewer, room).await?;
        frames.push(ServerFrame::Room(RoomFrame { chat_room: room, rev: head.rev, room: settings }));
    }
    let people = rows::participants(conn, Some(viewer), room, if is_new { -1 } else { cursor }, !is_new).await?;
    let after = if is_new { 0 } else { newest };
    let missing = head.last_seq - after;
    let first = if missing > DEFAULT_PAGE { head.last_seq - DEFAULT_PAGE + 1 } else { after + 1 };
    let page = sqlx::query(select_message!("WHERE m.room = ? AND m.seq >= ? ORDER BY m.seq"))
        .bind(room.as_bytes().as_slice())
        .bind(first)
        .fetch_all(&mut *conn)
        .await?;
    let page = plain(rows::messages(conn, &page).await?);
    let gap = (first > after + 1 && !is_new).then_some(Gap { after_seq: after, before_seq: first });

    let bounds = |messages: &[Message]| {
        let from = ranges.iter().map(|range| range.from).min().unwrap_or(first);
        (from, messages.iter().map(|message| message.seq).max().unwrap_or(from).max(newest))
    };
    let mut rest = changed.as_slice();
    // The newest page stands in the last frame: with a gap alone, else behind the changed rows that are left.
    loop {
        let count = page_len(rest);
        let is_last = count == rest.len() && (gap.is_none() || rest.is_empty());
        if is_last && rest.len() + page.len() <= MAX_PAGE as usize {
            break;
        }
        let (messages, left) = rest.split_at(count);
        let (from, to) = bounds(messages);
        let Some(last) = messages.last() else { break };
        frames.push(ServerFrame::Sync(SyncFrame::Room(RoomSync {
            chat_room: room,
            from,
            to,
            upto: last.rev,
            messages: messages.to_vec(),
            participants: Vec::new(),
            has_more: true,
            gap: None,
            reset: false,
            reference: None,
        })));
        rest = left;
    }
    let from = match (&gap, is_new) {
        (Some(gap), _) => gap.before_seq,
        (None, true) => first,
        // The newest range goes on without a break.
        (None, false) => ranges.iter().filter(|range| range.to == newest).map(|range| range.from).min().unwrap_or(1),
    };
    let mut messages = rest.to_vec();
    messages.extend(page);
    frames.push(ServerFrame::Sync(SyncFrame::Room(RoomSync {
        chat_room: room,
        from,
        to: head.last_seq,
        messages,
        participants: people,
        upto: head.rev,
        has_more: false,
        gap,
        reset,
        reference: None,
    })));
    Ok(())
}

/// Rows that changed inside the held ranges, each against its range's own `rev`, in `rev` order; `None` when too many did.
async fn changed_rows(conn: &mut SqliteConnection, room: RoomId, ranges: &[RoomRange]) -> Result<Option<Vec<Message>>> {
    let mut messages: Vec<Message> = Vec::new();
    for range in ranges {
        let found = sqlx::query(select_message!(
            "WHERE m.room = ? AND m.rev > ? AND m.seq BETWEEN ? AND ? ORDER BY m.rev LIMIT ?"
        ))
        .bind(room.as_bytes().as_slice())
        .bind(range.rev)
        .bind(range.from)
        .bind(range.to)
        .bind(MAX_SYNC_CHANGES + 1 - messages.len() as i64)
        .fetch_all(&mut *conn)
        .await?;
        messages.extend(plain(rows::messages(conn, &found).await?));
        if messages.len() as i64 > MAX_SYNC_CHANGES {
            return Ok(None);
        }
    }
    messages.sort_by_key(|message| message.rev);
    messages.dedup_by_key(|message| message.id);
    Ok(Some(messages))
}

/// How many of these go into one frame.
fn page_len(messages: &[Message]) -> usize {
    let mut bytes = 0;
    for (count, message) in messages.iter().enumerate().take(MAX_PAGE as usize) {
        bytes += message.content.len();
        if bytes > PAGE_BYTES && count > 0 {
            return count;
        }
    }
    messages.len().min(MAX_PAGE as usize)
}

async fn me_frames(
    conn: &mut SqliteConnection,
    viewer: UserId,
    after: Rev,
    head: Rev,
    now: Timestamp,
    request: &SyncRequest,
    frames: &mut Vec<ServerFrame>,
) -> Result<()> {
    let changed = sqlx::query(
        "SELECT p.room, p.me_rev, (p.role IS NOT NULL AND p.is_hidden = 0 AND r.deleted_at IS NULL) AS is_in \
         FROM participants p JOIN rooms r ON r.id = p.room WHERE p.user = ? AND p.me_rev > ? ORDER BY p.me_rev",
    )
    .bind(viewer.as_bytes().as_slice())
    .bind(after)
    .fetch_all(&mut *conn)
    .await?;
    let mut mine = Vec::new();
    for row in &changed {
        let room: RoomId = rows::id(row, "room")?;
        let is_in: bool = row.try_get("is_in")?;
        if is_in {
            mine.push(me::mine(conn, room, viewer).await?.told(room, now));
            if !request.everything && !request.rooms.contains_key(&room) {
                // Perhaps joined since: a client that has it already loses nothing by hearing of it again.
                let settings = rooms::viewed(conn, viewer, room).await?;
                frames.push(ServerFrame::Room(RoomFrame { chat_room: room, rev: settings.rev, room: settings }));
            }
        } else if after > 0 && !request.rooms.contains_key(&room) {
            frames.push(ServerFrame::RoomRemoved { chat_room: room, me: Some(row.try_get("me_rev")?) });
        }
    }
    let row = sqlx::query("SELECT presence, presence_me_rev > ?1 AS is_news, blocks_me_rev > ?1 AS blocks_are_news FROM users WHERE id = ?2")
        .bind(after)
        .bind(viewer.as_bytes().as_slice())
        .fetch_one(&mut *conn)
        .await?;
    let is_news: bool = row.try_get("is_news")?;
    let presence = is_news.then(|| rows::parsed(row.try_get("presence")?, Status::parse)).transpose()?;
    let blocks_are_news: bool = row.try_get("blocks_are_news")?;
    let blocked = if blocks_are_news { Some(blocks::ids(conn, viewer).await?) } else { None };
    let me = MeRooms { rooms: mine, presence, blocked };
    frames.push(ServerFrame::Sync(SyncFrame::Me(MeSync { me, upto: head, reference: None })));
    Ok(())
}

async fn people_frames(
    conn: &mut SqliteConnection,
    mut after: Rev,
    head: Rev,
    now: Timestamp,
    frames: &mut Vec<ServerFrame>,
) -> Result<()> {
    loop {
        let found = sqlx::query(rows::select_user!("WHERE u.rev > ? ORDER BY u.rev LIMIT ?"))
            .bind(after)
            .bind(PEOPLE_PAGE)
            .fetch_all(&mut *conn)
            .await?;
        let people = found.iter().map(|row| rows::full_user(row, now)).collect::<Result<Vec<_>>>()?;
        let has_more = people.len() as i64 == PEOPLE_PAGE;
        let upto = people.last().filter(|_| has_more).map_or(head, |user| user.rev);
        frames.push(ServerFrame::Sync(SyncFrame::People(PeopleSync { people, upto, has_more, reference: None })));
        if !has_more {
            return Ok(());
        }
        after = upto;
    }
}
