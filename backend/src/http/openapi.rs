//! The OpenAPI document and a page to read it.
//!
//! The schemas are those of the very types that handlers read and write; the list below is the router's table of contents
//! with what each call takes and gives. A test holds the two together.

use axum::{Json, response::Html};
use recado_protocol::{
    Message, Participant, Problem, Room, User,
    auth::{ChangePassword, Invite, Invites, Login, NewInvite, Refresh, Register, Tokens},
    invite::{NewRoomInvite, RoomInvite, RoomInvites},
    me::{MyRoom, MyRoomPatch},
    message::{Edits, MessagePage, MessagePatch, NewMessage, Pins, RangeDigest},
    room::{Ban, Bans, NewParticipant, NewRoom, ReadMark, RoleChange, RoomPatch, Rooms, WhichUser},
    search::{Hit, Hits},
    user::{Me, Sessions, UserPatch, Users},
};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

/// A call: method, path below `/api/v1`, what it does, query parameters, body, status and what is answered.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    about: &'static str,
    query: &'static [&'static str],
    body: Option<&'static str>,
    status: u16,
    answer: Option<&'static str>,
}

macro_rules! calls {
    ($($method:ident $path:literal $about:literal ($($query:literal),*) [$($body:ident)?] => $status:literal $($answer:ident)?;)*) => {
        &[$(Call {
            method: stringify!($method),
            path: $path,
            about: $about,
            query: &[$($query),*],
            body: { let body: &[&str] = &[$(stringify!($body))?]; first(body) },
            status: $status,
            answer: { let answer: &[&str] = &[$(stringify!($answer))?]; first(answer) },
        }),*]
    };
}

const fn first(names: &[&'static str]) -> Option<&'static str> {
    match names {
        [name, ..] => Some(*name),
        [] => None,
    }
}

pub(super) const CALLS: &[Call] = calls! {
    get "/server" "What the server is, before sign-in" () [] => 200;
    post "/auth/register" "Makes an account and signs in" () [Register] => 201 Tokens;
    post "/auth/login" "Signs in" () [Login] => 200 Tokens;
    post "/auth/refresh" "Takes a new pair of tokens for a refresh token" () [Refresh] => 200 Tokens;
    post "/auth/logout" "Ends this session" () [] => 204;
    post "/auth/password" "Changes the password; all other sessions end" () [ChangePassword] => 204;
    get "/auth/sessions" "One's signed-in devices" () [] => 200 Sessions;
    delete "/auth/sessions/{id}" "Ends one of them" () [] => 204;
    get "/me" "Oneself" () [] => 200 Me;
    patch "/me" "Changes one's profile" () [UserPatch] => 200 Me;
    get "/me/blocks" "Whom one blocks" () [] => 200 Users;
    put "/me/blocks/{user}" "Blocks somebody, who is not told" () [] => 204;
    delete "/me/blocks/{user}" "Lets them reach one again" () [] => 204;
    get "/users" "Finds people" ("query", "limit") [] => 200 Users;
    get "/invites" "Invites that can still be used (admin)" () [] => 200 Invites;
    post "/invites" "Makes an invite (admin)" () [NewInvite] => 201 Invite;
    delete "/invites/{code}" "Withdraws an invite (admin)" () [] => 204;
    post "/invites/{code}/join" "Joins the room that a link leads to" () [] => 200 Room;
    get "/rooms" "One's rooms, or communities one may join" ("directory", "query") [] => 200 Rooms;
    post "/rooms" "Makes a room; a known client_id or pair is 200 with that room" () [NewRoom] => 201 Room;
    get "/rooms/{room}" "A room" () [] => 200 Room;
    patch "/rooms/{room}" "Changes a room's settings" () [RoomPatch] => 200 Room;
    delete "/rooms/{room}" "Deletes a room" () [] => 204;
    patch "/rooms/{room}/me" "Changes one's own settings of a room" () [MyRoomPatch] => 200 MyRoom;
    post "/rooms/{room}/join" "Joins a community" () [] => 200 Room;
    post "/rooms/{room}/read" "Moves one's read marker forward" () [ReadMark] => 204;
    get "/rooms/{room}/digest" "The hash over a range of messages" ("from", "to") [] => 200 RangeDigest;
    post "/rooms/{room}/participants" "Adds somebody; 200 if they are in already" () [NewParticipant] => 201 Participant;
    patch "/rooms/{room}/participants/{user}" "Gives somebody another role" () [RoleChange] => 200 Participant;
    post "/rooms/{room}/transfer" "Hands the room over (its owner)" () [WhichUser] => 200 Room;
    get "/rooms/{room}/invites" "Links to a room that can still be used" () [] => 200 RoomInvites;
    post "/rooms/{room}/invites" "Makes a link to a room" () [NewRoomInvite] => 201 RoomInvite;
    delete "/rooms/{room}/invites/{code}" "Revokes it" () [] => 204;
    get "/rooms/{room}/bans" "Who is kept out" () [] => 200 Bans;
    post "/rooms/{room}/bans" "Keeps somebody out; 200 if they are already" () [WhichUser] => 201 Ban;
    delete "/rooms/{room}/bans/{user}" "Lets them come again" () [] => 204;
    delete "/rooms/{room}/participants/{user}" "Removes somebody, or leaves" () [] => 204;
    get "/rooms/{room}/messages" "A page of history" ("before", "after", "at", "limit") [] => 200 MessagePage;
    post "/rooms/{room}/messages" "Posts a message; a known client_id is 200 with that message" () [NewMessage] => 201 Message;
    patch "/rooms/{room}/messages/{message}" "Edits one's own message" () [MessagePatch] => 200 Message;
    delete "/rooms/{room}/messages/{message}" "Deletes a message" () [] => 204;
    get "/rooms/{room}/messages/{message}/edits" "What a message said before (its author, the room's owner and admins)" () [] => 200 Edits;
    put "/rooms/{room}/messages/{message}/pin" "Pins a message for everyone" () [] => 204;
    delete "/rooms/{room}/messages/{message}/pin" "Takes a pin away" () [] => 204;
    get "/rooms/{room}/pins" "The room's pinned messages, the last pinned first" () [] => 200 Pins;
    put "/rooms/{room}/messages/{message}/reactions/{reaction}" "Reacts" () [] => 204;
    delete "/rooms/{room}/messages/{message}/reactions/{reaction}" "Takes a reaction back" () [] => 204;
    get "/search" "Finds messages, the latest first"
        ("query", "room", "from", "before", "after", "has", "time_zone", "cursor", "limit") [] => 200 Hits;
};

fn add<T: ToSchema + PartialSchema>(schemas: &mut Map<String, Value>) {
    let mut more = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut more);
    for (name, schema) in more {
        schemas.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
}

macro_rules! schemas {
    ($($type:ident),*) => {{
        let mut schemas = Map::new();
        $(add::<$type>(&mut schemas);)*
        schemas
    }};
}

fn content(kind: &str, schema: &str) -> Value {
    json!({kind: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}})
}

fn operation(call: &Call) -> Value {
    let in_path = call.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(call.query.iter().map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}})));
    let mut good = json!({"description": call.about});
    if let Some(answer) = call.answer {
        good["content"] = content("application/json", answer);
    }
    let problem = json!({"description": "A problem", "content": content("application/problem+json", "Problem")});
    let mut operation = json!({
        "summary": call.about,
        "parameters": parameters,
        "responses": {call.status.to_string(): good, "default": problem},
    });
    if let Some(body) = call.body {
        operation["requestBody"] = json!({"required": true, "content": content("application/json", body)});
    }
    if ["/server", "/auth/register", "/auth/login", "/auth/refresh"].contains(&call.path) {
        operation["security"] = json!([]);
    }
    operation
}

