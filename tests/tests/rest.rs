//! `CONTRACT.md` section 2, row by row, through plain HTTP.

use recado_tests::{
    Person, Rest, Settings, Value, World, json,
    oracle::{self, history},
    wait,
    world::PASSWORD,
};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().map(|list| list.iter().filter_map(|item| item["id"].as_str()).collect()).unwrap_or_default()
}

/// A message's REST path.
fn path(message: &Value) -> String {
    let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
    format!("/rooms/{}/messages/{}", text("chat_room"), text("id"))
}

async fn unread(person: &Person, room: &str) -> i64 {
    person.rest.get(&format!("/rooms/{room}")).await.expect(200)["unread"].as_i64().expect("unread is a number")
}

#[tokio::test]
async fn the_setup_code_makes_the_admin_and_later_ones_need_an_invite() {
    let mut world = World::stopped(Settings::bare().with("ARGON2_MEMORY_KIB", "1024"));
    world.server.start().await;
    let code = world.server.setup_code().await;
    let account = |name: &str| json!({"username": name, "password": PASSWORD});
    let with = |name: &str, key: &str, value: &str| json!({"username": name, "password": PASSWORD, key: value});
    world.try_register(account("ana")).await.problem(403, "forbidden");
    world.try_register(with("ana", "setup_code", "wrong")).await.problem(403, "forbidden");
    let tokens = world.try_register(with("ana", "setup_code", &code)).await.expect(201);
    assert_eq!(tokens["user"]["is_admin"], true);
    let admin = world.rest().with_token(tokens["access_token"].as_str().unwrap());
    world.try_register(with("juan", "setup_code", &code)).await.problem(403, "forbidden");
    world.try_register(account("juan")).await.problem(403, "forbidden");
    world.try_register(with("juan", "invite", "no-such-invite")).await.problem(403, "forbidden");

    let room = admin.post("/rooms", json!({"name": "Todos", "chat_type": "group"})).await.expect(201);
    let invite = admin.post("/invites", json!({"max_uses": 1, "rooms": [room["id"]]})).await.expect(201);
    let code = invite["code"].as_str().unwrap();
    assert_eq!(invite["max_uses"], 1);
    let juan = world.try_register(with("juan", "invite", code)).await.expect(201);
    assert_eq!(juan["user"]["is_admin"], false);
    world.try_register(with("lucia", "invite", code)).await.problem(403, "forbidden");
    let juan = world.rest().with_token(juan["access_token"].as_str().unwrap());
    let rooms = juan.get("/rooms").await.expect(200);
    assert_eq!(ids(&rooms["rooms"]), [room["id"].as_str().unwrap()], "the invite's rooms are joined");
    juan.post("/invites", json!({})).await.problem(403, "forbidden");
    juan.get("/invites").await.problem(403, "forbidden");

    let spare = admin.post("/invites", json!({"max_uses": 5, "expires_in_s": 60})).await.expect(201);
    let spare = spare["code"].as_str().unwrap();
    let listed = admin.get("/invites").await.expect(200);
    assert!(listed["invites"].as_array().unwrap().iter().any(|invite| invite["code"] == spare));
    admin.delete(&format!("/invites/{spare}")).await.expect(204);
    world.try_register(with("lucia", "invite", spare)).await.problem(403, "forbidden");
}

#[tokio::test]
async fn closed_registration_takes_nobody_but_the_first() {
    let mut world = World::stopped(Settings::default().with("REGISTRATION", "closed"));
    world.server.start().await;
    let code = world.server.setup_code().await;
    let body = |name: &str| json!({"username": name, "password": PASSWORD, "setup_code": code});
    world.try_register(body("ana")).await.expect(201);
    world.try_register(body("juan")).await.problem(403, "forbidden");
}

#[tokio::test]
async fn names_and_passwords_are_checked_at_their_field() {
    let world = World::new().await;
    let account = |name: &str, password: &str| json!({"username": name, "password": password});
    let ana =
        world.try_register(json!({"username": "Ana.B_1-x", "password": PASSWORD, "display_name": "Ana B", "color": 7}));
    let ana = ana.await.expect(201);
    assert_eq!((&ana["user"]["username"], &ana["user"]["display_name"]), (&json!("Ana.B_1-x"), &json!("Ana B")));
    assert_eq!(ana["user"]["is_admin"], true, "the first account is the admin");
    assert!(ana["user"].as_object().unwrap().contains_key("avatar_url"));
    assert!(ana["expires_in"].as_i64().is_some_and(|seconds| seconds > 0));
    world.try_register(account("aNA.b_1-X", PASSWORD)).await.problem(409, "username_taken");
    for name in ["a", "", &"x".repeat(33), "two words", "ñandú", "a/b", "a@b"] {
        world.try_register(account(name, PASSWORD)).await.invalid("username");
    }
    for password in ["1234567", "", &"x".repeat(257)] {
        world.try_register(account("juan", password)).await.invalid("password");
    }
    world.try_register(account("ab", &"ñ".repeat(256))).await.expect(201);
    world.try_register(account(&"y".repeat(32), "12345678")).await.expect(201);
    for body in [
        json!({"username": "juan"}),
        json!({"password": PASSWORD}),
        json!([]),
        json!("x"),
        json!({"username": 7, "password": PASSWORD}),
    ] {
        world.try_register(body).await.problem(400, "invalid_request");
    }
    world.rest().post_raw("/auth/register", "{\"username\": ").await.problem(400, "invalid_request");
    world.rest().post_raw("/auth/register", "").await.problem(400, "invalid_request");
}

