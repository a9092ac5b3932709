//! What is private to a person about their rooms: the stream `me`.

use recado_protocol::{
    ChatType, Rev, RoomId, Seq, ServerFrame, Timestamp, UserId,
    frame::{MeRooms, MeSync, SyncFrame},
    limits::MAX_NICKNAME_CHARS,
    me::{Background, Colour, MyRoom, MyRoomPatch, MySettings, Notifications},
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Store, messages::is_repeat, rooms, rows, writer::Tx};
use crate::{Error, error::Result, event::Event};

/// A person's numbers and settings of a room, counted now.
#[derive(Debug)]
pub(super) struct Mine {
    pub(super) last_read_seq: Seq,
    pub(super) unread: i64,
    pub(super) mentions: i64,
    pub(super) settings: MySettings,
}

impl Mine {
    pub(super) fn told(self, chat_room: RoomId, now: Timestamp) -> MyRoom {
        let Self { last_read_seq, unread, mentions, settings } = self;
        MyRoom { chat_room, last_read_seq, unread, mentions, muted: settings.is_muted(now), settings }
    }
}

/// From `is_favourite, notifications, muted_until, nickname, bubble_colour, background, is_archived`.
pub(super) fn settings(row: &SqliteRow) -> Result<MySettings> {
    let optional = |column: &str| row.try_get::<Option<&str>, _>(column);
    let muted_until: Option<i64> = row.try_get("muted_until")?;
    Ok(MySettings {
        favourite: row.try_get("is_favourite")?,
        notifications: rows::parsed(row.try_get("notifications")?, Notifications::parse)?,
        muted_until: muted_until.map(Timestamp),
        nickname: row.try_get("nickname")?,
        bubble_colour: optional("bubble_colour")?.map(|name| rows::parsed(name, Colour::parse)).transpose()?,
        background: optional("background")?.map(|name| rows::parsed(name, Background::parse)).transpose()?,
        archived: row.try_get("is_archived")?,
    })
}

pub(super) async fn mine(conn: &mut SqliteConnection, room: RoomId, user: UserId) -> Result<Mine> {
    let row = sqlx::query(
        "SELECT p.last_read_seq, p.is_favourite, p.notifications, p.muted_until, p.nickname, p.bubble_colour, p.background, \
         p.is_archived, \
         (SELECT COUNT(*) FROM messages m WHERE m.room = p.room AND m.seq > p.last_read_seq AND m.sender <> p.user \
          AND m.is_deleted = 0 AND m.message_type <> 'system') AS unread, \
         (SELECT COUNT(*) FROM mentions n JOIN messages m ON m.room = n.room AND m.seq = n.seq \
          WHERE n.room = p.room AND n.user = p.user AND n.seq > p.last_read_seq AND m.mentions_room = 0 \
          AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user = p.user AND b.blocked = m.sender)) \
         + (SELECT COUNT(*) FROM messages m WHERE m.room = p.room AND m.mentions_room = 1 AND m.seq > p.last_read_seq \
          AND m.sender <> p.user AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user = p.user AND b.blocked = m.sender)) \
         AS mentions \
         FROM participants p WHERE p.room = ? AND p.user = ?",
    )
    .bind(room.as_bytes().as_slice())
    .bind(user.as_bytes().as_slice())
    .fetch_one(conn)
    .await?;
    Ok(Mine {
        last_read_seq: row.try_get("last_read_seq")?,
        unread: row.try_get("unread")?,
        mentions: row.try_get("mentions")?,
        settings: settings(&row)?,
    })
}

/// Moves a person's stream `me` for a room.
pub(super) async fn bump_me(tx: &mut Tx, room: RoomId, user: UserId) -> Result<Rev> {
    let row = sqlx::query("UPDATE users SET me_rev = me_rev + 1, me_changed_at = ? WHERE id = ? RETURNING me_rev")
        .bind(tx.now.millis())
        .bind(user.as_bytes().as_slice())
        .fetch_one(&mut tx.conn)
        .await?;
    let me: Rev = row.try_get(0)?;
    sqlx::query("UPDATE participants SET me_rev = ? WHERE room = ? AND user = ?")
        .bind(me)
        .bind(room.as_bytes().as_slice())
        .bind(user.as_bytes().as_slice())
        .execute(&mut tx.conn)
        .await?;
    Ok(me)
}