/// `GET /api/v1/openapi.json`.
pub(super) async fn document() -> Json<Value> {
    let mut paths = Map::new();
    for call in CALLS {
        let path = paths.entry(format!("/api/v1{}", call.path)).or_insert_with(|| json!({}));
        path[call.method] = operation(call);
    }
    let schemas = schemas!(
        Register,
        Login,
        Refresh,
        ChangePassword,
        Tokens,
        NewInvite,
        Invite,
        Invites,
        User,
        Me,
        UserPatch,
        Users,
        Sessions,
        Room,
        Rooms,
        NewRoom,
        RoomPatch,
        MyRoom,
        MyRoomPatch,
        RoleChange,
        WhichUser,
        Ban,
        Bans,
        NewRoomInvite,
        RoomInvite,
        RoomInvites,
        NewParticipant,
        Participant,
        ReadMark,
        Message,
        MessagePage,
        NewMessage,
        MessagePatch,
        Edits,
        Pins,
        RangeDigest,
        Hit,
        Hits,
        Problem
    );
    Json(json!({
        "openapi": "3.1.0",
        "info": {"title": "Recado", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0 OR MIT"}},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"bearer": []}],
    }))
}

/// `GET /api/docs`: everything on the page comes from this server.
pub(super) async fn page() -> Html<&'static str> {
    Html(include_str!("openapi.html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_schema_that_is_named_is_there() {
        let Json(document) = document().await;
        let text = document.to_string();
        let names = text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
        let mut seen = 0;
        for name in names {
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
            seen += 1;
        }
        assert!(seen > CALLS.len());
    }

    #[test]
    fn the_router_and_the_document_list_the_same_paths() {
        let router = include_str!("../http.rs");
        let mut routed: Vec<&str> = router
            .split(".route(")
            .skip(1)
            .filter_map(|rest| rest.split('"').nth(1))
            .filter(|path| !["/healthz", "/readyz", "/api/docs", "/openapi.json"].contains(path))
            .collect();
        let mut listed: Vec<&str> = CALLS.iter().map(|call| call.path).collect();
        for paths in [&mut routed, &mut listed] {
            paths.sort_unstable();
            paths.dedup();
        }
        assert_eq!(routed, listed);
    }
}