#[tokio::test]
async fn login_says_the_same_for_a_wrong_name_and_a_wrong_password() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    let login = |name: &str, password: &str| {
        world.rest().post("/auth/login", json!({"username": name, "password": password, "device": "laptop"}))
    };
    let wrong = login("ana", "wrong password").await.problem(401, "bad_credentials");
    let unknown = login("nobody", "wrong password").await.problem(401, "bad_credentials");
    assert_eq!(wrong, unknown);
    let tokens = login("ANA", PASSWORD).await.expect(200);
    assert_eq!(tokens["user"]["id"], ana.id);
    let laptop = world.renewed(&ana, &tokens);
    let me = laptop.rest.get("/me").await.expect(200);
    assert_eq!((&me["id"], &me["username"], &me["is_admin"]), (&json!(ana.id), &json!("ana"), &json!(true)));

    let listed = laptop.rest.get("/auth/sessions").await.expect(200);
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{listed}");
    let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["device"], "laptop");
    for key in ["created_at", "last_seen_at"] {
        let time = current[0][key].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{key}: {time}");
    }
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    laptop.rest.delete(&format!("/auth/sessions/{}", other["id"].as_str().unwrap())).await.expect(204);
    ana.rest.get("/me").await.problem(401, "unauthenticated");
    laptop.rest.get("/me").await.expect(200);
    laptop.rest.post("/auth/logout", json!({})).await.expect(204);
    laptop.rest.get("/me").await.problem(401, "unauthenticated");
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    world.rest().post("/auth/refresh", refresh).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let sessions = ana.rest.get("/auth/sessions").await.expect(200);
    let id = sessions["sessions"][0]["id"].as_str().unwrap();
    juan.rest.delete(&format!("/auth/sessions/{id}")).await.problem(404, "not_found");
    ana.rest.get("/me").await.expect(200);
}

#[tokio::test]
async fn a_password_change_ends_the_other_sessions() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    let laptop = world.sign_in("ana").await;
    let change =
        |old: &str, new: &str| laptop.rest.post("/auth/password", json!({"old_password": old, "new_password": new}));
    change("not it at all", "another password").await.problem(401, "bad_credentials");
    change(PASSWORD, "short").await.invalid("new_password");
    change(PASSWORD, "another password").await.expect(204);
    laptop.rest.get("/me").await.expect(200);
    ana.rest.get("/me").await.problem(401, "unauthenticated");
    world
        .rest()
        .post("/auth/login", json!({"username": "ana", "password": PASSWORD}))
        .await
        .problem(401, "bad_credentials");
    world.rest().post("/auth/login", json!({"username": "ana", "password": "another password"})).await.expect(200);
}

async fn refresh(world: &World, token: &str) -> recado_tests::Answer {
    world.rest().post("/auth/refresh", json!({"refresh_token": token})).await
}

fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().expect("a refresh token").to_owned()
}

