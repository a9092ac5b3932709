//! Choosing a server, making an account, signing in and out, and secrets that cannot be read.

use recado_protocol::auth::{Login, Register, Tokens};

use super::Client;
use crate::{
    address::ServerAddress,
    engine::Command,
    rest::Rest,
    view::{Failure, NewAccount, ServerInfo},
};

impl Client {
    /// Looks at a server. An address without a scheme means `https`, on this computer `http`.
    pub async fn check_server(&self, url: &str) -> Result<ServerInfo, Failure> {
        let address = ServerAddress::parse(url)?;
        self.rest(&address).await?.server_info().await
    }

    /// The user agreed to speak with this server without encryption.
    pub async fn confirm_insecure_server(&self, url: &str) -> Result<(), Failure> {
        let address = ServerAddress::parse(url)?;
        self.ask(|reply| Command::ConfirmInsecure { address, reply }).await?
    }

    /// Makes an account and signs in. The session event follows.
    pub async fn register(&self, url: &str, account: NewAccount) -> Result<(), Failure> {
        let address = ServerAddress::parse(url)?;
        let rest = self.rest(&address).await?;
        self.ask(|reply| Command::PrepareSignIn { reply }).await??;
        let body = Register {
            username: account.username.trim().to_owned(),
            password: account.password,
            display_name: account.display_name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
            invite: account.invite.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()),
            setup_code: account.setup_code.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()),
            device: Some(self.inner.options.device.clone()),
        };
        let tokens: Tokens = rest.post("auth/register", None, &body).await?;
        self.ask(|reply| Command::SignedIn { address, tokens: Box::new(tokens), reply }).await?
    }

    /// Signs in. The session event follows. The same person finds the cache and the outbox of a session that was ended;
    /// another one starts with new ones.
    pub async fn sign_in(&self, url: &str, username: &str, password: &str) -> Result<(), Failure> {
        let address = ServerAddress::parse(url)?;
        let rest = self.rest(&address).await?;
        self.ask(|reply| Command::PrepareSignIn { reply }).await??;
        let body = Login {
            username: username.trim().to_owned(),
            password: password.to_owned(),
            device: Some(self.inner.options.device.clone()),
        };
        let tokens: Tokens = rest.post("auth/login", None, &body).await?;
        self.ask(|reply| Command::SignedIn { address, tokens: Box::new(tokens), reply }).await?
    }

    /// Ends the session and wipes cache, outbox and secrets. When the server cannot be reached, it is done here alone: the
    /// session then shows on the user's other devices until it is ended there.
    pub async fn sign_out(&self) -> Result<(), Failure> {
        if let Ok(api) = self.api().await
            && let Err(failure) = api.post_empty("auth/logout").await
        {
            tracing::info!(%failure, "the server was not told of the sign-out");
        }
        self.ask(|reply| Command::SignedOut { reply }).await?
    }

    /// Reads the secrets again: `None` asks the keyring, a passphrase opens the vault.
    pub async fn unlock(&self, passphrase: Option<String>) -> Result<(), Failure> {
        self.inner.options.secrets.unlock(passphrase.as_deref()).await?;
        self.ask(|reply| Command::Reopen { reply }).await?
    }

    /// Makes a vault sealed by a passphrase, where there is no keyring, and goes on with it.
    pub async fn create_vault(&self, passphrase: &str) -> Result<(), Failure> {
        self.inner.options.secrets.create_vault(passphrase).await?;
        self.ask(|reply| Command::Reopen { reply }).await?
    }

    /// For [`Lock::CacheUnreadable`](crate::view::Lock::CacheUnreadable): sets the cache file aside and fetches everything
    /// anew. The outbox stays.
    pub async fn rebuild_cache(&self) -> Result<(), Failure> {
        self.ask(|reply| Command::RebuildCache { reply }).await?
    }

    /// A way to a server's REST, if it may be spoken with.
    async fn rest(&self, address: &ServerAddress) -> Result<Rest, Failure> {
        let to = address.clone();
        self.ask(|reply| Command::CheckAddress { address: to, reply }).await??;
        Rest::new(address, &self.inner.options.timing)
    }
}
