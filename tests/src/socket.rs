//! A plain WebSocket client that sees every frame.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

use crate::wait::{PATIENCE, soon};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the server sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Frame(Value),
    /// The close code; 1006 where the connection just broke.
    Closed(u16),
}

/// One connection. Frames that a call passes over wait in order for later calls.
#[derive(Debug)]
pub struct Socket {
    stream: Stream,
    passed: VecDeque<Value>,
    closed: Option<u16>,
    refs: u64,
    /// The subprotocol that the server picked.
    pub subprotocol: Option<String>,
}

/// What a `hello` was answered with, by kind, in order.
#[derive(Debug, Default)]
pub struct Synced {
    pub success: Value,
    /// Everything between `connection_success` and `ready`.
    pub frames: Vec<Value>,
}

impl Synced {
    /// The `sync` frames of a room.
    pub fn of(&self, room: &str) -> Vec<&Value> {
        self.frames.iter().filter(|frame| frame["type"] == "sync" && frame["chat_room"] == room).collect()
    }

    /// The room's messages in the order told.
    pub fn messages(&self, room: &str) -> Vec<Value> {
        self.of(room).iter().flat_map(|frame| frame["messages"].as_array().cloned().unwrap_or_default()).collect()
    }

    pub fn kinds(&self) -> Vec<&str> {
        self.frames.iter().filter_map(|frame| frame["type"].as_str()).collect()
    }

    pub fn me(&self) -> Option<&Value> {
        self.frames.iter().find(|frame| frame["type"] == "sync" && !frame["me"].is_null())
    }

    pub fn people(&self) -> Vec<&Value> {
        self.frames.iter().filter(|frame| frame["type"] == "sync" && frame["people"].is_array()).collect()
    }

    pub fn rooms(&self) -> Vec<&Value> {
        self.frames.iter().filter(|frame| frame["type"] == "room").collect()
    }
}

impl Socket {
    pub async fn open(url: &str) -> Self {
        Self::open_with(url, &[]).await
    }

    pub async fn open_with(url: &str, headers: &[(&str, &str)]) -> Self {
        match Self::try_open(url, headers).await {
            Ok(socket) => socket,
            Err(error) => panic!("no upgrade at {}: {error}", url.split('?').next().unwrap_or(url)),
        }
    }

