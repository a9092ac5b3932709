//! Both sockets, frame by frame, over streams in memory; and what only a real listener shows.

mod abuse;
mod device;
mod listener;
mod room;

pub(crate) use world::{Client, Someone, TOKEN_TTL_S, World};

mod world {
    use std::{
        convert::Infallible,
        pin::Pin,
        sync::Arc,
        task::{Context, Poll},
        time::Duration,
    };

    use axum::extract::ws::Message;
    use futures_util::{Sink, SinkExt, Stream};
    use recado_protocol::{
        ChatType, Limits, RoomId, SessionId, UserId,
        auth::Register,
        room::{NewParticipant, NewRoom},
    };
    use serde_json::{Value, json};
    use tempfile::TempDir;
    use tokio::sync::mpsc;
    use tokio_util::sync::{CancellationToken, PollSendError, PollSender};
    use tokio_util::task::TaskTracker;

    use crate::{
        App,
        auth::{Auth, AuthOptions},
        bus::Bus,
        clock::{Clock, SystemClock},
        config::{Config, Registration},
        http::Rates,
        hub::{Hub, HubParts},
        state::Parts,
        store::{NewPost, Posted, Publisher, Store, StoreOptions},
    };

    pub(crate) const TOKEN_TTL_S: i64 = 900;
    const DEADLINE: Duration = Duration::from_secs(20);

    /// A whole server without ports.
    pub(crate) struct World {
        pub(crate) app: App,
        /// Goes with it.
        _dir: Arc<TempDir>,
    }

    /// Somebody with an account and a session.
    #[derive(Clone)]
    pub(crate) struct Someone {
        pub(crate) id: UserId,
        pub(crate) session: SessionId,
        pub(crate) token: String,
    }

    /// The client's end of a socket.
    pub(crate) struct Client {
        to: Option<mpsc::Sender<Message>>,
        from: mpsc::Receiver<Message>,
    }

    /// The server's end.
    pub(crate) struct Pipe {
        from: mpsc::Receiver<Message>,
        to: PollSender<Message>,
    }

