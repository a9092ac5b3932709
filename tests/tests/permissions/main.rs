//! The table of who may do what, driven whole: each standing, each kind of room, each action, over REST and both sockets.

mod manage;
mod stage;

use recado_protocol::{
    ChatType, Role,
    permission::{Action, may},
};
use recado_tests::World;

use stage::{Heard, People, Stage, Standing};

/// Everybody that may stand before each kind of room. Nobody rules a private one, and none can be banned from it.
const STANDINGS: [(ChatType, &[Standing]); 3] = [
    (ChatType::Private, &[Standing::In(Role::Member), Standing::NeverIn]),
    (ChatType::Group, &EVERYWHERE),
    (ChatType::Community, &EVERYWHERE),
];

const EVERYWHERE: [Standing; 5] = [
    Standing::In(Role::Member),
    Standing::In(Role::Admin),
    Standing::In(Role::Owner),
    Standing::NeverIn,
    Standing::Banned,
];

/// What has to be heard.
fn wanted(standing: Standing, chat_type: ChatType, action: Action) -> Heard {
    match standing {
        Standing::In(role) if may(role, chat_type, action) => Heard::Done,
        Standing::In(_) => Heard::Refused,
        Standing::NeverIn | Standing::Banned => Heard::of_a_stranger(chat_type),
    }
}

/// How many were tried on each way.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tried {
    rest: usize,
    device: usize,
    room: usize,
}

#[tokio::test]
async fn the_server_allows_what_the_table_says_and_nothing_else() {
    let world = World::new().await;
    let people = People::new(&world).await;
    let mut tried = Tried::default();
    let mut device = people.actor.device().await;
    for (chat_type, standings) in STANDINGS {
        for standing in standings {
            let live = Stage::new(&people, chat_type, *standing).await;
            let mut room_socket = match standing {
                Standing::In(_) => Some(people.actor.in_room(&live.room).await),
                Standing::NeverIn | Standing::Banned => {
                    people.actor.room_socket(&live.room).await.refused("forbidden", 4543).await;
                    tried.room += 1;
                    None
                }
            };
            for action in Action::ALL {
                let want = wanted(*standing, chat_type, action);
                let what = format!("{action:?} by {standing:?} in a {chat_type:?} room");
                // What changes who is in it needs a room of its own.
                let fresh = Stage::new(&people, chat_type, *standing).await;
                assert_eq!(fresh.by_rest(action).await, want, "{what}");
                tried.rest += 1;
                let fresh = Stage::new(&people, chat_type, *standing).await;
                if let Some(heard) = fresh.by_device(action, &mut device).await {
                    assert_eq!(heard, want, "{what}, on the device socket");
                    tried.device += 1;
                }
                if let Some(socket) = &mut room_socket
                    && let Some(heard) = live.by_room_socket(action, socket).await
                {
                    assert_eq!(heard, want, "{what}, on the room socket");
                    tried.room += 1;
                }
            }
        }
    }
    // Twelve standings; seven of them open a room socket, and five do not get so far.
    assert_eq!(tried, Tried { rest: 12 * Action::ALL.len(), device: 12 * 9, room: 7 * 6 + 5 });
}

#[tokio::test]
async fn who_is_not_in_a_room_learns_and_changes_nothing_of_it() {
    let world = World::new().await;
    let people = People::new(&world).await;
    let mut device = people.actor.device().await;
    let mut tried = 0;
    for (chat_type, standings) in STANDINGS {
        for standing in standings.iter().filter(|standing| !matches!(standing, Standing::In(_))) {
            let stage = Stage::new(&people, chat_type, *standing).await;
            let want = Heard::of_a_stranger(chat_type);
            for (what, heard) in stage.looks(&mut device).await {
                assert_eq!(heard, want, "{what} by {standing:?} of a {chat_type:?} room");
                tried += 1;
            }
            let told = people.actor.rest.get(&stage.path("")).await;
            if chat_type == ChatType::Community {
                let told = told.expect(200);
                assert!(told.get("participants").is_none() && told.get("unread").is_none(), "{told}");
            } else {
                told.problem(404, "not_found");
            }
            let joined = people.actor.rest.post(&stage.path("/join"), recado_tests::json!({})).await;
            match (chat_type, standing) {
                (ChatType::Community, Standing::NeverIn) => assert_eq!(joined.expect(200)["id"], stage.room),
                (ChatType::Community, _) => drop(joined.problem(403, "forbidden")),
                _ => drop(joined.problem(404, "not_found")),
            }
        }
    }
    assert_eq!(tried, 5 * 14);
}
