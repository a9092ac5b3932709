//! One's own settings of rooms: what the stream `me` told, with what was changed here and waits to be told; and what ends by itself.

use recado_protocol::{
    ChatType, RoomId, Timestamp,
    frame::Command as Frame,
    limits::MAX_NICKNAME_CHARS,
    me::{MyRoomPatch, MySettings},
};
use tokio::time::{Duration, Instant};

use super::{
    Engine,
    account::{Account, Batch, RoomState},
    calls::{no_room, signed_out},
};
use crate::view::{Failure, FailureCode};

impl Account {
    /// One's own settings of a room as they will be once all that waits is told.
    pub(super) fn settings_of(&self, room: &RoomState) -> MySettings {
        let mut settings = room.row.mine.settings.clone();
        let entries = self.lanes.get(&room.row.id).into_iter().flat_map(|lane| &lane.entries);
        for entry in entries.filter(|entry| entry.failure.is_none()) {
            if let Frame::SetMyRoom(patch) = &entry.command {
                patch.apply(&mut settings);
            }
        }
        settings
    }

    fn muted_until(&self, room: &RoomState) -> Option<Timestamp> {
        let entries = self.lanes.get(&room.row.id).into_iter().flat_map(|lane| &lane.entries).rev();
        let waiting = entries.filter(|entry| entry.failure.is_none()).find_map(|entry| match &entry.command {
            Frame::SetMyRoom(patch) => patch.muted_until,
            _ => None,
        });
        waiting.unwrap_or(room.row.mine.settings.muted_until)
    }

    /// Forgets acknowledged changes once the stream `me` has brought them.
    pub(super) fn settle_mine(&mut self, batch: &mut Batch) {
        let waits = |room: &RoomId| {
            let entries = self.lanes.get(room).into_iter().flat_map(|lane| &lane.entries);
            entries.filter_map(|entry| entry.ack.as_ref()).any(|ack| ack.me.is_some())
        };
        let rooms: Vec<RoomId> = self.lanes.keys().filter(|room| waits(room)).copied().collect();
        for room in rooms {
            self.settle(room, batch);
        }
    }

    /// What ends by itself of what a room's line shows: its mute, and what the other person of a private room is about.
    fn ends(&self, room: &RoomState) -> impl Iterator<Item = Timestamp> {
        let people = if room.row.chat_type == ChatType::Private { Some(room.members.keys()) } else { None };
        let statuses = people.into_iter().flatten().filter_map(|user| self.people.get(user)?.status.as_ref()?.until);
        self.muted_until(room).into_iter().chain(statuses)
    }

    /// When the next of them ends.
    pub(super) fn next_end(&self) -> Option<Instant> {
        let now = self.clock.now();
        let ends = self.rooms.values().flat_map(|room| self.ends(room));
        let next = ends.filter(|until| *until > self.ends_seen).min()?;
        Some(Instant::now() + Duration::from_millis((next.millis() - now.millis()).max(0) as u64))
    }

    /// Rooms of which something ended since it was last looked at are shown anew.
    pub(super) fn end_what_ends(&mut self) {
        let now = self.clock.now();
        let ended =
            self.rooms.values().filter(|room| self.ends(room).any(|until| until > self.ends_seen && until <= now));
        let ended: Vec<RoomId> = ended.map(|room| room.row.id).collect();
        self.dirty.extend(ended);
        self.ends_seen = now;
    }
}

impl Engine {
    pub(super) async fn set_my_room(&mut self, room: RoomId, patch: MyRoomPatch) -> Result<(), Failure> {
        let account = self.account.as_ref().ok_or_else(signed_out)?;
        let state = account.rooms.get(&room).ok_or_else(no_room)?;
        check(&patch, state.row.chat_type)?;
        self.queue(room, Frame::SetMyRoom(patch)).await.map(drop)
    }
}

/// What the server would refuse is refused at once, before it is shown.
fn check(patch: &MyRoomPatch, chat_type: ChatType) -> Result<(), Failure> {
    let Some(Some(nickname)) = &patch.nickname else { return Ok(()) };
    let length = nickname.trim().chars().count();
    let is_good = chat_type == ChatType::Private && (1..=MAX_NICKNAME_CHARS).contains(&length);
    if is_good && !nickname.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Failure::new(FailureCode::InvalidRequest, "not a nickname for the other person of a private room")
        .at("nickname"))
}
