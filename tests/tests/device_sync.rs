//! `CONTRACT.md` section 4: what `hello` and `sync` answer, frame by frame.

use recado_tests::{
    Person, Socket, Value, World, json,
    oracle::{digest, history},
    socket::Synced,
};

async fn room_of(world: &World, messages: usize) -> (Person, Person, String) {
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    for number in 1..=messages {
        ana.post(&room, &number.to_string()).await;
    }
    (ana, juan, room)
}

fn seqs(messages: &[Value]) -> Vec<i64> {
    messages.iter().filter_map(|message| message["seq"].as_i64()).collect()
}

async fn head(person: &Person, room: &str) -> i64 {
    person.rest.get(&format!("/rooms/{room}")).await.expect(200)["rev"].as_i64().expect("a room has a rev")
}

async fn hello(person: &Person, fields: Value) -> (Socket, Synced) {
    let mut socket = person.device_socket().await;
    let synced = socket.hello(fields).await;
    (socket, synced)
}

/// Asserts what holds of any answer about a room, and gives the last frame.
#[track_caller]
fn last<'a>(synced: &'a Synced, room: &str) -> &'a Value {
    let frames = synced.of(room);
    assert!(!frames.is_empty(), "no sync of the room: {:?}", synced.kinds());
    for (place, frame) in frames.iter().enumerate() {
        let is_last = place + 1 == frames.len();
        assert_eq!(frame["has_more"], !is_last, "{frame}");
        for key in ["from", "to", "messages", "participants", "upto", "gap", "reset"] {
            assert!(frame.get(key).is_some(), "{key}: {frame}");
        }
        let messages = frame["messages"].as_array().expect("a list");
        assert!(messages.len() <= 200, "{} rows in a frame", messages.len());
        if !is_last {
            assert_eq!(
                frame["upto"],
                messages.last().expect("a page with more is not empty")["rev"],
                "upto of a frame with has_more is its last row's"
            );
            let revs: Vec<_> = messages.iter().map(|message| message["rev"].as_i64()).collect();
            assert!(revs.is_sorted(), "rows come in rev order");
        }
        assert!(place == 0 || frame["reset"] == false, "reset stands in the first frame only");
    }
    frames[frames.len() - 1]
}

#[tokio::test]
async fn a_new_device_is_told_everything_in_order_and_then_ready() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 60).await;
    let (_socket, synced) = hello(&juan, json!({})).await;
    let success = &synced.success;
    assert_eq!((&success["user"]["id"], &success["protocol"]), (&json!(juan.id), &json!(1)));
    assert!(success["session_id"].is_string() && success["epoch"].is_string(), "{success}");
    assert_eq!(success["heartbeat_ms"], 25_000);
    let limits = &success["limits"];
    assert_eq!((&limits["max_frame_bytes"], &limits["max_message_chars"]), (&json!(131_072), &json!(10_000)));
    assert!(limits["messages_per_s"].is_i64() && limits["messages_burst"].is_i64());

    let rooms = synced.rooms();
    assert_eq!(rooms.len(), 1);
    assert_eq!((&rooms[0]["chat_room"], &rooms[0]["room"]["id"]), (&json!(room), &json!(room)));
    assert!(rooms[0]["rev"].is_i64());
    let end = last(&synced, &room);
    assert_eq!(seqs(&synced.messages(&room)), (11..=60).collect::<Vec<_>>(), "the newest page");
    assert_eq!((&end["from"], &end["to"], &end["reset"]), (&json!(11), &json!(60), &json!(false)));
    assert_eq!(end["upto"], head(&ana, &room).await);
    assert_eq!(end["participants"].as_array().unwrap().len(), 2);
    let kinds = synced.kinds();
    let first_sync = kinds.iter().position(|kind| *kind == "sync").unwrap();
    assert!(kinds[..first_sync].contains(&"room"), "room stands before sync: {kinds:?}");
    let me = synced.me().expect("the stream me");
    let row = me["me"]["rooms"].as_array().unwrap().iter().find(|row| row["chat_room"] == room).unwrap();
    assert_eq!((&row["unread"], &row["last_read_seq"]), (&json!(60), &json!(0)));
    let people = synced.people();
    let names: Vec<_> = people.iter().flat_map(|frame| frame["people"].as_array().unwrap()).collect();
    assert!(names.iter().any(|user| user["username"] == "ana"), "{names:?}");
    assert_eq!(people.last().unwrap()["has_more"], false);
}

