//! Passwords, tokens and sessions.
//!
//! A session is a signed-in device. Its tokens come in pairs, numbered by `generation`: a short-lived access token (JWT) and a
//! refresh token (session, generation, nonce, MAC). Both name the pair they belong to. Refreshing makes a pair of the next
//! generation without touching the session, so an answer that is lost signs nobody out; the first *use* of either token of a
//! later pair moves the session there, and from then on an older refresh token, or one of a sister pair, is a sign of theft
//! and ends the session. No list of given pairs is kept: a valid MAC says that a pair is ours, and a later generation than
//! the one that is kept is taken, which is also right after a restored backup.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use recado_protocol::{
    SessionId, User, UserId,
    auth::{Login, Register, Tokens},
    limits,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{
    Error,
    clock::Clock,
    config::Registration,
    error::Result,
    store::{Admission, NewUser, SessionState, Store},
};

/// Hashes at once: each takes tens of MiB and a core.
const HASHES_AT_ONCE: usize = 2;
/// Seconds that an expired access token is still taken, for clocks that differ.
const LEEWAY_S: i64 = 5;
const NONCE_BYTES: usize = 16;
const MAC_BYTES: usize = 32;
/// Characters of what a device calls itself; the rest is cut.
const MAX_DEVICE_CHARS: usize = 100;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user: User,
    pub session: SessionId,
    pub is_admin: bool,
}

impl Principal {
    pub fn id(&self) -> UserId {
        self.user.id
    }
}

/// Why a token was not taken. Sockets close by it: 4501, 4501, 4005, 4503.
#[derive(Clone, Debug)]
pub enum AuthError {
    /// There was none.
    Missing,
    /// Not one of ours.
    Bad,
    /// Well signed, but too old: refresh and come back.
    Expired,
    /// The session was ended, or the account disabled.
    SessionEnded,
    /// The store could not be asked.
    Unavailable(Error),
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Missing | AuthError::Bad | AuthError::SessionEnded => Self::unauthenticated(),
            AuthError::Expired => {
                Self::new(recado_protocol::ErrorCode::TokenExpired, "the access token has expired, refresh it")
            }
            AuthError::Unavailable(error) => error,
        }
    }
}

/// What it is made of.
#[derive(Debug)]
pub struct AuthOptions {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    /// At least 32 bytes; the same on all nodes.
    pub jwt_secret: String,
    pub access_token_ttl_s: i64,
    pub argon2_memory_kib: u32,
}

/// The handle; cheap to clone.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    secret: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    ttl_s: i64,
    memory_kib: u32,
    hashing: Semaphore,
    /// Verified against when there is no such account, so that both take equally long.
    nobody: String,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth")
    }
}

/// What an access token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    /// The pair that it belongs to: its generation and nonce.
    generation: i64,
    nonce: String,
    iat: i64,
    exp: i64,
}

/// A refresh token, taken apart.
struct RefreshToken {
    session: SessionId,
    generation: i64,
    nonce: [u8; NONCE_BYTES],
}

/// How a token's pair stands to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The pair in use.
    Current,
    /// A later one: its first use moves the session to it.
    Later,
    /// An older one.
    Older,
    /// Of the same generation, but another was used first.
    Sister,
}

fn standing(session: &SessionState, generation: i64, nonce: &[u8]) -> Standing {
    match generation.cmp(&session.generation) {
        std::cmp::Ordering::Greater => Standing::Later,
        std::cmp::Ordering::Less => Standing::Older,
        std::cmp::Ordering::Equal if hashed(nonce) == session.nonce_hash => Standing::Current,
        std::cmp::Ordering::Equal => Standing::Sister,
    }
}

fn hashed(nonce: &[u8]) -> Vec<u8> {
    Sha256::digest(nonce).to_vec()
}

impl Auth {
    pub fn new(options: AuthOptions) -> Result<Self> {
        let AuthOptions { store, clock, jwt_secret, access_token_ttl_s, argon2_memory_kib } = options;
        Ok(Self(Arc::new(Inner {
            encoding: EncodingKey::from_secret(jwt_secret.as_bytes()),
            decoding: DecodingKey::from_secret(jwt_secret.as_bytes()),
            nobody: hash(argon2_memory_kib, "nobody has this password")?,
            store,
            clock,
            secret: jwt_secret,
            ttl_s: access_token_ttl_s,
            memory_kib: argon2_memory_kib,
            hashing: Semaphore::new(HASHES_AT_ONCE),
        })))
    }

