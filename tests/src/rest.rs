//! REST as a script would use it: JSON in, JSON out, nothing of the client core.

use std::sync::LazyLock;

use reqwest::{Client, Method, header::HeaderMap};
use serde_json::{Value, json};

/// One connection pool a process. Tests run on runtimes of their own, so nothing is kept alive between requests.
pub fn http() -> Client {
    static CRYPTO: LazyLock<()> = LazyLock::new(recado_core::install_crypto);
    LazyLock::force(&CRYPTO);
    Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(std::time::Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without options can be built")
}

/// A way to one server, as somebody or nobody.
#[derive(Clone, Debug)]
pub struct Rest {
    http: Client,
    url: String,
    token: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub what: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body, when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.what, self.body);
        self.body
    }

    /// Asserts that it is a problem document with that status and code, and gives it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}: {}", self.what, self.body);
        let kind = self.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(kind.starts_with("application/problem+json"), "{}: content type {kind:?}", self.what);
        assert_eq!(self.body["status"], status, "{}: {}", self.what, self.body);
        self.body
    }

    /// Asserts `invalid_request` at a field.
    #[track_caller]
    pub fn invalid(self, field: &str) {
        let what = self.what.clone();
        let body = self.problem(400, "invalid_request");
        assert_eq!(body["field"], field, "{what}: {body}");
    }
}

impl Rest {
    pub fn new(url: &str) -> Self {
        Self { http: http(), url: url.to_owned(), token: None }
    }

    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same person on another server.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Below `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    #[track_caller]
    pub fn send(&self, what: String, request: reqwest::RequestBuilder) -> impl Future<Output = Answer> + use<> {
        let caller = std::panic::Location::caller();
        async move {
            match Self::try_send(what, request).await {
                Ok(answer) => answer,
                Err(error) => panic!("{caller}: {error}"),
            }
        }
    }

    /// For servers that may be dead.
    pub async fn try_send(what: String, request: reqwest::RequestBuilder) -> Result<Answer, String> {
        let answer = request.send().await.map_err(|error| format!("{what}: {error:?}"))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.map_err(|error| format!("{what}: {error:?}"))?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(json!(text)) };
        Ok(Answer { what, status, headers, body })
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> impl Future<Output = Answer> + use<> {
        self.send(format!("GET {path}"), self.request(Method::GET, path))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> impl Future<Output = Answer> + use<> {
        self.send(format!("DELETE {path}"), self.request(Method::DELETE, path))
    }

    #[track_caller]
    pub fn put(&self, path: &str) -> impl Future<Output = Answer> + use<> {
        self.send(format!("PUT {path}"), self.request(Method::PUT, path))
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
    pub fn post(&self, path: &str, body: Value) -> impl Future<Output = Answer> + use<> {
        self.send(format!("POST {path}"), self.request(Method::POST, path).json(&body))
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
    pub fn patch(&self, path: &str, body: Value) -> impl Future<Output = Answer> + use<> {
        self.send(format!("PATCH {path}"), self.request(Method::PATCH, path).json(&body))
    }

    /// A body that is not made of JSON values.
    #[track_caller]
    pub fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> impl Future<Output = Answer> {
        let request = self.request(Method::POST, path).header("content-type", "application/json").body(body);
        self.send(format!("POST {path} (raw)"), request)
    }
}
