//! The step by tables, and against a model of the server's rules: whatever is lost, doubled or swapped on the way, what is
//! held in the end equals a fresh fetch.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn range(from: Seq, to: Seq, rev: Rev) -> Range {
    Range { from, to, rev }
}

fn answer(from: Seq, to: Seq, upto: Rev) -> Answer {
    Answer { from, to, upto, has_more: false, reset: false }
}

#[test]
fn frames_are_given_in_order_each_once() {
    let mut replica = Replica::new(4, vec![range(1, 3, 4)]);
    for rev in [7, 5, 3, 5, 6] {
        replica.receive(rev, rev * 10);
    }
    let mut seen = Vec::new();
    while let Some((rev, frame)) = replica.next() {
        seen.push(frame);
        replica.applied(rev, None);
    }
    assert_eq!(seen, [50, 60, 70]);
    assert!(!replica.is_missing());
    replica.receive(9, 90);
    assert!(replica.next().is_none());
    assert!(replica.is_missing());
}

#[test]
fn a_new_message_joins_the_range_at_the_cursor_and_not_one_that_is_ahead() {
    let mut replica = Replica::<()>::new(4, vec![range(1, 3, 4)]);
    replica.applied(5, Some(4));
    assert_eq!(replica.ranges(), [range(1, 4, 5)]);
    let mut ahead = Replica::<()>::new(4, vec![range(1, 3, 6)]);
    ahead.applied(5, Some(4));
    assert_eq!(ahead.ranges(), [range(1, 3, 6), range(4, 4, 5)]);
    ahead.applied(6, None);
    assert_eq!(ahead.ranges(), [range(1, 4, 6)]);
}

#[test]
fn a_page_from_before_needs_a_sync_and_then_joins() {
    let mut replica = Replica::<()>::new(9, vec![range(51, 60, 9)]);
    replica.add_page(range(1, 50, 7));
    assert!(replica.is_missing());
    assert!(!replica.is_current(20) && replica.is_current(55));
    assert_eq!(replica.ask(), [range(1, 50, 7), range(51, 60, 9)]);
    replica.applied(10, None);
    replica.answered(&answer(51, 60, 9));
    assert_eq!(replica.ranges(), [range(1, 50, 9), range(51, 60, 10)], "what was between was not applied to it");
    replica.ask();
    replica.answered(&answer(51, 60, 10));
    assert_eq!(replica.ranges(), [range(1, 60, 10)]);
    assert!(!replica.is_missing());
}

#[test]
fn a_page_that_came_after_the_question_is_not_covered_by_the_answer() {
    let mut replica = Replica::<()>::new(5, vec![range(51, 60, 5)]);
    replica.ask();
    replica.add_page(range(1, 50, 5));
    replica.answered(&answer(51, 62, 9));
    assert_eq!(replica.ranges(), [range(1, 50, 5), range(51, 62, 9)]);
    assert!(replica.is_missing());
}

#[test]
fn a_reset_leaves_the_newest_page_only() {
    let mut replica = Replica::<()>::new(5, vec![range(1, 60, 5)]);
    replica.ask();
    assert!(replica.answered(&Answer { reset: true, ..answer(951, 1_000, 4_000) }));
    assert_eq!((replica.cursor(), replica.ranges()), (4_000, &[range(951, 1_000, 4_000)][..]));
}

#[test]
fn an_interrupted_answer_keeps_what_it_brought() {
    let mut replica = Replica::<()>::new(5, vec![range(1, 60, 5)]);
    replica.ask();
    replica.answered(&Answer { has_more: true, ..answer(1, 60, 8) });
    assert_eq!((replica.cursor(), replica.ranges()), (5, &[range(1, 60, 8)][..]));
    replica.disconnected();
    assert_eq!(replica.ask(), [range(1, 60, 5)], "participants are complete to the cursor only");
}

#[test]
fn a_gap_stays_between_two_ranges() {
    let mut replica = Replica::<()>::new(5, vec![range(1, 60, 5)]);
    replica.ask();
    replica.answered(&answer(151, 200, 300));
    assert_eq!(replica.ranges(), [range(1, 60, 300), range(151, 200, 300)]);
}

// ---- against a model ----

/// A row as the server has it: its text stands for whatever may change.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    rev: Rev,
    created: Rev,
    text: u32,
    /// What only differences tell.
    reactions: Vec<u32>,
}

#[derive(Clone, Debug)]
enum Frame {
    Whole(Seq, Row),
    Reaction(Seq, u32),
    Other,
}

