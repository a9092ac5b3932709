//! `CONTRACT.md` section 4: one socket a device, frame by frame: commands, presence, membership and how sockets end.
//! What `hello` and `sync` answer is in `device_sync.rs`.

use std::time::{Duration, Instant};

use recado_tests::{
    Person, Settings, Socket, Value, World, json,
    oracle::{contents, history},
    socket::Seen,
    wait,
};

async fn pair(world: &World) -> (Person, Person, String) {
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    (ana, juan, room)
}

fn text(room: &str, content: &str, client_id: &str) -> Value {
    json!({"type": "chat_message", "chat_room": room, "content": content, "client_id": client_id})
}

#[tokio::test]
async fn an_ack_says_where_the_message_stands_and_a_repeat_says_the_same_for_ever() {
    let mut world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    let mut hers = ana.device().await;
    let mut his = juan.device().await;
    let ack = hers.ack(text(&room, "hola", "c1")).await;
    for key in ["client_id", "message_id", "seq", "rev", "created_at"] {
        assert!(!ack[key].is_null(), "{key} in {ack}");
    }
    assert_eq!((&ack["client_id"], &ack["seq"]), (&json!("c1"), &json!(1)));
    let own = hers.until("chat_message").await;
    assert_eq!(
        (&own["message"]["client_id"], &own["rev"], &own["chat_room"]),
        (&json!("c1"), &ack["rev"], &json!(room))
    );
    let live = his.until("chat_message").await;
    assert_eq!(
        (&live["message"]["id"], &live["rev"], &live["chat_room"]),
        (&ack["message_id"], &ack["rev"], &json!(room))
    );

    hers.ack(json!({"type": "edit_message", "chat_room": room, "message_id": ack["message_id"], "content": "HOLA"}))
        .await;
    let same = |again: &Value| {
        for key in ["client_id", "message_id", "seq", "rev", "created_at"] {
            assert_eq!(again[key], ack[key], "{key}: {again}");
        }
        assert_eq!(again["duplicate"], true, "{again}");
    };
    same(&hers.ack(text(&room, "hola", "c1")).await);
    world.server.restart().await;
    let mut hers = ana.device().await;
    same(&hers.ack(text(&room, "algo distinto", "c1")).await);
    let repeat =
        ana.rest.post(&format!("/rooms/{room}/messages"), json!({"content": "x", "client_id": "c1"})).await.expect(200);
    assert_eq!(repeat["id"], ack["message_id"]);
    let all = history(&juan.rest, &room).await;
    assert_eq!(contents(&all), ["HOLA"]);
    // Without a ref the ack echoes the client_id alone.
    hers.send(text(&room, "dos", "c2")).await;
    let ack = hers.find("the ack", |frame| frame["type"] == "ack" && frame["client_id"] == "c2").await;
    assert!(ack["ref"].is_null(), "{ack}");
    let recovered =
        json!({"type": "chat_message", "chat_room": room, "content": "tres", "client_id": "c3", "recovered": true});
    hers.ack(recovered).await;
    assert_eq!(history(&juan.rest, &room).await[2]["recovered"], true);
}

#[tokio::test]
async fn errors_echo_ref_and_client_id_and_the_socket_stays() {
    let world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    let private = ana.room("group", &[]).await;
    let message = ana.post(&room, "x").await;
    let mut his = juan.device().await;
    let error = his.error(text(&room, " ", "c1"), "empty_content").await;
    assert_eq!(error["client_id"], "c1");
    assert!(error["message"].is_string());
    let nowhere = uuid::Uuid::now_v7();
    for (command, code) in [
        (text(&private, "x", "c2"), "not_found"),
        (text(&nowhere.to_string(), "x", "c3"), "not_found"),
        (text("not-a-uuid", "x", "c4"), "invalid_request"),
        (json!({"type": "chat_message", "content": "x"}), "invalid_request"),
        (text(&room, &"x".repeat(10_001), "c5"), "invalid_request"),
        (text(&room, "x", &"x".repeat(65)), "invalid_request"),
        (text(&room, "x", ""), "invalid_request"),
        (json!({"type": "edit_message", "chat_room": room, "message_id": message["id"], "content": "y"}), "forbidden"),
        (json!({"type": "delete_message", "chat_room": room, "message_id": message["id"]}), "forbidden"),
        (json!({"type": "edit_message", "chat_room": room, "message_id": nowhere, "content": "y"}), "not_found"),
        (
            json!({"type": "react_message", "chat_room": room, "message_id": message["id"], "reaction_type": "zzz"}),
            "invalid_request",
        ),
        (json!({"type": "read_message", "chat_room": room}), "invalid_request"),
        (json!({"type": "mark_unread", "chat_room": room}), "invalid_request"),
        (json!({"type": "watch", "chat_rooms": 7}), "invalid_request"),
        (json!({"type": "sync", "rooms": 7}), "invalid_request"),
        (json!({"type": "no_such"}), "invalid_request"),
    ] {
        his.error(command, code).await;
    }
    for broken in ["{", "[]", "{}", "hola"] {
        his.send_text(broken).await;
        assert_eq!(his.until("error").await["code"], "invalid_request");
    }
    his.ack(text(&room, "sigo aquí", "c9")).await;
}

