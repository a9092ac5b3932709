//! Up to one's own role: whom one lets in, raises, lowers, takes out and keeps out; and who makes links.

use recado_protocol::{
    ChatType, Role,
    permission::{Action, may, may_invite, may_manage},
};
use recado_tests::{Value, World, json};

use crate::stage::{Heard, People, Stage, Standing};

const ROLES: [Role; 3] = [Role::Member, Role::Admin, Role::Owner];
const KINDS: [ChatType; 2] = [ChatType::Group, ChatType::Community];

/// What somebody does to somebody else.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Add,
    Remove,
    Ban,
    Give(Role),
}

/// Role of the stranger in the room, as its founder sees it.
async fn role_now(people: &People, stage: &Stage<'_>) -> Value {
    let told = people.founder.rest.get(&stage.path("")).await.expect(200);
    let list = told["participants"].as_array().cloned().unwrap_or_default();
    list.iter().find(|one| one["user"]["id"] == people.stranger.id).map_or(Value::Null, |one| one["role"].clone())
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_have() {
    let world = World::new().await;
    let people = People::new(&world).await;
    let mut tried = 0;
    for chat_type in KINDS {
        for (own, theirs) in ROLES.into_iter().flat_map(|own| ROLES.map(|theirs| (own, theirs))) {
            let manages = |role| may_manage(own, chat_type, role);
            for deed in [Deed::Add, Deed::Remove, Deed::Ban].into_iter().chain(ROLES.map(Deed::Give)) {
                let stage = Stage::new(&people, chat_type, Standing::In(own)).await;
                let rest = &people.actor.rest;
                let them = stage.path(&format!("/participants/{}", people.stranger.id));
                let user_id = &people.stranger.id;
                if !matches!(deed, Deed::Add) {
                    stage.let_in(&people.stranger, theirs).await;
                }
                let (answer, is_allowed, after) = match deed {
                    Deed::Add => {
                        let body = json!({"user_id": user_id, "role": theirs.as_str()});
                        (rest.post(&stage.path("/participants"), body).await, manages(theirs), Some(theirs))
                    }
                    Deed::Remove => {
                        let is_allowed = may(own, chat_type, Action::RemoveParticipant) && manages(theirs);
                        (rest.delete(&them).await, is_allowed, None)
                    }
                    Deed::Ban => {
                        let is_allowed = may(own, chat_type, Action::Ban) && manages(theirs);
                        (rest.post(&stage.path("/bans"), json!({"user_id": user_id})).await, is_allowed, None)
                    }
                    Deed::Give(role) => {
                        let is_allowed = may(own, chat_type, Action::ChangeRole) && manages(theirs) && manages(role);
                        (rest.patch(&them, json!({"role": role.as_str()})).await, is_allowed, Some(role))
                    }
                };
                let what = format!("{deed:?} of {theirs:?} by {own:?} in a {chat_type:?} room");
                let want = if is_allowed { Heard::Done } else { Heard::Refused };
                assert_eq!(Heard::by_rest(&answer), want, "{what}");
                let before = if matches!(deed, Deed::Add) { None } else { Some(theirs) };
                let role = if is_allowed { after } else { before };
                assert_eq!(role_now(&people, &stage).await, json!(role), "{what}");
                tried += 1;
            }
        }
    }
    // Two kinds of rooms, three roles over three, six deeds.
    assert_eq!(tried, 2 * 9 * 6);
}

#[tokio::test]
async fn links_are_made_and_listed_by_who_may_and_by_members_where_the_room_lets_them() {
    let world = World::new().await;
    let people = People::new(&world).await;
    let mut tried = 0;
    for chat_type in KINDS {
        for lets_members in [false, true] {
            let standings = ROLES.map(Standing::In).into_iter().chain([Standing::NeverIn, Standing::Banned]);
            for standing in standings {
                let stage = Stage::new(&people, chat_type, standing).await;
                let body = json!({"members_may_invite": lets_members});
                people.founder.rest.patch(&stage.path(""), body).await.expect(200);
                let want = match standing {
                    Standing::In(role) if may_invite(role, chat_type, lets_members) => Heard::Done,
                    Standing::In(_) => Heard::Refused,
                    Standing::NeverIn | Standing::Banned => Heard::of_a_stranger(chat_type),
                };
                let made = people.actor.rest.post(&stage.path("/invites"), json!({})).await;
                let listed = people.actor.rest.get(&stage.path("/invites")).await;
                let what = format!("{standing:?} in a {chat_type:?} room, members may: {lets_members}");
                assert_eq!((Heard::by_rest(&made), Heard::by_rest(&listed)), (want, want), "{what}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 2 * 2 * 5);
    // In a private room nobody is let in, whoever they are.
    let stage = Stage::new(&people, ChatType::Private, Standing::In(Role::Member)).await;
    let made = people.actor.rest.post(&stage.path("/invites"), json!({})).await;
    assert_eq!(Heard::by_rest(&made), Heard::Refused);
}
