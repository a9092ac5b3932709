//! What is a person's own, and how people stand to each other.

use recado_protocol::me::MyRoomPatch;

use super::*;
use crate::clock::Clock;

#[tokio::test]
async fn own_settings_move_ones_own_stream_alone_and_a_repeat_changes_nothing() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let (rev, me) = (world.view(world.ana, room).await.rev, world.store.me_head(world.juan).await.unwrap());
    let set = |patch: MyRoomPatch, client_id: Option<&str>| {
        world.store.set_my_room(world.ana, room, patch, client_id.map(Into::into))
    };
    let until = Some(Timestamp(world.clock.now().millis() + 60_000));
    let mute = MyRoomPatch { muted_until: Some(until), favourite: Some(true), ..MyRoomPatch::default() };
    let (mine, stood) = set(mute.clone(), Some("s1")).await.unwrap();
    assert!(mine.muted && mine.settings.favourite);
    world.say(world.ana, room, "hola").await;
    let back = MyRoomPatch { favourite: Some(false), ..MyRoomPatch::default() };
    world.clock.advance(60_000);
    let (mine, later) = set(back, None).await.unwrap();
    assert!(!mine.muted && mine.settings.muted_until == until, "it ended by itself");
    assert!(later > stood);
    assert_eq!(set(mute, Some("s1")).await.unwrap(), (mine, later), "known");
    assert_eq!(world.view(world.ana, room).await.rev, rev + 1, "the room saw a message and nothing else");
    assert_eq!(world.store.me_head(world.juan).await.unwrap(), me);
    assert_eq!(
        code(set(MyRoomPatch { nickname: Some(Some("x".into())), ..MyRoomPatch::default() }, None).await),
        ErrorCode::InvalidRequest
    );
    let request = SyncRequest { me: Some(stood), ..SyncRequest::default() };
    let frames = world.store.sync(world.ana, request).await.unwrap().frames;
    let told = frames.iter().find_map(|frame| match frame {
        ServerFrame::Sync(SyncFrame::Me(sync)) => sync.me.rooms.first(),
        _ => None,
    });
    assert!(told.is_some_and(|told| told.chat_room == room && !told.settings.favourite), "{frames:?}");
}
