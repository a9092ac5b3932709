//! Oneself and others: profiles, and how present people are.

use recado_protocol::{
    User, UserId,
    user::{Status, UserPatch},
};

use super::Client;
use crate::{
    engine::Command,
    view::{Failure, PersonProfile},
};

impl Client {
    /// Chooses how one wants to be seen, on all one's devices: `online`, `dnd` or `invisible`. Counts here at once; told as soon
    /// as there is a connection.
    pub async fn set_presence(&self, status: Status) -> Result<(), Failure> {
        self.ask(|reply| Command::SetPresence { status, reply }).await?
    }

    /// Somebody is at the device; after ten minutes without this one is away. May be called often.
    pub async fn user_active(&self) -> Result<(), Failure> {
        self.ask(|reply| Command::Active { reply }).await
    }

    /// What is known here of a person, also of oneself.
    pub async fn person_profile(&self, user: UserId) -> Result<PersonProfile, Failure> {
        self.ask(|reply| Command::PersonProfile { user, reply }).await?
    }

    /// Changes one's own profile. Needs a connection.
    pub async fn set_profile(&self, patch: UserPatch) -> Result<(), Failure> {
        let api = self.api().await?;
        let me: User = api.patch("me", &patch).await?;
        self.ask(|reply| Command::LearnPeople { people: vec![me], reply }).await
    }
}
