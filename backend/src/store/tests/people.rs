//! What is a person's own, and how people stand to each other.

use recado_protocol::{invite::NewRoomInvite, me::MyRoomPatch, user::Status};

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

#[tokio::test]
async fn a_choice_of_presence_is_told_once_and_to_oneself_alone() {
    let world = World::new().await;
    let before = world.store.me_start(world.ana).await.unwrap();
    assert_eq!(before.1, Status::Online);
    let rev = world.store.set_presence(world.ana, Status::Dnd).await.unwrap();
    assert_eq!(rev, before.0 + 1);
    assert_eq!(world.store.set_presence(world.ana, Status::Dnd).await.unwrap(), rev, "no news");
    assert_eq!(world.store.me_start(world.ana).await.unwrap(), (rev, Status::Dnd));
    assert_eq!(code(world.store.set_presence(world.ana, Status::Away).await), ErrorCode::InvalidRequest);
    let told = |after| SyncRequest { me: Some(after), ..SyncRequest::default() };
    let presence = async |after| {
        let frames = world.store.sync(world.ana, told(after)).await.unwrap().frames;
        frames.iter().find_map(|frame| match frame {
            ServerFrame::Sync(SyncFrame::Me(sync)) => sync.me.presence,
            _ => None,
        })
    };
    assert_eq!((presence(before.0).await, presence(rev).await), (Some(Status::Dnd), None));
}

#[tokio::test]
async fn a_disabled_owner_hands_on_and_the_last_one_cannot_step_down() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan, world.lucia]).await;
    assert_eq!(code(world.store.set_role(world.ana, room, world.ana, Role::Admin).await), ErrorCode::Conflict);
    world.store.set_role(world.ana, room, world.lucia, Role::Admin).await.unwrap();
    world.store.disable(world.ana).await.unwrap();
    let role = async |who| {
        let people = world.view(world.juan, room).await.participants.unwrap();
        people.iter().find(|one| one.user.id == who).and_then(|one| one.role)
    };
    assert_eq!(role(world.lucia).await, Some(Role::Owner), "the admin, not the older member");
    assert_eq!(code(world.store.transfer_room(world.lucia, room, world.ana).await), ErrorCode::InvalidRequest);
    world.store.transfer_room(world.lucia, room, world.juan).await.unwrap();
    assert_eq!((role(world.juan).await, role(world.lucia).await), (Some(Role::Owner), Some(Role::Admin)));
}

#[tokio::test]
async fn a_link_is_used_up_together_with_who_comes_in() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[]).await;
    let once = NewRoomInvite { max_uses: Some(1), ..NewRoomInvite::default() };
    world.store.create_room_invite(world.ana, room, "abc".into(), once).await.unwrap();
    let joins = [world.juan, world.lucia].map(|who| world.store.join_by_invite(who, "abc".into()));
    let answers = futures_util::future::join_all(joins).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.view(world.ana, room).await.participant_count, 2);
    let new = NewRoomInvite::default();
    world.store.create_room_invite(world.ana, room, "def".into(), new).await.unwrap();
    world.clock.advance(8 * 24 * 3600 * 1000);
    assert_eq!(code(world.store.join_by_invite(world.lucia, "def".into()).await), ErrorCode::Forbidden);
}

#[tokio::test]
async fn who_is_blocked_writes_into_a_room_that_stays_hidden() {
    let world = World::new().await;
    let room = world.room(ChatType::Private, &[world.juan]).await;
    world.store.block(world.ana, world.juan).await.unwrap();
    world.say(world.juan, room, "hola").await;
    assert!(world.store.rooms(world.ana).await.unwrap().is_empty());
    assert_eq!(world.store.blocked(world.ana).await.unwrap()[0].id, world.juan);
    world.store.unblock(world.ana, world.juan).await.unwrap();
    assert!(world.store.rooms(world.ana).await.unwrap().is_empty(), "not before there is news");
    world.say(world.juan, room, "¿estás?").await;
    assert_eq!(world.view(world.ana, room).await.unread, Some(1));
}
