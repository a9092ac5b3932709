//! `/rooms/{room}/invites` and `/invites/{code}/join`.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use recado_protocol::{
    Room,
    invite::{NewRoomInvite, RoomInvite, RoomInvites},
};

use super::extract::{Body, id};
use crate::{App, auth::Principal, error::Result};

pub(super) async fn list(State(app): State<App>, me: Principal, Path(room): Path<String>) -> Result<Json<RoomInvites>> {
    Ok(Json(RoomInvites { invites: app.store.room_invites(me.id(), id(&room)?).await? }))
}

pub(super) async fn create(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(new): Body<NewRoomInvite>,
) -> Result<(StatusCode, Json<RoomInvite>)> {
    let code = hex::encode(rand::random::<[u8; 12]>());
    Ok((StatusCode::CREATED, Json(app.store.create_room_invite(me.id(), id(&room)?, code, new).await?)))
}

pub(super) async fn revoke(
    State(app): State<App>,
    me: Principal,
    Path((room, code)): Path<(String, String)>,
) -> Result<StatusCode> {
    app.store.delete_room_invite(me.id(), id(&room)?, code).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn join(State(app): State<App>, me: Principal, Path(code): Path<String>) -> Result<Json<Room>> {
    Ok(Json(app.store.join_by_invite(me.id(), code).await?))
}
