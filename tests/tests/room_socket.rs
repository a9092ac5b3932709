//! `CONTRACT.md` section 3: the seed's room socket, frame by frame, through a plain WebSocket client.

use recado_tests::{
    Person, Settings, Socket, Value, World, json,
    oracle::{contents, history},
    socket::Seen,
    wait,
};

/// ana and juan in a group, both with a room socket that is quiet now.
async fn both_in(world: &World) -> (Person, Person, String, Socket, Socket) {
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let mut hers = ana.in_room(&room).await;
    let his = juan.in_room(&room).await;
    hers.until("user_status").await;
    (ana, juan, room, hers, his)
}

#[tokio::test]
async fn connecting_is_told_to_the_others_and_so_is_leaving() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let mut hers = ana.room_socket(&room).await;
    let success = hers.next_of("connection_success").await;
    assert!(success["message"].is_string(), "{success}");
    let his = juan.in_room(&room).await;
    let status = hers.next_of("user_status").await;
    assert_eq!(
        (&status["user_id"], &status["username"], &status["status"]),
        (&json!(juan.id), &json!("juan"), &json!("online"))
    );
    // A second socket of the same person: leaving one of two is not leaving.
    let second = juan.in_room(&room).await;
    second.close().await;
    assert!(hers.so_far().await.iter().all(|frame| frame["status"] != "offline"));
    let began = std::time::Instant::now();
    his.close().await;
    let status =
        hers.find("juan offline", |frame| frame["type"] == "user_status" && frame["status"] == "offline").await;
    assert_eq!((&status["user_id"], &status["username"]), (&json!(juan.id), &json!("juan")));
    assert!(began.elapsed().as_secs() < 10, "told within 10 s");
}

#[tokio::test]
async fn a_message_reaches_all_with_the_seeds_keys_the_sender_too() {
    let world = World::new().await;
    let (ana, _, room, mut hers, mut his) = both_in(&world).await;
    hers.send(json!({"type": "chat_message", "content": "hola ⚽"})).await;
    let at_home = hers.until("chat_message").await;
    let over_there = his.until("chat_message").await;
    assert_eq!(at_home["message"], over_there["message"]);
    let message = &over_there["message"];
    for key in ["id", "content", "message_type", "sender", "created_at", "reply_to", "is_edited", "is_deleted"] {
        assert!(message.as_object().unwrap().contains_key(key), "{key} in {message}");
    }
    for key in ["id", "username", "display_name"] {
        assert!(message["sender"].as_object().unwrap().contains_key(key), "{key} in {message}");
    }
    assert_eq!((&message["content"], &message["message_type"]), (&json!("hola ⚽"), &json!("text")));
    assert_eq!((&message["sender"]["id"], &message["reply_to"]), (&json!(ana.id), &Value::Null));
    assert_eq!((&message["is_edited"], &message["is_deleted"]), (&json!(false), &json!(false)));

    his.send(
        json!({"type": "chat_message", "content": "¡sí!", "reply_to": message["id"], "client_id": "c7", "extra": 1}),
    )
    .await;
    let reply = hers.until("chat_message").await["message"].clone();
    assert_eq!((&reply["reply_to"]["id"], &reply["reply_to"]["content"]), (&message["id"], &json!("hola ⚽")));
    assert_eq!(reply["client_id"], "c7");
    // The same client_id again: no second message.
    his.send(json!({"type": "chat_message", "content": "¡sí!", "client_id": "c7"})).await;
    his.send(json!({"type": "chat_message", "content": "", "message_type": "image"})).await;
    let image = hers.until("chat_message").await;
    assert_eq!(image["message"]["message_type"], "image", "the seed's media messages need no text");
    assert_eq!(contents(&history(&ana.rest, &room).await), ["hola ⚽", "¡sí!", ""]);
    // What comes by REST is seen here too.
    let posted = ana.post(&room, "por REST").await;
    assert_eq!(his.find("it", |frame| frame["message"]["id"] == posted["id"]).await["type"], "chat_message");
}