#[tokio::test]
async fn who_holds_all_is_told_nothing_again() {
    let world = World::new().await;
    let (_ana, juan, room) = room_of(&world, 3).await;
    let (_first, all) = hello(&juan, json!({})).await;
    let upto = last(&all, &room)["upto"].clone();
    let (me, people) = (all.me().unwrap()["upto"].clone(), all.people().last().unwrap()["upto"].clone());
    let epoch = all.success["epoch"].clone();
    for cursor in [upto.clone(), json!({"rev": upto, "from": 1, "to": 3}), json!([{"rev": upto, "from": 1, "to": 3}])] {
        let (_socket, synced) =
            hello(&juan, json!({"epoch": epoch, "rooms": {&room: cursor}, "me": me, "people": people})).await;
        assert!(synced.messages(&room).is_empty(), "{:?}", synced.frames);
        assert!(synced.rooms().is_empty(), "{:?}", synced.frames);
        assert!(synced.of(&room).iter().all(|frame| frame["reset"] == false));
        let rows = synced.me().map_or(0, |frame| frame["me"]["rooms"].as_array().unwrap().len());
        assert_eq!(rows, 0, "{:?}", synced.frames);
    }
}

#[tokio::test]
async fn a_bare_rev_and_a_range_bring_what_changed_in_them_and_what_is_new() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 4).await;
    let (_socket, all) = hello(&juan, json!({})).await;
    let rev = last(&all, &room)["upto"].clone();
    let held = all.messages(&room);
    let path = |message: &Value| format!("/rooms/{room}/messages/{}", message["id"].as_str().unwrap());
    ana.rest.patch(&path(&held[1]), json!({"content": "DOS"})).await.expect(200);
    juan.rest.put(&format!("{}/reactions/like", path(&held[0]))).await.expect(204);
    ana.rest.delete(&path(&held[2])).await.expect(204);
    ana.post(&room, "5").await;
    for cursor in [rev.clone(), json!({"rev": rev, "from": 1, "to": 4, "to_id": held[3]["id"]})] {
        let (_socket, synced) = hello(&juan, json!({"rooms": {&room: cursor}})).await;
        let mut got = synced.messages(&room);
        got.sort_by_key(|message| message["seq"].as_i64());
        assert_eq!(seqs(&got), [1, 2, 3, 5], "only what changed, and what is new");
        assert_eq!(got[1]["content"], "DOS");
        assert_eq!(got[0]["reactions"][0]["reaction_type"], "like");
        assert_eq!(got[2]["is_deleted"], true);
        let end = last(&synced, &room);
        assert_eq!((&end["upto"], &end["gap"], &end["to"]), (&json!(head(&ana, &room).await), &Value::Null, &json!(5)));
    }
    // What is outside the ranges that one holds is not told.
    let (_socket, synced) = hello(&juan, json!({"rooms": {&room: {"rev": rev, "from": 3, "to": 4}}})).await;
    assert_eq!(
        {
            let mut got = seqs(&synced.messages(&room));
            got.sort_unstable();
            got
        },
        [3, 5]
    );
    // Several ranges, each to its own rev.
    let ranges = json!([{"rev": rev, "from": 1, "to": 1}, {"rev": head(&ana, &room).await, "from": 3, "to": 5}]);
    let (_socket, synced) = hello(&juan, json!({"rooms": {&room: ranges}})).await;
    assert_eq!(seqs(&synced.messages(&room)), [1]);
}

