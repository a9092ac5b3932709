//! Two `serve` processes on one database with a real Redis: what one node takes the other tells, whoever dies.

use std::time::{Duration, Instant};

use recado_tests::{
    Person, Server, World,
    core_client::room_id,
    json,
    oracle::{assert_dense, contents, history},
    wait,
};

async fn stage(world: &World, second: &Server) -> (Person, Person, String) {
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    second.ready().await;
    (ana, juan.at(second), room)
}

fn text(room: &str, content: &str) -> serde_json::Value {
    json!({"type": "chat_message", "chat_room": room, "content": content, "client_id": content})
}

use recado_tests::Socket;

async fn hears(socket: &mut Socket, content: &str) {
    let content = content.to_owned();
    socket
        .find(&content.clone(), move |frame| frame["type"] == "chat_message" && frame["message"]["content"] == content)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_on_two_nodes_talk_and_a_repeat_on_the_other_node_is_the_same() {
    let (world, second) = World::cluster().await;
    let (ana, juan, room) = stage(&world, &second).await;
    let mut hers = ana.device().await;
    let mut his = juan.device().await;
    let mut his_room = juan.in_room(&room).await;
    let ack = hers.ack(text(&room, "hola")).await;
    hears(&mut his, "hola").await;
    hears(&mut his_room, "hola").await;
    his.ack(text(&room, "buenas")).await;
    hears(&mut hers, "buenas").await;
    let again = ana.at(&second).device().await.ack(text(&room, "hola")).await;
    for key in ["message_id", "seq", "rev", "created_at", "client_id"] {
        assert_eq!(again[key], ack[key], "{key}");
    }
    assert_eq!(again["duplicate"], true);
    // Transient things cross too.
    hers.ack(json!({"type": "typing", "chat_room": room, "is_typing": true})).await;
    assert_eq!(his.until("typing_status").await["user_id"], ana.id);
    hers.ack(json!({"type": "watch", "chat_rooms": [room]})).await;
    hers.find("juan online", |frame| {
        frame["type"] == "user_status" && frame["user_id"] == juan.id && frame["status"] == "online"
    })
    .await;
    let began = Instant::now();
    his.close().await;
    his_room.close().await;
    hers.find("juan offline", |frame| {
        frame["type"] == "user_status" && frame["user_id"] == juan.id && frame["status"] == "offline"
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(contents(&history(&ana.rest, &room).await), ["hola", "buenas"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_one_nodes_people_go_on_and_the_others_catch_up_within_seconds() {
    let (mut world, second) = World::cluster().await;
    let (ana, juan, room) = stage(&world, &second).await;
    let lucia = world.person("lucia").await;
    ana.rest.post(&format!("/rooms/{room}/participants"), json!({"user_id": lucia.id})).await.expect(201);
    let (mut hers, mut his, mut lucias) = (ana.device().await, juan.device().await, lucia.device().await);
    for how in ["killed", "paused"] {
        let redis = world.redis.as_mut().unwrap();
        if how == "killed" {
            redis.kill();
        } else {
            redis.pause();
        }
        let began = Instant::now();
        let content = format!("{how}, pero sigo");
        hers.ack(text(&room, &content)).await;
        hears(&mut lucias, &content).await;
        assert!(began.elapsed() < Duration::from_secs(2), "her node goes on: {:?}", began.elapsed());
        hears(&mut his, &content).await;
        assert!(began.elapsed() < Duration::from_secs(5), "the other catches up: {:?}", began.elapsed());
        his.ack(text(&room, &format!("{how}, te leo"))).await;
        hears(&mut hers, &format!("{how}, te leo")).await;
        let redis = world.redis.as_mut().unwrap();
        if how == "killed" {
            redis.restart().await;
        } else {
            redis.go_on();
        }
        world.server.ready().await;
        second.ready().await;
        hers.ack(text(&room, &format!("{how} ya no"))).await;
        hears(&mut his, &format!("{how} ya no")).await;
    }
    let all = history(&ana.rest, &room).await;
    assert_dense(&all);
    let server = juan.rest.get(&format!("/rooms/{room}/digest?from=1&to={}", all.len())).await.expect(200);
    assert_eq!(server["digest"], recado_tests::oracle::digest(&all));
}

/// Messages from each side.
const EACH: usize = 150;

#[tokio::test(flavor = "multi_thread")]
async fn nodes_and_redis_die_in_turn_under_load_and_cores_end_equal() {
    let (mut world, mut second) = World::cluster().await;
    let (ana, juan, room) = stage(&world, &second).await;
    let id = room_id(&room);
    let hers = world.core("ana").await;
    let his = world.core_at("juan", &second.url()).await;
    hers.line_shows("the room", id, |_| true).await;
    his.line_shows("the room", id, |_| true).await;
    let writing = async {
        for number in 0..EACH {
            hers.send(id, &format!("a{number}")).await;
            his.send(id, &format!("j{number}")).await;
        }
    };
    let killing = async {
        for step in 1..=6 {
            wait::until("some more arrived", async || match hers.messages(id).await.len() {
                many if many >= step * 30 => Ok(()),
                few => Err(few),
            })
            .await;
            match step % 3 {
                0 => {
                    let redis = world.redis.as_mut().unwrap();
                    redis.kill();
                    redis.restart().await;
                }
                1 => world.server.restart().await,
                _ => second.restart().await,
            }
        }
    };
    tokio::join!(writing, killing);
    hers.all_sent().await;
    his.all_sent().await;
    for core in [&hers, &his] {
        wait::until("all arrived", async || {
            let texts = core.texts(id).await;
            if texts.len() >= 2 * EACH { Ok(()) } else { Err(texts.len()) }
        })
        .await;
        core.verified(id).await;
    }
    let all = history(&juan.rest, &room).await;
    assert_dense(&all);
    let texts = contents(&all);
    for (who, name) in [("a", "ana"), ("j", "juan")] {
        let own: Vec<_> = texts.iter().filter(|text| text.starts_with(who)).cloned().collect();
        let want: Vec<_> = (0..EACH).map(|number| format!("{who}{number}")).collect();
        assert_eq!(own, want, "{name}'s, each once and in order");
    }
    assert_eq!(hers.texts(id).await, texts);
    assert_eq!(his.texts(id).await, texts);
    let _ = ana;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_is_gone_on_every_node() {
    let (world, second) = World::cluster().await;
    let (_ana, juan, _room) = stage(&world, &second).await;
    let mut his = juan.device().await;
    world.server.admin(&["user", "disable", "juan"], "").await.ok();
    let told = Instant::now();
    assert_eq!(his.closed().await, 4503);
    assert!(told.elapsed() < Duration::from_secs(2), "{:?}", told.elapsed());
}
