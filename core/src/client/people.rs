//! Oneself and others: profiles, and how present people are.

use recado_protocol::{
    User, UserId,
    user::{Status, UserPatch, Users},
};

use super::Client;
use crate::{
    engine::Command,
    view::{Failure, Person, PersonProfile},
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

    /// Nothing of theirs reaches one any more, on no device; they are not told. Needs a connection.
    pub async fn block(&self, user: UserId) -> Result<(), Failure> {
        self.api().await?.put(&format!("me/blocks/{user}")).await
    }

    /// They reach one again from their next message on. Needs a connection.
    pub async fn unblock(&self, user: UserId) -> Result<(), Failure> {
        self.api().await?.delete(&format!("me/blocks/{user}")).await
    }

    /// Whom one blocks, by name. Needs a connection.
    pub async fn blocked_people(&self) -> Result<Vec<Person>, Failure> {
        let found: Users = self.api().await?.get("me/blocks", &[]).await?;
        Ok(found.users.iter().map(Person::from).collect())
    }

    /// Changes one's own profile. Needs a connection.
    pub async fn set_profile(&self, patch: UserPatch) -> Result<(), Failure> {
        let api = self.api().await?;
        let me: User = api.patch("me", &patch).await?;
        self.ask(|reply| Command::LearnPeople { people: vec![me], reply }).await
    }
}
