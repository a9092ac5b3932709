//! What the server says of itself.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{App, bus::BusState, config::Registration, error::Result};

/// `GET /api/v1/server`: what a client asks before sign-in.
pub(super) async fn info(State(app): State<App>) -> Result<Json<Value>> {
    let is_new = !app.store.has_users().await?;
    let registration = app.config.registration;
    let word = match registration {
        Registration::Open => "open",
        Registration::Invite => "invite",
        Registration::Closed => "closed",
    };
    let name = app.config.public_url.as_ref().and_then(url::Url::host_str).unwrap_or("Recado");
    Ok(Json(json!({
        "name": name,
        "version": env!("CARGO_PKG_VERSION"),
        "registration": word,
        "is_new": is_new,
        "needs_setup_code": is_new && registration != Registration::Open,
    })))
}

/// `GET /healthz`: the process lives.
pub(super) async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// `GET /readyz`: it can serve. A dead Redis only degrades it: people on this node go on.
pub(super) async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let bus = app.bus.state();
    let store = app.store.ping().await;
    let status = match (&store, bus) {
        (Err(_), _) => "unavailable",
        (Ok(()), BusState::Degraded) => "degraded",
        (Ok(()), BusState::Ok) => "ok",
    };
    let code = if store.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let store = if store.is_ok() { "ok" } else { "unavailable" };
    (code, Json(json!({"status": status, "store": store, "bus": bus.as_str()})))
}
