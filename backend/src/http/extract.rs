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
        let json = &mut serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(&mut *json).map_err(|error| {
            let path = error.path().to_string();
            let cause = error.into_inner();
            // What is broken as JSON has no field; a missing one is named by the text alone.
            let missing = || cause.to_string().strip_prefix("missing field `")?.split('`').next().map(str::to_owned);
            let field = match path.as_str() {
                _ if !cause.is_data() => "body".to_owned(),
                "." => missing().unwrap_or_else(|| "body".to_owned()),
                _ => path,
            };
            Error::invalid(field, cause.to_string())
        })?;
        json.end().map_err(|error| Error::invalid("body", error.to_string()))?;
        Ok(Self(body))
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