#[tokio::test]
async fn typing_goes_to_the_others_only() {
    let world = World::new().await;
    let (_, juan, _, mut hers, mut his) = both_in(&world).await;
    for is_typing in [true, false] {
        his.send(json!({"type": "typing", "is_typing": is_typing})).await;
        let told = hers.until("typing_status").await;
        assert_eq!((&told["user_id"], &told["username"]), (&json!(juan.id), &json!("juan")));
        assert_eq!(told["is_typing"], is_typing);
    }
    assert!(his.so_far().await.iter().all(|frame| frame["type"] != "typing_status"), "not to oneself");
}

#[tokio::test]
async fn reading_is_told_to_every_room_socket() {
    let world = World::new().await;
    let (ana, juan, room, mut hers, mut his) = both_in(&world).await;
    let message = ana.post(&room, "léeme").await;
    his.send(json!({"type": "read_message", "message_id": message["id"]})).await;
    for socket in [&mut hers, &mut his] {
        let read =
            socket.find("juan's marker", |frame| frame["type"] == "message_read" && frame["user_id"] == juan.id).await;
        assert_eq!((&read["message_id"], &read["username"]), (&message["id"], &json!("juan")));
    }
    assert_eq!(juan.rest.get(&format!("/rooms/{room}")).await.expect(200)["unread"], 0);
}

#[tokio::test]
async fn a_reaction_is_a_toggle() {
    let world = World::new().await;
    let (ana, juan, room, mut hers, mut his) = both_in(&world).await;
    let message = ana.post(&room, "gol").await;
    for added in [true, false, true] {
        his.send(json!({"type": "react_message", "message_id": message["id"], "reaction_type": "golazo"})).await;
        for socket in [&mut hers, &mut his] {
            let told = socket.until("message_reaction").await;
            assert_eq!((&told["message_id"], &told["user_id"]), (&message["id"], &json!(juan.id)));
            assert_eq!((&told["username"], &told["reaction_type"]), (&json!("juan"), &json!("golazo")));
            assert_eq!(told["added"], added);
        }
    }
}

#[tokio::test]
async fn edits_and_deletions_reach_all_and_only_their_owners_may() {
    let world = World::new().await;
    let (ana, juan, room, mut hers, mut his) = both_in(&world).await;
    let message = ana.post(&room, "una").await;
    let his_own = juan.post(&room, "dos").await;
    his.send(json!({"type": "edit_message", "message_id": message["id"], "content": "falsa"})).await;
    assert_eq!(his.until("error").await["code"], "forbidden");
    his.send(json!({"type": "delete_message", "message_id": message["id"]})).await;
    assert_eq!(his.until("error").await["code"], "forbidden");
    hers.send(json!({"type": "edit_message", "message_id": message["id"], "content": "otra"})).await;
    for socket in [&mut hers, &mut his] {
        let told = socket.until("message_edited").await;
        assert_eq!((&told["message"]["id"], &told["message"]["content"]), (&message["id"], &json!("otra")));
        assert_eq!(told["message"]["is_edited"], true);
    }
    // The room's owner deletes his.
    hers.send(json!({"type": "delete_message", "message_id": his_own["id"]})).await;
    for socket in [&mut hers, &mut his] {
        let told = socket.until("message_deleted").await;
        assert_eq!((&told["message_id"], &told["user_id"]), (&his_own["id"], &json!(ana.id)));
    }
    his.send(json!({"type": "edit_message", "message_id": his_own["id"], "content": "vuelve"})).await;
    assert_eq!(his.until("error").await["code"], "conflict");
}

