//! Rooms and who is in them.

use recado_protocol::{
    ChatType, Participant, Rev, Role, Room, RoomId, ServerFrame, UserId,
    frame::RoomFrame,
    limits,
    me::Colour,
    message::{RoomChange, SystemEvent},
    permission::{self, Action},
    room::{NewParticipant, NewRoom, RoomPatch},
};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use super::{
    MemberRoom, RoomAccess, Store,
    blocks::blocks,
    me::{self, bump_me},
    messages::{is_repeat, next_rev, system_message},
    roles::{hand_on, refuse_banned},
    rows,
    writer::Tx,
};
use crate::{Error, error::Result, event::Event};

impl Store {
    /// The room, and whether it was made now.
    pub async fn create_room(&self, actor: UserId, new: NewRoom) -> Result<(Room, bool)> {
        self.write(move |tx| Box::pin(create(tx, actor, new))).await
    }

    pub async fn patch_room(&self, actor: UserId, room: RoomId, patch: RoomPatch) -> Result<Room> {
        self.write(move |tx| {
            Box::pin(async move {
                let (role, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                if !permission::may(role, chat_type, Action::ChangeRoom) {
                    return Err(Error::forbidden("only a room's owners and admins can change it"));
                }
                let old = rows::room(&mut tx.conn, room).await?.ok_or_else(Error::not_found)?;
                let change = changed(&old, patch)?;
                if change != RoomChange::default() {
                    let rev = next_rev(tx, room).await?;
                    put_settings(tx, room, rev, &old, &change).await?;
                    tell_room(tx, room, rev, Vec::new()).await?;
                    system_message(tx, room, actor, SystemEvent::RoomChanged(change)).await?;
                }
                whole(&mut tx.conn, actor, room).await
            })
        })
        .await
    }

    pub async fn delete_room(&self, actor: UserId, room: RoomId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                let (role, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                if !permission::may(role, chat_type, Action::DeleteRoom) {
                    return Err(Error::forbidden("only a room's owners and admins can delete it"));
                }
                next_rev(tx, room).await?;
                let people = rows::participants(&mut tx.conn, None, room, -1, false).await?;
                sqlx::query("UPDATE rooms SET deleted_at = ? WHERE id = ?")
                    .bind(tx.now.millis())
                    .bind(room.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                let mut users = Vec::with_capacity(people.len());
                for participant in people {
                    users.push((participant.user.id, bump_me(tx, room, participant.user.id).await?));
                }
                tx.events.push(Event::RoomDeleted { room, users });
                Ok(())
            })
        })
        .await
    }

    /// The participant, and whether they came in now.
    pub async fn add_participant(
        &self,
        actor: UserId,
        room: RoomId,
        new: NewParticipant,
    ) -> Result<(Participant, bool)> {
        self.write(move |tx| {
            Box::pin(async move {
                let (role, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
                if chat_type == ChatType::Private {
                    return Err(Error::conflict("a private room has exactly two people"));
                }
                if !permission::may(role, chat_type, Action::AddParticipant) {
                    return Err(Error::forbidden("only a room's owners and admins can add people"));
                }
                let given = new.role.unwrap_or(Role::Member);
                if !permission::may_manage(role, chat_type, given) {
                    return Err(Error::forbidden("nobody can give more than they have"));
                }
                if !exists(&mut tx.conn, new.user_id).await? {
                    return Err(Error::invalid("user_id", "no such person"));
                }
                if let RoomAccess::In { .. } = access(&mut tx.conn, new.user_id, room).await? {
                    return Ok((rows::participant(&mut tx.conn, room, new.user_id).await?, false));
                }
                refuse_banned(&mut tx.conn, new.user_id, room).await?;
                enter(tx, room, new.user_id, given).await?;
                system_message(tx, room, actor, SystemEvent::ParticipantJoined { user_id: new.user_id }).await?;
                Ok((rows::participant(&mut tx.conn, room, new.user_id).await?, true))
            })
        })
        .await
    }

    /// Removes somebody, or oneself: leaving.
    pub async fn remove_participant(&self, actor: UserId, room: RoomId, user: UserId) -> Result<()> {
        self.write(move |tx| Box::pin(remove(tx, actor, room, user))).await
    }

    /// Leaves, once: a repeat after one was let in again changes nothing.
    pub async fn leave_room(&self, actor: UserId, room: RoomId, client_id: Option<String>) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                if is_repeat(tx, actor, "leave_room", client_id.as_deref(), room).await? {
                    return Ok(());
                }
                remove(tx, actor, room, actor).await
            })
        })
        .await
    }

    pub async fn join_room(&self, actor: UserId, room: RoomId) -> Result<Room> {
        self.write(move |tx| {
            Box::pin(async move {
                match access(&mut tx.conn, actor, room).await? {
                    RoomAccess::In { .. } => {}
                    RoomAccess::NotIn { chat_type: ChatType::Community } => {
                        refuse_banned(&mut tx.conn, actor, room).await?;
                        enter(tx, room, actor, Role::Member).await?;
                        system_message(tx, room, actor, SystemEvent::ParticipantJoined { user_id: actor }).await?;
                    }
                    RoomAccess::NotIn { .. } | RoomAccess::Missing => return Err(Error::not_found()),
                }
                whole(&mut tx.conn, actor, room).await
            })
        })
        .await
    }

    /// A room as its participant sees it; a community also without participants from outside.
    pub async fn room(&self, viewer: UserId, room: RoomId) -> Result<Room> {
        let mut tx = self.snapshot().await?;
        match access(&mut tx, viewer, room).await? {
            RoomAccess::In { .. } => whole(&mut tx, viewer, room).await,
            RoomAccess::NotIn { chat_type: ChatType::Community } => {
                rows::room(&mut tx, room).await?.ok_or_else(Error::not_found)
            }
            RoomAccess::NotIn { .. } | RoomAccess::Missing => Err(Error::not_found()),
        }
    }

    /// One's rooms, the latest activity first.
    pub async fn rooms(&self, viewer: UserId) -> Result<Vec<Room>> {
        let mut tx = self.snapshot().await?;
        let mine = sqlx::query(
            "SELECT p.room FROM participants p JOIN rooms r ON r.id = p.room WHERE p.user = ? AND p.role IS NOT NULL \
             AND p.is_hidden = 0 AND r.deleted_at IS NULL ORDER BY MAX(r.last_at, r.created_at) DESC, r.id",
        )
        .bind(viewer.as_bytes().as_slice())
        .fetch_all(&mut *tx)
        .await?;
        let mut rooms = Vec::with_capacity(mine.len());
        for row in &mine {
            rooms.push(whole(&mut tx, viewer, rows::id(row, "room")?).await?);
        }
        Ok(rooms)
    }

    /// Communities that one is not in, by name.
    pub async fn directory(&self, viewer: UserId, query: Option<&str>) -> Result<Vec<Room>> {
        let mut tx = self.snapshot().await?;
        let pattern = format!("%{}%", escaped(query.unwrap_or_default()));
        let found = sqlx::query(
            "SELECT r.id FROM rooms r WHERE r.chat_type = 'community' AND r.deleted_at IS NULL \
             AND COALESCE(r.name, '') LIKE ? ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM participants p \
             WHERE p.room = r.id AND p.user = ? AND p.role IS NOT NULL) \
             AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.room = r.id AND b.user = ?) ORDER BY r.name, r.id LIMIT 200",
        )
        .bind(pattern)
        .bind(viewer.as_bytes().as_slice())
        .bind(viewer.as_bytes().as_slice())
        .fetch_all(&mut *tx)
        .await?;
        let mut rooms = Vec::with_capacity(found.len());
        for row in &found {
            rooms.extend(rows::room(&mut tx, rows::id(row, "id")?).await?);
        }
        Ok(rooms)
    }

    /// Who is in the room now, with their read markers (for `watch`). `not_found` or `forbidden` as for any read.
    pub async fn participants(&self, viewer: UserId, room: RoomId) -> Result<Vec<Participant>> {
        let mut tx = self.snapshot().await?;
        participant_access(&mut tx, viewer, room).await?;
        rows::participants(&mut tx, Some(viewer), room, -1, false).await
    }

    /// Rooms that somebody's devices subscribe to.
    pub async fn member_rooms(&self, user: UserId) -> Result<Vec<MemberRoom>> {
        let mut tx = self.snapshot().await?;
        let rows = sqlx::query(
            "SELECT r.id, r.rev, (SELECT COUNT(*) FROM participants c WHERE c.room = r.id AND c.role IS NOT NULL) AS people \
             FROM participants p JOIN rooms r ON r.id = p.room \
             WHERE p.user = ? AND p.role IS NOT NULL AND p.is_hidden = 0 AND r.deleted_at IS NULL",
        )
        .bind(user.as_bytes().as_slice())
        .fetch_all(&mut *tx)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(MemberRoom {
                    room: rows::id(row, "id")?,
                    rev: row.try_get("rev")?,
                    participant_count: row.try_get("people")?,
                })
            })
            .collect()
    }

    pub async fn role_in(&self, user: UserId, room: RoomId) -> Result<RoomAccess> {
        let mut tx = self.snapshot().await?;
        access(&mut tx, user, room).await
    }

    /// The whole-room frame that a newcomer gets ([`Event::Joined`]); `None` when the room is gone.
    pub async fn whole_room(&self, room: RoomId) -> Result<Option<ServerFrame>> {
        let mut tx = self.snapshot().await?;
        whole_frame(&mut tx, room).await
    }
}

