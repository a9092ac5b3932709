//! Finding messages: the same here and on the server, in one's own rooms alone, whatever changed, also without a connection.

use recado_core::view::{FailureCode, SearchPage};
use recado_protocol::RoomId;
use recado_tests::{CoreClient, Person, Value, World, core_client::room_id, json, wait};

/// Texts that the server finds for somebody, with what was found in them.
async fn told(person: &Person, parameters: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let answer = person.rest.get(&format!("/search?{pairs}")).await.expect(200);
    let hit = |message: &Value| {
        let content = message["content"].as_str().expect("a text").to_owned();
        let units: Vec<u16> = content.encode_utf16().collect();
        let part = |find: &Value| {
            let at = |name: &str| find[name].as_u64().expect("a place") as usize;
            String::from_utf16(&units[at("start")..at("end")]).expect("whole characters")
        };
        let finds = message["highlights"].as_array().expect("highlights").iter().map(part).collect();
        (content, finds)
    };
    answer["messages"].as_array().expect("messages").iter().map(hit).collect()
}

async fn server(person: &Person, query: &str) -> Vec<String> {
    told(person, &[("query", query), ("limit", "100")]).await.into_iter().map(|(content, _)| content).collect()
}

fn texts(page: &SearchPage) -> Vec<String> {
    page.hits.iter().map(|hit| hit.snippet.clone()).collect()
}

async fn local(core: &CoreClient, query: &str) -> Vec<String> {
    texts(&core.client.search_messages(query.into(), None, None).await.unwrap_or_else(|failure| panic!("{failure}")))
}

/// Waits until all rooms are here whole.
async fn whole(core: &CoreClient, rooms: &[RoomId]) {
    for room in rooms {
        core.line_shows("the room", *room, |_| true).await;
        core.verified(*room).await;
    }
}

