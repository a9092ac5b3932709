use uuid::Uuid;

use super::*;
use crate::view::FailureCode;

fn key() -> String {
    hex::encode([3; 32])
}

fn entry(n: u128) -> Entry {
    let command = Command::ChatMessage {
        content: format!("unsent words {n}"),
        message_type: recado_protocol::MessageType::Text,
        reply_to: None,
        recovered: false,
        attachments: vec![],
    };
    Entry { id: n as i64, ..Entry::new(RoomId(Uuid::from_u128(7)), format!("c{n}"), command, Timestamp(5)) }
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_crash_in_its_order_and_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    let mut outbox = Outbox::open(&path, &key()).await.unwrap();
    let room = entry(1).room;
    outbox.set_draft(room, "half a sentence").await.unwrap();
    for n in 1..=3 {
        outbox.push(entry(n)).await.unwrap();
    }
    outbox.set_mark(room, Some(9)).await.unwrap();
    let refused = Failure::new(FailureCode::Forbidden, "no");
    outbox.set_failure(2, Some(&refused)).await.unwrap();
    // A crash: the files as they are at this moment, without any farewell.
    let copy = dir.path().join("copy.db");
    for suffix in ["", "-wal"] {
        let from = dir.path().join(format!("outbox.db{suffix}"));
        let bytes = std::fs::read(&from).unwrap();
        for text in ["unsent words", "half a sentence"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
        }
        std::fs::write(dir.path().join(format!("copy.db{suffix}")), bytes).unwrap();
    }
    let mut copy = Outbox::open(&copy, &key()).await.unwrap();
    let contents = copy.contents().await.unwrap();
    let ids: Vec<&str> = contents.entries.iter().map(|entry| entry.client_id.as_str()).collect();
    assert_eq!(ids, ["c1", "c2", "c3"]);
    assert_eq!(contents.entries[1].failure, Some(refused));
    assert_eq!(contents.marks[&room], 9);
    assert!(contents.drafts.is_empty(), "a message that was sent is no draft any more");
    copy.close().await;
    outbox.close().await;
}

#[test]
fn a_later_message_never_overtakes_one_that_was_refused() {
    let failed = |n| Entry { failure: Some(Failure::new(FailureCode::Forbidden, "no")), ..entry(n) };
    let acked = |n| Entry { ack: Some(Ack::default()), ..entry(n) };
    let edit = |n: u128| Entry {
        command: Command::EditMessage { message_id: Uuid::from_u128(n).into(), content: "x".into() },
        ..entry(n)
    };
    let now = Instant::now();
    let awaiting = |n| Entry { awaits: Some("c9".into()), ..edit(n) };
    let held = |n| Entry { held_until: Some(now + std::time::Duration::from_secs(5)), ..edit(n) };
    for (why, entries, want) in [
        ("the first", vec![entry(1), entry(2)], Some(1)),
        ("acknowledged ones are done", vec![acked(1), entry(2)], Some(2)),
        ("a refused one holds back messages", vec![failed(1), entry(2)], None),
        ("but not other commands", vec![failed(1), entry(2), edit(3)], Some(3)),
        ("one that awaits its message lets others pass", vec![awaiting(1), entry(2)], Some(2)),
        ("one that is held back too", vec![held(1), entry(2)], Some(2)),
        ("until its time has come", vec![Entry { held_until: Some(now), ..held(1) }, entry(2)], Some(1)),
        ("nothing", vec![], None),
    ] {
        assert_eq!(next(&entries, now).map(|entry| entry.id), want, "{why}");
    }
}
