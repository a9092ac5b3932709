//! Ruling a room: its settings, who is in it, who rules it, and who is kept out. Over REST, so these need a connection; what
//! they change comes back as frames, to every device.

use recado_protocol::{
    Participant as Joined, Role, Room, RoomId, UserId,
    room::{Ban, Bans, NewParticipant, RoleChange, RoomPatch, WhichUser},
};

use super::Client;
use crate::{
    engine::Command,
    view::{BannedPerson, Failure, Person, RoomInfo},
};

impl Client {
    /// What is known here of a room, and what one may do in it.
    pub async fn room_info(&self, room: RoomId) -> Result<RoomInfo, Failure> {
        self.ask(|reply| Command::RoomInfo { room, reply }).await?
    }

    /// Changes name, topic, description, colour, or whether members may invite.
    pub async fn set_room(&self, room: RoomId, patch: RoomPatch) -> Result<(), Failure> {
        let api = self.api().await?;
        let room: Room = api.patch(&format!("rooms/{room}"), &patch).await?;
        self.learn_room(&api, room).await.map(drop)
    }

    /// Adds somebody.
    pub async fn add_participant(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        let body = NewParticipant { user_id: user, role: None };
        let _: Joined = self.api().await?.post(&format!("rooms/{room}/participants"), &body).await?;
        Ok(())
    }

    /// Takes somebody out.
    pub async fn remove_participant(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        self.api().await?.delete(&format!("rooms/{room}/participants/{user}")).await
    }

    /// Gives somebody another role, up to one's own.
    pub async fn set_role(&self, room: RoomId, user: UserId, role: Role) -> Result<(), Failure> {
        let path = format!("rooms/{room}/participants/{user}");
        let _: Joined = self.api().await?.patch(&path, &RoleChange { role }).await?;
        Ok(())
    }

    /// Hands a room over that one owns; one stays as an admin.
    pub async fn transfer_room(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        let api = self.api().await?;
        let room: Room = api.post(&format!("rooms/{room}/transfer"), &WhichUser { user_id: user }).await?;
        self.learn_room(&api, room).await.map(drop)
    }

    /// Takes somebody out and keeps them out.
    pub async fn ban(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        let _: Ban = self.api().await?.post(&format!("rooms/{room}/bans"), &WhichUser { user_id: user }).await?;
        Ok(())
    }

    /// Lets them come again.
    pub async fn unban(&self, room: RoomId, user: UserId) -> Result<(), Failure> {
        self.api().await?.delete(&format!("rooms/{room}/bans/{user}")).await
    }

    /// Who is kept out, the latest first.
    pub async fn bans(&self, room: RoomId) -> Result<Vec<BannedPerson>, Failure> {
        let found: Bans = self.api().await?.get(&format!("rooms/{room}/bans"), &[]).await?;
        Ok(found.bans.iter().map(|ban| BannedPerson { person: Person::from(&ban.user), at: ban.created_at }).collect())
    }
}