#[tokio::test]
async fn an_old_refresh_token_works_until_a_new_pair_is_used() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    let first = refresh(&world, &ana.refresh_token).await.expect(200);
    let second = refresh(&world, &ana.refresh_token).await.expect(200);
    assert_ne!(refresh_token(&first), refresh_token(&second));
    assert_eq!(first["user"]["id"], ana.id);
    // Both pairs are valid until one is used.
    world.renewed(&ana, &second).rest.get("/me").await.expect(200);
    refresh(&world, &ana.refresh_token).await.problem(401, "unauthenticated");
    world.renewed(&ana, &second).rest.get("/me").await.problem(401, "unauthenticated");
    refresh(&world, &refresh_token(&second)).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn using_a_new_refresh_token_retires_the_old_one_and_a_reuse_closes_the_sessions_sockets() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    let first = refresh(&world, &ana.refresh_token).await.expect(200);
    let second = refresh(&world, &refresh_token(&first)).await.expect(200);
    let now = world.renewed(&ana, &second);
    let mut device = now.device().await;
    let other = world.sign_in("ana").await;
    refresh(&world, &ana.refresh_token).await.problem(401, "unauthenticated");
    device.refused("unauthenticated", 4503).await;
    now.rest.get("/me").await.problem(401, "unauthenticated");
    other.rest.get("/me").await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_is_no_access_token_and_survives_a_restart() {
    let mut world = World::new().await;
    let ana = world.person("ana").await;
    world.rest().with_token(&ana.refresh_token).get("/me").await.problem(401, "unauthenticated");
    for token in ["", "x", ana.token(), &ana.refresh_token[1..]] {
        refresh(&world, token).await.problem(401, "unauthenticated");
    }
    ana.rest.get("/me").await.expect(200);
    world.server.restart().await;
    ana.rest.get("/me").await.expect(200);
    let tokens = refresh(&world, &ana.refresh_token).await.expect(200);
    world.renewed(&ana, &tokens).rest.get("/me").await.expect(200);
}

#[tokio::test]
async fn an_expired_access_token_says_so_and_a_forged_one_does_not_count() {
    let world = World::with(Settings::default().with("ACCESS_TOKEN_TTL_S", "1")).await;
    let ana = world.person("ana").await;
    wait::within(std::time::Duration::from_secs(10), "the token expires", async || {
        let answer = ana.rest.get("/me").await;
        if answer.status == 401 { Ok(answer) } else { Err(answer.status) }
    })
    .await
    .problem(401, "token_expired");
    let parts: Vec<_> = ana.token().split('.').collect();
    let forged = format!("{}.{}.{}", parts[0], parts[1], "A".repeat(parts[2].len()));
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    for token in [forged.as_str(), unsigned.as_str(), "x", "a.b.c"] {
        world.rest().with_token(token).get("/me").await.problem(401, "unauthenticated");
    }
    world.rest().get("/me").await.problem(401, "unauthenticated");
    let renewed = refresh(&world, &ana.refresh_token).await.expect(200);
    world.renewed(&ana, &renewed).rest.get("/me").await.expect(200);
}

#[tokio::test]
async fn me_can_be_renamed_and_people_found() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let renamed = ana.rest.patch("/me", json!({"display_name": "Ana María", "username": "hacker"})).await.expect(200);
    assert_eq!((&renamed["display_name"], &renamed["username"]), (&json!("Ana María"), &json!("ana")));
    ana.rest.patch("/me", json!({"display_name": "x".repeat(65)})).await.invalid("display_name");
    let found = juan.rest.get("/users?query=MAR").await.expect(200);
    assert_eq!(ids(&found["users"]), [ana.id.as_str()], "by display name, whatever the case: {found}");
    let found = juan.rest.get("/users?query=luc").await.expect(200);
    assert_eq!(ids(&found["users"]), [lucia.id.as_str()]);
    let found = juan.rest.get("/users?limit=2").await.expect(200);
    assert_eq!(found["users"].as_array().unwrap().len(), 2);
    let found = juan.rest.get("/users?query=%25").await.expect(200);
    assert!(ids(&found["users"]).is_empty(), "a percent sign is no wildcard: {found}");
    assert!(found["users"].is_array());
}