/// The server's rules, as small as they can be.
#[derive(Default)]
struct Model {
    rev: Rev,
    rows: BTreeMap<Seq, Row>,
}

struct SyncFrame {
    rows: Vec<(Seq, Row)>,
    answer: Answer,
}

const NEWEST: i64 = 5;
const PAGE_ROWS: usize = 3;
const RESET: usize = 25;

impl Model {
    fn change(&mut self, kind: u8, pick: u32) -> (Rev, Frame) {
        self.rev += 1;
        let rev = self.rev;
        let len = self.rows.len() as i64;
        let seq = if len == 0 { 0 } else { 1 + i64::from(pick) % len };
        let frame = match kind % 4 {
            0 | 1 if kind.is_multiple_of(2) || len == 0 => {
                let row = Row { rev, created: rev, text: pick, reactions: vec![] };
                self.rows.insert(len + 1, row.clone());
                Frame::Whole(len + 1, row)
            }
            1 | 2 if len > 0 => {
                let row = self.rows.get_mut(&seq).unwrap();
                if kind % 4 == 1 {
                    row.text = pick;
                    row.rev = rev;
                    Frame::Whole(seq, row.clone())
                } else {
                    row.reactions.push(pick);
                    row.rev = rev;
                    Frame::Reaction(seq, pick)
                }
            }
            _ => Frame::Other,
        };
        (rev, frame)
    }

    fn sync(&self, cursors: &[Range]) -> Vec<SyncFrame> {
        let changed: Vec<(Seq, Row)> = self
            .rows
            .iter()
            .filter(|(seq, row)| cursors.iter().any(|range| range.contains(**seq) && row.rev > range.rev))
            .map(|(seq, row)| (*seq, row.clone()))
            .collect();
        let is_ahead = cursors.iter().any(|range| range.rev > self.rev);
        let reset = changed.len() > RESET || is_ahead;
        let (cursors, mut changed) = if reset { (&[][..], vec![]) } else { (cursors, changed) };
        changed.sort_by_key(|(_, row)| row.rev);
        let last = self.rows.len() as Seq;
        let highest = cursors.last().map_or(0, |range| range.to);
        let from_new = if last - highest <= NEWEST { highest + 1 } else { last - NEWEST + 1 };
        let is_gap = from_new > highest + 1;
        let newest: Vec<(Seq, Row)> = self.rows.range(from_new..).map(|(seq, row)| (*seq, row.clone())).collect();
        let mut frames: Vec<SyncFrame> = changed
            .chunks(PAGE_ROWS)
            .map(|rows| SyncFrame {
                answer: Answer { from: 0, to: 0, upto: rows.last().unwrap().1.rev, has_more: true, reset: false },
                rows: rows.to_vec(),
            })
            .collect();
        let from = if is_gap || cursors.is_empty() { from_new } else { cursors.last().unwrap().from };
        let answer = Answer { from, to: last, upto: self.rev, has_more: false, reset };
        frames.push(SyncFrame { rows: newest, answer });
        frames
    }
}

/// A client: the replica and its rows.
struct Client {
    replica: Replica<Frame>,
    rows: BTreeMap<Seq, Row>,
    /// Questions that have not been answered.
    question: Option<Vec<Range>>,
}

impl Client {
    fn put(&mut self, seq: Seq, row: Row) {
        if self.rows.get(&seq).is_none_or(|held| held.rev < row.rev) {
            self.rows.insert(seq, row);
        }
    }

    fn receive(&mut self, rev: Rev, frame: Frame) {
        self.replica.receive(rev, frame);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some((rev, frame)) = self.replica.next() {
            let mut new = None;
            match frame {
                Frame::Whole(seq, row) => {
                    if row.created == rev {
                        new = Some(seq);
                    }
                    if new.is_some() || self.rows.contains_key(&seq) {
                        self.put(seq, row);
                    }
                }
                Frame::Reaction(seq, by) => {
                    if self.replica.is_current(seq) {
                        let row = self.rows.get_mut(&seq).unwrap();
                        if row.rev < rev {
                            row.reactions.push(by);
                            row.rev = rev;
                        }
                    }
                }
                Frame::Other => {}
            }
            self.replica.applied(rev, new);
        }
    }

    fn ask(&mut self) {
        if !self.replica.is_asking() {
            self.question = Some(self.replica.ask());
        }
    }

