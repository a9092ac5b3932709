//! From rows to what the protocol says: users, messages, participants, rooms.

use recado_protocol::{
    ChatType, Message, MessageId, MessageType, Participant, Rev, Role, Room, RoomId, Timestamp, User, UserId,
    me::Colour,
    message::{Pin, Quote, SystemEvent},
    reaction::Reaction,
    user::CustomStatus,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{Error, error::Result};

/// An id from a column of 16 bytes.
pub(super) fn id<T: From<Uuid>>(row: &SqliteRow, column: &str) -> Result<T> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map(T::from).map_err(Error::unavailable)
}

pub(super) fn optional_id<T: From<Uuid>>(row: &SqliteRow, column: &str) -> Result<Option<T>> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    bytes.map(|bytes| Uuid::from_slice(bytes).map(T::from).map_err(Error::unavailable)).transpose()
}

pub(super) fn parsed<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| Error::unavailable(format!("the database holds an unknown word: {text}")))
}

pub(super) fn role(row: &SqliteRow, column: &str) -> Result<Option<Role>> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| parsed(text, Role::parse)).transpose()
}

pub(super) fn chat_type(row: &SqliteRow) -> Result<ChatType> {
    parsed(row.try_get("chat_type")?, ChatType::parse)
}

/// From `user_id, username, display_name, user_rev`.
pub(super) fn user(row: &SqliteRow) -> Result<User> {
    let (username, display_name) = (row.try_get("username")?, row.try_get("display_name")?);
    Ok(User::named(id(row, "user_id")?, username, display_name, row.try_get("user_rev")?))
}

/// Columns of an account; joins and conditions on `u` follow.
macro_rules! select_user {
    ($rest:literal) => {
        concat!(
            "SELECT u.id AS user_id, u.username, u.display_name, u.rev AS user_rev, u.is_admin, u.about, u.time_zone, ",
            "u.status_emoji, u.status_text, u.status_until, u.is_disabled, u.password_hash FROM users u ",
            $rest
        )
    };
}
pub(super) use select_user;

/// From [`select_user`]; a status that is over is none.
pub(super) fn full_user(row: &SqliteRow, now: Timestamp) -> Result<User> {
    let until: Option<i64> = row.try_get("status_until")?;
    let status = CustomStatus {
        emoji: row.try_get("status_emoji")?,
        text: row.try_get("status_text")?,
        until: until.map(Timestamp),
    };
    Ok(User {
        is_admin: Some(row.try_get("is_admin")?),
        about: row.try_get("about")?,
        time_zone: row.try_get("time_zone")?,
        status: Some(status).filter(|status| (status.emoji.is_some() || status.text.is_some()) && !status.is_over(now)),
        ..user(row)?
    })
}

/// Columns and joins of a whole message; a condition on `m` follows.
macro_rules! select_message {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.room, m.seq, m.rev, m.created_rev, m.content, m.message_type, m.client_id, m.is_edited, ",
            "m.is_deleted, m.deleted_by, m.pinned_by, m.pinned_at, m.mentions_room, m.is_recovered, m.has_reactions, m.system, m.created_at, ",
            "m.updated_at, ",
            "u.id AS user_id, u.username, u.display_name, u.rev AS user_rev, ",
            "q.id AS quote_id, q.content AS quote_content, q.message_type AS quote_type, q.seq AS quote_seq, ",
            "q.is_deleted AS quote_is_deleted, qu.id AS quote_user, qu.username AS quote_username, ",
            "qu.display_name AS quote_display_name, qu.rev AS quote_user_rev ",
            "FROM messages m JOIN users u ON u.id = m.sender ",
            "LEFT JOIN messages q ON q.id = m.reply_to LEFT JOIN users qu ON qu.id = q.sender ",
            $rest
        )
    };
}
pub(super) use select_message;

/// A message and what only the store knows of it.
#[derive(Debug)]
pub(super) struct MessageRow {
    pub(super) message: Message,
    pub(super) created_rev: Rev,
    pub(super) deleted_by: Option<UserId>,
}