#[tokio::test]
async fn rooms_of_each_kind_are_made_and_found_again() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let new = json!({"name": "Fútbol", "chat_type": "group", "participants": [juan.id], "client_id": "r1"});
    let room = ana.rest.post("/rooms", new.clone()).await.expect(201);
    for key in [
        "id",
        "name",
        "chat_type",
        "rev",
        "last_seq",
        "last_read_seq",
        "unread",
        "mentions",
        "participants",
        "created_at",
    ] {
        assert!(room.as_object().unwrap().contains_key(key), "{key} in {room}");
    }
    assert_eq!((&room["name"], &room["chat_type"], &room["last_seq"]), (&json!("Fútbol"), &json!("group"), &json!(0)));
    let role = |room: &Value, id: &str| {
        let people = room["participants"].as_array().unwrap();
        people.iter().find(|person| person["user"]["id"] == id).map(|person| person["role"].clone())
    };
    assert_eq!((role(&room, &ana.id), role(&room, &juan.id)), (Some(json!("owner")), Some(json!("member"))));
    assert!(room["participants"][0]["user"]["username"].is_string());
    assert_eq!(ana.rest.post("/rooms", new).await.expect(200)["id"], room["id"], "a repeated client_id is that room");
    let id = room["id"].as_str().unwrap();
    lucia.rest.get(&format!("/rooms/{id}")).await.problem(404, "not_found");
    lucia.rest.get(&format!("/rooms/{id}/messages")).await.problem(404, "not_found");
    lucia.rest.post(&format!("/rooms/{id}/join"), json!({})).await.problem(404, "not_found");
    assert_eq!(ids(&juan.rest.get("/rooms").await.expect(200)["rooms"]), [id]);

    let pair = json!({"chat_type": "private", "participants": [juan.id]});
    let private = ana.rest.post("/rooms", pair.clone()).await.expect(201);
    assert_eq!(role(&private, &ana.id), Some(json!("member")));
    assert_eq!(role(&private, &juan.id), Some(json!("member")));
    assert_eq!(ana.rest.post("/rooms", pair).await.expect(200)["id"], private["id"]);
    let back = json!({"chat_type": "private", "participants": [ana.id]});
    assert_eq!(juan.rest.post("/rooms", back).await.expect(200)["id"], private["id"], "whoever asks");
    for people in [json!([]), json!([juan.id, lucia.id]), json!([ana.id]), json!(["x"]), json!([uuid::Uuid::nil()])] {
        let bad = ana.rest.post("/rooms", json!({"chat_type": "private", "participants": people})).await;
        assert_eq!(bad.status, 400, "{people}: {}", bad.body);
    }
    ana.rest.post("/rooms", json!({"chat_type": "secret", "name": "x"})).await.problem(400, "invalid_request");

    let club = ana.rest.post("/rooms", json!({"name": "Club de cine", "chat_type": "community"})).await.expect(201);
    let club_id = club["id"].as_str().unwrap();
    let seen = lucia.rest.get(&format!("/rooms/{club_id}")).await.expect(200);
    assert!(seen["participants"].is_null(), "without participants: {seen}");
    lucia.rest.get(&format!("/rooms/{club_id}/messages")).await.problem(403, "forbidden");
    lucia.rest.post(&format!("/rooms/{club_id}/messages"), json!({"content": "x"})).await.problem(403, "forbidden");
    let directory = lucia.rest.get("/rooms?directory=true&query=CINE").await.expect(200);
    assert_eq!(ids(&directory["rooms"]), [club_id]);
    assert!(ids(&lucia.rest.get("/rooms?directory=true&query=teatro").await.expect(200)["rooms"]).is_empty());
    lucia.rest.post(&format!("/rooms/{club_id}/join"), json!({})).await.expect(200);
    lucia.rest.post(&format!("/rooms/{club_id}/join"), json!({})).await.expect(200);
    assert!(ids(&lucia.rest.get("/rooms?directory=true").await.expect(200)["rooms"]).is_empty(), "not what one is in");
    lucia.rest.get(&format!("/rooms/{club_id}/messages")).await.expect(200);
    let nowhere = uuid::Uuid::now_v7();
    ana.rest.get(&format!("/rooms/{nowhere}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_room_is_renamed_and_deleted_by_its_admins_only() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let path = format!("/rooms/{room}");
    juan.rest.patch(&path, json!({"name": "Mío"})).await.problem(403, "forbidden");
    let renamed = ana.rest.patch(&path, json!({"name": "Nuestro"})).await.expect(200);
    assert_eq!(renamed["name"], "Nuestro");
    ana.rest.patch(&path, json!({"name": ""})).await.invalid("name");
    ana.rest.patch(&path, json!({"name": "x".repeat(101)})).await.invalid("name");
    let told = history(&juan.rest, &room).await.pop().unwrap();
    assert_eq!((&told["message_type"], &told["content"]), (&json!("system"), &json!("room_changed")));
    assert_eq!((&told["sender"]["id"], &told["system"]["name"]), (&json!(ana.id), &json!("Nuestro")));
    assert_eq!(unread(&juan, &room).await, 0, "system messages never count");
    juan.rest.delete(&path).await.problem(403, "forbidden");
    ana.rest.delete(&path).await.expect(204);
    juan.rest.get(&path).await.problem(404, "not_found");
    ana.rest.get(&path).await.problem(404, "not_found");

    let private = ana.room("private", &[&juan]).await;
    ana.rest.patch(&format!("/rooms/{private}"), json!({"name": "x"})).await.problem(403, "forbidden");
    ana.rest.delete(&format!("/rooms/{private}")).await.problem(403, "forbidden");
}

#[tokio::test]
async fn participants_come_and_go_by_their_rules() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan]).await;
    let people = format!("/rooms/{room}/participants");
    ana.post(&room, "antes").await;
    juan.rest.post(&people, json!({"user_id": lucia.id})).await.problem(403, "forbidden");
    let added = ana.rest.post(&people, json!({"user_id": lucia.id, "role": "admin"})).await.expect(201);
    assert_eq!((&added["user"]["id"], &added["role"]), (&json!(lucia.id), &json!("admin")));
    assert!(added["last_read_seq"].is_i64());
    let again = ana.rest.post(&people, json!({"user_id": lucia.id, "role": "member"})).await.expect(200);
    assert_eq!(again["role"], "admin", "an answer of 200 changes no role");
    let seen = oracle::contents(&history(&lucia.rest, &room).await);
    assert_eq!(seen, ["antes", "participant_joined"], "a newcomer sees the history");
    lucia.rest.post(&people, json!({"user_id": juan.id, "role": "owner"})).await.problem(403, "forbidden");
    lucia.rest.delete(&format!("{people}/{}", ana.id)).await.problem(403, "forbidden");
    juan.rest.delete(&format!("{people}/{}", lucia.id)).await.problem(403, "forbidden");
    lucia.rest.delete(&format!("{people}/{}", juan.id)).await.expect(204);
    juan.rest.get(&format!("/rooms/{room}")).await.problem(404, "not_found");
    let told = history(&ana.rest, &room).await.pop().unwrap();
    assert_eq!((&told["content"], &told["system"]["user_id"]), (&json!("participant_removed"), &json!(juan.id)));
    lucia.rest.delete(&format!("{people}/{}", lucia.id)).await.expect(204);
    let told = history(&ana.rest, &room).await.pop().unwrap();
    assert_eq!((&told["content"], &told["sender"]["id"]), (&json!("participant_left"), &json!(lucia.id)));
    ana.rest.post(&people, json!({"user_id": "x"})).await.problem(400, "invalid_request");
    let nobody = ana.rest.post(&people, json!({"user_id": uuid::Uuid::now_v7()})).await;
    assert!(matches!(nobody.status, 400 | 404), "{}", nobody.body);

    let private = ana.room("private", &[&juan]).await;
    ana.rest
        .post(&format!("/rooms/{private}/participants"), json!({"user_id": lucia.id}))
        .await
        .problem(409, "conflict");
}

