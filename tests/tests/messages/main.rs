//! What can be done with messages beyond sending them, from REST and socket to real cores, with and without a connection.

mod edits;
mod jump;
mod mentions;
mod offline;
mod pins;
mod read;
mod refused;

use recado_core::view::{Connection, MessageItem, TimelineItem};
use recado_protocol::RoomId;
use recado_tests::{CoreClient, Person, World, core_client::room_id, wait};

/// ana's group with juan, and a core of each that lists it.
async fn group(world: &World) -> (Person, Person, String, CoreClient, CoreClient) {
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let (hers, his) = (world.core("ana").await, world.core("juan").await);
    for core in [&hers, &his] {
        core.line_shows("the room is listed", room_id(&room), |_| true).await;
    }
    (ana, juan, room, hers, his)
}

/// Sends and waits until the server has all and both hold it.
async fn said(from: &CoreClient, to: &CoreClient, room: RoomId, texts: &[&str]) {
    for text in texts {
        from.send(room, text).await;
    }
    from.all_sent().await;
    from.has(room, texts).await;
    to.has(room, texts).await;
}

async fn work_offline(core: &CoreClient) {
    core.client.set_work_offline(true).await.expect("the core runs");
    wait::until("switched off", async || match core.client.connection().await {
        Ok(Connection::WorkingOffline) => Ok(()),
        other => Err(other),
    })
    .await;
}

async fn work_online(core: &CoreClient) {
    core.client.set_work_offline(false).await.expect("the core runs");
    core.online().await;
}

/// The messages among a timeline's items.
fn shown(items: &[TimelineItem]) -> Vec<&MessageItem> {
    items
        .iter()
        .filter_map(|item| match item {
            TimelineItem::Message(message) => Some(message),
            TimelineItem::Gap { .. } => None,
        })
        .collect()
}
