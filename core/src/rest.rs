//! REST over HTTP: one call, its answer or a [`Failure`]. Who asks, and with which token, is [`crate::api`]'s business.

use recado_protocol::Problem;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    address::ServerAddress,
    client::Timing,
    view::{Failure, FailureCode, Registration, ServerInfo},
};

/// Connections to one server. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    http: reqwest::Client,
    address: ServerAddress,
}

/// `GET /api/v1/server`, as far as the client needs it.
#[derive(Deserialize)]
struct Server {
    name: String,
    version: String,
    registration: Registration,
    #[serde(default)]
    is_new: bool,
    #[serde(default)]
    needs_setup_code: bool,
}

/// Installs the process's TLS provider, once; later calls find it there.
pub fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only when another thread was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

impl Rest {
    pub(crate) fn new(address: &ServerAddress, timing: &Timing) -> Result<Self, Failure> {
        install_crypto();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("recado/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timing.connect)
            .timeout(timing.request)
            // A redirect could lead a token to another host, or from https to http.
            .redirect(reqwest::redirect::Policy::none());
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| Failure::new(FailureCode::Internal, error.to_string()))?;
        Ok(Self { http, address: address.clone() })
    }

    /// What the server says about itself before sign-in.
    pub(crate) async fn server_info(&self) -> Result<ServerInfo, Failure> {
        let not_recado = |why: String| Failure::new(FailureCode::NotRecado, why).at("server");
        let request = self.http.get(self.address.api("server")?);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        if !response.status().is_success() {
            return Err(not_recado(format!("{} answered {}", self.address, response.status())));
        }
        let server: Server = response.json().await.map_err(|error| not_recado(error.to_string()))?;
        Ok(ServerInfo {
            url: self.address.to_string(),
            name: server.name,
            version: server.version,
            registration: server.registration,
            is_new: server.is_new,
            needs_setup_code: server.needs_setup_code,
        })
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let request = self.request(Method::GET, path, token)?.query(query);
        read(send(request).await?).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        read(send(self.request(Method::POST, path, token)?.json(body)).await?).await
    }

    pub(crate) async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        read(send(self.request(Method::PATCH, path, token)?.json(body)).await?).await
    }

    /// A call whose answer holds nothing.
    pub(crate) async fn call(&self, method: Method, path: &str, token: Option<&str>) -> Result<(), Failure> {
        send(self.request(method, path, token)?).await.map(drop)
    }

    fn request(&self, method: Method, path: &str, token: Option<&str>) -> Result<RequestBuilder, Failure> {
        let request = self.http.request(method, self.address.api(path)?);
        Ok(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let retry_after_ms = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|seconds| seconds.parse::<u32>().ok())
        .map(|seconds| seconds.saturating_mul(1_000));
    let body = response.bytes().await.map_err(|error| unreachable(&error))?;
    Err(problem(status, retry_after_ms, &body))
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    response.json().await.map_err(|error| {
        if error.is_decode() {
            Failure::new(FailureCode::NotRecado, format!("an answer that is not understood: {error}"))
        } else {
            unreachable(&error)
        }
    })
}

/// What a refusal means.
fn problem(status: StatusCode, retry_after_ms: Option<u32>, body: &[u8]) -> Failure {
    if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
        let message = problem.detail.unwrap_or(problem.title);
        return Failure { code: problem.code.into(), message, field: problem.field, retry_after_ms };
    }
    // Not from Recado itself but from what stands before it: a proxy, a load balancer.
    let code = match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            FailureCode::Unavailable
        }
        StatusCode::TOO_MANY_REQUESTS => FailureCode::RateLimited,
        StatusCode::PAYLOAD_TOO_LARGE => FailureCode::TooLarge,
        _ => FailureCode::NotRecado,
    };
    Failure { code, message: format!("the server answered {status}"), field: None, retry_after_ms }
}

fn unreachable(error: &reqwest::Error) -> Failure {
    // Without the URL: it may hold a query with what somebody searched for.
    let mut message = String::from("no connection");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        message = inner.to_string();
        cause = inner.source();
    }
    Failure::new(FailureCode::Unreachable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_keeps_its_code_and_field() {
        let body = br#"{"type":"about:blank","title":"invalid request","status":400,"code":"invalid_request",
            "detail":"too short","field":"password"}"#;
        let failure = problem(StatusCode::BAD_REQUEST, None, body);
        assert_eq!(failure.code, FailureCode::InvalidRequest);
        assert_eq!((failure.message.as_str(), failure.field.as_deref()), ("too short", Some("password")));
    }

    #[test]
    fn what_a_proxy_says_is_told_apart_from_what_recado_says() {
        assert_eq!(problem(StatusCode::BAD_GATEWAY, None, b"<html>").code, FailureCode::Unavailable);
        assert_eq!(problem(StatusCode::NOT_FOUND, None, b"<html>").code, FailureCode::NotRecado);
    }
}
