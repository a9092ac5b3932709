//! `/rooms/{room}/messages` and reactions.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use recado_protocol::{
    Message, Seq, Timestamp,
    message::{Edits, MessagePage, MessagePatch, NewMessage, Pins},
};
use serde::Deserialize;

use super::extract::{Body, Params, id};
use crate::{
    App,
    auth::Principal,
    error::Result,
    store::{HistoryQuery, NewPost, ReactionChange},
};

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    before: Option<Seq>,
    after: Option<Seq>,
    at: Option<Timestamp>,
    limit: Option<i64>,
}

pub(super) async fn page(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Params(page): Params<Page>,
) -> Result<Json<MessagePage>> {
    let query = HistoryQuery { before: page.before, after: page.after, at: page.at, limit: page.limit };
    Ok(Json(app.store.messages(me.id(), id(&room)?, query).await?))
}

pub(super) async fn post(
    State(app): State<App>,
    me: Principal,
    Path(room): Path<String>,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<Message>)> {
    let post = NewPost {
        content: new.content,
        message_type: new.message_type,
        reply_to: new.reply_to,
        client_id: new.client_id,
        recovered: false,
        attachments: new.attachments,
        empty_media: false,
    };
    let posted = app.store.post_message(me.id(), id(&room)?, post).await?;
    Ok((if posted.duplicate { StatusCode::OK } else { StatusCode::CREATED }, Json(posted.message)))
}

pub(super) async fn edit(
    State(app): State<App>,
    me: Principal,
    Path((room, message)): Path<(String, String)>,
    Body(patch): Body<MessagePatch>,
) -> Result<Json<Message>> {
    Ok(Json(app.store.edit_message(me.id(), id(&room)?, id(&message)?, patch.content, patch.client_id).await?))
}

pub(super) async fn remove(
    State(app): State<App>,
    me: Principal,
    Path((room, message)): Path<(String, String)>,
) -> Result<StatusCode> {
    app.store.delete_message(me.id(), id(&room)?, id(&message)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn edits(
    State(app): State<App>,
    me: Principal,
    Path((room, message)): Path<(String, String)>,
) -> Result<Json<Edits>> {
    Ok(Json(app.store.edits(me.id(), id(&room)?, id(&message)?).await?))
}

pub(super) async fn react(
    State(app): State<App>,
    me: Principal,
    Path((room, message, reaction)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    app.store.set_reaction(me.id(), id(&room)?, id(&message)?, reaction, ReactionChange::Set).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn take_back(
    State(app): State<App>,
    me: Principal,
    Path((room, message, reaction)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    app.store.set_reaction(me.id(), id(&room)?, id(&message)?, reaction, ReactionChange::Unset).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn pins(State(app): State<App>, me: Principal, Path(room): Path<String>) -> Result<Json<Pins>> {
    Ok(Json(app.store.pins(me.id(), id(&room)?).await?))
}

pub(super) async fn pin(
    State(app): State<App>,
    me: Principal,
    Path((room, message)): Path<(String, String)>,
) -> Result<StatusCode> {
    app.store.pin_message(me.id(), id(&room)?, id(&message)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn unpin(
    State(app): State<App>,
    me: Principal,
    Path((room, message)): Path<(String, String)>,
) -> Result<StatusCode> {
    app.store.pin_message(me.id(), id(&room)?, id(&message)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
