//! A server with its people.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Answer, CoreClient, Rest, Server, Settings, Socket, redis::Redis};

/// Every test account's.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with a session, and their plain ways to the server.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub id: String,
    pub refresh_token: String,
    pub rest: Rest,
    pub ws: String,
}

impl Person {
    fn new(name: &str, tokens: &Value, rest: &Rest, ws: &str) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {tokens}")).to_owned();
        Self {
            name: name.to_owned(),
            id: text(&tokens["user"]["id"]),
            refresh_token: text(&tokens["refresh_token"]),
            rest: rest.with_token(&text(&tokens["access_token"])),
            ws: ws.to_owned(),
        }
    }

    pub fn token(&self) -> &str {
        self.rest.token()
    }

    /// The same session on another node.
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        Self { rest: self.rest.at(&server.url()), ws: server.ws(), ..self.clone() }
    }

    /// Makes a room and gives its id.
    pub async fn room(&self, chat_type: &str, others: &[&Person]) -> String {
        let ids: Vec<_> = others.iter().map(|person| person.id.as_str()).collect();
        let body = match chat_type {
            "private" => json!({"chat_type": chat_type, "participants": ids}),
            _ => json!({"chat_type": chat_type, "participants": ids, "name": "Fútbol"}),
        };
        let room = self.rest.post("/rooms", body).await.expect(201);
        room["id"].as_str().unwrap_or_else(|| panic!("no id in {room}")).to_owned()
    }

    /// Posts a text and gives the message.
    #[track_caller]
    pub fn post(&self, room: &str, content: &str) -> impl Future<Output = Value> + use<> {
        let answer = self.rest.post(&format!("/rooms/{room}/messages"), json!({"content": content}));
        async { answer.await.expect(201) }
    }

    /// The room's socket, with the query token, as the seed's client opened it.
    pub async fn room_socket(&self, room: &str) -> Socket {
        Socket::open(&format!("{}/ws/chat/{room}/?token={}", self.ws, self.token())).await
    }

    /// A room socket that is past `connection_success`.
    pub async fn in_room(&self, room: &str) -> Socket {
        let mut socket = self.room_socket(room).await;
        socket.next_of("connection_success").await;
        socket
    }

    /// A device's socket, before `hello`.
    pub async fn device_socket(&self) -> Socket {
        Socket::open(&format!("{}/ws/?token={}", self.ws, self.token())).await
    }

    /// A device that holds nothing, after `ready`; its first sync is read and forgotten.
    pub async fn device(&self) -> Socket {
        let mut socket = self.device_socket().await;
        socket.hello(json!({})).await;
        socket
    }
}

/// A server and, maybe, a Redis, with a directory that goes at the end.
#[derive(Debug)]
pub struct World {
    pub server: Server,
    pub redis: Option<Redis>,
    pub dir: TempDir,
    cores: std::sync::atomic::AtomicU32,
}

impl World {
    /// One server that suits most tests.
    pub async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let mut world = Self::stopped(settings);
        world.server.start().await;
        world
    }

    /// Not started.
    pub fn stopped(settings: Settings) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        Self { server: Server::new("server", dir.path(), settings), redis: None, dir, cores: 0.into() }
    }

    /// Two nodes on one database and Redis. The second is given back apart.
    pub async fn cluster() -> (Self, Server) {
        let mut world = Self::stopped(Settings::default());
        let redis = Redis::start(world.dir.path()).await;
        world.server.settings = world.server.settings.with("REDIS_URL", redis.url());
        world.redis = Some(redis);
        world.server.start().await;
        let mut second = Server::new("second", world.dir.path(), world.server.settings.clone());
        second.start().await;
        (world, second)
    }

    pub fn rest(&self) -> Rest {
        Rest::new(&self.server.url())
    }

    pub async fn try_register(&self, body: Value) -> Answer {
        self.rest().post("/auth/register", body).await
    }

    /// A new account. The first one is the admin.
    pub async fn person(&self, name: &str) -> Person {
        let tokens = self.try_register(json!({"username": name, "password": PASSWORD})).await.expect(201);
        Person::new(name, &tokens, &self.rest(), &self.server.ws())
    }

    /// Another session of an account.
    pub async fn sign_in(&self, name: &str) -> Person {
        let body = json!({"username": name, "password": PASSWORD, "device": "another"});
        let tokens = self.rest().post("/auth/login", body).await.expect(200);
        Person::new(name, &tokens, &self.rest(), &self.server.ws())
    }

    /// Takes the tokens of a refresh for that person.
    pub fn renewed(&self, person: &Person, tokens: &Value) -> Person {
        Person::new(&person.name, tokens, &self.rest(), &self.server.ws())
    }

    /// The usual two; `ana` is the admin.
    pub async fn two(&self) -> (Person, Person) {
        (self.person("ana").await, self.person("juan").await)
    }

    pub async fn three(&self) -> (Person, Person, Person) {
        (self.person("ana").await, self.person("juan").await, self.person("lucia").await)
    }

    /// A real core of that person, signed in, on this server.
    pub async fn core(&self, name: &str) -> CoreClient {
        self.core_at(name, &self.server.url()).await
    }

    /// A real core that reaches the server by another address.
    pub async fn core_at(&self, name: &str, url: &str) -> CoreClient {
        let number = self.cores.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        CoreClient::new(name, &self.dir.path().join(format!("core-{name}-{number}")), url).await
    }
}
