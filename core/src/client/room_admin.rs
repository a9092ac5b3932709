//! Ruling a room: its settings, who is in it, who rules it, who is kept out, and links that let others in. Over REST, so these need a connection; what
//! they change comes back as frames, to every device.

use recado_protocol::{
    Participant as Joined, Role, Room, RoomId, UserId,
    invite::{NewRoomInvite, RoomInvite, RoomInvites},
    room::{Ban, Bans, NewParticipant, RoleChange, RoomPatch, WhichUser},
};

use super::Client;
use crate::{
    engine::Command,
    invite::InviteLink,
    view::{BannedPerson, Failure, FailureCode, Person, RoomInfo, RoomInviteItem, Session},
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

    /// Makes a link by which others join: for seven days and as often as one likes, unless limits are given.
    pub async fn create_room_invite(&self, room: RoomId, limits: NewRoomInvite) -> Result<RoomInviteItem, Failure> {
        let server = self.server().await?;
        let made = self.api().await?.post(&format!("rooms/{room}/invites"), &limits).await?;
        Ok(item(made, &server))
    }

    /// Links that can still be used, the newest first.
    pub async fn room_invites(&self, room: RoomId) -> Result<Vec<RoomInviteItem>, Failure> {
        let server = self.server().await?;
        let found: RoomInvites = self.api().await?.get(&format!("rooms/{room}/invites"), &[]).await?;
        Ok(found.invites.into_iter().map(|invite| item(invite, &server)).collect())
    }

    /// A link leads nowhere any more.
    pub async fn revoke_room_invite(&self, room: RoomId, code: &str) -> Result<(), Failure> {
        self.api().await?.delete(&format!("rooms/{room}/invites/{}", path_part(code)?)).await
    }

    /// Joins the room of an invite to the server that one is signed in to. Its timeline can be opened when this returns.
    pub async fn join_by_invite(&self, code: &str) -> Result<RoomId, Failure> {
        let api = self.api().await?;
        let joined: Room = api.post(&format!("invites/{}/join", path_part(code)?), &serde_json::json!({})).await?;
        self.learn_room(&api, joined).await
    }

    async fn server(&self) -> Result<String, Failure> {
        match self.session().await? {
            Session::SignedIn { server, .. } => Ok(server),
            _ => Err(Failure::new(FailureCode::SignedOut, "nobody is signed in")),
        }
    }

    /// Who is kept out, the latest first.
    pub async fn bans(&self, room: RoomId) -> Result<Vec<BannedPerson>, Failure> {
        let found: Bans = self.api().await?.get(&format!("rooms/{room}/bans"), &[]).await?;
        Ok(found.bans.iter().map(|ban| BannedPerson { person: Person::from(&ban.user), at: ban.created_at }).collect())
    }
}

/// A code as a part of a path; none of the server's has anything that would need escaping.
fn path_part(code: &str) -> Result<&str, Failure> {
    let code = code.trim();
    if !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(code);
    }
    Err(Failure::new(FailureCode::InvalidRequest, "not the code of an invite").at("code"))
}

fn item(invite: RoomInvite, server: &str) -> RoomInviteItem {
    let link = InviteLink { server: server.to_owned(), code: invite.code.clone(), fingerprint: None };
    RoomInviteItem {
        link: link.to_string(),
        code: invite.code,
        created_by: Person::from(&invite.created_by),
        uses: u32::try_from(invite.uses).unwrap_or(u32::MAX),
        max_uses: invite.max_uses.map(|uses| u32::try_from(uses).unwrap_or(u32::MAX)),
        expires_at: invite.expires_at,
    }
}
