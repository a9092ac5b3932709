//! The sync step of one room, as a function of data: what is held, what came, what follows.
//!
//! A room has one counter `rev`; every lasting change takes the next. What a client holds of a room is a [`Replica`]:
//!
//! - `cursor`: the live frames up to this one have all been applied. A frame `cursor + 1` is next, a smaller one is old, a
//!   larger one is held back until those between have come, or until the owner loses patience and asks with `sync`.
//! - `ranges` of `seq`, each complete to its own `rev`. One at the cursor moves with it. One *ahead* (a page read at a later
//!   head than what has arrived) waits for the cursor. One *behind* (a page read before frames that were applied already)
//!   needs a `sync`. Ranges that touch and are complete to the same `rev` are one.
//!
//! Rows are the owner's; its rule is that a row is overwritten only by a larger `rev`. That makes repeats and swaps harmless,
//! with one exception that [`Replica::is_current`] guards: a frame that says only what changed (a reaction) may be applied
//! only to a row that misses nothing, or the row's `rev` would cover up what it misses.

use std::collections::BTreeMap;

use recado_protocol::{
    Rev, Seq,
    frame::{RoomCursors, RoomRange},
};

/// Frames that may be held back for one room; with more, a sync is cheaper.
const MAX_HELD: usize = 1_000;

/// Messages `from ..= to`, complete to `rev`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub from: Seq,
    pub to: Seq,
    pub rev: Rev,
}

impl Range {
    pub(crate) fn contains(&self, seq: Seq) -> bool {
        (self.from..=self.to).contains(&seq)
    }
}

/// What a `sync` frame says about a room, without its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub from: Seq,
    pub to: Seq,
    pub upto: Rev,
    pub has_more: bool,
    pub reset: bool,
}

/// What is held of a room, and live frames (`F`) that wait.
#[derive(Clone, Debug)]
pub(crate) struct Replica<F> {
    cursor: Rev,
    ranges: Vec<Range>,
    held: BTreeMap<Rev, F>,
    /// The largest `rev` that was heard of.
    head: Rev,
    /// The ranges that stood in the last question; a page that arrives meanwhile is not covered by the answer.
    asked: Option<Vec<Range>>,
}

impl<F> Replica<F> {
    /// As it was kept. `ranges` in any order.
    pub(crate) fn new(cursor: Rev, ranges: Vec<Range>) -> Self {
        let mut replica = Self { cursor, ranges, held: BTreeMap::new(), head: cursor, asked: None };
        replica.tidy();
        replica
    }

    pub(crate) fn cursor(&self) -> Rev {
        self.cursor
    }

    /// In rising `seq`, disjoint.
    pub(crate) fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    pub(crate) fn range_of(&self, seq: Seq) -> Option<&Range> {
        self.ranges.iter().find(|range| range.contains(seq))
    }

    /// A live frame came. It waits here until [`Replica::next`] gives it.
    pub(crate) fn receive(&mut self, rev: Rev, frame: F) {
        self.head = self.head.max(rev);
        if rev > self.cursor {
            self.held.insert(rev, frame);
        }
        if self.held.len() > MAX_HELD {
            // Nothing is lost: the head is known, so a sync will be asked.
            self.held.clear();
        }
    }

    /// The server told a head (in a `ping`).
    pub(crate) fn hear_of(&mut self, head: Rev) {
        self.head = self.head.max(head);
    }

    /// The next frame in order, if it is here. The owner applies it and calls [`Replica::applied`].
    pub(crate) fn next(&mut self) -> Option<(Rev, F)> {
        while let Some(entry) = self.held.first_entry() {
            let rev = *entry.key();
            if rev > self.cursor + 1 {
                return None;
            }
            let frame = entry.remove();
            if rev == self.cursor + 1 {
                return Some((rev, frame));
            }
        }
        None
    }

    /// Whether the row at `seq` is known to be complete up to the present cursor, no more and no less: the condition for
    /// applying a frame that tells only a difference.
    pub(crate) fn is_current(&self, seq: Seq) -> bool {
        self.range_of(seq).is_some_and(|range| range.rev == self.cursor)
    }

    /// The frame `cursor + 1` was applied; `new` is the place of the message that it brought.
    pub(crate) fn applied(&mut self, rev: Rev, new: Option<Seq>) {
        debug_assert_eq!(rev, self.cursor + 1);
        for range in &mut self.ranges {
            if range.rev == self.cursor {
                range.rev = rev;
            }
        }
        self.cursor = rev;
        self.head = self.head.max(rev);
        if let Some(seq) = new {
            self.add(Range { from: seq, to: seq, rev });
        }
        self.tidy();
    }

    /// A page of history came, complete to `page.rev`.
    pub(crate) fn add_page(&mut self, page: Range) {
        self.add(page);
        self.tidy();
    }

