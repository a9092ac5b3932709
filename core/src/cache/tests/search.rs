//! The index follows the rows, and no query is an error.

use proptest::prelude::*;
use recado_protocol::{
    Message,
    search::{HitCursor, Query, Zone},
};

use super::*;

async fn empty() -> (tempfile::TempDir, Cache) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(&dir.path().join("cache.db"), &key(1)).await.unwrap();
    (dir, cache)
}

fn wanted(query: &str) -> Wanted {
    let query = Query::parse(query, &Zone::utc()).unwrap();
    let expression = query.expression(None, None);
    Wanted { expression, since: query.since, until: query.until, cursor: None, limit: 50 }
}

async fn found(cache: &mut Cache, query: &str) -> Vec<i64> {
    let (hits, _) = cache.hits(&wanted(query), &std::collections::HashMap::new()).await.unwrap();
    hits.iter().map(|message| message.seq).collect()
}

async fn put(cache: &mut Cache, message: Message) {
    cache.put_message(&message, false).await.unwrap();
}

#[tokio::test]
async fn what_is_edited_pinned_deleted_or_dropped_is_found_as_it_is_now() {
    let (_dir, mut cache) = empty().await;
    let room = message(1, 1, "").chat_room;
    for (seq, content) in [(1, "uno de julio"), (2, "dos de julio"), (3, "你好世界")] {
        put(&mut cache, message(seq, seq, content)).await;
    }
    assert_eq!(found(&mut cache, "JULIO ").await, [2, 1]);
    assert_eq!(found(&mut cache, "好世").await, [3]);
    assert_eq!(found(&mut cache, "界").await, [3]);
    put(&mut cache, message(1, 4, "uno de agosto")).await;
    // Late and old: changes nothing.
    put(&mut cache, message(1, 2, "uno de enero")).await;
    assert_eq!(found(&mut cache, "julio").await, [2]);
    assert_eq!(found(&mut cache, "uno agos").await, [1]);
    assert_eq!(found(&mut cache, "enero").await, Vec::<i64>::new());
    let pin = recado_protocol::message::Pin { by: Uuid::from_u128(1).into(), at: Timestamp(9) };
    put(&mut cache, Message { pinned: Some(pin), ..message(2, 5, "dos de julio") }).await;
    assert_eq!(found(&mut cache, "is:pinned julio").await, [2]);
    assert!(cache.delete_message(message(2, 0, "").id, 6).await.unwrap());
    assert_eq!(found(&mut cache, "de ").await, [1]);
    put(&mut cache, Message { is_deleted: true, ..message(3, 7, "") }).await;
    assert_eq!(found(&mut cache, "好世").await, Vec::<i64>::new());
    // Another message came to the place of one that is of another life.
    put(&mut cache, Message { id: Uuid::from_u128(9).into(), ..message(1, 8, "otro") }).await;
    assert_eq!((found(&mut cache, "uno").await, found(&mut cache, "otro").await), (vec![], vec![1]));
    cache.drop_messages(room).await.unwrap();
    assert_eq!(found(&mut cache, "otro").await, Vec::<i64>::new());
    cache.close().await;
}

#[tokio::test]
async fn what_was_held_before_there_was_an_index_is_indexed_the_newest_first() {
    let (_dir, mut cache) = empty().await;
    for seq in 1..=5 {
        put(&mut cache, message(seq, seq, "hola")).await;
    }
    sqlx::raw_sql("DELETE FROM search; UPDATE messages SET search_id = NULL")
        .execute(&mut cache.connection)
        .await
        .unwrap();
    let people = std::collections::HashMap::new();
    assert!(cache.has_unindexed().await.unwrap() && found(&mut cache, "hola").await.is_empty());
    cache.index_some(2, &people).await.unwrap();
    assert_eq!(found(&mut cache, "hola").await, [5, 4]);
    // One that changes meanwhile is indexed by that.
    put(&mut cache, message(1, 6, "hola a todos")).await;
    assert_eq!(found(&mut cache, "hola").await, [5, 4, 1]);
    cache.index_some(10, &people).await.unwrap();
    assert_eq!(found(&mut cache, "hola").await, [5, 4, 3, 2, 1]);
    assert!(!cache.has_unindexed().await.unwrap());
    cache.close().await;
}

#[tokio::test]
async fn pages_hold_every_hit_once_however_many_are_of_one_moment_and_in_whatever_order_they_came() {
    let (_dir, mut cache) = empty().await;
    let people = std::collections::HashMap::new();
    // Three moments; the oldest came last.
    for seq in (1..=40_i64).rev() {
        put(&mut cache, Message { created_at: Timestamp(1_000 + seq / 15), ..message(seq, seq, "hola") }).await;
    }
    for limit in [1, 7, 15, 40] {
        let (mut cursor, mut seen): (Option<HitCursor>, Vec<i64>) = (None, Vec::new());
        loop {
            let wanted = Wanted { cursor, limit, ..wanted("hola") };
            let (hits, has_more) = cache.hits(&wanted, &people).await.unwrap();
            assert!(hits.len() <= limit);
            seen.extend(hits.iter().map(|message| message.seq));
            cursor = hits.last().map(HitCursor::of);
            if !has_more {
                break;
            }
        }
        assert_eq!(seen, (1..=40).rev().collect::<Vec<_>>(), "{limit}");
    }
    let wanted = Wanted { since: Some(Timestamp(1_001)), until: Some(Timestamp(1_002)), limit: 100, ..wanted("hola") };
    assert_eq!(cache.hits(&wanted, &people).await.unwrap().0.len(), 15);
    cache.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// FTS5 never sees what it does not understand, and what was said is found by itself.
    #[test]
    fn any_query_is_answered_and_any_text_is_found_by_its_own_words(
        queries in proptest::collection::vec("\\PC{0,40}|[\"*():^{}+ANDORT -]{0,20}", 1..20),
        content in "\\PC{0,60}|[가-힣一-龯ぁ-んa-zÀ-ÿ \u{301}]{1,30}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_dir, mut cache) = empty().await;
            put(&mut cache, message(1, 1, &content)).await;
            for query in &queries {
                if let Ok(query) = Query::parse(query, &Zone::utc()) {
                    let expression = query.expression(None, None);
                    let wanted = Wanted { expression, since: query.since, until: query.until, cursor: None, limit: 5 };
                    let (hits, _) = cache.hits(&wanted, &std::collections::HashMap::new()).await.unwrap();
                    query.highlights(&content);
                    assert!(hits.len() <= 1);
                }
            }
            let own = format!("\"{}\" ", content.replace('"', " "));
            let own = Query::parse(&own, &Zone::utc()).unwrap();
            if !own.is_empty() {
                let expression = own.expression(None, None);
                let wanted = Wanted { expression, since: None, until: None, cursor: None, limit: 5 };
                let (hits, _) = cache.hits(&wanted, &std::collections::HashMap::new()).await.unwrap();
                assert_eq!(hits.len(), 1, "{content}");
                assert!(!own.highlights(&content).is_empty(), "{content}");
            }
            // Before the process ends: its exit frees the cipher's locks, which a file that is still closing needs.
            cache.close().await;
        });
    }
}
