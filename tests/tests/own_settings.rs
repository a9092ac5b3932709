//! One's own settings of a room: by REST, on the device socket, offline through the outbox, on every device of one's own and on
//! nobody else's, and what they do to notifications.

use recado_core::{
    clock::{Clock, SystemClock},
    notification::Notice,
};
use recado_protocol::{
    Timestamp,
    me::{Background, Colour, MyRoomPatch, Notifications},
};
use recado_tests::{CoreClient, World, core_client::room_id, json, wait};

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_ones_own_and_every_device_hears_of_them() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let group = ana.room("group", &[&juan]).await;
    let (mut hers, mut other, mut his) = (ana.device().await, ana.device().await, juan.device().await);
    let path = format!("/rooms/{room}/me");
    let told = ana.rest.patch(&path, json!({"nickname": " Juanito ", "favourite": true})).await.expect(200);
    assert_eq!((&told["nickname"], &told["favourite"]), (&json!("Juanito"), &json!(true)), "{told}");
    for device in [&mut hers, &mut other] {
        let frame = device.until("sync").await;
        assert_eq!(frame["me"]["rooms"][0]["nickname"], "Juanito", "{frame}");
    }
    let ack = hers
        .ack(json!({"type": "set_my_room", "chat_room": room, "notifications": "none", "bubble_colour": "teal",
            "background": "waves", "client_id": "s1"}))
        .await;
    assert!(ack["me"].is_i64(), "{ack}");
    let row = other.until("sync").await["me"]["rooms"][0].clone();
    assert_eq!((&row["notifications"], &row["muted"]), (&json!("none"), &json!(true)), "{row}");
    assert_eq!(
        (&row["bubble_colour"], &row["background"], &row["nickname"]),
        (&json!("teal"), &json!("waves"), &json!("Juanito"))
    );
    // A repeat changes nothing, and says where the stream stands.
    ana.rest.patch(&path, json!({"notifications": "all", "nickname": null})).await.expect(200);
    let repeat =
        hers.ack(json!({"type": "set_my_room", "chat_room": room, "notifications": "none", "client_id": "s1"})).await;
    assert!(repeat["me"].as_i64() > ack["me"].as_i64(), "{repeat}");
    let now = ana.rest.patch(&path, json!({})).await.expect(200);
    assert_eq!((&now["notifications"], &now["nickname"]), (&json!("all"), &json!(null)), "{now}");
    // Not even that something changed reaches the other.
    ana.post(&room, "hola").await;
    let heard = his.find("the message, and nothing before it", |_| true).await;
    assert_eq!(heard["type"], "chat_message", "{heard}");

    let group_path = format!("/rooms/{group}/me");
    ana.rest.patch(&group_path, json!({"nickname": "x"})).await.invalid("nickname");
    ana.rest.patch(&path, json!({"nickname": " "})).await.invalid("nickname");
    ana.rest.patch(&path, json!({"nickname": "x".repeat(65)})).await.invalid("nickname");
    ana.rest.patch(&path, json!({"bubble_colour": "mauve"})).await.problem(400, "invalid_request");
    ana.rest.patch(&path, json!({"muted_until": "tomorrow"})).await.problem(400, "invalid_request");
    let lucia = world.person("lucia").await;
    lucia.rest.patch(&path, json!({"favourite": true})).await.problem(404, "not_found");
    let mut socket = ana.in_room(&room).await;
    socket.error(json!({"type": "set_my_room", "favourite": true}), "invalid_request").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_offline_shows_at_once_survives_a_restart_and_reaches_the_other_device() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let (room, group) = (ana.room("private", &[&juan]).await, ana.room("group", &[&juan]).await);
    ana.post(&group, "lo último").await;
    let (room, group) = (room_id(&room), room_id(&group));
    let (mut hers, second) = (world.core("ana").await, world.core("ana").await);
    hers.line_shows("the room", room, |line| line.title == "juan").await;
    let order = async |core: &CoreClient| {
        core.client.startup().await.unwrap().rooms.into_iter().map(|line| line.id).collect::<Vec<_>>()
    };
    assert_eq!(order(&hers).await, [group, room]);
    hers.go_offline().await;
    let patch = MyRoomPatch {
        favourite: Some(true),
        nickname: Some(Some("Juanito".into())),
        background: Some(Some(Background::Dusk)),
        ..MyRoomPatch::default()
    };
    hers.client.set_my_room(room, patch).await.unwrap();
    let more = MyRoomPatch { bubble_colour: Some(Some(Colour::Pink)), ..MyRoomPatch::default() };
    hers.client.set_my_room(room, more).await.unwrap();
    let suits = |line: &recado_core::view::RoomItem| {
        line.title == "Juanito"
            && line.settings.favourite
            && line.settings.bubble_colour == Some(Colour::Pink)
            && line.settings.background == Some(Background::Dusk)
    };
    hers.line_shows("at once", room, suits).await;
    assert_eq!(order(&hers).await, [room, group], "favourites come first");
    hers.restart().await;
    hers.line_shows("after a restart", room, suits).await;
    hers.client.set_work_offline(false).await.unwrap();
    second.line_shows("on the other device", room, suits).await;
    // And back, where it is told by the server.
    let back = MyRoomPatch { nickname: Some(None), favourite: Some(false), ..MyRoomPatch::default() };
    second.client.set_my_room(room, back).await.unwrap();
    hers.line_shows("taken back", room, |line| line.title == "juan" && !line.settings.favourite).await;
    let refused = MyRoomPatch { nickname: Some(Some("x".into())), ..MyRoomPatch::default() };
    assert_eq!(hers.client.set_my_room(group, refused).await.unwrap_err().field.as_deref(), Some("nickname"));
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_and_mutes_silence_but_still_count_and_a_mute_ends_by_itself() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let id = room_id(&room);
    let his = world.core("juan").await;
    his.line_shows("the room", id, |_| true).await;
    let mut notices = his.client.notifications();
    let level = |notifications| MyRoomPatch { notifications: Some(notifications), ..MyRoomPatch::default() };
    let mut unread = 0;
    let mut say = async |text: &'static str| {
        unread += 1;
        ana.post(&room, text).await;
        his.line_shows("counted", id, |line| line.unread == unread).await
    };
    his.client.set_my_room(id, level(Notifications::Mentions)).await.unwrap();
    say("nadie en especial").await;
    say("oye @juan").await;
    his.client.set_my_room(id, level(Notifications::None)).await.unwrap();
    assert!(say("de nuevo @juan").await.muted);
    let soon = Timestamp(SystemClock.now().millis() + 1_500);
    let mute = MyRoomPatch { muted_until: Some(Some(soon)), ..level(Notifications::All) };
    his.client.set_my_room(id, mute).await.unwrap();
    assert!(say("mientras calla @juan").await.muted);
    his.line_shows("the mute ended", id, |line| !line.muted && line.settings.muted_until == Some(soon)).await;
    say("otra vez").await;
    let mut bodies = Vec::new();
    while bodies.last().map(String::as_str) != Some("ana: otra vez") {
        match wait::soon("a notice", notices.next()).await {
            Some(Notice::Show { body, .. }) => bodies.push(body),
            Some(Notice::Withdraw { .. }) => {}
            None => panic!("the client ended"),
        }
    }
    assert_eq!(bodies, ["ana: oye @juan", "ana: otra vez"]);
}
