//! The contract of a store, as one suite over any way to make one. A second database joins by calling [`suite`] too.

mod edits;
mod pins;
mod posts;
mod read;
mod search;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use recado_protocol::{
    ChatType, ErrorCode, Role, Room, RoomId, ServerFrame, Timestamp, UserId,
    frame::{RoomCursors, RoomRange, RoomSync, SyncFrame},
    me::MyRoomPatch,
    permission::{Action, may},
    room::{NewParticipant, NewRoom, RoomPatch},
};

use super::*;
use crate::clock::ManualClock;

mod people;

/// Keeps what was published.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Event>>);

impl Publisher for Heard {
    fn publish(&self, events: Vec<Event>) {
        self.0.lock().unwrap().extend(events);
    }
}

struct World {
    store: Store,
    clock: Arc<ManualClock>,
    heard: Arc<Heard>,
    ana: UserId,
    juan: UserId,
    lucia: UserId,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)));
        let heard = Arc::new(Heard::default());
        let store = open(dir.path(), clock.clone(), heard.clone()).await;
        let mut people = Vec::new();
        for name in ["ana", "juan", "lucia"] {
            let new = NewUser {
                username: name.into(),
                display_name: name.into(),
                password_hash: "hash".into(),
                is_admin: false,
            };
            let admission = Admission { by_command: true, ..Admission::default() };
            people.push(store.register(new, admission).await.unwrap().id);
        }
        Self { store, clock, heard, ana: people[0], juan: people[1], lucia: people[2], dir }
    }

    async fn room(&self, chat_type: ChatType, others: &[UserId]) -> RoomId {
        let new = NewRoom { name: Some("plaza".into()), chat_type, participants: others.to_vec(), client_id: None };
        self.store.create_room(self.ana, new).await.unwrap().0.id
    }

    async fn say(&self, who: UserId, room: RoomId, text: &str) -> Message {
        self.store.post_message(who, room, post(text)).await.unwrap().message
    }

    async fn sync_room(&self, who: UserId, room: RoomId, cursors: RoomCursors) -> Vec<RoomSync> {
        let request = SyncRequest { rooms: HashMap::from([(room, cursors)]), ..SyncRequest::default() };
        let answer = self.store.sync(who, request).await.unwrap();
        answer
            .frames
            .into_iter()
            .filter_map(|frame| match frame {
                ServerFrame::Sync(SyncFrame::Room(sync)) => Some(sync),
                _ => None,
            })
            .collect()
    }

    async fn view(&self, who: UserId, room: RoomId) -> Room {
        self.store.room(who, room).await.unwrap()
    }
}

async fn open(dir: &std::path::Path, clock: Arc<ManualClock>, publisher: Arc<Heard>) -> Store {
    let path = dir.join("recado.db");
    Store::open(StoreOptions { path, clock, publisher, max_message_chars: 100 }).await.unwrap()
}

fn post(text: &str) -> NewPost {
    NewPost { content: text.into(), ..NewPost::default() }
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

#[tokio::test]
async fn a_repeat_answers_the_first_values_even_after_an_edit_a_restart_and_a_removal() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let again = NewPost { client_id: Some("c1".into()), ..post("hola") };
    let first = world.store.post_message(world.juan, room, again.clone()).await.unwrap();
    world.store.edit_message(world.juan, room, first.message.id, "hola a todas".into(), None).await.unwrap();
    world.store.remove_participant(world.ana, room, world.juan).await.unwrap();
    let other = world.room(ChatType::Group, &[world.juan]).await;
    assert_eq!(code(world.store.post_message(world.juan, other, again.clone()).await), ErrorCode::Conflict);

    world.store.close().await;
    let store = open(world.dir.path(), world.clock.clone(), world.heard.clone()).await;
    let repeat = store.post_message(world.juan, room, again).await.unwrap();
    assert!(repeat.duplicate && !first.duplicate);
    assert_eq!((repeat.message.id, repeat.message.seq), (first.message.id, first.message.seq));
    assert_eq!((repeat.first_rev, repeat.message.created_at), (first.first_rev, first.message.created_at));
}

