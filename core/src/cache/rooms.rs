//! Rooms, their participants and ranges, and people.

use std::collections::HashMap;

use recado_protocol::{
    ChatType, Participant, Rev, Role, RoomId, Seq, Timestamp, User, UserId,
    me::{Colour, MySettings},
};
use sqlx::Row;

use super::{Cache, id, json, to_json};
use crate::{sealed::StoreError, sync::Range};

/// A room's own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomRow {
    pub(crate) id: RoomId,
    pub(crate) name: Option<String>,
    pub(crate) chat_type: ChatType,
    pub(crate) rev: Rev,
    pub(crate) last_seq: Seq,
    pub(crate) created_at: Timestamp,
    pub(crate) participant_count: i64,
    pub(crate) topic: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) colour: Option<Colour>,
    pub(crate) members_may_invite: bool,
    pub(crate) mine: Mine,
}

/// What is private to the viewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mine {
    pub(crate) last_read_seq: Seq,
    pub(crate) unread: i64,
    pub(crate) mentions: i64,
    pub(crate) settings: MySettings,
}

/// All that is kept of a room, but its messages.
#[derive(Clone, Debug)]
pub(crate) struct StoredRoom {
    pub(crate) row: RoomRow,
    pub(crate) cursor: Rev,
    pub(crate) ranges: Vec<Range>,
    pub(crate) participants: HashMap<UserId, Member>,
}

/// A participant without the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) role: Option<Role>,
    pub(crate) last_read_seq: Seq,
    pub(crate) read_at: Option<Timestamp>,
    pub(crate) rev: Rev,
}

impl From<&Participant> for Member {
    fn from(participant: &Participant) -> Self {
        let Participant { role, last_read_seq, read_at, rev, .. } = participant;
        Self { role: *role, last_read_seq: *last_read_seq, read_at: *read_at, rev: *rev }
    }
}

impl Cache {
    pub(crate) async fn rooms(&mut self) -> Result<Vec<StoredRoom>, StoreError> {
        let mut rooms = HashMap::new();
        for row in sqlx::query("SELECT * FROM rooms").fetch_all(&mut self.connection).await? {
            let room = RoomRow {
                id: id(&row, "id", RoomId::from_slice)?,
                name: row.try_get("name")?,
                chat_type: ChatType::parse(row.try_get("chat_type")?).ok_or(StoreError::Unreadable)?,
                rev: row.try_get("rev")?,
                last_seq: row.try_get("last_seq")?,
                created_at: Timestamp(row.try_get("created_at")?),
                participant_count: row.try_get("participant_count")?,
                topic: row.try_get("topic")?,
                description: row.try_get("description")?,
                colour: row.try_get::<Option<&str>, _>("colour")?.and_then(Colour::parse),
                members_may_invite: row.try_get("members_may_invite")?,
                mine: Mine {
                    last_read_seq: row.try_get("last_read_seq")?,
                    unread: row.try_get("unread")?,
                    mentions: row.try_get("mentions")?,
                    settings: json(row.try_get("settings")?)?,
                },
            };
            let cursor = row.try_get("cursor")?;
            rooms.insert(room.id, StoredRoom { row: room, cursor, ranges: Vec::new(), participants: HashMap::new() });
        }
        for row in sqlx::query("SELECT * FROM ranges").fetch_all(&mut self.connection).await? {
            if let Some(room) = rooms.get_mut(&id(&row, "room", RoomId::from_slice)?) {
                room.ranges.push(Range {
                    from: row.try_get("from_seq")?,
                    to: row.try_get("to_seq")?,
                    rev: row.try_get("rev")?,
                });
            }
        }
        for row in sqlx::query("SELECT * FROM participants").fetch_all(&mut self.connection).await? {
            if let Some(room) = rooms.get_mut(&id(&row, "room", RoomId::from_slice)?) {
                let role = row.try_get::<Option<&str>, _>("role")?.and_then(Role::parse);
                let member = Member {
                    role,
                    last_read_seq: row.try_get("last_read_seq")?,
                    read_at: row.try_get::<Option<i64>, _>("read_at")?.map(Timestamp),
                    rev: row.try_get("rev")?,
                };
                room.participants.insert(id(&row, "user", UserId::from_slice)?, member);
            }
        }
        Ok(rooms.into_values().collect())
    }

