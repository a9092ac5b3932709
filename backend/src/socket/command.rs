//! Commands of both sockets, and how each is answered.
//!
//! The device socket names the room in every frame and gets an `ack` or `error` for what carries `ref` or `client_id`. The
//! room socket implies the room, knows the first version's commands only, and is answered by the live frame, or an `error`.

use std::sync::Arc;

use axum::extract::ws::Message;
use recado_protocol::{
    ClientFrame, ErrorCode, MessageId, Rev, RoomId, Seq, ServerFrame,
    frame::{Ack, Command, ErrorFrame, Head, Sync, SyncFrame},
    limits::{MAX_WATCHED, is_client_id},
    user::Status,
};

use super::frame as encode;
use crate::{
    App, Error,
    auth::Principal,
    error::Result,
    event::{Audience, Event},
    hub::{Link, Queue, Surface},
    store::{NewPost, Publisher, ReactionChange, ReadTarget, RoomAccess, SyncRequest},
};

/// Whoever speaks on a socket.
#[derive(Debug)]
pub(super) struct Speaker {
    pub(super) app: App,
    pub(super) principal: Principal,
    pub(super) link: Link,
    surface: Surface,
}

/// What came of a command.
#[derive(Debug)]
pub(super) struct Answer {
    head: Head,
    room: Option<RoomId>,
    result: Result<Ack>,
    /// For the room socket: a repeat is answered by the frame that there was.
    echo: Option<ServerFrame>,
}

impl Speaker {
    pub(super) fn new(app: App, principal: Principal, link: Link, surface: Surface) -> Self {
        Self { app, principal, link, surface }
    }

    pub(super) fn queue(&self) -> &Arc<Queue> {
        &self.link.queue
    }

    pub(super) fn surface(&self) -> Surface {
        self.surface
    }

    /// Takes a frame that could be read: what there is to carry out, or `None` when it is dealt with.
    pub(super) fn take(&self, frame: ClientFrame) -> Option<ClientFrame> {
        let Head { client_id, .. } = &frame.head;
        if client_id.is_some() && !frame.head.client_id().is_some_and(is_client_id) {
            self.refuse(&frame.head, &Error::invalid("client_id", "client_id is a text of 1 to 64 characters"));
            return None;
        }
        match (&frame.command, self.surface) {
            (Command::Pong, Surface::Device) => None,
            (Command::Hello(_), Surface::Device) => {
                self.refuse(&frame.head, &Error::invalid("type", "hello was said already"));
                None
            }
            (
                Command::Hello(_)
                | Command::Sync(_)
                | Command::Watch { .. }
                | Command::Pong
                | Command::MarkUnread { .. }
                | Command::LeaveRoom {}
                | Command::SetMyRoom(_)
                | Command::PinMessage { .. }
                | Command::SetPresence { .. },
                Surface::Room(_),
            ) => {
                self.refuse(&frame.head, &Error::invalid("type", "not known on a room's socket"));
                None
            }
            _ => Some(frame),
        }
    }

    /// Whether a command is one write, which goes to the store in order without being waited for.
    pub(super) fn is_write(command: &Command) -> bool {
        matches!(
            command,
            Command::ChatMessage { .. }
                | Command::ReadMessage { .. }
                | Command::MarkUnread { .. }
                | Command::ReactMessage { .. }
                | Command::EditMessage { .. }
                | Command::DeleteMessage { .. }
                | Command::LeaveRoom {}
                | Command::SetMyRoom(_)
                | Command::PinMessage { .. }
        )
    }

    fn room(&self, head: &Head) -> Result<RoomId> {
        match self.surface {
            Surface::Room(room) => Ok(room),
            Surface::Device => head
                .chat_room
                .as_ref()
                .and_then(|id| id.as_str()?.parse().ok())
                .ok_or_else(|| Error::invalid("chat_room", "chat_room is a room's id")),
        }
    }

    /// Carries out a write.
    pub(super) async fn write(&self, frame: ClientFrame) -> Answer {
        let ClientFrame { head, command } = frame;
        let room = match self.room(&head) {
            Ok(room) => room,
            Err(error) => return Answer { head, room: None, result: Err(error), echo: None },
        };
        let mut echo = None;
        let result = self.write_in(room, head.client_id().map(ToOwned::to_owned), command, &mut echo).await;
        Answer { head, room: Some(room), result, echo }
    }