#[tokio::test]
async fn every_lasting_change_takes_one_rev_and_tells_one_frame() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let message = world.say(world.ana, room, "uno").await;
    world.store.set_reaction(world.juan, room, message.id, "👍".into(), ReactionChange::Set).await.unwrap();
    world.store.set_reaction(world.juan, room, message.id, "👍".into(), ReactionChange::Set).await.unwrap();
    world.store.edit_message(world.ana, room, message.id, "dos".into(), None).await.unwrap();
    world.store.add_participant(world.ana, room, NewParticipant { user_id: world.lucia, role: None }).await.unwrap();
    world
        .store
        .patch_room(world.ana, room, RoomPatch { name: Some("patio".into()), ..RoomPatch::default() })
        .await
        .unwrap();
    world.store.delete_message(world.ana, room, message.id).await.unwrap();
    world.store.delete_message(world.ana, room, message.id).await.unwrap();
    let revs: Vec<Rev> = world
        .heard
        .0
        .lock()
        .unwrap()
        .iter()
        .filter_map(|event| match event {
            Event::Room { room: told, rev, .. } if *told == room => Some(*rev),
            _ => None,
        })
        .collect();
    let head = world.view(world.ana, room).await.rev;
    assert_eq!(revs, (2..=head).collect::<Vec<_>>());
}

#[tokio::test]
async fn seq_is_dense_and_time_never_goes_back() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let first = world.say(world.ana, room, "uno").await;
    world.clock.advance(-60_000);
    let second = world.say(world.juan, room, "dos").await;
    assert_eq!((first.seq, second.seq), (1, 2));
    assert!(second.created_at >= first.created_at);
}

#[tokio::test]
async fn many_at_once_are_all_stored_and_a_bad_one_fails_alone() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let sends = (0..200).map(|number| {
        let text = if number % 10 == 0 { String::new() } else { format!("mensaje {number}") };
        world.store.post_message(world.ana, room, post(&text))
    });
    let answers = futures_util::future::join_all(sends).await;
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    assert_eq!(refused, 20);
    let seqs: Vec<Seq> = answers.into_iter().flatten().map(|posted| posted.message.seq).collect();
    assert_eq!(seqs, (1..=180).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_posted_together_is_as_if_it_came_one_by_one() {
    let world = World::new().await;
    let rooms = [
        world.room(ChatType::Group, &[world.juan]).await,
        world.room(ChatType::Community, &[world.juan]).await,
        world.room(ChatType::Private, &[world.juan]).await,
    ];
    let archived = MyRoomPatch { archived: Some(true), ..MyRoomPatch::default() };
    world.store.set_my_room(world.juan, rooms[1], archived, None).await.unwrap();
    let quoted = world.say(world.juan, rooms[0], "¿y?").await;
    let before = world.heard.0.lock().unwrap().len();
    // Every text twice, as a client does that heard no answer; one in seven is an answer, one in five from outside.
    let sends = (0..200_usize).flat_map(|number| {
        let room = rooms[number % 3];
        let author = match number % 5 {
            0 => world.lucia,
            1 | 2 => world.juan,
            _ => world.ana,
        };
        let reply_to = (number % 7 == 0).then_some(quoted.id);
        let sent = NewPost { client_id: Some(format!("c{number}")), reply_to, ..post(&format!("@ana {number}")) };
        [(author, room, sent.clone()), (author, room, sent)]
    });
    let answers = sends.map(|(author, room, post)| world.store.post_message(author, room, post));
    let answers = futures_util::future::join_all(answers).await;
    for (number, pair) in answers.chunks(2).enumerate() {
        let is_refused = number % 5 == 0 || (number % 7 == 0 && number % 3 != 0);
        match (&pair[0], &pair[1]) {
            (Ok(first), Ok(again)) => {
                assert!(!is_refused, "{number}");
                assert!(!first.duplicate && again.duplicate, "{number}");
                assert_eq!((&again.message, again.first_rev), (&first.message, first.first_rev));
                assert_eq!(first.message.content, format!("@ana {number}"));
                assert_eq!(first.message.reply_to.is_some(), number % 7 == 0);
            }
            (Err(first), Err(again)) => {
                assert!(is_refused, "{number}: {first}");
                assert_eq!(first.code, again.code);
            }
            other => panic!("{number}: {other:?}"),
        }
    }
    for room in rooms {
        let last = world.view(world.ana, room).await.last_seq;
        let posted = answers.iter().flatten().filter(|posted| !posted.duplicate && posted.message.chat_room == room);
        let seqs: Vec<Seq> = posted.map(|posted| posted.message.seq).collect();
        assert_eq!(seqs, (last - seqs.len() as Seq + 1..=last).collect::<Vec<_>>());
    }
    // One frame a message, in the order of each room; and the archived room is in sight again.
    let events = world.heard.0.lock().unwrap().split_off(before);
    let mut revs: HashMap<RoomId, Vec<Rev>> = HashMap::new();
    for event in &events {
        if let Event::Room { room, rev, .. } = event {
            revs.entry(*room).or_default().push(*rev);
        }
    }
    for (room, revs) in revs {
        let head = world.view(world.ana, room).await.rev;
        assert_eq!(revs, (head - revs.len() as Rev + 1..=head).collect::<Vec<_>>());
    }
    let patch = MyRoomPatch::default();
    assert!(!world.store.set_my_room(world.juan, rooms[1], patch, None).await.unwrap().0.settings.archived);
}

#[tokio::test]
async fn unread_counts_others_messages_after_the_marker_and_equals_a_recount() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let first = world.say(world.ana, room, "hola @juan").await;
    let second = world.say(world.ana, room, "¿estás?").await;
    let seen = world.view(world.juan, room).await;
    assert_eq!((seen.unread, seen.mentions), (Some(2), Some(1)));
    world.store.delete_message(world.ana, room, first.id).await.unwrap();
    let seen = world.view(world.juan, room).await;
    assert_eq!((seen.unread, seen.mentions), (Some(1), Some(0)));
    let read = world.store.mark_read(world.juan, room, ReadTarget::Seq(99)).await.unwrap();
    assert_eq!(read, Some((second.id, 2)));
    assert_eq!(world.store.mark_read(world.juan, room, ReadTarget::Seq(1)).await.unwrap(), None);
    world.store.mark_unread(world.juan, room, 2, Some("u1".into())).await.unwrap();
    assert_eq!(world.view(world.juan, room).await.unread, Some(1));
    world.say(world.juan, room, "aquí").await;
    assert_eq!(world.view(world.juan, room).await.unread, Some(0));
    world.store.mark_unread(world.juan, room, 2, Some("u1".into())).await.unwrap();
    assert_eq!(world.view(world.juan, room).await.unread, Some(0), "a repeat changes nothing");
}