#[tokio::test]
async fn leaving_a_private_room_hides_it_until_somebody_writes() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let leave = async || juan.rest.delete(&format!("/rooms/{room}/participants/{}", juan.id)).await.expect(204);
    let listed = async || ids(&juan.rest.get("/rooms").await.expect(200)["rooms"]).contains(&room.as_str());
    leave().await;
    assert!(!listed().await);
    ana.post(&room, "vuelve").await;
    assert!(listed().await, "a message brings it back");
    leave().await;
    assert!(!listed().await);
    let body = json!({"chat_type": "private", "participants": [ana.id]});
    assert_eq!(juan.rest.post("/rooms", body).await.expect(200)["id"], room);
    assert!(listed().await, "asking for it brings it back");
    assert_eq!(oracle::contents(&history(&juan.rest, &room).await), ["vuelve"], "and it makes no system messages");
}

#[tokio::test]
async fn a_message_has_every_field_and_a_repeat_is_the_first() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let messages = format!("/rooms/{room}/messages");
    let body = json!({"content": "hola 👋", "client_id": "c1", "colour": "red"});
    let first = ana.rest.post(&messages, body.clone()).await.expect(201);
    for key in [
        "id",
        "chat_room",
        "seq",
        "rev",
        "sender",
        "content",
        "message_type",
        "attachments",
        "reply_to",
        "reactions",
        "is_edited",
        "is_deleted",
        "created_at",
        "updated_at",
        "client_id",
    ] {
        assert!(first.as_object().unwrap().contains_key(key), "{key} in {first}");
    }
    assert_eq!((&first["seq"], &first["chat_room"], &first["message_type"]), (&json!(1), &json!(room), &json!("text")));
    assert_eq!((&first["reply_to"], &first["client_id"]), (&Value::Null, &json!("c1")));
    assert_eq!(first["attachments"], json!([]));
    let id: uuid::Uuid = first["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
    for key in ["id", "username", "display_name", "avatar_url"] {
        assert!(first["sender"].as_object().unwrap().contains_key(key), "{key}");
    }
    let repeat = ana.rest.post(&messages, body.clone()).await.expect(200);
    assert_eq!(repeat["id"], first["id"]);
    juan.rest.post(&messages, body.clone()).await.expect(201);
    let other = ana.room("group", &[]).await;
    ana.rest.post(&format!("/rooms/{other}/messages"), body.clone()).await.problem(409, "conflict");
    // It is looked up before permissions.
    let sent = juan.rest.post(&messages, json!({"content": "y yo", "client_id": "j9"})).await.expect(201);
    ana.rest.delete(&format!("/rooms/{room}/participants/{}", juan.id)).await.expect(204);
    let repeat = juan.rest.post(&messages, json!({"content": "y yo", "client_id": "j9"})).await.expect(200);
    assert_eq!(repeat["id"], sent["id"]);
    juan.rest.post(&messages, json!({"content": "y yo", "client_id": "j10"})).await.problem(404, "not_found");
    for id in ["", &"x".repeat(65)] {
        ana.rest.post(&messages, json!({"content": "x", "client_id": id})).await.invalid("client_id");
    }
    ana.rest.post(&messages, json!({"content": "x", "client_id": "ñ".repeat(64)})).await.expect(201);
}