/// From [`select_message`]; reactions are read apart where there are any.
pub(super) async fn message(conn: &mut SqliteConnection, row: &SqliteRow) -> Result<MessageRow> {
    let message_id: MessageId = id(row, "id")?;
    let quote_id: Option<MessageId> = optional_id(row, "quote_id")?;
    let reply_to = match quote_id {
        None => None,
        Some(quote_id) => Some(Quote {
            id: quote_id,
            sender: User::named(
                id(row, "quote_user")?,
                row.try_get("quote_username")?,
                row.try_get("quote_display_name")?,
                row.try_get("quote_user_rev")?,
            ),
            content: row.try_get("quote_content")?,
            message_type: parsed(row.try_get("quote_type")?, MessageType::parse)?,
            seq: row.try_get("quote_seq")?,
            is_deleted: row.try_get("quote_is_deleted")?,
        }),
    };
    let has_reactions: bool = row.try_get("has_reactions")?;
    let is_deleted: bool = row.try_get("is_deleted")?;
    let (pinned_by, pinned_at): (Option<UserId>, Option<i64>) =
        (optional_id(row, "pinned_by")?, row.try_get("pinned_at")?);
    let system: Option<&str> = row.try_get("system")?;
    let system: Option<SystemEvent> = system.map(serde_json::from_str).transpose().map_err(Error::unavailable)?;
    let mut message = MessageRow {
        created_rev: row.try_get("created_rev")?,
        deleted_by: optional_id(row, "deleted_by")?,
        message: Message {
            id: message_id,
            chat_room: id(row, "room")?,
            seq: row.try_get("seq")?,
            rev: row.try_get("rev")?,
            sender: user(row)?,
            content: row.try_get("content")?,
            message_type: parsed(row.try_get("message_type")?, MessageType::parse)?,
            attachments: Vec::new(),
            reply_to,
            reactions: Vec::new(),
            pinned: pinned_by.zip(pinned_at).map(|(by, at)| Pin { by, at: Timestamp(at) }),
            mentions_room: row.try_get("mentions_room")?,
            is_edited: row.try_get("is_edited")?,
            is_deleted,
            created_at: Timestamp(row.try_get("created_at")?),
            updated_at: Timestamp(row.try_get("updated_at")?),
            client_id: row.try_get("client_id")?,
            recovered: row.try_get("is_recovered")?,
            system,
        },
    };
    if has_reactions && !is_deleted {
        message.message.reactions = reactions(conn, message_id).await?;
    }
    Ok(message)
}

/// Whole messages from rows of [`select_message`].
pub(super) async fn messages(conn: &mut SqliteConnection, rows: &[SqliteRow]) -> Result<Vec<MessageRow>> {
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        messages.push(message(conn, row).await?);
    }
    Ok(messages)
}

pub(super) async fn message_by_id(conn: &mut SqliteConnection, message_id: MessageId) -> Result<Option<MessageRow>> {
    let row = sqlx::query(select_message!("WHERE m.id = ?"))
        .bind(message_id.as_bytes().as_slice())
        .fetch_optional(&mut *conn)
        .await?;
    match row {
        Some(row) => message(conn, &row).await.map(Some),
        None => Ok(None),
    }
}

async fn reactions(conn: &mut SqliteConnection, message_id: MessageId) -> Result<Vec<Reaction>> {
    let rows =
        sqlx::query("SELECT reaction_type, user FROM reactions WHERE message = ? AND is_removed = 0 ORDER BY rev")
            .bind(message_id.as_bytes().as_slice())
            .fetch_all(conn)
            .await?;
    let mut reactions: Vec<Reaction> = Vec::new();
    for row in &rows {
        let reaction_type: &str = row.try_get("reaction_type")?;
        let user_id = id(row, "user")?;
        match reactions.iter_mut().find(|reaction| reaction.reaction_type == reaction_type) {
            Some(reaction) => reaction.user_ids.push(user_id),
            None => reactions.push(Reaction { reaction_type: reaction_type.to_owned(), user_ids: vec![user_id] }),
        }
    }
    Ok(reactions)
}

