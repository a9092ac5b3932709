//! Who is there: sockets of people, on every node, counted as one.
//!
//! Two facts are told: how present a *person* is (to those who watch a room of theirs), and whether a person has a room socket
//! on a *room* (to that room's sockets, as the first version did). A person is as present as the most present of their devices;
//! what they chose (`dnd`, `invisible`) goes before that, and others see `invisible` as `offline`. Each node says what changed on it, with a
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
    /// How present they are on that node.
    #[serde(default)]
    status: Status,
}

impl Here {
    fn gone(user: UserId, username: &str) -> Self {
        Self { user, username: username.to_owned(), device: false, rooms: vec![], status: Status::Offline }
    }
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
    /// Of the devices, those that nobody is at.
    idle: u32,
    rooms: BTreeMap<RoomId, u32>,
    choice: Status,
}

impl Person {
    fn is_empty(&self) -> bool {
        self.devices == 0 && self.rooms.is_empty()
    }

    fn status(&self) -> Status {
        match self.choice {
            _ if self.is_empty() => Status::Offline,
            Status::Dnd | Status::Invisible => self.choice,
            _ if self.devices > self.idle || !self.rooms.is_empty() => Status::Online,
            _ => Status::Away,
        }
    }

    fn here(&self, user: UserId) -> Here {
        Here {
            user,
            username: self.username.clone(),
            device: self.devices > 0,
            rooms: self.rooms.keys().copied().collect(),
            status: self.status(),
        }
    }

    fn there(here: &Here) -> Self {
        Self {
            username: here.username.clone(),
            devices: u32::from(here.device),
            idle: u32::from(here.device && here.status == Status::Away),
            rooms: here.rooms.iter().map(|room| (*room, 1)).collect(),
            choice: if here.status.is_choice() { here.status } else { Status::Online },
        }
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

    /// How present somebody is, on all nodes together: what they chose, else the most present.
    pub(super) fn status(&self, user: UserId) -> Status {
        let rank = |status: &Status| match status {
            Status::Offline => 0,
            Status::Away => 1,
            Status::Online => 2,
            Status::Dnd => 3,
            Status::Invisible => 4,
        };
        let others = self.others.values().filter_map(|node| node.people.get(&user));
        let all = self.here.get(&user).into_iter().chain(others).map(Person::status);
        all.max_by_key(rank).unwrap_or(Status::Offline)
    }

    fn is_in(&self, user: UserId, room: RoomId) -> bool {
        let has = |people: &HashMap<UserId, Person>| people.get(&user).is_some_and(|p| p.rooms.contains_key(&room));
        has(&self.here) || self.others.values().any(|node| has(&node.people))
    }

    pub(super) fn device_opened(&mut self, user: UserId, username: &str, choice: Status) -> Changed {
        self.change(user, username, None, |person| {
            person.devices += 1;
            person.choice = choice;
        })
    }

    pub(super) fn device_closed(&mut self, user: UserId, username: &str, was_idle: bool) -> Changed {
        self.change(user, username, None, |person| {
            person.devices = person.devices.saturating_sub(1);
            person.idle = person.idle.saturating_sub(u32::from(was_idle));
        })
    }

    /// Somebody left one of their devices, or came back to it.
    pub(super) fn idle(&mut self, user: UserId, username: &str, is_idle: bool) -> Changed {
        self.change(user, username, None, |person| {
            person.idle = if is_idle { person.idle + 1 } else { person.idle.saturating_sub(1) };
        })
    }

    /// Somebody chose how to be seen; told where they have sockets.
    pub(super) fn chosen(&mut self, user: UserId, choice: Status) -> Changed {
        let username = self.here.get(&user).map(|person| person.username.clone()).unwrap_or_default();
        self.change(user, &username, None, |person| person.choice = choice)
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
        let here = person.here(user);
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
                    .map(|(user, person)| Here::gone(*user, &person.username))
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
        let people = self.here.iter().map(|(user, person)| person.here(*user)).collect();
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
            .flat_map(|(user, username)| self.stands(node, &Here::gone(user, &username), None))
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
        let person = Person::there(here);
        if person.is_empty() {
            node.people.remove(&here.user);
        } else {
            node.people.insert(here.user, person);
        }
        let mut before = before;
        before.1.extend(old);
        self.compare(here.user, &here.username, &before, opened)
    }

    /// How present others see somebody, and in which rooms they are.
    fn stand(&self, user: UserId, opened: Option<RoomId>) -> (Status, BTreeSet<RoomId>) {
        let mut rooms: BTreeSet<RoomId> =
            self.here.get(&user).map(|person| person.rooms.keys().copied().collect()).unwrap_or_default();
        rooms.extend(self.others.values().filter_map(|node| node.people.get(&user)).flat_map(|p| p.rooms.keys()));
        if let Some(room) = opened {
            rooms.remove(&room);
        }
        (self.status(user).seen(), rooms)
    }

    fn compare(
        &self,
        user: UserId,
        username: &str,
        before: &(Status, BTreeSet<RoomId>),
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
        let status = self.status(user).seen();
        if status != before.0 {
            told.push(Told::Person { user, username: username.to_owned(), status });
        }
        told
    }
}

#[cfg(test)]
mod tests;