#[tokio::test]
async fn strangers_get_404_and_in_communities_403() {
    let world = World::new().await;
    let group = world.room(ChatType::Group, &[world.juan]).await;
    let community = world.room(ChatType::Community, &[]).await;
    for (room, want) in [(group, ErrorCode::NotFound), (community, ErrorCode::Forbidden)] {
        assert_eq!(code(world.store.post_message(world.lucia, room, post("x")).await), want);
        assert_eq!(code(world.store.messages(world.lucia, room, HistoryQuery::default()).await), want);
        assert_eq!(code(world.store.digest(world.lucia, room, None, None).await), want);
    }
    assert_eq!(code(world.store.room(world.lucia, group).await), ErrorCode::NotFound);
    assert!(world.view(world.lucia, community).await.participants.is_none());
    assert_eq!(code(world.store.join_room(world.lucia, group).await), ErrorCode::NotFound);
    assert_eq!(world.store.join_room(world.lucia, community).await.unwrap().participant_count, 2);
}

#[tokio::test]
async fn a_private_room_is_one_a_pair_and_comes_back_with_a_message() {
    let world = World::new().await;
    let new = NewRoom {
        name: None,
        chat_type: ChatType::Private,
        participants: vec![world.juan],
        client_id: Some("r".into()),
    };
    let (room, made) = world.store.create_room(world.ana, new.clone()).await.unwrap();
    assert!(made);
    assert!(!world.store.create_room(world.ana, new).await.unwrap().1);
    let back = NewRoom { name: None, chat_type: ChatType::Private, participants: vec![world.ana], client_id: None };
    assert_eq!(
        world.store.create_room(world.juan, back).await.unwrap(),
        (world.view(world.juan, room.id).await, false)
    );
    world.store.remove_participant(world.juan, room.id, world.juan).await.unwrap();
    assert!(world.store.rooms(world.juan).await.unwrap().is_empty());
    assert_eq!(world.store.rooms(world.ana).await.unwrap().len(), 1);
    world.say(world.ana, room.id, "¿sigues ahí?").await;
    assert_eq!(world.view(world.juan, room.id).await.unread, Some(1));
    let new = NewParticipant { user_id: world.lucia, role: None };
    assert_eq!(code(world.store.add_participant(world.ana, room.id, new).await), ErrorCode::Conflict);
    assert_eq!(code(world.store.delete_room(world.ana, room.id).await), ErrorCode::Forbidden);
}