#[tokio::test]
async fn what_is_wrong_gets_an_error_and_the_connection_stays() {
    let world = World::new().await;
    let (ana, _, room, mut hers, _his) = both_in(&world).await;
    for text in ["{", "nonsense", "[]", "7", "\"chat_message\"", "null", "{}", r#"{"type":7}"#, r#"{"type":"dance"}"#] {
        hers.send_text(text).await;
        let error = hers.until("error").await;
        assert_eq!(error["code"], "invalid_request", "{text}");
        assert!(error["message"].is_string(), "{error}");
    }
    for (frame, code) in [
        (json!({"type": "chat_message", "content": ""}), "empty_content"),
        (json!({"type": "chat_message", "content": "  "}), "empty_content"),
        (json!({"type": "chat_message"}), "empty_content"),
        (json!({"type": "chat_message", "content": 7}), "invalid_request"),
        (json!({"type": "chat_message", "content": "x".repeat(10_001)}), "invalid_request"),
        (json!({"type": "chat_message", "content": "x", "message_type": "system"}), "invalid_request"),
        (json!({"type": "chat_message", "content": "x", "reply_to": uuid::Uuid::now_v7()}), "invalid_request"),
        (json!({"type": "edit_message", "message_id": uuid::Uuid::now_v7(), "content": "x"}), "not_found"),
        (json!({"type": "delete_message", "message_id": uuid::Uuid::now_v7()}), "not_found"),
        (json!({"type": "react_message", "message_id": uuid::Uuid::now_v7(), "reaction_type": "like"}), "not_found"),
        (json!({"type": "read_message"}), "invalid_request"),
        (json!({"type": "typing"}), "invalid_request"),
    ] {
        let what = frame.to_string();
        hers.send(frame).await;
        let error = hers.until("error").await;
        assert_eq!(error["code"], code, "{}", &what[..what.len().min(120)]);
    }
    hers.send(json!({"type": "chat_message", "content": "aquí sigo"})).await;
    assert_eq!(hers.until("chat_message").await["message"]["content"], "aquí sigo");
    assert_eq!(contents(&history(&ana.rest, &room).await), ["aquí sigo"]);
}

#[tokio::test]
async fn a_token_counts_in_query_header_and_subprotocol_with_and_without_the_last_slash() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    let room = ana.room("group", &[]).await;
    let (base, token) = (format!("{}/ws/chat/{room}", ana.ws), ana.token().to_owned());
    let bearer = format!("Bearer {token}");
    let protocol = format!("bearer.{token}");
    for slash in ["", "/"] {
        for (query, headers) in [
            (format!("?token={token}"), vec![]),
            (String::new(), vec![("authorization", bearer.as_str())]),
            (String::new(), vec![("sec-websocket-protocol", protocol.as_str())]),
        ] {
            let mut socket = Socket::open_with(&format!("{base}{slash}{query}"), &headers).await;
            socket.next_of("connection_success").await;
        }
    }
}

#[tokio::test]
async fn who_may_not_come_in_gets_an_error_and_then_the_close() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[]).await;
    let base = format!("{}/ws/chat/{room}/", ana.ws);
    for query in [String::new(), "?token=".into(), "?token=a.b.c".into(), format!("?token={}x", ana.token())] {
        Socket::open(&format!("{base}{query}")).await.refused("unauthenticated", 4501).await;
    }
    Socket::open(&format!("{base}?token={}", ana.refresh_token)).await.refused("unauthenticated", 4501).await;
    let closed = async |room: &str, person: &Person| {
        let mut socket = person.room_socket(room).await;
        let code = socket.closed().await;
        let frames = socket.drain();
        assert_eq!(frames.last().map(|frame| frame["type"].clone()), Some(json!("error")), "{frames:?}");
        assert!(frames.iter().all(|frame| frame["type"] != "connection_success"));
        code
    };
    assert_eq!(closed(&room, &juan).await, 4543);
    assert_eq!(closed(&uuid::Uuid::now_v7().to_string(), &juan).await, 4544);
    assert_eq!(closed("not-a-uuid", &juan).await, 4544);
    juan.rest.post("/auth/logout", json!({})).await.expect(204);
    juan.room_socket(&room).await.refused("unauthenticated", 4503).await;
}

