//! Floods, slow readers, frames too large: limited, and nobody else is harmed.

use axum::extract::ws::Message;
use serde_json::json;

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_frames_at_once_are_limited_and_others_are_unaffected() {
    let world = World::with(|parts| parts.rate_limit = true).await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut flooder = world.connect(&ana).await;
    let mut j = world.connect(&juan).await;
    for n in 0..10_000 {
        flooder.say(&json!({"type": "typing", "chat_room": room, "is_typing": true, "ref": n})).await;
    }
    let mut acks = 0;
    let mut refused = 0;
    let code = loop {
        match flooder.next_message().await.unwrap() {
            Message::Text(text) => {
                let frame: serde_json::Value = serde_json::from_str(&text).unwrap();
                if frame["type"] == "ack" {
                    acks += 1;
                } else if frame["type"] == "error" && frame["ref"].is_i64() {
                    assert_eq!(frame["code"], "rate_limited");
                    assert!(frame["retry_after_ms"].as_u64().unwrap() > 0);
                    refused += 1;
                }
            }
            Message::Close(Some(close)) => break close.code,
            _ => {}
        }
    };
    assert_eq!(code, 4029);
    assert_eq!(refused, 100, "warned before");
    assert!(acks <= 200, "{acks}");
    let ack = {
        j.say(&json!({"type": "chat_message", "chat_room": room, "content": "sigo", "client_id": "c"})).await;
        j.next_of("ack").await
    };
    assert_eq!(ack["client_id"], "c");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passed_before_a_flood_was_closed_is_still_done() {
    let world = World::with(|parts| parts.rate_limit = true).await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut j = world.connect(&juan).await;
    // Closed while the first sync is still being read: nothing of the burst has begun by then.
    let mut flooder = world.dial(Some(&ana.token), 4096);
    flooder.say(&json!({"type": "hello", "protocol": 1})).await;
    for n in 0..200 {
        flooder.say(&json!({"type": "chat_message", "chat_room": room, "content": n.to_string()})).await;
    }
    assert_eq!(flooder.closed().await.0, 4029);
    for n in 0..30 {
        assert_eq!(j.next_of("chat_message").await["message"]["content"], n.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_closed_as_too_slow_and_the_others_get_all() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut slow = world.dial(Some(&ana.token), 16);
    slow.say(&json!({"type": "hello", "protocol": 1})).await;
    slow.next_of("ready").await;
    let mut j = world.connect(&juan).await;
    let long = "x".repeat(9_000);
    for _ in 0..200 {
        world.post(&juan, room, &long).await;
    }
    for seq in 1..=200 {
        assert_eq!(j.next_of("chat_message").await["message"]["seq"], seq);
    }
    assert_eq!(slow.closed().await.0, 4002);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_over_the_limit_closes_with_1009() {
    let world = World::start().await;
    let ana = world.someone("ana").await;
    let room = world.room_of(&ana, &[]).await;
    let large = json!({"type": "chat_message", "chat_room": room, "content": "x".repeat(131_073)}).to_string();
    for mut client in [world.connect(&ana).await, world.enter(&ana, room).await] {
        client.send(Message::Text(large.clone().into())).await;
        assert_eq!(client.closed().await, (1009, Some("too_large".into())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_frame_closes_a_device_too() {
    let world = World::start().await;
    let ana = world.someone("ana").await;
    let mut client = world.connect(&ana).await;
    client.send(Message::Binary(vec![1].into())).await;
    assert_eq!(client.closed().await, (4500, Some("invalid_request".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_leaving_is_still_done() {
    let world = World::start().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut j = world.connect(&juan).await;
    let mut a = world.connect(&ana).await;
    for n in 0..50 {
        a.say(&json!({"type": "chat_message", "chat_room": room, "content": n.to_string()})).await;
    }
    a.leave();
    for n in 0..50 {
        assert_eq!(j.next_of("chat_message").await["message"]["content"], n.to_string());
    }
}