async fn remove(tx: &mut Tx, actor: UserId, room: RoomId, user: UserId) -> Result<()> {
    let (role, chat_type) = participant_access(&mut tx.conn, actor, room).await?;
    if actor == user && chat_type == ChatType::Private {
        return hide(tx, room, user).await;
    }
    if actor != user {
        if !permission::may(role, chat_type, Action::RemoveParticipant) {
            return Err(Error::forbidden("only a room's owners and admins can remove people"));
        }
        match access(&mut tx.conn, user, room).await? {
            RoomAccess::In { role: theirs, .. } if permission::may_manage(role, chat_type, theirs) => {}
            RoomAccess::In { .. } => return Err(Error::forbidden("that person stands above you here")),
            RoomAccess::Missing | RoomAccess::NotIn { .. } => return Err(Error::not_found()),
        }
    }
    exit(tx, room, user).await?;
    let event = if actor == user {
        SystemEvent::ParticipantLeft { user_id: user }
    } else {
        SystemEvent::ParticipantRemoved { user_id: user }
    };
    system_message(tx, room, actor, event).await?;
    hand_on(tx, room, actor).await
}

async fn create(tx: &mut Tx, actor: UserId, new: NewRoom) -> Result<(Room, bool)> {
    if let Some(client_id) = &new.client_id {
        if !limits::is_client_id(client_id) {
            return Err(Error::invalid("client_id", "1 to 64 characters, none of them a control character"));
        }
        let known = sqlx::query("SELECT room FROM commands WHERE sender = ? AND kind = 'room' AND client_id = ?")
            .bind(actor.as_bytes().as_slice())
            .bind(client_id)
            .fetch_optional(&mut tx.conn)
            .await?;
        if let Some(row) = known {
            let room = rows::id(&row, "room")?;
            unhide(tx, room, actor).await?;
            participant_access(&mut tx.conn, actor, room).await?;
            return Ok((whole(&mut tx.conn, actor, room).await?, false));
        }
    }
    let mut others: Vec<UserId> = new.participants.iter().copied().filter(|user| *user != actor).collect();
    others.sort_unstable();
    others.dedup();
    if others.len() > limits::MAX_NEW_PARTICIPANTS {
        return Err(Error::invalid("participants", format!("at most {}", limits::MAX_NEW_PARTICIPANTS)));
    }
    for user in &others {
        if !exists(&mut tx.conn, *user).await? {
            return Err(Error::invalid("participants", "no such person"));
        }
    }
    let pair = match (new.chat_type, others.as_slice()) {
        (ChatType::Private, [other]) => Some(pair(actor, *other)),
        (ChatType::Private, _) => {
            return Err(Error::invalid("participants", "a private room has exactly one other person"));
        }
        _ => None,
    };
    let name = match new.chat_type {
        ChatType::Private => None,
        ChatType::Group | ChatType::Community => new.name.as_deref().map(checked_name).transpose()?,
    };
    if let (Some(_), [other]) = (&pair, others.as_slice())
        && blocks(&mut tx.conn, actor, *other).await?
    {
        return Err(Error::conflict("you block this person"));
    }
    if let Some(pair) = &pair {
        let known = sqlx::query("SELECT id FROM rooms WHERE pair = ?").bind(pair).fetch_optional(&mut tx.conn).await?;
        if let Some(row) = known {
            let room = rows::id(&row, "id")?;
            unhide(tx, room, actor).await?;
            note(tx, actor, new.client_id.as_deref(), room).await?;
            return Ok((whole(&mut tx.conn, actor, room).await?, false));
        }
    }
    let room = RoomId(Uuid::now_v7());
    let now = tx.now.millis();
    sqlx::query(
        "INSERT INTO rooms (id, chat_type, name, rev, settings_rev, created_at, changed_at, pair) VALUES (?, ?, ?, 1, 1, ?, ?, ?)",
    )
    .bind(room.as_bytes().as_slice())
    .bind(new.chat_type.as_str())
    .bind(&name)
    .bind(now)
    .bind(now)
    .bind(&pair)
    .execute(&mut tx.conn)
    .await?;
    let creator = if new.chat_type == ChatType::Private { Role::Member } else { Role::Owner };
    let mut people = vec![(actor, creator)];
    people.extend(others.into_iter().map(|user| (user, Role::Member)));
    let mut entered = Vec::with_capacity(people.len());
    for (user, role) in people {
        let me = put(tx, room, user, role, 1).await?;
        if new.chat_type == ChatType::Private && user != actor && blocks(&mut tx.conn, user, actor).await? {
            // Not theirs to see, nor to hear of.
            set_hidden(tx, room, user, true).await?;
        } else {
            entered.push((user, me));
        }
    }
    note(tx, actor, new.client_id.as_deref(), room).await?;
    if let Some(frame) = whole_frame(&mut tx.conn, room).await? {
        for (user, me) in entered {
            tx.events.push(Event::Joined { room, user, me, frame: frame.clone() });
        }
    }
    Ok((whole(&mut tx.conn, actor, room).await?, true))
}