#[tokio::test]
async fn what_a_message_may_be_is_limited() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let messages = format!("/rooms/{room}/messages");
    for content in ["", "   ", "\n\t"] {
        ana.rest.post(&messages, json!({"content": content})).await.problem(400, "empty_content");
    }
    ana.rest.post(&messages, json!({"content": "", "message_type": "image"})).await.problem(400, "empty_content");
    ana.rest.post(&messages, json!({"content": "x", "message_type": "system"})).await.problem(400, "invalid_request");
    ana.rest.post(&messages, json!({"content": "x", "message_type": "hologram"})).await.problem(400, "invalid_request");
    for unit in ["x", "ñ", "👍"] {
        let longest = ana.rest.post(&messages, json!({"content": unit.repeat(10_000)})).await.expect(201);
        assert_eq!(longest["content"].as_str().unwrap().chars().count(), 10_000);
        ana.rest.post(&messages, json!({"content": unit.repeat(10_001)})).await.invalid("content");
    }
    ana.rest
        .post_raw(&messages, format!("{{\"content\":\"{}\"}}", "x".repeat(3 << 20)))
        .await
        .problem(413, "too_large");
    for raw in ["{", "[1,2", "\u{0}", "nope"] {
        ana.rest.post_raw(&messages, raw).await.problem(400, "invalid_request");
    }
    for body in [
        json!({"content": 7}),
        json!({"content": "x", "reply_to": "nope"}),
        json!({"content": "x", "reply_to": uuid::Uuid::now_v7()}),
    ] {
        ana.rest.post(&messages, body).await.problem(400, "invalid_request");
    }
    let other = ana.room("group", &[]).await;
    let elsewhere = ana.post(&other, "allí").await;
    ana.rest.post(&messages, json!({"content": "x", "reply_to": elsewhere["id"]})).await.invalid("reply_to");
    ana.rest.get("/rooms/not-a-uuid/messages").await.problem(404, "not_found");
}

#[tokio::test]
async fn replies_edits_and_deletions_follow_their_rules() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let first = ana.post(&room, "primera").await;
    let reply = juan.rest.post(&format!("/rooms/{room}/messages"), json!({"content": "sí", "reply_to": first["id"]}));
    let reply = reply.await.expect(201);
    assert_eq!(reply["reply_to"]["id"], first["id"]);
    assert_eq!(reply["reply_to"]["content"], "primera");
    assert_eq!(reply["reply_to"]["sender"]["username"], "ana");
    assert_eq!(reply["reply_to"]["message_type"], "text");

    juan.rest.patch(&path(&first), json!({"content": "falsa"})).await.problem(403, "forbidden");
    ana.rest.patch(&path(&first), json!({"content": " "})).await.problem(400, "empty_content");
    let edited = ana.rest.patch(&path(&first), json!({"content": "mejor", "client_id": "e1"})).await.expect(200);
    assert_eq!(
        (&edited["content"], &edited["is_edited"], &edited["seq"]),
        (&json!("mejor"), &json!(true), &first["seq"])
    );
    assert!(edited["rev"].as_i64() > reply["rev"].as_i64());
    let repeat = ana.rest.patch(&path(&first), json!({"content": "otra", "client_id": "e1"})).await.expect(200);
    assert_eq!((&repeat["content"], &repeat["rev"]), (&json!("mejor"), &edited["rev"]), "a repeat changes nothing");
    // Edits and messages count their client_ids apart.
    ana.rest.post(&format!("/rooms/{room}/messages"), json!({"content": "x", "client_id": "e1"})).await.expect(201);

    juan.rest.delete(&path(&first)).await.problem(403, "forbidden");
    ana.rest.delete(&path(&reply)).await.expect(204);
    ana.rest.delete(&path(&first)).await.expect(204);
    ana.rest.delete(&path(&first)).await.expect(204);
    let all = history(&juan.rest, &room).await;
    assert_eq!((&all[0]["id"], &all[0]["content"], &all[0]["is_deleted"]), (&first["id"], &json!(""), &json!(true)));
    assert_eq!(all[0]["reactions"], json!([]));
    assert_eq!(all[1]["reply_to"]["content"], "", "a quote of a deleted message keeps nothing");
    oracle::assert_dense(&all);
    ana.rest.patch(&path(&first), json!({"content": "vuelve"})).await.problem(409, "conflict");
    ana.rest.put(&format!("{}/reactions/like", path(&first))).await.problem(409, "conflict");
    let private = ana.room("private", &[&juan]).await;
    let hers = ana.post(&private, "mío").await;
    juan.rest.delete(&path(&hers)).await.problem(403, "forbidden");
    let nowhere = format!("/rooms/{room}/messages/{}", uuid::Uuid::now_v7());
    ana.rest.patch(&nowhere, json!({"content": "x"})).await.problem(404, "not_found");
    ana.rest.delete(&nowhere).await.problem(404, "not_found");
}

