//! The session's tokens: one task owns them, so two askers never refresh at once.
//!
//! A refresh rotates: the old refresh token works until the new pair is first used. So the new pair is in the secret store
//! *before* anybody gets the access token. Whatever breaks in between, one of the two pairs is good.

use std::sync::Arc;

use recado_protocol::auth::{Refresh, Tokens};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::{
    clock::Clock,
    rest::Rest,
    secrets::SecretStore,
    view::{Failure, FailureCode},
};

/// The name under which a profile's one secret is kept. One value, because each call to a keyring costs tens of
/// milliseconds at start.
const SECRET: &str = "session";

/// An access token is renewed that long before it ends.
const MARGIN_MS: i64 = 30_000;

/// What a profile keeps secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Keys of the two files, 32 bytes in hex.
    pub cache_key: String,
    pub outbox_key: String,
    /// Absent after the session was ended elsewhere: the files stay sealed for the same person to come back.
    #[serde(default)]
    pub pair: Option<Pair>,
}

/// Two tokens that were given together.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub access: String,
    pub refresh: String,
    /// When the access token ends, in ms since 1970 by this computer's clock.
    pub expires_at: i64,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Pair {
    pub(crate) fn new(tokens: &Tokens, clock: &dyn Clock) -> Self {
        Self {
            access: tokens.access_token.clone(),
            refresh: tokens.refresh_token.clone(),
            expires_at: clock.now().millis() + tokens.expires_in * 1_000,
        }
    }
}

impl Secrets {
    /// New keys, without tokens.
    pub(crate) fn generate() -> Self {
        let key = || hex::encode(rand::random::<[u8; 32]>());
        Self { cache_key: key(), outbox_key: key(), pair: None }
    }

    pub(crate) async fn load(store: &dyn SecretStore) -> Result<Option<Self>, crate::secrets::SecretError> {
        let Some(bytes) = store.get(SECRET).await? else { return Ok(None) };
        // What cannot be read is as good as absent: the person signs in again.
        Ok(serde_json::from_slice(&bytes).ok())
    }

    pub(crate) async fn save(&self, store: &dyn SecretStore) -> Result<(), crate::secrets::SecretError> {
        let bytes = Zeroizing::new(serde_json::to_vec(self).expect("texts and numbers are always JSON"));
        store.set(SECRET, &bytes).await
    }

    pub(crate) async fn forget(store: &dyn SecretStore) -> Result<(), crate::secrets::SecretError> {
        store.delete(SECRET).await
    }
}

/// The handle to the task that owns the tokens.
#[derive(Clone, Debug)]
pub(crate) struct TokenKeeper(mpsc::Sender<Ask>);

#[derive(Debug)]
struct Ask {
    /// The token that the server refused.
    refused: Option<String>,
    reply: oneshot::Sender<Result<String, Failure>>,
}

impl TokenKeeper {
    /// Starts the task. `ended` is told when the server says that the session is over.
    pub(crate) fn spawn(
        tracker: &tokio_util::task::TaskTracker,
        cancel: CancellationToken,
        rest: Rest,
        secrets: Secrets,
        store: Arc<dyn SecretStore>,
        clock: Arc<dyn Clock>,
        ended: mpsc::Sender<()>,
    ) -> Self {
        let (sender, inbox) = mpsc::channel(64);
        tracker.spawn(Task { rest, secrets, store, clock, ended }.run(inbox, cancel));
        Self(sender)
    }

    /// An access token that should be good; a new one when `refused` is the present one.
    pub(crate) async fn get(&self, refused: Option<String>) -> Result<String, Failure> {
        let gone = || Failure::new(FailureCode::SignedOut, "nobody is signed in");
        let (reply, answer) = oneshot::channel();
        self.0.send(Ask { refused, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

struct Task {
    rest: Rest,
    secrets: Secrets,
    store: Arc<dyn SecretStore>,
    clock: Arc<dyn Clock>,
    ended: mpsc::Sender<()>,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Ask>, cancel: CancellationToken) {
        loop {
            let ask = tokio::select! {
                () = cancel.cancelled() => return,
                ask = inbox.recv() => ask,
            };
            let Some(ask) = ask else { return };
            // A refresh that has begun is finished even when the session is being closed: its answer must be stored.
            let answer = self.token(ask.refused.as_deref()).await;
            // The asker may have gone away.
            let _ = ask.reply.send(answer);
        }
    }

    async fn token(&mut self, refused: Option<&str>) -> Result<String, Failure> {
        let Some(pair) = &self.secrets.pair else {
            return Err(Failure::new(FailureCode::SessionEnded, "the session was ended"));
        };
        let is_fresh = self.clock.now().millis() + MARGIN_MS < pair.expires_at;
        if is_fresh && refused != Some(pair.access.as_str()) {
            return Ok(pair.access.clone());
        }
        let body = Refresh { refresh_token: pair.refresh.clone() };
        match self.rest.post::<Tokens>("auth/refresh", None, &body).await {
            Ok(tokens) => {
                let pair = Pair::new(&tokens, &*self.clock);
                let access = pair.access.clone();
                let next = Secrets { pair: Some(pair), ..self.secrets.clone() };
                next.save(&*self.store).await?;
                self.secrets = next;
                Ok(access)
            }
            Err(failure)
                if matches!(
                    failure.code,
                    FailureCode::Unauthenticated | FailureCode::TokenExpired | FailureCode::BadCredentials
                ) =>
            {
                self.secrets.pair = None;
                // The engine may be closing this session already.
                let _ = self.ended.try_send(());
                Err(Failure::new(FailureCode::SessionEnded, failure.message))
            }
            Err(failure) => Err(failure),
        }
    }
}
