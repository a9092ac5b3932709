//! The table of who may do what, driven whole: each role, each kind of room, each action, over REST and both sockets.

use recado_protocol::{
    ChatType, Role,
    permission::{Action, may},
};
use recado_tests::{Person, Socket, Value, World, json};

/// A room with its people: `actor` has the role that is looked at, `victim` is a member, `stranger` is outside.
struct Stage<'a> {
    room: String,
    actor: &'a Person,
    victim: &'a Person,
    stranger: &'a Person,
}

/// Whether it was allowed; anything but a plain yes or a plain no is a fault.
fn verdict(status: u16, body: &Value, what: &str) -> bool {
    match (status, body["code"].as_str()) {
        (200..=204, _) => true,
        (403, Some("forbidden")) | (409, Some("conflict")) => false,
        other => panic!("{what}: {other:?} {body}"),
    }
}

impl Stage<'_> {
    fn path(&self, rest: &str) -> String {
        format!("/rooms/{}{rest}", self.room)
    }

    async fn post(&self, who: &Person) -> String {
        who.post(&self.room, "hola").await["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Tries it over REST; `None` where REST has no such call.
    async fn by_rest(&self, action: Action) -> Option<bool> {
        let rest = &self.actor.rest;
        let message = |id: String| self.path(&format!("/messages/{id}"));
        let participant = |who: &Person| self.path(&format!("/participants/{}", who.id));
        let answer = match action {
            Action::Post => rest.post(&self.path("/messages"), json!({"content": "hola"})).await,
            Action::React => rest.put(&format!("{}/reactions/like", message(self.post(self.victim).await))).await,
            Action::EditOwn => {
                let id = self.post(self.actor).await;
                rest.patch(&message(id), json!({"content": "adiós"})).await
            }
            Action::DeleteOwn => rest.delete(&message(self.post(self.actor).await)).await,
            Action::DeleteOthers => rest.delete(&message(self.post(self.victim).await)).await,
            Action::ChangeRoom => rest.patch(&self.path(""), json!({"topic": "de qué va"})).await,
            Action::AddParticipant => {
                rest.post(&self.path("/participants"), json!({"user_id": self.stranger.id})).await
            }
            Action::RemoveParticipant => rest.delete(&participant(self.victim)).await,
            Action::Ban => rest.post(&self.path("/bans"), json!({"user_id": self.victim.id})).await,
            Action::ChangeRole => rest.patch(&participant(self.victim), json!({"role": "member"})).await,
            Action::Transfer => rest.post(&self.path("/transfer"), json!({"user_id": self.victim.id})).await,
            Action::Archive => rest.patch(&self.path("/me"), json!({"archived": true})).await,
            Action::DeleteRoom => rest.delete(&self.path("")).await,
            Action::Leave => rest.delete(&participant(self.actor)).await,
            _ => return None,
        };
        Some(verdict(answer.status, &answer.body, &answer.what))
    }

    /// Tries it on a socket that is open already; `None` where sockets have no such command.
    async fn by_socket(&self, action: Action, socket: &mut Socket, is_device: bool) -> Option<bool> {
        let command = match action {
            Action::Post => json!({"type": "chat_message", "content": "por socket"}),
            Action::React => {
                json!({"type": "react_message", "message_id": self.post(self.victim).await, "reaction_type": "fire"})
            }
            Action::EditOwn => {
                json!({"type": "edit_message", "message_id": self.post(self.actor).await, "content": "adiós"})
            }
            Action::DeleteOwn => json!({"type": "delete_message", "message_id": self.post(self.actor).await}),
            Action::DeleteOthers => json!({"type": "delete_message", "message_id": self.post(self.victim).await}),
            _ => return None,
        };
        if is_device {
            let mut command = command;
            command["chat_room"] = json!(self.room);
            command["ref"] = json!(format!("{action:?}"));
            let reference = command["ref"].clone();
            socket.send(command).await;
            let answer = socket.find("the answer", |frame| frame["ref"] == reference).await;
            return Some(answer["type"] == "ack" || verdict(403, &answer, "on the device socket"));
        }
        // The room socket answers by the live frame, or by an error.
        let (kind, id) = match action {
            Action::Post => ("chat_message", None),
            Action::React => ("message_reaction", Some(command["message_id"].clone())),
            Action::EditOwn => ("message_edited", None),
            _ => ("message_deleted", Some(command["message_id"].clone())),
        };
        socket.send(command).await;
        let answer = socket
            .find("the frame or the error", |frame| {
                frame["type"] == "error"
                    || (frame["type"] == kind
                        && id.as_ref().is_none_or(|id| frame["message_id"] == *id)
                        && (kind != "chat_message" || frame["message"]["content"] == "por socket"))
            })
            .await;
        Some(answer["type"] == kind || verdict(403, &answer, "on the room socket"))
    }
}

async fn stage(people: &[Person; 4], chat_type: ChatType, role: Role) -> Stage<'_> {
    let [founder, actor, victim, stranger] = people;
    let room = if chat_type == ChatType::Private {
        // Both are members, whatever one might think.
        let body = json!({"chat_type": "private", "participants": [actor.id]});
        founder.rest.post("/rooms", body).await.body["id"].as_str().unwrap_or_default().to_owned()
    } else {
        let room = founder.room(chat_type.as_str(), &[victim]).await;
        let body = json!({"user_id": actor.id, "role": role.as_str()});
        founder.rest.post(&format!("/rooms/{room}/participants"), body).await.expect(201);
        room
    };
    let victim = if chat_type == ChatType::Private { founder } else { victim };
    Stage { room, actor, victim, stranger }
}

#[tokio::test]
async fn the_server_allows_what_the_table_says_and_nothing_else() {
    let world = World::new().await;
    let people = [
        world.person("ana").await,
        world.person("juan").await,
        world.person("lucia").await,
        world.person("pedro").await,
    ];
    let mut seen = 0;
    for (chat_type, roles) in [
        (ChatType::Private, &[Role::Member][..]),
        (ChatType::Group, &[Role::Member, Role::Admin, Role::Owner]),
        (ChatType::Community, &[Role::Member, Role::Admin, Role::Owner]),
    ] {
        for role in roles {
            let live = stage(&people, chat_type, *role).await;
            let mut device = live.actor.device().await;
            let mut room_socket = live.actor.in_room(&live.room).await;
            for action in Action::ALL {
                let want = may(*role, chat_type, action);
                let what = format!("{action:?} as {role:?} in a {chat_type:?} room");
                for (socket, is_device) in [(&mut device, true), (&mut room_socket, false)] {
                    if let Some(allowed) = live.by_socket(action, socket, is_device).await {
                        assert_eq!(allowed, want, "{what}, device: {is_device}");
                        seen += 1;
                    }
                }
                // What changes who is in it needs a room of its own.
                let fresh = stage(&people, chat_type, *role).await;
                if let Some(allowed) = fresh.by_rest(action).await {
                    assert_eq!(allowed, want, "{what}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 7 * 18, "{seen} were tried");
}
