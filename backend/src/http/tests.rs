//! REST as a client meets it, without ports.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use recado_protocol::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::openapi::CALLS;
use crate::{
    bus::Bus,
    clock::{Clock, ManualClock},
    config::Registration,
    socket::tests::{TOKEN_TTL_S, World},
};

/// A server on which anyone may register.
struct Api {
    router: Router,
    clock: Arc<ManualClock>,
    world: World,
}

struct Answer {
    status: u16,
    kind: String,
    retry_after: Option<String>,
    body: Value,
}

/// Somebody with an account.
struct Person {
    id: String,
    access: String,
    refresh: String,
}

impl Api {
    async fn start(registration: Registration) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
        let bus = Bus::in_process();
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let told: Arc<dyn Clock> = clock.clone();
        let world = World::build(dir, bus.clone(), Arc::new(bus), told, |parts| {
            parts.config.registration = registration;
            parts.rate_limit = true;
        })
        .await;
        Self { router: super::router(world.app.clone()), clock, world }
    }

    async fn send(&self, request: http::request::Builder, body: String) -> Answer {
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, kind) = (response.status().as_u16(), header("content-type").unwrap_or_default());
        let retry_after = header("retry-after");
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, kind, retry_after, body }
    }

    fn request(method: &str, path: &str, token: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("host", "127.0.0.1:8000");
        if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) }
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        self.send(Self::request(method, path, token), body.to_string()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Self::request("GET", path, token), String::new()).await
    }

    async fn join(&self, name: &str) -> Person {
        let answer =
            self.call("POST", "/auth/register", "", json!({"username": name, "password": "long enough"})).await.of(201);
        Person::from(&answer)
    }

    async fn refresh(&self, token: &str) -> Answer {
        self.call("POST", "/auth/refresh", "", json!({"refresh_token": token})).await
    }

    async fn group(&self, owner: &Person, others: &[&Person]) -> String {
        let ids: Vec<&str> = others.iter().map(|other| other.id.as_str()).collect();
        let new = json!({"name": "campo", "chat_type": "group", "participants": ids});
        self.call("POST", "/rooms", &owner.access, new).await.of(201)["id"].as_str().unwrap().to_owned()
    }
}

impl Answer {
    fn of(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// A problem document with this status and code; what its field is.
    fn problem(self, status: u16, code: &str) -> Option<String> {
        assert_eq!(self.kind, "application/problem+json", "{} {}", self.status, self.body);
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.body["status"], status);
        self.body["field"].as_str().map(ToOwned::to_owned)
    }
}

impl From<&Value> for Person {
    fn from(tokens: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&tokens["user"]["id"]),
            access: text(&tokens["access_token"]),
            refresh: text(&tokens["refresh_token"]),
        }
    }
}

#[tokio::test]
async fn every_fault_is_a_problem_document() {
    let api = Api::start(Registration::Open).await;
    let ana = api.join("ana").await;
    api.get("/nowhere", "").await.problem(404, "not_found");
    api.call("PUT", "/rooms", &ana.access, json!({})).await.problem(405, "invalid_request");
    api.get("/me", "").await.problem(401, "unauthenticated");
    api.get("/me", "a.b.c").await.problem(401, "unauthenticated");
    api.get("/rooms/no-uuid", &ana.access).await.problem(404, "not_found");
    let broken = api.send(Api::request("POST", "/rooms", &ana.access), "{".into()).await;
    assert_eq!(broken.problem(400, "invalid_request").as_deref(), Some("body"));
    let missing = api.call("POST", "/rooms", &ana.access, json!({})).await;
    assert_eq!(missing.problem(400, "invalid_request").as_deref(), Some("chat_type"));
    let wrong = api.call("POST", "/rooms", &ana.access, json!({"chat_type": "group", "name": 5})).await;
    assert_eq!(wrong.problem(400, "invalid_request").as_deref(), Some("name"));
    let room = api.group(&ana, &[]).await;
    let path = format!("/rooms/{room}/messages");
    let huge = json!({"content": "x".repeat(200_000)});
    api.call("POST", &path, &ana.access, huge).await.problem(413, "too_large");
    let long = json!({"content": "ñ".repeat(10_001)});
    assert_eq!(
        api.call("POST", &path, &ana.access, long).await.problem(400, "invalid_request").as_deref(),
        Some("content")
    );
    api.call("POST", &path, &ana.access, json!({"content": " "})).await.problem(400, "empty_content");
    api.get(&format!("{path}?before=1&after=1"), &ana.access).await.problem(400, "invalid_request");
}

