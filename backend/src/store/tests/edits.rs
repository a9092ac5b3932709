//! What messages said before.

use super::*;

#[tokio::test]
async fn every_text_that_an_edit_replaced_is_kept_in_order() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let message = world.say(world.juan, room, "uno").await;
    for (content, client_id) in [("dos", Some("c1")), ("dos", Some("c1")), ("dos", None), ("tres", None)] {
        world.clock.advance(10);
        let client_id = client_id.map(Into::into);
        world.store.edit_message(world.juan, room, message.id, content.into(), client_id).await.unwrap();
    }
    let edits = world.store.edits(world.juan, room, message.id).await.unwrap().edits;
    let texts: Vec<_> = edits.iter().map(|edit| edit.content.as_str()).collect();
    assert_eq!(texts, ["uno", "dos"], "neither a repeat nor an edit to the same text replaced anything");
    assert!(edits[0].edited_at < edits[1].edited_at && message.created_at < edits[0].edited_at);
}

#[tokio::test]
async fn its_author_and_the_rooms_admins_see_them_and_in_a_private_room_its_author_alone() {
    let world = World::new().await;
    for (chat_type, others) in [(ChatType::Group, vec![world.juan, world.lucia]), (ChatType::Private, vec![world.juan])]
    {
        let room = world.room(chat_type, &others).await;
        let message = world.say(world.juan, room, "uno").await;
        world.store.edit_message(world.juan, room, message.id, "dos".into(), None).await.unwrap();
        assert_eq!(world.store.edits(world.juan, room, message.id).await.unwrap().edits.len(), 1);
        let for_the_creator = world.store.edits(world.ana, room, message.id).await;
        let for_lucia = code(world.store.edits(world.lucia, room, message.id).await);
        if chat_type == ChatType::Private {
            assert_eq!((code(for_the_creator), for_lucia), (ErrorCode::Forbidden, ErrorCode::NotFound));
        } else {
            assert_eq!((for_the_creator.unwrap().edits.len(), for_lucia), (1, ErrorCode::Forbidden));
        }
    }
}

#[tokio::test]
async fn a_deleted_message_leaves_nothing_of_what_it_said() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let message = world.say(world.juan, room, "un secreto").await;
    world.store.edit_message(world.juan, room, message.id, "nada".into(), None).await.unwrap();
    world.store.delete_message(world.ana, room, message.id).await.unwrap();
    for viewer in [world.juan, world.ana] {
        assert!(world.store.edits(viewer, room, message.id).await.unwrap().edits.is_empty());
    }
}