#[tokio::test]
async fn a_room_whose_last_owner_leaves_gets_the_longest_standing_one() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[]).await;
    for user_id in [world.juan, world.lucia] {
        world.clock.advance(1000);
        world.store.add_participant(world.ana, room, NewParticipant { user_id, role: None }).await.unwrap();
    }
    world.store.remove_participant(world.ana, room, world.ana).await.unwrap();
    let people = world.view(world.juan, room).await.participants.unwrap();
    let roles: Vec<_> = people.iter().map(|participant| (participant.user.id, participant.role)).collect();
    assert_eq!(roles, [(world.juan, Some(Role::Owner)), (world.lucia, Some(Role::Member))]);
    assert_eq!(code(world.store.room(world.ana, room).await), ErrorCode::NotFound);
}

#[tokio::test]
async fn roles_decide_as_the_protocols_table_says() {
    let world = World::new().await;
    for role in [Role::Member, Role::Admin, Role::Owner] {
        let room = world.room(ChatType::Group, &[]).await;
        let new = NewParticipant { user_id: world.juan, role: Some(role) };
        world.store.add_participant(world.ana, room, new).await.unwrap();
        let others = world.say(world.ana, room, "de ana").await;
        let deleted = world.store.delete_message(world.juan, room, others.id).await;
        assert_eq!(deleted.is_ok(), may(role, ChatType::Group, Action::DeleteOthers), "{role:?}");
        let edited = world.store.edit_message(world.juan, room, others.id, "x".into(), None).await;
        assert_eq!(code(edited), ErrorCode::Forbidden);
        let patch = RoomPatch { name: Some("otro".into()), ..RoomPatch::default() };
        let patched = world.store.patch_room(world.juan, room, patch).await;
        assert_eq!(patched.is_ok(), may(role, ChatType::Group, Action::ChangeRoom), "{role:?}");
        let owner = NewParticipant { user_id: world.lucia, role: Some(Role::Owner) };
        let added = world.store.add_participant(world.juan, room, owner).await;
        assert_eq!(added.is_ok(), role == Role::Owner, "{role:?}");
    }
}

#[tokio::test]
async fn a_sync_brings_what_changed_and_the_newest_page_with_a_gap() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let mut sent = Vec::new();
    for number in 1..=5 {
        sent.push(world.say(world.ana, room, &number.to_string()).await);
    }
    let rev = world.view(world.juan, room).await.rev;
    let held = RoomRange { rev, from: 1, to: 5, to_id: Some(sent[4].id) };
    world.store.edit_message(world.ana, room, sent[1].id, "editado".into(), None).await.unwrap();
    let frames = world.sync_room(world.juan, room, RoomCursors::One(held.clone())).await;
    let [frame] = frames.as_slice() else { panic!("one frame, not {frames:?}") };
    assert_eq!((frame.messages.len(), frame.messages[0].content.as_str()), (1, "editado"));
    assert_eq!((frame.upto, frame.gap, frame.reset, frame.has_more), (rev + 1, None, false, false));

    for number in 6..=80 {
        world.say(world.ana, room, &number.to_string()).await;
    }
    let frames = world.sync_room(world.juan, room, RoomCursors::One(held.clone())).await;
    let last = frames.last().unwrap();
    assert_eq!(frames[0].messages[0].content, "editado");
    assert!(frames[0].has_more && frames[0].upto == frames[0].messages[0].rev);
    assert_eq!(last.gap.map(|gap| (gap.after_seq, gap.before_seq)), Some((5, 31)));
    assert_eq!((last.messages.len(), last.upto), (50, world.view(world.juan, room).await.rev));

    let all = world.sync_room(world.juan, room, RoomCursors::Rev(rev)).await;
    assert!(all.last().unwrap().gap.is_some(), "all up to rev is a range like any other");

    for wrong in [RoomRange { to_id: Some(sent[0].id), ..held.clone() }, RoomRange { rev: 10_000, ..held.clone() }] {
        let frames = world.sync_room(world.juan, room, RoomCursors::One(wrong)).await;
        assert!(frames[0].reset && frames[0].messages.len() == 50, "{frames:?}");
    }
}