#[tokio::test]
async fn more_than_a_page_of_news_leaves_a_gap() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 3).await;
    let (_socket, all) = hello(&juan, json!({})).await;
    let rev = last(&all, &room)["upto"].clone();
    for number in 4..=70 {
        ana.post(&room, &number.to_string()).await;
    }
    let held = all.messages(&room);
    let edit = json!({"content": "UNO"});
    ana.rest.patch(&format!("/rooms/{room}/messages/{}", held[0]["id"].as_str().unwrap()), edit).await.expect(200);
    let (_socket, synced) = hello(&juan, json!({"rooms": {&room: {"rev": rev, "from": 1, "to": 3}}})).await;
    let end = last(&synced, &room);
    assert_eq!(end["gap"], json!({"after_seq": 3, "before_seq": 21}));
    assert_eq!((&end["from"], &end["to"]), (&json!(21), &json!(70)));
    let newest: Vec<_> = seqs(&synced.messages(&room)).into_iter().filter(|seq| *seq > 3).collect();
    assert_eq!(newest, (21..=70).collect::<Vec<_>>());
    assert!(synced.messages(&room).iter().any(|message| message["content"] == "UNO"));
}

#[tokio::test]
async fn a_foreign_history_is_reset() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 3).await;
    let rev = head(&ana, &room).await;
    let epoch = hello(&juan, json!({})).await.1.success["epoch"].clone();
    for fields in [
        json!({"epoch": epoch, "rooms": {&room: {"rev": rev, "from": 1, "to": 3, "to_id": uuid::Uuid::now_v7()}}}),
        json!({"epoch": epoch, "rooms": {&room: {"rev": rev + 50, "from": 1, "to": 3}}}),
        json!({"epoch": epoch, "rooms": {&room: rev + 50}}),
        json!({"epoch": "another life", "rooms": {&room: {"rev": rev, "from": 1, "to": 3}}}),
    ] {
        let what = fields.to_string();
        let (_socket, synced) = hello(&juan, fields).await;
        let frames = synced.of(&room);
        assert_eq!(frames.first().map(|frame| frame["reset"] == true), Some(true), "{what}: {frames:?}");
        assert_eq!(seqs(&synced.messages(&room)), [1, 2, 3], "{what}");
        assert_eq!(last(&synced, &room)["upto"], rev);
    }
}

#[tokio::test]
async fn many_changes_come_in_pages_and_too_many_as_a_reset() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 0).await;
    let mut hers = ana.device().await;
    let send = async |hers: &mut Socket, range: std::ops::RangeInclusive<usize>| {
        let end = *range.end();
        let frames = range.map(|n| json!({"type": "chat_message", "chat_room": room, "content": n.to_string(), "client_id": n.to_string()}));
        hers.flood(frames).await.unwrap();
        hers.find("the last ack", |frame| frame["type"] == "ack" && frame["client_id"] == end.to_string().as_str())
            .await;
        hers.drain();
    };
    send(&mut hers, 1..=2_010).await;
    let held = history(&ana.rest, &room).await;
    let rev = head(&ana, &room).await;
    let edit = async |hers: &mut Socket, messages: &[Value]| {
        let frames = messages.iter().map(|m| json!({"type": "edit_message", "chat_room": room, "message_id": m["id"], "content": "x", "ref": m["seq"]}));
        hers.flood(frames).await.unwrap();
        let end = messages.last().unwrap()["seq"].clone();
        hers.find("the last ack", |frame| frame["type"] == "ack" && frame["ref"] == end).await;
        hers.drain();
    };
    edit(&mut hers, &held[..450]).await;
    let cursor = json!({"rooms": {&room: {"rev": rev, "from": 1, "to": 2_010}}});
    let (_socket, synced) = hello(&juan, cursor.clone()).await;
    last(&synced, &room);
    assert_eq!(synced.of(&room).len(), 3, "450 rows in pages of 200");
    let mut got = seqs(&synced.messages(&room));
    got.sort_unstable();
    assert_eq!(got, (1..=450).collect::<Vec<_>>());
    edit(&mut hers, &held[450..]).await;
    let (_socket, synced) = hello(&juan, cursor).await;
    let frames = synced.of(&room);
    assert_eq!(frames[0]["reset"], true);
    assert_eq!(seqs(&synced.messages(&room)), (1_961..=2_010).collect::<Vec<_>>(), "only the newest page");
}

