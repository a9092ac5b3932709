//! What is found, by whom, and in which order.

use proptest::prelude::*;
use recado_protocol::search::{Hits, Query, Zone};

use super::*;

impl World {
    async fn hits(&self, who: UserId, query: &str) -> Hits {
        let query = Query::parse(query, &Zone::utc()).unwrap();
        self.store.search(who, Search { query, ..Search::default() }).await.unwrap()
    }

    async fn found(&self, who: UserId, query: &str) -> Vec<String> {
        let contents = |hits: Hits| hits.messages.into_iter().map(|hit| hit.message.content).collect();
        contents(self.hits(who, query).await)
    }
}

#[tokio::test]
async fn only_rooms_that_one_is_in_are_searched_and_a_newcomer_finds_what_was_before() {
    let world = World::new().await;
    let group = world.room(ChatType::Group, &[world.juan]).await;
    let private = world.room(ChatType::Private, &[world.lucia]).await;
    world.say(world.juan, group, "la paella del grupo").await;
    world.clock.advance(10);
    world.say(world.ana, private, "la paella de lucía").await;
    assert_eq!(world.found(world.ana, "paella").await, ["la paella de lucía", "la paella del grupo"]);
    assert_eq!(world.found(world.juan, "paella").await, ["la paella del grupo"]);
    assert_eq!(world.found(world.lucia, "paella").await, ["la paella de lucía"]);
    assert_eq!(world.found(world.ana, "paella in:lucia").await, ["la paella de lucía"]);
    assert_eq!(world.found(world.ana, "paella in:PLAZA").await, ["la paella del grupo"]);
    assert_eq!(world.found(world.juan, "paella in:lucia").await, Vec::<String>::new());
    assert_eq!(world.found(world.ana, "from:juan").await, ["la paella del grupo"]);
    assert_eq!(world.found(world.ana, "from:me paella").await, ["la paella de lucía"]);
    assert_eq!(world.found(world.ana, &format!("from:{}", world.juan)).await, ["la paella del grupo"]);
    assert_eq!(world.found(world.ana, "from:nobody").await, Vec::<String>::new());

    let only = |room| Search { query: Query::parse("paella", &Zone::utc()).unwrap(), room, ..Search::default() };
    let hits = world.store.search(world.ana, only(Some(group))).await.unwrap();
    assert_eq!(hits.messages.len(), 1);
    assert_eq!(code(world.store.search(world.juan, only(Some(private))).await), ErrorCode::NotFound);

    let new = NewParticipant { user_id: world.lucia, role: None };
    world.store.add_participant(world.ana, group, new).await.unwrap();
    assert_eq!(world.found(world.lucia, "paella grupo").await, ["la paella del grupo"]);
    world.store.remove_participant(world.ana, group, world.lucia).await.unwrap();
    assert_eq!(world.found(world.lucia, "paella grupo").await, Vec::<String>::new());
    // Her room with him is out of sight while she blocks him.
    world.store.block(world.lucia, world.ana).await.unwrap();
    assert_eq!(world.found(world.lucia, "paella").await, Vec::<String>::new());
    world.store.delete_room(world.ana, group).await.unwrap();
    assert_eq!(world.found(world.juan, "paella").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_edited_pinned_or_deleted_is_found_as_it_is_now() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    let one = world.say(world.ana, room, "uno https://recado.example").await;
    let two = world.say(world.ana, room, "dos").await;
    assert_eq!(world.found(world.juan, "has:link").await, ["uno https://recado.example"]);
    world.store.edit_message(world.ana, room, one.id, "tres".into(), None).await.unwrap();
    assert_eq!(world.found(world.juan, "uno").await, Vec::<String>::new());
    assert_eq!(world.found(world.juan, "has:link").await, Vec::<String>::new());
    assert_eq!(world.found(world.juan, "tres").await, ["tres"]);
    world.store.pin_message(world.ana, room, two.id, true).await.unwrap();
    assert_eq!(world.found(world.juan, "is:pinned").await, ["dos"]);
    world.store.delete_message(world.ana, room, two.id).await.unwrap();
    world.store.delete_message(world.ana, room, one.id).await.unwrap();
    assert_eq!(world.found(world.juan, "dos").await, Vec::<String>::new());
    assert_eq!(world.found(world.juan, "on:2023-11-14").await, Vec::<String>::new());
}

#[tokio::test]
async fn pages_hold_every_hit_once_also_those_of_one_moment() {
    let world = World::new().await;
    let (one, two) = (world.room(ChatType::Group, &[]).await, world.room(ChatType::Group, &[]).await);
    for number in 0..60 {
        world.say(world.ana, if number % 2 == 0 { one } else { two }, &format!("gol {number}")).await;
        world.clock.advance(i64::from(number % 10 == 9));
    }
    let all = world.found(world.ana, "gol ").await;
    assert_eq!(all.len(), 50);
    for limit in [1, 7, 60] {
        let (mut cursor, mut seen) = (None, Vec::new());
        loop {
            let query = Query::parse("gol ", &Zone::utc()).unwrap();
            let search = Search { query, room: None, cursor, limit: Some(limit) };
            let page = world.store.search(world.ana, search).await.unwrap();
            seen.extend(page.messages.into_iter().map(|hit| hit.message.content));
            let Some(next) = page.next else { break };
            cursor = Some(next.parse().unwrap());
        }
        assert_eq!(seen.len(), 60, "{limit}");
        assert_eq!(seen[..50], all, "{limit}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 60, "{limit}");
    }
    let none = Search { query: Query::default(), limit: Some(0), ..Search::default() };
    assert_eq!(code(world.store.search(world.ana, none).await), ErrorCode::InvalidRequest);
}

#[tokio::test]
async fn messages_of_before_the_index_are_found_after_it_was_filled() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[]).await;
    // More than a search indexes by itself.
    for number in 0..1_100 {
        world.say(world.ana, room, &format!("gol {number}")).await;
        world.clock.advance(1);
    }
    assert_eq!(world.found(world.ana, "gol 1099 ").await, ["gol 1099"]);
    let stop = tokio_util::sync::CancellationToken::new();
    let filling = tokio::spawn({
        let (store, stop) = (world.store.clone(), stop.clone());
        async move { store.keep_indexed(stop).await }
    });
    while world.found(world.ana, "\"gol 0\"").await.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    filling.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_query_is_answered(queries in proptest::collection::vec("\\PC{0,40}|[\"*():^{}+ANDORTNE -]{0,20}", 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let room = world.room(ChatType::Group, &[]).await;
            world.say(world.ana, room, "gol").await;
            for query in queries {
                if let Ok(query) = Query::parse(&query, &Zone::utc()) {
                    world.store.search(world.ana, Search { query, ..Search::default() }).await.unwrap();
                }
            }
        });
    }
}
