//! Finding people and rooms, making, joining and leaving them: what goes over REST.

use recado_protocol::{
    ChatType, MessageId, Room, RoomId, UserId,
    me::MyRoomPatch,
    message::{Edit, Edits, Pins},
    room::{NewRoom, Rooms},
    user::Users,
};
use uuid::Uuid;

use super::Client;
use crate::{
    api::Api,
    engine::Command,
    history,
    view::{DirectoryItem, Failure, FailureCode, MessageItem, Person},
};

impl Client {
    /// People by name: the server's when it can be reached, else those known here. Never oneself.
    pub async fn search_people(&self, query: &str) -> Result<Vec<Person>, Failure> {
        let query = query.trim().to_owned();
        let local = |query| self.ask(|reply| Command::SearchPeople { query, reply });
        let Ok(api) = self.api().await else { return local(query).await };
        match api.get::<Users>("users", &[("query", query.as_str()), ("limit", "30")]).await {
            Ok(found) => {
                let own = api.me();
                self.ask(|reply| Command::LearnPeople { people: found.users.clone(), reply }).await?;
                Ok(found.users.iter().filter(|user| user.id != own).map(Person::from).collect())
            }
            Err(failure) if is_no_connection(&failure) => local(query).await,
            Err(failure) => Err(failure),
        }
    }

    /// Makes a room, or finds the private one with that person. Its timeline can be opened when this returns.
    pub async fn create_room(
        &self,
        name: Option<String>,
        chat_type: ChatType,
        participants: Vec<UserId>,
    ) -> Result<RoomId, Failure> {
        let client_id = Some(Uuid::now_v7().to_string());
        let new = NewRoom { name, chat_type, participants, client_id };
        let api = self.api().await?;
        let room: Room = api.post("rooms", &new).await?;
        self.learn_room(&api, room).await
    }

    /// Communities that one may join.
    pub async fn directory(&self, query: &str) -> Result<Vec<DirectoryItem>, Failure> {
        let api = self.api().await?;
        let found: Rooms = api.get("rooms", &[("directory", "true"), ("query", query.trim())]).await?;
        Ok(found
            .rooms
            .into_iter()
            .map(|room| DirectoryItem {
                id: room.id,
                name: room.name.unwrap_or_default(),
                participant_count: u32::try_from(room.participant_count).unwrap_or(0),
            })
            .collect())
    }

    /// Joins a community.
    pub async fn join_room(&self, room: RoomId) -> Result<(), Failure> {
        let api = self.api().await?;
        let joined: Room = api.post(&format!("rooms/{room}/join"), &serde_json::json!({})).await?;
        self.learn_room(&api, joined).await?;
        Ok(())
    }

    /// Leaves a room: out of the list at once, also offline, on the server after `undo_ms` (at most 30 s), or sooner when the
    /// program ends. Answers what [`Client::undo`] takes until then.
    pub async fn leave_room(&self, room: RoomId, undo_ms: Option<u32>) -> Result<String, Failure> {
        self.ask(|reply| Command::LeaveRoom { room, undo_ms, reply }).await?
    }

    /// Changes one's own settings of a room: here at once, on the server and one's other devices as soon as there is a connection.
    pub async fn set_my_room(&self, room: RoomId, patch: MyRoomPatch) -> Result<(), Failure> {
        self.ask(|reply| Command::SetMyRoom { room, patch, reply }).await?
    }

    /// Brings older messages of an open room, from the cache as long as it has them, then from the server. Diffs follow.
    pub async fn load_older(&self, room: RoomId) -> Result<(), Failure> {
        history::load_older(self, room).await
    }

    /// Fetches what a gap stands for, its newest page first. Diffs follow.
    pub async fn load_gap(&self, room: RoomId, key: String) -> Result<(), Failure> {
        history::load_gap(self, room, &key).await
    }

    /// The pinned messages of a room, the last pinned first: the server's when it can be reached, else those that are held.
    pub async fn pinned_messages(&self, room: RoomId) -> Result<Vec<MessageItem>, Failure> {
        let told = match self.api().await?.get::<Pins>(&format!("rooms/{room}/pins"), &[]).await {
            Ok(pins) => Some(pins.messages),
            Err(failure) if is_no_connection(&failure) => None,
            Err(failure) => return Err(failure),
        };
        self.ask(|reply| Command::Pins { room, told, reply }).await?
    }

    /// What a message said before it was edited, oldest first; kept by the server alone.
    pub async fn edit_history(&self, room: RoomId, message: MessageId) -> Result<Vec<Edit>, Failure> {
        let edits: Edits = self.api().await?.get(&format!("rooms/{room}/messages/{message}/edits"), &[]).await?;
        Ok(edits.edits)
    }

    pub(super) async fn learn_room(&self, api: &Api, room: Room) -> Result<RoomId, Failure> {
        let id = room.id;
        // Some answers are without participants; the whole room is one call away.
        let room = if room.participants.is_some() { room } else { api.get(&format!("rooms/{id}"), &[]).await? };
        self.ask(|reply| Command::LearnRoom { room: Box::new(room), reply }).await??;
        Ok(id)
    }
}

/// Whether a failure means that there is no way to the server, rather than that it refused.
pub(crate) fn is_no_connection(failure: &Failure) -> bool {
    matches!(failure.code, FailureCode::Unreachable | FailureCode::Offline | FailureCode::Unavailable)
}