#[tokio::test]
async fn an_expired_token_is_told_apart_and_does_not_close_an_open_socket() {
    let world = World::with(Settings::default().with("ACCESS_TOKEN_TTL_S", "1")).await;
    let ana = world.person("ana").await;
    let room = ana.room("group", &[]).await;
    let mut open = ana.in_room(&room).await;
    wait::until("the token expires", async || match ana.rest.get("/me").await.status {
        401 => Ok(()),
        status => Err(status),
    })
    .await;
    ana.room_socket(&room).await.refused("token_expired", 4005).await;
    open.send(json!({"type": "chat_message", "content": "todavía"})).await;
    assert_eq!(open.until("chat_message").await["message"]["content"], "todavía");
}

#[tokio::test]
async fn binary_frames_and_frames_over_the_limit_close() {
    let world = World::with(Settings::default().with("MAX_FRAME_BYTES", "65536")).await;
    let ana = world.person("ana").await;
    let room = ana.room("group", &[]).await;
    let mut socket = ana.in_room(&room).await;
    socket.send_binary(b"{}".to_vec()).await;
    assert_eq!(socket.closed().await, 4500);
    let mut socket = ana.in_room(&room).await;
    socket.send(json!({"type": "chat_message", "content": "x", "pad": "x".repeat(60_000)})).await;
    socket.until("chat_message").await;
    socket.send(json!({"type": "chat_message", "content": "y", "pad": "x".repeat(66_000)})).await;
    assert_eq!(socket.closed().await, 1009);
    assert_eq!(contents(&history(&ana.rest, &room).await), ["x"]);
}

#[tokio::test]
async fn who_is_removed_and_a_deleted_room_close_their_sockets() {
    let world = World::new().await;
    let (ana, juan, room, mut hers, mut his) = both_in(&world).await;
    ana.rest.delete(&format!("/rooms/{room}/participants/{}", juan.id)).await.expect(204);
    assert_eq!(his.closed().await, 4543);
    hers.send(json!({"type": "chat_message", "content": "adiós"})).await;
    hers.find("it", |frame| frame["message"]["content"] == "adiós").await;
    ana.rest.delete(&format!("/rooms/{room}")).await.expect(204);
    assert_eq!(hers.closed().await, 4544);
}

#[tokio::test]
async fn a_silent_death_is_told_within_the_heartbeat() {
    let world = World::with(Settings::default().with("HEARTBEAT_MS", "1000")).await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let mut hers = ana.in_room(&room).await;
    // It is held but never read again, so no pong is ever sent.
    let silent = juan.in_room(&room).await;
    let gone = wait::soon("offline", hers.find("offline", |frame| frame["status"] == "offline")).await;
    assert_eq!(gone["user_id"], juan.id);
    drop(silent);
}

#[tokio::test]
async fn a_thousand_messages_arrive_in_order_at_both() {
    let world = World::new().await;
    let (ana, _, room, mut hers, mut his) = both_in(&world).await;
    let frames = (0..1_000).map(|number| json!({"type": "chat_message", "content": number.to_string()}));
    let read = async |socket: &mut Socket| {
        let mut got = vec![];
        while got.len() < 1_000 {
            match socket.see().await {
                Seen::Frame(frame) if frame["type"] == "chat_message" => got.push(frame["message"]["content"].clone()),
                Seen::Frame(frame) => assert_ne!(frame["type"], "error", "{frame}"),
                Seen::Closed(code) => panic!("closed with {code} after {}", got.len()),
            }
        }
        got
    };
    let want: Vec<_> = (0..1_000).map(|number| json!(number.to_string())).collect();
    hers.flood(frames).await.unwrap();
    let (at_home, over_there) = tokio::join!(read(&mut hers), read(&mut his));
    assert!(at_home == want && over_there == want, "order or content differs");
    assert_eq!(history(&ana.rest, &room).await.len(), 1_000);
}
