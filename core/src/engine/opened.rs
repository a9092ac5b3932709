//! The room that is open: a window of its rows in memory, and what was last shown of it.
//!
//! The window always reaches to the end, so that what comes is seen. Who jumps to a far place gets an island around it; what
//! lies between is a gap item, whether the cache holds it or not, and comes when one scrolls there.

use std::collections::BTreeMap;

use recado_protocol::{Message, RoomId, Seq, message::MessagePage};

use super::account::{Account, Batch, Touched};
use crate::{
    history::{NextPage, PAGE},
    sealed::StoreError,
    sync::Range,
    timeline,
    view::{Diff, TimelineItem, TimelineSnapshot},
};

/// Rows at first.
const WINDOW: i64 = 60;
/// Rows above the first unread message, so that it does not stand at the very top.
const ABOVE_UNREAD: i64 = 20;
/// Rows on either side of a place that is jumped to.
pub(crate) const AROUND: i64 = 25;
/// The most rows at first, however much is unread.
const MAX_WINDOW: i64 = 1_000;

#[derive(Debug)]
pub(super) struct OpenRoom {
    pub(super) room: RoomId,
    pub(super) subscription: u32,
    /// Places that are shown, as far as they are held: rising, apart from each other, the last one without an end.
    shown: Vec<(Seq, Seq)>,
    pub(super) rows: BTreeMap<Seq, Message>,
    pub(super) items: Vec<TimelineItem>,
    pub(super) has_older: bool,
}

impl OpenRoom {
    fn is_shown(&self, seq: Seq) -> bool {
        self.shown.iter().any(|(from, to)| (*from..=*to).contains(&seq))
    }

    /// Shows these places too.
    fn show(&mut self, from: Seq, to: Seq) {
        self.shown.push((from, to));
        self.shown.sort_unstable();
        self.shown.dedup_by(|next, last| {
            let touches = next.0 <= last.1.saturating_add(1);
            if touches {
                last.1 = last.1.max(next.1);
            }
            touches
        });
    }

    fn lowest(&self) -> Option<Seq> {
        self.rows.keys().next().copied()
    }
}

impl Account {
    /// Opens a room from the cache alone.
    pub(super) async fn open_room(
        &mut self,
        room: RoomId,
        subscription: u32,
        target: Option<Seq>,
    ) -> Result<Option<TimelineSnapshot>, StoreError> {
        let Some(state) = self.rooms.get(&room) else { return Ok(None) };
        let marker = self.marker(state);
        let newest = state.replica.ranges().last().map_or(0, |range| range.to);
        let first_unread = if target.is_none() && state.row.mine.unread > 0 {
            self.cache.first_unread(room, marker, self.me.id).await?
        } else {
            None
        };
        let lower = first_unread
            .map_or(newest - WINDOW + 1, |seq| (seq - ABOVE_UNREAD).min(newest - WINDOW + 1))
            .max(newest - MAX_WINDOW + 1)
            .max(1);
        // Not across a gap: what is beyond comes when one scrolls there.
        let lower = self.rooms.get(&room).map_or(lower, |state| held_from(state.replica.ranges(), newest).max(lower));
        let mut open = OpenRoom {
            room,
            subscription,
            shown: vec![(lower, Seq::MAX)],
            rows: BTreeMap::new(),
            items: Vec::new(),
            has_older: false,
        };
        if let Some(target) = target {
            open.show((target - AROUND).max(1), target + AROUND);
        }
        self.open = Some(open);
        self.refresh_window(room, &Touched { all: true, ..Touched::default() }).await?;
        let items = self.build_timeline();
        let first_unread = first_unread.and_then(|seq| {
            let row = self.open.as_ref()?.rows.get(&seq)?;
            Some(timeline::message_key(row, self.me.id))
        });
        let target = target.and_then(|seq| {
            let row = self.open.as_ref()?.rows.get(&seq)?;
            Some(timeline::message_key(row, self.me.id))
        });
        let mut participants: Vec<_> = self
            .rooms
            .get(&room)
            .into_iter()
            .flat_map(|state| &state.members)
            .filter(|(_, member)| member.role.is_some())
            .map(|(user, _)| timeline::person(&self.people, *user))
            .collect();
        participants.sort_by(|a, b| a.display_name.cmp(&b.display_name).then_with(|| a.id.cmp(&b.id)));
        let Some(open) = &mut self.open else { return Ok(None) };
        open.items.clone_from(&items);
        open.has_older = open.lowest().is_some_and(|seq| seq > 1);
        Ok(Some(TimelineSnapshot {
            room,
            subscription,
            items,
            has_older: open.has_older,
            first_unread,
            target,
            draft: self.drafts.get(&room).cloned().unwrap_or_default(),
            participants,
        }))
    }