#[tokio::test]
async fn reactions_edits_and_deletions_are_acked_and_repeats_too() {
    let world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    let message = ana.post(&room, "gol").await;
    let mut his = juan.device().await;
    let mut hers = ana.device().await;
    let react = |added: Option<bool>| {
        let mut command =
            json!({"type": "react_message", "chat_room": room, "message_id": message["id"], "reaction_type": "🔥"});
        if let Some(added) = added {
            command["added"] = json!(added);
        }
        command
    };
    his.ack(react(Some(true))).await;
    his.ack(react(Some(true))).await;
    his.ack(react(None)).await;
    his.ack(react(Some(false))).await;
    his.ack(react(None)).await;
    let mut told = vec![];
    for _ in 0..3 {
        let frame = hers.until("message_reaction").await;
        assert_eq!(
            (&frame["chat_room"], &frame["user_id"], &frame["username"]),
            (&json!(room), &json!(juan.id), &json!("juan"))
        );
        assert!(frame["rev"].is_i64());
        told.push(frame["added"] == true);
    }
    assert_eq!(told, [true, false, true], "repeats are acked and tell nobody");

    let edit = json!({"type": "edit_message", "chat_room": room, "message_id": message["id"], "content": "GOL", "client_id": "e1"});
    hers.ack(edit.clone()).await;
    let told = his.until("message_edited").await;
    assert_eq!((&told["message"]["content"], &told["rev"]), (&json!("GOL"), &told["message"]["rev"]));
    let mut other = edit;
    other["content"] = json!("otra");
    hers.ack(other).await;
    let delete = json!({"type": "delete_message", "chat_room": room, "message_id": message["id"]});
    hers.ack(delete.clone()).await;
    hers.ack(delete).await;
    let told = his.until("message_deleted").await;
    assert_eq!(
        (&told["message_id"], &told["user_id"], &told["chat_room"]),
        (&message["id"], &json!(ana.id), &json!(room))
    );
    assert!(told["rev"].is_i64());
    hers.error(react(Some(true)), "conflict").await;
    assert!(
        his.so_far().await.iter().all(|frame| frame["type"] != "message_edited"),
        "a repeated edit changes nothing"
    );
}

#[tokio::test]
async fn read_markers_move_forward_and_unread_marks_set_them_back() {
    let world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    let mut last = Value::Null;
    for content in ["uno", "dos", "tres"] {
        last = ana.post(&room, content).await;
    }
    let mut hers = ana.device().await;
    let mut phone = juan.device().await;
    let mut laptop = world.sign_in("juan").await.device().await;
    phone.ack(json!({"type": "read_message", "chat_room": room, "seq": 2})).await;
    let told = hers.until("message_read").await;
    assert_eq!((&told["user_id"], &told["username"], &told["seq"]), (&json!(juan.id), &json!("juan"), &json!(2)));
    assert!(told["message_id"].is_string() && told["chat_room"] == room, "{told}");
    let mine = laptop.find("the marker in me", |frame| frame["me"]["rooms"][0]["chat_room"] == room).await;
    let row = &mine["me"]["rooms"][0];
    assert_eq!((&row["last_read_seq"], &row["unread"], &row["mentions"]), (&json!(2), &json!(1), &json!(0)));
    assert_eq!((&row["muted"], &row["favourite"]), (&json!(false), &json!(false)));
    assert!(mine["upto"].is_i64(), "{mine}");
    phone.ack(json!({"type": "read_message", "chat_room": room, "seq": 1})).await;
    phone.ack(json!({"type": "read_message", "chat_room": room, "message_id": last["id"]})).await;
    let told = hers.until("message_read").await;
    assert_eq!((&told["seq"], &told["message_id"]), (&json!(3), &last["id"]), "going back is told to nobody");
    laptop.find("3 in me", |frame| frame["me"]["rooms"][0]["last_read_seq"] == 3).await;
    let mark = json!({"type": "mark_unread", "chat_room": room, "seq": 2, "client_id": "u1"});
    phone.ack(mark.clone()).await;
    let mine = laptop.find("1 in me", |frame| frame["me"]["rooms"][0]["last_read_seq"] == 1).await;
    assert_eq!(mine["me"]["rooms"][0]["unread"], 2);
    phone.ack(json!({"type": "read_message", "chat_room": room, "seq": 3})).await;
    phone.ack(mark).await;
    let now = juan.rest.get(&format!("/rooms/{room}")).await.expect(200);
    assert_eq!((&now["last_read_seq"], &now["unread"]), (&json!(3), &json!(0)), "a repeat changes nothing");
}

