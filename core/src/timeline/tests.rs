use proptest::prelude::*;
use recado_protocol::{RoomId, Timestamp, frame::Ack};
use uuid::Uuid;

use super::*;
use crate::{list, view::Failure, view::FailureCode};

fn ana() -> UserId {
    Uuid::from_u128(1).into()
}

fn juan() -> UserId {
    Uuid::from_u128(2).into()
}

fn row(seq: Seq, sender: UserId, content: &str, client_id: Option<&str>) -> Message {
    Message {
        sender: cache::unknown(sender),
        client_id: client_id.map(Into::into),
        ..cache::tests::message(seq, seq, content)
    }
}

fn entry(client_id: &str, command: Command) -> Entry {
    Entry { id: 1, ..Entry::new(RoomId(Uuid::from_u128(7)), client_id.into(), command, Timestamp(9)) }
}

fn chat(content: &str) -> Command {
    Command::ChatMessage {
        content: content.into(),
        message_type: MessageType::Text,
        reply_to: None,
        recovered: false,
        attachments: vec![],
    }
}

fn built(rows: &[Message], entries: &[Entry], read_by_juan: Seq) -> Vec<TimelineItem> {
    let rows = rows.iter().map(|row| (row.seq, row.clone())).collect();
    let members = [(
        juan(),
        Member { role: Some(recado_protocol::Role::Member), last_read_seq: read_by_juan, read_at: None, rev: 1 },
    )];
    build(&Sources { me: ana(), rows: &rows, entries, people: &HashMap::new(), members: &members.into() })
}

fn only(items: &[TimelineItem]) -> &MessageItem {
    match items {
        [TimelineItem::Message(message)] => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_item_keeps_its_key_from_echo_to_confirmation() {
    let waiting = entry("c1", chat("hola"));
    let acked = Entry { ack: Some(Ack { seq: Some(1), ..Ack::default() }), ..waiting.clone() };
    let failed = Entry { failure: Some(Failure::new(FailureCode::Forbidden, "no")), ..waiting.clone() };
    let row = row(1, ana(), "hola", Some("c1"));
    let mut deliveries = Vec::new();
    for (rows, entries, read) in [
        (vec![], vec![failed], 0),
        (vec![], vec![waiting], 0),
        (vec![], vec![acked.clone()], 0),
        // The live frame came and the acknowledged entry is not yet removed: still one item.
        (vec![row.clone()], vec![acked], 0),
        (vec![row], vec![], 1),
    ] {
        let items = built(&rows, &entries, read);
        assert_eq!(only(&items).key, "c1");
        deliveries.push(only(&items).delivery.clone().unwrap());
    }
    assert!(matches!(deliveries[0], Delivery::Failed { .. }));
    assert_eq!(deliveries[1..], [Delivery::Sending, Delivery::Sent, Delivery::Sent, Delivery::Read { by: 1 }]);
}

#[test]
fn what_was_asked_shows_at_once_and_goes_when_it_is_refused() {
    let row = row(1, ana(), "hola", None);
    let edit = entry("c2", Command::EditMessage { message_id: row.id, content: "adiós".into() });
    let react =
        entry("c3", Command::ReactMessage { message_id: row.id, reaction_type: "like".into(), added: Some(true) });
    let items = built(std::slice::from_ref(&row), &[edit, react], 0);
    let item = only(&items);
    assert_eq!((item.content.as_str(), item.is_edited, item.reactions.len()), ("adiós", true, 1));
    let items = built(std::slice::from_ref(&row), &[], 0);
    assert_eq!((only(&items).content.as_str(), only(&items).is_edited), ("hola", false));
}

#[test]
fn a_message_and_its_quote_are_told_of_in_plain_words() {
    let first = row(1, juan(), "**Six** crates, ||one|| is yours", None);
    let answer = Message { reply_to: Some(quote_of(&first)), ..row(2, ana(), "_mine_?", None) };
    let edit = entry("c2", Command::EditMessage { message_id: answer.id, content: "`mine`!".into() });
    let items = built(&[first, answer], &[edit], 0);
    let [TimelineItem::Message(first), TimelineItem::Message(answer)] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!(
        (first.content.as_str(), first.preview.as_str()),
        ("**Six** crates, ||one|| is yours", "Six crates, ▒▒▒▒ is yours")
    );
    let quoted = answer.reply_to.as_ref().expect("it answers").content.as_str();
    assert_eq!((quoted, answer.preview.as_str()), ("Six crates, ▒▒▒▒ is yours", "mine!"));
}

#[test]
fn what_is_missing_between_two_rows_is_a_gap() {
    let items = built(&[row(1, juan(), "a", None), row(5, juan(), "b", None)], &[], 0);
    assert!(matches!(&items[1], TimelineItem::Gap { key } if key == "gap:1"), "{items:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// States of one timeline, each from a few choices: applying the steps between them equals building anew.
    #[test]
    fn applying_the_steps_equals_a_fresh_build(states in proptest::collection::vec(
        (proptest::collection::btree_map(1..30_i64, 0..3_u8, 0..20), proptest::collection::vec(any::<bool>(), 0..4), 0..30_i64), 1..8)
    ) {
        let mut shown: Vec<TimelineItem> = Vec::new();
        for (rows, waiting, read) in states {
            let rows: Vec<Message> = rows
                .iter()
                .map(|(seq, kind)| {
                    let client_id = format!("c{seq}");
                    let sender = if *kind == 0 { juan() } else { ana() };
                    row(*seq, sender, if *kind == 2 { "edited" } else { "hola" }, Some(client_id.as_str()))
                })
                .collect();
            let entries: Vec<Entry> = waiting
                .iter()
                .enumerate()
                .map(|(n, is_failed)| Entry {
                    failure: is_failed.then(|| Failure::new(FailureCode::Forbidden, "no")),
                    ..entry(&format!("w{n}"), chat("waiting"))
                })
                .collect();
            let fresh = built(&rows, &entries, read);
            let diffs = list::diff(&shown, &fresh, key);
            list::apply(&mut shown, &diffs);
            prop_assert_eq!(&shown, &fresh);
        }
    }
}

#[test]
fn what_happened_names_whom_it_happened_to_not_who_did_it() {
    let system = recado_protocol::message::SystemEvent::ParticipantRemoved { user_id: juan() };
    let removed = Message { message_type: MessageType::System, system: Some(system), ..row(1, ana(), "", None) };
    let items = built(&[removed], &[], 0);
    let message = only(&items);
    assert_eq!((message.sender.id, message.about.as_ref().map(|person| person.id)), (ana(), Some(juan())));
}
