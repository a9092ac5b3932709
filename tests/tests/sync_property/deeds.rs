//! What one step does, by whoever's turn it is. What is refused, because somebody is out or may not, is part of the play; and so
//! is what fails because the way is cut just then.

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use recado_protocol::{
    MessageId, Timestamp,
    me::{Background, Colour, MyRoomPatch, Notifications},
    user::UserPatch,
};
use recado_tests::{Person, Value, core_client::room_id, json};

use crate::stage::Stage;

pub(crate) async fn step(random: &mut StdRng, number: usize, stage: &mut Stage) {
    let place = stage.somewhere(random);
    match random.random_range(0..100) {
        0..32 => say(random, number, stage, &place).await,
        32..54 => change(random, number, stage, &place).await,
        54..62 => mark(random, stage, &place).await,
        62..74 => people(random, stage, &place).await,
        74..80 => describe(random, number, stage, &place).await,
        80..87 => own_settings(random, stage, &place).await,
        87..92 => profiles(random, number, stage).await,
        92..97 => stage.proxy.cut(),
        _ => stage.core.crash().await,
    }
}

/// Calls nobody, her, or everyone, as far as its author may.
fn words(random: &mut StdRng, start: &str) -> String {
    let rest = ["", "", " @ana", " @Room, a comer", " `@ana`"].choose(random).copied().unwrap_or_default();
    format!("{start}{rest}")
}

async fn say(random: &mut StdRng, number: usize, stage: &Stage, place: &str) {
    match random.random_range(0..10) {
        0..5 => drop(stage.juan.post(place, &words(random, &format!("j{number}"))).await),
        5..7 => {
            let body = json!({"content": words(random, &format!("l{number}"))});
            stage.lucia.rest.post(&format!("/rooms/{place}/messages"), body).await;
        }
        _ => {
            let quoted = if random.random_bool(0.2) { stage.some_message(random, place).await } else { None };
            let reply_to = quoted.as_ref().map(id_of);
            let _ = stage.core.client.send_message(room_id(place), format!("a{number}"), reply_to).await;
        }
    }
}

fn id_of(message: &Value) -> MessageId {
    message["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id in {message}"))
}

/// Edits, deletions, reactions and pins, by juan over REST and by ana's core.
async fn change(random: &mut StdRng, number: usize, stage: &Stage, place: &str) {
    let Some(message) = stage.some_message(random, place).await else { return };
    let (id, room) = (id_of(&message), room_id(place));
    let path = format!("/rooms/{place}/messages/{id}");
    let kind = ["like", "fire", "golazo"].choose(random).copied().unwrap_or_default();
    let (core, rest, on) = (&stage.core.client, &stage.juan.rest, random.random_bool(0.6));
    match random.random_range(0..20) {
        0..4 => drop(rest.patch(&path, json!({"content": words(random, &format!("e{number}"))})).await),
        4..6 => drop(core.edit_message(room, id, words(random, &format!("e{number}"))).await),
        6..8 => drop(rest.delete(&path).await),
        8 => drop(core.delete_message(room, id, None).await),
        9..12 if on => drop(rest.put(&format!("{path}/reactions/{kind}")).await),
        9..12 => drop(rest.delete(&format!("{path}/reactions/{kind}")).await),
        12..15 => drop(core.set_reaction(room, id, kind.into(), on).await),
        15..18 if on => drop(rest.put(&format!("{path}/pin")).await),
        15..18 => drop(rest.delete(&format!("{path}/pin")).await),
        _ => drop(core.set_pinned(room, id, on).await),
    }
}

/// Ana's markers, by her core and from elsewhere.
async fn mark(random: &mut StdRng, stage: &Stage, place: &str) {
    let Some(message) = stage.some_message(random, place).await else { return };
    let (room, seq) = (room_id(place), message["seq"].as_i64().unwrap_or(1));
    match random.random_range(0..10) {
        0..4 => drop(stage.core.client.mark_read(room, seq).await),
        4..7 => drop(stage.core.client.mark_unread(room, seq).await),
        7 => drop(stage.core.client.mark_all_read().await),
        _ => drop(stage.ana.rest.post(&format!("/rooms/{place}/read"), json!({"seq": seq})).await),
    }
}

