//! The peers: an axum WebSocket broadcast that stores nothing and asks nobody, as axum's own chat example writes it, a flush
//! for each message; and the limit, which with small buffers and a flush for all that waits tells what Recado adds (durable
//! order, membership, acks) from what sockets cost anyway.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::get,
    serve::ListenerExt,
};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{Mutex, broadcast};

type Rooms = Arc<Mutex<HashMap<u32, broadcast::Sender<Utf8Bytes>>>>;

/// When what is written goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Flushes {
    /// Message by message.
    Each,
    /// All that waits at once.
    Together,
}

pub(crate) async fn serve(listen: &str, flushes: Flushes) -> std::io::Result<()> {
    let app = Router::new().route("/ws/{room}", get(upgrade)).with_state((Rooms::default(), flushes));
    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // As Recado's: otherwise both measure how long TCP holds small packets back.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, app).await
}

async fn upgrade(
    Path(room): Path<u32>,
    State((rooms, flushes)): State<(Rooms, Flushes)>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let room = rooms.lock().await.entry(room).or_insert_with(|| broadcast::channel(16_384).0).clone();
    let upgrade = match flushes {
        Flushes::Each => upgrade,
        Flushes::Together => upgrade.read_buffer_size(4096).write_buffer_size(4096),
    };
    upgrade.on_upgrade(move |socket| run(socket, room, flushes))
}

async fn run(socket: WebSocket, room: broadcast::Sender<Utf8Bytes>, flushes: Flushes) {
    let (mut sink, mut stream) = socket.split();
    let mut events = room.subscribe();
    let writer = tokio::spawn(async move {
        while let Ok(first) = events.recv().await {
            if sink.feed(Message::Text(first)).await.is_err() {
                return;
            }
            while flushes == Flushes::Together
                && let Ok(next) = events.try_recv()
            {
                if sink.feed(Message::Text(next)).await.is_err() {
                    return;
                }
            }
            if sink.flush().await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            let _no_listener = room.send(text);
        }
    }
    writer.abort();
}
