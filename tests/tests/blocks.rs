//! Blocking somebody: nothing of theirs reaches one, and they are not told.

use recado_core::notification::Notice;
use recado_tests::{World, core_client::room_id, json, wait};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_reaches_who_blocks_and_the_other_is_not_told() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let group = ana.room("group", &[&juan]).await;
    let (mut hers, mut his) = (ana.device().await, juan.device().await);
    let path = format!("/me/blocks/{}", juan.id);
    ana.rest.put(&path).await.expect(204);
    assert_eq!(hers.until("sync").await["me"]["blocked"], json!([juan.id]));
    assert_eq!(hers.until("room_removed").await["chat_room"], room);
    assert_eq!(ana.rest.get("/me/blocks").await.expect(200)["users"][0]["username"], "juan");
    // He writes as ever, and his first frame since is that of his own message.
    juan.post(&room, "hola").await;
    assert_eq!(his.find("anything", |_| true).await["type"], "chat_message");
    juan.post(&group, "oye @ana").await;
    let next = hers.find("a message", |frame| frame["type"] == "chat_message").await;
    assert_eq!(next["chat_room"], group, "only the room of several");
    let rooms = ana.rest.get("/rooms").await.expect(200);
    assert_eq!(
        (rooms["rooms"].as_array().map(Vec::len), &rooms["rooms"][0]["mentions"]),
        (Some(1), &json!(0)),
        "{rooms}"
    );
    let open = json!({"chat_type": "private", "participants": [juan.id]});
    ana.rest.post("/rooms", open.clone()).await.problem(409, "conflict");
    let back = json!({"chat_type": "private", "participants": [ana.id]});
    assert_eq!(juan.rest.post("/rooms", back).await.expect(200)["id"], room);

    ana.rest.delete(&path).await.expect(204);
    assert_eq!(hers.find("the list", |frame| frame["me"]["blocked"].is_array()).await["me"]["blocked"], json!([]));
    juan.post(&room, "¿mejor?").await;
    let told = ana.rest.get(&format!("/rooms/{room}")).await.expect(200);
    assert_eq!(told["unread"], 1, "what came meanwhile is not news");
    ana.rest.put(&format!("/me/blocks/{}", ana.id)).await.problem(404, "not_found");
    ana.rest.put("/me/blocks/nobody").await.problem(404, "not_found");
    ana.rest.put(&path).await.expect(204);
    ana.rest.put(&path).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_private_room_by_somebody_blocked_stays_out_of_sight() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    ana.rest.put(&format!("/me/blocks/{}", juan.id)).await.expect(204);
    let room = juan.room("private", &[&ana]).await;
    juan.post(&room, "hola").await;
    assert_eq!(ana.rest.get("/rooms").await.expect(200)["rooms"], json!([]));
    // A device that comes later learns whom she blocks from the start.
    let mut device = ana.device_socket().await;
    let synced = device.hello(json!({})).await;
    assert_eq!(synced.me().map(|frame| frame["me"]["blocked"].clone()), Some(json!([juan.id])));
}

#[tokio::test(flavor = "multi_thread")]
async fn cores_block_on_every_device_and_make_no_sound() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let group = ana.room("group", &[&juan, &lucia]).await;
    let private = ana.room("private", &[&juan]).await;
    let (group, private) = (room_id(&group), room_id(&private));
    let (hers, second) = (world.core("ana").await, world.core("ana").await);
    for core in [&hers, &second] {
        core.line_shows("the room", private, |_| true).await;
    }
    let user = juan.id.parse().unwrap();
    hers.client.block(user).await.unwrap();
    wait::until("the other device knows", async || match second.client.person_profile(user).await {
        Ok(profile) if profile.is_blocked && second.line(private).await.is_none() => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(second.client.blocked_people().await.unwrap()[0].username, "juan");
    let mut notices = second.client.notifications();
    juan.post(&group.to_string(), "oye @ana").await;
    lucia.post(&group.to_string(), "¿vienes?").await;
    let Some(Notice::Show { body, .. }) = wait::soon("a notice", notices.next()).await else { panic!("none") };
    assert_eq!(body, "lucia: ¿vienes?");
    second.line_shows("no mention", group, |line| line.mentions == 0).await;
    second.client.unblock(user).await.unwrap();
    juan.post(&private.to_string(), "hola").await;
    hers.line_shows("back", private, |line| line.unread == 1).await;
}
