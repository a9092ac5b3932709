//! CONTRACT section 3: the first version's room socket.

use axum::extract::ws::Message;
use recado_protocol::room::RoomPatch;
use serde_json::json;
use uuid::Uuid;

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn connection_success_comes_first_and_the_others_hear_online_and_offline() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.enter(&ana, room).await;
    let mut j1 = world.enter(&juan, room).await;
    let online = a.next_of("user_status").await;
    assert_eq!(online["user_id"], juan.id.to_string());
    assert_eq!((online["username"].as_str(), online["status"].as_str()), (Some("juan"), Some("online")));

    let mut j2 = world.enter(&juan, room).await;
    assert_eq!(j1.fence().await.iter().filter(|frame| frame["type"] == "user_status").count(), 0, "not to oneself");
    j1.leave();
    // The second socket is still there: what comes next for ana is juan's message, not his going.
    j2.say(&json!({"type": "chat_message", "content": "sigo aqui"})).await;

    loop {
        let frame = a.next().await;
        assert_ne!(frame["status"], "offline");
        if frame["type"] == "chat_message" {
            break;
        }
    }
    j2.leave();
    let offline = a.next_of("user_status").await;
    assert_eq!(
        (offline["user_id"].as_str(), offline["status"].as_str()),
        (Some(&*juan.id.to_string()), Some("offline"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_of_the_first_version_goes_to_whom_it_should() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.enter(&ana, room).await;
    let mut j = world.enter(&juan, room).await;
    a.fence().await;

    a.say(&json!({"type": "chat_message", "content": "hola", "client_id": "c1"})).await;
    let mut ids = vec![];
    for client in [&mut a, &mut j] {
        let frame = client.next().await;
        assert_eq!(frame["type"], "chat_message");
        let message = &frame["message"];
        assert_eq!(message["content"], "hola");
        assert_eq!(message["message_type"], "text");
        assert_eq!(message["sender"]["id"], ana.id.to_string());
        assert_eq!(message["sender"]["username"], "ana");
        assert!(message["sender"]["display_name"].is_string() && message["created_at"].is_string());
        assert!(message["reply_to"].is_null());
        assert_eq!((&message["is_edited"], &message["is_deleted"]), (&json!(false), &json!(false)));
        ids.push(message["id"].clone());
    }
    let id = ids.pop().unwrap();
    assert_eq!(ids[0], id);

    j.say(&json!({"type": "chat_message", "content": "que tal", "reply_to": id})).await;
    for client in [&mut a, &mut j] {
        assert_eq!(client.next_of("chat_message").await["message"]["reply_to"]["id"], id);
    }

    a.say(&json!({"type": "typing", "is_typing": true})).await;
    let typing = j.next().await;
    assert_eq!(typing["type"], "typing_status");
    assert_eq!((&typing["user_id"], &typing["username"]), (&json!(ana.id), &json!("ana")));
    assert_eq!(typing["is_typing"], true);
    assert_eq!(a.fence().await, Vec::<serde_json::Value>::new(), "not to the typist");
    a.say(&json!({"type": "typing", "is_typing": false})).await;
    assert_eq!(j.next().await["is_typing"], false);

    for _ in 0..2 {
        j.say(&json!({"type": "read_message", "message_id": id})).await;
        for client in [&mut a, &mut j] {
            let read = client.next_of("message_read").await;
            assert_eq!((&read["message_id"], &read["user_id"]), (&id, &json!(juan.id)));
            assert_eq!(read["username"], "juan");
        }
    }

    for added in [true, false] {
        j.say(&json!({"type": "react_message", "message_id": id, "reaction_type": "golazo"})).await;
        for client in [&mut a, &mut j] {
            let reaction = client.next_of("message_reaction").await;
            assert_eq!((&reaction["message_id"], &reaction["user_id"]), (&id, &json!(juan.id)));
            assert_eq!((&reaction["username"], &reaction["reaction_type"]), (&json!("juan"), &json!("golazo")));
            assert_eq!(reaction["added"], added, "a toggle");
        }
    }

    a.say(&json!({"type": "edit_message", "message_id": id, "content": "hola a todos"})).await;
    for client in [&mut a, &mut j] {
        let edited = client.next_of("message_edited").await;
        assert_eq!(edited["message"]["content"], "hola a todos");
        assert_eq!(edited["message"]["is_edited"], true);
    }

    a.say(&json!({"type": "delete_message", "message_id": id})).await;
    for client in [&mut a, &mut j] {
        let deleted = client.next_of("message_deleted").await;
        assert_eq!((&deleted["message_id"], &deleted["user_id"]), (&id, &json!(ana.id)));
    }

    j.say(&json!({"type": "chat_message", "content": "", "message_type": "image"})).await;
    assert_eq!(a.next_of("chat_message").await["message"]["message_type"], "image");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_gets_an_error_and_the_connection_stays() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let of_ana = world.post(&ana, room, "mio").await.message.id;
    let mut j = world.enter(&juan, room).await;
    let too_long = "x".repeat(10_001);
    let wrong = [
        ("{".to_owned(), "invalid_request"),
        ("[]".into(), "invalid_request"),
        (json!({"content": "x"}).to_string(), "invalid_request"),
        (json!({"type": "dance"}).to_string(), "invalid_request"),
        (json!({"type": "sync", "rooms": {}}).to_string(), "invalid_request"),
        (json!({"type": "typing"}).to_string(), "invalid_request"),
        (json!({"type": "chat_message", "content": ""}).to_string(), "empty_content"),
        (json!({"type": "chat_message", "content": "  \n"}).to_string(), "empty_content"),
        (json!({"type": "chat_message", "content": too_long}).to_string(), "invalid_request"),
        (json!({"type": "chat_message", "content": "x", "message_type": "system"}).to_string(), "invalid_request"),
        (json!({"type": "chat_message", "content": "x", "client_id": 7}).to_string(), "invalid_request"),
        (json!({"type": "chat_message", "content": "x", "client_id": ""}).to_string(), "invalid_request"),
        (json!({"type": "chat_message", "content": "x", "reply_to": Uuid::nil()}).to_string(), "invalid_request"),
        (json!({"type": "edit_message", "message_id": of_ana, "content": "tuyo"}).to_string(), "forbidden"),
        (json!({"type": "delete_message", "message_id": of_ana}).to_string(), "forbidden"),
        (
            json!({"type": "react_message", "message_id": of_ana, "reaction_type": "text"}).to_string(),
            "invalid_request",
        ),
        (json!({"type": "react_message", "message_id": Uuid::nil(), "reaction_type": "like"}).to_string(), "not_found"),
        (json!({"type": "read_message"}).to_string(), "invalid_request"),
    ];
    for (text, code) in wrong {
        j.send(Message::Text(text.clone().into())).await;
        let error = j.next().await;
        assert_eq!(error["type"], "error", "{text}");
        assert_eq!(error["code"], code, "{text}: {error}");
        assert!(error["message"].is_string());
    }
    j.say(&json!({"type": "chat_message", "content": "sigo"})).await;
    assert_eq!(j.next().await["message"]["content"], "sigo");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_come_in_gets_an_error_and_then_the_close() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[]).await.to_string();
    let cases = [
        (None, room.as_str(), 4501, "unauthenticated"),
        (Some("nonsense"), room.as_str(), 4501, "unauthenticated"),
        (Some(juan.token.as_str()), room.as_str(), 4543, "forbidden"),
        (Some(juan.token.as_str()), "00000000-0000-0000-0000-000000000001", 4544, "not_found"),
        (Some(juan.token.as_str()), "no-uuid", 4544, "not_found"),
    ];
    for (token, room, code, error) in cases {
        let mut client = world.knock(token, room);
        assert_eq!(client.closed().await, (code, Some(error.to_owned())), "{room}");
    }
    let mut binary = world.enter(&ana, room.parse().unwrap()).await;
    binary.send(Message::Binary(vec![1, 2, 3].into())).await;
    assert_eq!(binary.closed().await, (4500, Some("invalid_request".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn removal_deletion_and_the_end_of_a_session_close_it() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut j = world.enter(&juan, room).await;
    world.store().remove_participant(ana.id, room, juan.id).await.unwrap();
    assert_eq!(j.closed().await.0, 4543);

    world.add(&ana, room, &juan).await;
    let mut j = world.enter(&juan, room).await;
    world.end_session(&juan).await;
    assert_eq!(j.closed().await.0, 4503);
    assert_eq!(world.knock(Some(&juan.token), &room.to_string()).closed().await.0, 4503, "at the handshake too");

    let mut a = world.enter(&ana, room).await;
    world
        .store()
        .patch_room(ana.id, room, RoomPatch { name: Some("cancha".into()), ..RoomPatch::default() })
        .await
        .unwrap();
    world.store().delete_room(ana.id, room).await.unwrap();
    assert_eq!(a.closed().await.0, 4544);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_client_id_makes_no_second_message() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.enter(&ana, room).await;
    let mut j = world.enter(&juan, room).await;
    let send = json!({"type": "chat_message", "content": "una vez", "client_id": "c1"});
    a.say(&send).await;
    let first = a.next_of("chat_message").await;
    a.say(&send).await;
    let again = a.next_of("chat_message").await;
    assert_eq!(first["message"]["id"], again["message"]["id"], "the sender is told the first result");
    world.post(&ana, room, "fin").await;
    assert_eq!(j.next_of("chat_message").await["message"]["content"], "una vez");
    assert_eq!(j.next_of("chat_message").await["message"]["content"], "fin");
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_stops_by_itself_and_with_the_socket() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.enter(&ana, room).await;
    let mut j = world.enter(&juan, room).await;
    j.fence().await;
    a.say(&json!({"type": "typing", "is_typing": true})).await;
    assert_eq!(j.next().await["is_typing"], true);
    assert_eq!(j.next().await["is_typing"], false, "after three seconds without a word");
    a.say(&json!({"type": "typing", "is_typing": true})).await;
    assert_eq!(j.next().await["is_typing"], true);
    a.leave();
    assert_eq!(j.next_of("typing_status").await["is_typing"], false);
}