#[tokio::test]
async fn watching_tells_who_is_there_and_how_far_they_have_read() {
    let world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    ana.post(&room, "uno").await;
    let mut hers = ana.device().await;
    hers.send(json!({"type": "watch", "chat_rooms": [room], "ref": "w"})).await;
    hers.find("the ack", |frame| frame["ref"] == "w" && frame["type"] == "ack").await;
    let people = hers.until("participants").await;
    assert_eq!(people["chat_room"], room);
    let marker = |people: &Value, id: &str| {
        let list = people["participants"].as_array().unwrap();
        list.iter().find(|one| one["user"]["id"] == id).map(|one| one["last_read_seq"].clone())
    };
    assert_eq!((marker(&people, &ana.id), marker(&people, &juan.id)), (Some(json!(1)), Some(json!(0))));
    let his = juan.device().await;
    let online =
        |frame: &Value| frame["type"] == "user_status" && frame["user_id"] == juan.id && frame["status"] == "online";
    hers.find("juan online", online).await;
    let began = Instant::now();
    his.close().await;
    let offline = hers.find("juan offline", |frame| frame["user_id"] == juan.id && frame["status"] == "offline").await;
    assert!(began.elapsed() < Duration::from_secs(10), "told within 10 s");
    assert_eq!(offline["username"], "juan");
    let _again = juan.device().await;
    hers.find("juan online again", online).await;
    // The present state comes with watching.
    hers.ack(json!({"type": "watch", "chat_rooms": []})).await;
    hers.drain();
    hers.ack(json!({"type": "watch", "chat_rooms": [room]})).await;
    hers.find("juan online", online).await;
    let too_many: Vec<_> = (0..101).map(|_| uuid::Uuid::now_v7()).collect();
    hers.error(json!({"type": "watch", "chat_rooms": too_many}), "invalid_request").await;
}

#[tokio::test]
async fn typing_reaches_every_member_of_a_small_room_but_not_oneself() {
    let world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    let mut hers = ana.device().await;
    let mut his = juan.device().await;
    his.ack(json!({"type": "typing", "chat_room": room, "is_typing": true})).await;
    let told = hers.until("typing_status").await;
    assert_eq!(
        (&told["chat_room"], &told["user_id"], &told["is_typing"]),
        (&json!(room), &json!(juan.id), &json!(true))
    );
    assert!(his.so_far().await.iter().all(|frame| frame["type"] != "typing_status"));
}

#[tokio::test]
async fn in_a_room_of_more_than_fifty_typing_and_markers_go_to_who_watches() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let mut people = vec![];
    for number in 0..48 {
        people.push(world.person(&format!("p{number}")).await);
    }
    let all: Vec<_> = people.iter().chain([&juan, &lucia]).collect();
    let room = ana.room("group", &all).await;
    ana.post(&room, "uno").await;
    let (mut hers, mut his, mut lucias) = (ana.device().await, juan.device().await, lucia.device().await);
    hers.ack(json!({"type": "watch", "chat_rooms": [room]})).await;
    his.ack(json!({"type": "typing", "chat_room": room, "is_typing": true})).await;
    his.ack(json!({"type": "read_message", "chat_room": room, "seq": 1})).await;
    hers.until("typing_status").await;
    hers.find("juan's marker", |frame| frame["type"] == "message_read" && frame["user_id"] == juan.id).await;
    his.ack(text(&room, "ya", "c1")).await;
    lucias.find("the message", |frame| frame["message"]["content"] == "ya").await;
    let quiet = lucias.so_far().await;
    assert!(
        quiet.iter().all(|frame| !matches!(frame["type"].as_str(), Some("typing_status" | "message_read"))),
        "{quiet:?}"
    );
}

