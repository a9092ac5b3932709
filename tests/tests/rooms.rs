//! Rooms and who rules them: settings in one system line, archives, roles, handing over, and keeping people out.

use recado_core::view::FailureCode;
use recado_protocol::{
    Role,
    me::{Colour, MyRoomPatch},
    permission::Action,
    room::RoomPatch,
};
use recado_tests::{Person, World, core_client::room_id, json, oracle::history, wait};

async fn role_of(viewer: &Person, room: &str, who: &Person) -> String {
    let told = viewer.rest.get(&format!("/rooms/{room}")).await.expect(200);
    let people = told["participants"].as_array().cloned().unwrap_or_default();
    let found = people.iter().find(|participant| participant["user"]["id"] == who.id);
    found.and_then(|participant| participant["role"].as_str()).unwrap_or("none").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_room_tells_of_itself_changes_in_one_line_and_reaches_everyone() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let mut his = juan.device().await;
    let patch = |body| ana.rest.patch(&format!("/rooms/{room}"), body);
    let told = patch(json!({"topic": " El partido ", "description": "Uno.\nDos.", "colour": "teal", "name": "Cancha",
        "members_may_invite": true}))
    .await
    .expect(200);
    assert_eq!(
        (&told["topic"], &told["description"], &told["colour"]),
        (&json!("El partido"), &json!("Uno.\nDos."), &json!("teal"))
    );
    let frame = his.until("room").await;
    assert_eq!((&frame["room"]["topic"], &frame["room"]["members_may_invite"]), (&json!("El partido"), &json!(true)));
    let line = his.until("chat_message").await["message"]["system"].clone();
    assert_eq!(
        (&line["event"], &line["name"], &line["topic"], &line["colour"]),
        (&json!("room_changed"), &json!("Cancha"), &json!("El partido"), &json!("teal"))
    );
    // What does not change makes no line; what is taken back says so.
    patch(json!({"topic": "El partido", "colour": "teal"})).await.expect(200);
    patch(json!({"topic": null})).await.expect(200);
    let lines = history(&ana.rest, &room).await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[1]["system"].get("topic"), Some(&json!(null)), "{}", lines[1]);
    assert_eq!(lines[1]["system"].get("colour"), None);
    patch(json!({"topic": "x".repeat(201)})).await.invalid("topic");
    patch(json!({"topic": "a\nb"})).await.invalid("topic");
    patch(json!({"description": "x".repeat(2_001)})).await.invalid("description");
    patch(json!({"colour": "mauve"})).await.invalid("colour");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_given_up_to_ones_own_and_a_room_is_never_ownerless() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let pedro = world.person("pedro").await;
    let room = ana.room("group", &[&juan, &lucia]).await;
    let role = |by: &Person, who: &Person, role: &str| {
        by.rest.patch(&format!("/rooms/{room}/participants/{}", who.id), json!({"role": role}))
    };
    assert_eq!(role(&ana, &juan, "admin").await.expect(200)["role"], "admin");
    role(&juan, &lucia, "owner").await.problem(403, "forbidden");
    role(&juan, &ana, "member").await.problem(403, "forbidden");
    role(&lucia, &lucia, "admin").await.problem(403, "forbidden");
    role(&ana, &pedro, "admin").await.problem(404, "not_found");
    role(&ana, &ana, "admin").await.problem(409, "conflict");
    role(&ana, &juan, "king").await.invalid("role");
    let transfer =
        |by: &Person, to: &Person| by.rest.post(&format!("/rooms/{room}/transfer"), json!({"user_id": to.id}));
    transfer(&juan, &juan).await.problem(403, "forbidden");
    transfer(&ana, &ana).await.invalid("user_id");
    transfer(&ana, &pedro).await.problem(404, "not_found");
    transfer(&ana, &lucia).await.expect(200);
    assert_eq!(
        (role_of(&ana, &room, &ana).await, role_of(&ana, &room, &lucia).await),
        ("admin".into(), "owner".into())
    );
    let last = history(&ana.rest, &room).await.pop().unwrap_or_default();
    assert_eq!((&last["system"]["user_id"], &last["system"]["role"]), (&json!(lucia.id), &json!("owner")), "{last}");

    // The owner leaves: the oldest admin. Is removed or disabled: the next.
    lucia.rest.delete(&format!("/rooms/{room}/participants/{}", lucia.id)).await.expect(204);
    assert_eq!(role_of(&juan, &room, &ana).await, "owner", "she has been an admin, and here the longest");
    world.server.admin(&["user", "disable", "ana"], "").await.ok();
    assert_eq!(role_of(&juan, &room, &juan).await, "owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_is_out_and_stays_out() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("community", &[&juan, &lucia]).await;
    let bans = format!("/rooms/{room}/bans");
    let mut his = juan.in_room(&room).await;
    let ban = ana.rest.post(&bans, json!({"user_id": juan.id})).await.expect(201);
    assert_eq!((&ban["user"]["id"], &ban["banned_by"]), (&json!(juan.id), &json!(ana.id)), "{ban}");
    assert_eq!(his.closed().await, 4543);
    ana.rest.post(&bans, json!({"user_id": juan.id})).await.expect(200);
    juan.rest.post(&format!("/rooms/{room}/join"), json!({})).await.problem(403, "forbidden");
    let add = || ana.rest.post(&format!("/rooms/{room}/participants"), json!({"user_id": juan.id}));
    add().await.problem(403, "forbidden");
    let found = juan.rest.get("/rooms?directory=true").await.expect(200);
    assert_eq!(found["rooms"], json!([]), "it is not offered to him");
    assert_eq!(ana.rest.get(&bans).await.expect(200)["bans"][0]["user"]["username"], "juan");
    lucia.rest.get(&bans).await.problem(403, "forbidden");
    lucia.rest.post(&bans, json!({"user_id": ana.id})).await.problem(403, "forbidden");
    ana.rest.post(&bans, json!({"user_id": ana.id})).await.invalid("user_id");
    lucia.rest.delete(&format!("{bans}/{}", juan.id)).await.problem(403, "forbidden");
    ana.rest.delete(&format!("{bans}/{}", juan.id)).await.expect(204);
    ana.rest.delete(&format!("{bans}/{}", juan.id)).await.problem(404, "not_found");
    juan.rest.post(&format!("/rooms/{room}/join"), json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_room_comes_back_with_a_message_and_not_with_a_line_of_the_systems() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan]).await;
    let id = room_id(&room);
    let his = world.core("juan").await;
    his.line_shows("the room", id, |_| true).await;
    his.go_offline().await;
    let archive = MyRoomPatch { archived: Some(true), ..MyRoomPatch::default() };
    his.client.set_my_room(id, archive).await.unwrap();
    his.line_shows("archived offline", id, |line| line.settings.archived).await;
    his.client.set_work_offline(false).await.unwrap();
    let mine = async || juan.rest.patch(&format!("/rooms/{room}/me"), json!({})).await.expect(200);
    wait::until("the server has it", async || match mine().await {
        row if row["archived"] == true => Ok(()),
        row => Err(row),
    })
    .await;
    ana.rest.post(&format!("/rooms/{room}/participants"), json!({"user_id": lucia.id})).await.expect(201);
    assert_eq!(mine().await["archived"], true);
    lucia.post(&room, "hola a todos").await;
    his.line_shows("back in sight", id, |line| !line.settings.archived && line.unread == 1).await;
    let hers = ana.rest.patch(&format!("/rooms/{room}/me"), json!({})).await.expect(200);
    assert_eq!(hers["archived"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn cores_rule_a_room_and_show_what_one_may() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan]).await;
    let id = room_id(&room);
    let (hers, his) = (world.core("ana").await, world.core("juan").await);
    for core in [&hers, &his] {
        core.line_shows("the room", id, |_| true).await;
    }
    let patch = RoomPatch {
        topic: Some(Some("Mañana a las ocho".into())),
        colour: Some(Some(Colour::Orange)),
        ..RoomPatch::default()
    };
    hers.client.set_room(id, patch).await.unwrap();
    his.line_shows("topic and colour", id, |line| {
        line.topic.as_deref() == Some("Mañana a las ocho") && line.colour == Some(Colour::Orange)
    })
    .await;
    let (lucias, juans) = (lucia.id.parse().unwrap(), juan.id.parse().unwrap());
    hers.client.add_participant(id, lucias).await.unwrap();
    hers.client.set_role(id, juans, Role::Admin).await.unwrap();
    let info = wait::until("he is an admin of three", async || match his.client.room_info(id).await {
        Ok(info) if info.my_role == Role::Admin && info.participants.len() == 3 => Ok(info),
        other => Err(other),
    })
    .await;
    assert!(info.may.contains(&Action::Ban) && !info.may.contains(&Action::Transfer), "{:?}", info.may);
    let managed: Vec<_> = info.participants.iter().map(|one| (one.role, one.may_manage)).collect();
    assert_eq!(managed, [(Role::Owner, false), (Role::Admin, false), (Role::Member, true)]);
    his.client.ban(id, lucias).await.unwrap();
    assert_eq!(his.client.bans(id).await.unwrap()[0].person.username, "lucia");
    assert_eq!(hers.client.add_participant(id, lucias).await.unwrap_err().code, FailureCode::Forbidden);
    his.client.unban(id, lucias).await.unwrap();
    hers.client.transfer_room(id, juans).await.unwrap();
    wait::until("he owns it", async || match his.client.room_info(id).await {
        Ok(info) if info.my_role == Role::Owner => Ok(()),
        other => Err(other),
    })
    .await;
    his.client.remove_participant(id, ana.id.parse().unwrap()).await.unwrap();
    wait::until("she is out", async || match hers.line(id).await {
        None => Ok(()),
        other => Err(other),
    })
    .await;
}