    /// Whether something is known to be missing, so that a `sync` is due if it does not come by itself.
    pub(crate) fn is_missing(&self) -> bool {
        self.head > self.cursor || self.ranges.iter().any(|range| range.rev < self.cursor)
    }

    /// Whether a `sync` was asked and not yet answered.
    pub(crate) fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    /// What to say in `hello` or `sync`; `id_at` tells the message at a place. Remembers what was asked.
    ///
    /// Nothing is claimed beyond the cursor, not even for a range that is ahead: participants and settings come with the
    /// messages, and those are complete to the cursor only.
    pub(crate) fn ask(&mut self) -> Vec<Range> {
        let ranges: Vec<Range> =
            self.ranges.iter().map(|range| Range { rev: range.rev.min(self.cursor), ..*range }).collect();
        self.asked = Some(ranges.clone());
        ranges
    }

    /// The connection is gone: no answer will come, and held frames will come again by sync.
    pub(crate) fn disconnected(&mut self) {
        self.asked = None;
        self.held.clear();
        self.head = self.cursor;
    }

    /// The question was answered without the last frame, or could not be sent.
    pub(crate) fn unanswered(&mut self) {
        self.asked = None;
    }

    /// A `sync` frame came, and its rows are in place. True when everything held before is to be dropped *first*.
    pub(crate) fn answered(&mut self, answer: &Answer) -> bool {
        let mut asked = self.asked.take().unwrap_or_default();
        if answer.reset {
            self.ranges.clear();
            self.cursor = 0;
            self.head = self.held.last_key_value().map_or(0, |(rev, _)| *rev);
            asked = Vec::new();
        }
        // Not to the cursor, should it have gone on meanwhile: differences were not applied to ranges that were behind.
        let upto = answer.upto;
        for range in &asked {
            if range.rev < upto {
                self.add(Range { rev: upto, ..*range });
            }
        }
        if answer.has_more {
            for range in &mut asked {
                range.rev = range.rev.max(answer.upto);
            }
            self.asked = Some(asked);
        } else {
            if answer.to >= answer.from && answer.to > 0 {
                self.add(Range { from: answer.from.max(1), to: answer.to, rev: upto });
            }
            if answer.upto > self.cursor {
                // What was between is in the rows; ranges that stood at the old cursor were all asked for, except a page that
                // came meanwhile, which is now behind and will be asked for.
                self.cursor = answer.upto;
            }
            self.head = self.head.max(self.cursor);
        }
        self.tidy();
        answer.reset
    }

    /// Lays a range over the others: where they overlap the larger `rev` counts, for each says that it is complete to it.
    fn add(&mut self, new: Range) {
        let mut result = Vec::with_capacity(self.ranges.len() + 3);
        let mut uncovered = new.from;
        let mut overlaps: Vec<Range> = Vec::new();
        for range in &self.ranges {
            if range.to < new.from || range.from > new.to {
                result.push(*range);
                continue;
            }
            if range.from < new.from {
                result.push(Range { to: new.from - 1, ..*range });
            }
            if range.to > new.to {
                result.push(Range { from: new.to + 1, ..*range });
            }
            overlaps.push(Range {
                from: range.from.max(new.from),
                to: range.to.min(new.to),
                rev: range.rev.max(new.rev),
            });
        }
        overlaps.sort_by_key(|range| range.from);
        for overlap in overlaps {
            if overlap.from > uncovered {
                result.push(Range { from: uncovered, to: overlap.from - 1, rev: new.rev });
            }
            uncovered = overlap.to + 1;
            result.push(overlap);
        }
        if uncovered <= new.to {
            result.push(Range { from: uncovered, to: new.to, rev: new.rev });
        }
        self.ranges = result;
        self.tidy();
    }

    /// Sorts, and makes one of ranges that touch and are complete to the same `rev`.
    fn tidy(&mut self) {
        self.ranges.sort_by_key(|range| range.from);
        self.ranges.dedup_by(|next, range| {
            let is_one = range.to + 1 == next.from && range.rev == next.rev;
            if is_one {
                range.to = next.to;
            }
            is_one
        });
    }
}

/// What `hello` or `sync` says for a room; `to_ids` are the messages at the ranges' ends.
pub(crate) fn cursors(
    cursor: Rev,
    last_seq: Seq,
    ranges: &[(Range, Option<recado_protocol::MessageId>)],
) -> RoomCursors {
    if ranges.is_empty() {
        // A bare rev claims all messages up to it, which is true of a room that has none.
        return RoomCursors::Rev(if last_seq == 0 { cursor } else { 0 });
    }
    RoomCursors::Many(
        ranges
            .iter()
            .map(|(range, to_id)| RoomRange { rev: range.rev, from: range.from, to: range.to, to_id: *to_id })
            .collect(),
    )
}

#[cfg(test)]
mod tests;