#[tokio::test]
async fn members_are_told_who_comes_and_goes() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan]).await;
    let (mut hers, mut lucias) = (ana.device().await, lucia.device().await);
    ana.rest.post(&format!("/rooms/{room}/participants"), json!({"user_id": lucia.id})).await.expect(201);
    let whole = lucias.until("room").await;
    assert_eq!(
        (&whole["chat_room"], &whole["room"]["id"], &whole["room"]["name"]),
        (&json!(room), &json!(room), &json!("Fútbol"))
    );
    assert_eq!(whole["room"]["participants"].as_array().map(Vec::len), Some(3), "whole: {whole}");
    let change = hers
        .find("lucia's row", |frame| {
            frame["type"] == "room" && frame["room"]["participants"][0]["user"]["id"] == lucia.id
        })
        .await;
    assert_eq!(change["room"]["participants"].as_array().map(Vec::len), Some(1), "the changed one only");
    for key in ["unread", "mentions", "last_read_seq"] {
        assert!(change["room"].get(key).is_none_or(Value::is_null), "{key} differs by viewer: {change}");
    }
    ana.rest.patch(&format!("/rooms/{room}"), json!({"name": "Otro"})).await.expect(200);
    lucias.find("the new name", |frame| frame["type"] == "room" && frame["room"]["name"] == "Otro").await;

    let mut in_room = lucia.in_room(&room).await;
    ana.rest.delete(&format!("/rooms/{room}/participants/{}", lucia.id)).await.expect(204);
    let removed = lucias.until("room_removed").await;
    assert_eq!(removed["chat_room"], room);
    assert!(removed["me"].is_i64(), "with me: {removed}");
    assert_eq!(in_room.closed().await, 4543);
    hers.find("lucia's end", |frame| {
        let row = &frame["room"]["participants"][0];
        row["user"]["id"] == lucia.id && row.get("role").is_some_and(Value::is_null)
    })
    .await;
    lucias.error(text(&room, "x", "c1"), "not_found").await;

    let mut at_room = juan.in_room(&room).await;
    let mut his = juan.device().await;
    ana.rest.delete(&format!("/rooms/{room}")).await.expect(204);
    assert_eq!(his.until("room_removed").await["chat_room"], room);
    assert_eq!(at_room.closed().await, 4544);
}

#[tokio::test]
async fn a_new_profile_comes_in_the_stream_people() {
    let world = World::new().await;
    let (ana, juan, _room) = pair(&world).await;
    let mut hers = ana.device().await;
    juan.rest.patch("/me", json!({"display_name": "Juan Pablo"})).await.expect(200);
    let told = hers.find("juan's profile", |frame| frame["people"].is_array()).await;
    assert_eq!(told["people"][0]["display_name"], "Juan Pablo");
    assert!(told["upto"].is_i64() && told["has_more"].is_boolean(), "{told}");
    assert!(told["people"][0]["rev"].is_i64(), "user objects carry the rev of the stream: {told}");
}

#[tokio::test]
async fn the_heartbeat_says_which_heads_moved() {
    let world = World::with(Settings::default().with("HEARTBEAT_MS", "300")).await;
    let (ana, juan, room) = pair(&world).await;
    let mut hers = ana.device().await;
    let sent = juan.post(&room, "hola").await;
    let ping = wait::soon("the head", async {
        loop {
            let ping = hers.heartbeat().await;
            if !ping["heads"][&room].is_null() {
                return ping;
            }
        }
    })
    .await;
    assert_eq!(ping["heads"][&room], sent["rev"]);
    for stream in ["me", "people"] {
        assert!(ping[stream].is_i64() || ping[stream].is_null(), "{ping}");
    }
    hers.ack(json!({"type": "read_message", "chat_room": room, "seq": 1})).await;
    let me = ana.rest.get(&format!("/rooms/{room}")).await.expect(200);
    assert_eq!(me["last_read_seq"], 1);
    wait::soon("the moved stream", async { while !hers.heartbeat().await["me"].is_i64() {} }).await;
    let next = hers.heartbeat().await;
    assert!(next["heads"][&room].is_null(), "only what moved since the last: {next}");
    let mut silent = juan.device().await;
    assert_eq!(silent.closed_in_silence().await, 4004);
}

