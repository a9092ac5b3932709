//! Pinned messages: kept in view for everyone in a room.

use recado_protocol::{
    MessageId, MessageType, Rev, RoomId, ServerFrame, UserId,
    limits::MAX_PINS,
    message::Pins,
    permission::{self, Action},
};
use sqlx::Row;

use super::{
    Store,
    messages::{found, next_rev},
    rooms,
    rows::{self, select_message},
    sync::plain,
};
use crate::{Error, error::Result, event::Event};

impl Store {
    /// Pins a message or takes its pin away; what is so already stays as it is, with who did it first. Answers the message's
    /// `rev` afterwards.
    pub async fn pin_message(&self, actor: UserId, room: RoomId, message: MessageId, pinned: bool) -> Result<Rev> {
        self.write(move |tx| {
            Box::pin(async move {
                let (role, chat_type) = rooms::participant_access(&mut tx.conn, actor, room).await?;
                let old = found(tx, room, message).await?.message;
                if !permission::may(role, chat_type, Action::Pin) || old.message_type == MessageType::System {
                    return Err(Error::forbidden("only a room's owners and admins can pin its messages"));
                }
                if old.pinned.is_some() == pinned {
                    return Ok(old.rev);
                }
                if old.is_deleted {
                    return Err(Error::conflict("the message is deleted"));
                }
                if pinned {
                    let row = sqlx::query("SELECT COUNT(*) FROM messages WHERE room = ? AND pinned_at IS NOT NULL")
                        .bind(room.as_bytes().as_slice())
                        .fetch_one(&mut tx.conn)
                        .await?;
                    if row.try_get::<i64, _>(0)? >= MAX_PINS {
                        return Err(Error::conflict(format!("a room has at most {MAX_PINS} pinned messages")));
                    }
                }
                let rev = next_rev(tx, room).await?;
                sqlx::query("UPDATE messages SET pinned_by = ?, pinned_at = ?, rev = ?, is_indexed = 0 WHERE id = ?")
                    .bind(pinned.then_some(actor.as_bytes().as_slice()))
                    .bind(pinned.then_some(tx.now.millis()))
                    .bind(rev)
                    .bind(message.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                let message = found(tx, room, message).await?.message;
                let frame = ServerFrame::MessagePinned { chat_room: Some(room), rev, message };
                tx.events.push(Event::Room { room, rev, frame });
                Ok(rev)
            })
        })
        .await
    }

    /// The last pinned first.
    pub async fn pins(&self, viewer: UserId, room: RoomId) -> Result<Pins> {
        let mut tx = self.snapshot().await?;
        rooms::participant_access(&mut tx, viewer, room).await?;
        let found = sqlx::query(select_message!(
            "WHERE m.room = ? AND m.pinned_at IS NOT NULL ORDER BY m.pinned_at DESC, m.seq DESC"
        ))
        .bind(room.as_bytes().as_slice())
        .fetch_all(&mut *tx)
        .await?;
        Ok(Pins { messages: plain(rows::messages(&mut tx, &found).await?) })
    }
}
