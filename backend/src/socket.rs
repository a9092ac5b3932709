//! The two WebSockets: `/ws/`, one a device, and `/ws/chat/{room}/`, the first version's, one a room.
//!
//! An upgrade is always accepted; what is wrong with it is then said in an `error` frame and by the close code, since a
//! browser shows neither status nor body of a refused one. Behind the upgrade everything is generic over a stream and sink
//! of messages (`device`, `room`), so that frames are tested without ports.

mod command;
mod connection;
mod device;
mod pace;
mod room;
#[cfg(test)]
pub(crate) mod tests;

use axum::{
    Router,
    extract::{
        OriginalUri, Path, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::get,
};
use http::{HeaderMap, HeaderValue, Uri, header};
use recado_protocol::{CloseCode, ErrorCode, ServerFrame, frame::ErrorFrame, limits::MAX_HELLO_BYTES};

pub use device::device;
pub use room::room;

use crate::{App, auth::AuthError};

/// What is read whole before its size is judged. Above it the frame is not even read: it is refused by its header.
const MAX_READ_BYTES: usize = 4 * MAX_HELLO_BYTES;
/// Measured: axum's defaults cost 180 KiB an idle socket, these 7 KiB.
const BUFFER_BYTES: usize = 4096;
const SUBPROTOCOL: HeaderValue = HeaderValue::from_static("recado.v1");
const BEARER_SUBPROTOCOL: &str = "bearer.";

/// Both sockets, with and without the last slash.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/ws", get(upgrade_device))
        .route("/ws/", get(upgrade_device))
        .route("/ws/chat/{room}", get(upgrade_room))
        .route("/ws/chat/{room}/", get(upgrade_room))
}

async fn upgrade_device(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    ws: WebSocketUpgrade,
) -> Response {
    let token = token(&uri, &headers, &ws);
    accept(ws, app, move |app, socket| async move { device(app, socket, token).await })
}

async fn upgrade_room(
    State(app): State<App>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    ws: WebSocketUpgrade,
) -> Response {
    let token = token(&uri, &headers, &ws);
    accept(ws, app, move |app, socket| async move { room(app, socket, token, &id).await })
}

fn accept<F, Fut>(mut ws: WebSocketUpgrade, app: App, serve: F) -> Response
where
    F: FnOnce(App, WebSocket) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    if let Some(protocol) = choose_subprotocol(ws.requested_protocols()) {
        ws.set_selected_protocol(protocol);
    }
    ws.read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(MAX_READ_BYTES)
        .max_frame_size(MAX_READ_BYTES)
        .on_upgrade(move |socket| {
            let tracker = app.tracker.clone();
            tracker.track_future(serve(app, socket))
        })
}

/// `recado.v1` where it is offered, else the one that carries the token.
fn choose_subprotocol<'a>(offered: impl Iterator<Item = &'a HeaderValue>) -> Option<HeaderValue> {
    let mut bearer = None;
    for protocol in offered {
        if protocol == SUBPROTOCOL {
            return Some(SUBPROTOCOL);
        }
        if protocol.as_bytes().starts_with(BEARER_SUBPROTOCOL.as_bytes()) {
            bearer = Some(protocol.clone());
        }
    }
    bearer
}

/// The access token from the query, the `Authorization` header or the subprotocol, whichever is there first.
fn token(uri: &Uri, headers: &HeaderMap, ws: &WebSocketUpgrade) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    let in_query = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "token");
    if let Some((_, token)) = in_query.filter(|(_, token)| !token.is_empty()) {
        return Some(token.into_owned());
    }
    let in_header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some((scheme, token)) = in_header.and_then(|value| value.split_once(' '))
        && scheme.eq_ignore_ascii_case("bearer")
    {
        return Some(token.trim().to_owned());
    }
    ws.requested_protocols()
        .filter_map(|protocol| protocol.to_str().ok())
        .find_map(|protocol| protocol.strip_prefix(BEARER_SUBPROTOCOL))
        .map(ToOwned::to_owned)
}

/// How a token that was not taken is answered.
fn refusal(error: &AuthError) -> (CloseCode, ErrorCode) {
    match error {
        AuthError::Missing | AuthError::Bad => (CloseCode::BadToken, ErrorCode::Unauthenticated),
        AuthError::Expired => (CloseCode::TokenExpired, ErrorCode::TokenExpired),
        AuthError::SessionEnded => (CloseCode::SessionEnded, ErrorCode::Unauthenticated),
        // Come back: another node, or this one in a while.
        AuthError::Unavailable(_) => (CloseCode::Draining, ErrorCode::Unavailable),
    }
}

fn frame(frame: &ServerFrame) -> Message {
    Message::Text(frame.to_text().into())
}

/// The `error` frame that goes before a close.
fn farewell(close: CloseCode, code: ErrorCode) -> Message {
    frame(&ServerFrame::Error(ErrorFrame {
        reference: None,
        client_id: None,
        chat_room: None,
        code,
        message: close.reason().to_owned(),
        retry_after_ms: (code == ErrorCode::RateLimited).then_some(pace::WINDOW.as_millis() as u64),
    }))
}
