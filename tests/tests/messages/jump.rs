//! Jumping to a far message or a date, with and without a connection.

use recado_core::{
    client::{Client, ClientOptions},
    clock::SystemClock,
    secrets::{MemorySecrets, SecretStore},
    view::{FailureCode, TimelineItem, TimelineSnapshot},
};
use recado_protocol::Timestamp;
use recado_tests::{
    World,
    core_client::{Shown, room_id, timing},
    json, wait,
    world::PASSWORD,
};

use crate::{group, shown};

/// Contents, with a dash where a gap stands.
fn texts(items: &[TimelineItem]) -> Vec<String> {
    items
        .iter()
        .map(|item| match item {
            TimelineItem::Message(message) => message.content.clone(),
            TimelineItem::Gap { .. } => "-".into(),
        })
        .collect()
}

fn target(snapshot: &TimelineSnapshot) -> Option<String> {
    let key = snapshot.target.as_ref()?;
    shown(&snapshot.items).into_iter().find(|message| message.key == *key).map(|message| message.content.clone())
}

/// A core that fetches nothing by itself.
async fn quiet_core(world: &World, name: &str) -> Client {
    let options = ClientOptions {
        profile_dir: world.dir.path().join(format!("quiet-{name}")),
        server: Some(world.server.url()),
        secrets: std::sync::Arc::new(MemorySecrets::default()) as std::sync::Arc<dyn SecretStore>,
        clock: std::sync::Arc::new(SystemClock),
        device: "test".into(),
        timing: recado_core::client::Timing { background_fetch: None, ..timing() },
    };
    let client = Client::open(options).await.expect("a new profile opens");
    client.sign_in(&world.server.url(), name, PASSWORD).await.expect("the account is there");
    client
}

#[tokio::test]
async fn a_far_message_that_is_not_held_is_fetched_with_what_is_around_it() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let id = ana.room("group", &[&juan]).await;
    for number in 1..=300 {
        ana.post(&id, &number.to_string()).await;
    }
    let room = room_id(&id);
    let his = quiet_core(&world, "juan").await;
    wait::until("the newest page", async || match his.room_messages(room).await {
        Ok(held) if held.len() == 50 => Ok(()),
        other => Err(other.map(|held| held.len())),
    })
    .await;
    let snapshot = his.open_at(room, 100).await.unwrap();
    assert_eq!(target(&snapshot).as_deref(), Some("100"));
    let seen = texts(&snapshot.items);
    let gap = seen.iter().position(|text| text == "-").expect("a gap before the newest");
    let island: Vec<_> = seen[..gap].iter().map(|text| text.parse::<i64>().unwrap()).collect();
    assert!(island.windows(2).all(|pair| pair[0] + 1 == pair[1]) && island.len() >= 40, "{seen:?}");
    assert!(island[0] <= 80 && *island.last().unwrap() >= 120, "{seen:?}");
    assert_eq!(seen.last().map(String::as_str), Some("300"));
    assert!(snapshot.has_older);

    // What changed before the page was read, and what changes after it, is right in it.
    let path = |seq: usize, all: &[recado_tests::Value]| {
        format!("/rooms/{id}/messages/{}", all[seq - 1]["id"].as_str().unwrap())
    };
    let all = recado_tests::oracle::history(&ana.rest, &id).await;
    ana.rest.patch(&path(101, &all), json!({"content": "ciento uno"})).await.expect(200);
    wait::until("the edit", async || match his.room_messages(room).await {
        Ok(held) if held.iter().any(|message| message.content == "ciento uno") => Ok(()),
        other => Err(other.map(|held| held.len())),
    })
    .await;

    // Scrolling closes the gap from its newer end, and older ones come above the island.
    let snapshot = his.open_at(room, 100).await.unwrap();
    let key = snapshot.items.iter().find_map(|item| match item {
        TimelineItem::Gap { key } => Some(key.clone()),
        TimelineItem::Message(_) => None,
    });
    his.load_gap(room, key.expect("a gap")).await.unwrap();
    his.load_older(room).await.unwrap();
    wait::until("more of both", async || match his.room_messages(room).await {
        Ok(held) if held.len() == 200 => Ok(()),
        other => Err(other.map(|held| held.len())),
    })
    .await;

    // A date leads to its first message, here and without a connection.
    let at: Timestamp = serde_json::from_value(all[99]["created_at"].clone()).unwrap();
    let first = all.iter().find(|message| message["created_at"] == all[99]["created_at"]).unwrap();
    let by_date = his.open_at_date(room, at).await.unwrap();
    assert_eq!(target(&by_date).as_deref(), first["content"].as_str());
    let later = Timestamp(at.millis() + 24 * 3600 * 1000);
    assert_eq!(his.open_at_date(room, later).await.unwrap().target, None, "nothing is so late: the end");
    let page =
        ana.rest.get(&format!("/rooms/{id}/messages?at={}&limit=2", first["created_at"].as_str().unwrap())).await;
    assert_eq!(page.expect(200)["messages"][0]["id"], first["id"]);
    ana.rest.get(&format!("/rooms/{id}/messages?at=yesterday")).await.problem(400, "invalid_request");
    ana.rest
        .get(&format!("/rooms/{id}/messages?at=2026-01-01T00:00:00Z&before=3"))
        .await
        .problem(400, "invalid_request");
    his.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_jumped_to_without_a_connection_and_stays_live() {
    let mut world = World::new().await;
    let (ana, _juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    for number in 1..=200 {
        ana.post(&id, &number.to_string()).await;
    }
    his.verified(room).await;
    hers.verified(room).await;
    let mut window = Shown::open(&hers, room).await;
    let jumped = hers.client.open_at(room, 30).await.unwrap();
    window.take(jumped);
    // The gap closes from the cache, step by step, and what is new comes at the end.
    hers.send(room, "nuevo").await;
    window.until("the new one", |items| texts(items).last().map(String::as_str) == Some("nuevo")).await;
    while let Some(TimelineItem::Gap { key }) =
        window.items.iter().find(|item| matches!(item, TimelineItem::Gap { .. }))
    {
        let key = key.clone();
        let before = window.items.len();
        hers.client.load_gap(room, key).await.unwrap();
        window.until("the gap shrinks", |items| items.len() != before).await;
    }
    let seen = texts(&window.items);
    let numbers: Vec<i64> = seen.iter().filter_map(|text| text.parse().ok()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]) && numbers.contains(&30), "{seen:?}");

    // Without a server what is held is there, and what is not says why.
    world.server.kill();
    let snapshot = his.client.open_at(room, 30).await.unwrap();
    assert_eq!(target(&snapshot).as_deref(), Some("30"));
    let seen = texts(&snapshot.items);
    assert_eq!(seen.iter().filter(|text| *text == "-").count(), 1, "held, but not shown: {seen:?}");
    assert!(seen.len() < 130, "{}", seen.len());
    assert_eq!(his.client.open_at(room, 5_000).await.unwrap_err().code, FailureCode::Unreachable);
}
