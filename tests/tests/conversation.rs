//! ana and juan with real cores and a real server: a conversation, and everything that interrupts one.

use recado_core::{
    notification::Notice,
    view::{Connection, Delivery, FailureCode, Session, SignOutReason},
};
use recado_tests::{
    CoreClient, Person, Settings, World,
    core_client::{Shown, room_id, rows},
    json,
    oracle::{assert_dense, contents, history},
    wait,
};

async fn both(world: &World) -> (Person, Person, String, CoreClient, CoreClient) {
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let (hers, his) = (world.core("ana").await, world.core("juan").await);
    for core in [&hers, &his] {
        core.line_shows("the room is listed", room_id(&room), |_| true).await;
    }
    (ana, juan, room, hers, his)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_writes_the_other_reads_and_ticks_say_how_far_it_came() {
    let world = World::new().await;
    let (_ana, _juan, room, hers, his) = both(&world).await;
    let room = room_id(&room);
    let mut shown = Shown::open(&hers, room).await;
    hers.send(room, "hola").await;
    his.has(room, &["hola"]).await;
    shown.until("sent", |items| rows(items) == [("hola".into(), Some(Delivery::Sent))]).await;
    his.line_shows("one unread", room, |line| line.unread == 1 && line.title == "ana").await;
    his.client.mark_read(room, 1).await.unwrap();
    shown.until("read", |items| rows(items) == [("hola".into(), Some(Delivery::Read { by: 1 }))]).await;
    his.line_shows("none unread", room, |line| line.unread == 0).await;
    his.send(room, "¿qué tal? 👋").await;
    hers.has(room, &["hola", "¿qué tal? 👋"]).await;
    let line = hers.line_shows("the preview", room, |line| line.last_message.is_some()).await;
    assert_eq!(line.last_message.map(|last| (last.content, last.is_own)), Some(("¿qué tal? 👋".into(), false)));
    hers.verified(room).await;
    his.verified(room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_keeps_its_key_from_echo_to_confirmation() {
    let world = World::new().await;
    let (_ana, _juan, room, hers, _his) = both(&world).await;
    let room = room_id(&room);
    let mut shown = Shown::open(&hers, room).await;
    let key = hers.send(room, "hola").await;
    let keys = |items: &[recado_core::view::TimelineItem]| {
        let list: Vec<_> = items
            .iter()
            .filter_map(|item| match item {
                recado_core::view::TimelineItem::Message(message) => Some((message.key.clone(), message.seq)),
                recado_core::view::TimelineItem::Gap { .. } => None,
            })
            .collect();
        list
    };
    shown.until("confirmed", |items| keys(items) == [(key.clone(), Some(1))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_offline_goes_out_in_order_and_history_stays_readable() {
    let mut world = World::new().await;
    let (ana, _juan, room, mut hers, his) = both(&world).await;
    let id = room_id(&room);
    hers.send(id, "antes").await;
    his.has(id, &["antes"]).await;
    hers.all_sent().await;
    world.server.kill();
    wait::until("she sees it", async || match hers.client.connection().await {
        Ok(Connection::Offline { .. } | Connection::Unreachable { .. }) => Ok(()),
        other => Err(other),
    })
    .await;
    for text in ["uno", "dos", "tres"] {
        hers.send(id, text).await;
    }
    let snapshot = hers.client.open_room(id).await.unwrap();
    let waiting: Vec<_> = rows(&snapshot.items);
    assert_eq!(waiting.len(), 4, "cached history and what waits: {waiting:?}");
    assert_eq!(waiting[1], ("uno".into(), Some(Delivery::Sending)));
    // The app is closed, then both are started again.
    hers.restart().await;
    assert_eq!(hers.client.outbox_len().await.unwrap(), 3);
    let startup = hers.client.startup().await.unwrap();
    assert!(matches!(startup.session, Session::SignedIn { .. }), "{:?}", startup.session);
    let timeline = startup.timeline.expect("the last room, before the network answers");
    assert_eq!(rows(&timeline.items).len(), 4);
    world.server.start().await;
    his.has(id, &["antes", "uno", "dos", "tres"]).await;
    hers.all_sent().await;
    let all = history(&ana.rest, &room).await;
    assert_eq!(contents(&all), ["antes", "uno", "dos", "tres"]);
    assert_dense(&all);
    hers.verified(id).await;
    his.verified(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_tries_then_unreachable_and_retry_brings_it_back() {
    let mut world = World::new().await;
    let (_ana, _juan, _room, hers, _his) = both(&world).await;
    world.server.kill();
    wait::until("unreachable", async || match hers.client.connection().await {
        Ok(Connection::Unreachable { .. }) => Ok(()),
        other => Err(other),
    })
    .await;
    world.server.start().await;
    hers.client.retry_now().await.unwrap();
    hers.online().await;
    hers.client.set_work_offline(true).await.unwrap();
    wait::until("switched off", async || match hers.client.connection().await {
        Ok(Connection::WorkingOffline) => Ok(()),
        other => Err(other),
    })
    .await;
    hers.client.set_work_offline(false).await.unwrap();
    hers.online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_survive_a_crash_and_a_profile_has_one_process() {
    let world = World::new().await;
    let (_ana, _juan, room, mut hers, _his) = both(&world).await;
    let room = room_id(&room);
    hers.client.save_draft(room, "a medio escri".into()).await.unwrap();
    let second = hers.try_open().await.map(drop).unwrap_err();
    assert_eq!(second.code, FailureCode::Conflict, "{second}");
    hers.crash().await;
    let snapshot = hers.client.open_room(room).await.unwrap();
    assert_eq!(snapshot.draft, "a medio escri");
    hers.line_shows("the draft", room, |line| line.draft.as_deref() == Some("a medio escri")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_deletions_and_reactions_reach_the_other() {
    let world = World::new().await;
    let (_ana, juan, room, hers, his) = both(&world).await;
    let room = room_id(&room);
    hers.send(room, "uno").await;
    hers.send(room, "dos").await;
    his.has(room, &["uno", "dos"]).await;
    hers.all_sent().await;
    hers.has(room, &["uno", "dos"]).await;
    let held = hers.messages(room).await;
    hers.client.edit_message(room, held[0].id, "UNO".into()).await.unwrap();
    hers.client.delete_message(room, held[1].id, None).await.unwrap();
    his.client.set_reaction(room, held[0].id, "golazo".into(), true).await.unwrap();
    his.has(room, &["UNO", ""]).await;
    wait::until("the reaction", async || match hers.messages(room).await {
        list if list[0]
            .reactions
            .iter()
            .any(|one| one.reaction_type == "golazo" && one.user_ids[0].to_string() == juan.id) =>
        {
            Ok(())
        }
        list => Err(list),
    })
    .await;
    hers.verified(room).await;
    his.verified(room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_out_of_view_is_notified_and_one_in_view_is_not() {
    let world = World::new().await;
    let (_ana, _juan, room, hers, his) = both(&world).await;
    let id = room_id(&room);
    let mut notices = his.client.notifications();
    hers.send(id, "mira").await;
    match wait::soon("a notice", notices.next()).await {
        Some(Notice::Show { room, title, body, seq, .. }) => {
            assert_eq!((room, title.as_str(), body.as_str(), seq), (id, "ana", "mira", 1));
        }
        other => panic!("{other:?}"),
    }
    his.client.set_view(Some(id), true);
    hers.send(id, "esto lo ves").await;
    his.has(id, &["mira", "esto lo ves"]).await;
    his.client.set_view(None, false);
    hers.send(id, "esto no").await;
    loop {
        match wait::soon("a notice", notices.next()).await {
            Some(Notice::Show { body, .. }) => {
                assert_eq!(body, "esto no");
                break;
            }
            Some(Notice::Withdraw { .. }) => {}
            None => panic!("the client ended"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_elsewhere_signs_out_and_says_why() {
    let world = World::new().await;
    let (_ana, juan, _room, _hers, his) = both(&world).await;
    let sessions = juan.rest.get("/auth/sessions").await.expect(200);
    let other = sessions["sessions"].as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    juan.rest.delete(&format!("/auth/sessions/{}", other["id"].as_str().unwrap())).await.expect(204);
    wait::until("signed out", async || match his.client.session().await {
        Ok(Session::SignedOut { reason: Some(SignOutReason::SessionEnded), .. }) => Ok(()),
        other => Err(other),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_that_live_for_seconds_are_renewed_without_a_break() {
    let mut world = World::with(Settings::default().with("ACCESS_TOKEN_TTL_S", "2")).await;
    let (_ana, _juan, room, mut hers, his) = both(&world).await;
    let room = room_id(&room);
    for round in 0..3 {
        world.server.restart().await;
        hers.restart().await;
        hers.send(room, &round.to_string()).await;
        hers.all_sent().await;
    }
    his.has(room, &["0", "1", "2"]).await;
    hers.signed_in().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_learn_at_which_field_something_is_wrong() {
    let world = World::new().await;
    let (_ana, _juan, _room, _hers, mut his) = both(&world).await;
    let url = world.server.url();
    his.client.sign_out().await.unwrap();
    his.client.shutdown().await;
    his.restart().await;
    let wrong = his.client.sign_in(&url, "juan", "wrong password").await.unwrap_err();
    assert_eq!(wrong.code, FailureCode::BadCredentials);
    let nobody = his.client.sign_in("http://127.0.0.1:9", "juan", "wrong password").await.unwrap_err();
    assert_eq!(nobody.code, FailureCode::Unreachable);
    let far = his.client.sign_in("http://chat.example.org", "juan", "x").await.unwrap_err();
    assert_eq!(far.code, FailureCode::InsecureServer);
    let bad = his.client.check_server("not an address").await.unwrap_err();
    assert_eq!(bad.code, FailureCode::BadAddress);
    let account = |name: &str| recado_core::view::NewAccount {
        username: name.into(),
        password: "12345678".into(),
        ..Default::default()
    };
    let taken = his.client.register(&url, account("ANA")).await.unwrap_err();
    assert_eq!(taken.code, FailureCode::UsernameTaken);
    let ugly = his.client.register(&url, account("a b")).await.unwrap_err();
    assert_eq!((ugly.code, ugly.field.as_deref()), (FailureCode::InvalidRequest, Some("username")));
    his.client.register(&url, account("pedro")).await.unwrap();
    his.online().await;
    let info = his.client.check_server(&url).await.unwrap();
    assert_eq!(info.url.trim_end_matches('/'), url);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_was_away_for_long_fetches_the_rest_behind_the_gap() {
    let world = World::new().await;
    let (ana, _juan, room, hers, his) = both(&world).await;
    let id = room_id(&room);
    hers.send(id, "0").await;
    his.has(id, &["0"]).await;
    his.client.set_work_offline(true).await.unwrap();
    wait::until("switched off", async || match his.client.connection().await {
        Ok(Connection::WorkingOffline) => Ok(()),
        other => Err(other),
    })
    .await;
    for number in 1..=120 {
        ana.post(&room, &number.to_string()).await;
    }
    let first = his.messages(id).await;
    let path = format!("/rooms/{room}/messages/{}", first[0].id);
    ana.rest.patch(&path, json!({"content": "cero"})).await.expect(200);
    his.client.set_work_offline(false).await.unwrap();
    let want: Vec<_> = std::iter::once("cero".to_owned()).chain((1..=120).map(|n| n.to_string())).collect();
    his.has(id, &want.iter().map(String::as_str).collect::<Vec<_>>()).await;
    his.verified(id).await;
}
