use recado_protocol::{MessageType, RoomId, Timestamp, User};
use uuid::Uuid;

use super::*;
use crate::cache::messages::unknown;

fn key(byte: u8) -> String {
    hex::encode([byte; 32])
}

/// Of ana, in a room of its own.
pub(crate) fn message(seq: i64, rev: Rev, content: &str) -> recado_protocol::Message {
    let sender = User { username: "ana".into(), display_name: "Ana".into(), ..unknown(Uuid::from_u128(1).into()) };
    recado_protocol::Message {
        id: Uuid::from_u128(100 + seq as u128).into(),
        chat_room: Uuid::from_u128(7).into(),
        seq,
        rev,
        sender,
        content: content.into(),
        message_type: MessageType::Text,
        attachments: vec![],
        reply_to: None,
        reactions: vec![],
        pinned: None,
        mentions_room: false,
        is_edited: false,
        is_deleted: false,
        created_at: Timestamp(seq),
        updated_at: Timestamp(rev),
        client_id: None,
        recovered: false,
        system: None,
    }
}

#[tokio::test]
async fn a_row_is_overwritten_only_by_a_larger_rev() {
    let dir = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(&dir.path().join("cache.db"), &key(1)).await.unwrap();
    let (people, room) = (std::collections::HashMap::new(), RoomId(Uuid::from_u128(7)));
    for (rev, content) in [(5, "five"), (3, "three"), (5, "other five"), (6, "six")] {
        cache.put_message(&message(1, rev, content), false).await.unwrap();
    }
    let held = cache.messages(room, 1, 1, 10, &people).await.unwrap();
    assert_eq!((held[0].rev, held[0].content.as_str()), (6, "six"));
    assert!(!cache.delete_message(held[0].id, 6).await.unwrap(), "what is as old as the row changes nothing");
    assert!(cache.delete_message(held[0].id, 7).await.unwrap());
    assert!(cache.messages(room, 1, 1, 10, &people).await.unwrap()[0].is_deleted);
    cache.close().await;
}

#[tokio::test]
async fn no_text_can_be_found_in_the_bytes_of_file_and_log() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cache.db");
    let mut cache = Cache::open(&path, &key(1)).await.unwrap();
    cache.begin().await.unwrap();
    for seq in 1..200 {
        cache.put_message(&message(seq, seq, "a very secret recado"), false).await.unwrap();
    }
    cache.commit().await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        seen += bytes.len();
        for text in ["secret recado", "SQLite format", "messages"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
        }
    }
    assert!(seen > 20_000, "the log is there and holds the rows: {seen}");
    cache.close().await;
}

#[tokio::test]
async fn a_wrong_key_is_told_as_such_and_the_file_can_be_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cache.db");
    let mut cache = Cache::open(&path, &key(1)).await.unwrap();
    cache.put_message(&message(1, 1, "hola"), false).await.unwrap();
    cache.close().await;
    assert!(matches!(Cache::open(&path, &key(2)).await, Err(StoreError::Unreadable)));
    crate::sealed::set_aside(&path).unwrap();
    Cache::open(&path, &key(2)).await.unwrap().close().await;
    let kept = Cache::open(&crate::sealed::aside(&path), &key(1)).await.expect("nothing was destroyed");
    kept.close().await;
}
mod search;
