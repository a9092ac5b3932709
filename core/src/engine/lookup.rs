//! Messages that are asked for apart from a room's timeline.

use recado_protocol::{Message, MessageId, RoomId, limits::SMALL_ROOM};

use super::account::Account;
use crate::{
    timeline,
    view::{Failure, FailureCode, MessageItem, ReadBy},
};

impl Account {
    /// Messages of a room as they are shown, with what is asked for and not yet confirmed. Takes what came from outside no
    /// further: a row belongs into the cache only with the range around it.
    pub(super) fn message_items(&self, room: RoomId, messages: &[Message]) -> Vec<MessageItem> {
        let Some(state) = self.rooms.get(&room) else { return Vec::new() };
        let rows = std::collections::BTreeMap::new();
        let sources = timeline::Sources {
            me: self.me.id,
            rows: &rows,
            entries: self.lanes.get(&room).map_or(&[], |lane| lane.entries.as_slice()),
            people: &self.people,
            members: &state.members,
        };
        messages.iter().map(|message| timeline::item(&sources, message)).collect()
    }

    /// Who of the others has read a message, the first one first; nobody in rooms too large to be told of each.
    pub(super) async fn read_by(&mut self, room: RoomId, message: MessageId) -> Result<Vec<ReadBy>, Failure> {
        let not_found = || Failure::new(FailureCode::NotFound, "no such message here");
        let message = self.cache.message(message, &self.people).await?.ok_or_else(not_found)?;
        let state = self.rooms.get(&room).filter(|_| message.chat_room == room).ok_or_else(not_found)?;
        if state.members.values().filter(|member| member.role.is_some()).count() > SMALL_ROOM {
            return Ok(Vec::new());
        }
        let mut readers: Vec<ReadBy> = state
            .members
            .iter()
            .filter(|(user, member)| {
                let is_other = **user != self.me.id && **user != message.sender.id;
                is_other && member.role.is_some() && member.last_read_seq >= message.seq
            })
            .map(|(user, member)| ReadBy { person: timeline::person(&self.people, *user), at: member.read_at })
            .collect();
        readers.sort_by_key(|reader| (reader.at.is_none(), reader.at, reader.person.id));
        Ok(readers)
    }

    pub(super) async fn pins(&mut self, room: RoomId, told: Option<Vec<Message>>) -> Result<Vec<MessageItem>, Failure> {
        if !self.rooms.contains_key(&room) {
            return Err(Failure::new(FailureCode::NotFound, "no such room here"));
        }
        let mut messages = match told {
            Some(messages) => {
                for message in &messages {
                    self.learn(&message.sender).await?;
                }
                messages
            }
            None => self.cache.pinned(room, &self.people).await?,
        };
        // What waits to be pinned is shown as well.
        let waiting: Vec<_> = self.lanes.get(&room).into_iter().flat_map(|lane| &lane.entries).collect();
        let targets: Vec<_> = waiting.iter().rev().filter_map(|entry| entry.pins()).collect();
        for id in targets {
            if messages.iter().all(|message| message.id != id)
                && let Some(message) = self.cache.message(id, &self.people).await?
            {
                messages.insert(0, message);
            }
        }
        let mut items = self.message_items(room, &messages);
        items.retain(|item| item.pinned.is_some());
        Ok(items)
    }
}
