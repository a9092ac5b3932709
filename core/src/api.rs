//! REST in the name of the signed-in person: a call with a fresh token, once more when the token was refused.

use recado_protocol::UserId;
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    rest::Rest,
    tokens::TokenKeeper,
    view::{Failure, FailureCode},
};

/// Cheap to clone; dies with the session.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    rest: Rest,
    tokens: TokenKeeper,
    me: UserId,
}

impl Api {
    pub(crate) fn new(rest: Rest, tokens: TokenKeeper, me: UserId) -> Self {
        Self { rest, tokens, me }
    }

    /// Who is signed in.
    pub(crate) fn me(&self) -> UserId {
        self.me
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Failure> {
        let token = self.tokens.get(None).await?;
        match self.rest.get(path, Some(&token), query).await {
            Err(failure) if is_stale(&failure) => {
                let token = self.tokens.get(Some(token)).await?;
                self.rest.get(path, Some(&token), query).await
            }
            answer => answer,
        }
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let token = self.tokens.get(None).await?;
        match self.rest.post(path, Some(&token), body).await {
            Err(failure) if is_stale(&failure) => {
                let token = self.tokens.get(Some(token)).await?;
                self.rest.post(path, Some(&token), body).await
            }
            answer => answer,
        }
    }

    pub(crate) async fn patch<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let token = self.tokens.get(None).await?;
        match self.rest.patch(path, Some(&token), body).await {
            Err(failure) if is_stale(&failure) => {
                let token = self.tokens.get(Some(token)).await?;
                self.rest.patch(path, Some(&token), body).await
            }
            answer => answer,
        }
    }

    pub(crate) async fn post_empty(&self, path: &str) -> Result<(), Failure> {
        self.call(Method::POST, path).await
    }

    pub(crate) async fn put(&self, path: &str) -> Result<(), Failure> {
        self.call(Method::PUT, path).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.call(Method::DELETE, path).await
    }

    async fn call(&self, method: Method, path: &str) -> Result<(), Failure> {
        let token = self.tokens.get(None).await?;
        match self.rest.call(method.clone(), path, Some(&token)).await {
            Err(failure) if is_stale(&failure) => {
                let token = self.tokens.get(Some(token)).await?;
                self.rest.call(method, path, Some(&token)).await
            }
            answer => answer,
        }
    }
}

fn is_stale(failure: &Failure) -> bool {
    matches!(failure.code, FailureCode::TokenExpired | FailureCode::Unauthenticated)
}
