//! Reading requests, with every fault as a problem document.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
};
use http::{StatusCode, header, request::Parts};
use recado_protocol::ErrorCode;
use serde::de::DeserializeOwned;

use crate::{App, Error, auth::Principal, error::Result};

/// A JSON body, whatever its content type says.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Error::new(ErrorCode::TooLarge, "the body is too large")
            } else {
                Error::invalid("body", "the body could not be read")
            }
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let detail = error.to_string();
            // Serde names a field between backticks; what it names in JSON that is broken is no field.
            let field = detail.split('`').nth(1).filter(|_| error.is_data()).unwrap_or("body").to_owned();
            Error::invalid(field, detail)
        })
    }
}

/// Query parameters.
#[derive(Debug)]
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query.map(|Query(query)| Self(query)).map_err(|rejection| Error::invalid("query", rejection.body_text()))
    }
}

impl FromRequestParts<App> for Principal {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        Ok(app.auth.authenticate(token).await?)
    }
}

/// An id in a path; one that is no UUID names nothing.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found())
}