/// Who is in a group, who rules it and who is kept out. Ana herself goes and comes in the other one only.
async fn people(random: &mut StdRng, stage: &Stage, place: &str) {
    let Stage { ana, juan, lucia, core, other, invite, .. } = stage;
    let place = if *place == stage.private { other.as_str() } else { place };
    let path = |rest: &str, who: &Person| format!("/rooms/{place}/{rest}/{}", who.id);
    let hers = |rest: &str| format!("/rooms/{other}/{rest}/{}", ana.id);
    let role = ["member", "admin"].choose(random).copied().unwrap_or_default();
    let them = |who: &Person| json!({"user_id": who.id});
    match random.random_range(0..16) {
        0..2 => drop(juan.rest.post(&format!("/rooms/{place}/participants"), them(lucia)).await),
        2 => drop(juan.rest.delete(&path("participants", lucia)).await),
        3 => drop(lucia.rest.delete(&path("participants", lucia)).await),
        4 => drop(lucia.rest.post(&format!("/invites/{invite}/join"), json!({})).await),
        5 => drop(juan.rest.post(&format!("/rooms/{place}/bans"), them(lucia)).await),
        6 => drop(juan.rest.delete(&path("bans", lucia)).await),
        7..9 => drop(juan.rest.patch(&path("participants", lucia), json!({"role": role})).await),
        9 => drop(juan.rest.patch(&path("participants", ana), json!({"role": role})).await),
        10 => drop(juan.rest.post(&format!("/rooms/{place}/transfer"), them(ana)).await),
        11 => drop(ana.rest.post(&format!("/rooms/{place}/transfer"), them(juan)).await),
        12 => {
            juan.rest.delete(&hers("participants")).await;
            juan.rest.post(&format!("/rooms/{other}/participants"), them(ana)).await;
        }
        13 => drop(juan.rest.post(&format!("/rooms/{other}/bans"), them(ana)).await),
        14 => drop(core.client.leave_room(room_id(other), None).await),
        _ => {
            juan.rest.delete(&hers("bans")).await;
            drop(core.client.join_by_invite(invite).await);
        }
    }
}

/// What a group tells of itself.
async fn describe(random: &mut StdRng, number: usize, stage: &Stage, place: &str) {
    let body = match random.random_range(0..6) {
        0 => json!({"name": format!("Sala {number}")}),
        1 => json!({"topic": format!("Sobre {number}"), "description": format!("Uno.\n{number}.")}),
        2 => json!({"topic": null}),
        3 => json!({"description": null, "colour": null}),
        4 => json!({"colour": Colour::ALL.choose(random)}),
        _ => json!({"members_may_invite": random.random_bool(0.5)}),
    };
    stage.juan.rest.patch(&format!("/rooms/{place}"), body).await;
}

/// Ana's own settings, by her core and from elsewhere.
async fn own_settings(random: &mut StdRng, stage: &Stage, place: &str) {
    let on = random.random_bool(0.6);
    let levels = [Notifications::All, Notifications::Mentions, Notifications::None];
    let none = MyRoomPatch::default();
    let patch = match random.random_range(0..7) {
        0 => MyRoomPatch { favourite: Some(on), ..none },
        1 => MyRoomPatch { notifications: levels.choose(random).copied(), ..none },
        // In the year 2100.
        2 => MyRoomPatch { muted_until: Some(on.then_some(Timestamp(4_102_444_800_000))), ..none },
        3 => MyRoomPatch { nickname: Some(on.then(|| "Juanito".to_owned())), ..none },
        4 => MyRoomPatch { bubble_colour: Some(Colour::ALL.choose(random).copied().filter(|_| on)), ..none },
        5 => MyRoomPatch { background: Some(Background::ALL.choose(random).copied().filter(|_| on)), ..none },
        _ => MyRoomPatch { archived: Some(on), ..none },
    };
    if random.random_bool(0.7) {
        let _ = stage.core.client.set_my_room(room_id(place), patch).await;
    } else {
        stage.ana.rest.patch(&format!("/rooms/{place}/me"), json!(patch)).await;
    }
}

/// What people tell of themselves, and whether ana wants to hear from lucia.
async fn profiles(random: &mut StdRng, number: usize, stage: &Stage) {
    let Stage { ana, juan, lucia, core, .. } = stage;
    let who = [juan, lucia].choose(random).copied().unwrap_or(juan);
    let blocks = format!("/me/blocks/{}", lucia.id);
    match random.random_range(0..7) {
        0 => drop(who.rest.patch("/me", json!({"display_name": format!("{} {number}", who.name)})).await),
        1 => drop(who.rest.patch("/me", json!({"about": format!("{number}"), "time_zone": "America/La_Paz"})).await),
        2 => drop(who.rest.patch("/me", json!({"about": null, "status": {"text": format!("en {number}")}})).await),
        3 => drop(who.rest.patch("/me", json!({"status": null, "time_zone": null})).await),
        4 => {
            let patch = UserPatch { display_name: Some(format!("Ana {number}")), ..UserPatch::default() };
            drop(core.client.set_profile(patch).await);
        }
        5 => drop(ana.rest.put(&blocks).await),
        _ => drop(ana.rest.delete(&blocks).await),
    }
}
