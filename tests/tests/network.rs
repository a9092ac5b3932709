//! Networks that fail without a word: a pulled cable, a computer that slept.

use std::time::Duration;

use recado_core::view::{Connection, Delivery};
use recado_tests::{
    CoreClient, Person, Settings, World,
    core_client::{Shown, room_id, rows},
    oracle::{contents, history},
    proxy::{Mangling, Proxy},
    wait,
};

const NOTHING: Mangling = Mangling { dropped: 0, doubled: 0, swapped: 0, cut: 0 };

/// ana's core behind a cable that can be pulled.
async fn behind_a_cable(settings: Settings) -> (World, Proxy, Person, CoreClient, String) {
    let world = World::with(settings).await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let cable = Proxy::new(world.server.port, 1, NOTHING).await;
    let hers = world.core_at("ana", &cable.url()).await;
    hers.line_shows("the room", room_id(&room), |_| true).await;
    (world, cable, juan, hers, room)
}

async fn not_online(core: &CoreClient) {
    wait::until("the core knows that it is cut off", async || match core.client.connection().await {
        Ok(Connection::Online) => Err("online"),
        _ => Ok(()),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_cable_is_noticed_by_the_missing_heartbeat_and_nothing_is_lost_by_it() {
    let (_world, cable, juan, hers, room) = behind_a_cable(Settings::default().with("HEARTBEAT_MS", "200")).await;
    let id = room_id(&room);
    hers.send(id, "antes").await;
    hers.all_sent().await;

    cable.silence(true);
    hers.send(id, "mientras").await;
    juan.post(&room, "desde fuera").await;
    not_online(&hers).await;
    let shown = Shown::open(&hers, id).await;
    assert_eq!(rows(&shown.items).last(), Some(&("mientras".into(), Some(Delivery::Sending))));

    cable.silence(false);
    hers.all_sent().await;
    hers.verified(id).await;
    let mut all = contents(&history(&juan.rest, &room).await);
    assert_eq!(hers.texts(id).await, all);
    all.sort();
    assert_eq!(all, ["antes", "desde fuera", "mientras"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_wakes_asks_for_a_sign_of_life_at_once() {
    // The heartbeat alone would take a minute and ten seconds to notice: longer than anybody here waits.
    let (_world, cable, juan, hers, room) = behind_a_cable(Settings::default().with("HEARTBEAT_MS", "35000")).await;
    cable.silence(true);
    juan.post(&room, "buenos días").await;
    hers.sleep(Duration::from_hours(8));
    not_online(&hers).await;
    cable.silence(false);
    hers.has(room_id(&room), &["buenos días"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_lost_in_a_room_that_had_no_news_at_the_hello_is_asked_for() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    juan.post(&room, "uno").await;
    let lossy = Proxy::new(world.server.port, 1, Mangling { dropped: 1_000, ..NOTHING }).await;
    let mut hers = world.core_at("ana", &lossy.url()).await;
    hers.has(id, &["uno"]).await;
    hers.restart().await;
    hers.online().await;
    // No heartbeat comes in this test, and no new connection: the gap alone has to tell.
    juan.post(&room, "dos").await;
    lossy.calm();
    juan.post(&room, "tres").await;
    hers.has(id, &["uno", "dos", "tres"]).await;
}
