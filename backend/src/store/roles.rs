//! Who rules a room: roles, handing it over, and keeping people out.

use recado_protocol::{
    ChatType, Participant, Role, RoomId, Timestamp, UserId,
    message::{RoomChange, SystemEvent},
    permission::{self, Action},
    room::Ban,
};
use sqlx::{Row, SqliteConnection};

use super::{
    RoomAccess, Store,
    messages::{next_rev, system_message},
    rooms::{access, exists, exit, participant_access, tell_room},
    rows,
    writer::Tx,
};
use crate::{Error, error::Result};

impl Store {
    /// Gives somebody another role, up to one's own.
    pub async fn set_role(&self, actor: UserId, room: RoomId, user: UserId, role: Role) -> Result<Participant> {
        self.write(move |tx| {
            Box::pin(async move {
                let (own, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                allow(own, chat_type, Action::ChangeRole)?;
                let theirs = role_of(&mut tx.conn, user, room).await?;
                if !permission::may_manage(own, chat_type, theirs) || !permission::may_manage(own, chat_type, role) {
                    return Err(Error::forbidden("nobody can give or take more than they have"));
                }
                if theirs == role {
                    return rows::participant(&mut tx.conn, room, user).await;
                }
                if theirs == Role::Owner && owners(&mut tx.conn, room, Some(user)).await? == 0 {
                    return Err(Error::conflict("a room has an owner: hand it over instead"));
                }
                put_role(tx, room, user, role).await?;
                told_role(tx, room, actor, user, role).await?;
                rows::participant(&mut tx.conn, room, user).await
            })
        })
        .await
    }

    /// Hands the room over: they own it, and one is an admin.
    pub async fn transfer_room(&self, actor: UserId, room: RoomId, user: UserId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let (own, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                allow(own, chat_type, Action::Transfer)?;
                let theirs = role_of(&mut tx.conn, user, room).await?;
                if user == actor || is_disabled(&mut tx.conn, user).await? {
                    return Err(Error::invalid("user_id", "somebody else, who can sign in"));
                }
                if theirs != Role::Owner {
                    put_role(tx, room, user, Role::Owner).await?;
                }
                put_role(tx, room, actor, Role::Admin).await?;
                told_role(tx, room, actor, user, Role::Owner).await
            })
        })
        .await
    }

    /// Keeps somebody out, and takes them out if they are in. Whether that is new.
    pub async fn ban(&self, actor: UserId, room: RoomId, user: UserId) -> Result<(Ban, bool)> {
        self.write(move |tx| {
            Box::pin(async move {
                let (own, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                allow(own, chat_type, Action::Ban)?;
                if user == actor || !exists(&mut tx.conn, user).await? {
                    return Err(Error::invalid("user_id", "somebody else"));
                }
                if let RoomAccess::In { role: theirs, .. } = access(&mut tx.conn, user, room).await? {
                    if !permission::may_manage(own, chat_type, theirs) {
                        return Err(Error::forbidden("that person stands above you here"));
                    }
                    exit(tx, room, user).await?;
                    system_message(tx, room, actor, SystemEvent::ParticipantRemoved { user_id: user }).await?;
                    hand_on(tx, room, actor).await?;
                }
                let made = sqlx::query(
                    "INSERT INTO bans (room, user, banned_by, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                )
                .bind(room.as_bytes().as_slice())
                .bind(user.as_bytes().as_slice())
                .bind(actor.as_bytes().as_slice())
                .bind(tx.now.millis())
                .execute(&mut tx.conn)
                .await?;
                let all = bans(&mut tx.conn, room).await?;
                let ban = all.into_iter().find(|ban| ban.user.id == user).ok_or_else(Error::not_found)?;
                Ok((ban, made.rows_affected() > 0))
            })
        })
        .await
    }

    /// They may come in again.
    pub async fn unban(&self, actor: UserId, room: RoomId, user: UserId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let (own, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                allow(own, chat_type, Action::Ban)?;
                let gone = sqlx::query("DELETE FROM bans WHERE room = ? AND user = ?")
                    .bind(room.as_bytes().as_slice())
                    .bind(user.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                if gone.rows_affected() == 0 { Err(Error::not_found()) } else { Ok(()) }
            })
        })
        .await
    }

    /// Who is kept out, the latest first.
    pub async fn bans(&self, viewer: UserId, room: RoomId) -> Result<Vec<Ban>> {
        let mut tx = self.snapshot().await?;
        let (own, chat_type) = participant_access(&mut tx, viewer, room).await?;
        allow(own, chat_type, Action::Ban)?;
        bans(&mut tx, room).await
    }
}

fn allow(role: Role, chat_type: ChatType, action: Action) -> Result<()> {
    if permission::may(role, chat_type, action) {
        return Ok(());
    }
    Err(Error::forbidden("only a room's owners and admins can do this"))
}