    async fn write_in(
        &self,
        room: RoomId,
        client_id: Option<String>,
        command: Command,
        echo: &mut Option<ServerFrame>,
    ) -> Result<Ack> {
        let store = &self.app.store;
        let me = self.principal.id();
        match command {
            Command::ChatMessage { content, message_type, reply_to, recovered, attachments } => {
                let empty_media = matches!(self.surface, Surface::Room(_));
                let post = NewPost { content, message_type, reply_to, client_id, recovered, attachments, empty_media };
                let posted = store.post_message(me, room, post).await?;
                let message = posted.message;
                let ack = Ack {
                    message_id: Some(message.id),
                    seq: Some(message.seq),
                    rev: Some(posted.first_rev),
                    created_at: Some(message.created_at),
                    duplicate: posted.duplicate,
                    ..Ack::default()
                };
                if posted.duplicate {
                    *echo = Some(ServerFrame::ChatMessage { chat_room: Some(room), rev: message.rev, message });
                }
                Ok(ack)
            }
            Command::EditMessage { message_id, content } => {
                let message = store.edit_message(me, room, message_id, content, client_id).await?;
                Ok(Ack {
                    message_id: Some(message_id),
                    seq: Some(message.seq),
                    rev: Some(message.rev),
                    ..Ack::default()
                })
            }
            Command::DeleteMessage { message_id } => {
                let rev = Some(store.delete_message(me, room, message_id).await?);
                Ok(Ack { message_id: Some(message_id), rev, ..Ack::default() })
            }
            Command::PinMessage { message_id, pinned } => {
                let rev = Some(store.pin_message(me, room, message_id, pinned).await?);
                Ok(Ack { message_id: Some(message_id), rev, ..Ack::default() })
            }
            Command::ReactMessage { message_id, reaction_type, added } => {
                let change = match added {
                    None => ReactionChange::Toggle,
                    Some(true) => ReactionChange::Set,
                    Some(false) => ReactionChange::Unset,
                };
                let rev = Some(store.set_reaction(me, room, message_id, reaction_type, change).await?);
                Ok(Ack { message_id: Some(message_id), rev, ..Ack::default() })
            }
            Command::ReadMessage { seq, message_id } => self.read(room, seq, message_id).await,
            Command::MarkUnread { seq } => {
                store.mark_unread(me, room, seq, client_id).await?;
                Ok(Ack { seq: Some(seq), ..Ack::default() })
            }
            Command::LeaveRoom {} => {
                store.leave_room(me, room, client_id).await?;
                // At least so far: what the stream told of it is below.
                Ok(Ack { me: Some(store.me_head(me).await?), ..Ack::default() })
            }
            Command::SetMyRoom(patch) => {
                let (_, me) = store.set_my_room(me, room, patch, client_id).await?;
                Ok(Ack { me: Some(me), ..Ack::default() })
            }
            Command::Hello(_)
            | Command::Typing { .. }
            | Command::Sync(_)
            | Command::SetPresence { .. }
            | Command::Watch { .. }
            | Command::Pong => Err(Error::invalid("type", "not a write")),
        }
    }

    async fn read(&self, room: RoomId, seq: Option<Seq>, message_id: Option<MessageId>) -> Result<Ack> {
        let target = match (message_id, seq) {
            (Some(id), _) => ReadTarget::Message(id),
            (None, Some(seq)) => ReadTarget::Seq(seq),
            (None, None) => return Err(Error::invalid("message_id", "seq or message_id is needed")),
        };
        let moved = self.app.store.mark_read(self.principal.id(), room, target).await?;
        if moved.is_none()
            && let (Surface::Room(_), Some(message_id)) = (self.surface, message_id)
            && let Some(except) = self.app.store.not_told(self.principal.id(), room).await?
        {
            // The first version answers every read mark, also one that moves nothing.
            let frame = ServerFrame::MessageRead {
                chat_room: Some(room),
                message_id,
                seq: seq.unwrap_or(0),
                user_id: self.principal.id(),
                username: self.principal.user.username.clone(),
                read_at: None,
            };
            let from = self.principal.id();
            self.app.bus.publish(vec![Event::Transient { room, from, audience: Audience::RoomSockets, except, frame }]);
        }
        Ok(Ack { message_id: moved.map(|(id, _)| id).or(message_id), seq: moved.map(|(_, seq)| seq), ..Ack::default() })
    }

    /// Carries out what is not a write.
    pub(super) async fn attend(&self, frame: ClientFrame) -> Answer {
        let ClientFrame { head, command } = frame;
        let mut room = None;
        let mut ack = Ack::default();
        let result = match command {
            Command::Typing { is_typing } => match self.room(&head) {
                Ok(id) => {
                    room = Some(id);
                    self.typing(id, is_typing).await
                }
                Err(error) => Err(error),
            },
            Command::Sync(sync) => self.sync(sync, &head).await,
            Command::Watch { chat_rooms } => {
                let watched = self.watch(chat_rooms).await;
                watched.map_err(|(id, error)| {
                    room = id;
                    error
                })
            }
            Command::SetPresence { status } => self.set_presence(status).await.map(|me| ack.me = me),
            _ => Err(Error::invalid("type", "a write")),
        };
        let result = result.map(|()| ack);
        Answer { head, room, result, echo: None }
    }

