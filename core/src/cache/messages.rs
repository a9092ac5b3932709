//! Messages. A row is overwritten only by a larger `rev`, so that repeats and swaps are harmless.

use std::collections::HashMap;

use recado_protocol::{
    Message, MessageId, MessageType, Rev, RoomId, Seq, Timestamp, User, UserId,
    reaction::Reaction,
    search::{Indexed, search_ids},
};
use sha2::{Digest, Sha256};
use sqlx::{Row, sqlite::SqliteRow};

use super::{Cache, id, json, search::is_indexed_as, to_json};
use crate::sealed::StoreError;

/// Others' messages after one's marker that are neither deleted nor `system`, and those of them that name one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) unread: i64,
    pub(crate) mentions: i64,
}

impl Cache {
    /// Writes a message if it is new or newer than what is held.
    pub(crate) async fn put_message(&mut self, message: &Message, mentions_me: bool) -> Result<(), StoreError> {
        // Another message at that place is from another life of the room; the unique place decides for the larger rev too.
        let gone = sqlx::query(
            "DELETE FROM messages WHERE room = ?1 AND seq = ?2 AND id <> ?3 AND rev < ?4 RETURNING search_id",
        )
        .bind(message.chat_room.as_bytes().as_slice())
        .bind(message.seq)
        .bind(message.id.as_bytes().as_slice())
        .bind(message.rev)
        .fetch_all(&mut self.connection)
        .await?;
        for row in gone {
            if let Some(search_id) = row.try_get("search_id")? {
                self.unindex(search_id).await?;
            }
        }
        let held = self.indexed_as(message.id).await?;
        let ids = search_ids(message.created_at);
        let written = sqlx::query(
            "INSERT INTO messages (id, room, seq, rev, sender, content, message_type, attachments, reply_to, reactions,
                system, is_edited, is_deleted, recovered, mentions_me, created_at, updated_at, client_id, pinned, search_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                (SELECT coalesce(max(search_id) + 1, ?20) FROM messages WHERE search_id >= ?20 AND search_id < ?21))
             ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, content = excluded.content,
                attachments = excluded.attachments, reply_to = excluded.reply_to, reactions = excluded.reactions,
                system = excluded.system, is_edited = excluded.is_edited, is_deleted = excluded.is_deleted,
                mentions_me = excluded.mentions_me, updated_at = excluded.updated_at, pinned = excluded.pinned,
                search_id = coalesce(messages.search_id, excluded.search_id)
             WHERE excluded.rev > messages.rev
             ON CONFLICT (room, seq) DO NOTHING
             RETURNING search_id",
        )
        .bind(message.id.as_bytes().as_slice())
        .bind(message.chat_room.as_bytes().as_slice())
        .bind(message.seq)
        .bind(message.rev)
        .bind(message.sender.id.as_bytes().as_slice())
        .bind(&message.content)
        .bind(message.message_type.as_str())
        .bind(to_json(&message.attachments))
        .bind(message.reply_to.as_ref().map(to_json))
        .bind(to_json(&message.reactions))
        .bind(message.system.as_ref().map(to_json))
        .bind(message.is_edited)
        .bind(message.is_deleted)
        .bind(message.recovered)
        .bind(mentions_me)
        .bind(message.created_at.millis())
        .bind(message.updated_at.millis())
        .bind(&message.client_id)
        .bind(message.pinned.as_ref().map(to_json))
        .bind(ids.start)
        .bind(ids.end)
        .fetch_optional(&mut self.connection)
        .await?;
        let Some(written) = written else { return Ok(()) };
        // A reaction changes nothing that is found.
        let is_same = held.as_ref().map(|held| is_indexed_as(held, message)).transpose()?;
        if is_same != Some(true) {
            let search_id = written.try_get("search_id")?;
            self.index(search_id, &Indexed::from(message), held.is_none()).await?;
        }
        Ok(())
    }

    /// A message was deleted: it keeps its place. Answers whether it was held.
    pub(crate) async fn delete_message(&mut self, message: MessageId, rev: Rev) -> Result<bool, StoreError> {
        let gone = sqlx::query(
            "UPDATE messages SET content = '', attachments = '[]', reactions = '[]', is_deleted = 1, mentions_me = 0,
                pinned = NULL, rev = ?2 WHERE id = ?1 AND rev < ?2 RETURNING search_id",
        )
        .bind(message.as_bytes().as_slice())
        .bind(rev)
        .fetch_optional(&mut self.connection)
        .await?;
        if let Some(row) = &gone
            && let Some(search_id) = row.try_get("search_id")?
        {
            self.unindex(search_id).await?;
        }
        Ok(gone.is_some())
    }

    /// A reaction was given or taken back, on a row that misses nothing before `rev`.
    pub(crate) async fn react(
        &mut self,
        message: MessageId,
        rev: Rev,
        user: UserId,
        reaction_type: &str,
        added: bool,
    ) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT reactions FROM messages WHERE id = ?1 AND rev < ?2")
            .bind(message.as_bytes().as_slice())
            .bind(rev)
            .fetch_optional(&mut self.connection)
            .await?;
        let Some(row) = row else { return Ok(()) };
        let mut reactions: Vec<Reaction> = json(row.try_get("reactions")?)?;
        set_reaction(&mut reactions, user, reaction_type, added);
        sqlx::query("UPDATE messages SET reactions = ?2, rev = ?3 WHERE id = ?1")
            .bind(message.as_bytes().as_slice())
            .bind(to_json(&reactions))
            .bind(rev)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Messages `from ..= to` of a room in rising `seq`, the newest `limit` of them.
    pub(crate) async fn messages(
        &mut self,
        room: RoomId,
        from: Seq,
        to: Seq,
        limit: i64,
        people: &HashMap<UserId, User>,
    ) -> Result<Vec<Message>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM messages WHERE room = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq DESC LIMIT ?4)
             ORDER BY seq",
        )
        .bind(room.as_bytes().as_slice())
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&mut self.connection)
        .await?;
        rows.iter().map(|row| message(row, people)).collect()
    }

    pub(crate) async fn message(
        &mut self,
        message_id: MessageId,
        people: &HashMap<UserId, User>,
    ) -> Result<Option<Message>, StoreError> {
        let row = sqlx::query("SELECT * FROM messages WHERE id = ?1")
            .bind(message_id.as_bytes().as_slice())
            .fetch_optional(&mut self.connection)
            .await?;
        row.map(|row| message(&row, people)).transpose()
    }

    /// The pinned messages that are held of a room, the last pinned first.
    pub(crate) async fn pinned(
        &mut self,
        room: RoomId,
        people: &HashMap<UserId, User>,
    ) -> Result<Vec<Message>, StoreError> {
        let rows = sqlx::query("SELECT * FROM messages WHERE room = ?1 AND pinned IS NOT NULL")
            .bind(room.as_bytes().as_slice())
            .fetch_all(&mut self.connection)
            .await?;
        let mut messages: Vec<Message> = rows.iter().map(|row| message(row, people)).collect::<Result<_, _>>()?;
        messages.sort_by_key(|message| std::cmp::Reverse((message.pinned.map(|pin| pin.at), message.seq)));
        Ok(messages)
    }

    /// The last message that is held of each room.
    pub(crate) async fn last_messages(&mut self, people: &HashMap<UserId, User>) -> Result<Vec<Message>, StoreError> {
        // CROSS JOIN holds SQLite to one look a room; left to itself it reads all messages, which a start waits for.
        let rows = sqlx::query(
            "SELECT m.* FROM rooms r CROSS JOIN messages m ON m.room = r.id
             AND m.seq = (SELECT max(to_seq) FROM ranges WHERE ranges.room = r.id)",
        )
        .fetch_all(&mut self.connection)
        .await?;
        rows.iter().map(|row| message(row, people)).collect()
    }

    /// The own message that was sent with this `client_id`.
    pub(crate) async fn id_of(&mut self, me: UserId, client_id: &str) -> Result<Option<MessageId>, StoreError> {
        let row = sqlx::query("SELECT id FROM messages WHERE client_id = ?1 AND sender = ?2")
            .bind(client_id)
            .bind(me.as_bytes().as_slice())
            .fetch_optional(&mut self.connection)
            .await?;
        row.map(|row| id(&row, "id", MessageId::from_slice)).transpose()
    }

    /// Place of the first message at or after a time, of those that are held.
    pub(crate) async fn first_at(&mut self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, StoreError> {
        let row = sqlx::query(
            "SELECT seq FROM messages WHERE room = ?1 AND created_at >= ?2 ORDER BY created_at, seq LIMIT 1",
        )
        .bind(room.as_bytes().as_slice())
        .bind(at.millis())
        .fetch_optional(&mut self.connection)
        .await?;
        Ok(row.map(|row| row.try_get("seq")).transpose()?)
    }

    pub(crate) async fn id_at(&mut self, room: RoomId, seq: Seq) -> Result<Option<MessageId>, StoreError> {
        let row = sqlx::query("SELECT id FROM messages WHERE room = ?1 AND seq = ?2")
            .bind(room.as_bytes().as_slice())
            .bind(seq)
            .fetch_optional(&mut self.connection)
            .await?;
        row.map(|row| id(&row, "id", MessageId::from_slice)).transpose()
    }

    /// Counts what is unread after a marker; right where all messages after it are held. Whom one blocks calls nobody.
    pub(crate) async fn count_unread(
        &mut self,
        room: RoomId,
        after: Seq,
        me: UserId,
        blocked: &[UserId],
    ) -> Result<Unread, StoreError> {
        let blocked: Vec<String> = blocked.iter().map(|user| hex::encode_upper(user.as_bytes())).collect();
        let row = sqlx::query(
            "SELECT count(*) AS unread,
                coalesce(sum(mentions_me AND hex(sender) NOT IN (SELECT value FROM json_each(?4))), 0) AS mentions
             FROM messages WHERE room = ?1 AND seq > ?2 AND sender <> ?3 AND is_deleted = 0 AND message_type <> 'system'",
        )
        .bind(room.as_bytes().as_slice())
        .bind(after)
        .bind(me.as_bytes().as_slice())
        .bind(to_json(&blocked))
        .fetch_one(&mut self.connection)
        .await?;
        Ok(Unread { unread: row.try_get("unread")?, mentions: row.try_get("mentions")? })
    }

    /// Place of the first message that counts as unread after a marker.
    pub(crate) async fn first_unread(
        &mut self,
        room: RoomId,
        after: Seq,
        me: UserId,
    ) -> Result<Option<Seq>, StoreError> {
        let row = sqlx::query(
            "SELECT min(seq) AS seq FROM messages
             WHERE room = ?1 AND seq > ?2 AND sender <> ?3 AND is_deleted = 0 AND message_type <> 'system'",
        )
        .bind(room.as_bytes().as_slice())
        .bind(after)
        .bind(me.as_bytes().as_slice())
        .fetch_one(&mut self.connection)
        .await?;
        Ok(row.try_get("seq")?)
    }

    /// The "nothing missing" hash over a held range.
    pub(crate) async fn digest(&mut self, room: RoomId, from: Seq, to: Seq) -> Result<String, StoreError> {
        let rows = sqlx::query("SELECT id, rev FROM messages WHERE room = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq")
            .bind(room.as_bytes().as_slice())
            .bind(from)
            .bind(to)
            .fetch_all(&mut self.connection)
            .await?;
        let mut hash = Sha256::new();
        for row in rows {
            hash.update(recado_protocol::digest::row(id(&row, "id", MessageId::from_slice)?, row.try_get("rev")?));
        }
        Ok(hex::encode(hash.finalize()))
    }

    /// Own messages with a `client_id`, of one room or of all, for sending again what a restored server lacks.
    pub(crate) async fn own_messages(
        &mut self,
        me: UserId,
        room: Option<RoomId>,
        people: &HashMap<UserId, User>,
    ) -> Result<Vec<Message>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM messages WHERE sender = ?1 AND is_deleted = 0 AND client_id IS NOT NULL
             AND message_type <> 'system' AND (?2 IS NULL OR room = ?2) ORDER BY room, seq",
        )
        .bind(me.as_bytes().as_slice())
        .bind(room.as_ref().map(|room| room.as_bytes().as_slice()))
        .fetch_all(&mut self.connection)
        .await?;
        rows.iter().map(|row| message(row, people)).collect()
    }
}