async fn role_of(conn: &mut SqliteConnection, user: UserId, room: RoomId) -> Result<Role> {
    match access(conn, user, room).await? {
        RoomAccess::In { role, .. } => Ok(role),
        RoomAccess::Missing | RoomAccess::NotIn { .. } => Err(Error::not_found()),
    }
}

async fn bans(conn: &mut SqliteConnection, room: RoomId) -> Result<Vec<Ban>> {
    let found = sqlx::query(
        "SELECT b.banned_by, b.created_at, u.id AS user_id, u.username, u.display_name, u.rev AS user_rev \
         FROM bans b JOIN users u ON u.id = b.user WHERE b.room = ? ORDER BY b.created_at DESC, b.user",
    )
    .bind(room.as_bytes().as_slice())
    .fetch_all(conn)
    .await?;
    found
        .iter()
        .map(|row| {
            Ok(Ban {
                user: rows::user(row)?,
                banned_by: rows::id(row, "banned_by")?,
                created_at: Timestamp(row.try_get("created_at")?),
            })
        })
        .collect()
}

/// Refuses whom the room keeps out.
pub(super) async fn refuse_banned(conn: &mut SqliteConnection, user: UserId, room: RoomId) -> Result<()> {
    let row = sqlx::query("SELECT 1 FROM bans WHERE room = ? AND user = ?")
        .bind(room.as_bytes().as_slice())
        .bind(user.as_bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    if row.is_some() { Err(Error::forbidden("banned from this room")) } else { Ok(()) }
}

async fn is_disabled(conn: &mut SqliteConnection, user: UserId) -> Result<bool> {
    let row = sqlx::query("SELECT is_disabled FROM users WHERE id = ?")
        .bind(user.as_bytes().as_slice())
        .fetch_one(conn)
        .await?;
    Ok(row.try_get(0)?)
}

/// Owners who can sign in, without one of them.
async fn owners(conn: &mut SqliteConnection, room: RoomId, without: Option<UserId>) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM participants p JOIN users u ON u.id = p.user \
         WHERE p.room = ?1 AND p.role = 'owner' AND u.is_disabled = 0 AND (?2 IS NULL OR p.user <> ?2)",
    )
    .bind(room.as_bytes().as_slice())
    .bind(without.map(|user| user.as_bytes().to_vec()))
    .fetch_one(conn)
    .await?;
    Ok(row.try_get(0)?)
}

async fn put_role(tx: &mut Tx, room: RoomId, user: UserId, role: Role) -> Result<()> {
    let rev = next_rev(tx, room).await?;
    sqlx::query("UPDATE participants SET role = ?, rev = ? WHERE room = ? AND user = ?")
        .bind(role.as_str())
        .bind(rev)
        .bind(room.as_bytes().as_slice())
        .bind(user.as_bytes().as_slice())
        .execute(&mut tx.conn)
        .await?;
    let participant = rows::participant(&mut tx.conn, room, user).await?;
    tell_room(tx, room, rev, vec![participant]).await
}

async fn told_role(tx: &mut Tx, room: RoomId, actor: UserId, user: UserId, role: Role) -> Result<()> {
    let change = RoomChange { user_id: Some(user), role: Some(role), ..RoomChange::default() };
    system_message(tx, room, actor, SystemEvent::RoomChanged(change)).await
}

/// A room never becomes ownerless: the longest-standing admin who can sign in, else member, takes over.
pub(super) async fn hand_on(tx: &mut Tx, room: RoomId, actor: UserId) -> Result<()> {
    if owners(&mut tx.conn, room, None).await? > 0 {
        return Ok(());
    }
    let heir = sqlx::query(
        "SELECT p.user FROM participants p JOIN users u ON u.id = p.user \
         WHERE p.room = ? AND p.role IS NOT NULL AND u.is_disabled = 0 \
         ORDER BY CASE WHEN p.role = 'admin' THEN 0 ELSE 1 END, p.joined_at, p.user LIMIT 1",
    )
    .bind(room.as_bytes().as_slice())
    .fetch_optional(&mut tx.conn)
    .await?;
    let Some(row) = heir else { return Ok(()) };
    let user: UserId = rows::id(&row, "user")?;
    put_role(tx, room, user, Role::Owner).await?;
    told_role(tx, room, actor, user, Role::Owner).await
}

/// The rooms of somebody who cannot sign in any more get another owner.
pub(super) async fn hand_on_all(tx: &mut Tx, owner: UserId) -> Result<()> {
    let found = sqlx::query(
        "SELECT p.room FROM participants p JOIN rooms r ON r.id = p.room \
         WHERE p.user = ? AND p.role = 'owner' AND r.deleted_at IS NULL",
    )
    .bind(owner.as_bytes().as_slice())
    .fetch_all(&mut tx.conn)
    .await?;
    for row in &found {
        hand_on(tx, rows::id(row, "room")?, owner).await?;
    }
    Ok(())
}
