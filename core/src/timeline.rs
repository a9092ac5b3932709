//! What is shown of a room, built from what is known: rows of the cache, what waits in the outbox, markers, people.
//!
//! Invariant: an item keeps its key from echo to confirmation. An own message is named by its `client_id` before and after the
//! server has it, so the row that was "sending" becomes "sent" in place.

use std::collections::{BTreeMap, HashMap};

use recado_protocol::{Message, MessageId, MessageType, Seq, User, UserId, frame::Command, message::Quote};

use crate::{
    cache::{self, Member},
    outbox::Entry,
    plain,
    view::{Change, Delivery, FailedChange, Failure, MessageItem, Person, Pinned, TimelineItem},
};

/// What a timeline is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) me: UserId,
    /// By `seq`; all of them inside ranges.
    pub(crate) rows: &'a BTreeMap<Seq, Message>,
    /// Of this room, in order.
    pub(crate) entries: &'a [Entry],
    pub(crate) people: &'a HashMap<UserId, User>,
    pub(crate) members: &'a HashMap<UserId, Member>,
}

/// All items, oldest first: rows with gaps between them, then what has no row yet.
pub(crate) fn build(sources: &Sources<'_>) -> Vec<TimelineItem> {
    let marks = marks(sources.members, sources.me);
    let mut items = Vec::with_capacity(sources.rows.len() + sources.entries.len());
    let mut previous: Option<Seq> = None;
    for (seq, row) in sources.rows {
        if let Some(previous) = previous
            && *seq != previous + 1
        {
            items.push(TimelineItem::Gap { key: format!("gap:{previous}") });
        }
        previous = Some(*seq);
        items.push(TimelineItem::Message(message(sources, row, &marks)));
    }
    for entry in sources.entries {
        if let Some(item) = echo(sources, entry) {
            items.push(TimelineItem::Message(item));
        }
    }
    items
}

/// What identifies an item.
pub(crate) fn key(item: &TimelineItem) -> String {
    match item {
        TimelineItem::Message(message) => message.key.clone(),
        TimelineItem::Gap { key } => key.clone(),
    }
}

/// The key of a message that the server has.
pub(crate) fn message_key(message: &Message, me: UserId) -> String {
    match &message.client_id {
        Some(client_id) if message.sender.id == me => client_id.clone(),
        _ => message.id.to_string(),
    }
}

/// A person by id, as well as known.
pub(crate) fn person(people: &HashMap<UserId, User>, id: UserId) -> Person {
    people.get(&id).map_or_else(|| Person::from(&cache::unknown(id)), Person::from)
}

/// Whom a message of the system tells of.
pub(crate) fn about(people: &HashMap<UserId, User>, row: &Message) -> Option<Person> {
    row.system.as_ref()?.user_id().map(|user| person(people, user))
}

/// Others' markers, in falling order: how many have read a message is how many stand at it or beyond.
pub(crate) fn marks(members: &HashMap<UserId, Member>, me: UserId) -> Vec<Seq> {
    let mut marks: Vec<Seq> = members
        .iter()
        .filter(|(user, member)| **user != me && member.role.is_some())
        .map(|(_, member)| member.last_read_seq)
        .collect();
    marks.sort_unstable_by(|a, b| b.cmp(a));
    marks
}

/// How far an own message that the server has has come.
pub(crate) fn delivery(marks: &[Seq], seq: Seq) -> Delivery {
    match marks.partition_point(|mark| *mark >= seq) {
        0 => Delivery::Sent,
        by => Delivery::Read { by: u32::try_from(by).unwrap_or(u32::MAX) },
    }
}

fn message(sources: &Sources<'_>, row: &Message, marks: &[Seq]) -> MessageItem {
    let is_own = row.sender.id == sources.me;
    let mut item = MessageItem {
        key: message_key(row, sources.me),
        id: Some(row.id),
        seq: Some(row.seq),
        sender: person(sources.people, row.sender.id),
        is_own,
        content: row.content.clone(),
        preview: String::new(),
        message_type: row.message_type,
        reply_to: row.reply_to.clone().map(|quote| refresh(sources, quote)),
        reactions: row.reactions.clone(),
        pinned: row.pinned.map(|pin| Pinned { by: person(sources.people, pin.by), at: pin.at }),
        is_edited: row.is_edited,
        is_deleted: row.is_deleted,
        recovered: row.recovered,
        system: row.system.clone(),
        about: about(sources.people, row),
        at: row.created_at,
        delivery: (is_own && row.message_type != MessageType::System).then(|| delivery(marks, row.seq)),
        failed: None,
    };
    let client_id = row.client_id.as_deref().filter(|_| is_own);
    lay_over(&mut item, sources, Some(row.id), client_id);
    item
}

