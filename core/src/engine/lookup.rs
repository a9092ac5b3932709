//! Messages that are asked for apart from a room's timeline.

use recado_protocol::{Message, RoomId};

use super::account::Account;
use crate::{
    timeline,
    view::{Failure, FailureCode, MessageItem},
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
