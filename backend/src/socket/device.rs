//! The socket of a device: `hello`, sync, `ready`, then live.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::Message;
use futures_util::{Sink, Stream, StreamExt};
use recado_protocol::{
    ClientFrame, CloseCode, ErrorCode, PROTOCOL_VERSION, ServerFrame,
    frame::{Command, Hello},
    limits::MAX_HELLO_BYTES,
};
use tokio::time::timeout;

use super::{
    command::Speaker,
    connection::{refuse, run},
    farewell, frame, refusal,
};
use crate::{
    App,
    auth::Principal,
    error::Result,
    hub::{CAPACITY, Person, Queue, Surface},
    store::SyncRequest,
};

/// How long a client may take to say `hello`.
const HELLO_LIMIT: Duration = Duration::from_secs(5);

/// Serves one device's socket to its end.
pub async fn device<W, E>(app: App, socket: W, token: Option<String>)
where
    W: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    E: std::fmt::Display,
{
    let (sink, mut stream) = socket.split();
    let principal = match app.auth.authenticate(token.as_deref()).await {
        Ok(principal) => principal,
        Err(error) => {
            let (code, error) = refusal(&error);
            return refuse(sink, stream, code, error).await;
        }
    };
    let hello = match timeout(HELLO_LIMIT, hello(&mut stream)).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(None)) => return,
        Ok(Err(Some((code, error)))) => return refuse(sink, stream, code, error).await,
        Err(_) => return refuse(sink, stream, CloseCode::NoHello, ErrorCode::InvalidRequest).await,
    };
    let person =
        Person { user: principal.id(), username: principal.user.username.as_str().into(), session: principal.session };
    let queue = Arc::new(Queue::new(CAPACITY));
    let Ok(start) = app.store.me_start(principal.id()).await else {
        return refuse(sink, stream, CloseCode::Draining, ErrorCode::Unavailable).await;
    };
    let Ok(read_receipts) = app.store.read_receipts(principal.id()).await else {
        return refuse(sink, stream, CloseCode::Draining, ErrorCode::Unavailable).await;
    };
    queue.answer(frame(&success(&app, &principal, read_receipts)));
    let Some(link) = app.hub.attach(person, Surface::Device, start, queue).await else {
        return refuse(sink, stream, CloseCode::Draining, ErrorCode::Unavailable).await;
    };
    let speaker = Speaker::new(app.clone(), principal, link, Surface::Device);
    run(&app, sink, stream, speaker, async |speaker: &Speaker| match begin(speaker, hello).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, cause = ?error.cause(), "a device cannot be synced");
            let last = farewell(CloseCode::Draining, ErrorCode::Unavailable);
            speaker.queue().close(CloseCode::Draining, Some(last));
            false
        }
    })
    .await;
}

/// The first frame. `Err(None)`: the client left.
async fn hello<R, E>(stream: &mut R) -> Result<Hello, Option<(CloseCode, ErrorCode)>>
where
    R: Stream<Item = Result<Message, E>> + Unpin,
    E: std::fmt::Display,
{
    let bad = Err(Some((CloseCode::NotTheProtocol, ErrorCode::InvalidRequest)));
    loop {
        let text = match stream.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => return bad,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Err(error)) if super::connection::is_too_large(&error) => {
                return Err(Some((CloseCode::FrameTooLarge, ErrorCode::TooLarge)));
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
        };
        if text.len() > MAX_HELLO_BYTES {
            return Err(Some((CloseCode::FrameTooLarge, ErrorCode::TooLarge)));
        }
        let Ok(ClientFrame { command: Command::Hello(hello), .. }) = ClientFrame::parse(&text) else { return bad };
        return match hello.protocol {
            None => bad,
            Some(PROTOCOL_VERSION) => Ok(hello),
            Some(_) => Err(Some((CloseCode::UnknownVersion, ErrorCode::InvalidRequest))),
        };
    }
}

fn success(app: &App, principal: &Principal, read_receipts: bool) -> ServerFrame {
    ServerFrame::ConnectionSuccess {
        message: "connected".into(),
        user: Some(principal.user.clone()),
        session_id: Some(principal.session),
        protocol: Some(PROTOCOL_VERSION),
        epoch: Some(app.store.epoch().to_owned()),
        heartbeat_ms: Some(app.heartbeat_ms),
        limits: Some(app.limits),
        read_receipts: Some(read_receipts),
    }
}

/// Subscribes, then reads what the client lacks, tells it, and goes live.
async fn begin(speaker: &Speaker, hello: Hello) -> Result<()> {
    let app = &speaker.app;
    let user = speaker.principal.id();
    let rooms = app.store.member_rooms(user).await?;
    speaker.link.enter(rooms).await;
    let Hello { epoch, rooms, me, people, .. } = hello;
    let mut answer = app.store.sync(user, SyncRequest { epoch, rooms, me, people, everything: true }).await?;
    for sync in std::mem::take(&mut answer.frames) {
        if !speaker.queue().send(frame(&sync)).await {
            return Ok(());
        }
    }
    speaker.link.go_live(frame(&ServerFrame::Ready {}), answer).await;
    Ok(())
}
