//! CONTRACT section 4: one socket a device.

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::ws::Message;
use recado_protocol::{ChatType, RoomId, room::NewRoom};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Client, TOKEN_TTL_S, World};
use crate::{
    bus::Bus,
    clock::{Clock, ManualClock, SystemClock},
};

fn message(room: RoomId, content: &str, client_id: &str) -> Value {
    json!({"type": "chat_message", "chat_room": room, "content": content, "client_id": client_id})
}

/// The answer to a command, passing over live frames.
async fn answer(client: &mut Client, command: Value) -> Value {
    client.say(&command).await;
    loop {
        let frame = client.next().await;
        if frame["type"] == "ack" || frame["type"] == "error" {
            return frame;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_is_answered_by_who_one_is_what_one_lacks_and_ready() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    world.post(&juan, room, "hola").await;
    let (_a, told) = world.connect_with(&ana, &json!({"type": "hello", "protocol": 1, "rooms": {}})).await;
    let success = &told[0];
    assert_eq!(success["type"], "connection_success");
    assert_eq!(success["user"]["id"], ana.id.to_string());
    assert_eq!(success["session_id"], ana.session.to_string());
    assert_eq!((&success["protocol"], &success["heartbeat_ms"]), (&json!(1), &json!(25_000)));
    assert_eq!(success["epoch"], world.store().epoch());
    assert!(success["limits"]["messages_burst"].as_u64().unwrap() >= 30);
    assert_eq!(success["limits"]["max_frame_bytes"], 131_072);
    let told_room = told.iter().position(|frame| frame["type"] == "room").unwrap();
    assert_eq!(told[told_room]["chat_room"], room.to_string());
    let sync = told.iter().position(|frame| frame["type"] == "sync" && frame["chat_room"] == room.to_string()).unwrap();
    assert!(told_room < sync, "the room before its rows");
    let contents: Vec<_> = told[sync]["messages"].as_array().unwrap().iter().map(|m| m["content"].clone()).collect();
    assert_eq!(contents, ["hola"]);
    assert!(told.iter().any(|frame| frame["me"]["rooms"].is_array()));
    assert!(told.iter().any(|frame| frame["people"].is_array()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_frame_that_is_no_hello_is_refused() {
    let world = World::start().await;
    let ana = world.someone("ana").await;
    let cases = [
        (json!({"type": "hello", "rooms": {}}).to_string(), 4500),
        (json!({"type": "hello", "protocol": 2, "rooms": {}}).to_string(), 4504),
        (json!({"type": "hello", "protocol": 1, "rooms": 3}).to_string(), 4500),
        (json!({"type": "pong"}).to_string(), 4500),
        ("{".into(), 4500),
        ("x".repeat(1024 * 1024 + 1), 1009),
    ];
    for (text, code) in cases {
        let mut client = world.dial(Some(&ana.token), 64);
        client.send(Message::Text(text.into())).await;
        let (closed, error) = client.closed().await;
        assert_eq!(closed, code);
        assert!(error.is_some(), "an error frame comes before {code}");
    }
    let mut binary = world.dial(Some(&ana.token), 64);
    binary.send(Message::Binary(vec![0].into())).await;
    assert_eq!(binary.closed().await.0, 4500);
    assert_eq!(world.dial(None, 64).closed().await, (4501, Some("unauthenticated".into())));
    assert_eq!(world.dial(Some("forged"), 64).closed().await.0, 4501);
    let mut silent = world.dial(Some(&ana.token), 64);
    assert_eq!(silent.closed().await.0, 4006, "no hello within five seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_hello_is_read() {
    let world = World::start().await;
    let ana = world.someone("ana").await;
    let rooms: serde_json::Map<String, Value> =
        (0..10_000).map(|_| (Uuid::new_v4().to_string(), json!({"rev": 1, "from": 1, "to": 1}))).collect();
    let hello = json!({"type": "hello", "protocol": 1, "rooms": rooms});
    assert!(hello.to_string().len() > 500_000);
    let (_client, told) = world.connect_with(&ana, &hello).await;
    assert_eq!(told.iter().filter(|frame| frame["type"] == "room_removed").count(), 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ack_keeps_its_first_values_for_ever() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.connect(&ana).await;
    let mut j = world.connect(&juan).await;
    let ack = answer(&mut a, message(room, "hola", "c1")).await;
    assert_eq!((&ack["type"], &ack["client_id"], &ack["chat_room"]), (&json!("ack"), &json!("c1"), &json!(room)));
    assert_eq!(ack["seq"], 1);
    assert!(ack["message_id"].is_string() && ack["created_at"].is_string() && ack["rev"].is_i64());
    assert!(ack.get("duplicate").is_none());
    let live = j.next_of("chat_message").await;
    assert_eq!((&live["chat_room"], &live["rev"]), (&json!(room), &ack["rev"]));
    assert_eq!((&live["message"]["id"], &live["message"]["client_id"]), (&ack["message_id"], &json!("c1")));

    let edit = json!({"type": "edit_message", "chat_room": room, "message_id": ack["message_id"], "content": "adios", "ref": "e"});
    assert_eq!(answer(&mut a, edit).await["type"], "ack");
    let again = answer(&mut a, message(room, "hola", "c1")).await;
    assert_eq!(again["duplicate"], true);
    for key in ["message_id", "seq", "rev", "created_at", "client_id"] {
        assert_eq!(again[key], ack[key], "{key}");
    }
    assert_eq!(j.next_of("message_edited").await["message"]["content"], "adios");
    let seen = j.fence().await;
    assert!(seen.iter().all(|frame| frame["type"] != "chat_message"), "no second message: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_with_a_ref_is_answered_and_without_one_only_errors_are() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let posted = world.post(&juan, room, "hola").await.message;
    let mut a = world.connect(&ana).await;
    let id = posted.id;
    for (number, command) in [
        json!({"type": "react_message", "message_id": id, "reaction_type": "like", "added": true}),
        json!({"type": "react_message", "message_id": id, "reaction_type": "like", "added": true}),
        json!({"type": "react_message", "message_id": id, "reaction_type": "like", "added": false}),
        json!({"type": "read_message", "seq": 1}),
        json!({"type": "read_message", "message_id": id}),
        json!({"type": "mark_unread", "seq": 1}),
        json!({"type": "typing", "is_typing": true}),
        json!({"type": "watch", "chat_rooms": [room]}),
        json!({"type": "sync", "rooms": {}}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut command = command;
        command["chat_room"] = json!(room);
        command["ref"] = json!(number);
        let ack = answer(&mut a, command.clone()).await;
        assert_eq!((&ack["type"], &ack["ref"]), (&json!("ack"), &json!(number)), "{command}: {ack}");
    }
    a.say(&json!({"type": "chat_message", "chat_room": room, "content": "sin ref"})).await;
    assert!(a.fence().await.iter().all(|frame| frame["type"] != "ack"));

    let stranger = world.room_of(&juan, &[]).await;
    for (command, code) in [
        (json!({"type": "chat_message", "content": "x"}), "invalid_request"),
        (json!({"type": "chat_message", "chat_room": "no-uuid", "content": "x"}), "invalid_request"),
        (json!({"type": "chat_message", "chat_room": stranger, "content": "x"}), "not_found"),
        (json!({"type": "chat_message", "chat_room": Uuid::new_v4(), "content": "x"}), "not_found"),
        (json!({"type": "chat_message", "chat_room": room, "content": ""}), "empty_content"),
        (json!({"type": "typing", "chat_room": stranger, "is_typing": true}), "not_found"),
        (json!({"type": "watch", "chat_rooms": [stranger]}), "not_found"),
        (json!({"type": "watch", "chat_rooms": vec![room; 101]}), "invalid_request"),
        (json!({"type": "edit_message", "chat_room": room, "message_id": id, "content": "x"}), "forbidden"),
        (json!({"type": "hello", "protocol": 1}), "invalid_request"),
        (json!({"type": "dance"}), "invalid_request"),
    ] {
        let mut command = command;
        command["ref"] = json!({"n": 1});
        command["client_id"] = json!("c9");
        let error = answer(&mut a, command.clone()).await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)), "{command}: {error}");
        assert_eq!((&error["ref"], &error["client_id"]), (&json!({"n": 1}), &json!("c9")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_answered_by_frames_with_its_ref_and_then_the_ack() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.connect(&ana).await;
    let rev = world.post(&juan, room, "uno").await.first_rev;
    world.post(&juan, room, "dos").await;
    a.fence().await;
    let not_mine = Uuid::new_v4();
    let rooms = json!({room.to_string(): {"rev": rev, "from": 1, "to": 1}, not_mine.to_string(): 3});
    a.say(&json!({"type": "sync", "ref": "s", "rooms": rooms})).await;
    let mut frames = vec![];
    let ack = loop {
        let frame = a.next().await;
        if frame["type"] == "ack" {
            break frame;
        }
        frames.push(frame);
    };
    assert_eq!(ack["ref"], "s");
    let sync: Vec<_> = frames.iter().filter(|frame| frame["type"] == "sync").collect();
    assert!(sync.iter().all(|frame| frame["ref"] == "s"));
    let last = sync.last().unwrap();
    assert_eq!((&last["has_more"], &last["upto"], &last["reset"]), (&json!(false), &json!(rev + 1), &json!(false)));
    assert!(last.get("gap").is_some_and(Value::is_null));
    let contents: Vec<_> = sync.iter().flat_map(|f| f["messages"].as_array().unwrap()).map(|m| &m["content"]).collect();
    assert_eq!(contents, ["dos"]);
    assert!(frames.iter().any(|f| f["type"] == "room_removed" && f["chat_room"] == not_mine.to_string()));
    assert!(frames.iter().all(|f| f.get("me").is_none() && f.get("people").is_none()), "streams not asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_arrive_together_keep_their_order() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.connect(&ana).await;
    let mut j = world.connect(&juan).await;
    for n in 0..200 {
        a.say(&message(room, &n.to_string(), &n.to_string())).await;
    }
    for n in 0..200 {
        let ack = a.next_of("ack").await;
        assert_eq!((&ack["client_id"], &ack["seq"]), (&json!(n.to_string()), &json!(n + 1)));
    }
    for n in 0..200 {
        assert_eq!(j.next_of("chat_message").await["message"]["content"], n.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_while_a_device_syncs_arrives_exactly_once() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    for round in 0..5 {
        let store = world.store().clone();
        let poster = tokio::spawn({
            let juan = juan.clone();
            async move {
                let mut ids = vec![];
                for n in 0..60 {
                    let post = crate::store::NewPost { content: format!("{round}.{n}"), ..Default::default() };
                    ids.push(store.post_message(juan.id, room, post).await.unwrap().message.id.to_string());
                }
                ids
            }
        });
        let hello = json!({"type": "hello", "protocol": 1, "rooms": {}});
        let (mut a, told) = world.connect_with(&ana, &hello).await;
        let ids = poster.await.unwrap();
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for frame in &told {
            assert_ne!(frame["type"], "chat_message", "nothing live before ready");
            for row in frame["messages"].as_array().into_iter().flatten() {
                *seen.entry(row["id"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        while !seen.contains_key(ids.last().unwrap()) {
            let frame = a.next_of("chat_message").await;
            *seen.entry(frame["message"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        for frame in a.fence().await {
            assert_ne!(frame["type"], "chat_message", "told already");
        }
        // The newest page may be shorter than what was posted; what it and the live frames hold has no hole and no double.
        let missing: Vec<_> =
            ids.iter().skip_while(|id| !seen.contains_key(*id)).filter(|id| !seen.contains_key(*id)).collect();
        assert!(missing.is_empty(), "lost: {missing:?}");
        assert!(seen.values().all(|times| *times == 1), "twice: {seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_added_gets_the_room_and_who_is_removed_hears_no_more() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[]).await;
    let mut a = world.connect(&ana).await;
    let mut j = world.connect(&juan).await;
    world.add(&ana, room, &juan).await;
    let frame = j.next_of("room").await;
    assert_eq!(frame["chat_room"], room.to_string());
    assert_eq!(frame["room"]["participants"].as_array().unwrap().len(), 2, "whole");
    let change = a.next_of("room").await;
    assert!(change["room"]["participants"].as_array().unwrap().iter().any(|p| p["user"]["id"] == juan.id.to_string()));
    world.post(&ana, room, "bienvenido").await;
    assert_eq!(j.next_of("chat_message").await["message"]["system"]["event"], "participant_joined");
    assert_eq!(j.next_of("chat_message").await["message"]["content"], "bienvenido");

    world.store().remove_participant(ana.id, room, juan.id).await.unwrap();
    let removed = j.next_of("room_removed").await;
    assert_eq!(removed["chat_room"], room.to_string());
    assert!(removed["me"].is_i64());
    let change = a.next_of("room").await;
    let gone =
        change["room"]["participants"].as_array().unwrap().iter().find(|p| p["user"]["id"] == juan.id.to_string());
    assert!(gone.unwrap()["role"].is_null());
    world.post(&ana, room, "sin juan").await;
    a.next_of("chat_message").await;
    assert!(j.fence().await.iter().all(|frame| frame["type"] != "chat_message"));

    world.add(&ana, room, &juan).await;
    j.next_of("room").await;
    world.store().delete_room(ana.id, room).await.unwrap();
    assert_eq!(j.next_of("room_removed").await["chat_room"], room.to_string());
    assert_eq!(a.next_of("room_removed").await["chat_room"], room.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_that_was_left_comes_back_with_the_message_that_brings_it() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let new = NewRoom { name: None, chat_type: ChatType::Private, participants: vec![juan.id], client_id: None };
    let room = world.store().create_room(ana.id, new).await.unwrap().0.id;
    let mut j = world.connect(&juan).await;
    world.store().remove_participant(juan.id, room, juan.id).await.unwrap();
    assert_eq!(j.next_of("room_removed").await["chat_room"], room.to_string());
    world.post(&ana, room, "sigues ahi?").await;
    assert_eq!(j.next_of("room").await["chat_room"], room.to_string());
    assert_eq!(j.next_of("chat_message").await["message"]["content"], "sigues ahi?");
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_tells_the_present_and_then_the_changes() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.connect(&ana).await;
    let status = |frame: &Value| (frame["user_id"].clone(), frame["status"].clone());
    a.say(&json!({"type": "watch", "chat_rooms": [room], "ref": "w"})).await;
    let mut present = vec![];
    loop {
        let frame = a.next().await;
        match frame["type"].as_str().unwrap() {
            "user_status" => present.push(status(&frame)),
            "participants" => {
                let people = frame["participants"].as_array().unwrap();
                assert_eq!(people.len(), 2);
                assert!(people.iter().all(|person| person["last_read_seq"].is_i64()));
                break;
            }
            other => panic!("{other}"),
        }
    }
    assert!(
        present.contains(&(json!(ana.id), json!("online"))) && present.contains(&(json!(juan.id), json!("offline")))
    );
    assert_eq!(a.next().await["ref"], "w");

    let mut device = world.connect(&juan).await;
    assert_eq!(status(&a.next_of("user_status").await), (json!(juan.id), json!("online")));
    let mut socket = world.enter(&juan, room).await;
    device.leave();
    // Still there by his room socket; then not.
    socket.say(&json!({"type": "chat_message", "content": "aun aqui"})).await;
    loop {
        let frame = a.next().await;
        assert_ne!(frame["type"], "user_status");
        if frame["type"] == "chat_message" {
            break;
        }
    }
    socket.leave();
    assert_eq!(status(&a.next_of("user_status").await), (json!(juan.id), json!("offline")));
    a.say(&json!({"type": "watch", "chat_rooms": []})).await;
    a.fence().await;
    let _device = world.connect(&juan).await;
    assert!(a.fence().await.iter().all(|frame| frame["type"] != "user_status"), "watched no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_tells_the_heads_that_moved_and_silence_is_closed() {
    let world = World::with(|parts| parts.heartbeat_ms = 300).await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.connect(&ana).await;
    assert_eq!(a.next_of("ping").await["heads"], json!({}));
    let rev = world.post(&juan, room, "hola").await.first_rev;
    loop {
        let ping = a.next_of("ping").await;
        a.say(&json!({"type": "pong"})).await;
        if ping["heads"] != json!({}) {
            assert_eq!(ping["heads"], json!({room.to_string(): rev}));
            break;
        }
    }
    assert_eq!(a.next_of("ping").await["heads"], json!({}), "told once");
    assert_eq!(a.closed().await.0, 4004);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_closes_its_sockets_and_no_others() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let mut a = world.connect(&ana).await;
    let mut j = world.connect(&juan).await;
    world.end_session(&ana).await;
    assert_eq!(a.closed().await, (4503, Some("unauthenticated".into())));
    assert_eq!(world.dial(Some(&ana.token), 64).closed().await.0, 4503);
    j.fence().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refused_and_an_open_socket_outlives_it() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let bus = Bus::in_process();
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let world = World::build(dir, bus.clone(), Arc::new(bus), clock.clone(), |_| {}).await;
    let ana = world.someone("ana").await;
    let room = world.room_of(&ana, &[]).await;
    let mut open = world.connect(&ana).await;
    clock.advance((TOKEN_TTL_S + 10) * 1000);
    assert_eq!(world.dial(Some(&ana.token), 64).closed().await, (4005, Some("token_expired".into())));
    let mut knock = world.knock(Some(&ana.token), &room.to_string());
    assert_eq!(knock.closed().await, (4005, Some("token_expired".into())));
    assert_eq!(answer(&mut open, message(room, "sigo", "c1")).await["type"], "ack");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_closes_everyone_and_lets_nobody_in() {
    let world = World::start().await;
    let ana = world.someone("ana").await;
    let mut a = world.connect(&ana).await;
    assert_eq!(world.app.hub.drain().await, 1);
    assert_eq!(a.closed().await, (4001, None));
    let mut late = world.dial(Some(&ana.token), 64);
    late.say(&json!({"type": "hello", "protocol": 1})).await;
    assert_eq!(late.closed().await.0, 4001);
}