#[tokio::test]
async fn bad_tokens_and_first_frames_close_with_their_code() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    let at = |query: &str| format!("{}/ws/{query}", ana.ws);
    for query in ["", "?token=a.b.c"] {
        Socket::open(&at(query)).await.refused("unauthenticated", 4501).await;
    }
    let first = async |frame: Value| {
        let mut socket = ana.device_socket().await;
        socket.send(frame).await;
        let code = socket.closed().await;
        let frames = socket.drain();
        assert_eq!(frames.last().map(|frame| frame["type"].clone()), Some(json!("error")), "{frames:?}");
        code
    };
    assert_eq!(first(json!({"type": "hello", "rooms": {}})).await, 4500);
    assert_eq!(first(json!({"type": "typing", "is_typing": true})).await, 4500);
    assert_eq!(first(json!({"type": "hello", "protocol": "one"})).await, 4500);
    assert_eq!(first(json!({"type": "hello", "protocol": 1, "rooms": {"x": 1}})).await, 4500);
    assert_eq!(first(json!({"type": "hello", "protocol": 2})).await, 4504);
    let mut socket = ana.device_socket().await;
    socket.send_binary(vec![1, 2, 3]).await;
    assert_eq!(socket.closed().await, 4500);
    let mut socket = ana.device_socket().await;
    socket.send_text("not json").await;
    assert_eq!(socket.closed().await, 4500);
    let began = Instant::now();
    let mut silent = ana.device_socket().await;
    assert_eq!(silent.closed().await, 4006);
    assert!((4..9).contains(&began.elapsed().as_secs()), "after 5 s: {:?}", began.elapsed());
    let mut socket = ana.device().await;
    socket.send_binary(vec![1]).await;
    assert_eq!(socket.closed().await, 4500);
    let mut socket = ana.device().await;
    socket.send(json!({"type": "pong", "pad": "x".repeat(140_000)})).await;
    assert_eq!(socket.closed().await, 1009);
    // A hello may be larger than that.
    let mut socket = ana.device_socket().await;
    socket.hello(json!({"pad": "x".repeat(900_000)})).await;
    ana.rest.post("/auth/logout", json!({})).await.expect(204);
    ana.device_socket().await.refused("unauthenticated", 4503).await;
}

#[tokio::test]
async fn an_expired_token_at_the_handshake_says_refresh_first() {
    let world = World::with(Settings::default().with("ACCESS_TOKEN_TTL_S", "1")).await;
    let ana = world.person("ana").await;
    let mut open = ana.device().await;
    wait::until("the token expires", async || match ana.rest.get("/me").await.status {
        401 => Ok(()),
        status => Err(status),
    })
    .await;
    ana.device_socket().await.refused("token_expired", 4005).await;
    open.ack(json!({"type": "watch", "chat_rooms": []})).await;
}

#[tokio::test]
async fn the_subprotocol_is_recado_v1_where_offered_else_the_bearer_one() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    let bearer = format!("bearer.{}", ana.token());
    let both = format!("{bearer}, recado.v1");
    for (offered, picked) in [(&both, "recado.v1"), (&bearer, bearer.as_str())] {
        let mut socket = Socket::open_with(&format!("{}/ws/", ana.ws), &[("sec-websocket-protocol", offered)]).await;
        assert_eq!(socket.subprotocol.as_deref(), Some(picked));
        socket.hello(json!({})).await;
    }
    let mut socket =
        Socket::open_with(&format!("{}/ws", ana.ws), &[("authorization", &format!("Bearer {}", ana.token()))]).await;
    socket.hello(json!({})).await;
}

#[tokio::test]
async fn ending_a_session_closes_its_sockets_within_two_seconds() {
    let world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    let phone = world.sign_in("juan").await;
    let (mut on_phone, mut in_room, mut stays) =
        (phone.device().await, phone.in_room(&room).await, juan.device().await);
    let began = Instant::now();
    phone.rest.post("/auth/logout", json!({})).await.expect(204);
    on_phone.refused("unauthenticated", 4503).await;
    in_room.refused("unauthenticated", 4503).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    stays.ack(text(&room, "sigo", "c1")).await;

    let mut hers = ana.device().await;
    let began = Instant::now();
    world.server.admin(&["user", "disable", "juan"], "").await.ok();
    let told = Instant::now();
    assert_eq!(stays.closed().await, 4503);
    assert!(told.elapsed() < Duration::from_secs(2), "another process disabled him: {:?}", began.elapsed());
    juan.rest.get("/me").await.problem(401, "unauthenticated");
    let login = json!({"username": "juan", "password": recado_tests::world::PASSWORD});
    let refused = world.rest().post("/auth/login", login).await;
    assert!(matches!(refused.status, 401 | 403), "{}", refused.body);
    hers.ack(text(&room, "adiós", "c2")).await;
}