#[tokio::test]
async fn sync_asks_again_on_an_open_socket() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 3).await;
    let lucia = world.person("lucia").await;
    let foreign = ana.room("group", &[]).await;
    let (mut his, all) = hello(&juan, json!({})).await;
    let rev = last(&all, &room)["upto"].clone();
    ana.post(&room, "4").await;
    his.until("chat_message").await;
    let synced = his.sync(json!({"rooms": {&room: {"rev": rev, "from": 1, "to": 3}, &foreign: 0}})).await;
    assert_eq!(seqs(&synced.messages(&room)), [4]);
    assert!(synced.frames.iter().any(|frame| frame["type"] == "room_removed" && frame["chat_room"] == foreign));
    assert!(synced.of(&room).iter().all(|frame| frame["ref"].is_string()), "ref is echoed");
    assert!(synced.me().is_none() && synced.people().is_empty(), "a stream left out is not answered");
    let synced = his.sync(json!({"me": 0, "people": 0})).await;
    assert!(synced.me().is_some() && !synced.people().is_empty());
    // A change of settings is told before the sync that shows it.
    ana.rest.patch(&format!("/rooms/{room}"), json!({"name": "Otro"})).await.expect(200);
    ana.rest.post(&format!("/rooms/{room}/participants"), json!({"user_id": lucia.id})).await.expect(201);
    ana.rest.delete(&format!("/rooms/{room}/participants/{}", lucia.id)).await.expect(204);
    let synced = his.sync(json!({"rooms": {&room: {"rev": rev, "from": 1, "to": 3}}})).await;
    assert_eq!(synced.kinds().first(), Some(&"room"), "{:?}", synced.kinds());
    assert_eq!(synced.frames[0]["room"]["name"], "Otro");
    let gone = &last(&synced, &room)["participants"];
    let row = gone.as_array().unwrap().iter().find(|one| one["user"]["id"] == lucia.id).expect("lucia's row");
    assert!(row.as_object().unwrap().contains_key("role") && row["role"].is_null(), "{row}");
}

#[tokio::test]
async fn rooms_left_behind_are_removed_at_hello() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 3).await;
    let rev = head(&ana, &room).await;
    ana.rest.delete(&format!("/rooms/{room}/participants/{}", juan.id)).await.expect(204);
    let (_socket, synced) = hello(&juan, json!({"rooms": {&room: rev}})).await;
    assert!(synced.frames.iter().any(|frame| frame["type"] == "room_removed" && frame["chat_room"] == room));
    assert!(synced.of(&room).is_empty());
}

#[tokio::test]
async fn what_is_held_after_any_sync_has_the_servers_digest() {
    let world = World::new().await;
    let (ana, juan, room) = room_of(&world, 10).await;
    let (_socket, all) = hello(&juan, json!({})).await;
    let mut held = all.messages(&room);
    let rev = last(&all, &room)["upto"].clone();
    for message in &held[2..5] {
        let path = format!("/rooms/{room}/messages/{}", message["id"].as_str().unwrap());
        ana.rest.put(&format!("{path}/reactions/love")).await.expect(204);
    }
    ana.post(&room, "11").await;
    let (_socket, synced) = hello(&juan, json!({"rooms": {&room: rev}})).await;
    for row in synced.messages(&room) {
        held.retain(|message| message["id"] != row["id"]);
        held.push(row);
    }
    held.sort_by_key(|message| message["seq"].as_i64());
    let server = juan.rest.get(&format!("/rooms/{room}/digest?from=1&to=11")).await.expect(200);
    assert_eq!(server["digest"], digest(&held));
}
