//! Pinned messages.

use recado_protocol::frame::Command;
use recado_tests::{
    Value, World,
    core_client::{Shown, room_id},
    json, wait,
};

use crate::{group, said, shown, work_offline, work_online};

#[tokio::test(flavor = "multi_thread")]
async fn pins_by_rest_are_told_to_device_sockets_and_not_to_room_sockets() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan]).await;
    let message = ana.post(&room, "bajo la maceta azul").await;
    assert!(message.as_object().unwrap().contains_key("pinned"), "{message}");
    let path = format!("/rooms/{room}/messages/{}/pin", message["id"].as_str().unwrap());
    let mut his = juan.device().await;
    let mut old = juan.in_room(&room).await;
    juan.rest.put(&path).await.problem(403, "forbidden");
    lucia.rest.put(&path).await.problem(404, "not_found");
    for _ in 0..2 {
        ana.rest.put(&path).await.expect(204);
    }
    let frame = his.until("message_pinned").await;
    assert_eq!((&frame["chat_room"], &frame["message"]["id"]), (&json!(room), &message["id"]));
    assert_eq!((&frame["message"]["pinned"]["by"], &frame["message"]["rev"]), (&json!(ana.id), &frame["rev"]));
    assert_eq!(frame["message"]["content"], "bajo la maceta azul");
    let pins = juan.rest.get(&format!("/rooms/{room}/pins")).await.expect(200);
    assert_eq!(pins["messages"].as_array().map(Vec::len), Some(1), "{pins}");
    let page = juan.rest.get(&format!("/rooms/{room}/messages")).await.expect(200);
    assert!(page["messages"][0]["pinned"]["at"].is_string(), "{page}");
    for _ in 0..2 {
        ana.rest.delete(&path).await.expect(204);
    }
    assert_eq!(his.until("message_pinned").await["message"]["pinned"], Value::Null);
    // The first version's socket knows neither the command nor the frame; both leave it in peace.
    ana.post(&room, "fin").await;
    assert_eq!(old.until("chat_message").await["message"]["content"], "fin");
    assert!(old.drain().iter().all(|frame| frame["type"] != "message_pinned"));
    old.send(json!({"type": "pin_message", "message_id": message["id"], "pinned": true})).await;
    assert_eq!(old.until("error").await["code"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_is_acked_and_refused_as_any_other() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let message = ana.post(&room, "x").await;
    let command = json!({"type": "pin_message", "chat_room": room, "message_id": message["id"], "pinned": true});
    let ack = ana.device().await.ack(command.clone()).await;
    assert_eq!(ack["message_id"], message["id"]);
    juan.device().await.error(command, "forbidden").await;
    let bad = json!({"type": "pin_message", "chat_room": room, "message_id": message["id"]});
    ana.device().await.error(bad, "invalid_request").await;
    let read: Command =
        serde_json::from_value(json!({"type": "pin_message", "message_id": message["id"], "pinned": false, "more": 1}))
            .unwrap();
    assert!(matches!(read, Command::PinMessage { pinned: false, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_made_offline_shows_at_once_and_reaches_the_other_later() {
    let world = World::new().await;
    let (_ana, _juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    said(&hers, &his, room, &["uno", "dos"]).await;
    let message = hers.messages(room).await.swap_remove(0);
    let mut window = Shown::open(&hers, room).await;
    work_offline(&hers).await;
    hers.client.set_pinned(room, message.id, true).await.unwrap();
    window
        .until("pinned at once", |items| shown(items)[0].pinned.as_ref().is_some_and(|pin| pin.by.username == "ana"))
        .await;
    let pins = hers.client.pinned_messages(room).await.unwrap();
    assert_eq!(pins.iter().map(|pin| pin.content.as_str()).collect::<Vec<_>>(), ["uno"]);
    work_online(&hers).await;
    wait::until("pinned there", async || match his.client.pinned_messages(room).await {
        Ok(pins) if pins.len() == 1 && pins[0].content == "uno" => Ok(()),
        other => Err(other),
    })
    .await;
    wait::until("held by the other's cache", async || match his.messages(room).await {
        held if held[0].pinned.is_some() => Ok(()),
        held => Err(held),
    })
    .await;
    hers.verified(room).await;
    his.verified(room).await;
    hers.client.delete_message(room, message.id, None).await.unwrap();
    wait::until("no pin without its message", async || match his.client.pinned_messages(room).await {
        Ok(pins) if pins.is_empty() => Ok(()),
        other => Err(other),
    })
    .await;
    his.verified(room).await;
}
