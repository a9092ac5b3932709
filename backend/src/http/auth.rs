//! `/auth/*`.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use recado_protocol::{
    auth::{ChangePassword, Login, Refresh, Register, Tokens},
    user::Sessions,
};

use super::extract::{Body, id};
use crate::{App, Error, auth::Principal, error::Result};

pub(super) async fn register(State(app): State<App>, Body(new): Body<Register>) -> Result<(StatusCode, Json<Tokens>)> {
    Ok((StatusCode::CREATED, Json(app.auth.register(new, app.config.registration).await?)))
}

pub(super) async fn login(State(app): State<App>, Body(login): Body<Login>) -> Result<Json<Tokens>> {
    Ok(Json(app.auth.login(login).await?))
}

pub(super) async fn refresh(State(app): State<App>, Body(refresh): Body<Refresh>) -> Result<Json<Tokens>> {
    Ok(Json(app.auth.refresh(&refresh.refresh_token).await?))
}

pub(super) async fn logout(State(app): State<App>, me: Principal) -> Result<StatusCode> {
    app.store.end_session(me.session, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn password(
    State(app): State<App>,
    me: Principal,
    Body(change): Body<ChangePassword>,
) -> Result<StatusCode> {
    app.auth.change_password(&me, change.old_password, change.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sessions(State(app): State<App>, me: Principal) -> Result<Json<Sessions>> {
    Ok(Json(Sessions { sessions: app.store.sessions(me.id(), me.session).await? }))
}

pub(super) async fn end_session(
    State(app): State<App>,
    me: Principal,
    Path(session): Path<String>,
) -> Result<StatusCode> {
    if app.store.end_session(id(&session)?, Some(me.id())).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Error::not_found())
}