#[tokio::test]
async fn lost_doorbells_are_made_up_for_from_the_rows() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let old = world.say(world.ana, room, "antes").await;
    let after = world.view(world.ana, room).await.rev;
    world.say(world.ana, room, "después").await;
    world.store.set_reaction(world.juan, room, old.id, "like".into(), ReactionChange::Toggle).await.unwrap();
    world.store.add_participant(world.ana, room, NewParticipant { user_id: world.lucia, role: None }).await.unwrap();
    let told: Vec<(Rev, ServerFrame)> = world
        .heard
        .0
        .lock()
        .unwrap()
        .iter()
        .filter_map(|event| match event {
            Event::Room { rev, frame, .. } if *rev > after => Some((*rev, frame.clone())),
            _ => None,
        })
        .collect();
    let derived = world.store.room_changes(room, after, 100).await.unwrap();
    let kinds = |frames: &[(Rev, ServerFrame)]| {
        frames.iter().map(|(rev, frame)| (*rev, std::mem::discriminant(frame))).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&derived), kinds(&told));
}

#[tokio::test]
async fn the_setup_code_and_invites_let_people_in_and_nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)));
    let store = open(dir.path(), clock.clone(), Arc::new(Heard::default())).await;
    let new = |name: &str| NewUser {
        username: name.into(),
        display_name: name.into(),
        password_hash: "hash".into(),
        is_admin: false,
    };
    let by_invite = |invite: Option<&str>| Admission {
        takes_invites: true,
        invite: invite.map(Into::into),
        ..Admission::default()
    };
    assert_eq!(code(store.register(new("ana"), by_invite(None)).await), ErrorCode::Forbidden);
    let setup = Admission { has_setup_code: true, ..by_invite(None) };
    let ana = store.register(new("ana"), setup.clone()).await.unwrap();
    assert_eq!(ana.is_admin, Some(true));
    assert_eq!(code(store.register(new("juan"), setup).await), ErrorCode::Forbidden, "the code is for the first only");
    store.create_invite(ana.id, "abc".into(), recado_protocol::auth::NewInvite::default()).await.unwrap();
    assert_eq!(code(store.register(new("ANA"), by_invite(Some("abc"))).await), ErrorCode::UsernameTaken);
    let juan = store.register(new("juan"), by_invite(Some("abc"))).await.unwrap();
    assert_eq!(juan.is_admin, Some(false));
    assert_eq!(code(store.register(new("lucia"), by_invite(Some("abc"))).await), ErrorCode::Forbidden, "it is used up");
    store.create_invite(ana.id, "def".into(), recado_protocol::auth::NewInvite::default()).await.unwrap();
    clock.advance(8 * 24 * 3600 * 1000);
    assert_eq!(code(store.register(new("lucia"), by_invite(Some("def"))).await), ErrorCode::Forbidden, "it is too old");
}

#[tokio::test]
async fn a_page_of_history_read_later_hides_no_change_of_people_or_settings() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    for text in ["uno", "dos", "tres"] {
        world.say(world.ana, room, text).await;
    }
    let held = world.view(world.ana, room).await.rev;
    world.store.add_participant(world.ana, room, NewParticipant { user_id: world.lucia, role: None }).await.unwrap();
    let name = Some("otra plaza".into());
    world.store.patch_room(world.ana, room, RoomPatch { name, ..RoomPatch::default() }).await.unwrap();
    let head = world.view(world.ana, room).await.rev;
    let ranges = vec![
        RoomRange { rev: head, from: 1, to: 2, to_id: None },
        RoomRange { rev: held, from: 3, to: 3, to_id: None },
    ];
    let rooms = HashMap::from([(room, RoomCursors::Many(ranges))]);
    let frames = world.store.sync(world.ana, SyncRequest { rooms, ..SyncRequest::default() }).await.unwrap().frames;
    assert!(matches!(&frames[0], ServerFrame::Room(told) if told.room.name.as_deref() == Some("otra plaza")));
    let people: Vec<UserId> = frames
        .iter()
        .filter_map(|frame| match frame {
            ServerFrame::Sync(SyncFrame::Room(sync)) => Some(&sync.participants),
            _ => None,
        })
        .flatten()
        .map(|participant| participant.user.id)
        .collect();
    assert_eq!(people, [world.lucia]);
}