/// Sets one person's reaction, in the order in which people reacted; an emoji that nobody holds any more goes.
pub(crate) fn set_reaction(reactions: &mut Vec<Reaction>, user: UserId, reaction_type: &str, added: bool) {
    let at = reactions.iter().position(|reaction| reaction.reaction_type == reaction_type);
    match (at, added) {
        (Some(at), true) => {
            let users = &mut reactions[at].user_ids;
            if !users.contains(&user) {
                users.push(user);
            }
        }
        (None, true) => {
            reactions.push(Reaction { reaction_type: reaction_type.to_owned(), user_ids: vec![user] });
        }
        (Some(at), false) => {
            reactions[at].user_ids.retain(|other| *other != user);
            if reactions[at].user_ids.is_empty() {
                reactions.remove(at);
            }
        }
        (None, false) => {}
    }
}

pub(super) fn message(row: &SqliteRow, people: &HashMap<UserId, User>) -> Result<Message, StoreError> {
    let sender = id(row, "sender", UserId::from_slice)?;
    let optional = |column: &str| row.try_get::<Option<&str>, _>(column);
    Ok(Message {
        id: id(row, "id", MessageId::from_slice)?,
        chat_room: id(row, "room", RoomId::from_slice)?,
        seq: row.try_get("seq")?,
        rev: row.try_get("rev")?,
        sender: people.get(&sender).cloned().unwrap_or_else(|| unknown(sender)),
        content: row.try_get("content")?,
        message_type: MessageType::parse(row.try_get("message_type")?).ok_or(StoreError::Unreadable)?,
        attachments: json(row.try_get("attachments")?)?,
        reply_to: optional("reply_to")?.map(json).transpose()?,
        reactions: json(row.try_get("reactions")?)?,
        pinned: optional("pinned")?.map(json).transpose()?,
        // Only whether it calls oneself is kept.
        mentions_room: false,
        is_edited: row.try_get("is_edited")?,
        is_deleted: row.try_get("is_deleted")?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        client_id: row.try_get("client_id")?,
        recovered: row.try_get("recovered")?,
        system: optional("system")?.map(json).transpose()?,
    })
}

/// Somebody of whom only the id is known.
pub(crate) fn unknown(id: UserId) -> User {
    User::named(id, String::new(), String::new(), 0)
}