#[tokio::test]
async fn every_call_of_the_document_is_routed() {
    let api = Api::start(Registration::Open).await;
    let nil = uuid::Uuid::nil().to_string();
    for call in CALLS {
        let parts: Vec<&str> =
            call.path.split('/').map(|part| if part.starts_with('{') { nil.as_str() } else { part }).collect();
        let path = parts.join("/");
        let answer = api.call(&call.method.to_uppercase(), &path, "", json!({})).await;
        assert!(answer.status != 404 && answer.status != 405, "{} {path}: {}", call.method, answer.status);
    }
}

#[tokio::test]
async fn other_hosts_and_origins_are_kept_out() {
    let api = Api::start(Registration::Open).await;
    let request = |host: &str| Request::builder().uri("/api/v1/server").header("host", host);
    assert_eq!(api.send(request("localhost:8000"), String::new()).await.status, 200);
    api.send(request("evil.example"), String::new()).await.problem(403, "forbidden");
    let from = |origin: &str| request("127.0.0.1:8000").header("origin", origin);
    assert_eq!(api.send(from("tauri://localhost"), String::new()).await.status, 200);
    api.send(from("http://evil.example"), String::new()).await.problem(403, "forbidden");
}

#[tokio::test]
async fn the_first_account_needs_the_setup_code_and_the_others_an_invite() {
    let api = Api::start(Registration::Invite).await;
    assert_eq!(api.get("/server", "").await.of(200)["needs_setup_code"], true);
    let register = async |name: &str, more: Value| {
        let mut body = json!({"username": name, "password": "long enough"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.call("POST", "/auth/register", "", body).await
    };
    register("ana", json!({"setup_code": "wrong"})).await.problem(403, "forbidden");
    let code = api.world.app.auth.setup_code();
    let ana = register("ana", json!({"setup_code": code})).await.of(201);
    assert_eq!(ana["user"]["is_admin"], true);
    let ana = Person::from(&ana);
    register("juan", json!({"setup_code": code})).await.problem(403, "forbidden");
    let room = api.group(&ana, &[]).await;
    let invite = api.call("POST", "/invites", &ana.access, json!({"rooms": [room]})).await.of(201);
    let juan = Person::from(&register("juan", json!({"invite": invite["code"]})).await.of(201));
    assert_eq!(api.get("/rooms", &juan.access).await.of(200)["rooms"][0]["id"], room.as_str());
    register("luz", json!({"invite": invite["code"]})).await.problem(403, "forbidden");
    api.get("/invites", &juan.access).await.problem(403, "forbidden");
}

#[tokio::test]
async fn names_are_unique_ignoring_case_and_a_wrong_password_says_no_more() {
    let api = Api::start(Registration::Open).await;
    api.join("ana").await;
    let again = json!({"username": "ANA", "password": "long enough"});
    api.call("POST", "/auth/register", "", again).await.problem(409, "username_taken");
    let bad = json!({"username": "a", "password": "long enough"});
    assert_eq!(
        api.call("POST", "/auth/register", "", bad).await.problem(400, "invalid_request").as_deref(),
        Some("username")
    );
    for name in ["ana", "nobody"] {
        let login = json!({"username": name, "password": "wrong password"});
        api.call("POST", "/auth/login", "", login).await.problem(401, "bad_credentials");
    }
    api.call("POST", "/auth/login", "", json!({"username": "Ana", "password": "long enough"})).await.of(200);
}

#[tokio::test]
async fn an_old_refresh_token_works_until_its_successor_is_used() {
    let api = Api::start(Registration::Open).await;
    let first = api.join("ana").await;
    // The answer is lost, so it is asked again: two pairs, both good until one is used.
    let lost = Person::from(&api.refresh(&first.refresh).await.of(200));
    let kept = Person::from(&api.refresh(&first.refresh).await.of(200));
    api.get("/me", &first.access).await.of(200);
    api.get("/me", &kept.access).await.of(200);
    api.get("/me", &lost.access).await.problem(401, "unauthenticated");
    let next = Person::from(&api.refresh(&kept.refresh).await.of(200));
    api.get("/me", &next.access).await.of(200);
    // Used after its successor was: somebody else has it. The session is over.
    api.refresh(&first.refresh).await.problem(401, "unauthenticated");
    api.get("/me", &next.access).await.problem(401, "unauthenticated");
    api.refresh(&next.refresh).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn an_access_token_expires_and_its_session_goes_on() {
    let api = Api::start(Registration::Open).await;
    let ana = api.join("ana").await;
    api.clock.advance((TOKEN_TTL_S + 6) * 1000);
    api.get("/me", &ana.access).await.problem(401, "token_expired");
    let fresh = Person::from(&api.refresh(&ana.refresh).await.of(200));
    api.get("/me", &fresh.access).await.of(200);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_logout_ones_own() {
    let api = Api::start(Registration::Open).await;
    let ana = api.join("ana").await;
    let login = json!({"username": "ana", "password": "long enough", "device": "phone"});
    let phone = Person::from(&api.call("POST", "/auth/login", "", login).await.of(200));
    assert_eq!(api.get("/auth/sessions", &ana.access).await.of(200)["sessions"].as_array().unwrap().len(), 2);
    let change = |old: &str| json!({"old_password": old, "new_password": "even longer"});
    api.call("POST", "/auth/password", &ana.access, change("wrong one")).await.problem(401, "bad_credentials");
    api.call("POST", "/auth/password", &ana.access, change("long enough")).await.of(204);
    api.get("/me", &phone.access).await.problem(401, "unauthenticated");
    api.refresh(&phone.refresh).await.problem(401, "unauthenticated");
    api.call("POST", "/auth/logout", &ana.access, json!({})).await.of(204);
    api.get("/me", &ana.access).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let api = Api::start(Registration::Open).await;
    let login = || json!({"username": "ana", "password": "wrong password"});
    for _ in 0..200 {
        let answer = api.call("POST", "/auth/login", "", login()).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.retry_after.as_ref().unwrap().parse::<u64>().unwrap() >= 1);
            answer.problem(429, "rate_limited");
            return;
        }
    }
    panic!("200 guesses at once were answered");
}

#[tokio::test]
async fn a_message_is_posted_once_edited_by_its_author_and_leaves_a_tombstone() {
    let api = Api::start(Registration::Open).await;
    let (ana, juan, luz) = (api.join("ana").await, api.join("juan").await, api.join("luz").await);
    let room = api.group(&ana, &[&juan]).await;
    let path = format!("/rooms/{room}/messages");
    let post = json!({"content": "hola", "client_id": "c1"});
    let first = api.call("POST", &path, &juan.access, post.clone()).await.of(201);
    assert_eq!((&first["seq"], &first["reply_to"]), (&json!(1), &Value::Null));
    api.call("POST", &path, &luz.access, json!({"content": "x"})).await.problem(404, "not_found");
    let message = format!("{path}/{}", first["id"].as_str().unwrap());
    api.call("PATCH", &message, &ana.access, json!({"content": "no"})).await.problem(403, "forbidden");
    let edited = api.call("PATCH", &message, &juan.access, json!({"content": "adios"})).await.of(200);
    assert_eq!(edited["is_edited"], true);
    api.call("PUT", &format!("{message}/reactions/like"), &ana.access, json!({})).await.of(204);
    api.call("PUT", &format!("{message}/reactions/like"), &ana.access, json!({})).await.of(204);
    // Removed from the room, and still a repeat is known; nothing new is taken.
    api.call("DELETE", &format!("/rooms/{room}/participants/{}", juan.id), &ana.access, json!({})).await.of(204);
    let repeat = api.call("POST", &path, &juan.access, post).await.of(200);
    assert_eq!((&repeat["id"], &repeat["created_at"]), (&first["id"], &first["created_at"]));
    api.call("POST", &path, &juan.access, json!({"content": "x"})).await.problem(404, "not_found");
    for _ in 0..2 {
        api.call("DELETE", &message, &ana.access, json!({})).await.of(204);
    }
    api.call("PUT", &format!("{message}/reactions/like"), &ana.access, json!({})).await.problem(409, "conflict");
    let page = api.get(&path, &ana.access).await.of(200);
    let gone = &page["messages"][0];
    assert_eq!((&gone["is_deleted"], &gone["content"], &gone["seq"]), (&json!(true), &json!(""), &json!(1)));
    assert_eq!(gone["reactions"], json!([]));
    assert_eq!(page["messages"][1]["content"], "participant_removed");
}

#[tokio::test]
async fn a_private_room_is_one_a_pair_and_comes_back_with_a_message() {
    let api = Api::start(Registration::Open).await;
    let (ana, juan) = (api.join("ana").await, api.join("juan").await);
    let new = |other: &Person| json!({"chat_type": "private", "participants": [other.id]});
    let room = api.call("POST", "/rooms", &ana.access, new(&juan)).await.of(201);
    assert_eq!(room["participants"][0]["role"], "member");
    let same = api.call("POST", "/rooms", &juan.access, new(&ana)).await.of(200);
    assert_eq!(same["id"], room["id"]);
    let path = format!("/rooms/{}", room["id"].as_str().unwrap());
    let add = json!({"user_id": ana.id});
    api.call("POST", &format!("{path}/participants"), &ana.access, add).await.problem(409, "conflict");
    api.call("DELETE", &format!("{path}/participants/{}", ana.id), &ana.access, json!({})).await.of(204);
    assert_eq!(api.get("/rooms", &ana.access).await.of(200)["rooms"], json!([]));
    api.call("POST", &format!("{path}/messages"), &juan.access, json!({"content": "hola"})).await.of(201);
    let rooms = api.get("/rooms", &ana.access).await.of(200);
    assert_eq!((&rooms["rooms"][0]["id"], &rooms["rooms"][0]["unread"]), (&room["id"], &json!(1)));
}

#[tokio::test]
async fn a_community_is_seen_from_outside_and_never_without_an_owner() {
    let api = Api::start(Registration::Open).await;
    let (ana, juan) = (api.join("ana").await, api.join("juan").await);
    let new = json!({"chat_type": "community", "name": "plaza"});
    let room = api.call("POST", "/rooms", &ana.access, new).await.of(201);
    let path = format!("/rooms/{}", room["id"].as_str().unwrap());
    let seen = api.get(&path, &juan.access).await.of(200);
    assert!(seen.get("participants").is_none());
    api.get(&format!("{path}/messages"), &juan.access).await.problem(403, "forbidden");
    let found = api.get("/rooms?directory=true&query=PLA", &juan.access).await.of(200);
    assert_eq!(found["rooms"][0]["id"], room["id"]);
    api.call("POST", &format!("{path}/join"), &juan.access, json!({})).await.of(200);
    api.call("PATCH", &path, &juan.access, json!({"name": "mia"})).await.problem(403, "forbidden");
    api.call("DELETE", &format!("{path}/participants/{}", ana.id), &ana.access, json!({})).await.of(204);
    let mine = api.get(&path, &juan.access).await.of(200);
    assert_eq!(mine["participants"][0]["role"], "owner");
    assert_eq!(api.call("DELETE", &path, &juan.access, json!({})).await.status, 204);
    api.get(&path, &juan.access).await.problem(404, "not_found");
}