    fn answered(&mut self, frame: SyncFrame) {
        if frame.answer.reset {
            self.rows.clear();
        }
        for (seq, row) in frame.rows {
            self.put(seq, row);
        }
        self.replica.answered(&frame.answer);
        self.drain();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Change(u8, u32),
    /// Deliver the waiting live frame at that place; drop, double or take it.
    Deliver(usize, u8),
    Ask,
    /// Let the server read the question, then deliver that many of the answer's frames (all, or a cut connection).
    Answer(bool),
    Page(u32),
    LosePage,
    Reconnect,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<u8>(), any::<u32>()).prop_map(|(kind, pick)| Step::Change(kind, pick)),
        6 => (0..4_usize, 0..10_u8).prop_map(|(at, how)| Step::Deliver(at, how)),
        1 => Just(Step::Ask),
        2 => any::<bool>().prop_map(Step::Answer),
        2 => any::<u32>().prop_map(Step::Page),
        1 => Just(Step::LosePage),
        1 => Just(Step::Reconnect),
    ];
    proptest::collection::vec(step, 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_held_equals_a_fresh_fetch_whatever_happens_on_the_way(steps in steps()) {
        let mut server = Model::default();
        let mut client = Client { replica: Replica::new(0, vec![]), rows: BTreeMap::new(), question: None };
        let mut wire: Vec<(Rev, Frame)> = Vec::new();
        // A page that was read and has not arrived.
        let mut page: Option<(Range, Vec<(Seq, Row)>)> = None;
        for step in steps {
            match step {
                Step::Change(kind, pick) => wire.push(server.change(kind, pick)),
                Step::Deliver(at, how) => {
                    if !wire.is_empty() {
                        let at = at % wire.len();
                        let (rev, frame) = if how == 0 { wire[at].clone() } else { wire.remove(at) };
                        if how != 1 {
                            client.receive(rev, frame);
                        }
                    }
                }
                Step::Ask => client.ask(),
                Step::Answer(is_whole) => {
                    if let Some(question) = client.question.take() {
                        let mut frames = server.sync(&question);
                        if !is_whole {
                            frames.truncate(frames.len() / 2);
                        }
                        for frame in frames {
                            client.answered(frame);
                        }
                        if !is_whole {
                            client.replica.disconnected();
                            wire.clear();
                        }
                    }
                }
                Step::Page(pick) => {
                    // What stood on the wire as a page arrives now; another is read.
                    if let Some((range, rows)) = page.take() {
                        for (seq, row) in rows {
                            client.put(seq, row);
                        }
                        client.replica.add_page(range);
                    }
                    let last = server.rows.len() as Seq;
                    if last > 0 {
                        let to = 1 + i64::from(pick) % last;
                        let from = (to - 3).max(1);
                        let rows = server.rows.range(from..=to).map(|(seq, row)| (*seq, row.clone())).collect();
                        page = Some((range(from, to, server.rev), rows));
                    }
                }
                Step::LosePage => page = None,
                Step::Reconnect => {
                    client.replica.disconnected();
                    client.question = None;
                    wire.clear();
                    client.ask();
                }
            }
            check(&server, &client)?;
        }
        // Peace: everything that is missing is asked for until nothing is.
        client.replica.hear_of(server.rev);
        client.replica.disconnected();
        client.replica.hear_of(server.rev);
        for _ in 0..3 {
            client.question = None;
            client.ask();
            let question = client.question.take().unwrap_or_default();
            for frame in server.sync(&question) {
                client.answered(frame);
            }
            client.replica.disconnected();
        }
        prop_assert_eq!(client.replica.cursor(), server.rev);
        for range in client.replica.ranges() {
            prop_assert_eq!(range.rev, server.rev);
            for seq in range.from..=range.to {
                prop_assert_eq!(client.rows.get(&seq), server.rows.get(&seq), "at {}", seq);
            }
        }
        let last = server.rows.len() as Seq;
        prop_assert_eq!(client.replica.ranges().last().map_or(0, |range| range.to), last);
    }
}

/// At every moment: what a range claims is true, for a row that has not changed since the range's rev.
fn check(server: &Model, client: &Client) -> Result<(), TestCaseError> {
    for range in client.replica.ranges() {
        for seq in range.from..=range.to {
            let truth = &server.rows[&seq];
            let held = client.rows.get(&seq);
            prop_assert!(held.is_some(), "{seq} is claimed in {range:?} and missing");
            if truth.rev <= range.rev {
                prop_assert_eq!(held, Some(truth), "at {} in {:?}", seq, range);
            }
        }
    }
    Ok(())
}
