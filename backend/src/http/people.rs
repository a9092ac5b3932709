//! `/me`, `/users`, `/invites`.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use recado_protocol::{
    auth::{Invite, Invites, NewInvite},
    limits::{DEFAULT_PAGE, MAX_PAGE},
    user::{Me, UserPatch, Users},
};
use serde::Deserialize;

use super::extract::{Body, Params, id};
use crate::{App, Error, auth::Principal, error::Result};

pub(super) async fn me(State(app): State<App>, me: Principal) -> Result<Json<Me>> {
    let read_receipts = app.store.read_receipts(me.id()).await?;
    Ok(Json(Me { user: me.user, read_receipts }))
}

pub(super) async fn patch_me(State(app): State<App>, me: Principal, Body(patch): Body<UserPatch>) -> Result<Json<Me>> {
    let read_receipts = patch.read_receipts;
    let user = app.store.patch_user(me.id(), patch).await?;
    if let Some(on) = read_receipts {
        app.store.set_read_receipts(me.id(), on).await?;
    }
    Ok(Json(Me { user, read_receipts: app.store.read_receipts(me.id()).await? }))
}

#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    query: String,
    limit: Option<i64>,
}

pub(super) async fn users(
    State(app): State<App>,
    _me: Principal,
    Params(search): Params<Search>,
) -> Result<Json<Users>> {
    let limit = search.limit.unwrap_or(DEFAULT_PAGE);
    if limit < 1 {
        return Err(Error::invalid("limit", "at least 1"));
    }
    Ok(Json(Users { users: app.store.users(&search.query, limit.min(MAX_PAGE)).await? }))
}

fn admin(me: &Principal) -> Result<()> {
    if me.is_admin { Ok(()) } else { Err(Error::forbidden("only an admin of the server can do this")) }
}

pub(super) async fn invites(State(app): State<App>, me: Principal) -> Result<Json<Invites>> {
    admin(&me)?;
    Ok(Json(Invites { invites: app.store.invites().await? }))
}

pub(super) async fn create_invite(
    State(app): State<App>,
    me: Principal,
    Body(new): Body<NewInvite>,
) -> Result<(StatusCode, Json<Invite>)> {
    admin(&me)?;
    let code = hex::encode(rand::random::<[u8; 12]>());
    Ok((StatusCode::CREATED, Json(app.store.create_invite(me.id(), code, new).await?)))
}

pub(super) async fn delete_invite(
    State(app): State<App>,
    me: Principal,
    Path(code): Path<String>,
) -> Result<StatusCode> {
    admin(&me)?;
    if app.store.delete_invite(code).await? { Ok(StatusCode::NO_CONTENT) } else { Err(Error::not_found()) }
}

pub(super) async fn blocked(State(app): State<App>, me: Principal) -> Result<Json<Users>> {
    Ok(Json(Users { users: app.store.blocked(me.id()).await? }))
}

pub(super) async fn block(State(app): State<App>, me: Principal, Path(user): Path<String>) -> Result<StatusCode> {
    app.store.block(me.id(), id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn unblock(State(app): State<App>, me: Principal, Path(user): Path<String>) -> Result<StatusCode> {
    app.store.unblock(me.id(), id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
