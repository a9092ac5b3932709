//! A stream in the order of its `rev`, whatever order it comes in.
//!
//! The next `rev` is delivered at once, a known one is dropped, a later one waits for those between. When they have not
//! come in [`HOLD`], the rows in the store are asked, and what they say is delivered in their place. Pure: it is told the
//! time and tells what to do.

use std::{collections::BTreeMap, time::Duration};

use recado_protocol::Rev;
use tokio::time::Instant;

/// How long a frame waits for those before it.
pub(super) const HOLD: Duration = Duration::from_millis(200);
/// Frames that may wait; beyond it the rows are asked at once.
const MAX_WAITING: usize = 512;

/// What came of an offer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offer<T> {
    /// These are next, in order.
    Deliver(Vec<(Rev, T)>),
    /// Known already.
    Known,
    /// Something before it is missing.
    Wait,
}

#[derive(Debug)]
pub(super) struct Ordered<T> {
    last: Option<Rev>,
    /// The highest `rev` that is known to exist.
    head: Rev,
    waiting: BTreeMap<Rev, T>,
    due: Option<Instant>,
    asking: bool,
}

impl<T> Ordered<T> {
    /// A stream that was delivered up to `last`; `None`: not known, so that whatever comes first is next.
    pub(super) fn at(last: Option<Rev>) -> Self {
        Self { last, head: last.unwrap_or(0), waiting: BTreeMap::new(), due: None, asking: false }
    }

    pub(super) fn last(&self) -> Rev {
        self.last.unwrap_or(0)
    }

    /// The highest `rev` known to exist, delivered or not.
    pub(super) fn head(&self) -> Rev {
        self.head
    }

