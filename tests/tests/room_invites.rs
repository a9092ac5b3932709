//! Links by which others join a room: who makes them, how long and how often they work, and what a core does with them.

use recado_core::{invite::InviteLink, view::FailureCode};
use recado_protocol::invite::NewRoomInvite;
use recado_tests::{Person, World, core_client::room_id, json, wait};

async fn join(who: &Person, code: &str) -> recado_tests::Answer {
    who.rest.post(&format!("/invites/{code}/join"), json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_lets_in_until_it_is_used_up_revoked_or_too_old() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let pedro = world.person("pedro").await;
    let room = ana.room("group", &[&juan]).await;
    let path = format!("/rooms/{room}/invites");
    let make = async |body| ana.rest.post(&path, body).await.expect(201);
    let once = make(json!({"max_uses": 1})).await;
    let code = once["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (&once["uses"], &once["max_uses"], &once["created_by"]["username"]),
        (&json!(0), &json!(1), &json!("ana"))
    );
    let joined = join(&lucia, &code).await.expect(200);
    assert_eq!(joined["participants"].as_array().map(Vec::len), Some(3), "{joined}");
    join(&pedro, &code).await.problem(403, "forbidden");
    let often = make(json!({})).await["code"].as_str().unwrap_or_default().to_owned();
    join(&juan, &often).await.expect(200);
    let listed = ana.rest.get(&path).await.expect(200);
    assert_eq!(listed["invites"].as_array().map(Vec::len), Some(1), "what is used up is not listed: {listed}");
    assert_eq!(listed["invites"][0]["uses"], 0, "he was in already");
    ana.rest.delete(&format!("{path}/{often}")).await.expect(204);
    ana.rest.delete(&format!("{path}/{often}")).await.problem(404, "not_found");
    join(&pedro, &often).await.problem(403, "forbidden");
    let short = make(json!({"expires_in_s": 1})).await["code"].as_str().unwrap_or_default().to_owned();
    wait::until("it is too old", async || match ana.rest.get(&path).await.expect(200)["invites"].as_array() {
        Some(list) if list.is_empty() => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    join(&pedro, &short).await.problem(403, "forbidden");
    join(&pedro, "0000").await.problem(403, "forbidden");
    ana.rest.post(&path, json!({"max_uses": 0})).await.invalid("max_uses");
    ana.rest.post(&path, json!({"expires_in_s": -1})).await.invalid("expires_in_s");
    // Who is banned stays out, with a link too.
    let code = make(json!({})).await["code"].as_str().unwrap_or_default().to_owned();
    ana.rest.post(&format!("/rooms/{room}/bans"), json!({"user_id": pedro.id})).await.expect(201);
    join(&pedro, &code).await.problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_make_links_where_the_room_lets_them_and_see_their_own() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan]).await;
    let path = format!("/rooms/{room}/invites");
    juan.rest.post(&path, json!({})).await.problem(403, "forbidden");
    juan.rest.get(&path).await.problem(403, "forbidden");
    lucia.rest.post(&path, json!({})).await.problem(404, "not_found");
    ana.rest.patch(&format!("/rooms/{room}"), json!({"members_may_invite": true})).await.expect(200);
    let hers = ana.rest.post(&path, json!({})).await.expect(201)["code"].as_str().unwrap_or_default().to_owned();
    let his = juan.rest.post(&path, json!({})).await.expect(201)["code"].as_str().unwrap_or_default().to_owned();
    let listed = juan.rest.get(&path).await.expect(200);
    assert_eq!((listed["invites"].as_array().map(Vec::len), &listed["invites"][0]["code"]), (Some(1), &json!(his)));
    juan.rest.delete(&format!("{path}/{hers}")).await.problem(404, "not_found");
    ana.rest.delete(&format!("{path}/{his}")).await.expect(204);
    let private = ana.room("private", &[&juan]).await;
    ana.rest.post(&format!("/rooms/{private}/invites"), json!({})).await.problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_makes_a_link_and_another_joins_by_it() {
    let world = World::new().await;
    let (ana, _juan) = world.two().await;
    let room = ana.room("group", &[]).await;
    let id = room_id(&room);
    let (hers, his) = (world.core("ana").await, world.core("juan").await);
    hers.line_shows("the room", id, |_| true).await;
    ana.post(&room, "antes").await;
    let made = hers
        .client
        .create_room_invite(id, NewRoomInvite { max_uses: Some(2), ..NewRoomInvite::default() })
        .await
        .unwrap();
    assert_eq!((made.max_uses, made.uses), (Some(2), 0));
    let link = InviteLink::parse(&made.link).expect("it can be read");
    assert!(link.is_for(&world.server.url()));
    assert_eq!(his.client.join_by_invite(&link.code).await.unwrap(), id);
    his.client.open_room(id).await.unwrap();
    his.line_shows("the room", id, |line| line.title == "Fútbol").await;
    his.verified(id).await;
    assert_eq!(hers.client.room_invites(id).await.unwrap()[0].uses, 1);
    hers.client.revoke_room_invite(id, &made.code).await.unwrap();
    let late = his.client.join_by_invite(&link.code).await.unwrap_err();
    assert_eq!(late.code, FailureCode::Forbidden);
    let nonsense = his.client.join_by_invite("../rooms").await.unwrap_err();
    assert_eq!(nonsense.field.as_deref(), Some("code"));
}
