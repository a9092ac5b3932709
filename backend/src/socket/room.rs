//! The first version's socket: one room, implied in every frame.

use std::sync::Arc;

use axum::extract::ws::Message;
use futures_util::{Sink, Stream, StreamExt};
use recado_protocol::{CloseCode, ErrorCode, RoomId, ServerFrame};

use super::{
    command::Speaker,
    connection::{refuse, run},
    frame, refusal,
};
use crate::{
    App,
    auth::Principal,
    error::Result,
    hub::{CAPACITY, Person, Queue, Surface},
    store::{MemberRoom, RoomAccess},
};

/// Serves one room socket to its end.
pub async fn room<W, E>(app: App, socket: W, token: Option<String>, id: &str)
where
    W: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    E: std::fmt::Display,
{
    let (sink, stream) = socket.split();
    let principal = match app.auth.authenticate(token.as_deref()).await {
        Ok(principal) => principal,
        Err(error) => {
            let (code, error) = refusal(&error);
            return refuse(sink, stream, code, error).await;
        }
    };
    let Ok(id) = id.parse::<RoomId>() else {
        return refuse(sink, stream, CloseCode::NoSuchRoom, ErrorCode::NotFound).await;
    };
    let person =
        Person { user: principal.id(), username: principal.user.username.as_str().into(), session: principal.session };
    let queue = Arc::new(Queue::new(CAPACITY));
    let Ok(start) = app.store.me_start(principal.id()).await else {
        return refuse(sink, stream, CloseCode::Draining, ErrorCode::Unavailable).await;
    };
    // Known to the hub before membership is read, so that a removal between is heard.
    let Some(link) = app.hub.attach(person, Surface::Room(id), start, queue.clone()).await else {
        return refuse(sink, stream, CloseCode::Draining, ErrorCode::Unavailable).await;
    };
    let member = match membership(&app, &principal, id).await {
        Ok(Ok(member)) => member,
        Ok(Err((code, error))) => return refuse(sink, stream, code, error).await,
        Err(_) => return refuse(sink, stream, CloseCode::Draining, ErrorCode::Unavailable).await,
    };
    queue.answer(frame(&ServerFrame::ConnectionSuccess {
        message: "connected".into(),
        user: Some(principal.user.clone()),
        session_id: Some(principal.session),
        protocol: None,
        epoch: None,
        heartbeat_ms: None,
        limits: Some(app.limits),
        read_receipts: None,
    }));
    let speaker = Speaker::new(app.clone(), principal, link, Surface::Room(id));
    run(&app, sink, stream, speaker, async |speaker: &Speaker| {
        speaker.link.enter(vec![member]).await;
        true
    })
    .await;
}

async fn membership(
    app: &App,
    principal: &Principal,
    id: RoomId,
) -> Result<Result<MemberRoom, (CloseCode, ErrorCode)>> {
    let rooms = app.store.member_rooms(principal.id()).await?;
    if let Some(member) = rooms.into_iter().find(|member| member.room == id) {
        return Ok(Ok(member));
    }
    Ok(Err(match Speaker::access(app, principal, id).await? {
        RoomAccess::Missing => (CloseCode::NoSuchRoom, ErrorCode::NotFound),
        // `In`: a private room that one left; it is hidden until a message brings it back.
        RoomAccess::NotIn { .. } | RoomAccess::In { .. } => (CloseCode::NotAParticipant, ErrorCode::Forbidden),
    }))
}
