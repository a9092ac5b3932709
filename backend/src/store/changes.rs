//! What moved: for the poller, and for a node that lost a doorbell.

use std::collections::BTreeMap;

use recado_protocol::{Rev, RoomId, ServerFrame, SessionId, Timestamp, UserId, frame::RoomFrame};
use sqlx::Row;

use super::{
    Changes, Membership, Store,
    rows::{self, select_message},
};
use crate::error::Result;

impl Store {
    /// The room's live frames above `after`, derived from its rows, in rising `rev`. Holes are possible: a row keeps its last
    /// change only. A client that sees a hole asks with `sync`.
    pub async fn room_changes(&self, room: RoomId, after: Rev, limit: usize) -> Result<Vec<(Rev, ServerFrame)>> {
        let mut tx = self.snapshot().await?;
        let Some(settings) = rows::room(&mut tx, room).await? else { return Ok(Vec::new()) };
        let mut frames = BTreeMap::new();
        let row = sqlx::query("SELECT settings_rev FROM rooms WHERE id = ?")
            .bind(room.as_bytes().as_slice())
            .fetch_one(&mut *tx)
            .await?;
        let settings_rev: Rev = row.try_get(0)?;
        let told = |rev: Rev, participants| {
            let room_now = recado_protocol::Room { participants: Some(participants), ..settings.clone() };
            (rev, ServerFrame::Room(RoomFrame { chat_room: room, rev, room: room_now }))
        };
        if settings_rev > after {
            frames.extend([told(settings_rev, Vec::new())]);
        }
        for participant in rows::participants(&mut tx, None, room, after, true).await? {
            frames.extend([told(participant.rev, vec![participant])]);
        }
        let reacted = sqlx::query(
            "SELECT r.message, r.reaction_type, r.is_removed, r.rev, m.seq, u.id AS user_id, u.username \
             FROM reactions r JOIN messages m ON m.id = r.message JOIN users u ON u.id = r.user \
             WHERE r.room = ? AND r.rev > ? AND m.is_deleted = 0 ORDER BY r.rev LIMIT ?",
        )
        .bind(room.as_bytes().as_slice())
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *tx)
        .await?;
        for row in &reacted {
            let rev = row.try_get("rev")?;
            let removed: bool = row.try_get("is_removed")?;
            let frame = ServerFrame::MessageReaction {
                chat_room: Some(room),
                rev,
                message_id: rows::id(row, "message")?,
                seq: row.try_get("seq")?,
                user_id: rows::id(row, "user_id")?,
                username: row.try_get("username")?,
                reaction_type: row.try_get("reaction_type")?,
                added: !removed,
            };
            frames.insert(rev, frame);
        }
        let found = sqlx::query(select_message!("WHERE m.room = ? AND m.rev > ? ORDER BY m.rev LIMIT ?"))
            .bind(room.as_bytes().as_slice())
            .bind(after)
            .bind(limit as i64)
            .fetch_all(&mut *tx)
            .await?;
        for row in rows::messages(&mut tx, &found).await? {
            let (rev, message) = (row.message.rev, row.message);
            let chat_room = Some(room);
            if message.is_deleted && row.created_rev <= after {
                let user_id = row.deleted_by.unwrap_or(message.sender.id);
                let (message_id, seq) = (message.id, message.seq);
                frames.insert(rev, ServerFrame::MessageDeleted { chat_room, rev, message_id, seq, user_id });
            } else if row.created_rev > after {
                // It is news as a whole, whatever its last change was.
                frames.insert(rev, ServerFrame::ChatMessage { chat_room, rev, message });
            } else {
                frames.entry(rev).or_insert(ServerFrame::MessageEdited { chat_room, rev, message });
            }
        }
        Ok(frames.into_iter().take(limit).collect())
    }

    /// What moved at or after a time. Callers overlap their calls by seconds, since clocks of nodes differ and a commit comes
    /// later than its time.
    pub async fn changed_since(&self, since: Timestamp) -> Result<Changes> {
        let mut tx = self.snapshot().await?;
        let since = since.millis();
        let mut changes = Changes::default();
        let found =
            sqlx::query("SELECT id, rev, deleted_at IS NOT NULL AS is_deleted FROM rooms WHERE changed_at >= ?")
                .bind(since)
                .fetch_all(&mut *tx)
                .await?;
        for row in &found {
            let room = rows::id(row, "id")?;
            if row.try_get("is_deleted")? {
                changes.deleted_rooms.push(room);
            } else {
                changes.rooms.push((room, row.try_get("rev")?));
            }
        }
        let found = sqlx::query(
            "SELECT room, user, me_rev, (role IS NOT NULL AND is_hidden = 0) AS is_present FROM participants WHERE changed_at >= ?",
        )
        .bind(since)
        .fetch_all(&mut *tx)
        .await?;
        for row in &found {
            changes.memberships.push(Membership {
                room: rows::id(row, "room")?,
                user: rows::id(row, "user")?,
                present: row.try_get("is_present")?,
                me: row.try_get("me_rev")?,
            });
        }
        let found = sqlx::query("SELECT id, me_rev FROM users WHERE me_changed_at >= ?")
            .bind(since)
            .fetch_all(&mut *tx)
            .await?;
        for row in &found {
            changes.users.push((rows::id(row, "id")?, row.try_get("me_rev")?));
        }
        let found = sqlx::query("SELECT id FROM sessions WHERE ended_at >= ?").bind(since).fetch_all(&mut *tx).await?;
        changes.sessions_ended = found.iter().map(|row| rows::id(row, "id")).collect::<Result<_>>()?;
        let row = sqlx::query("SELECT rev FROM streams WHERE name = 'people'").fetch_one(&mut *tx).await?;
        changes.people = row.try_get(0)?;
        Ok(changes)
    }

    pub async fn people_head(&self) -> Result<Rev> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query("SELECT rev FROM streams WHERE name = 'people'").fetch_one(&mut *tx).await?;
        Ok(row.try_get(0)?)
    }

    pub async fn me_head(&self, user: UserId) -> Result<Rev> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query("SELECT me_rev FROM users WHERE id = ?")
            .bind(user.as_bytes().as_slice())
            .fetch_one(&mut *tx)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Whether a session still lives (its account included).
    pub async fn session_lives(&self, session: SessionId) -> Result<bool> {
        Ok(self.session(session).await?.is_some_and(|session| session.lives()))
    }
}