    impl Stream for Pipe {
        type Item = Result<Message, Infallible>;
        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.from.poll_recv(cx).map(|message| message.map(Ok))
        }
    }

    impl Sink<Message> for Pipe {
        type Error = PollSendError<Message>;
        fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            self.to.poll_ready_unpin(cx)
        }
        fn start_send(mut self: Pin<&mut Self>, item: Message) -> Result<(), Self::Error> {
            self.to.start_send_unpin(item)
        }
        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            self.to.poll_flush_unpin(cx)
        }
        fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            self.to.poll_close_unpin(cx)
        }
    }

    impl World {
        pub(crate) async fn start() -> Self {
            Self::with(|_| {}).await
        }

        /// `set` changes limits, pace or heartbeat.
        pub(crate) async fn with(set: impl FnOnce(&mut Parts)) -> Self {
            let bus = Bus::in_process();
            let dir = Arc::new(tempfile::tempdir().unwrap());
            Self::build(dir, bus.clone(), Arc::new(bus), Arc::new(SystemClock), set).await
        }

        /// A node on a data dir, with its own bus, whose store tells `publisher`.
        pub(crate) async fn build(
            dir: Arc<TempDir>,
            bus: Bus,
            publisher: Arc<dyn Publisher>,
            clock: Arc<dyn Clock>,
            set: impl FnOnce(&mut Parts),
        ) -> Self {
            let tracker = TaskTracker::new();
            let shutdown = CancellationToken::new();
            let options = StoreOptions {
                path: dir.path().join("recado.db"),
                clock: clock.clone(),
                publisher,
                max_message_chars: Limits::default().max_message_chars,
            };
            let store = Store::open(options).await.unwrap();
            let auth = Auth::new(AuthOptions {
                store: store.clone(),
                clock: clock.clone(),
                jwt_secret: "a secret that all nodes of a test share".into(),
                access_token_ttl_s: TOKEN_TTL_S,
                argon2_memory_kib: 64,
            })
            .unwrap();
            let hub = Hub::start(HubParts {
                store: store.clone(),
                bus: bus.clone(),
                clock: clock.clone(),
                tracker: tracker.clone(),
                shutdown: shutdown.clone(),
            });
            let mut parts = Parts {
                store,
                auth,
                clock,
                bus,
                hub,
                limits: Limits::default(),
                rate_limit: false,
                heartbeat_ms: 25_000,
                config: Config::from("", &[("RECADO_DATA_DIR".into(), dir.path().display().to_string())]).unwrap(),
                listen: ([127, 0, 0, 1], 0).into(),
                rates: Rates::default(),
                tracker,
                shutdown,
            };
            set(&mut parts);
            Self { app: App::new(parts), _dir: dir }
        }

        pub(crate) fn store(&self) -> &Store {
            &self.app.store
        }

        /// Makes an account and signs it in.
        pub(crate) async fn someone(&self, username: &str) -> Someone {
            let new = Register { username: username.into(), password: "long enough".into(), ..Register::default() };
            let tokens = self.app.auth.register(new, Registration::Open).await.unwrap();
            let session = self.app.auth.authenticate(Some(&tokens.access_token)).await.unwrap().session;
            Someone { id: tokens.user.id, session, token: tokens.access_token }
        }

        pub(crate) async fn end_session(&self, who: &Someone) {
            assert!(self.store().end_session(who.session, None).await.unwrap());
        }

        pub(crate) async fn room_of(&self, owner: &Someone, others: &[&Someone]) -> RoomId {
            let new = NewRoom {
                name: Some("campo".into()),
                chat_type: ChatType::Group,
                participants: others.iter().map(|other| other.id).collect(),
                client_id: None,
            };
            self.store().create_room(owner.id, new).await.unwrap().0.id
        }

        pub(crate) async fn add(&self, actor: &Someone, room: RoomId, user: &Someone) {
            let new = NewParticipant { user_id: user.id, role: None };
            self.store().add_participant(actor.id, room, new).await.unwrap();
        }

        pub(crate) async fn post(&self, actor: &Someone, room: RoomId, content: &str) -> Posted {
            let post = NewPost { content: content.into(), ..NewPost::default() };
            self.store().post_message(actor.id, room, post).await.unwrap()
        }

        /// A room socket, before anything was read from it.
        pub(crate) fn knock(&self, token: Option<&str>, room: &str) -> Client {
            let (app, token, room) = (self.app.clone(), token.map(ToOwned::to_owned), room.to_owned());
            self.serve(1024, move |pipe| async move { crate::socket::room(app, pipe, token, &room).await })
        }

        /// A room socket that was let in.
        pub(crate) async fn enter(&self, who: &Someone, room: RoomId) -> Client {
            let mut client = self.knock(Some(&who.token), &room.to_string());
            assert_eq!(client.next().await["type"], "connection_success");
            // The answer to something wrong shows that the room was entered: the executor comes after entering.
            client.say(&json!({"type": "typing", "is_typing": false})).await;
            client.fence().await;
            client
        }

        /// A device socket that has said nothing yet. `buffer`: frames that the client's machine takes unread.
        pub(crate) fn dial(&self, token: Option<&str>, buffer: usize) -> Client {
            let (app, token) = (self.app.clone(), token.map(ToOwned::to_owned));
            self.serve(buffer, move |pipe| async move { crate::socket::device(app, pipe, token).await })
        }

        /// A device socket that is live, and what it was told before `ready`.
        pub(crate) async fn connect_with(&self, who: &Someone, hello: &Value) -> (Client, Vec<Value>) {
            let mut client = self.dial(Some(&who.token), 4096);
            client.say(hello).await;
            let mut told = vec![];
            loop {
                let frame = client.next().await;
                if frame["type"] == "ready" {
                    return (client, told);
                }
                told.push(frame);
            }
        }

        pub(crate) async fn connect(&self, who: &Someone) -> Client {
            self.connect_with(who, &json!({"type": "hello", "protocol": 1, "rooms": {}})).await.0
        }

        fn serve<F>(&self, buffer: usize, serve: impl FnOnce(Pipe) -> F) -> Client
        where
            F: Future<Output = ()> + Send + 'static,
        {
            let (to, incoming) = mpsc::channel(16_384);
            let (outgoing, from) = mpsc::channel(buffer);
            self.app.tracker.spawn(serve(Pipe { from: incoming, to: PollSender::new(outgoing) }));
            Client { to: Some(to), from }
        }
    }

    impl Drop for World {
        fn drop(&mut self) {
            self.app.shutdown.cancel();
        }
    }

    impl Client {
        pub(crate) async fn say(&mut self, frame: &Value) {
            self.send(Message::Text(frame.to_string().into())).await;
        }

        pub(crate) async fn send(&mut self, message: Message) {
            // A server that has closed does not hear; the test then sees the close.
            let _: Result<(), _> = self.to.as_ref().expect("not left").send(message).await;
        }

        pub(crate) async fn next_message(&mut self) -> Option<Message> {
            tokio::time::timeout(DEADLINE, self.from.recv()).await.expect("something comes")
        }

        /// The next frame.
        pub(crate) async fn next(&mut self) -> Value {
            loop {
                match self.next_message().await {
                    Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                    Some(Message::Ping(_)) => {}
                    other => panic!("no frame but {other:?}"),
                }
            }
        }

        /// The next frame of a type; others are passed over.
        pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
            loop {
                let frame = self.next().await;
                if frame["type"] == kind {
                    return frame;
                }
            }
        }

        /// Everything that has been said until now. For a device socket, and for a room socket.
        pub(crate) async fn fence(&mut self) -> Vec<Value> {
            let mark = uuid::Uuid::new_v4().to_string();
            self.say(&json!({"type": "edit_message", "ref": mark, "message_id": uuid::Uuid::nil(), "content": "x"}))
                .await;
            let mut passed = vec![];
            loop {
                let frame = self.next().await;
                if frame["ref"] == mark.as_str() {
                    return passed;
                }
                passed.push(frame);
            }
        }

        /// The code that the server closes with, and the error code of the frame before it.
        pub(crate) async fn closed(&mut self) -> (u16, Option<String>) {
            let mut last = None;
            loop {
                match self.next_message().await {
                    Some(Message::Text(text)) => {
                        let frame: Value = serde_json::from_str(&text).unwrap();
                        last = (frame["type"] == "error").then(|| frame["code"].as_str().unwrap().to_owned());
                    }
                    Some(Message::Close(Some(close))) => return (close.code, last),
                    Some(_) => {}
                    None => panic!("the socket ended without a close frame"),
                }
            }
        }

        /// The client goes away without a word.
        pub(crate) fn leave(&mut self) {
            self.to = None;
        }
    }
}
