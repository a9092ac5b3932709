//! The hub against a bus that loses, swaps and repeats, and two nodes on one database.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::{
    bus::{Bus, BusState, redis_server::RedisServer},
    clock::SystemClock,
    event::Event,
    socket::tests::{Client, Someone, World},
    store::Publisher,
};

/// Keeps what was committed until the test lets it go, in whatever order.
#[derive(Debug, Default)]
struct Withheld(Mutex<Vec<Event>>);

impl Publisher for Withheld {
    fn publish(&self, events: Vec<Event>) {
        self.0.lock().unwrap().extend(events);
    }
}

impl Withheld {
    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn withheld() -> (World, Arc<Withheld>, Bus) {
    let bus = Bus::in_process();
    let events = Arc::new(Withheld::default());
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let world = World::build(dir, bus.clone(), events.clone(), Arc::new(SystemClock), |_| {}).await;
    (world, events, bus)
}

async fn contents(client: &mut Client, count: usize) -> Vec<Value> {
    let mut contents = vec![];
    while contents.len() < count {
        let message = client.next_of("chat_message").await["message"].take();
        // What the room itself says is not counted.
        if message["message_type"] != "system" {
            contents.push(message["content"].clone());
        }
    }
    contents
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_and_repeated_events_arrive_once_and_in_order() {
    let (world, events, bus) = withheld().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.connect(&ana).await;
    let mut r = world.enter(&juan, room).await;
    events.take();
    for n in 0..10 {
        world.post(&juan, room, &n.to_string()).await;
    }
    let mut shuffled = events.take();
    let again = shuffled.clone();
    shuffled.reverse();
    bus.publish(shuffled);
    bus.publish(again);
    let wanted: Vec<Value> = (0..10).map(|n| json!(n.to_string())).collect();
    assert_eq!(contents(&mut a, 10).await, wanted);
    assert_eq!(contents(&mut r, 10).await, wanted);
    assert!(a.fence().await.iter().all(|frame| frame["type"] != "chat_message"), "none twice");
    assert!(r.fence().await.iter().all(|frame| frame["type"] != "chat_message"), "none twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_event_is_read_from_the_store_before_the_next_one() {
    let (world, events, bus) = withheld().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let mut a = world.connect(&ana).await;
    for n in 0..5 {
        world.post(&juan, room, &n.to_string()).await;
    }
    let last = events.take().into_iter().rfind(|event| matches!(event, Event::Room { .. })).unwrap();
    bus.publish(vec![last]);
    assert_eq!(contents(&mut a, 5).await, ["0", "1", "2", "3", "4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_event_the_poller_brings_everything() {
    let (world, _events, _bus) = withheld().await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[]).await;
    let mut a = world.connect(&ana).await;
    let mut j = world.connect(&juan).await;
    world.add(&ana, room, &juan).await;
    assert_eq!(j.next_of("room").await["chat_room"], room.to_string());
    world.post(&ana, room, "hola").await;
    assert_eq!(contents(&mut a, 1).await, ["hola"]);
    assert_eq!(contents(&mut j, 1).await, ["hola"]);
    let mut socket = world.enter(&juan, room).await;
    world.store().remove_participant(ana.id, room, juan.id).await.unwrap();
    assert_eq!(j.next_of("room_removed").await["chat_room"], room.to_string());
    assert_eq!(socket.closed().await.0, 4543);
    world.end_session(&juan).await;
    assert_eq!(j.closed().await.0, 4503);
}

struct Nodes {
    one: World,
    two: World,
    redis: RedisServer,
    ana: Someone,
    juan: Someone,
}

/// Two nodes on one database and one Redis.
async fn nodes() -> Nodes {
    let redis = RedisServer::start();
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let tracker = TaskTracker::new();
    let mut worlds = vec![];
    for _ in 0..2 {
        let bus = Bus::redis(&redis.url(), &tracker).unwrap();
        worlds.push(World::build(dir.clone(), bus.clone(), Arc::new(bus), Arc::new(SystemClock), |_| {}).await);
    }
    let (two, one) = (worlds.pop().unwrap(), worlds.pop().unwrap());
    for world in [&one, &two] {
        state_becomes(&world.app.bus, BusState::Ok).await;
    }
    let (ana, juan) = (one.someone("ana").await, one.someone("juan").await);
    Nodes { one, two, redis, ana, juan }
}

async fn state_becomes(bus: &Bus, state: BusState) {
    let wait = async {
        while bus.state() != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the bus comes to that state");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_on_two_nodes_hear_each_other_and_go_on_when_redis_dies() {
    let Nodes { one, two, mut redis, ana, juan } = nodes().await;
    let room = one.room_of(&ana, &[&juan]).await;
    let mut a = one.connect(&ana).await;
    let mut j = two.connect(&juan).await;
    one.post(&ana, room, "uno").await;
    assert_eq!(contents(&mut j, 1).await, ["uno"]);
    j.say(&json!({"type": "typing", "chat_room": room, "is_typing": true})).await;
    assert_eq!(a.next_of("typing_status").await["user_id"], juan.id.to_string());

    redis.kill();
    for n in 0..20 {
        one.post(&ana, room, &n.to_string()).await;
    }
    let wanted: Vec<Value> = (0..20).map(|n| json!(n.to_string())).collect();
    assert_eq!(contents(&mut a, 20).await, wanted, "this node");
    assert_eq!(contents(&mut j, 20).await, wanted, "the other one, from the store");

    redis.revive();
    state_becomes(&one.app.bus, BusState::Ok).await;
    state_becomes(&two.app.bus, BusState::Ok).await;
    two.post(&juan, room, "vuelvo").await;
    assert_eq!(contents(&mut a, 1).await, ["vuelvo"]);
    two.end_session(&ana).await;
    assert_eq!(a.closed().await.0, 4503, "ended on the other node");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_on_two_nodes_is_offline_when_gone_from_both() {
    let Nodes { one, two, redis: _redis, ana, juan } = nodes().await;
    let room = one.room_of(&ana, &[&juan]).await;
    let mut a = one.connect(&ana).await;
    a.say(&json!({"type": "watch", "chat_rooms": [room]})).await;
    a.next_of("participants").await;
    let mut here = one.connect(&juan).await;
    assert_eq!(a.next_of("user_status").await["status"], "online");
    let mut there = two.connect(&juan).await;
    let mut sockets = (one.enter(&ana, room).await, two.enter(&juan, room).await);
    assert_eq!(sockets.0.next_of("user_status").await["status"], "online", "a room socket on the other node");
    sockets.1.leave();
    assert_eq!(sockets.0.next_of("user_status").await["status"], "offline");
    here.leave();
    there.leave();
    let offline = a.next_of("user_status").await;
    assert_eq!((&offline["user_id"], &offline["status"]), (&json!(juan.id), &json!("offline")));

    let _back = two.connect(&juan).await;
    assert_eq!(a.next_of("user_status").await["status"], "online");
    two.app.shutdown.cancel();
    assert_eq!(a.next_of("user_status").await["status"], "offline", "the node stopped");
}