/// Remembers which room a `client_id` made, for ever.
async fn note(tx: &mut Tx, actor: UserId, client_id: Option<&str>, room: RoomId) -> Result<()> {
    if let Some(client_id) = client_id {
        sqlx::query("INSERT INTO commands (sender, kind, client_id, room, made_at) VALUES (?, 'room', ?, ?, ?)")
            .bind(actor.as_bytes().as_slice())
            .bind(client_id)
            .bind(room.as_bytes().as_slice())
            .bind(tx.now.millis())
            .execute(&mut tx.conn)
            .await?;
    }
    Ok(())
}

/// What of a patch is new.
fn changed(old: &Room, patch: RoomPatch) -> Result<RoomChange> {
    let tidy = |field: &'static str, limit: usize, is_line: bool, text: Option<String>| {
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let is_bad = |text: &String| text.chars().count() > limit || (is_line && text.chars().any(char::is_control));
        if text.as_ref().is_some_and(is_bad) {
            let line = if is_line { " on one line" } else { "" };
            return Err(Error::invalid(field, format!("at most {limit} characters{line}")));
        }
        Ok(text)
    };
    let topic = patch.topic.map(|text| tidy("topic", limits::MAX_TOPIC_CHARS, true, text)).transpose()?;
    let description =
        patch.description.map(|text| tidy("description", limits::MAX_DESCRIPTION_CHARS, false, text)).transpose()?;
    let name = patch.name.as_deref().map(checked_name).transpose()?;
    Ok(RoomChange {
        name: name.filter(|name| Some(name) != old.name.as_ref()),
        topic: topic.filter(|topic| *topic != old.topic),
        description: description.filter(|description| *description != old.description),
        colour: patch.colour.filter(|colour| *colour != old.colour),
        members_may_invite: patch.members_may_invite.filter(|may| *may != old.members_may_invite),
        user_id: None,
        role: None,
    })
}