/// ana's group with juan and lucia, her private room with juan, and what was said there.
async fn said(world: &World) -> (Person, Person, Person, String, String) {
    let (ana, juan, lucia) = world.three().await;
    let group = ana.room("group", &[&juan, &lucia]).await;
    let private = ana.room("private", &[&juan]).await;
    for text in [
        "¡Qué GOLAZO de Lucía!",
        "golazo, dijo el árbitro",
        "看你好世界的照片",
        "東京タワーへ行きます",
        "안녕하세요 여러분",
    ] {
        juan.post(&group, text).await;
    }
    for text in ["el árbol, https://recado.example/a?b=c", "un gol (\"AND\" NOT *)", "🔥 buenos días a todos"] {
        ana.post(&group, text).await;
    }
    ana.post(&private, "un golazo en privado").await;
    // Without text, as only the room socket takes it.
    let mut socket = lucia.in_room(&group).await;
    socket.send(json!({"type": "chat_message", "message_type": "image", "content": ""})).await;
    socket.next_of("chat_message").await;
    (ana, juan, lucia, group, private)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cache_finds_what_the_server_finds() {
    let world = World::new().await;
    let (ana, juan, lucia, group, private) = said(&world).await;
    let hers = world.core("ana").await;
    whole(&hers, &[room_id(&group), room_id(&private)]).await;
    for (query, want) in [
        ("golazo ", vec!["un golazo en privado", "golazo, dijo el árbitro", "¡Qué GOLAZO de Lucía!"]),
        ("LUCIA ", vec!["¡Qué GOLAZO de Lucía!"]),
        (
            "gol",
            vec!["un golazo en privado", "un gol (\"AND\" NOT *)", "golazo, dijo el árbitro", "¡Qué GOLAZO de Lucía!"],
        ),
        ("gol ", vec!["un gol (\"AND\" NOT *)"]),
        ("árb", vec!["el árbol, https://recado.example/a?b=c", "golazo, dijo el árbitro"]),
        ("golazo arbitro ", vec!["golazo, dijo el árbitro"]),
        ("\"dijo el\"", vec!["golazo, dijo el árbitro"]),
        ("\"el dijo\"", vec![]),
        ("你好", vec!["看你好世界的照片"]),
        ("界", vec!["看你好世界的照片"]),
        ("好你", vec![]),
        ("タワー", vec!["東京タワーへ行きます"]),
        ("하세", vec!["안녕하세요 여러분"]),
        ("🔥", vec!["🔥 buenos días a todos"]),
        ("AND NOT ", vec!["un gol (\"AND\" NOT *)"]),
        ("has:link", vec!["el árbol, https://recado.example/a?b=c"]),
        ("has:image", vec![""]),
        ("from:juan golazo", vec!["golazo, dijo el árbitro", "¡Qué GOLAZO de Lucía!"]),
        ("from:me golazo", vec!["un golazo en privado"]),
        ("golazo in:juan", vec!["un golazo en privado"]),
        ("golazo in:futbol", vec!["golazo, dijo el árbitro", "¡Qué GOLAZO de Lucía!"]),
        ("golazo before:2020", vec![]),
        ("golazo after:2020 in:juan", vec!["un golazo en privado"]),
        ("golazo from:nobody", vec![]),
        ("", vec![]),
        ("!?", vec![]),
    ] {
        assert_eq!(server(&ana, query).await, want, "server: {query}");
        let mut page = hers.client.search_messages(query.into(), None, None).await.unwrap();
        assert_eq!(texts(&page), want, "cache: {query}");
        assert!(page.is_complete && !page.is_offline && page.next.is_none(), "{query}: {page:?}");
        let merged = hers.client.search_server(query.into(), None, None).await.unwrap();
        page.is_complete = true;
        assert_eq!(merged, page, "{query}");
    }
    // Other people find what is theirs.
    assert_eq!(server(&lucia, "golazo ").await.len(), 2);
    assert_eq!(server(&juan, "golazo ").await.len(), 3);
    // In one room, with where to open it.
    let page = hers.client.search_messages("golazo".into(), Some(room_id(&private)), None).await.unwrap();
    let hit = &page.hits[0];
    assert_eq!((page.hits.len(), hit.seq, hit.room_title.as_str(), hit.is_own), (1, 1, "juan", true));
    assert_eq!((hit.highlights[0].start, hit.highlights[0].end), (3, 9));
    let opened = hers.client.open_at(hit.room, hit.seq).await.unwrap();
    assert!(opened.target.is_some());
    let one = told(&ana, &[("query", "golazo"), ("room", &private)]).await;
    assert_eq!(one, [("un golazo en privado".to_owned(), vec!["golazo".to_owned()])]);
    let parts = told(&ana, &[("query", "buenos d")]).await;
    assert_eq!(parts, []);
    let parts = told(&ana, &[("query", "\"buenos dias\" tod")]).await;
    assert_eq!(parts[0].1, ["buenos días", "todos"]);
    // Filters may come apart from the query.
    for (name, value, count) in [
        ("from", "juan", 2),
        ("from", juan.id.as_str(), 2),
        ("has", "link", 0),
        ("before", "2020-01-01T00:00:00Z", 0),
        ("after", "2020-01-01", 3),
    ] {
        assert_eq!(told(&ana, &[("query", "golazo "), (name, value)]).await.len(), count, "{name}={value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let private = juan.room("private", &[&lucia]).await;
    let community = juan.room("community", &[]).await;
    for (query, field) in [
        ("query=has:sound", "has"),
        ("query=on:soon", "on"),
        ("query=from:", "from"),
        ("query=is:new", "is"),
        ("query=a&has=image,sound", "has"),
        ("query=a&before=soon", "before"),
        ("query=a&cursor=1", "cursor"),
        ("query=a&limit=0", "limit"),
        ("query=a&time_zone=Moon", "time_zone"),
        (&format!("query={}", "x".repeat(300)), "query"),
    ] {
        ana.rest.get(&format!("/search?{query}")).await.invalid(field);
    }
    ana.rest.get(&format!("/search?query=a&room={private}")).await.problem(404, "not_found");
    ana.rest.get("/search?query=a&room=nowhere").await.problem(404, "not_found");
    ana.rest.get(&format!("/search?query=a&room={community}")).await.problem(403, "forbidden");
    world.rest().get("/search?query=a").await.problem(401, "unauthenticated");
    assert_eq!(ana.rest.get("/search").await.expect(200), json!({"messages": [], "next": null}));
    let hers = world.core("ana").await;
    for failure in [
        hers.client.search_messages("has:sound".into(), None, None).await.unwrap_err(),
        hers.client.search_server("has:sound".into(), None, None).await.unwrap_err(),
    ] {
        assert_eq!((failure.code, failure.field.as_deref()), (FailureCode::InvalidRequest, Some("has")));
    }
    let elsewhere = hers.client.search_messages("a".into(), Some(room_id(&private)), None).await.unwrap_err();
    assert_eq!(elsewhere.code, FailureCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_is_found_as_it_is_now_by_everyone_who_may() {
    let world = World::new().await;
    let (ana, juan, lucia, group, private) = said(&world).await;
    let (hers, his) = (world.core("ana").await, world.core("juan").await);
    let rooms = [room_id(&group), room_id(&private)];
    whole(&hers, &rooms).await;
    whole(&his, &rooms).await;
    let both = async |query: &str, want: &[&str]| {
        assert_eq!(server(&ana, query).await, want, "{query}");
        for core in [&hers, &his] {
            wait::until("both find the same", async || match local(core, query).await {
                found if found == want => Ok(()),
                found => Err(format!("{query}: {found:?}")),
            })
            .await;
        }
    };
    let message = ana.post(&group, "un secreto").await;
    let path = format!("/rooms/{group}/messages/{}", message["id"].as_str().unwrap());
    both("secreto", &["un secreto"]).await;
    ana.rest.patch(&path, json!({"content": "un misterio"})).await.expect(200);
    both("misterio", &["un misterio"]).await;
    both("secreto", &[]).await;
    ana.rest.put(&format!("{path}/pin")).await.expect(204);
    both("is:pinned", &["un misterio"]).await;
    ana.rest.put(&format!("{path}/reactions/like")).await.expect(204);
    both("misterio is:pinned", &["un misterio"]).await;
    ana.rest.delete(&path).await.expect(204);
    both("misterio", &[]).await;
    both("is:pinned", &[]).await;

    // Who was taken out finds nothing there any more, and who comes back finds what was said meanwhile.
    ana.rest.delete(&format!("/rooms/{group}/participants/{}", juan.id)).await.expect(204);
    assert_eq!(server(&juan, "golazo ").await, ["un golazo en privado"]);
    wait::until("his cache forgets it", async || match local(&his, "golazo ").await {
        found if found == ["un golazo en privado"] => Ok(()),
        found => Err(found),
    })
    .await;
    ana.post(&group, "golazo sin juan").await;
    ana.rest.post(&format!("/rooms/{group}/participants"), json!({"user_id": juan.id})).await.expect(201);
    assert_eq!(server(&juan, "golazo sin").await, ["golazo sin juan"]);
    whole(&his, &rooms).await;
    assert_eq!(local(&his, "golazo sin").await, ["golazo sin juan"]);

    // Blocking hides the private room; in rooms of several what was said stays to be read, and to be found.
    ana.rest.put(&format!("/me/blocks/{}", juan.id)).await.expect(204);
    juan.post(&private, "otro golazo").await;
    let want = ["golazo sin juan", "golazo, dijo el árbitro", "¡Qué GOLAZO de Lucía!"];
    assert_eq!(server(&ana, "golazo ").await, want);
    wait::until("her cache hides it", async || match local(&hers, "golazo ").await {
        found if found == want => Ok(()),
        found => Err(found),
    })
    .await;
    // A deleted room is gone for all.
    ana.rest.delete(&format!("/rooms/{group}")).await.expect(204);
    assert_eq!(server(&lucia, "golazo ").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn local_hits_come_first_and_the_servers_behind_them_page_by_page() {
    let mut world = World::new().await;
    let (ana, juan) = world.two().await;
    let group = ana.room("group", &[&juan]).await;
    for number in 1..=130 {
        ana.post(&group, &format!("gol {number}")).await;
    }
    // Holds the newest page of the room alone.
    let room = room_id(&group);
    let his = quiet_core(&world, "juan").await;
    wait::until("the newest page", async || match his.room_messages(room).await {
        Ok(held) if held.len() == 50 => Ok(()),
        other => Err(other.map(|held| held.len())),
    })
    .await;
    let want = |from: i64, to: i64| (to..=from).rev().map(|number| format!("gol {number}")).collect::<Vec<_>>();
    let query = || "gol ".to_owned();
    let here = his.search_messages(query(), None, None).await.unwrap();
    assert_eq!((texts(&here), here.is_complete, here.next.is_none()), (want(130, 81), false, true));
    let (mut cursor, mut seen) = (None, Vec::new());
    loop {
        let page = his.search_server(query(), Some(room), cursor).await.unwrap();
        assert!(page.is_complete && !page.is_offline && page.hits.len() <= 50);
        seen.extend(texts(&page));
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert_eq!(seen, want(130, 1));
    let far = his.search_server("\"gol 3\"".into(), None, None).await.unwrap();
    assert_eq!(far.hits[0].seq, 3);
    assert!(his.search_messages("\"gol 3\"".into(), None, None).await.unwrap().hits.is_empty());

    // Without a server: what is held, and that it is all there is to be had.
    his.set_work_offline(true).await.unwrap();
    wait::until("switched off", async || match his.connection().await {
        Ok(recado_core::view::Connection::WorkingOffline) => Ok(()),
        other => Err(other),
    })
    .await;
    for _ in 0..2 {
        let page = his.search_server(query(), None, None).await.unwrap();
        assert_eq!((texts(&page), page.is_offline, page.is_complete), (want(130, 81), true, false));
        his.set_work_offline(false).await.unwrap();
        world.server.kill();
    }
    his.shutdown().await;
}

/// A core that fetches nothing by itself.
async fn quiet_core(world: &World, name: &str) -> recado_core::client::Client {
    use recado_core::client::{Client, ClientOptions, Timing};
    let options = ClientOptions {
        profile_dir: world.dir.path().join(format!("quiet-{name}")),
        server: Some(world.server.url()),
        secrets: std::sync::Arc::new(recado_core::secrets::MemorySecrets::default()),
        clock: std::sync::Arc::new(recado_core::clock::SystemClock),
        device: "test".into(),
        timing: Timing { background_fetch: None, ..recado_tests::core_client::timing() },
    };
    let client = Client::open(options).await.expect("a new profile opens");
    client.sign_in(&world.server.url(), name, recado_tests::world::PASSWORD).await.expect("the account is there");
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_have_a_rate_of_their_own() {
    let settings = recado_tests::Settings::default().with("RATE_LIMIT", "on");
    let world = World::with(settings).await;
    let ana = world.person("ana").await;
    let mut refused = None;
    for _ in 0..200 {
        let answer = ana.rest.get("/search?query=a").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.expect(200);
    }
    let refused = refused.expect("it is refused some time");
    assert!(refused.headers.contains_key("retry-after"));
    refused.problem(429, "rate_limited");
    ana.rest.get("/me").await.expect(200);
}
