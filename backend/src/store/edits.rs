//! Editing, and what messages said before.

use recado_protocol::{
    Message, MessageId, MessageType, Rev, RoomId, ServerFrame, Timestamp, UserId,
    message::{Edit, Edits},
    permission::{self, Action},
};
use sqlx::Row;

use super::{
    Store,
    messages::{check_client_id, check_content, forget_mentions, found, is_repeat, mention, mentions_room, next_rev},
    rooms, rows,
    writer::Tx,
};
use crate::{Error, error::Result, event::Event};

impl Store {
    pub async fn edit_message(
        &self,
        actor: UserId,
        room: RoomId,
        message: MessageId,
        content: String,
        client_id: Option<String>,
    ) -> Result<Message> {
        let max_chars = self.max_message_chars();
        self.write(move |tx| {
            Box::pin(async move {
                check_client_id(client_id.as_deref())?;
                if is_repeat(tx, actor, "edit", client_id.as_deref(), room).await? {
                    return Ok(found(tx, room, message).await?.message);
                }
                let access = rooms::participant_access(&mut tx.conn, actor, room).await?;
                let old = found(tx, room, message).await?.message;
                if old.sender.id != actor || !permission::may(access.0, access.1, Action::EditOwn) {
                    return Err(Error::forbidden("only its author can edit a message"));
                }
                if old.is_deleted {
                    return Err(Error::conflict("the message is deleted"));
                }
                if old.message_type == MessageType::System {
                    return Err(Error::forbidden("a system message cannot be edited"));
                }
                check_content(&content, MessageType::Text, false, max_chars)?;
                let rev = next_rev(tx, room).await?;
                let at = Timestamp(tx.now.millis().max(old.updated_at.millis()));
                if old.content != content {
                    keep(tx, message, rev, &old.content, at).await?;
                }
                sqlx::query(
                    "UPDATE messages SET content = ?, mentions_room = ?, is_edited = 1, rev = ?, updated_at = ?, \
                     is_indexed = 0 WHERE id = ?",
                )
                .bind(&content)
                .bind(mentions_room(access.0, access.1, &content))
                .bind(rev)
                .bind(at.millis())
                .bind(message.as_bytes().as_slice())
                .execute(&mut tx.conn)
                .await?;
                forget_mentions(tx, room, old.seq).await?;
                mention(tx, room, old.seq, actor, &content).await?;
                let message = found(tx, room, message).await?.message;
                let frame = ServerFrame::MessageEdited { chat_room: Some(room), rev, message: message.clone() };
                tx.events.push(Event::Room { room, rev, frame });
                Ok(message)
            })
        })
        .await
    }

    /// What a message said before, oldest first: for its author, and where a room has admins for those.
    pub async fn edits(&self, viewer: UserId, room: RoomId, message: MessageId) -> Result<Edits> {
        let mut tx = self.snapshot().await?;
        let (role, chat_type) = rooms::participant_access(&mut tx, viewer, room).await?;
        let row = rows::message_by_id(&mut tx, message).await?;
        let row = row.filter(|row| row.message.chat_room == room).ok_or_else(Error::not_found)?;
        if row.message.sender.id != viewer && !permission::may(role, chat_type, Action::ReadEditsOfOthers) {
            return Err(Error::forbidden("only its author and the room's admins see what a message said before"));
        }
        let found = sqlx::query("SELECT content, edited_at FROM edits WHERE message = ? ORDER BY rev")
            .bind(message.as_bytes().as_slice())
            .fetch_all(&mut *tx)
            .await?;
        let edits = found
            .iter()
            .map(|row| Ok(Edit { content: row.try_get("content")?, edited_at: Timestamp(row.try_get("edited_at")?) }))
            .collect::<Result<_>>()?;
        Ok(Edits { edits })
    }
}

async fn keep(tx: &mut Tx, message: MessageId, rev: Rev, content: &str, at: Timestamp) -> Result<()> {
    sqlx::query("INSERT INTO edits (message, rev, content, edited_at) VALUES (?, ?, ?, ?)")
        .bind(message.as_bytes().as_slice())
        .bind(rev)
        .bind(content)
        .bind(at.millis())
        .execute(&mut tx.conn)
        .await?;
    Ok(())
}

/// A deleted message leaves nothing of what it said.
pub(super) async fn forget(tx: &mut Tx, message: MessageId) -> Result<()> {
    sqlx::query("DELETE FROM edits WHERE message = ?")
        .bind(message.as_bytes().as_slice())
        .execute(&mut tx.conn)
        .await?;
    Ok(())
}
