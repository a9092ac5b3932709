//! Messages: post, delete, react, read. Editing is in `edits`, pinning in `pins`.
//!
//! Every lasting change takes the room's next `rev` and is told by exactly one frame.

mod sql;

use std::collections::HashSet;

use recado_protocol::{
    ChatType, ErrorCode, Message, MessageId, MessageType, Rev, Role, RoomId, Seq, ServerFrame, Timestamp, User, UserId,
    limits,
    me::MySettings,
    mention::Mentions,
    message::SystemEvent,
    permission::{self, Action},
    reaction,
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    NewPost, Posted, ReactionChange, Store, edits,
    me::{Mine, bring_into_sight, me_event, settings},
    rooms, rows, search,
    writer::Tx,
};
use crate::{Error, error::Result, event::Event};

/// Repeats of commands other than messages are known for so long.
const COMMANDS_KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

impl Store {
    pub async fn post_message(&self, actor: UserId, room: RoomId, post: NewPost) -> Result<Posted> {
        let max_chars = self.max_message_chars();
        self.writer.post(Posting { actor, room, post, max_chars }).await
    }

    /// The `rev` of the message afterwards. A second delete is fine.
    pub async fn delete_message(&self, actor: UserId, room: RoomId, message: MessageId) -> Result<Rev> {
        self.write(move |tx| {
            Box::pin(async move {
                let (role, chat_type) = rooms::participant_access(&mut tx.conn, actor, room).await?;
                let old = found(tx, room, message).await?.message;
                let action = if old.sender.id == actor { Action::DeleteOwn } else { Action::DeleteOthers };
                if !permission::may(role, chat_type, action) || old.message_type == MessageType::System {
                    return Err(Error::forbidden("only its author or a room admin can delete a message"));
                }
                if old.is_deleted {
                    return Ok(old.rev);
                }
                let rev = next_rev(tx, room).await?;
                let gone = sqlx::query(
                    "UPDATE messages SET content = '', is_deleted = 1, deleted_by = ?, pinned_by = NULL, pinned_at = NULL, \
                     mentions_room = 0, rev = ?, updated_at = ? WHERE id = ? RETURNING search_id",
                )
                .bind(actor.as_bytes().as_slice())
                .bind(rev)
                .bind(tx.now.millis().max(old.updated_at.millis()))
                .bind(message.as_bytes().as_slice())
                .fetch_one(&mut tx.conn)
                .await?;
                if let Some(search_id) = gone.try_get(0)? {
                    search::unindex(&mut tx.conn, search_id).await?;
                }
                sqlx::query("UPDATE reactions SET is_removed = 1, rev = ? WHERE message = ? AND is_removed = 0")
                    .bind(rev)
                    .bind(message.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                forget_mentions(tx, room, old.seq).await?;
                edits::forget(tx, message).await?;
                let frame = ServerFrame::MessageDeleted {
                    chat_room: Some(room),
                    rev,
                    message_id: message,
                    seq: old.seq,
                    user_id: actor,
                };
                tx.events.push(Event::Room { room, rev, frame });
                Ok(rev)
            })
        })
        .await
    }

    /// The `rev` of the message afterwards.
    pub async fn set_reaction(
        &self,
        actor: UserId,
        room: RoomId,
        message: MessageId,
        reaction_type: String,
        change: ReactionChange,
    ) -> Result<Rev> {
        self.write(move |tx| {
            Box::pin(async move {
                if !reaction::is_reaction_type(&reaction_type) {
                    return Err(Error::invalid("reaction_type", "one emoji, or one of the known names"));
                }
                rooms::participant_access(&mut tx.conn, actor, room).await?;
                let old = found(tx, room, message).await?.message;
                if old.is_deleted {
                    return Err(Error::conflict("the message is deleted"));
                }
                let there = old
                    .reactions
                    .iter()
                    .any(|reaction| reaction.reaction_type == reaction_type && reaction.user_ids.contains(&actor));
                let added = match change {
                    ReactionChange::Set => true,
                    ReactionChange::Unset => false,
                    ReactionChange::Toggle => !there,
                };
                if added == there {
                    return Ok(old.rev);
                }
                let rev = next_rev(tx, room).await?;
                sqlx::query(
                    "INSERT INTO reactions (message, user, reaction_type, room, is_removed, rev) VALUES (?, ?, ?, ?, ?, ?) \
                     ON CONFLICT (message, user, reaction_type) DO UPDATE SET is_removed = excluded.is_removed, rev = excluded.rev",
                )
                .bind(message.as_bytes().as_slice())
                .bind(actor.as_bytes().as_slice())
                .bind(&reaction_type)
                .bind(room.as_bytes().as_slice())
                .bind(!added)
                .bind(rev)
                .execute(&mut tx.conn)
                .await?;
                sqlx::query("UPDATE messages SET rev = ?, has_reactions = 1 WHERE id = ?")
                    .bind(rev)
                    .bind(message.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                let username = username(&mut tx.conn, actor).await?;
                let frame = ServerFrame::MessageReaction {
                    chat_room: Some(room),
                    rev,
                    message_id: message,
                    seq: old.seq,
                    user_id: actor,
                    username,
                    reaction_type,
                    added,
                };
                tx.events.push(Event::Room { room, rev, frame });
                Ok(rev)
            })
        })
        .await
    }
}

/// A message that somebody wants to post.
#[derive(Clone, Debug)]
pub(super) struct Posting {
    pub(super) actor: UserId,
    pub(super) room: RoomId,
    pub(super) post: NewPost,
    pub(super) max_chars: u32,
}

/// Posts what arrived together, in order, with a few round trips to the database for all. Each succeeds or fails on its own;
/// an error of the whole is the database's.
pub(super) async fn post_messages(tx: &mut Tx, postings: Vec<Posting>) -> Result<Vec<Result<Posted>>> {
    let mut outcomes = Vec::with_capacity(postings.len());
    let mut rest = postings.as_slice();
    while !rest.is_empty() {
        let (some, others) = rest.split_at(together(rest));
        rest = others;
        if some.len() > 1
            && let Some(posted) = post_plain(tx, some).await?
        {
            outcomes.extend(posted);
            continue;
        }
        for posting in some {
            match post_message(tx, posting).await {
                // Some of it may be written already: all of it goes.
                Err(error) if error.code == ErrorCode::Unavailable => return Err(error),
                outcome => outcomes.push(outcome),
            }
        }
    }
    Ok(outcomes)
}

/// How many from the first on can be posted without looking at one another, at least one.
fn together(postings: &[Posting]) -> usize {
    let is_plain = |at: usize| {
        let Posting { actor, post, .. } = &postings[at];
        let is_repeated = |earlier: &Posting| earlier.actor == *actor && earlier.post.client_id == post.client_id;
        post.reply_to.is_none() && (post.client_id.is_none() || !postings[..at].iter().any(is_repeated))
    };
    (0..postings.len()).take_while(|at| is_plain(*at)).count().max(1)
}

/// Several at once; `None` if one of them brings a room back to somebody, whom it has to be told in its place.
async fn post_plain(tx: &mut Tx, postings: &[Posting]) -> Result<Option<Vec<Result<Posted>>>> {
    let heads = heads(tx, postings).await?;
    for row in &heads {
        if row.try_get("is_hidden_from_some")? || row.try_get("is_archived_by_some")? {
            return Ok(None);
        }
    }
    let mut news: Vec<New> = Vec::with_capacity(postings.len());
    let mut outcomes = Vec::with_capacity(postings.len());
    let mut heads = heads.iter().peekable();
    for (number, posting) in (0_i64..).zip(postings) {
        let Some(row) = heads.next_if(|row| row.try_get("number").is_ok_and(|found: i64| found == number)) else {
            outcomes.push(Err(Error::not_found()));
            continue;
        };
        outcomes.push(match repeat(tx, row, posting).await {
            Ok(None) => New::posted(row, &news, tx.now, posting).map(|new| {
                news.push(new);
                None
            }),
            repeated => repeated,
        });
    }
    write(tx, sql::POST, &news, None).await?;
    let mut written = news.into_iter();
    let mut posted = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        posted.push(match outcome {
            Ok(Some(repeated)) => Ok(repeated),
            Ok(None) => {
                let new = written.next().ok_or_else(|| Error::unavailable("a message was not written"))?;
                Ok(tell(tx, new, false).await?)
            }
            Err(error) => Err(error),
        });
    }
    Ok(Some(posted))
}

async fn post_message(tx: &mut Tx, posting: &Posting) -> Result<Posted> {
    let mut row = head(tx, posting).await?;
    if let Some(repeated) = repeat(tx, &row, posting).await? {
        return Ok(repeated);
    }
    let mut new = New::posted(&row, &[], tx.now, posting)?;
    if let Some(target) = new.post.reply_to
        && found(tx, new.room, target).await.is_err()
    {
        if !new.post.recovered {
            return Err(Error::invalid("reply_to", "no such message in this room"));
        }
        // What it answered is of the time that the restored backup lacks, and comes back under another id, if at all.
        new.post.reply_to = None;
    }
    if row.try_get("is_hidden_from_some")? {
        // Before the message counts: who gets the room back hears the message behind it.
        rooms::bring_back(tx, new.room).await?;
        row = head(tx, posting).await?;
        new = New { post: new.post, ..New::posted(&row, &[], tx.now, posting)? };
    }
    write(tx, sql::POST, std::slice::from_ref(&new), None).await?;
    tell(tx, new, row.try_get("is_archived_by_some")?).await
}

/// Rooms, roles and authors of what is to be posted.
async fn heads(tx: &mut Tx, postings: &[Posting]) -> Result<Vec<SqliteRow>> {
    let places: Vec<_> = postings
        .iter()
        .map(|Posting { actor, room, post, .. }| sql::Place {
            actor: (*actor).into(),
            room: (*room).into(),
            client_id: post.client_id.as_deref(),
        })
        .collect();
    let places = serde_json::to_string(&places).map_err(Error::unavailable)?;
    Ok(sqlx::query(sql::HEADS).bind(places).fetch_all(&mut tx.conn).await?)
}

async fn head(tx: &mut Tx, posting: &Posting) -> Result<SqliteRow> {
    heads(tx, std::slice::from_ref(posting)).await?.pop().ok_or_else(Error::not_found)
}

/// What was posted before under the same `client_id`. Before permissions: a repeat succeeds even after its sender was removed.
async fn repeat(tx: &mut Tx, row: &SqliteRow, posting: &Posting) -> Result<Option<Posted>> {
    check_client_id(posting.post.client_id.as_deref())?;
    let Some(id) = rows::optional_id(row, "known")? else { return Ok(None) };
    let row = rows::message_by_id(&mut tx.conn, id).await?.ok_or_else(Error::not_found)?;
    if row.message.chat_room != posting.room {
        return Err(Error::conflict("that client_id names a message in another room"));
    }
    Ok(Some(Posted { first_rev: row.created_rev, message: row.message, duplicate: true }))
}

/// Writes messages, in order, with all that they change of rooms and their authors.
async fn write(tx: &mut Tx, statements: &'static str, news: &[New], system: Option<&SystemEvent>) -> Result<()> {
    let system = system.map(serde_json::to_string).transpose().map_err(Error::unavailable)?;
    let (mut rooms, mut authors, mut places) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut rows: Vec<_> = news
        .iter()
        .rev()
        .map(|new| sql::Row {
            id: new.id.into(),
            room: new.room.into(),
            sender: new.sender.id.into(),
            rev: new.rev,
            seq: new.seq,
            at: new.at.millis(),
            now: new.now.millis(),
            content: &new.post.content,
            message_type: new.post.message_type.as_str(),
            reply_to: new.post.reply_to.map(sql::Id::from),
            client_id: new.post.client_id.as_deref(),
            is_recovered: new.post.recovered,
            system: system.clone(),
            mentions_room: new.mentions_room,
            me: new.author.as_ref().map(|author| author.me),
            is_last_in_room: rooms.insert(new.room),
            is_authors_last: authors.insert(new.sender.id),
            is_authors_last_in_room: places.insert((new.room, new.sender.id)),
        })
        .collect();
    rows.reverse();
    let rows = serde_json::to_string(&rows).map_err(Error::unavailable)?;
    sqlx::query(statements).bind(rows).execute(&mut tx.conn).await?;
    Ok(())
}

/// Notes whom a written message calls, and tells of it.
async fn tell(tx: &mut Tx, mut new: New, is_archived: bool) -> Result<Posted> {
    let (room, actor) = (new.room, new.sender.id);
    let author = new.author.take();
    // Nothing is unread behind one's own newest message: no need to count.
    let read = author.map(|Author { me, settings }| {
        let mine = Mine { last_read_seq: new.seq, unread: 0, mentions: 0, settings };
        me_event(actor, me, mine.told(room, tx.now))
    });
    mention(tx, room, new.seq, actor, &new.post.content).await?;
    if is_archived {
        bring_into_sight(tx, room).await?;
    }
    let message = new.message(tx, None).await?;
    let first_rev = message.rev;
    let frame = ServerFrame::ChatMessage { chat_room: Some(room), rev: first_rev, message: message.clone() };
    tx.events.push(Event::Room { room, rev: first_rev, frame });
    tx.events.extend(read);
    Ok(Posted { message, duplicate: false, first_rev })
}

/// A message on its way into a room.
#[derive(Debug)]
struct New {
    id: MessageId,
    room: RoomId,
    rev: Rev,
    seq: Seq,
    /// Never before the one in front of it.
    at: Timestamp,
    now: Timestamp,
    sender: User,
    mentions_room: bool,
    post: NewPost,
    /// What posting changes of its author's own; the server's messages change nothing of whom they are about.
    author: Option<Author>,
}

/// A person's own of a room, once their message is in it.
#[derive(Debug)]
struct Author {
    me: Rev,
    settings: MySettings,
}

impl New {
    /// From a row of [`heads`], behind what is written with it.
    fn posted(row: &SqliteRow, before: &[Self], now: Timestamp, posting: &Posting) -> Result<Self> {
        let Posting { room, post, max_chars, .. } = posting;
        if row.try_get::<Option<&str>, _>("chat_type")?.is_none() {
            return Err(Error::not_found());
        }
        let chat_type = rows::chat_type(row)?;
        let role = rows::role(row, "role")?.ok_or_else(|| rooms::stranger(chat_type))?;
        if !permission::may(role, chat_type, Action::Post) {
            return Err(Error::forbidden("you may not write here"));
        }
        if post.message_type == MessageType::System {
            return Err(Error::invalid("message_type", "system messages are made by the server"));
        }
        if !post.attachments.is_empty() {
            return Err(Error::invalid("attachments", "no such attachment"));
        }
        check_content(&post.content, post.message_type, post.empty_media, *max_chars)?;
        let mut new = Self::at_end(row, now, *room, post.clone())?;
        new.mentions_room = mentions_room(role, chat_type, &post.content);
        if let Some(before) = before.iter().rev().find(|before| before.room == new.room) {
            (new.rev, new.seq, new.at) = (before.rev + 1, before.seq + 1, new.at.max(before.at));
        }
        let before = before.iter().rev().find(|before| before.sender.id == new.sender.id);
        let me = match before.and_then(|before| before.author.as_ref()) {
            Some(author) => author.me,
            None => row.try_get("me_rev")?,
        };
        new.author = Some(Author { me: me + 1, settings: MySettings { archived: false, ..settings(row)? } });
        Ok(new)
    }