async fn put_settings(tx: &mut Tx, room: RoomId, rev: Rev, old: &Room, change: &RoomChange) -> Result<()> {
    sqlx::query(
        "UPDATE rooms SET name = ?, topic = ?, description = ?, colour = ?, members_may_invite = ?, settings_rev = ? WHERE id = ?",
    )
    .bind(change.name.as_ref().or(old.name.as_ref()))
    .bind(change.topic.as_ref().unwrap_or(&old.topic))
    .bind(change.description.as_ref().unwrap_or(&old.description))
    .bind(change.colour.unwrap_or(old.colour).map(Colour::as_str))
    .bind(change.members_may_invite.unwrap_or(old.members_may_invite))
    .bind(rev)
    .bind(room.as_bytes().as_slice())
    .execute(&mut tx.conn)
    .await?;
    Ok(())
}

pub(super) fn pair(one: UserId, other: UserId) -> Vec<u8> {
    let (small, large) = if one < other { (one, other) } else { (other, one) };
    [small.as_bytes().as_slice(), large.as_bytes().as_slice()].concat()
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > limits::MAX_ROOM_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("1 to {} characters on one line", limits::MAX_ROOM_NAME_CHARS)));
    }
    Ok(name.to_owned())
}

/// `%`, `_` and the escape itself taken literally in a `LIKE … ESCAPE '\'`.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

