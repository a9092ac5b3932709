//! Read markers: how far somebody has read, and who is told.
//!
//! Who does not tell theirs is not told others': both ways at once, so that nobody watches unseen.

use recado_protocol::{MessageId, RoomId, Seq, ServerFrame, UserId};
use sqlx::{Row, SqliteConnection};

use super::{
    ReadTarget, Store,
    me::me_changed,
    messages::{check_client_id, found, is_repeat},
    rooms, rows,
};
use crate::{
    Error,
    error::Result,
    event::{Audience, Event},
};

impl Store {
    /// Where the marker went; `None` if it did not move.
    pub async fn mark_read(&self, actor: UserId, room: RoomId, target: ReadTarget) -> Result<Option<(MessageId, Seq)>> {
        self.write(move |tx| {
            Box::pin(async move {
                rooms::participant_access(&mut tx.conn, actor, room).await?;
                let seq = match target {
                    ReadTarget::Seq(seq) if seq < 0 => return Err(Error::invalid("seq", "not below 0")),
                    ReadTarget::Seq(seq) => seq,
                    ReadTarget::Message(message) => {
                        found(tx, room, message)
                            .await
                            .map_err(|_| Error::invalid("message_id", "no such message in this room"))?
                            .message
                            .seq
                    }
                };
                let moved = sqlx::query(
                    "UPDATE participants SET last_read_seq = MIN(?1, r.last_seq), read_at = ?4 FROM rooms r \
                     WHERE r.id = participants.room AND participants.room = ?2 AND participants.user = ?3 \
                     AND participants.last_read_seq < MIN(?1, r.last_seq) RETURNING participants.last_read_seq",
                )
                .bind(seq)
                .bind(room.as_bytes().as_slice())
                .bind(actor.as_bytes().as_slice())
                .bind(tx.now.millis())
                .fetch_optional(&mut tx.conn)
                .await?;
                let Some(row) = moved else { return Ok(None) };
                let seq: Seq = row.try_get(0)?;
                let row = sqlx::query(
                    "SELECT m.id, u.username FROM messages m, users u WHERE m.room = ? AND m.seq = ? AND u.id = ?",
                )
                .bind(room.as_bytes().as_slice())
                .bind(seq)
                .bind(actor.as_bytes().as_slice())
                .fetch_one(&mut tx.conn)
                .await?;
                let message_id = rows::id(&row, "id")?;
                let frame = ServerFrame::MessageRead {
                    chat_room: Some(room),
                    message_id,
                    seq,
                    user_id: actor,
                    username: row.try_get("username")?,
                    read_at: Some(tx.now),
                };
                if tells(&mut tx.conn, actor).await? {
                    let except = silent(&mut tx.conn, room).await?;
                    tx.events.push(Event::Transient { room, from: actor, audience: Audience::All, except, frame });
                }
                me_changed(tx, room, actor).await?;
                Ok(Some((message_id, seq)))
            })
        })
        .await
    }

    pub async fn mark_unread(&self, actor: UserId, room: RoomId, seq: Seq, client_id: Option<String>) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                check_client_id(client_id.as_deref())?;
                if is_repeat(tx, actor, "mark_unread", client_id.as_deref(), room).await? {
                    return Ok(());
                }
                rooms::participant_access(&mut tx.conn, actor, room).await?;
                if seq < 1 {
                    return Err(Error::invalid("seq", "at least 1"));
                }
                sqlx::query(
                    "UPDATE participants SET last_read_seq = MIN(last_read_seq, ?), read_at = NULL WHERE room = ? AND user = ?",
                )
                .bind(seq - 1)
                .bind(room.as_bytes().as_slice())
                .bind(actor.as_bytes().as_slice())
                .execute(&mut tx.conn)
                .await?;
                me_changed(tx, room, actor).await.map(drop)
            })
        })
        .await
    }

    /// Whether somebody tells their read markers, and is told others'.
    pub async fn read_receipts(&self, user: UserId) -> Result<bool> {
        let mut tx = self.snapshot().await?;
        tells(&mut tx, user).await
    }

    pub async fn set_read_receipts(&self, user: UserId, on: bool) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET read_receipts = ? WHERE id = ?")
                    .bind(on)
                    .bind(user.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Those in a room who are not to be told of others' markers; `None` when this one tells nobody.
    pub async fn not_told(&self, reader: UserId, room: RoomId) -> Result<Option<Vec<UserId>>> {
        let mut tx = self.snapshot().await?;
        if tells(&mut tx, reader).await? { silent(&mut tx, room).await.map(Some) } else { Ok(None) }
    }
}

async fn tells(conn: &mut SqliteConnection, user: UserId) -> Result<bool> {
    let row = sqlx::query("SELECT read_receipts FROM users WHERE id = ?")
        .bind(user.as_bytes().as_slice())
        .fetch_one(conn)
        .await?;
    Ok(row.try_get(0)?)
}

async fn silent(conn: &mut SqliteConnection, room: RoomId) -> Result<Vec<UserId>> {
    let found = sqlx::query(
        "SELECT p.user FROM participants p JOIN users u ON u.id = p.user \
         WHERE p.room = ? AND p.role IS NOT NULL AND u.read_receipts = 0",
    )
    .bind(room.as_bytes().as_slice())
    .fetch_all(conn)
    .await?;
    found.iter().map(|row| rows::id(row, "user")).collect()
}
