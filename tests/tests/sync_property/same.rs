//! Fresh fetches against what the core holds.

use recado_core::view::{Failure, PersonProfile, RoomInfo, RoomItem};
use recado_tests::{
    CoreClient, Person, Value,
    core_client::room_id,
    json,
    oracle::{assert_dense, contents, history},
    wait,
};

use crate::stage::Stage;

pub(crate) async fn as_fresh(seed: u64, stage: &Stage) {
    for room in stage.rooms() {
        messages(seed, stage, room).await;
        line_and_people(seed, stage, room).await;
    }
    profiles(seed, stage).await;
}

async fn messages(seed: u64, stage: &Stage, room: &str) {
    let (core, id) = (&stage.core, room_id(room));
    wait::until(format!("seed {seed}: every message as fetched"), async || {
        let fresh = history(&stage.ana.rest, room).await;
        assert_dense(&fresh);
        let want: Vec<_> = fresh.iter().map(compared).collect();
        let held = core.messages(id).await;
        let held: Vec<_> = held.iter().map(|message| compared(&json!(message))).collect();
        let first = held.iter().zip(&want).find(|(held, want)| held != want);
        if held.len() == want.len() && first.is_none() {
            Ok(())
        } else {
            Err(format!("{} of {}: {first:?}", held.len(), want.len()))
        }
    })
    .await;
    core.verified(id).await;
    let fresh = history(&stage.ana.rest, room).await;
    let own: Vec<_> = contents(&fresh).into_iter().filter(|text| text.starts_with('a')).collect();
    let mut sorted = own.clone();
    sorted.sort_by_key(|text| text[1..].parse::<usize>().unwrap_or(0));
    sorted.dedup();
    assert_eq!(own, sorted, "seed {seed}: her messages came twice or out of order");
}

/// Of a message what has to be the same, in one order.
fn compared(message: &Value) -> Value {
    let mut all: serde_json::Map<String, Value> = serde_json::Map::new();
    for key in ["id", "seq", "rev", "content", "message_type", "is_edited", "is_deleted", "pinned", "client_id"] {
        all.insert(key.into(), message[key].clone());
    }
    all.insert("system".into(), message.get("system").cloned().unwrap_or_default());
    all.insert("sender".into(), json!([message["sender"]["id"], message["sender"]["display_name"]]));
    all.insert("reply_to".into(), message["reply_to"]["id"].clone());
    all.insert("reactions".into(), json!(reactions(message)));
    all.into()
}

fn reactions(message: &Value) -> Vec<String> {
    let mut list: Vec<_> = message["reactions"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|one| {
            let kind = one["reaction_type"].to_string();
            let users = one["user_ids"].as_array().cloned().unwrap_or_default();
            users.into_iter().map(move |user| format!("{kind} {user}"))
        })
        .collect();
    list.sort();
    list
}

/// The room's line in the list, with one's own settings, and its page of information.
async fn line_and_people(seed: u64, stage: &Stage, room: &str) {
    wait::until(format!("seed {seed}: the room and who is in it as fetched"), async || {
        let want = told(&stage.ana, room).await;
        match shown(&stage.core, room).await {
            Ok(Some(held)) if held == want => Ok(()),
            other => Err((other, want)),
        }
    })
    .await;
}

async fn told(viewer: &Person, room: &str) -> Value {
    let told = viewer.rest.get(&format!("/rooms/{room}")).await.expect(200);
    let mine = viewer.rest.patch(&format!("/rooms/{room}/me"), json!({})).await.expect(200);
    let all = told["participants"].as_array().cloned().unwrap_or_default();
    let mut people: Vec<_> = all
        .iter()
        .map(|one| json!([one["user"]["id"], one["role"], one["user"]["username"], one["user"]["display_name"]]))
        .collect();
    people.sort_by_key(Value::to_string);
    let is_other = |one: &&Value| one["user"]["id"] != viewer.id;
    let peer = all.iter().find(is_other).map(|one| one["user"]["display_name"].clone());
    let title = match (&mine["nickname"], &told["name"], peer) {
        (Value::Null, Value::Null, Some(peer)) => peer,
        (Value::Null, name, _) => name.clone(),
        (nickname, ..) => nickname.clone(),
    };
    json!({
        "title": title,
        "unread": told["unread"],
        "mentions": told["mentions"],
        "count": all.len(),
        "people": people,
        "settings": settings(&mine),
        "room": described(&told),
    })
}

async fn shown(core: &CoreClient, room: &str) -> Result<Option<Value>, Failure> {
    let id = room_id(room);
    let Some(line) = core.line(id).await else { return Ok(None) };
    let info = core.client.room_info(id).await?;
    let RoomItem { title, unread, mentions, participant_count, .. } = &line;
    let RoomInfo { participants, .. } = &info;
    let mut people: Vec<_> = participants
        .iter()
        .map(|one| json!([one.person.id, one.role, one.person.username, one.person.display_name]))
        .collect();
    people.sort_by_key(Value::to_string);
    Ok(Some(json!({
        "title": title,
        "unread": unread,
        "mentions": mentions,
        "count": participant_count,
        "people": people,
        "settings": settings(&json!(line)),
        "room": described(&json!(info)),
    })))
}

fn settings(value: &Value) -> Vec<Value> {
    let keys =
        ["favourite", "notifications", "muted_until", "nickname", "bubble_colour", "background", "archived", "muted"];
    keys.iter().map(|key| value[key].clone()).collect()
}

fn described(value: &Value) -> Vec<Value> {
    ["topic", "description", "colour", "members_may_invite"].iter().map(|key| value[key].clone()).collect()
}

async fn profiles(seed: u64, stage: &Stage) {
    let Stage { ana, juan, lucia, core, .. } = stage;
    wait::until(format!("seed {seed}: what people tell of themselves as fetched"), async || {
        let blocked = ana.rest.get("/me/blocks").await.expect(200);
        for person in [ana, juan, lucia] {
            let told = person.rest.get("/me").await.expect(200);
            let is_blocked =
                blocked["users"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == person.id));
            let want = json!([told["display_name"], told["about"], told["time_zone"], told["status"], is_blocked]);
            let user = person.id.parse().unwrap_or_else(|_| panic!("{} is no id", person.id));
            let PersonProfile { person, about, time_zone, custom_status, is_blocked, .. } =
                core.client.person_profile(user).await.map_err(|failure| failure.to_string())?;
            let held = json!([person.display_name, about, time_zone, custom_status, is_blocked]);
            if held != want {
                return Err(format!("{held}, not {want}"));
            }
        }
        Ok(())
    })
    .await;
}
