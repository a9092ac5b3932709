//! Pinned messages.

use super::*;

#[tokio::test]
async fn a_pin_is_one_lasting_change_and_its_repeat_is_none() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let message = world.say(world.juan, room, "la llave está bajo la maceta").await;
    let before = world.view(world.ana, room).await.rev;
    for _ in 0..2 {
        world.store.pin_message(world.ana, room, message.id, true).await.unwrap();
    }
    assert_eq!(world.view(world.ana, room).await.rev, before + 1);
    let pins = world.store.pins(world.juan, room).await.unwrap().messages;
    assert_eq!((pins.len(), pins[0].rev, pins[0].pinned.map(|pin| pin.by)), (1, before + 1, Some(world.ana)));
    let told = world.heard.0.lock().unwrap().iter().any(|event| {
        matches!(event, Event::Room { frame: ServerFrame::MessagePinned { message, .. }, .. } if message.pinned.is_some())
    });
    assert!(told, "the live frame carries the whole message");
    for _ in 0..2 {
        world.store.pin_message(world.ana, room, message.id, false).await.unwrap();
    }
    assert_eq!(world.view(world.ana, room).await.rev, before + 2);
    assert!(world.store.pins(world.juan, room).await.unwrap().messages.is_empty());
}

#[tokio::test]
async fn who_may_pin_depends_on_role_and_room() {
    let world = World::new().await;
    let group = world.room(ChatType::Group, &[world.juan]).await;
    let message = world.say(world.juan, group, "hola").await;
    assert_eq!(code(world.store.pin_message(world.juan, group, message.id, true).await), ErrorCode::Forbidden);
    assert_eq!(code(world.store.pin_message(world.lucia, group, message.id, true).await), ErrorCode::NotFound);
    assert_eq!(code(world.store.pins(world.lucia, group).await), ErrorCode::NotFound);
    let private = world.room(ChatType::Private, &[world.juan]).await;
    let message = world.say(world.ana, private, "hola").await;
    world.store.pin_message(world.juan, private, message.id, true).await.unwrap();
    assert_eq!(code(world.store.pin_message(world.ana, group, message.id, true).await), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_deleted_message_is_not_pinned_and_an_edited_one_stays_so() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let message = world.say(world.juan, room, "hola").await;
    world.store.pin_message(world.ana, room, message.id, true).await.unwrap();
    world.store.edit_message(world.juan, room, message.id, "adiós".into(), None).await.unwrap();
    assert_eq!(world.store.pins(world.ana, room).await.unwrap().messages[0].content, "adiós");
    world.store.delete_message(world.juan, room, message.id).await.unwrap();
    assert!(world.store.pins(world.ana, room).await.unwrap().messages.is_empty());
    assert_eq!(code(world.store.pin_message(world.ana, room, message.id, true).await), ErrorCode::Conflict);
    world.store.pin_message(world.ana, room, message.id, false).await.unwrap();
}

#[tokio::test]
async fn a_room_has_only_so_many_pins_and_the_last_comes_first() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[]).await;
    let mut last = None;
    for number in 0..recado_protocol::limits::MAX_PINS {
        let message = world.say(world.ana, room, &number.to_string()).await;
        world.clock.advance(1);
        world.store.pin_message(world.ana, room, message.id, true).await.unwrap();
        last = Some(message.id);
    }
    let more = world.say(world.ana, room, "una más").await;
    assert_eq!(code(world.store.pin_message(world.ana, room, more.id, true).await), ErrorCode::Conflict);
    assert_eq!(world.store.pins(world.ana, room).await.unwrap().messages.first().map(|message| message.id), last);
}
