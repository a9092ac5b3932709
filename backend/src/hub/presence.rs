//! Who is there: sockets of people, on every node, counted as one.
//!
//! Two facts are told: whether a *person* has any socket open (to those who watch a room of theirs), and whether a person has
//! a room socket on a *room* (to that room's sockets, as the first version did). Each node says what changed on it, with a
//! version; every second it says that it lives and at which version; who finds a version that does not follow asks for
//! the whole. A node that falls silent is forgotten with its people. Pure: told the time, it tells what to say.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use recado_protocol::{RoomId, UserId, user::Status};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::bus::NodeId;

/// How often a node says that it lives.
pub(super) const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// Silence after which a node is gone.
pub(super) const SILENCE: Duration = Duration::from_secs(6);

/// What nodes tell each other about their people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// How a person stands on that node now; `opened`: a room socket was just opened there.
    Change {
        version: u64,
        person: Here,
        opened: Option<RoomId>,
    },
    Alive {
        version: u64,
    },
    /// All of that node's people.
    All {
        version: u64,
        people: Vec<Here>,
    },
    /// That node should tell all.
    Ask {
        of: NodeId,
    },
    /// The sender stops.
    Gone,
}

/// A person on one node. Without device and rooms: not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Here {
    user: UserId,
    username: String,
    device: bool,
    rooms: Vec<RoomId>,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// A person came or went.
    Person { user: UserId, username: String, status: Status },
    /// A person's room socket was opened, or their last one on this room ended.
    Room { room: RoomId, user: UserId, username: String, status: Status },
}

#[derive(Debug, Default)]
struct Person {
    username: String,
    devices: u32,
    rooms: BTreeMap<RoomId, u32>,
}

impl Person {
    fn is_empty(&self) -> bool {
        self.devices == 0 && self.rooms.is_empty()
    }
}

#[derive(Debug)]
struct Node {
    version: u64,
    people: HashMap<UserId, Person>,
    heard: Instant,
}

#[derive(Debug)]
pub(super) struct Presence {
    own: NodeId,
    version: u64,
    here: HashMap<UserId, Person>,
    others: HashMap<NodeId, Node>,
}

/// What a change on this node leads to: what to tell here, and what to tell the other nodes.
pub(super) type Changed = (Vec<Told>, News);

