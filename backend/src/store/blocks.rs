//! People whom one does not want to hear from. They are not told: what they send is stored, and does not reach.

use recado_protocol::{
    ServerFrame, User, UserId,
    frame::{MeRooms, MeSync, SyncFrame},
};
use sqlx::{Row, SqliteConnection};

use super::{
    Store,
    me::me_changed,
    rooms::{exists, hide, pair},
    rows,
    writer::Tx,
};
use crate::{Error, error::Result, event::Event};

impl Store {
    /// Blocks somebody: the private room with them goes out of sight and stays there.
    pub async fn block(&self, actor: UserId, user: UserId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                if user == actor || !exists(&mut tx.conn, user).await? {
                    return Err(Error::not_found());
                }
                let made = sqlx::query(
                    "INSERT INTO blocks (user, blocked, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                )
                .bind(actor.as_bytes().as_slice())
                .bind(user.as_bytes().as_slice())
                .bind(tx.now.millis())
                .execute(&mut tx.conn)
                .await?;
                if made.rows_affected() == 0 {
                    return Ok(());
                }
                told(tx, actor).await?;
                mentions_changed(tx, actor, user).await?;
                let shown = sqlx::query(
                    "SELECT p.room FROM rooms r JOIN participants p ON p.room = r.id AND p.user = ? \
                     WHERE r.pair = ? AND p.is_hidden = 0",
                )
                .bind(actor.as_bytes().as_slice())
                .bind(pair(actor, user))
                .fetch_optional(&mut tx.conn)
                .await?;
                match shown {
                    Some(row) => hide(tx, rows::id(&row, "room")?, actor).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Their next message reaches one again; what they sent meanwhile is not news.
    pub async fn unblock(&self, actor: UserId, user: UserId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let gone = sqlx::query("DELETE FROM blocks WHERE user = ? AND blocked = ?")
                    .bind(actor.as_bytes().as_slice())
                    .bind(user.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                if gone.rows_affected() == 0 {
                    return Ok(());
                }
                sqlx::query(
                    "UPDATE participants SET last_read_seq = r.last_seq FROM rooms r \
                     WHERE r.id = participants.room AND r.pair = ? AND participants.user = ?",
                )
                .bind(pair(actor, user))
                .bind(actor.as_bytes().as_slice())
                .execute(&mut tx.conn)
                .await?;
                told(tx, actor).await?;
                mentions_changed(tx, actor, user).await
            })
        })
        .await
    }

    /// Whom one blocks, by name.
    pub async fn blocked(&self, viewer: UserId) -> Result<Vec<User>> {
        let now = self.now();
        let mut tx = self.snapshot().await?;
        let found = sqlx::query(rows::select_user!(
            "JOIN blocks b ON b.blocked = u.id WHERE b.user = ? ORDER BY u.display_name, u.username"
        ))
        .bind(viewer.as_bytes().as_slice())
        .fetch_all(&mut *tx)
        .await?;
        found.iter().map(|row| rows::full_user(row, now)).collect()
    }
}

/// Unread mentions of theirs count no longer, or again: tells the rooms that have some.
async fn mentions_changed(tx: &mut Tx, actor: UserId, user: UserId) -> Result<()> {
    let rooms = sqlx::query(
        "SELECT p.room FROM participants p WHERE p.user = ?1 AND p.role IS NOT NULL AND p.is_hidden = 0 AND EXISTS \
         (SELECT 1 FROM messages m WHERE m.room = p.room AND m.seq > p.last_read_seq AND m.sender = ?2 AND (m.mentions_room = 1 \
          OR EXISTS (SELECT 1 FROM mentions n WHERE n.room = m.room AND n.user = p.user AND n.seq = m.seq)))",
    )
    .bind(actor.as_bytes().as_slice())
    .bind(user.as_bytes().as_slice())
    .fetch_all(&mut tx.conn)
    .await?;
    for row in &rooms {
        me_changed(tx, rows::id(row, "room")?, actor).await?;
    }
    Ok(())
}

/// Tells one's own devices.
async fn told(tx: &mut Tx, user: UserId) -> Result<()> {
    let row = sqlx::query(
        "UPDATE users SET me_rev = me_rev + 1, blocks_me_rev = me_rev + 1, me_changed_at = ? WHERE id = ? RETURNING me_rev",
    )
    .bind(tx.now.millis())
    .bind(user.as_bytes().as_slice())
    .fetch_one(&mut tx.conn)
    .await?;
    let rev = row.try_get(0)?;
    let me = MeRooms { blocked: Some(ids(&mut tx.conn, user).await?), ..MeRooms::default() };
    let frame = ServerFrame::Sync(SyncFrame::Me(MeSync { me, upto: rev, reference: None }));
    tx.events.push(Event::Me { user, rev, frame });
    Ok(())
}

pub(super) async fn ids(conn: &mut SqliteConnection, user: UserId) -> Result<Vec<UserId>> {
    let found = sqlx::query("SELECT blocked FROM blocks WHERE user = ? ORDER BY created_at, blocked")
        .bind(user.as_bytes().as_slice())
        .fetch_all(conn)
        .await?;
    found.iter().map(|row| rows::id(row, "blocked")).collect()
}

/// Whether somebody blocks somebody.
pub(super) async fn blocks(conn: &mut SqliteConnection, user: UserId, other: UserId) -> Result<bool> {
    let row = sqlx::query("SELECT 1 FROM blocks WHERE user = ? AND blocked = ?")
        .bind(user.as_bytes().as_slice())
        .bind(other.as_bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}