/// Columns and joins of a participant; `?1` is the viewer, NULL where there are many. Markers stay out where they are not told.
macro_rules! select_participant {
    ($rest:literal) => {
        concat!(
            "SELECT p.role, p.rev, u.id AS user_id, u.username, u.display_name, u.rev AS user_rev, ",
            "CASE WHEN p.user = ?1 OR (u.read_receipts = 1 AND COALESCE(v.read_receipts, 1) = 1) ",
            "THEN p.last_read_seq ELSE 0 END AS last_read_seq, ",
            "CASE WHEN p.user = ?1 OR (u.read_receipts = 1 AND COALESCE(v.read_receipts, 1) = 1) THEN p.read_at END AS read_at ",
            "FROM participants p JOIN users u ON u.id = p.user LEFT JOIN users v ON v.id = ?1 ",
            $rest
        )
    };
}

/// Participants whose row changed above `after`, as `viewer` sees them; those who left only with `gone`.
pub(super) async fn participants(
    conn: &mut SqliteConnection,
    viewer: Option<UserId>,
    room: RoomId,
    after: Rev,
    gone: bool,
) -> Result<Vec<Participant>> {
    let rows = sqlx::query(select_participant!(
        "WHERE p.room = ?2 AND p.rev > ?3 AND (?4 OR p.role IS NOT NULL) ORDER BY p.joined_at, p.user"
    ))
    .bind(viewer.as_ref().map(|viewer| viewer.as_bytes().as_slice()))
    .bind(room.as_bytes().as_slice())
    .bind(after)
    .bind(gone)
    .fetch_all(conn)
    .await?;
    rows.iter().map(participant_row).collect()
}

pub(super) async fn participant(conn: &mut SqliteConnection, room: RoomId, user_id: UserId) -> Result<Participant> {
    let row = sqlx::query(select_participant!("WHERE p.room = ?2 AND p.user = ?3"))
        .bind(None::<&[u8]>)
        .bind(room.as_bytes().as_slice())
        .bind(user_id.as_bytes().as_slice())
        .fetch_one(conn)
        .await?;
    participant_row(&row)
}

fn participant_row(row: &SqliteRow) -> Result<Participant> {
    Ok(Participant {
        user: user(row)?,
        role: role(row, "role")?,
        last_read_seq: row.try_get("last_read_seq")?,
        read_at: row.try_get::<Option<i64>, _>("read_at")?.map(Timestamp),
        rev: row.try_get("rev")?,
    })
}

/// The room without what differs by viewer and without participants; `None` when there is none (any more).
pub(super) async fn room(conn: &mut SqliteConnection, room: RoomId) -> Result<Option<Room>> {
    let row = sqlx::query(
        "SELECT r.name, r.chat_type, r.rev, r.last_seq, r.created_at, r.topic, r.description, r.colour, \
         r.members_may_invite, \
         (SELECT COUNT(*) FROM participants p WHERE p.room = r.id AND p.role IS NOT NULL) AS people \
         FROM rooms r WHERE r.id = ? AND r.deleted_at IS NULL",
    )
    .bind(room.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Room {
            id: room,
            name: row.try_get("name")?,
            chat_type: chat_type(&row)?,
            rev: row.try_get("rev")?,
            last_seq: row.try_get("last_seq")?,
            created_at: Timestamp(row.try_get("created_at")?),
            last_read_seq: None,
            unread: None,
            mentions: None,
            participants: None,
            participant_count: row.try_get("people")?,
            topic: row.try_get("topic")?,
            description: row.try_get("description")?,
            colour: row.try_get::<Option<&str>, _>("colour")?.map(|name| parsed(name, Colour::parse)).transpose()?,
            members_may_invite: row.try_get("members_may_invite")?,
        })
    })
    .transpose()
}
