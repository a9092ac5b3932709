//! Invite links to rooms: made by those who may invite, used until they expire, are used up or are revoked.

use recado_protocol::{
    ChatType, Role, Room, RoomId, Timestamp, UserId,
    invite::{NewRoomInvite, RoomInvite},
    message::SystemEvent,
    permission::{self, Action},
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    RoomAccess, Store,
    messages::system_message,
    roles::refuse_banned,
    rooms::{access, enter, participant_access, whole},
    rows,
};
use crate::{Error, error::Result};

const WEEK_S: i64 = 7 * 24 * 3600;
const YEAR_S: i64 = 366 * 24 * 3600;
const MAX_USES: i64 = 100_000;

macro_rules! select_invite {
    ($rest:literal) => {
        concat!(
            "SELECT i.code, i.room, i.max_uses, i.uses, i.created_at, i.expires_at, u.id AS user_id, u.username, ",
            "u.display_name, u.rev AS user_rev FROM room_invites i JOIN users u ON u.id = i.created_by ",
            $rest
        )
    };
}

impl Store {
    pub async fn create_room_invite(
        &self,
        actor: UserId,
        room: RoomId,
        code: String,
        new: NewRoomInvite,
    ) -> Result<RoomInvite> {
        self.write(move |tx| {
            Box::pin(async move {
                inviter(&mut tx.conn, actor, room).await?;
                let seconds = new.expires_in_s.unwrap_or(WEEK_S);
                if !(1..=YEAR_S).contains(&seconds) {
                    return Err(Error::invalid("expires_in_s", "1 second to a year"));
                }
                if new.max_uses.is_some_and(|uses| !(1..=MAX_USES).contains(&uses)) {
                    return Err(Error::invalid("max_uses", format!("1 to {MAX_USES}")));
                }
                sqlx::query(
                    "INSERT INTO room_invites (code, room, created_by, max_uses, created_at, expires_at) \
                     VALUES (?, ?, ?, ?, ?, ?)",
                )
                .bind(&code)
                .bind(room.as_bytes().as_slice())
                .bind(actor.as_bytes().as_slice())
                .bind(new.max_uses)
                .bind(tx.now.millis())
                .bind(tx.now.millis() + seconds * 1000)
                .execute(&mut tx.conn)
                .await?;
                let row = sqlx::query(select_invite!("WHERE i.code = ?")).bind(code).fetch_one(&mut tx.conn).await?;
                invite(&row)
            })
        })
        .await
    }

    /// Links that can still be used, the newest first; of those who only may invite, their own.
    pub async fn room_invites(&self, viewer: UserId, room: RoomId) -> Result<Vec<RoomInvite>> {
        let now = self.now();
        let mut tx = self.snapshot().await?;
        let rules = inviter(&mut tx, viewer, room).await?;
        let found = sqlx::query(select_invite!(
            "WHERE i.room = ? AND i.expires_at > ? AND (i.max_uses IS NULL OR i.uses < i.max_uses) \
             ORDER BY i.created_at DESC, i.code"
        ))
        .bind(room.as_bytes().as_slice())
        .bind(now.millis())
        .fetch_all(&mut *tx)
        .await?;
        let all = found.iter().map(invite).collect::<Result<Vec<_>>>()?;
        Ok(all.into_iter().filter(|invite| rules || invite.created_by.id == viewer).collect())
    }

    /// Revokes a link: one's own, or any where one rules.
    pub async fn delete_room_invite(&self, actor: UserId, room: RoomId, code: String) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let (role, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                let rules = permission::may(role, chat_type, Action::Invite);
                let gone =
                    sqlx::query("DELETE FROM room_invites WHERE code = ? AND room = ? AND (? OR created_by = ?)")
                        .bind(code)
                        .bind(room.as_bytes().as_slice())
                        .bind(rules)
                        .bind(actor.as_bytes().as_slice())
                        .execute(&mut tx.conn)
                        .await?;
                if gone.rows_affected() == 0 { Err(Error::not_found()) } else { Ok(()) }
            })
        })
        .await
    }

    /// Joins the room that a link leads to; who is in already uses nothing up.
    pub async fn join_by_invite(&self, actor: UserId, code: String) -> Result<Room> {
        self.write(move |tx| {
            Box::pin(async move {
                let bad = || Error::forbidden("this needs a valid invite");
                let row = sqlx::query(select_invite!(
                    "JOIN rooms r ON r.id = i.room WHERE i.code = ? AND i.expires_at > ? \
                     AND (i.max_uses IS NULL OR i.uses < i.max_uses) AND r.deleted_at IS NULL"
                ))
                .bind(&code)
                .bind(tx.now.millis())
                .fetch_optional(&mut tx.conn)
                .await?
                .ok_or_else(bad)?;
                let room = invite(&row)?.chat_room;
                if let RoomAccess::NotIn { .. } = access(&mut tx.conn, actor, room).await? {
                    refuse_banned(&mut tx.conn, actor, room).await?;
                    sqlx::query("UPDATE room_invites SET uses = uses + 1 WHERE code = ?")
                        .bind(&code)
                        .execute(&mut tx.conn)
                        .await?;
                    enter(tx, room, actor, Role::Member).await?;
                    system_message(tx, room, actor, SystemEvent::ParticipantJoined { user_id: actor }).await?;
                }
                whole(&mut tx.conn, actor, room).await
            })
        })
        .await
    }
}

/// Refuses who may not invite; else, whether they rule the room.
async fn inviter(conn: &mut SqliteConnection, user: UserId, room: RoomId) -> Result<bool> {
    let (role, chat_type) = participant_access(conn, user, room).await?;
    let members_may = rows::room(conn, room).await?.is_some_and(|room| room.members_may_invite);
    if chat_type == ChatType::Private || !permission::may_invite(role, chat_type, members_may) {
        return Err(Error::forbidden("you may not invite to this room"));
    }
    Ok(permission::may(role, chat_type, Action::Invite))
}

fn invite(row: &SqliteRow) -> Result<RoomInvite> {
    Ok(RoomInvite {
        code: row.try_get("code")?,
        chat_room: rows::id(row, "room")?,
        created_by: rows::user(row)?,
        max_uses: row.try_get("max_uses")?,
        uses: row.try_get("uses")?,
        created_at: Timestamp(row.try_get("created_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
    })
}