impl Presence {
    pub(super) fn new(own: NodeId) -> Self {
        Self { own, version: 0, here: HashMap::new(), others: HashMap::new() }
    }

    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.here.contains_key(&user) || self.others.values().any(|node| node.people.contains_key(&user))
    }

    fn is_in(&self, user: UserId, room: RoomId) -> bool {
        let has = |people: &HashMap<UserId, Person>| people.get(&user).is_some_and(|p| p.rooms.contains_key(&room));
        has(&self.here) || self.others.values().any(|node| has(&node.people))
    }

    pub(super) fn device_opened(&mut self, user: UserId, username: &str) -> Changed {
        self.change(user, username, None, |person| person.devices += 1)
    }

    pub(super) fn device_closed(&mut self, user: UserId, username: &str) -> Changed {
        self.change(user, username, None, |person| person.devices = person.devices.saturating_sub(1))
    }

    pub(super) fn room_opened(&mut self, user: UserId, username: &str, room: RoomId) -> Changed {
        self.change(user, username, Some(room), |person| *person.rooms.entry(room).or_default() += 1)
    }

    pub(super) fn room_closed(&mut self, user: UserId, username: &str, room: RoomId) -> Changed {
        self.change(user, username, None, |person| {
            if let Some(count) = person.rooms.get_mut(&room) {
                *count -= 1;
                if *count == 0 {
                    person.rooms.remove(&room);
                }
            }
        })
    }

    fn change(
        &mut self,
        user: UserId,
        username: &str,
        opened: Option<RoomId>,
        change: impl FnOnce(&mut Person),
    ) -> Changed {
        let before = self.stand(user, opened);
        let person = self.here.entry(user).or_default();
        username.clone_into(&mut person.username);
        change(person);
        let here = Here {
            user,
            username: username.to_owned(),
            device: person.devices > 0,
            rooms: person.rooms.keys().copied().collect(),
        };
        if person.is_empty() {
            self.here.remove(&user);
        }
        self.version += 1;
        let told = self.compare(user, username, &before, opened);
        (told, News::Change { version: self.version, person: here, opened })
    }

    /// What this node says every [`ALIVE_EVERY`].
    pub(super) fn alive(&self) -> News {
        News::Alive { version: self.version }
    }

    /// Another node said something: what to tell here, and what to answer.
    pub(super) fn heard(&mut self, from: NodeId, news: News, now: Instant) -> (Vec<Told>, Option<News>) {
        match news {
            News::Ask { of } => (vec![], (of == self.own).then(|| self.all())),
            News::Gone => (self.forget(from), None),
            News::Alive { version } => {
                let known = self.others.get_mut(&from).is_some_and(|node| {
                    node.heard = now;
                    node.version == version
                });
                (vec![], (!known).then_some(News::Ask { of: from }))
            }
            News::Change { version, person, opened } => {
                let node =
                    self.others.entry(from).or_insert_with(|| Node { version: 0, people: HashMap::new(), heard: now });
                node.heard = now;
                if version <= node.version {
                    return (vec![], None);
                }
                let follows = version == node.version + 1;
                // A hole stays a hole until the whole has come: the next `alive` will not match either.
                if follows {
                    node.version = version;
                }
                (self.stands(from, &person, opened), (!follows).then_some(News::Ask { of: from }))
            }
            News::All { version, people } => {
                let node =
                    self.others.entry(from).or_insert_with(|| Node { version: 0, people: HashMap::new(), heard: now });
                node.heard = now;
                node.version = version;
                let listed: BTreeSet<UserId> = people.iter().map(|person| person.user).collect();
                let absent: Vec<Here> = node
                    .people
                    .iter()
                    .filter(|(user, _)| !listed.contains(user))
                    .map(|(user, person)| Here {
                        user: *user,
                        username: person.username.clone(),
                        device: false,
                        rooms: vec![],
                    })
                    .collect();
                let told =
                    people.into_iter().chain(absent).flat_map(|person| self.stands(from, &person, None)).collect();
                (told, None)
            }
        }
    }

    /// Forgets nodes that have been silent too long.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Told> {
        let silent: Vec<NodeId> =
            self.others.iter().filter(|(_, node)| now - node.heard > SILENCE).map(|(id, _)| *id).collect();
        silent.into_iter().flat_map(|node| self.forget(node)).collect()
    }

    /// This node cannot hear the others: their silence says nothing.
    pub(super) fn excuse(&mut self, now: Instant) {
        for node in self.others.values_mut() {
            node.heard = now;
        }
    }

    fn all(&self) -> News {
        let people = self
            .here
            .iter()
            .map(|(user, person)| Here {
                user: *user,
                username: person.username.clone(),
                device: person.devices > 0,
                rooms: person.rooms.keys().copied().collect(),
            })
            .collect();
        News::All { version: self.version, people }
    }

    fn forget(&mut self, node: NodeId) -> Vec<Told> {
        let people: Vec<(UserId, String)> = self
            .others
            .get(&node)
            .map(|node| node.people.iter().map(|(user, person)| (*user, person.username.clone())).collect())
            .unwrap_or_default();
        let told = people
            .into_iter()
            .flat_map(|(user, username)| {
                self.stands(node, &Here { user, username, device: false, rooms: vec![] }, None)
            })
            .collect();
        self.others.remove(&node);
        told
    }

    /// Another node says how a person stands there.
    fn stands(&mut self, node: NodeId, here: &Here, opened: Option<RoomId>) -> Vec<Told> {
        let before = self.stand(here.user, opened);
        let Some(node) = self.others.get_mut(&node) else { return vec![] };
        let old: Vec<RoomId> =
            node.people.get(&here.user).map(|person| person.rooms.keys().copied().collect()).unwrap_or_default();
        let person = Person {
            username: here.username.clone(),
            devices: u32::from(here.device),
            rooms: here.rooms.iter().map(|room| (*room, 1)).collect(),
        };
        if person.is_empty() {
            node.people.remove(&here.user);
        } else {
            node.people.insert(here.user, person);
        }
        let mut before = before;
        before.1.extend(old);
        self.compare(here.user, &here.username, &before, opened)
    }

    /// Whether somebody is online, and in which rooms this node says they are.
    fn stand(&self, user: UserId, opened: Option<RoomId>) -> (bool, BTreeSet<RoomId>) {
        let mut rooms: BTreeSet<RoomId> =
            self.here.get(&user).map(|person| person.rooms.keys().copied().collect()).unwrap_or_default();
        rooms.extend(self.others.values().filter_map(|node| node.people.get(&user)).flat_map(|p| p.rooms.keys()));
        if let Some(room) = opened {
            rooms.remove(&room);
        }
        (self.is_online(user), rooms)
    }

    fn compare(
        &self,
        user: UserId,
        username: &str,
        before: &(bool, BTreeSet<RoomId>),
        opened: Option<RoomId>,
    ) -> Vec<Told> {
        let mut told = vec![];
        let tell = |room, status| Told::Room { room, user, username: username.to_owned(), status };
        let (_, after) = self.stand(user, None);
        let opened = opened.filter(|room| after.contains(room));
        told.extend(opened.map(|room| tell(room, Status::Online)));
        for room in after.difference(&before.1).filter(|room| Some(**room) != opened) {
            told.push(tell(*room, Status::Online));
        }
        for room in before.1.iter().filter(|room| !self.is_in(user, **room)) {
            told.push(tell(*room, Status::Offline));
        }
        let online = self.is_online(user);
        if online != before.0 {
            let status = if online { Status::Online } else { Status::Offline };
            told.push(Told::Person { user, username: username.to_owned(), status });
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn node(n: u128) -> NodeId {
        NodeId(Uuid::from_u128(n))
    }

    fn ana() -> UserId {
        UserId(Uuid::from_u128(100))
    }

    fn room() -> RoomId {
        RoomId(Uuid::from_u128(200))
    }

    fn person(status: Status) -> Told {
        Told::Person { user: ana(), username: "ana".into(), status }
    }

    fn in_room(status: Status) -> Told {
        Told::Room { room: room(), user: ana(), username: "ana".into(), status }
    }

    #[test]
    fn device_and_room_sockets_of_a_person_count_as_one() {
        let mut presence = Presence::new(node(1));
        assert_eq!(presence.device_opened(ana(), "ana").0, [person(Status::Online)]);
        assert_eq!(presence.room_opened(ana(), "ana", room()).0, [in_room(Status::Online)]);
        assert_eq!(presence.device_closed(ana(), "ana").0, []);
        assert_eq!(presence.room_closed(ana(), "ana", room()).0, [in_room(Status::Offline), person(Status::Offline)]);
        assert!(presence.here.is_empty());
    }

    #[test]
    fn only_the_last_room_socket_means_offline_and_each_opening_is_told() {
        let mut presence = Presence::new(node(1));
        presence.room_opened(ana(), "ana", room());
        assert_eq!(presence.room_opened(ana(), "ana", room()).0, [in_room(Status::Online)]);
        assert_eq!(presence.room_closed(ana(), "ana", room()).0, []);
        assert!(presence.room_closed(ana(), "ana", room()).0.contains(&in_room(Status::Offline)));
    }

    #[test]
    fn a_person_on_two_nodes_is_offline_when_both_say_so() {
        let now = Instant::now();
        let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
        let (_, news) = one.device_opened(ana(), "ana");
        assert_eq!(two.heard(node(1), news, now), (vec![person(Status::Online)], None));
        assert_eq!(two.device_opened(ana(), "ana").0, []);
        let (_, news) = one.device_closed(ana(), "ana");
        assert_eq!(two.heard(node(1), news, now).0, []);
        assert_eq!(two.device_closed(ana(), "ana").0, [person(Status::Offline)]);
    }

    #[test]
    fn a_lost_change_is_noticed_and_the_whole_is_asked_for() {
        let now = Instant::now();
        let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
        one.device_opened(ana(), "ana");
        let (told, ask) = two.heard(node(1), one.alive(), now);
        assert_eq!((told, ask.clone()), (vec![], Some(News::Ask { of: node(1) })));
        let (_, all) = one.heard(node(2), ask.unwrap(), now);
        assert_eq!(two.heard(node(1), all.unwrap(), now).0, [person(Status::Online)]);
        assert_eq!(two.heard(node(1), one.alive(), now).1, None, "complete now");
        one.device_closed(ana(), "ana");
        let (_, ask) = two.heard(node(1), one.alive(), now);
        let (_, all) = one.heard(node(2), ask.unwrap(), now);
        assert_eq!(two.heard(node(1), all.unwrap(), now).0, [person(Status::Offline)]);
    }

    #[test]
    fn a_change_behind_a_hole_counts_and_the_hole_is_still_asked_for() {
        let now = Instant::now();
        let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
        one.device_opened(UserId(Uuid::from_u128(101)), "juan");
        let (_, second) = one.device_opened(ana(), "ana");
        let (told, ask) = two.heard(node(1), second, now);
        assert_eq!((told, ask), (vec![person(Status::Online)], Some(News::Ask { of: node(1) })));
        assert!(two.heard(node(1), one.alive(), now).1.is_some());
    }

    #[test]
    fn a_silent_node_is_forgotten_with_its_people_unless_nobody_can_be_heard() {
        let now = Instant::now();
        let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
        let (_, news) = one.room_opened(ana(), "ana", room());
        two.heard(node(1), news, now);
        assert_eq!(two.expire(now + SILENCE), []);
        two.excuse(now + SILENCE);
        assert_eq!(two.expire(now + SILENCE * 2), []);
        let told = two.expire(now + SILENCE * 3);
        assert!(told.contains(&person(Status::Offline)) && told.contains(&in_room(Status::Offline)));
        assert!(!two.is_online(ana()));
    }

    #[test]
    fn a_node_that_stops_says_so() {
        let now = Instant::now();
        let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
        let (_, news) = one.device_opened(ana(), "ana");
        two.heard(node(1), news, now);
        assert_eq!(two.heard(node(1), News::Gone, now).0, [person(Status::Offline)]);
    }
}
