//! REST: the routes as a table of contents, and what every request passes through.
//!
//! Handlers read what came, call one use case and write what it gave. Whatever goes wrong is a problem document: also an
//! unknown route, a wrong method, a body that is no JSON.

mod auth;
mod extract;
mod messages;
mod openapi;
mod people;
mod rate;
mod room_invites;
mod rooms;
mod search;
mod server;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use http::{HeaderMap, StatusCode, header};
use recado_protocol::{ErrorCode, Problem};
use url::Url;

pub use rate::Rates;

use crate::{App, Error, error::Result, socket};

/// The desktop program's own origins, on its three systems.
const APP_ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// Everything that is served.
pub fn router(app: App) -> Router {
    let body_limit = app.limits.max_frame_bytes as usize;
    let api = Router::new()
        .route("/server", get(server::info))
        .route("/openapi.json", get(openapi::document))
        .route("/auth/register", post(auth::register))
        .route("/auth/login", post(auth::login))
        .route("/auth/refresh", post(auth::refresh))
        .route("/auth/logout", post(auth::logout))
        .route("/auth/password", post(auth::password))
        .route("/auth/sessions", get(auth::sessions))
        .route("/auth/sessions/{id}", delete(auth::end_session))
        .route("/me", get(people::me).patch(people::patch_me))
        .route("/me/blocks", get(people::blocked))
        .route("/me/blocks/{user}", put(people::block).delete(people::unblock))
        .route("/users", get(people::users))
        .route("/invites", get(people::invites).post(people::create_invite))
        .route("/invites/{code}", delete(people::delete_invite))
        .route("/invites/{code}/join", post(room_invites::join))
        .route("/rooms", get(rooms::list).post(rooms::create))
        .route("/rooms/{room}", get(rooms::show).patch(rooms::patch).delete(rooms::remove))
        .route("/rooms/{room}/me", axum::routing::patch(rooms::patch_mine))
        .route("/rooms/{room}/join", post(rooms::join))
        .route("/rooms/{room}/read", post(rooms::read))
        .route("/rooms/{room}/digest", get(rooms::digest))
        .route("/rooms/{room}/participants", post(rooms::add_participant))
        .route(
            "/rooms/{room}/participants/{user}",
            axum::routing::patch(rooms::patch_participant).delete(rooms::remove_participant),
        )
        .route("/rooms/{room}/transfer", post(rooms::transfer))
        .route("/rooms/{room}/invites", get(room_invites::list).post(room_invites::create))
        .route("/rooms/{room}/invites/{code}", delete(room_invites::revoke))
        .route("/rooms/{room}/bans", get(rooms::bans).post(rooms::ban))
        .route("/rooms/{room}/bans/{user}", delete(rooms::unban))
        .route("/rooms/{room}/messages", get(messages::page).post(messages::post))
        .route("/rooms/{room}/messages/{message}", axum::routing::patch(messages::edit).delete(messages::remove))
        .route("/rooms/{room}/messages/{message}/edits", get(messages::edits))
        .route("/rooms/{room}/messages/{message}/pin", put(messages::pin).delete(messages::unpin))
        .route("/rooms/{room}/pins", get(messages::pins))
        .route(
            "/rooms/{room}/messages/{message}/reactions/{reaction}",
            put(messages::react).delete(messages::take_back),
        )
        .route("/search", get(search::search))
        .layer(middleware::from_fn_with_state(app.clone(), rate::limit));
    Router::new()
        .nest("/api/v1", api)
        .merge(socket::routes())
        .route("/api/docs", get(openapi::page))
        .route("/healthz", get(server::healthz))
        .route("/readyz", get(server::readyz))
        .fallback(|| async { Error::not_found() })
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .layer(middleware::from_fn(trace))
        .with_state(app)
}

async fn wrong_method() -> Response {
    let problem = Problem {
        status: StatusCode::METHOD_NOT_ALLOWED.as_u16(),
        ..Problem::new(ErrorCode::InvalidRequest, "this path does not take that method")
    };
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::METHOD_NOT_ALLOWED, kind, axum::Json(problem)).into_response()
}

/// One line a request: never the query, which may hold a token, nor anything of a body.
async fn trace(request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let start = tokio::time::Instant::now();
    let response = next.run(request).await;
    let ms = start.elapsed().as_millis() as u64;
    tracing::debug!(%id, %method, path, status = response.status().as_u16(), ms, "request");
    response
}

/// Keeps out other sites' pages: by DNS rebinding (a foreign `Host`) and across sites (a foreign `Origin`).
async fn guard(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    check_host(&app, request.headers(), request.uri().host())?;
    check_origin(&app, request.headers())?;
    Ok(next.run(request).await)
}

fn check_host(app: &App, headers: &HeaderMap, authority: Option<&str>) -> Result<()> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(authority);
    let host = host.ok_or_else(|| Error::invalid("host", "the Host header is missing"))?;
    let parsed = Url::parse(&format!("http://{host}")).map_err(|_| Error::invalid("host", "not a host"))?;
    let ours = match parsed.host() {
        Some(url::Host::Ipv4(ip)) => is_our_address(app, ip.into()),
        Some(url::Host::Ipv6(ip)) => is_our_address(app, ip.into()),
        Some(url::Host::Domain(name)) => {
            name == "localhost" || app.config.public_url.as_ref().and_then(Url::host_str) == Some(name)
        }
        None => false,
    };
    if ours { Ok(()) } else { Err(Error::forbidden("this server does not answer to that host; see public_url")) }
}

fn is_our_address(app: &App, ip: std::net::IpAddr) -> bool {
    let listen = app.listen.ip();
    let public = app
        .config
        .public_url
        .as_ref()
        .and_then(Url::host_str)
        .and_then(|host| host.trim_matches(['[', ']']).parse().ok());
    // An address cannot be rebound, so where all are listened on, each of them will do.
    ip.is_loopback() || ip == listen || listen.is_unspecified() || public == Some(ip)
}

fn check_origin(app: &App, headers: &HeaderMap) -> Result<()> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let own = app
        .config
        .public_url
        .as_ref()
        .map_or_else(|| format!("http://{}", app.listen), |public| public.origin().ascii_serialization());
    if origin == own || APP_ORIGINS.contains(&origin) {
        return Ok(());
    }
    Err(Error::forbidden("that origin may not speak to this server; see public_url"))
}