#[tokio::test]
async fn a_server_that_stops_drains_its_sockets() {
    let mut world = World::new().await;
    let (ana, _juan, room) = pair(&world).await;
    let (mut device, mut in_room) = (ana.device().await, ana.in_room(&room).await);
    world.server.process().signal("TERM");
    assert_eq!(device.closed().await, 4001);
    assert_eq!(in_room.closed().await, 4001);
    let status = world.server.process().ended().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn ten_thousand_frames_at_once_are_limited_and_others_unaffected() {
    let world = World::with(Settings::default().with("RATE_LIMIT", "on")).await;
    let (ana, juan, room) = pair(&world).await;
    let mut hers = ana.device().await;
    let mut his = juan.device_socket().await;
    let synced = his.hello(json!({})).await;
    let limits = &synced.success["limits"];
    assert!(limits["messages_burst"].as_i64().is_some_and(|burst| burst >= 30), "{limits}");
    let frames: Vec<_> = (0..10_000).map(|number| text(&room, "inundación", &format!("f{number}"))).collect();
    let flood = async {
        // It breaks in the middle when the server closes.
        let _ = his.flood(frames).await;
        let code = his.closed().await;
        (code, his.drain())
    };
    let calm = async {
        let mut slowest = Duration::ZERO;
        for number in 0..10 {
            let began = Instant::now();
            hers.ack(text(&room, "tranquila", &format!("a{number}"))).await;
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let ((code, frames), slowest) = tokio::join!(flood, calm);
    // When the close comes while the client still writes, TCP may reset what the close frame said.
    assert!(matches!(code, 4029 | 1006), "{code}");
    // The one before the close answers no command, and there is nothing to wait for.
    let is_answer = |frame: &&Value| frame["code"] == "rate_limited" && frame["client_id"].is_string();
    let limited: Vec<_> = frames.iter().filter(is_answer).collect();
    assert!(!limited.is_empty(), "no warning before the end");
    // The last one says why the socket is closed; the others answer a frame.
    for frame in limited.iter().filter(|frame| !frame["client_id"].is_null()) {
        assert!(frame["retry_after_ms"].as_i64().is_some_and(|ms| ms > 0), "{frame}");
    }
    assert!(limited.iter().any(|frame| !frame["client_id"].is_null()));
    assert!(slowest < Duration::from_secs(2), "ana waited {slowest:?}");
    let all = history(&ana.rest, &room).await;
    let stored = all.iter().filter(|message| message["content"] == "inundación").count();
    assert!((30..1_000).contains(&stored), "{stored} of the flood were stored");
}

#[tokio::test]
async fn who_reads_too_slowly_is_closed_and_catches_up_by_sync() {
    let world = World::new().await;
    let (ana, juan, room) = pair(&world).await;
    let mut slow = juan.device().await;
    let mut hers = ana.device().await;
    let filler = "x".repeat(9_000);
    // More than the kernel's buffers and the queue hold; quick, so that the close is still waiting to be read.
    for chunk in 0..30 {
        let ids: Vec<_> = (0..50).map(|number| format!("{chunk}.{number}")).collect();
        hers.flood(ids.iter().map(|id| text(&room, &filler, id))).await.unwrap();
        let end = json!(ids[49]);
        hers.find("the last ack", |frame| frame["type"] == "ack" && frame["client_id"] == end).await;
        hers.drain();
    }
    // What the kernel's buffers hold can still be read; then comes the close.
    let code = loop {
        match slow.see().await {
            Seen::Frame(_) => {}
            Seen::Closed(code) => break code,
        }
    };
    assert_eq!(code, 4002);
    let mut again = juan.device_socket().await;
    let synced = again.hello(json!({})).await;
    assert_eq!(synced.messages(&room).last().map(|message| message["seq"].clone()), Some(json!(1_500)));
}