    pub(crate) async fn people(&mut self) -> Result<HashMap<UserId, User>, StoreError> {
        let mut people = HashMap::new();
        for row in sqlx::query("SELECT * FROM people").fetch_all(&mut self.connection).await? {
            let (username, display_name) = (row.try_get("username")?, row.try_get("display_name")?);
            let person = id(&row, "id", UserId::from_slice)?;
            let user = User {
                avatar_url: row.try_get("avatar_url")?,
                about: row.try_get("about")?,
                time_zone: row.try_get("time_zone")?,
                status: row.try_get::<Option<&str>, _>("status")?.map(json).transpose()?,
                ..User::named(person, username, display_name, row.try_get("rev")?)
            };
            people.insert(user.id, user);
        }
        Ok(people)
    }

    pub(crate) async fn put_person(&mut self, user: &User) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO people (id, username, display_name, avatar_url, rev, about, time_zone, status)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET username = excluded.username, display_name = excluded.display_name,
                avatar_url = excluded.avatar_url, rev = excluded.rev, about = excluded.about,
                time_zone = excluded.time_zone, status = excluded.status
             WHERE excluded.rev >= people.rev",
        )
        .bind(user.id.as_bytes().as_slice())
        .bind(&user.username)
        .bind(&user.display_name)
        .bind(&user.avatar_url)
        .bind(user.rev)
        .bind(&user.about)
        .bind(&user.time_zone)
        .bind(user.status.as_ref().map(to_json))
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Writes a room's row, cursor and ranges as they are now.
    pub(crate) async fn put_room(&mut self, room: &RoomRow, cursor: Rev, ranges: &[Range]) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO rooms (id, name, chat_type, rev, cursor, last_seq, created_at, participant_count,
                last_read_seq, unread, mentions, muted, favourite, settings, topic, description, colour,
                members_may_invite)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0, ?12, ?13, ?14, ?15, ?16)",
        )
        .bind(room.id.as_bytes().as_slice())
        .bind(&room.name)
        .bind(room.chat_type.as_str())
        .bind(room.rev)
        .bind(cursor)
        .bind(room.last_seq)
        .bind(room.created_at.millis())
        .bind(room.participant_count)
        .bind(room.mine.last_read_seq)
        .bind(room.mine.unread)
        .bind(room.mine.mentions)
        .bind(to_json(&room.mine.settings))
        .bind(&room.topic)
        .bind(&room.description)
        .bind(room.colour.map(Colour::as_str))
        .bind(room.members_may_invite)
        .execute(&mut self.connection)
        .await?;
        let room = room.id.as_bytes().as_slice();
        sqlx::query("DELETE FROM ranges WHERE room = ?1").bind(room).execute(&mut self.connection).await?;
        for range in ranges {
            sqlx::query("INSERT INTO ranges (room, from_seq, to_seq, rev) VALUES (?1, ?2, ?3, ?4)")
                .bind(room)
                .bind(range.from)
                .bind(range.to)
                .bind(range.rev)
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn put_member(&mut self, room: RoomId, user: UserId, member: &Member) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO participants (room, user, role, last_read_seq, rev, read_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(room.as_bytes().as_slice())
        .bind(user.as_bytes().as_slice())
        .bind(member.role.map(Role::as_str))
        .bind(member.last_read_seq)
        .bind(member.rev)
        .bind(member.read_at.map(Timestamp::millis))
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// What is known of people may be of another life: whatever is told of them next counts.
    pub(crate) async fn doubt_people(&mut self) -> Result<(), StoreError> {
        sqlx::query("UPDATE people SET rev = 0").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Others' markers are not told any more: those that were are forgotten.
    pub(crate) async fn forget_marks(&mut self) -> Result<(), StoreError> {
        sqlx::query("UPDATE participants SET last_read_seq = 0, read_at = NULL").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Forgets a room's messages and ranges (after a `reset`).
    pub(crate) async fn drop_messages(&mut self, room: RoomId) -> Result<(), StoreError> {
        self.unindex_room(room).await?;
        let room = room.as_bytes().as_slice();
        for table in ["DELETE FROM messages WHERE room = ?1", "DELETE FROM ranges WHERE room = ?1"] {
            sqlx::query(table).bind(room).execute(&mut self.connection).await?;
        }
        Ok(())
    }

    /// Forgets a room (left, removed, deleted).
    pub(crate) async fn drop_room(&mut self, room: RoomId) -> Result<(), StoreError> {
        self.drop_messages(room).await?;
        let room = room.as_bytes().as_slice();
        for table in ["DELETE FROM participants WHERE room = ?1", "DELETE FROM rooms WHERE id = ?1"] {
            sqlx::query(table).bind(room).execute(&mut self.connection).await?;
        }
        Ok(())
    }
}