#[tokio::test]
async fn reactions_are_set_taken_back_and_repeated() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let message = ana.post(&room, "gol").await;
    let reaction = |kind: &str| format!("{}/reactions/{kind}", path(&message));
    let now = async || history(&ana.rest, &room).await.remove(0);
    juan.rest.put(&reaction("golazo")).await.expect(204);
    let once = now().await;
    assert!(once["rev"].as_i64() > message["rev"].as_i64(), "a reaction raises the message's rev");
    juan.rest.put(&reaction("golazo")).await.expect(204);
    assert_eq!(now().await["rev"], once["rev"], "a repeat changes nothing");
    juan.rest.put(&reaction("%F0%9F%91%8D")).await.expect(204);
    ana.rest.put(&reaction("%F0%9F%91%8D")).await.expect(204);
    let reactions = now().await["reactions"].clone();
    let users = |kind: &str| {
        let mut users: Vec<_> = reactions.as_array().unwrap().iter().find(|one| one["reaction_type"] == kind).unwrap()
            ["user_ids"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        users.sort();
        users
    };
    let mut both = vec![ana.id.clone(), juan.id.clone()];
    both.sort();
    assert_eq!(users("👍"), both);
    assert_eq!(users("golazo"), [juan.id.as_str()]);
    juan.rest.delete(&reaction("golazo")).await.expect(204);
    juan.rest.delete(&reaction("golazo")).await.expect(204);
    assert_eq!(now().await["reactions"].as_array().unwrap().len(), 1);
    for kind in ["like", "love", "laugh", "wow", "sad", "angry", "fire"] {
        ana.rest.put(&reaction(kind)).await.expect(204);
    }
    for bad in ["nonsense", "ab", "%F0%9F%91%8D%F0%9F%91%8D", "1"] {
        ana.rest.put(&reaction(bad)).await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn history_comes_in_pages_with_the_rev_they_were_read_at() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    for number in 1..=60 {
        ana.post(&room, &number.to_string()).await;
    }
    let get = async |query: &str| ana.rest.get(&format!("/rooms/{room}/messages{query}")).await.expect(200);
    let seqs = |page: &Value| -> Vec<i64> {
        page["messages"].as_array().unwrap().iter().filter_map(|message| message["seq"].as_i64()).collect()
    };
    let newest = get("").await;
    assert_eq!(seqs(&newest), (11..=60).collect::<Vec<_>>());
    assert_eq!(newest["has_more"], true);
    assert_eq!(newest["rev"], ana.rest.get(&format!("/rooms/{room}")).await.expect(200)["rev"]);
    let older = get("?before=11").await;
    assert_eq!((seqs(&older), &older["has_more"]), ((1..=10).collect(), &json!(false)));
    let later = get("?after=57&limit=2").await;
    assert_eq!((seqs(&later), &later["has_more"]), (vec![58, 59], &json!(true)));
    let end = get("?after=58&limit=2").await;
    assert_eq!((seqs(&end), &end["has_more"]), (vec![59, 60], &json!(false)));
    assert_eq!(seqs(&get("?limit=1000").await).len(), 60, "a limit above 200 is cut, not refused");
    assert_eq!(seqs(&get("?limit=3").await), [58, 59, 60]);
    assert!(seqs(&get("?after=60").await).is_empty());
    for query in ["?before=5&after=5", "?before=x", "?limit=x", "?limit=0", "?limit=-1"] {
        ana.rest.get(&format!("/rooms/{room}/messages{query}")).await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn the_digest_equals_the_one_computed_by_hand() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let first = ana.post(&room, "uno").await;
    let second = ana.post(&room, "dos").await;
    juan.post(&room, "tres").await;
    ana.rest.patch(&path(&first), json!({"content": "UNO"})).await.expect(200);
    ana.rest.delete(&path(&second)).await.expect(204);
    juan.rest.put(&format!("{}/reactions/like", path(&first))).await.expect(204);
    let all = history(&ana.rest, &room).await;
    let whole = juan.rest.get(&format!("/rooms/{room}/digest?from=1&to=3")).await.expect(200);
    assert_eq!((&whole["from"], &whole["to"], &whole["count"]), (&json!(1), &json!(3), &json!(3)));
    assert_eq!(whole["digest"], oracle::digest(&all));
    assert_eq!(whole["rev"], ana.rest.get(&format!("/rooms/{room}")).await.expect(200)["rev"]);
    let part = juan.rest.get(&format!("/rooms/{room}/digest?from=2&to=2")).await.expect(200);
    assert_eq!(part["digest"], oracle::digest(&all[1..2]));
    let beyond = juan.rest.get(&format!("/rooms/{room}/digest?from=1&to=99")).await.expect(200);
    assert_eq!(beyond["count"], 3);
}

#[tokio::test]
async fn unread_is_counted_from_ones_marker() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let read = async |seq: i64| juan.rest.post(&format!("/rooms/{room}/read"), json!({"seq": seq})).await;
    let first = ana.post(&room, "uno @juan").await;
    for text in ["dos", "tres", "cuatro"] {
        ana.post(&room, text).await;
    }
    let seen = juan.rest.get(&format!("/rooms/{room}")).await.expect(200);
    assert_eq!((&seen["unread"], &seen["mentions"], &seen["last_read_seq"]), (&json!(4), &json!(1), &json!(0)));
    assert_eq!(unread(&ana, &room).await, 0, "sending moves one's own marker");
    ana.rest.delete(&path(&first)).await.expect(204);
    assert_eq!(unread(&juan, &room).await, 3, "deleted ones do not count");
    read(3).await.expect(204);
    assert_eq!(unread(&juan, &room).await, 1);
    read(2).await.expect(204);
    assert_eq!(unread(&juan, &room).await, 1, "forward only");
    read(999).await.expect(204);
    let seen = juan.rest.get(&format!("/rooms/{room}")).await.expect(200);
    assert_eq!((&seen["unread"], &seen["last_read_seq"]), (&json!(0), &json!(4)), "past the end is cut");
    read(-1).await.problem(400, "invalid_request");
    ana.post(&room, "cinco").await;
    juan.post(&room, "seis").await;
    assert_eq!(unread(&juan, &room).await, 0);
}

#[tokio::test]
async fn only_known_hosts_and_origins_are_served() {
    let world = World::with(Settings::default().with("PUBLIC_URL", "https://chat.example.org")).await;
    let ana = world.person("ana").await;
    let with = async |name: &str, value: &str| {
        let request = ana.rest.request("GET".parse().unwrap(), "/me").header(name, value);
        ana.rest.send(format!("GET /me with {name}: {value}"), request).await
    };
    with("host", "chat.example.org").await.expect(200);
    with("host", "localhost").await.expect(200);
    with("origin", "https://chat.example.org").await.expect(200);
    with("origin", "tauri://localhost").await.expect(200);
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example"), ("origin", "null")] {
        with(name, value).await.problem(403, "forbidden");
    }
    let path = format!("{}/ws/?token={}", ana.ws, ana.token());
    let cross = recado_tests::Socket::try_open(&path, &[("origin", "https://evil.example")]).await;
    assert!(cross.is_err(), "a cross-site socket was opened");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    ana.rest.get("/no/such/thing").await.problem(404, "not_found");
    let info = world.rest().get("/server").await.expect(200);
    assert_eq!(info["registration"], "open");
    let http = recado_tests::rest::http();
    for path in ["healthz", "readyz"] {
        let answer = http.get(format!("{}/{path}", world.server.url())).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let answer = ana.rest.send("DELETE /me".into(), ana.rest.request("DELETE".parse().unwrap(), "/me")).await;
    assert!(matches!(answer.status, 404 | 405), "{}", answer.status);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let world = World::with(Settings::default().with("RATE_LIMIT", "on")).await;
    world.person("ana").await;
    let rest: Rest = world.rest();
    let limited = wait::until("a limit", async || {
        let answer = rest.post("/auth/login", json!({"username": "ana", "password": "wrong password"})).await;
        if answer.status == 429 { Ok(answer) } else { Err(answer.status) }
    })
    .await;
    let seconds = limited.headers.get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
    assert!(seconds.is_some_and(|seconds| seconds.parse::<u64>().is_ok_and(|seconds| seconds > 0)), "Retry-After");
    limited.problem(429, "rate_limited");
}
