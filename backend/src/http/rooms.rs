//! `/rooms` and who is in them.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use recado_protocol::{
    Participant, Room, Seq,
    me::{MyRoom, MyRoomPatch},
    message::RangeDigest,
    room::{Ban, Bans, NewParticipant, NewRoom, ReadMark, RoleChange, RoomPatch, Rooms, WhichUser},
};
use serde::Deserialize;

use super::extract::{Body, Params, id};
use crate::{App, Error, auth::Principal, error::Result, store::ReadTarget};

#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    #[serde(default)]
    directory: bool,
    query: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    me: Principal,
    Params(listing): Params<Listing>,
) -> Result<Json<Rooms>> {
    let rooms = if listing.directory {
        app.store.directory(me.id(), listing.query.as_deref()).await?
    } else {
        app.store.rooms(me.id()).await?
    };
    Ok(Json(Rooms { rooms }))
}

pub(super) async fn create(
    State(app): State<App>,
    me: Principal,
    Body(new): Body<NewRoom>,
) -> Result<(StatusCode, Json<Room>)> {
    let (room, made) = app.store.create_room(me.id(), new).await?;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(room)))
}

pub(super) async fn show(State(app): State<App>, me: Principal, Path(room): Path<String>) -> Result<Json<Room>> {
    Ok(Json(app.store.room(me.id(), id(&room)?).await?))
}

pub(super) async fn patch(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(patch): Body<RoomPatch>,
) -> Result<Json<Room>> {
    Ok(Json(app.store.patch_room(me.id(), id(&room)?, patch).await?))
}

pub(super) async fn remove(State(app): State<App>, me: Principal, Path(room): Path<String>) -> Result<StatusCode> {
    app.store.delete_room(me.id(), id(&room)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn patch_mine(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(patch): Body<MyRoomPatch>,
) -> Result<Json<MyRoom>> {
    Ok(Json(app.store.set_my_room(me.id(), id(&room)?, patch, None).await?.0))
}

pub(super) async fn join(State(app): State<App>, me: Principal, Path(room): Path<String>) -> Result<Json<Room>> {
    Ok(Json(app.store.join_room(me.id(), id(&room)?).await?))
}

pub(super) async fn read(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(mark): Body<ReadMark>,
) -> Result<StatusCode> {
    app.store.mark_read(me.id(), id(&room)?, ReadTarget::Seq(mark.seq)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
pub(super) struct Range {
    from: Option<Seq>,
    to: Option<Seq>,
}

pub(super) async fn digest(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Params(range): Params<Range>,
) -> Result<Json<RangeDigest>> {
    if range.from.is_some_and(|from| from < 1) {
        return Err(Error::invalid("from", "at least 1"));
    }
    Ok(Json(app.store.digest(me.id(), id(&room)?, range.from, range.to).await?))
}

pub(super) async fn add_participant(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(new): Body<NewParticipant>,
) -> Result<(StatusCode, Json<Participant>)> {
    let (participant, came) = app.store.add_participant(me.id(), id(&room)?, new).await?;
    Ok((if came { StatusCode::CREATED } else { StatusCode::OK }, Json(participant)))
}

pub(super) async fn remove_participant(
    State(app): State<App>,
    me: Principal,
    Path((room, user)): Path<(String, String)>,
) -> Result<StatusCode> {
    app.store.remove_participant(me.id(), id(&room)?, id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn patch_participant(
    State(app): State<App>,
    me: Principal,
    Path((room, user)): Path<(String, String)>,
    Body(change): Body<RoleChange>,
) -> Result<Json<Participant>> {
    Ok(Json(app.store.set_role(me.id(), id(&room)?, id(&user)?, change.role).await?))
}

pub(super) async fn transfer(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(to): Body<WhichUser>,
) -> Result<Json<Room>> {
    let room = id(&room)?;
    app.store.transfer_room(me.id(), room, to.user_id).await?;
    Ok(Json(app.store.room(me.id(), room).await?))
}

pub(super) async fn bans(State(app): State<App>, me: Principal, Path(room): Path<String>) -> Result<Json<Bans>> {
    Ok(Json(Bans { bans: app.store.bans(me.id(), id(&room)?).await? }))
}

pub(super) async fn ban(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(who): Body<WhichUser>,
) -> Result<(StatusCode, Json<Ban>)> {
    let (ban, is_new) = app.store.ban(me.id(), id(&room)?, who.user_id).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(ban)))
}

pub(super) async fn unban(
    State(app): State<App>,
    me: Principal,
    Path((room, user)): Path<(String, String)>,
) -> Result<StatusCode> {
    app.store.unban(me.id(), id(&room)?, id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