    /// When to ask [`Ordered::overdue`], if something is missing.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.asking)
    }

    pub(super) fn offer(&mut self, rev: Rev, item: T, now: Instant) -> Offer<T> {
        self.head = self.head.max(rev);
        let last = self.last.unwrap_or(rev - 1);
        if rev <= last {
            return Offer::Known;
        }
        if rev > last + 1 {
            self.waiting.insert(rev, item);
            if self.waiting.len() > MAX_WAITING {
                self.waiting.clear();
                self.due = Some(now);
            }
            self.due.get_or_insert(now + HOLD);
            return Offer::Wait;
        }
        self.last = Some(rev);
        let mut next = vec![(rev, item)];
        self.drain(&mut next, now);
        Offer::Deliver(next)
    }

    /// The store says that the stream goes up to `head`.
    pub(super) fn heard_of(&mut self, head: Rev, now: Instant) {
        self.head = self.head.max(head);
        if self.head > *self.last.get_or_insert(head) {
            self.due.get_or_insert(now + HOLD);
        }
    }

    /// After which `rev` the rows are to be read now, if they are. Then [`Ordered::fill`] or [`Ordered::failed`] must follow.
    pub(super) fn overdue(&mut self, now: Instant) -> Option<Rev> {
        if self.asking || self.due.is_none_or(|due| due > now) {
            return None;
        }
        self.asking = true;
        self.last
    }

    /// What the rows say: all up to `upto`. Gives what is next.
    pub(super) fn fill(&mut self, rows: Vec<(Rev, T)>, upto: Rev, now: Instant) -> Vec<(Rev, T)> {
        self.asking = false;
        self.due = None;
        let last = self.last();
        let mut next: Vec<_> = rows.into_iter().filter(|(rev, _)| *rev > last).collect();
        let last = next.last().map_or(last, |(rev, _)| *rev).max(upto).max(last);
        self.last = Some(last);
        self.head = self.head.max(last);
        self.drain(&mut next, now);
        next
    }

    /// The rows could not be read; tried again later.
    pub(super) fn failed(&mut self, again: Instant) {
        self.asking = false;
        self.due = Some(again);
    }

    /// Moves on over what waits without a hole.
    fn drain(&mut self, next: &mut Vec<(Rev, T)>, now: Instant) {
        let mut last = self.last();
        self.waiting = self.waiting.split_off(&(last + 1));
        while let Some(item) = self.waiting.remove(&(last + 1)) {
            last += 1;
            next.push((last, item));
        }
        self.last = Some(last);
        if self.head <= last {
            self.due = None;
        } else if !next.is_empty() && self.due.is_some() {
            // Progress: what is still missing has its own time.
            self.due = Some(now + HOLD);
        } else {
            self.due.get_or_insert(now + HOLD);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliver(offer: Offer<&'static str>) -> Vec<&'static str> {
        match offer {
            Offer::Deliver(items) => items.into_iter().map(|(_, item)| item).collect(),
            _ => vec![],
        }
    }

    #[test]
    fn swapped_frames_come_out_in_order() {
        let now = Instant::now();
        let mut stream = Ordered::at(Some(4));
        assert_eq!(stream.offer(6, "six", now), Offer::Wait);
        assert_eq!(stream.due(), Some(now + HOLD));
        assert_eq!(deliver(stream.offer(5, "five", now)), ["five", "six"]);
        assert_eq!(stream.overdue(now + HOLD), None);
    }

    #[test]
    fn a_repeated_frame_is_dropped() {
        let now = Instant::now();
        let mut stream = Ordered::at(Some(0));
        assert_eq!(deliver(stream.offer(1, "one", now)), ["one"]);
        assert_eq!(stream.offer(1, "one", now), Offer::Known);
    }

    #[test]
    fn a_lost_frame_is_asked_for_once_its_time_is_over() {
        let now = Instant::now();
        let mut stream = Ordered::at(Some(1));
        stream.offer(3, "three", now);
        assert_eq!(stream.overdue(now + HOLD / 2), None);
        assert_eq!(stream.overdue(now + HOLD), Some(1));
        assert_eq!(stream.overdue(now + HOLD), None, "asked once");
        assert_eq!(stream.fill(vec![(2, "two")], 2, now + HOLD), [(2, "two"), (3, "three")]);
        assert_eq!(stream.due(), None);
    }

    #[test]
    fn rows_may_have_holes_where_a_row_changed_again() {
        let now = Instant::now();
        let mut stream = Ordered::at(Some(1));
        stream.heard_of(4, now);
        assert_eq!(stream.overdue(now + HOLD), Some(1));
        assert_eq!(stream.fill(vec![(2, "two"), (4, "four")], 4, now), [(2, "two"), (4, "four")]);
        assert_eq!((stream.last(), stream.due()), (4, None));
    }

    #[test]
    fn what_came_while_the_rows_were_read_is_not_told_twice() {
        let now = Instant::now();
        let mut stream = Ordered::at(Some(1));
        stream.offer(3, "three", now);
        stream.overdue(now + HOLD);
        assert_eq!(deliver(stream.offer(2, "two", now + HOLD)), ["two", "three"]);
        assert_eq!(stream.fill(vec![(2, "two"), (3, "three")], 3, now + HOLD), []);
    }

    #[test]
    fn an_unknown_start_takes_the_first_and_learns_the_head() {
        let now = Instant::now();
        let mut stream = Ordered::at(None);
        assert_eq!(deliver(stream.offer(9, "nine", now)), ["nine"]);
        let mut stream = Ordered::<&str>::at(None);
        stream.heard_of(9, now);
        assert_eq!((stream.last(), stream.due()), (9, None));
    }

    #[test]
    fn a_failed_read_is_tried_again() {
        let now = Instant::now();
        let mut stream = Ordered::at(Some(1));
        stream.offer(3, "three", now);
        stream.overdue(now + HOLD);
        stream.failed(now + HOLD * 5);
        assert_eq!(stream.overdue(now + HOLD * 2), None);
        assert_eq!(stream.overdue(now + HOLD * 5), Some(1));
    }

    #[test]
    fn too_many_waiting_are_dropped_for_the_rows() {
        let now = Instant::now();
        let mut stream = Ordered::at(Some(0));
        for rev in 2..=600 {
            stream.offer(rev, "later", now);
        }
        assert!(stream.waiting.len() <= MAX_WAITING);
        assert_eq!(stream.overdue(now), Some(0));
    }
}