/// Shows at once what was asked for and is not confirmed, and says what was refused.
fn lay_over(item: &mut MessageItem, sources: &Sources<'_>, id: Option<MessageId>, client_id: Option<&str>) {
    for entry in sources.entries.iter().filter(|entry| entry.speaks_of(id, client_id)) {
        match &entry.failure {
            None => overlay(item, entry, sources),
            Some(failure) => item.failed = failed(entry, failure),
        }
    }
    item.preview = plain::preview(&item.content);
}

fn failed(entry: &Entry, failure: &Failure) -> Option<FailedChange> {
    let (change, content) = match &entry.command {
        Command::EditMessage { content, .. } => (Change::Edit, Some(content.clone())),
        Command::DeleteMessage { .. } => (Change::Delete, None),
        Command::ReactMessage { .. } => (Change::Reaction, None),
        Command::PinMessage { .. } => (Change::Pin, None),
        _ => return None,
    };
    Some(FailedChange { key: entry.client_id.clone(), change, content, failure: failure.clone() })
}

fn overlay(item: &mut MessageItem, entry: &Entry, sources: &Sources<'_>) {
    match &entry.command {
        Command::EditMessage { content, .. } if !item.is_deleted => {
            item.content.clone_from(content);
            item.is_edited = true;
        }
        Command::DeleteMessage { .. } => {
            item.content.clear();
            item.reactions.clear();
            item.pinned = None;
            item.is_deleted = true;
        }
        Command::ReactMessage { reaction_type, added, .. } if !item.is_deleted => {
            cache::set_reaction(&mut item.reactions, sources.me, reaction_type, added.unwrap_or(true));
        }
        Command::PinMessage { pinned, .. } if !item.is_deleted && item.pinned.is_some() != *pinned => {
            let by = || person(sources.people, sources.me);
            item.pinned = pinned.then(|| Pinned { by: by(), at: entry.created_at });
        }
        _ => {}
    }
}

/// One message apart from its timeline: a pin, something found.
pub(crate) fn item(sources: &Sources<'_>, row: &Message) -> MessageItem {
    message(sources, row, &marks(sources.members, sources.me))
}

/// A message that has no row yet.
fn echo(sources: &Sources<'_>, entry: &Entry) -> Option<MessageItem> {
    let Command::ChatMessage { content, message_type, recovered, .. } = &entry.command else { return None };
    let ack = entry.ack.as_ref();
    let seq = ack.and_then(|ack| ack.seq);
    if seq.is_some_and(|seq| sources.rows.contains_key(&seq)) {
        return None;
    }
    let delivery = match (&entry.failure, ack) {
        (Some(failure), _) => Delivery::Failed { failure: failure.clone() },
        (None, Some(_)) => Delivery::Sent,
        (None, None) => Delivery::Sending,
    };
    let mut item = MessageItem {
        key: entry.client_id.clone(),
        id: ack.and_then(|ack| ack.message_id),
        seq,
        sender: person(sources.people, sources.me),
        is_own: true,
        content: content.clone(),
        preview: String::new(),
        message_type: *message_type,
        reply_to: entry.quote.clone().map(|quote| refresh(sources, quote)),
        reactions: Vec::new(),
        pinned: None,
        is_edited: false,
        is_deleted: false,
        recovered: *recovered,
        system: None,
        about: None,
        at: ack.and_then(|ack| ack.created_at).unwrap_or(entry.created_at),
        delivery: Some(delivery),
        failed: None,
    };
    lay_over(&mut item, sources, ack.and_then(|ack| ack.message_id), Some(&entry.client_id));
    Some(item)
}

/// A quote as its message is now, where that is at hand: edits and deletion show in it too. It says what its preview says.
fn refresh(sources: &Sources<'_>, mut quote: Quote) -> Quote {
    if let Some(user) = sources.people.get(&quote.sender.id) {
        quote.sender = user.clone();
    }
    if let Some(row) = sources.rows.get(&quote.seq)
        && row.id == quote.id
    {
        quote.content.clone_from(&row.content);
        quote.is_deleted = row.is_deleted;
    }
    quote.content = plain::preview(&quote.content);
    quote
}

/// The quote of a message that is at hand.
pub(crate) fn quote(rows: &BTreeMap<Seq, Message>, id: MessageId) -> Option<Quote> {
    rows.values().find(|row| row.id == id).map(quote_of)
}

pub(crate) fn quote_of(message: &Message) -> Quote {
    Quote {
        id: message.id,
        sender: message.sender.clone(),
        content: message.content.clone(),
        message_type: message.message_type,
        seq: message.seq,
        is_deleted: message.is_deleted,
    }
}

#[cfg(test)]
mod tests;
