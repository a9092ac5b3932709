//! The room list: one line a room, favourites first, then the last active one.

use std::{cmp::Reverse, collections::HashMap};

use recado_protocol::{
    ChatType, Message, MessageId, MessageType, Seq, Timestamp, User, UserId, frame::Command, me::MySettings,
};

use crate::{
    cache::{Member, RoomRow},
    engine::Seen,
    outbox::Entry,
    plain,
    timeline::{about, delivery, marks, person},
    view::{Delivery, Preview, RoomItem},
};

/// What a line is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) me: UserId,
    pub(crate) row: &'a RoomRow,
    pub(crate) members: &'a HashMap<UserId, Member>,
    pub(crate) last: Option<&'a Message>,
    pub(crate) entries: &'a [Entry],
    pub(crate) people: &'a HashMap<UserId, User>,
    pub(crate) statuses: &'a HashMap<UserId, Seen>,
    pub(crate) typing: &'a [UserId],
    pub(crate) draft: Option<&'a String>,
    /// One's own settings, with what waits in the outbox.
    pub(crate) settings: &'a MySettings,
    pub(crate) now: Timestamp,
}

pub(crate) fn item(sources: &Sources<'_>) -> RoomItem {
    let row = sources.row;
    let peer = peer(sources).map(|id| person(sources.people, id));
    let seen = peer.as_ref().and_then(|peer| sources.statuses.get(&peer.id));
    let custom_status = peer
        .as_ref()
        .and_then(|peer| sources.people.get(&peer.id)?.status.as_ref())
        .filter(|status| !status.is_over(sources.now));
    let last_message = preview(sources);
    let title = row
        .name
        .clone()
        .filter(|_| row.chat_type != ChatType::Private)
        .or_else(|| sources.settings.nickname.clone())
        .or_else(|| peer.as_ref().map(|peer| peer.display_name.clone()))
        .unwrap_or_default();
    RoomItem {
        id: row.id,
        chat_type: row.chat_type,
        title,
        status: seen.map(|seen| seen.status),
        last_seen_at: seen.and_then(|seen| seen.last_seen_at),
        custom_status: custom_status.cloned(),
        peer,
        last_activity: last_message.as_ref().map_or(row.created_at, |last| last.at.max(row.created_at)),
        last_message,
        unread: u32::try_from(row.mine.unread).unwrap_or(0),
        mentions: u32::try_from(row.mine.mentions).unwrap_or(0),
        muted: sources.settings.is_muted(sources.now),
        settings: sources.settings.clone(),
        topic: row.topic.clone(),
        colour: row.colour,
        draft: sources.draft.cloned(),
        typing: sources.typing.iter().map(|id| person(sources.people, *id).display_name).collect(),
        participant_count: u32::try_from(row.participant_count).unwrap_or(0),
    }
}

/// The order of the list: favourites, then the rest, each with the last active one first.
pub(crate) fn sort(items: &mut [RoomItem]) {
    items.sort_by_key(|item| Reverse((item.settings.favourite, item.last_activity, item.id)));
}

/// The other person of a private room, also after they left.
fn peer(sources: &Sources<'_>) -> Option<UserId> {
    if sources.row.chat_type != ChatType::Private {
        return None;
    }
    sources.members.keys().find(|user| **user != sources.me).copied()
}

fn preview(sources: &Sources<'_>) -> Option<Preview> {
    let waiting = sources.entries.iter().rev().find_map(|entry| match &entry.command {
        Command::ChatMessage { content, message_type, .. } => Some((entry, content, *message_type)),
        _ => None,
    });
    if let Some((entry, content, message_type)) = waiting
        && sources.last.is_none_or(|last| !is_row_of(last, entry))
    {
        let (content, is_deleted) = told(sources, content, false, None, Some(&entry.client_id));
        return Some(Preview {
            sender: person(sources.people, sources.me),
            is_own: true,
            content: plain::preview(&content),
            message_type,
            is_deleted,
            system: None,
            about: None,
            at: entry.created_at,
            delivery: Some(match (&entry.failure, &entry.ack) {
                (Some(failure), _) => Delivery::Failed { failure: failure.clone() },
                (None, Some(_)) => Delivery::Sent,
                (None, None) => Delivery::Sending,
            }),
        });
    }
    let last = sources.last?;
    let is_own = last.sender.id == sources.me;
    let client_id = last.client_id.as_deref().filter(|_| is_own);
    let (content, is_deleted) = told(sources, &last.content, last.is_deleted, Some(last.id), client_id);
    Some(Preview {
        sender: person(sources.people, last.sender.id),
        is_own,
        content: plain::preview(&content),
        message_type: last.message_type,
        is_deleted,
        system: last.system.clone(),
        about: about(sources.people, last),
        at: last.created_at,
        delivery: (is_own && last.message_type != MessageType::System)
            .then(|| delivery(&marks(sources.members, sources.me), last.seq)),
    })
}

/// What a message says with the edits and the deletion that are asked for and not confirmed.
fn told(
    sources: &Sources<'_>,
    content: &str,
    is_deleted: bool,
    id: Option<MessageId>,
    client_id: Option<&str>,
) -> (String, bool) {
    let mut told = (content.to_owned(), is_deleted);
    for entry in sources.entries.iter().filter(|entry| entry.failure.is_none() && entry.speaks_of(id, client_id)) {
        match &entry.command {
            Command::EditMessage { content, .. } if !told.1 => told.0.clone_from(content),
            Command::DeleteMessage { .. } => told = (String::new(), true),
            _ => {}
        }
    }
    told
}

fn is_row_of(message: &Message, entry: &Entry) -> bool {
    let seq: Option<Seq> = entry.ack.as_ref().and_then(|ack| ack.seq);
    message.client_id.as_deref() == Some(entry.client_id.as_str()) || seq == Some(message.seq)
}

/// The time by which a list is ordered, for tests and for what sorts rooms without items.
pub(crate) fn last_activity(row: &RoomRow, last: Option<&Message>) -> Timestamp {
    last.map_or(row.created_at, |last| last.created_at.max(row.created_at))
}
