//! The one list of error codes, and the problem document (RFC 9457) that REST answers carry.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Stable, on REST and on both sockets. Texts may change; codes never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: malformed, out of range, or pointing at nothing; `field` says which.
    InvalidRequest,
    /// 400: a text message without text and without attachments.
    EmptyContent,
    /// 401: wrong user name or password.
    BadCredentials,
    /// 401: no token, or one that is not ours, or whose session ended.
    Unauthenticated,
    /// 401: well signed, but expired. Refresh and try again.
    TokenExpired,
    /// 403: known, but not allowed.
    Forbidden,
    /// 404: does not exist, or must not be known to exist.
    NotFound,
    /// 409: does not fit the present state.
    Conflict,
    /// 409: that user name is taken.
    UsernameTaken,
    /// 413: body, upload or frame over its limit.
    TooLarge,
    /// 429: too fast; wait as told.
    RateLimited,
    /// 503: the server cannot do this now (database, disk); nothing was changed.
    Unavailable,
}

impl ErrorCode {
    pub const ALL: [Self; 12] = [
        Self::InvalidRequest,
        Self::EmptyContent,
        Self::BadCredentials,
        Self::Unauthenticated,
        Self::TokenExpired,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::UsernameTaken,
        Self::TooLarge,
        Self::RateLimited,
        Self::Unavailable,
    ];

    /// The HTTP status that goes with the code.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::EmptyContent => 400,
            Self::BadCredentials | Self::Unauthenticated | Self::TokenExpired => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::UsernameTaken => 409,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::EmptyContent => "empty_content",
            Self::BadCredentials => "bad_credentials",
            Self::Unauthenticated => "unauthenticated",
            Self::TokenExpired => "token_expired",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::UsernameTaken => "username_taken",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
        }
    }

    /// Whether the same command may succeed later without anybody changing it.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::TokenExpired)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An RFC 9457 problem document, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says what it is.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// The code in words.
    pub title: String,
    pub status: u16,
    pub code: ErrorCode,
    /// What is wrong with this request, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The body field or query parameter that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

fn about_blank() -> String {
    "about:blank".into()
}

impl Problem {
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            kind: about_blank(),
            title: code.as_str().replace('_', " "),
            status: code.status(),
            code,
            detail: Some(detail.into()),
            field: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_as_it_is_serialised() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        }
    }
}
