//! One connection, from the handshake to its end.

use std::{pin::Pin, time::Duration};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use recado_protocol::{ServerFrame, frame::Command};
use tokio::{sync::mpsc, time::Instant};
use tokio_tungstenite::tungstenite::{
    self, Message,
    client::IntoClientRequest,
    http::{HeaderValue, header},
    protocol::WebSocketConfig,
};

use super::{Control, End, FromLink, SleepWatch, Task};
use crate::view::Connection;

/// What the server may send in one frame: a page of the longest messages fits many times.
const MAX_FRAME: usize = 64 * 1024 * 1024;
/// Frames that may wait to be sent.
const OUTGOING: usize = 1_024;

impl Task {
    pub(super) async fn connect(&mut self, token: &str) -> End {
        let request = match self.request(token) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(%error, "no request can be made for this address");
                return End::Closed(None);
            }
        };
        // The message limit is the frame's: the server does not fragment.
        let config = WebSocketConfig::default().max_message_size(Some(MAX_FRAME)).max_frame_size(Some(MAX_FRAME));
        let connecting = tokio_tungstenite::connect_async_with_config(request, Some(config), true);
        let stream = tokio::select! {
            () = self.parts.cancel.cancelled() => return End::Cancelled,
            stream = tokio::time::timeout(self.parts.timing.connect, connecting) => stream,
        };
        match stream {
            Ok(Ok((stream, _))) => self.serve(stream).await,
            Ok(Err(error)) => {
                tracing::info!(%error, "no connection");
                End::Closed(None)
            }
            Err(_) => {
                tracing::info!("no connection in time");
                End::Closed(None)
            }
        }
    }

    fn request(&self, token: &str) -> Result<tungstenite::handshake::client::Request, tungstenite::Error> {
        let mut request = self.parts.address.socket().into_client_request()?;
        // In a header, never in the URL: URLs are written to logs.
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(tungstenite::http::Error::from)?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("recado.v1"));
        Ok(request)
    }

    /// Until it breaks. Generic, so that frames can be tested without ports.
    pub(super) async fn serve<S>(&mut self, stream: S) -> End
    where
        S: Stream<Item = Result<Message, tungstenite::Error>> + Sink<Message, Error = tungstenite::Error> + Unpin,
    {
        let (mut writer, mut reader) = stream.split();
        let (outgoing, mut to_send) = mpsc::channel::<String>(OUTGOING);
        self.tell(FromLink::State(Connection::Syncing)).await;
        self.tell(FromLink::Opened(outgoing)).await;
        // Until the server says how often it pings, what it does by default.
        let mut heartbeat = Duration::from_secs(25);
        let mut last_seen = Instant::now();
        let mut proof_due: Option<Instant> = None;
        let mut watch = SleepWatch::new(&*self.parts.clock);
        loop {
            let due = proof_due.unwrap_or(last_seen + 2 * heartbeat).min(last_seen + 2 * heartbeat);
            tokio::select! {
                () = self.parts.cancel.cancelled() => {
                    // A courtesy; the server would notice by itself.
                    let _ = tokio::time::timeout(Duration::from_millis(200), writer.send(Message::Close(None))).await;
                    return End::Cancelled;
                }
                () = tokio::time::sleep_until(due) => {
                    tracing::info!("the server is silent");
                    return End::Closed(None);
                }
                () = tokio::time::sleep(self.parts.timing.wake_check) => {
                    if watch.has_slept(&*self.parts.clock) {
                        proof_due = self.ask_for_proof(&mut writer).await;
                    }
                }
                message = reader.next() => {
                    let text = match message {
                        Some(Ok(Message::Text(text))) => text,
                        Some(Ok(Message::Close(frame))) => return End::Closed(frame.map(|frame| frame.code.into())),
                        Some(Ok(_)) => {
                            (last_seen, proof_due) = (Instant::now(), None);
                            continue;
                        }
                        Some(Err(error)) => {
                            tracing::info!(%error, "the connection broke");
                            return End::Closed(None);
                        }
                        None => return End::Closed(None),
                    };
                    (last_seen, proof_due) = (Instant::now(), None);
                    let frame: ServerFrame = match serde_json::from_str(&text) {
                        Ok(frame) => frame,
                        Err(error) => {
                            // Skipped, and noticed: its rev will be missing, and a sync brings it.
                            tracing::warn!(%error, "a frame is not understood");
                            continue;
                        }
                    };
                    match &frame {
                        ServerFrame::ConnectionSuccess { heartbeat_ms: Some(ms), .. } => {
                            heartbeat = Duration::from_millis((*ms).max(100));
                        }
                        ServerFrame::Ready {} => self.backoff.reset(),
                        ServerFrame::Ping { .. }
                            if writer.send(Message::text(Command::Pong.to_frame(None, None, None))).await.is_err() => {
                                return End::Closed(None);
                            }
                        ServerFrame::Unknown => continue,
                        _ => {}
                    }
                    self.tell(FromLink::Frame(Box::new(frame))).await;
                }
                Some(text) = to_send.recv() => {
                    let writing = async {
                        writer.feed(Message::text(text)).await?;
                        // What waits together leaves together.
                        while let Ok(text) = to_send.try_recv() {
                            writer.feed(Message::text(text)).await?;
                        }
                        writer.flush().await
                    };
                    // A full send buffer that nobody empties is silence too.
                    match tokio::time::timeout(2 * heartbeat, writing).await {
                        Ok(Ok(())) => {}
                        // The server may have said why before it closed.
                        Ok(Err(_)) => return End::Closed(last_word(&mut reader).await),
                        Err(_) => return End::Closed(None),
                    }
                }
                order = self.orders.recv() => match order {
                    Some(Control::Retry) => proof_due = self.ask_for_proof(&mut writer).await,
                    Some(Control::Reconnect) => return End::Reconnect,
                    Some(Control::WorkOffline(false)) => {}
                    Some(Control::WorkOffline(true)) => {
                        self.work_offline = true;
                        let _ = tokio::time::timeout(Duration::from_millis(200), writer.send(Message::Close(None))).await;
                        return End::WorkOffline;
                    }
                    None => return End::Cancelled,
                },
            }
        }
    }

    /// The connection may be dead: anything that the server says until then proves the opposite.
    async fn ask_for_proof<W: Sink<Message> + Unpin>(&self, writer: &mut W) -> Option<Instant> {
        let is_sent = writer.send(Message::Ping(tungstenite::Bytes::new())).await.is_ok();
        let wait = if is_sent { self.parts.timing.proof_of_life } else { Duration::ZERO };
        Some(Instant::now() + wait)
    }
}

/// The close code that may still stand in the receive buffer of a broken connection.
async fn last_word<R>(reader: &mut R) -> Option<u16>
where
    R: Stream<Item = Result<Message, tungstenite::Error>> + Unpin,
{
    let search = async {
        let mut reader = Pin::new(reader);
        while let Some(Ok(message)) = reader.next().await {
            if let Message::Close(frame) = message {
                return frame.map(|frame| frame.code.into());
            }
        }
        None
    };
    tokio::time::timeout(Duration::from_millis(500), search).await.ok().flatten()
}