    /// Reads into the window what changed.
    pub(super) async fn refresh_window(&mut self, room: RoomId, touched: &Touched) -> Result<(), StoreError> {
        let Some(open) = self.open.as_ref().filter(|open| open.room == room) else { return Ok(()) };
        let Some(state) = self.rooms.get(&room) else { return Ok(()) };
        self.timeline_dirty = true;
        let ranges = state.replica.ranges().to_vec();
        let mut wanted: Vec<(Seq, Seq)> = Vec::new();
        if touched.all {
            for (from, to) in &open.shown {
                let held = ranges.iter().filter(|range| range.to >= *from && range.from <= *to);
                wanted.extend(held.map(|range| (range.from.max(*from), range.to.min(*to))));
            }
        } else {
            let is_held = |seq: &Seq| open.is_shown(*seq) && ranges.iter().any(|range| range.contains(*seq));
            wanted.extend(touched.seqs.iter().copied().filter(is_held).map(|seq| (seq, seq)));
        }
        let mut rows = Vec::new();
        for (from, to) in wanted {
            rows.extend(self.cache.messages(room, from, to, i64::MAX, &self.people).await?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        if touched.all {
            open.rows.clear();
        }
        open.rows.extend(rows.into_iter().map(|row| (row.seq, row)));
        Ok(())
    }

    pub(super) fn build_timeline(&self) -> Vec<TimelineItem> {
        let Some(open) = &self.open else { return Vec::new() };
        let Some(state) = self.rooms.get(&open.room) else { return Vec::new() };
        timeline::build(&timeline::Sources {
            me: self.me.id,
            rows: &open.rows,
            entries: self.lanes.get(&open.room).map_or(&[], |lane| lane.entries.as_slice()),
            people: &self.people,
            members: &state.members,
        })
    }

    /// The steps since the timeline was last told, if there are any.
    pub(super) fn timeline_diffs(&mut self) -> Option<(RoomId, u32, Vec<Diff<TimelineItem>>, bool)> {
        let items = self.build_timeline();
        let open = self.open.as_mut()?;
        let has_older = open.lowest().is_some_and(|seq| seq > 1);
        let diffs = crate::list::diff(&open.items, &items, timeline::key);
        let is_news = !diffs.is_empty() || has_older != open.has_older;
        open.items = items;
        open.has_older = has_older;
        is_news.then_some((open.room, open.subscription, diffs, has_older))
    }

    /// Shows older rows from the cache, or says what to ask.
    pub(super) async fn older(&mut self, room: RoomId) -> Result<NextPage, StoreError> {
        let Some(open) = self.open.as_ref().filter(|open| open.room == room) else { return Ok(NextPage::None) };
        let Some(state) = self.rooms.get(&room) else { return Ok(NextPage::None) };
        let lowest = open.lowest().unwrap_or(state.row.last_seq + 1);
        if lowest <= 1 {
            return Ok(NextPage::None);
        }
        let from = held_from(state.replica.ranges(), lowest - 1);
        if from >= lowest {
            return Ok(NextPage::Ask { before: lowest });
        }
        self.show(room, from.max(lowest - PAGE), lowest - 1).await?;
        Ok(NextPage::Shown)
    }

    /// Without a connection: what the cache has beyond the gap above. False if there is nothing.
    pub(super) async fn older_beyond_gap(&mut self, room: RoomId) -> Result<bool, StoreError> {
        let Some(open) = self.open.as_ref().filter(|open| open.room == room) else { return Ok(false) };
        let Some(state) = self.rooms.get(&room) else { return Ok(false) };
        let lowest = open.lowest().unwrap_or(state.row.last_seq + 1);
        let Some(range) = state.replica.ranges().iter().rev().find(|range| range.to < lowest).copied() else {
            return Ok(false);
        };
        self.show(room, range.from.max(range.to - PAGE + 1), range.to).await?;
        Ok(true)
    }

    async fn show(&mut self, room: RoomId, from: Seq, to: Seq) -> Result<(), StoreError> {
        if let Some(open) = &mut self.open {
            open.show(from, to);
        }
        self.refresh_window(room, &Touched { all: true, ..Touched::default() }).await
    }

    /// Shows the page before the row that follows a gap, from the cache, or says what to ask.
    pub(super) async fn gap_page(&mut self, room: RoomId, key: &str) -> Result<NextPage, StoreError> {
        let Some(open) = self.open.as_ref().filter(|open| open.room == room) else { return Ok(NextPage::None) };
        let Some(state) = self.rooms.get(&room) else { return Ok(NextPage::None) };
        let Some(after) = key.strip_prefix("gap:").and_then(|seq| seq.parse::<Seq>().ok()) else {
            return Ok(NextPage::None);
        };
        let next = match open.rows.range(after + 1..).next() {
            Some((seq, _)) if *seq > after + 1 => *seq,
            _ => return Ok(NextPage::None),
        };
        let from = held_from(state.replica.ranges(), next - 1);
        if from >= next {
            return Ok(NextPage::Ask { before: next });
        }
        self.show(room, from.max(next - PAGE).max(after + 1), next - 1).await?;
        Ok(NextPage::Shown)
    }

    /// Whether a message is held, so that a jump there needs no server.
    pub(super) fn holds(&self, room: RoomId, seq: Seq) -> bool {
        self.rooms.get(&room).is_some_and(|state| state.replica.range_of(seq).is_some())
    }

    /// Takes a page of history: a range of its own until a sync has brought it to the cursor.
    pub(super) async fn take_page(
        &mut self,
        room: RoomId,
        page: &MessagePage,
        is_shown: bool,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        if !self.rooms.contains_key(&room) {
            return Ok(());
        }
        for message in page.messages.iter().filter(|message| message.chat_room == room) {
            self.put_message(message).await?;
        }
        let (Some(first), Some(last)) = (page.messages.first(), page.messages.last()) else { return Ok(()) };
        if let Some(state) = self.rooms.get_mut(&room) {
            state.replica.add_page(Range { from: first.seq, to: last.seq, rev: page.rev });
        }
        if let Some(open) = &mut self.open
            && is_shown
            && open.room == room
        {
            open.show(first.seq, last.seq);
        }
        batch.touch(room).all = true;
        Ok(())
    }
}

/// The first of the run of held messages that ends at `seq`; `seq + 1` if that is not held.
fn held_from(ranges: &[Range], seq: Seq) -> Seq {
    let mut from = seq + 1;
    for range in ranges.iter().rev() {
        if range.contains(from - 1) {
            from = range.from;
        }
    }
    from
}