/// Moves a person's stream `me` for a room and tells their devices.
pub(super) async fn me_changed(tx: &mut Tx, room: RoomId, user: UserId) -> Result<(MyRoom, Rev)> {
    let me = bump_me(tx, room, user).await?;
    let mine = mine(&mut tx.conn, room, user).await?.told(room, tx.now);
    tx.events.push(me_event(user, me, mine.clone()));
    Ok((mine, me))
}

pub(super) fn me_event(user: UserId, rev: Rev, mine: MyRoom) -> Event {
    let me = MeRooms { rooms: vec![mine], ..MeRooms::default() };
    let frame = ServerFrame::Sync(SyncFrame::Me(MeSync { me, upto: rev, reference: None }));
    Event::Me { user, rev, frame }
}

/// A message brings an archived room back to whoever put it away.
pub(super) async fn bring_into_sight(tx: &mut Tx, room: RoomId) -> Result<()> {
    let back = sqlx::query("UPDATE participants SET is_archived = 0 WHERE room = ? AND is_archived = 1 RETURNING user")
        .bind(room.as_bytes().as_slice())
        .fetch_all(&mut tx.conn)
        .await?;
    for row in &back {
        me_changed(tx, room, rows::id(row, "user")?).await?;
    }
    Ok(())
}

impl Store {
    /// Changes one's own settings of a room; with them, where one's stream `me` stands.
    pub async fn set_my_room(
        &self,
        actor: UserId,
        room: RoomId,
        patch: MyRoomPatch,
        client_id: Option<String>,
    ) -> Result<(MyRoom, Rev)> {
        self.write(move |tx| Box::pin(set_my_room(tx, actor, room, patch, client_id))).await
    }
}

async fn set_my_room(
    tx: &mut Tx,
    actor: UserId,
    room: RoomId,
    patch: MyRoomPatch,
    client_id: Option<String>,
) -> Result<(MyRoom, Rev)> {
    let (_, chat_type) = rooms::participant_access(&mut tx.conn, actor, room).await?;
    let patch = checked(patch, chat_type)?;
    let is_known = is_repeat(tx, actor, "set_my_room", client_id.as_deref(), room).await?;
    let old = mine(&mut tx.conn, room, actor).await?;
    let mut new = old.settings.clone();
    patch.apply(&mut new);
    if is_known || new == old.settings {
        let row = sqlx::query("SELECT me_rev FROM users WHERE id = ?")
            .bind(actor.as_bytes().as_slice())
            .fetch_one(&mut tx.conn)
            .await?;
        return Ok((old.told(room, tx.now), row.try_get(0)?));
    }
    sqlx::query(
        "UPDATE participants SET is_favourite = ?, notifications = ?, muted_until = ?, nickname = ?, bubble_colour = ?, \
         background = ?, is_archived = ? WHERE room = ? AND user = ?",
    )
    .bind(new.favourite)
    .bind(new.notifications.as_str())
    .bind(new.muted_until.map(Timestamp::millis))
    .bind(&new.nickname)
    .bind(new.bubble_colour.map(Colour::as_str))
    .bind(new.background.map(Background::as_str))
    .bind(new.archived)
    .bind(room.as_bytes().as_slice())
    .bind(actor.as_bytes().as_slice())
    .execute(&mut tx.conn)
    .await?;
    me_changed(tx, room, actor).await
}

fn checked(mut patch: MyRoomPatch, chat_type: ChatType) -> Result<MyRoomPatch> {
    if let Some(Some(nickname)) = &mut patch.nickname {
        if chat_type != ChatType::Private {
            return Err(Error::invalid("nickname", "only the other person of a private room has one"));
        }
        *nickname = nickname.trim().to_owned();
        let length = nickname.chars().count();
        if !(1..=MAX_NICKNAME_CHARS).contains(&length) || nickname.chars().any(char::is_control) {
            return Err(Error::invalid("nickname", format!("1 to {MAX_NICKNAME_CHARS} characters on one line")));
        }
    }
    Ok(patch)
}
