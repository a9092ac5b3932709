//! A room with somebody before it, and every action that they may want to try.

use recado_protocol::{ChatType, Role, permission::Action};
use recado_tests::{Answer, Person, Socket, Value, World, json};

/// How the one who acts stands to the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    In(Role),
    NeverIn,
    Banned,
}

/// What they hear. Anything else is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Done,
    Refused,
    /// There is no such room, as far as they are to know.
    NothingThere,
}

impl Heard {
    /// What everything is answered with that somebody asks of a room they are not in.
    pub(crate) fn of_a_stranger(chat_type: ChatType) -> Self {
        match chat_type {
            ChatType::Community => Self::Refused,
            ChatType::Private | ChatType::Group => Self::NothingThere,
        }
    }

    pub(crate) fn by_rest(answer: &Answer) -> Self {
        match (answer.status, answer.body["code"].as_str()) {
            (200..=204, _) => Self::Done,
            (403, Some("forbidden")) | (409, Some("conflict")) => Self::Refused,
            (404, Some("not_found")) => Self::NothingThere,
            other => panic!("{}: {other:?} {}", answer.what, answer.body),
        }
    }

    fn by_error(frame: &Value) -> Self {
        match frame["code"].as_str() {
            Some("forbidden" | "conflict") => Self::Refused,
            Some("not_found") => Self::NothingThere,
            other => panic!("{other:?}: {frame}"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct People {
    pub(crate) founder: Person,
    pub(crate) actor: Person,
    pub(crate) victim: Person,
    /// In no room.
    pub(crate) stranger: Person,
}

impl People {
    pub(crate) async fn new(world: &World) -> Self {
        Self {
            founder: world.person("ana").await,
            actor: world.person("juan").await,
            victim: world.person("lucia").await,
            stranger: world.person("pedro").await,
        }
    }
}

/// A room with its people: `actor` stands to it as is looked at, `victim` is a member.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) room: String,
    people: &'a People,
    victim: &'a Person,
    standing: Standing,
    /// What the actor wrote before they were banned.
    written: Option<String>,
}

impl<'a> Stage<'a> {
    pub(crate) async fn new(people: &'a People, chat_type: ChatType, standing: Standing) -> Self {
        let People { founder, actor, victim, .. } = people;
        if chat_type == ChatType::Private {
            let (by, other) = if standing == Standing::NeverIn { (founder, victim) } else { (actor, founder) };
            let body = json!({"chat_type": "private", "participants": [other.id]});
            let made = by.rest.post("/rooms", body).await.body;
            let room = made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned();
            return Self { room, people, victim: other, standing, written: None };
        }
        let room = founder.room(chat_type.as_str(), &[victim]).await;
        let mut stage = Self { room, people, victim, standing, written: None };
        match standing {
            Standing::In(role) => stage.let_in(actor, role).await,
            Standing::NeverIn => {}
            Standing::Banned => {
                stage.let_in(actor, Role::Member).await;
                stage.written = Some(stage.post(actor).await);
                founder.rest.post(&stage.path("/bans"), json!({"user_id": actor.id})).await.expect(201);
            }
        }
        stage
    }

    pub(crate) async fn let_in(&self, who: &Person, role: Role) {
        let body = json!({"user_id": who.id, "role": role.as_str()});
        self.people.founder.rest.post(&self.path("/participants"), body).await.expect(201);
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/rooms/{}{rest}", self.room)
    }

    async fn post(&self, who: &Person) -> String {
        who.post(&self.room, "hola").await["id"].as_str().unwrap_or_default().to_owned()
    }

    /// A message of the actor's; for one who could never write there, of somebody else.
    async fn own(&self) -> String {
        match (self.standing, &self.written) {
            (Standing::In(_), _) => self.post(&self.people.actor).await,
            (_, Some(written)) => written.clone(),
            (_, None) => self.post(self.victim).await,
        }
    }

    async fn others(&self) -> String {
        self.post(self.victim).await
    }

    async fn edited(&self) -> String {
        let id = self.others().await;
        let body = json!({"content": "con calma"});
        self.victim.rest.patch(&self.path(&format!("/messages/{id}")), body).await.expect(200);
        id
    }

    async fn mentions_of_victim(&self) -> i64 {
        let told = self.victim.rest.get(&self.path("")).await.expect(200);
        told["mentions"].as_i64().unwrap_or_else(|| panic!("no mentions in {told}"))
    }

    /// Who may not call everyone is not refused: nobody is called.
    async fn called(&self, before: i64, heard: Heard) -> Heard {
        let calls = self.mentions_of_victim().await > before;
        match heard {
            Heard::Done if calls => Heard::Done,
            Heard::Done => Heard::Refused,
            refused => {
                assert!(!calls, "refused, and called all the same");
                refused
            }
        }
    }

    /// Tries it over REST.
    pub(crate) async fn by_rest(&self, action: Action) -> Heard {
        let People { actor, stranger, .. } = self.people;
        let rest = &actor.rest;
        let message = |id: String| self.path(&format!("/messages/{id}"));
        let participant = |who: &Person| self.path(&format!("/participants/{}", who.id));
        let them = json!({"user_id": self.victim.id});
        let answer = match action {
            Action::Post => rest.post(&self.path("/messages"), json!({"content": "hola"})).await,
            Action::React => rest.put(&format!("{}/reactions/like", message(self.others().await))).await,
            Action::EditOwn => rest.patch(&message(self.own().await), json!({"content": "adiós"})).await,
            Action::DeleteOwn => rest.delete(&message(self.own().await)).await,
            Action::DeleteOthers => rest.delete(&message(self.others().await)).await,
            Action::ReadEditsOfOthers => rest.get(&format!("{}/edits", message(self.edited().await))).await,
            Action::Pin => rest.put(&format!("{}/pin", message(self.others().await))).await,
            Action::MentionRoom => {
                let before = self.mentions_of_victim().await;
                let answer = rest.post(&self.path("/messages"), json!({"content": "@room a comer"})).await;
                return self.called(before, Heard::by_rest(&answer)).await;
            }
            Action::ChangeRoom => rest.patch(&self.path(""), json!({"topic": "de qué va"})).await,
            Action::DeleteRoom => rest.delete(&self.path("")).await,
            Action::AddParticipant => rest.post(&self.path("/participants"), json!({"user_id": stranger.id})).await,
            Action::RemoveParticipant => rest.delete(&participant(self.victim)).await,
            Action::Invite => rest.post(&self.path("/invites"), json!({})).await,
            Action::Ban => rest.post(&self.path("/bans"), them).await,
            Action::ChangeRole => rest.patch(&participant(self.victim), json!({"role": "admin"})).await,
            Action::Transfer => rest.post(&self.path("/transfer"), them).await,
            Action::Archive => rest.patch(&self.path("/me"), json!({"archived": true})).await,
            Action::Leave => rest.delete(&participant(actor)).await,
        };
        Heard::by_rest(&answer)
    }

    /// Tries it on the device socket; `None` where that has no such command.
    pub(crate) async fn by_device(&self, action: Action, socket: &mut Socket) -> Option<Heard> {
        let command = match action {
            Action::Leave => json!({"type": "leave_room"}),
            Action::Archive => json!({"type": "set_my_room", "archived": true}),
            Action::Pin => json!({"type": "pin_message", "message_id": self.others().await, "pinned": true}),
            action => self.command(action).await?,
        };
        let before = self.mentions_of_victim().await;
        let heard = self.ask(command, socket).await;
        Some(if action == Action::MentionRoom { self.called(before, heard).await } else { heard })
    }

    async fn ask(&self, mut command: Value, socket: &mut Socket) -> Heard {
        command["chat_room"] = json!(self.room);
        let answer = socket.ask(command).await;
        // What else came is not looked at.
        socket.drain();
        if answer["type"] == "ack" { Heard::Done } else { Heard::by_error(&answer) }
    }

    /// Tries it on the open socket of the room; `None` where that has no such command. It answers by the live frame or an error.
    pub(crate) async fn by_room_socket(&self, action: Action, socket: &mut Socket) -> Option<Heard> {
        let command = self.command(action).await?;
        let kind = match command["type"].as_str() {
            Some("chat_message") => "chat_message",
            Some("react_message") => "message_reaction",
            Some("edit_message") => "message_edited",
            Some("delete_message") => "message_deleted",
            other => panic!("no frame is known that answers {other:?}"),
        };
        let before = self.mentions_of_victim().await;
        let (content, id) = (command["content"].clone(), command["message_id"].clone());
        socket.send(command).await;
        let answer = socket
            .find("the frame or the error", |frame| {
                let is_meant = match kind {
                    "chat_message" => frame["message"]["content"] == content,
                    "message_edited" => frame["message"]["id"] == id,
                    _ => frame["message_id"] == id,
                };
                frame["type"] == "error" || (frame["type"] == kind && is_meant)
            })
            .await;
        socket.drain();
        let heard = if answer["type"] == "error" { Heard::by_error(&answer) } else { Heard::Done };
        Some(if action == Action::MentionRoom { self.called(before, heard).await } else { heard })
    }

    /// Commands of both sockets.
    async fn command(&self, action: Action) -> Option<Value> {
        Some(match action {
            // No two alike: a private room is one and the same for all that is tried.
            Action::Post => json!({"type": "chat_message", "content": format!("tras {}", self.others().await)}),
            Action::MentionRoom => {
                json!({"type": "chat_message", "content": format!("@room tras {}", self.others().await)})
            }
            Action::React => {
                json!({"type": "react_message", "message_id": self.others().await, "reaction_type": "fire"})
            }
            Action::EditOwn => json!({"type": "edit_message", "message_id": self.own().await, "content": "adiós"}),
            Action::DeleteOwn => json!({"type": "delete_message", "message_id": self.own().await}),
            Action::DeleteOthers => json!({"type": "delete_message", "message_id": self.others().await}),
            Action::ReadEditsOfOthers
            | Action::Pin
            | Action::ChangeRoom
            | Action::DeleteRoom
            | Action::AddParticipant
            | Action::RemoveParticipant
            | Action::Invite
            | Action::Ban
            | Action::ChangeRole
            | Action::Transfer
            | Action::Archive
            | Action::Leave => return None,
        })
    }

    /// What needs no right but to be in the room, and lists that need one; each with what is heard.
    pub(crate) async fn looks(&self, device: &mut Socket) -> Vec<(&'static str, Heard)> {
        let rest = &self.people.actor.rest;
        let mut heard = Vec::new();
        for path in ["/messages", "/digest", "/pins", "/bans", "/invites"] {
            heard.push((path, Heard::by_rest(&rest.get(&self.path(path)).await)));
        }
        let read = rest.post(&self.path("/read"), json!({"seq": 1})).await;
        heard.push(("/read", Heard::by_rest(&read)));
        let unban = rest.delete(&self.path(&format!("/bans/{}", self.people.actor.id))).await;
        heard.push(("letting oneself in again", Heard::by_rest(&unban)));
        let unpin = rest.delete(&self.path(&format!("/messages/{}/pin", self.others().await))).await;
        heard.push(("taking a pin away", Heard::by_rest(&unpin)));
        let taken = rest.delete(&self.path(&format!("/messages/{}/reactions/like", self.others().await))).await;
        heard.push(("taking a reaction back", Heard::by_rest(&taken)));
        for (what, command) in [
            ("read_message", json!({"type": "read_message", "seq": 1})),
            ("mark_unread", json!({"type": "mark_unread", "seq": 1})),
            ("typing", json!({"type": "typing", "is_typing": true})),
            ("set_my_room", json!({"type": "set_my_room", "favourite": true})),
            ("watch", json!({"type": "watch", "chat_rooms": [self.room]})),
        ] {
            heard.push((what, self.ask(command, device).await));
        }
        heard
    }
}
