//! A profile full of messages that no server told, for measurements: made in minutes, where syncing it would take hours. The files
//! are those that the client writes, through the same code.

use std::{collections::HashMap, path::Path};

use recado_protocol::{ChatType, Message, MessageType, Role, RoomId, Timestamp, User, UserId};
use uuid::Uuid;

use crate::{
    cache::{Cache, Heads, Member, Mine, RoomRow},
    profile::{Owner, Profile},
    secrets::SecretStore,
    sync::Range,
    tokens::{Pair, Secrets},
    view::Failure,
};

/// Messages of one commit.
const BATCH: usize = 5_000;

/// What is said: in which room, by whom, when, and what.
#[derive(Clone, Debug)]
pub struct Said {
    pub room: usize,
    pub sender: usize,
    pub at: Timestamp,
    pub content: String,
}

/// The room of a number, as in what was said.
pub fn room(number: usize) -> RoomId {
    RoomId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number as u128))
}

fn person(number: usize) -> User {
    let id = UserId(Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0000 + number as u128));
    User::named(id, format!("person{number}"), format!("Person {number}"), 1)
}

/// Makes a profile that works offline, of the first of `people`, with what was said in the order of its times.
pub async fn fill(
    dir: &Path,
    store: &dyn SecretStore,
    rooms: usize,
    people: usize,
    said: impl Iterator<Item = Said>,
) -> Result<(), Failure> {
    let mut profile = Profile::open(dir)?;
    let mut secrets = Secrets::generate();
    secrets.pair = Some(Pair { access: String::new(), refresh: String::new(), expires_at: i64::MAX });
    let people: Vec<User> = (0..people).map(person).collect();
    let mut cache = Cache::open(&profile.cache_path(), &secrets.cache_key).await?;
    cache.begin().await?;
    for user in &people {
        cache.put_person(user).await?;
    }
    let mut last: HashMap<usize, (i64, Timestamp)> = HashMap::new();
    for (number, said) in said.enumerate() {
        if number % BATCH == BATCH - 1 {
            cache.commit().await?;
            cache.begin().await?;
        }
        let entry = last.entry(said.room).or_default();
        *entry = (entry.0 + 1, said.at);
        cache.put_message(&message(&said, entry.0, people[said.sender].clone()), false).await?;
    }
    for number in 0..rooms {
        let (seq, at) = last.get(&number).copied().unwrap_or_default();
        let row = RoomRow {
            id: room(number),
            name: Some(format!("Room {number}")),
            chat_type: ChatType::Group,
            rev: 1,
            last_seq: seq,
            created_at: Timestamp(at.millis().min(0)),
            participant_count: people.len() as i64,
            topic: None,
            description: None,
            colour: None,
            members_may_invite: false,
            mine: Mine { last_read_seq: seq, ..Mine::default() },
        };
        let ranges = if seq > 0 { vec![Range { from: 1, to: seq, rev: seq }] } else { vec![] };
        cache.put_room(&row, seq, &ranges).await?;
        for user in &people {
            let member = Member { role: Some(Role::Member), last_read_seq: seq, read_at: None, rev: 1 };
            cache.put_member(row.id, user.id, &member).await?;
        }
    }
    cache.set_heads(&Heads { me: 1, people: 1, ..Heads::default() }).await?;
    cache.commit().await?;
    cache.close().await;
    secrets.save(store).await?;
    profile.file.server = Some("http://127.0.0.1:9".into());
    profile.file.work_offline = true;
    profile.file.user = people.first().map(|me| Owner {
        id: me.id,
        username: me.username.clone(),
        display_name: me.display_name.clone(),
        is_admin: false,
    });
    profile.save()
}

fn message(said: &Said, seq: i64, sender: User) -> Message {
    Message {
        id: Uuid::now_v7().into(),
        chat_room: room(said.room),
        seq,
        rev: seq,
        sender,
        content: said.content.clone(),
        message_type: MessageType::Text,
        attachments: Vec::new(),
        reply_to: None,
        reactions: Vec::new(),
        pinned: None,
        mentions_room: false,
        is_edited: false,
        is_deleted: false,
        created_at: said.at,
        updated_at: said.at,
        client_id: None,
        recovered: false,
        system: None,
    }
}