    /// What the first account needs. Derived, so that nodes that share a secret print the same.
    pub fn setup_code(&self) -> String {
        let mut mac = self.mac();
        mac.update(b"setup code");
        mac.update(self.0.store.epoch().as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..6])
    }

    pub async fn register(&self, new: Register, mode: Registration) -> Result<Tokens> {
        if !limits::is_username(&new.username) {
            return Err(Error::invalid("username", "2 to 32 of A-Z a-z 0-9 . _ -"));
        }
        check_password("password", &new.password)?;
        let display_name = match new.display_name.as_deref().map(str::trim) {
            None | Some("") => new.username.clone(),
            Some(name) => checked_display_name(name)?,
        };
        let admission = Admission {
            is_open: mode == Registration::Open,
            takes_invites: mode != Registration::Closed,
            invite: new.invite,
            has_setup_code: new.setup_code.is_some_and(|code| code.trim() == self.setup_code()),
            by_command: false,
        };
        let password_hash = self.hash(new.password).await?;
        let new_user = NewUser { username: new.username, display_name, password_hash, is_admin: false };
        let user = self.0.store.register(new_user, admission).await?;
        self.begin(user, new.device).await
    }

    pub async fn login(&self, login: Login) -> Result<Tokens> {
        let account = self.0.store.account(&login.username).await?;
        let kept = account.as_ref().map_or(&self.0.nobody, |account| &account.password_hash).clone();
        let is_right = self.verify(login.password, kept).await?;
        match account {
            Some(account) if is_right && !account.is_disabled => self.begin(account.user, login.device).await,
            _ => Err(Error::bad_credentials()),
        }
    }

    pub async fn refresh(&self, token: &str) -> Result<Tokens> {
        let token = self.read_refresh(token).ok_or_else(Error::unauthenticated)?;
        let session = self.0.store.session(token.session).await?.ok_or_else(Error::unauthenticated)?;
        if !session.lives() {
            return Err(Error::unauthenticated());
        }
        match standing(&session, token.generation, &token.nonce) {
            Standing::Current => {}
            Standing::Later if self.moves_to(&session, token.generation, &token.nonce).await? => {}
            Standing::Later => return Err(Error::unauthenticated()),
            Standing::Older | Standing::Sister => {
                self.0.store.end_session(session.id, None).await?;
                return Err(Error::unauthenticated());
            }
        }
        self.pair(session.user, session.id, token.generation + 1, rand::random())
    }

    pub async fn change_password(&self, principal: &Principal, old: String, new: String) -> Result<()> {
        check_password("new_password", &new)?;
        let account = self.0.store.account_of(principal.id()).await?.ok_or_else(Error::unauthenticated)?;
        if !self.verify(old, account.password_hash).await? {
            return Err(Error::bad_credentials());
        }
        let password_hash = self.hash(new).await?;
        self.0.store.set_password(principal.id(), password_hash, Some(principal.session)).await
    }

    /// Checks an access token against its signature, its age and its session.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Principal, AuthError> {
        let token = token.ok_or(AuthError::Missing)?;
        let claims = self.read_access(token)?;
        let session = self.0.store.session(claims.sid).await.map_err(AuthError::Unavailable)?;
        let session = session.ok_or(AuthError::Bad)?;
        if !session.lives() || session.user.id != claims.sub {
            return Err(AuthError::SessionEnded);
        }
        let nonce = hex::decode(&claims.nonce).map_err(|_| AuthError::Bad)?;
        match standing(&session, claims.generation, &nonce) {
            // One that was given before stays good until it expires.
            Standing::Current | Standing::Older => {}
            Standing::Later => {
                let moved = self.moves_to(&session, claims.generation, &nonce).await;
                if !moved.map_err(AuthError::Unavailable)? {
                    return Err(AuthError::Bad);
                }
            }
            Standing::Sister => return Err(AuthError::Bad),
        }
        Ok(Principal { is_admin: session.user.is_admin == Some(true), user: session.user, session: session.id })
    }

    /// First use of a later pair. False when a sister pair was faster; the same pair used twice at once is fine.
    async fn moves_to(&self, session: &SessionState, generation: i64, nonce: &[u8]) -> Result<bool> {
        if self.0.store.promote(session.id, generation, hashed(nonce)).await? {
            return Ok(true);
        }
        let now = self.0.store.session(session.id).await?;
        Ok(now.is_some_and(|now| now.lives() && standing(&now, generation, nonce) == Standing::Current))
    }

    async fn begin(&self, user: User, device: Option<String>) -> Result<Tokens> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let device = device.map(|device| device.chars().filter(|c| !c.is_control()).take(MAX_DEVICE_CHARS).collect());
        let session = self.0.store.begin_session(user.id, device, hashed(&nonce)).await?;
        self.pair(user, session, 1, nonce)
    }

    fn pair(&self, user: User, session: SessionId, generation: i64, nonce: [u8; NONCE_BYTES]) -> Result<Tokens> {
        let now = self.0.clock.now().millis() / 1000;
        let claims = Claims {
            sub: user.id,
            sid: session,
            generation,
            nonce: hex::encode(nonce),
            iat: now,
            exp: now + self.0.ttl_s,
        };
        let access_token =
            jsonwebtoken::encode(&Header::default(), &claims, &self.0.encoding).map_err(Error::unavailable)?;
        let refresh_token = self.write_refresh(&RefreshToken { session, generation, nonce });
        Ok(Tokens { user, access_token, refresh_token, expires_in: self.0.ttl_s })
    }

    fn read_access(&self, token: &str) -> Result<Claims, AuthError> {
        // The age is judged below, against the clock that was passed in.
        let mut validation = Validation { validate_exp: false, ..Validation::default() };
        validation.set_required_spec_claims(&["exp"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.0.decoding, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => AuthError::Expired,
                _ => AuthError::Bad,
            })?
            .claims;
        if claims.exp + LEEWAY_S <= self.0.clock.now().millis() / 1000 {
            return Err(AuthError::Expired);
        }
        Ok(claims)
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.secret.as_bytes()).expect("HMAC takes keys of any length")
    }

    fn write_refresh(&self, token: &RefreshToken) -> String {
        let mut bytes = token.session.as_bytes().to_vec();
        bytes.extend_from_slice(&token.generation.to_be_bytes());
        bytes.extend_from_slice(&token.nonce);
        let mut mac = self.mac();
        mac.update(b"refresh");
        mac.update(&bytes);
        bytes.extend_from_slice(&mac.finalize().into_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read_refresh(&self, token: &str) -> Option<RefreshToken> {
        let bytes = URL_SAFE_NO_PAD.decode(token.trim()).ok()?;
        let (said, proof) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        let mut mac = self.mac();
        mac.update(b"refresh");
        mac.update(said);
        mac.verify_slice(proof).ok()?;
        let (session, rest) = said.split_at_checked(16)?;
        let (generation, nonce) = rest.split_at_checked(8)?;
        Some(RefreshToken {
            session: SessionId::from_slice(session)?,
            generation: i64::from_be_bytes(generation.try_into().ok()?),
            nonce: nonce.try_into().ok()?,
        })
    }

    async fn hash(&self, password: String) -> Result<String> {
        let _turn = self.0.hashing.acquire().await.map_err(Error::unavailable)?;
        hash_password(self.0.memory_kib, password).await
    }

    async fn verify(&self, password: String, kept: String) -> Result<bool> {
        let _turn = self.0.hashing.acquire().await.map_err(Error::unavailable)?;
        tokio::task::spawn_blocking(move || {
            let kept = PasswordHash::new(&kept).map_err(|error| Error::unavailable(error.to_string()))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
        })
        .await
        .map_err(Error::unavailable)?
    }
}

/// A display name, trimmed, or why it is none.
pub fn checked_display_name(name: &str) -> Result<String> {
    let name = name.trim();
    let length = name.chars().count();
    if !(1..=limits::MAX_DISPLAY_NAME_CHARS).contains(&length) || name.chars().any(char::is_control) {
        let detail = format!("1 to {} characters on one line", limits::MAX_DISPLAY_NAME_CHARS);
        return Err(Error::invalid("display_name", detail));
    }
    Ok(name.to_owned())
}

fn check_password(field: &'static str, password: &str) -> Result<()> {
    if limits::PASSWORD_CHARS.contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Error::invalid(field, "8 to 256 characters"))
}

/// The argon2id hash of a password, off the async threads.
pub async fn hash_password(memory_kib: u32, password: String) -> Result<String> {
    tokio::task::spawn_blocking(move || hash(memory_kib, &password)).await.map_err(Error::unavailable)?
}

fn hash(memory_kib: u32, password: &str) -> Result<String> {
    // Two passes over the configured memory, one lane: OWASP's second recommendation at the default of 19 MiB.
    let params = Params::new(memory_kib, 2, 1, None).map_err(|error| Error::unavailable(error.to_string()))?;
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>());
    let salt = salt.map_err(|error| Error::unavailable(error.to_string()))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash =
        argon.hash_password(password.as_bytes(), &salt).map_err(|error| Error::unavailable(error.to_string()))?;
    Ok(hash.to_string())
}