pub(super) async fn exists(conn: &mut SqliteConnection, user: UserId) -> Result<bool> {
    let row =
        sqlx::query("SELECT 1 FROM users WHERE id = ?").bind(user.as_bytes().as_slice()).fetch_optional(conn).await?;
    Ok(row.is_some())
}

/// Writes a participant's row, anew or again; the answer is their stream's rev. Who comes (back) has read all there is.
async fn put(tx: &mut Tx, room: RoomId, user: UserId, role: Role, rev: Rev) -> Result<Rev> {
    sqlx::query(
        "INSERT INTO participants (room, user, role, last_read_seq, rev, me_rev, joined_at, changed_at) \
         SELECT id, ?, ?, last_seq, ?, 0, ?, ? FROM rooms WHERE id = ? \
         ON CONFLICT (room, user) DO UPDATE SET role = excluded.role, last_read_seq = excluded.last_read_seq, \
         rev = excluded.rev, is_hidden = 0, joined_at = excluded.joined_at, changed_at = excluded.changed_at",
    )
    .bind(user.as_bytes().as_slice())
    .bind(role.as_str())
    .bind(rev)
    .bind(tx.now.millis())
    .bind(tx.now.millis())
    .bind(room.as_bytes().as_slice())
    .execute(&mut tx.conn)
    .await?;
    bump_me(tx, room, user).await
}

/// Lets somebody in and tells everyone.
pub(super) async fn enter(tx: &mut Tx, room: RoomId, user: UserId, role: Role) -> Result<()> {
    let rev = next_rev(tx, room).await?;
    let me = put(tx, room, user, role, rev).await?;
    let participant = rows::participant(&mut tx.conn, room, user).await?;
    tell_room(tx, room, rev, vec![participant]).await?;
    if let Some(frame) = whole_frame(&mut tx.conn, room).await? {
        tx.events.push(Event::Joined { room, user, me, frame });
    }
    Ok(())
}

/// Lets somebody out. They are told first, so that nothing after it reaches them.
pub(super) async fn exit(tx: &mut Tx, room: RoomId, user: UserId) -> Result<()> {
    let rev = next_rev(tx, room).await?;
    sqlx::query("UPDATE participants SET role = NULL, rev = ?, changed_at = ? WHERE room = ? AND user = ?")
        .bind(rev)
        .bind(tx.now.millis())
        .bind(room.as_bytes().as_slice())
        .bind(user.as_bytes().as_slice())
        .execute(&mut tx.conn)
        .await?;
    let me = bump_me(tx, room, user).await?;
    tx.events.push(Event::Removed { room, user, me });
    let participant = rows::participant(&mut tx.conn, room, user).await?;
    tell_room(tx, room, rev, vec![participant]).await
}

/// Leaving a private room hides it from oneself; the other one sees nothing of it.
pub(super) async fn hide(tx: &mut Tx, room: RoomId, user: UserId) -> Result<()> {
    set_hidden(tx, room, user, true).await?;
    let me = bump_me(tx, room, user).await?;
    tx.events.push(Event::Removed { room, user, me });
    Ok(())
}

async fn set_hidden(tx: &mut Tx, room: RoomId, user: UserId, hidden: bool) -> Result<bool> {
    let changed = sqlx::query(
        "UPDATE participants SET is_hidden = ?1, changed_at = ?2 WHERE room = ?3 AND user = ?4 AND is_hidden <> ?1",
    )
    .bind(hidden)
    .bind(tx.now.millis())
    .bind(room.as_bytes().as_slice())
    .bind(user.as_bytes().as_slice())
    .execute(&mut tx.conn)
    .await?;
    Ok(changed.rows_affected() > 0)
}

