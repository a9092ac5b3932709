//! How present people are, what they are about, and what they tell of themselves: on the sockets, by REST, and with real cores.

use std::sync::Arc;

use recado_core::{
    client::{Client, ClientOptions, Timing},
    clock::{Clock, SystemClock},
    notification::Notice,
    secrets::MemorySecrets,
    view::Event,
};
use recado_protocol::{
    Timestamp,
    user::{CustomStatus, Status, UserPatch},
};
use recado_tests::{
    Person, Socket, Value, World,
    core_client::{room_id, timing},
    json, wait,
    world::PASSWORD,
};

/// Waits until a socket hears that somebody's status is this one, and gives the frame.
async fn hears(socket: &mut Socket, who: &Person, status: &str) -> Value {
    let what = format!("{} is {status}", who.name);
    socket
        .find(&what, |frame| frame["type"] == "user_status" && frame["user_id"] == who.id && frame["status"] == status)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn several_devices_are_one_person_and_a_choice_goes_before() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let mut his = juan.device().await;
    his.ack(json!({"type": "watch", "chat_rooms": [room]})).await;
    assert!(hears(&mut his, &ana, "offline").await["last_seen_at"].is_null(), "nobody saw her yet");
    let (mut laptop, mut phone) = (ana.device().await, ana.device().await);
    assert!(hears(&mut his, &ana, "online").await["last_seen_at"].is_null());
    let say = |status: &str| json!({"type": "set_presence", "status": status});
    // The phone is left; the laptop is not. Then both are.
    phone.ack(say("away")).await;
    laptop.ack(say("away")).await;
    hears(&mut his, &ana, "away").await;
    let ack = laptop.ack(say("dnd")).await;
    assert!(ack["me"].is_i64(), "{ack}");
    hears(&mut his, &ana, "dnd").await;
    let told = phone.until("sync").await;
    assert_eq!((&told["me"]["presence"], &told["upto"]), (&json!("dnd"), &ack["me"]), "{told}");
    phone.ack(say("invisible")).await;
    let gone = hears(&mut his, &ana, "offline").await;
    assert!(gone["last_seen_at"].is_string(), "{gone}");
    // What she does while nobody sees her is not seen afterwards either.
    drop(laptop);
    drop(phone);
    let mut laptop = ana.device_socket().await;
    let synced = laptop.hello(json!({})).await;
    assert_eq!(synced.me().map(|frame| frame["me"]["presence"].clone()), Some(json!("invisible")));
    his.ack(json!({"type": "watch", "chat_rooms": [room]})).await;
    let seen = hears(&mut his, &ana, "offline").await;
    let at = |frame: &Value| frame["last_seen_at"].as_str().unwrap_or_default().parse::<Timestamp>().unwrap().millis();
    assert!((at(&seen) - at(&gone)).abs() < 1_000, "{seen} {gone}");
    laptop.ack(say("online")).await;
    hears(&mut his, &ana, "online").await;
    for bad in ["offline", "asleep"] {
        laptop.error(say(bad), "invalid_request").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_room_socket_knows_only_online_and_offline() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let mut his = juan.in_room(&room).await;
    let mut laptop = ana.device().await;
    let hers = ana.in_room(&room).await;
    hears(&mut his, &ana, "online").await;
    for status in ["away", "dnd", "online"] {
        laptop.ack(json!({"type": "set_presence", "status": status})).await;
    }
    his.error(json!({"type": "set_presence", "status": "dnd"}), "invalid_request").await;
    drop(hers);
    let next = his.find("the next status", |frame| frame["type"] == "user_status").await;
    assert_eq!((&next["status"], next.get("last_seen_at")), (&json!("offline"), None), "{next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_told_to_everyone_and_a_status_is_over_by_itself() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let mut his = juan.device().await;
    let patch = |body: Value| ana.rest.patch("/me", body);
    let soon = Timestamp(SystemClock.now().millis() + 1_500).to_string();
    let me = patch(json!({"about": " Arquera. ", "time_zone": "america/la_paz",
        "status": {"emoji": "⚽", "text": "en la cancha", "until": soon}}))
    .await
    .expect(200);
    assert_eq!((&me["about"], &me["time_zone"]), (&json!("Arquera."), &json!("America/La_Paz")), "{me}");
    let told = his.until("sync").await;
    assert_eq!(told["people"][0]["status"]["text"], "en la cancha", "{told}");
    assert_eq!(told["people"][0]["rev"], told["upto"]);
    let found = async || juan.rest.get("/users?query=ana").await.expect(200)["users"][0].clone();
    assert_eq!(found().await["status"]["emoji"], "⚽");
    wait::until("the status is over", async || match found().await {
        user if user["status"].is_null() && user["about"] == "Arquera." => Ok(()),
        user => Err(user),
    })
    .await;
    assert!(patch(json!({"about": null})).await.expect(200)["about"].is_null());
    patch(json!({"time_zone": "Mars/Olympus"})).await.invalid("time_zone");
    patch(json!({"about": "x".repeat(501)})).await.invalid("about");
    patch(json!({"status": {"emoji": "ab"}})).await.invalid("status.emoji");
    patch(json!({"status": {"text": "x".repeat(81)}})).await.invalid("status.text");
    patch(json!({"display_name": "  "})).await.invalid("display_name");
    // One that is over already is none.
    let past = json!({"status": {"text": "ayer", "until": "2020-01-01T00:00:00.000Z"}});
    assert!(patch(past).await.expect(200)["status"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_offline_counts_at_once_and_follows_to_the_other_device() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let (mut hers, second, his) = (world.core("ana").await, world.core("ana").await, world.core("juan").await);
    his.line_shows("she is there", id, |line| line.status == Some(Status::Online)).await;
    let mut notices = hers.client.notifications();
    hers.go_offline().await;
    hers.client.set_presence(Status::Dnd).await.unwrap();
    assert_eq!(hers.client.startup().await.unwrap().presence, Status::Dnd);
    hers.restart().await;
    assert_eq!(hers.client.startup().await.unwrap().presence, Status::Dnd, "it waits");
    hers.client.set_work_offline(false).await.unwrap();
    his.line_shows("not to be disturbed", id, |line| line.status == Some(Status::Dnd)).await;
    wait::until("the other device follows", async || match second.client.startup().await.unwrap().presence {
        Status::Dnd => Ok(()),
        other => Err(other),
    })
    .await;
    let mut silent = second.client.notifications();
    his.send(id, "¿estás?").await;
    second.line_shows("counted", id, |line| line.unread == 1).await;
    let (_, mut events) = hers.client.start().await.unwrap();
    second.client.set_presence(Status::Online).await.unwrap();
    loop {
        match wait::soon("the choice", events.next()).await {
            Some(Event::Presence { presence }) => break assert_eq!(presence, Status::Online),
            Some(_) => {}
            None => panic!("the client ended"),
        }
    }
    his.send(id, "¿ahora?").await;
    let Some(Notice::Show { body, .. }) = wait::soon("a notice", silent.next()).await else { panic!("no notice") };
    assert_eq!(body, "¿ahora?", "the one before made no sound");
    assert!(notices.next().await.is_none(), "nor here, before the restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_reach_the_others_cores_and_a_status_fades_there() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let (hers, his) = (world.core("ana").await, world.core("juan").await);
    his.line_shows("the room", id, |line| line.title == "ana").await;
    // A message brings her name alone; what is known of her stays.
    let until = Some(Timestamp(SystemClock.now().millis() + 2_000));
    let status = CustomStatus { emoji: Some("🌋".into()), text: Some("de viaje".into()), until };
    let patch = UserPatch {
        display_name: Some("Ana María".into()),
        about: Some(Some("Geóloga".into())),
        time_zone: Some(Some("America/La_Paz".into())),
        status: Some(Some(status.clone())),
        ..UserPatch::default()
    };
    hers.client.set_profile(patch).await.unwrap();
    ana.post(&room, "hola").await;
    his.line_shows("her status", id, |line| line.custom_status.as_ref() == Some(&status) && line.title == "Ana María")
        .await;
    let user = ana.id.parse().unwrap();
    let profile = his.client.person_profile(user).await.unwrap();
    assert_eq!((profile.about.as_deref(), profile.time_zone.as_deref()), (Some("Geóloga"), Some("America/La_Paz")));
    assert_eq!(profile.status, Some(Status::Online));
    his.line_shows("it faded", id, |line| line.custom_status.is_none()).await;
    assert!(his.client.person_profile(user).await.unwrap().custom_status.is_none());
    match hers.client.session().await.unwrap() {
        recado_core::view::Session::SignedIn { me, .. } => assert_eq!(me.display_name, "Ana María"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_nobody_touches_is_away_until_somebody_does() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let his = world.core("juan").await;
    let options = ClientOptions {
        profile_dir: world.dir.path().join("core-idle"),
        server: None,
        secrets: Arc::new(MemorySecrets::default()),
        clock: Arc::new(SystemClock),
        device: "test".into(),
        timing: Timing { idle: std::time::Duration::from_millis(300), ..timing() },
    };
    let hers = Client::open(options).await.unwrap();
    hers.sign_in(&world.server.url(), "ana", PASSWORD).await.unwrap();
    his.line_shows("away", id, |line| line.status == Some(Status::Away)).await;
    hers.user_active().await.unwrap();
    his.line_shows("back", id, |line| line.status == Some(Status::Online)).await;
    his.line_shows("away again", id, |line| line.status == Some(Status::Away)).await;
    hers.shutdown().await;
    his.line_shows("gone, and when", id, |line| line.status == Some(Status::Offline) && line.last_seen_at.is_some())
        .await;
}
