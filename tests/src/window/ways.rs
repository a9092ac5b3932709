//! What several tests do on their way.

use super::Window;
use crate::World;

impl Window {
    /// The window of somebody who has an account, signed in.
    pub async fn of(world: &World, username: &str) -> Self {
        let mut window = Self::new(username, world.dir.path(), Some(&world.server.url()));
        window.enter(username).await;
        window
    }

    /// Opens it and signs in.
    pub async fn enter(&mut self, username: &str) -> &Self {
        self.open().await;
        self.click("submit").await;
        self.sign_in(username, crate::world::PASSWORD).await;
        self.find(&Self::id_of("room-list")).await;
        self
    }

    /// Goes to a room by its line in the list.
    pub async fn go_to(&self, room: &str) {
        self.click_on(format!("[data-testid='room-item'][data-room='{room}']")).await;
        self.find(&Self::id_of("composer")).await;
    }

    /// Makes an account, from the question for the server on.
    pub async fn register(&self, server: &str, username: &str, display_name: &str, setup_code: Option<&str>) {
        self.fill("server-address", server).await;
        self.click("submit").await;
        self.find(&Self::id_of("username")).await;
        // A new server offers nothing else than an account.
        if !self.texts("mode-create").await.is_empty() {
            self.click("mode-create").await;
        }
        if let Some(code) = setup_code {
            self.fill("setup-code", code).await;
        }
        self.fill("username", username).await;
        self.fill("password", crate::world::PASSWORD).await;
        self.fill("display-name", display_name).await;
        self.click("submit").await;
        self.find(&Self::id_of("room-list")).await;
    }

    /// Signs in with the server that `--server` named.
    pub async fn sign_in(&self, username: &str, password: &str) {
        self.fill("username", username).await;
        self.fill("password", password).await;
        self.click("submit").await;
    }

    /// Starts a direct chat with somebody that the search finds.
    pub async fn chat_with(&self, username: &str) {
        self.click("new-chat").await;
        self.fill("people-search", username).await;
        self.click_on(format!("[data-testid='person-result'][data-username='{username}']")).await;
        self.find(&Self::id_of("composer")).await;
    }
}
