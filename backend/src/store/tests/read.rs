//! Read markers, what is unread behind them, and who is told.

use proptest::prelude::*;
use recado_protocol::mention::Mentions;

use super::*;

/// Something that may change what is unread; numbers choose a person and a message among those there are.
#[derive(Clone, Debug)]
enum Step {
    Say(u8, &'static str),
    Edit(u8, &'static str),
    Delete(u8),
    Read(u8, u8),
    Unread(u8, u8),
    Leave(u8),
    Come(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text =
        || prop::sample::select(vec!["hola", "@juan ven", "`@juan`", "@room a comer", "@Ána y @lucia", "@room @juan"]);
    let who = || 0..3_u8;
    let one = prop_oneof![
        5 => (who(), text()).prop_map(|(who, text)| Step::Say(who, text)),
        2 => (any::<u8>(), text()).prop_map(|(message, text)| Step::Edit(message, text)),
        2 => any::<u8>().prop_map(Step::Delete),
        3 => (who(), any::<u8>()).prop_map(|(who, seq)| Step::Read(who, seq)),
        2 => (who(), any::<u8>()).prop_map(|(who, seq)| Step::Unread(who, seq)),
        1 => (1..3_u8).prop_map(Step::Leave),
        1 => (1..3_u8).prop_map(Step::Come),
    ];
    prop::collection::vec(one, 1..40)
}

/// What somebody is told of a room, against a recount over its messages as they are. A mention counts for whom it called when
/// it was written, so that is noted apart.
async fn recount(world: &World, room: RoomId, people: &[UserId; 3], called: &HashMap<Seq, Vec<UserId>>) {
    let query = HistoryQuery { limit: Some(200), ..HistoryQuery::default() };
    for viewer in people {
        let Ok(told) = world.store.room(*viewer, room).await else { continue };
        let all = world.store.messages(*viewer, room, query).await.unwrap().messages;
        let marker = told.last_read_seq.unwrap_or(0);
        let counts = |message: &&Message| {
            let is_news = message.seq > marker && message.sender.id != *viewer;
            is_news && !message.is_deleted && message.message_type != MessageType::System
        };
        let unread = all.iter().filter(counts).count() as i64;
        let is_called = |message: &&Message| called.get(&message.seq).is_some_and(|called| called.contains(viewer));
        let mentions = all.iter().filter(counts).filter(is_called).count() as i64;
        assert_eq!((told.unread, told.mentions), (Some(unread), Some(mentions)), "{:?} {marker}", told.participants);
        let request = SyncRequest { me: Some(0), ..SyncRequest::default() };
        let frames = world.store.sync(*viewer, request).await.unwrap().frames;
        let mine = frames.iter().find_map(|frame| match frame {
            ServerFrame::Sync(SyncFrame::Me(sync)) => sync.me.rooms.iter().find(|mine| mine.chat_room == room),
            _ => None,
        });
        assert_eq!(mine.map(|mine| (mine.unread, mine.mentions)), Some((unread, mentions)));
    }
}

async fn play(steps: Vec<Step>) {
    let world = World::new().await;
    let people = [world.ana, world.juan, world.lucia];
    let names = ["ana", "juan", "lucia"];
    let room = world.room(ChatType::Group, &people[1..]).await;
    let mut present = [true; 3];
    let mut said: Vec<(MessageId, Seq, usize)> = Vec::new();
    let mut called: HashMap<Seq, Vec<UserId>> = HashMap::new();
    let whom = |text: &str, sender: usize, present: &[bool; 3]| {
        let mentions = Mentions::of(text);
        let is_called = |at: &usize| *at != sender && present[*at] && mentions.call(names[*at], sender == 0);
        (0..3).filter(is_called).map(|at| people[at]).collect::<Vec<_>>()
    };
    for step in steps {
        let last = said.last().map_or(0, |(_, seq, _)| *seq);
        match step {
            Step::Say(who, text) => {
                let who = usize::from(who);
                if let Ok(posted) = world.store.post_message(people[who], room, post(text)).await {
                    called.insert(posted.message.seq, whom(text, who, &present));
                    said.push((posted.message.id, posted.message.seq, who));
                }
            }
            Step::Edit(at, text) if !said.is_empty() => {
                let (id, seq, who) = said[usize::from(at) % said.len()];
                if world.store.edit_message(people[who], room, id, text.into(), None).await.is_ok() {
                    called.insert(seq, whom(text, who, &present));
                }
            }
            Step::Delete(at) if !said.is_empty() => {
                let (id, ..) = said[usize::from(at) % said.len()];
                world.store.delete_message(world.ana, room, id).await.unwrap();
            }
            Step::Read(who, seq) => {
                let seq = ReadTarget::Seq(i64::from(seq) % (last + 2));
                let _not_in = world.store.mark_read(people[usize::from(who)], room, seq).await;
            }
            Step::Unread(who, seq) => {
                let seq = 1 + i64::from(seq) % (last + 2);
                let _not_in = world.store.mark_unread(people[usize::from(who)], room, seq, None).await;
            }
            Step::Leave(who) => {
                let who = usize::from(who);
                let _not_in = world.store.remove_participant(people[who], room, people[who]).await;
                present[who] = false;
            }
            Step::Come(who) => {
                let who = usize::from(who);
                let new = NewParticipant { user_id: people[who], role: None };
                world.store.add_participant(world.ana, room, new).await.unwrap();
                present[who] = true;
            }
            Step::Edit(..) | Step::Delete(_) => {}
        }
        recount(&world, room, &people, &called).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn unread_and_mentions_equal_a_recount_whatever_happened(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(play(steps));
    }
}

#[tokio::test]
async fn who_does_not_tell_is_not_told_and_the_others_are_unaffected() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan, world.lucia]).await;
    world.say(world.ana, room, "hola").await;
    world.store.set_read_receipts(world.lucia, false).await.unwrap();
    for reader in [world.juan, world.lucia] {
        world.store.mark_read(reader, room, ReadTarget::Seq(1)).await.unwrap();
    }
    let told: Vec<(UserId, Vec<UserId>)> = world
        .heard
        .0
        .lock()
        .unwrap()
        .iter()
        .filter_map(|event| match event {
            Event::Transient { from, except, frame: ServerFrame::MessageRead { read_at: Some(_), .. }, .. } => {
                Some((*from, except.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, [(world.juan, vec![world.lucia])]);
    let marker = async |viewer, of| {
        let people = world.store.participants(viewer, room).await.unwrap();
        let found = people.into_iter().find(|participant| participant.user.id == of).unwrap();
        assert_eq!(found.last_read_seq > 0, found.read_at.is_some());
        found.last_read_seq
    };
    assert_eq!(marker(world.ana, world.juan).await, 1);
    assert_eq!(marker(world.ana, world.lucia).await, 0, "she does not tell");
    assert_eq!(marker(world.lucia, world.juan).await, 0, "so she is not told");
    assert_eq!(marker(world.lucia, world.lucia).await, 1, "but her own devices are");
    world.store.set_read_receipts(world.lucia, true).await.unwrap();
    assert_eq!(marker(world.ana, world.lucia).await, 1);
    assert_eq!(marker(world.lucia, world.juan).await, 1);
}