    pub async fn try_open(url: &str, headers: &[(&str, &str)]) -> Result<Self, Error> {
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            let name = http::HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            request.headers_mut().insert(name, value.parse().expect("a header value"));
        }
        let config = WebSocketConfig::default().max_message_size(Some(64 << 20)).max_frame_size(Some(64 << 20));
        let (stream, answer) =
            soon("the upgrade", Box::pin(connect_async_with_config(request, Some(config), true))).await?;
        let subprotocol = answer.headers().get("sec-websocket-protocol").and_then(|value| value.to_str().ok());
        let subprotocol = subprotocol.map(str::to_owned);
        Ok(Self { stream, passed: VecDeque::new(), closed: None, refs: 0, subprotocol })
    }

    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        // A server that refuses may have closed already; what it said is still to be read.
        let _ = self.stream.send(Message::text(text)).await;
    }

    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        let _ = self.stream.send(Message::binary(bytes)).await;
    }

    /// Many frames with one flush. Reads nothing meanwhile: returns what failed.
    pub async fn flood(&mut self, frames: impl IntoIterator<Item = Value>) -> Result<(), Error> {
        for frame in frames {
            self.stream.feed(Message::text(frame.to_string())).await?;
        }
        self.stream.flush().await
    }

    /// Leaves properly.
    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
        while let Some(Ok(_)) = self.stream.next().await {}
    }

    /// The raw stream below; for readers that do not read.
    pub fn tcp(&self) -> &TcpStream {
        match self.stream.get_ref() {
            MaybeTlsStream::Plain(tcp) => tcp,
            _ => panic!("tests speak plainly"),
        }
    }

    async fn read(&mut self) -> Seen {
        if let Some(code) = self.closed {
            return Seen::Closed(code);
        }
        loop {
            let code = match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text);
                    return Seen::Frame(frame.unwrap_or_else(|error| panic!("not JSON ({error}): {text}")));
                }
                Some(Ok(Message::Close(frame))) => frame.map_or(1005, |frame| frame.code.into()),
                Some(Ok(Message::Binary(bytes))) => panic!("a binary frame of {} bytes", bytes.len()),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => 1006,
            };
            self.closed = Some(code);
            return Seen::Closed(code);
        }
    }

    /// The next frame or the close, pings answered and left out.
    #[track_caller]
    pub fn see(&mut self) -> impl Future<Output = Seen> {
        let caller = std::panic::Location::caller();
        async move {
            if let Some(frame) = self.passed.pop_front() {
                return Seen::Frame(frame);
            }
            match tokio::time::timeout(PATIENCE, self.live()).await {
                Ok(seen) => seen,
                Err(elapsed) => panic!("{caller}: no frame in {PATIENCE:?} ({elapsed})"),
            }
        }
    }

    async fn live(&mut self) -> Seen {
        loop {
            match self.read().await {
                Seen::Frame(frame) if frame["type"] == "ping" => self.send(json!({"type": "pong"})).await,
                seen => return seen,
            }
        }
    }

    /// The next frame, which must be of that type.
    #[track_caller]
    pub fn next_of(&mut self, kind: &str) -> impl Future<Output = Value> {
        let (caller, kind) = (std::panic::Location::caller(), kind.to_owned());
        let next = self.see();
        async move {
            match next.await {
                Seen::Frame(frame) if frame["type"] == kind => frame,
                seen => panic!("{caller}: wanted {kind}, got {seen:?}"),
            }
        }
    }

    /// The first frame that suits; those before it wait.
    #[track_caller]
    pub fn find(&mut self, what: &str, suits: impl Fn(&Value) -> bool) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        let what = what.to_owned();
        async move {
            if let Some(at) = self.passed.iter().position(&suits) {
                return self.passed.remove(at).expect("the position was found");
            }
            let search = async {
                loop {
                    match self.live().await {
                        Seen::Frame(frame) if suits(&frame) => return Ok(frame),
                        Seen::Frame(frame) => self.passed.push_back(frame),
                        Seen::Closed(code) => return Err(code),
                    }
                }
            };
            match tokio::time::timeout(PATIENCE, search).await {
                Ok(Ok(frame)) => frame,
                Ok(Err(code)) => panic!("{caller}: closed with {code} before {what}; had {:?}", self.passed),
                Err(elapsed) => panic!("{caller}: no {what} in {PATIENCE:?} ({elapsed}); had {:?}", self.passed),
            }
        }
    }

    /// The first frame of that type; those before it wait.
    #[track_caller]
    pub fn until(&mut self, kind: &str) -> impl Future<Output = Value> {
        let wanted = kind.to_owned();
        self.find(kind, move |frame| frame["type"] == wanted)
    }

    /// A real `ping` of the device socket, unanswered by this call.
    pub async fn heartbeat(&mut self) -> Value {
        let search = async {
            loop {
                match self.read().await {
                    Seen::Frame(frame) if frame["type"] == "ping" => {
                        self.send(json!({"type": "pong"})).await;
                        return frame;
                    }
                    Seen::Frame(frame) => self.passed.push_back(frame),
                    Seen::Closed(code) => panic!("closed with {code} before a ping"),
                }
            }
        };
        soon("a ping", search).await
    }

    /// Reads without answering pings until the server closes.
    pub async fn closed_in_silence(&mut self) -> u16 {
        let search = async {
            loop {
                if let Seen::Closed(code) = self.read().await {
                    return code;
                }
            }
        };
        soon("the close", search).await
    }

    /// Reads to the close and gives its code; the frames before it wait.
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = u16> {
        let caller = std::panic::Location::caller();
        async move {
            let search = async {
                loop {
                    match self.live().await {
                        Seen::Frame(frame) => self.passed.push_back(frame),
                        Seen::Closed(code) => return code,
                    }
                }
            };
            match tokio::time::timeout(PATIENCE, search).await {
                Ok(code) => code,
                Err(elapsed) => panic!("{caller}: not closed in {PATIENCE:?} ({elapsed}); had {:?}", self.passed),
            }
        }
    }

    /// An `error` frame with that code, then the close with that code.
    #[track_caller]
    pub fn refused(&mut self, error: &str, close: u16) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let error = error.to_owned();
        async move {
            let code = self.closed().await;
            let last = self.passed.back().cloned().unwrap_or_default();
            assert_eq!(
                (code, &last["type"], &last["code"]),
                (close, &json!("error"), &json!(error)),
                "{caller}: {last}"
            );
        }
    }

    /// All that waits, without reading.
    pub fn drain(&mut self) -> Vec<Value> {
        self.passed.drain(..).collect()
    }

    /// Everything that had been sent before a command that is now answered. On the room socket the mark is an error.
    pub async fn so_far(&mut self) -> Vec<Value> {
        self.refs += 1;
        let mark = format!("mark-{}", self.refs);
        self.send(json!({"type": "no_such_type", "ref": mark})).await;
        self.find("the mark", move |frame| frame["type"] == "error" && frame["ref"] == mark).await;
        self.drain()
    }

    /// Sends a command with a `ref` of its own and gives its `ack` or `error`.
    #[track_caller]
    pub fn ask(&mut self, mut command: Value) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            self.refs += 1;
            let reference = json!(format!("r{}", self.refs));
            command["ref"] = reference.clone();
            let what = command.to_string();
            self.send(command).await;
            let search = self.find("the answer", |frame| {
                (frame["type"] == "ack" || frame["type"] == "error") && frame["ref"] == reference
            });
            match tokio::time::timeout(PATIENCE, search).await {
                Ok(answer) => answer,
                Err(elapsed) => panic!("{caller}: no answer to {what} ({elapsed})"),
            }
        }
    }

    /// [`Socket::ask`], acknowledged.
    #[track_caller]
    pub fn ack(&mut self, command: Value) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        let what = command.to_string();
        let ask = self.ask(command);
        async move {
            let answer = ask.await;
            assert_eq!(answer["type"], "ack", "{caller}: {what}: {answer}");
            answer
        }
    }

    /// [`Socket::ask`], refused with that code.
    #[track_caller]
    pub fn error(&mut self, command: Value, code: &str) -> impl Future<Output = Value> {
        let (caller, code) = (std::panic::Location::caller(), code.to_owned());
        let what = command.to_string();
        let ask = self.ask(command);
        async move {
            let answer = ask.await;
            let got = (answer["type"].as_str(), answer["code"].as_str());
            assert_eq!(got, (Some("error"), Some(code.as_str())), "{caller}: {what}: {answer}");
            answer
        }
    }

    /// Says `hello` with `protocol` 1 and these fields, and reads to `ready`.
    pub async fn hello(&mut self, fields: Value) -> Synced {
        let mut hello = json!({"type": "hello", "protocol": 1, "rooms": {}});
        for (key, value) in fields.as_object().cloned().unwrap_or_default() {
            hello[key] = value;
        }
        self.send(hello).await;
        let mut synced = Synced { success: self.next_of("connection_success").await, frames: vec![] };
        loop {
            match self.see().await {
                Seen::Frame(frame) if frame["type"] == "ready" => return synced,
                Seen::Frame(frame) => synced.frames.push(frame),
                Seen::Closed(code) => panic!("closed with {code} before ready; had {:?}", synced.frames),
            }
        }
    }

    /// Sends `sync` and gives the frames before its `ack`.
    pub async fn sync(&mut self, fields: Value) -> Synced {
        let mut command = json!({"type": "sync"});
        for (key, value) in fields.as_object().cloned().unwrap_or_default() {
            command[key] = value;
        }
        let ack = self.ack(command).await;
        let mut frames = self.drain();
        let reference = &ack["ref"];
        let mut synced = Synced::default();
        frames.retain(|frame| {
            let is_answer =
                &frame["ref"] == reference || matches!(frame["type"].as_str(), Some("room" | "room_removed"));
            if is_answer {
                synced.frames.push(frame.clone());
            }
            !is_answer
        });
        self.passed.extend(frames);
        synced
    }
}
