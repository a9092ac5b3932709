//! Read markers, what is unread behind them, and who is told.

use std::collections::HashSet;

use proptest::prelude::*;
use recado_protocol::mention::Mentions;

use super::*;

/// Something that may change what is unread or calls somebody; numbers choose a person and a message among those there are.
#[derive(Clone, Debug)]
enum Step {
    Say(u8, &'static str),
    Edit(u8, &'static str),
    Delete(u8),
    Pin(u8),
    Read(u8, u8),
    Unread(u8, u8),
    Leave(u8),
    Come(u8),
    Raise(u8),
    Lower(u8),
    Block(u8, u8),
    Unblock(u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text =
        || prop::sample::select(vec!["hola", "@juan ven", "`@juan`", "@room a comer", "@Ána y @lucia", "@room @juan"]);
    let (who, other) = (|| 0..3_u8, || 1..3_u8);
    let one = prop_oneof![
        6 => (who(), text()).prop_map(|(who, text)| Step::Say(who, text)),
        3 => (any::<u8>(), text()).prop_map(|(message, text)| Step::Edit(message, text)),
        2 => any::<u8>().prop_map(Step::Delete),
        1 => any::<u8>().prop_map(Step::Pin),
        3 => (who(), any::<u8>()).prop_map(|(who, seq)| Step::Read(who, seq)),
        3 => (who(), any::<u8>()).prop_map(|(who, seq)| Step::Unread(who, seq)),
        1 => other().prop_map(Step::Leave),
        1 => other().prop_map(Step::Come),
        1 => other().prop_map(Step::Raise),
        1 => other().prop_map(Step::Lower),
        1 => (who(), who()).prop_map(|(who, whom)| Step::Block(who, whom)),
        1 => (who(), who()).prop_map(|(who, whom)| Step::Unblock(who, whom)),
    ];
    prop::collection::vec(one, 1..60)
}

/// A room and its people in the order ana, juan, lucia, with what a recount has to know besides the messages.
struct Play {
    world: World,
    people: [UserId; 3],
    room: RoomId,
    said: Vec<(MessageId, Seq, usize)>,
    /// Messages by which somebody who might called everyone when it was last written.
    to_all: HashSet<Seq>,
    may_call_all: [bool; 3],
    blocks: HashSet<(usize, usize)>,
}

impl Play {
    async fn new() -> Self {
        let world = World::new().await;
        let people = [world.ana, world.juan, world.lucia];
        let room = world.room(ChatType::Group, &people[1..]).await;
        Self {
            world,
            people,
            room,
            said: Vec::new(),
            to_all: HashSet::new(),
            may_call_all: [true, false, false],
            blocks: HashSet::new(),
        }
    }

    fn wrote(&mut self, seq: Seq, who: usize, text: &str) {
        if self.may_call_all[who] && Mentions::of(text).room {
            self.to_all.insert(seq);
        } else {
            self.to_all.remove(&seq);
        }
    }

    /// What somebody is told of the room, against a recount over its messages as they are.
    async fn recount(&self) {
        const NAMES: [&str; 3] = ["ana", "juan", "lucia"];
        let query = HistoryQuery { limit: Some(200), ..HistoryQuery::default() };
        for (at, viewer) in self.people.into_iter().enumerate() {
            let Ok(told) = self.world.store.room(viewer, self.room).await else { continue };
            let all = self.world.store.messages(viewer, self.room, query).await.unwrap().messages;
            let marker = told.last_read_seq.unwrap_or(0);
            let counts = |message: &&Message| {
                let is_news = message.seq > marker && message.sender.id != viewer;
                is_news && !message.is_deleted && message.message_type != MessageType::System
            };
            let calls = |message: &&Message| {
                assert_eq!(
                    message.mentions_room,
                    !message.is_deleted && self.to_all.contains(&message.seq),
                    "{message:?}"
                );
                let sender = self.people.iter().position(|user| *user == message.sender.id).unwrap();
                !self.blocks.contains(&(at, sender))
                    && Mentions::of(&message.content).call(NAMES[at], message.mentions_room)
            };
            let unread = all.iter().filter(counts).count() as i64;
            let mentions = all.iter().filter(counts).filter(calls).count() as i64;
            assert_eq!((told.unread, told.mentions), (Some(unread), Some(mentions)), "{} {marker}", NAMES[at]);
            let request = SyncRequest { me: Some(0), ..SyncRequest::default() };
            let frames = self.world.store.sync(viewer, request).await.unwrap().frames;
            let mine = frames.iter().find_map(|frame| match frame {
                ServerFrame::Sync(SyncFrame::Me(sync)) => sync.me.rooms.iter().find(|mine| mine.chat_room == self.room),
                _ => None,
            });
            assert_eq!(mine.map(|mine| (mine.unread, mine.mentions)), Some((unread, mentions)));
        }
    }

    /// Changes a list of whom somebody blocks. Devices are told where a count moves by it: no message tells them.
    async fn block(&mut self, who: usize, whom: usize, on: bool) {
        let store = &self.world.store;
        let (viewer, other) = (self.people[who], self.people[whom]);
        let count = async || store.room(viewer, self.room).await.ok().and_then(|room| room.mentions);
        let before = count().await;
        self.world.heard.0.lock().unwrap().clear();
        let outcome = if on { store.block(viewer, other).await } else { store.unblock(viewer, other).await };
        assert_eq!(outcome.is_ok(), who != whom || !on);
        if who == whom {
            return;
        }
        let after = count().await;
        let told = self.world.heard.0.lock().unwrap().iter().rev().find_map(|event| match event {
            Event::Me { user, frame: ServerFrame::Sync(SyncFrame::Me(sync)), .. } if *user == viewer => {
                sync.me.rooms.first().map(|mine| mine.mentions)
            }
            _ => None,
        });
        if before != after {
            assert_eq!(told, after);
        }
        if on {
            self.blocks.insert((who, whom));
        } else {
            self.blocks.remove(&(who, whom));
        }
    }

    async fn step(&mut self, step: Step) {
        let (people, room) = (self.people, self.room);
        let store = self.world.store.clone();
        let last = self.said.last().map_or(0, |(_, seq, _)| *seq);
        let some = |at: u8| self.said.get(usize::from(at) % self.said.len().max(1)).copied();
        match step {
            Step::Say(who, text) => {
                let who = usize::from(who);
                if let Ok(posted) = store.post_message(people[who], room, post(text)).await {
                    self.wrote(posted.message.seq, who, text);
                    self.said.push((posted.message.id, posted.message.seq, who));
                }
            }
            Step::Edit(at, text) => {
                let Some((id, seq, who)) = some(at) else { return };
                if store.edit_message(people[who], room, id, text.into(), None).await.is_ok() {
                    self.wrote(seq, who, text);
                }
            }
            Step::Delete(at) => {
                let Some((id, ..)) = some(at) else { return };
                store.delete_message(people[0], room, id).await.unwrap();
            }
            Step::Pin(at) => {
                let Some((id, ..)) = some(at) else { return };
                let _deleted = store.pin_message(people[0], room, id, true).await;
            }
            Step::Read(who, seq) => {
                let seq = ReadTarget::Seq(i64::from(seq) % (last + 2));
                let _not_in = store.mark_read(people[usize::from(who)], room, seq).await;
            }
            Step::Unread(who, seq) => {
                let seq = 1 + i64::from(seq) % (last + 2);
                let _not_in = store.mark_unread(people[usize::from(who)], room, seq, None).await;
            }
            Step::Leave(who) => {
                let who = usize::from(who);
                let _not_in = store.remove_participant(people[who], room, people[who]).await;
                self.may_call_all[who] = false;
            }
            Step::Come(who) => {
                let new = NewParticipant { user_id: people[usize::from(who)], role: None };
                store.add_participant(people[0], room, new).await.unwrap();
            }
            Step::Raise(who) | Step::Lower(who) => {
                let is_up = matches!(step, Step::Raise(_));
                let (who, role) = (usize::from(who), if is_up { Role::Admin } else { Role::Member });
                if store.set_role(people[0], room, people[who], role).await.is_ok() {
                    self.may_call_all[who] = is_up;
                }
            }
            Step::Block(who, whom) => self.block(usize::from(who), usize::from(whom), true).await,
            Step::Unblock(who, whom) => self.block(usize::from(who), usize::from(whom), false).await,
        }
    }
}

async fn play(steps: Vec<Step>) {
    let mut play = Play::new().await;
    for step in steps {
        play.step(step).await;
        play.recount().await;
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
