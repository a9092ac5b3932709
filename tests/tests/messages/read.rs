//! Read markers: who has read what, when, and who is not to know.

use recado_core::view::Delivery;
use recado_tests::{
    World,
    core_client::{Shown, room_id, rows},
    json, wait,
};

use crate::{group, said, work_offline, work_online};

#[tokio::test(flavor = "multi_thread")]
async fn who_has_read_a_message_is_shown_with_the_time() {
    let world = World::new().await;
    let (_ana, _juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    said(&hers, &his, room, &["uno", "dos"]).await;
    let held = hers.messages(room).await;
    assert!(hers.client.read_by(room, held[0].id).await.unwrap().is_empty());
    his.client.mark_read(room, 1).await.unwrap();
    wait::until("read by him", async || match hers.client.read_by(room, held[0].id).await {
        Ok(readers) if readers.len() == 1 => {
            assert_eq!(readers[0].person.username, "juan");
            assert!(readers[0].at.is_some_and(|at| at >= held[0].created_at), "{readers:?}");
            Ok(())
        }
        other => Err(other),
    })
    .await;
    assert!(hers.client.read_by(room, held[1].id).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setting_hides_both_ways_and_own_devices_stay_in_step() {
    let world = World::new().await;
    let (ana, juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    said(&hers, &his, room, &["uno"]).await;
    let mut window = Shown::open(&hers, room).await;
    his.client.mark_read(room, 1).await.unwrap();
    window.until("read", |items| rows(items)[0].1 == Some(Delivery::Read { by: 1 })).await;
    assert!(his.client.read_receipts().await.unwrap());
    // Who no longer tells is no longer told: what she knew goes at once.
    hers.client.set_read_receipts(false).await.unwrap();
    window.until("not known any more", |items| rows(items)[0].1 == Some(Delivery::Sent)).await;
    assert_eq!(ana.rest.get("/me").await.expect(200)["read_receipts"], false);
    let other = world.core("ana").await;
    other.has(room, &["uno"]).await;
    his.send(room, "dos").await;
    other.line_shows("unread", room, |line| line.unread == 1).await;
    let mut old = juan.in_room(&id).await;
    hers.client.mark_read(room, 2).await.unwrap();
    other.line_shows("read on her other device", room, |line| line.unread == 0).await;
    let markers = |told: &recado_tests::Value| {
        let people = told["participants"].as_array().cloned().unwrap_or_default();
        people.iter().map(|one| one["last_read_seq"].as_i64().unwrap_or(-1)).collect::<Vec<_>>()
    };
    assert_eq!(markers(&juan.rest.get(&format!("/rooms/{id}")).await.expect(200)), [0, 2]);
    assert_eq!(markers(&ana.rest.get(&format!("/rooms/{id}")).await.expect(200)), [2, 0]);
    // Nor by the first version's socket.
    ana.post(&id, "tres").await;
    old.until("chat_message").await;
    assert!(old.drain().iter().all(|frame| frame["type"] != "message_read"));
    ana.rest.patch("/me", json!({"read_receipts": true})).await.expect(200);
    assert_eq!(markers(&ana.rest.get(&format!("/rooms/{id}")).await.expect(200)), [3, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_she_writes_and_does_elsewhere_moves_no_marker_that_she_set_back() {
    for is_away in [false, true] {
        let world = World::new().await;
        let (ana, _juan, id, hers, his) = group(&world).await;
        let room = room_id(&id);
        said(&his, &hers, room, &["uno", "dos"]).await;
        let other = world.core("ana").await;
        other.has(room, &["uno", "dos"]).await;
        if is_away {
            work_offline(&hers).await;
        }
        other.send(room, "tres").await;
        other.line_shows("all is read by writing", room, |line| line.unread == 0).await;
        other.client.mark_unread(room, 1).await.unwrap();
        other.line_shows("set back", room, |line| line.unread == 2).await;
        wait::until("the server knows", async || match ana.rest.get(&format!("/rooms/{id}")).await.expect(200) {
            told if told["unread"] == 2 => Ok(()),
            told => Err(told),
        })
        .await;
        // A line of the system tells that she did it.
        ana.rest.patch(&format!("/rooms/{id}"), json!({"name": "Cancha"})).await.expect(200);
        if is_away {
            work_online(&hers).await;
        }
        for core in [&hers, &other] {
            core.line_shows("renamed, and two unread", room, |line| line.title == "Cancha" && line.unread == 2).await;
            core.verified(room).await;
            core.line_shows("two unread still", room, |line| line.unread == 2).await;
        }
    }
}