    /// Where the stream `me` stands with a choice; being away is no choice.
    async fn set_presence(&self, status: Status) -> Result<Option<Rev>> {
        let is_away = status == Status::Away;
        let me = if is_away { None } else { Some(self.app.store.set_presence(self.principal.id(), status).await?) };
        self.link.set_idle(is_away).await;
        Ok(me)
    }

    async fn typing(&self, room: RoomId, is_typing: bool) -> Result<()> {
        if self.link.typing(room, is_typing).await {
            return Ok(());
        }
        self.app.store.participants(self.principal.id(), room).await?;
        // In the room, but only just: the hub has yet to hear of it.
        Ok(())
    }

    async fn sync(&self, sync: Sync, head: &Head) -> Result<()> {
        let Sync { rooms, me, people } = sync;
        let request = SyncRequest { epoch: None, rooms, me, people, everything: false };
        let answer = self.app.store.sync(self.principal.id(), request).await?;
        for mut frame in answer.frames {
            if let ServerFrame::Sync(sync) = &mut frame {
                let reference = match sync {
                    SyncFrame::Room(sync) => &mut sync.reference,
                    SyncFrame::Me(sync) => &mut sync.reference,
                    SyncFrame::People(sync) => &mut sync.reference,
                };
                reference.clone_from(&head.reference);
            }
            if !self.queue().send(encode(&frame)).await {
                break;
            }
        }
        Ok(())
    }

    /// The first room that may not be watched is named; the others are.
    async fn watch(&self, rooms: Vec<RoomId>) -> Result<(), (Option<RoomId>, Error)> {
        if rooms.len() > MAX_WATCHED {
            return Err((None, Error::invalid("chat_rooms", format!("at most {MAX_WATCHED} rooms"))));
        }
        self.link.watch(rooms.clone()).await;
        let mut refused = Ok(());
        for room in rooms {
            match self.app.store.watched(self.principal.id(), room).await {
                Ok((people, seen)) => {
                    if !self.queue().room_for_more().await {
                        break;
                    }
                    self.link.watch_people(room, people, seen).await;
                }
                Err(error) => refused = refused.and(Err((Some(room), error))),
            }
        }
        refused
    }

    /// Sends what came of a command.
    pub(super) fn answer(&self, answer: Answer) {
        let Answer { head, room, result, echo } = answer;
        match (result, self.surface) {
            (Err(error), _) => self.refuse_in(&head, room, &error),
            (Ok(_), Surface::Room(_)) => {
                if let Some(echo) = echo {
                    self.queue().answer(encode(&echo));
                }
            }
            (Ok(ack), Surface::Device) => {
                if head.reference.is_none() && head.client_id.is_none() {
                    return;
                }
                let client_id = head.client_id().map(ToOwned::to_owned);
                let ack = Ack { reference: head.reference, client_id, chat_room: room, ..ack };
                self.queue().answer(encode(&ServerFrame::Ack(ack)));
            }
        }
    }

    /// Says that something was not done, and why.
    pub(super) fn refuse(&self, head: &Head, error: &Error) {
        self.refuse_in(head, None, error);
    }

    fn refuse_in(&self, head: &Head, room: Option<RoomId>, error: &Error) {
        self.queue().answer(refusal(head, room, error));
    }

    /// Whether the speaker takes part in a room; for a room's socket, asked at the handshake.
    pub(super) async fn access(app: &App, principal: &Principal, room: RoomId) -> Result<RoomAccess> {
        app.store.role_in(principal.id(), room).await
    }
}

/// An `error` frame that echoes `ref` and `client_id`.
fn refusal(head: &Head, room: Option<RoomId>, error: &Error) -> Message {
    if error.code == ErrorCode::Unavailable {
        tracing::error!(%error, cause = ?error.cause(), "a command failed");
    }
    let chat_room = room.or_else(|| head.chat_room.as_ref()?.as_str()?.parse().ok());
    encode(&ServerFrame::Error(ErrorFrame {
        reference: head.reference.clone(),
        client_id: head.client_id().map(ToOwned::to_owned),
        chat_room,
        code: error.code,
        message: error.detail.to_string(),
        // Rounded up, so that who waits as told is not refused again.
        retry_after_ms: error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) + 1),
    }))
}
