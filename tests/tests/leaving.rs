//! Leaving a room: at once for the eye, undone for a while, and offline.

use recado_core::view::FailureCode;
use recado_tests::{CoreClient, Person, World, core_client::room_id, wait};

async fn is_gone(core: &CoreClient, room: recado_protocol::RoomId) {
    wait::until("it is out of the list", async || match core.line(room).await {
        None => Ok(()),
        other => Err(other),
    })
    .await;
}

async fn people(viewer: &Person, room: &str) -> usize {
    let told = viewer.rest.get(&format!("/rooms/{room}")).await.expect(200);
    told["participants"].as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_undone_was_never_told() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let id = room_id(&room);
    let his = world.core("juan").await;
    his.line_shows("the room", id, |_| true).await;
    let token = his.client.leave_room(id, Some(30_000)).await.unwrap();
    is_gone(&his, id).await;
    assert_eq!(people(&ana, &room).await, 2);
    his.client.undo(token.clone()).await.unwrap();
    his.line_shows("back", id, |_| true).await;
    assert_eq!(his.client.undo(token).await.unwrap_err().code, FailureCode::Conflict);
    his.send(id, "sigo aquí").await;
    his.all_sent().await;
    assert_eq!(people(&ana, &room).await, 2);
    let token = his.client.leave_room(id, Some(200)).await.unwrap();
    wait::until("the server knows", async || match people(&ana, &room).await {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    is_gone(&his, id).await;
    assert_eq!(his.client.undo(token).await.unwrap_err().code, FailureCode::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_left_offline_and_after_a_restart() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let id = room_id(&room);
    let mut his = world.core("juan").await;
    his.line_shows("the room", id, |_| true).await;
    his.go_offline().await;
    his.client.leave_room(id, Some(30_000)).await.unwrap();
    is_gone(&his, id).await;
    his.restart().await;
    assert!(his.line(id).await.is_none(), "not back in the list");
    his.client.set_work_offline(false).await.unwrap();
    wait::until("the server knows", async || match people(&ana, &room).await {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
}