async fn unhide(tx: &mut Tx, room: RoomId, user: UserId) -> Result<()> {
    if set_hidden(tx, room, user, false).await? {
        let me = bump_me(tx, room, user).await?;
        if let Some(frame) = whole_frame(&mut tx.conn, room).await? {
            tx.events.push(Event::Joined { room, user, me, frame });
        }
    }
    Ok(())
}

/// A message brings a hidden private room back to whoever hid it, unless they block the other one.
pub(super) async fn bring_back(tx: &mut Tx, room: RoomId) -> Result<()> {
    let hidden = sqlx::query(
        "SELECT p.user FROM participants p WHERE p.room = ? AND p.is_hidden = 1 AND NOT EXISTS \
         (SELECT 1 FROM blocks b JOIN participants o ON o.user = b.blocked WHERE o.room = p.room AND b.user = p.user)",
    )
    .bind(room.as_bytes().as_slice())
    .fetch_all(&mut tx.conn)
    .await?;
    for row in &hidden {
        unhide(tx, room, rows::id(row, "user")?).await?;
    }
    Ok(())
}

pub(super) async fn tell_room(tx: &mut Tx, room: RoomId, rev: Rev, changed: Vec<Participant>) -> Result<()> {
    let Some(mut settings) = rows::room(&mut tx.conn, room).await? else { return Ok(()) };
    settings.participants = Some(changed);
    let frame = ServerFrame::Room(RoomFrame { chat_room: room, rev, room: settings });
    tx.events.push(Event::Room { room, rev, frame });
    Ok(())
}

async fn whole_frame(conn: &mut SqliteConnection, room: RoomId) -> Result<Option<ServerFrame>> {
    let Some(mut settings) = rows::room(conn, room).await? else { return Ok(None) };
    settings.participants = Some(rows::participants(conn, None, room, -1, false).await?);
    Ok(Some(ServerFrame::Room(RoomFrame { chat_room: room, rev: settings.rev, room: settings })))
}

/// The room as a participant sees it, with all that differs by viewer but without participants.
pub(super) async fn viewed(conn: &mut SqliteConnection, viewer: UserId, room: RoomId) -> Result<Room> {
    let mut settings = rows::room(conn, room).await?.ok_or_else(Error::not_found)?;
    let mine = me::mine(conn, room, viewer).await?;
    settings.last_read_seq = Some(mine.last_read_seq);
    settings.unread = Some(mine.unread);
    settings.mentions = Some(mine.mentions);
    Ok(settings)
}

pub(super) async fn whole(conn: &mut SqliteConnection, viewer: UserId, room: RoomId) -> Result<Room> {
    let mut settings = viewed(conn, viewer, room).await?;
    settings.participants = Some(rows::participants(conn, Some(viewer), room, -1, false).await?);
    Ok(settings)
}

pub(super) async fn access(conn: &mut SqliteConnection, user: UserId, room: RoomId) -> Result<RoomAccess> {
    let row = sqlx::query(
        "SELECT r.chat_type, p.role, (SELECT COUNT(*) FROM participants c WHERE c.room = r.id AND c.role IS NOT NULL) AS people \
         FROM rooms r LEFT JOIN participants p ON p.room = r.id AND p.user = ? AND p.is_hidden = 0 \
         WHERE r.id = ? AND r.deleted_at IS NULL",
    )
    .bind(user.as_bytes().as_slice())
    .bind(room.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(RoomAccess::Missing) };
    let chat_type = rows::chat_type(&row)?;
    Ok(match rows::role(&row, "role")? {
        Some(role) => RoomAccess::In { role, chat_type, count: row.try_get("people")? },
        None => RoomAccess::NotIn { chat_type },
    })
}

/// Role and kind for a participant; for anybody else the refusal that does not tell too much.
pub(super) async fn participant_access(
    conn: &mut SqliteConnection,
    user: UserId,
    room: RoomId,
) -> Result<(Role, ChatType)> {
    match access(conn, user, room).await? {
        RoomAccess::In { role, chat_type, .. } => Ok((role, chat_type)),
        RoomAccess::NotIn { chat_type } => Err(stranger(chat_type)),
        RoomAccess::Missing => Err(Error::not_found()),
    }
}

/// What somebody hears who is not in a room: a community may be known to exist.
pub(super) fn stranger(chat_type: ChatType) -> Error {
    match chat_type {
        ChatType::Community => Error::forbidden("join the room first"),
        ChatType::Private | ChatType::Group => Error::not_found(),
    }
}