    /// From the room's `rev, last_seq, last_at` and what [`rows::user`] takes.
    fn at_end(row: &SqliteRow, now: Timestamp, room: RoomId, post: NewPost) -> Result<Self> {
        Ok(Self {
            id: MessageId(Uuid::now_v7()),
            room,
            rev: row.try_get::<Rev, _>("rev")? + 1,
            seq: row.try_get::<Seq, _>("last_seq")? + 1,
            at: Timestamp(now.millis().max(row.try_get("last_at")?)),
            now,
            sender: rows::user(row)?,
            mentions_room: false,
            post,
            author: None,
        })
    }

    /// As it was written.
    async fn message(self, tx: &mut Tx, system: Option<SystemEvent>) -> Result<Message> {
        if self.post.reply_to.is_some() {
            return Ok(rows::message_by_id(&mut tx.conn, self.id).await?.ok_or_else(Error::not_found)?.message);
        }
        Ok(Message {
            id: self.id,
            chat_room: self.room,
            seq: self.seq,
            rev: self.rev,
            sender: self.sender,
            content: self.post.content,
            message_type: self.post.message_type,
            attachments: Vec::new(),
            reply_to: None,
            reactions: Vec::new(),
            pinned: None,
            mentions_room: self.mentions_room,
            is_edited: false,
            is_deleted: false,
            created_at: self.at,
            updated_at: self.at,
            client_id: self.post.client_id,
            recovered: self.post.recovered,
            system,
        })
    }
}

/// Writes what happened into the room's timeline; takes a `rev` and a `seq`.
pub(super) async fn system_message(tx: &mut Tx, room: RoomId, actor: UserId, event: SystemEvent) -> Result<()> {
    let row = sqlx::query(
        "SELECT r.rev, r.last_seq, r.last_at, u.id AS user_id, u.username, u.display_name, u.rev AS user_rev \
         FROM rooms r, users u WHERE r.id = ? AND u.id = ?",
    )
    .bind(room.as_bytes().as_slice())
    .bind(actor.as_bytes().as_slice())
    .fetch_one(&mut tx.conn)
    .await?;
    let post = NewPost { content: event.name().into(), message_type: MessageType::System, ..NewPost::default() };
    let new = New::at_end(&row, tx.now, room, post)?;
    write(tx, sql::INSERT, std::slice::from_ref(&new), Some(&event)).await?;
    let message = new.message(tx, Some(event)).await?;
    let rev = message.rev;
    tx.events.push(Event::Room { room, rev, frame: ServerFrame::ChatMessage { chat_room: Some(room), rev, message } });
    Ok(())
}

/// Takes the room's next `rev`.
pub(super) async fn next_rev(tx: &mut Tx, room: RoomId) -> Result<Rev> {
    let row = sqlx::query("UPDATE rooms SET rev = rev + 1, changed_at = ? WHERE id = ? RETURNING rev")
        .bind(tx.now.millis())
        .bind(room.as_bytes().as_slice())
        .fetch_one(&mut tx.conn)
        .await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn found(tx: &mut Tx, room: RoomId, message: MessageId) -> Result<rows::MessageRow> {
    let row = rows::message_by_id(&mut tx.conn, message).await?;
    row.filter(|row| row.message.chat_room == room).ok_or_else(Error::not_found)
}

async fn username(conn: &mut SqliteConnection, user: UserId) -> Result<String> {
    let row =
        sqlx::query("SELECT username FROM users WHERE id = ?").bind(user.as_bytes().as_slice()).fetch_one(conn).await?;
    Ok(row.try_get(0)?)
}

/// Whether a text calls everyone, when somebody in that role says it.
pub(super) fn mentions_room(role: Role, chat_type: ChatType, content: &str) -> bool {
    permission::may(role, chat_type, Action::MentionRoom) && Mentions::of(content).room
}

/// Notes who is called by name by a message that nothing was noted of, be they in the room or not: they may come, and have it unread.
pub(super) async fn mention(tx: &mut Tx, room: RoomId, seq: Seq, sender: UserId, content: &str) -> Result<()> {
    for name in Mentions::of(content).names {
        sqlx::query(
            "INSERT INTO mentions (room, user, seq) SELECT ?, u.id, ? FROM users u WHERE u.username_key = ? AND u.id <> ? \
             ON CONFLICT DO NOTHING",
        )
        .bind(room.as_bytes().as_slice())
        .bind(seq)
        .bind(name)
        .bind(sender.as_bytes().as_slice())
        .execute(&mut tx.conn)
        .await?;
    }
    Ok(())
}

pub(super) async fn forget_mentions(tx: &mut Tx, room: RoomId, seq: Seq) -> Result<()> {
    sqlx::query("DELETE FROM mentions WHERE room = ? AND seq = ?")
        .bind(room.as_bytes().as_slice())
        .bind(seq)
        .execute(&mut tx.conn)
        .await?;
    Ok(())
}

pub(super) fn check_content(content: &str, message_type: MessageType, empty_media: bool, max_chars: u32) -> Result<()> {
    if content.trim().is_empty() && !(empty_media && message_type != MessageType::Text) {
        return Err(Error::empty_content());
    }
    if content.chars().count() > max_chars as usize {
        return Err(Error::invalid("content", format!("at most {max_chars} characters")));
    }
    Ok(())
}

pub(super) fn check_client_id(client_id: Option<&str>) -> Result<()> {
    match client_id {
        Some(client_id) if !limits::is_client_id(client_id) => {
            Err(Error::invalid("client_id", "1 to 64 characters, none of them a control character"))
        }
        _ => Ok(()),
    }
}

/// Whether this command was carried out before; notes it otherwise.
pub(super) async fn is_repeat(
    tx: &mut Tx,
    actor: UserId,
    kind: &'static str,
    client_id: Option<&str>,
    room: RoomId,
) -> Result<bool> {
    let Some(client_id) = client_id else { return Ok(false) };
    sqlx::query("DELETE FROM commands WHERE made_at < ? AND kind <> 'room'")
        .bind(tx.now.millis() - COMMANDS_KEPT_MS)
        .execute(&mut tx.conn)
        .await?;
    let noted = sqlx::query(
        "INSERT INTO commands (sender, kind, client_id, room, made_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(actor.as_bytes().as_slice())
    .bind(kind)
    .bind(client_id)
    .bind(room.as_bytes().as_slice())
    .bind(tx.now.millis())
    .execute(&mut tx.conn)
    .await?;
    if noted.rows_affected() > 0 {
        return Ok(false);
    }
    let row = sqlx::query("SELECT room FROM commands WHERE sender = ? AND kind = ? AND client_id = ?")
        .bind(actor.as_bytes().as_slice())
        .bind(kind)
        .bind(client_id)
        .fetch_one(&mut tx.conn)
        .await?;
    if rows::id::<RoomId>(&row, "room")? != room {
        return Err(Error::new(ErrorCode::Conflict, "that client_id names a command in another room"));
    }
    Ok(true)
}
