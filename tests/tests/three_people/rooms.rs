//! Acts on rooms: what they tell of themselves, who is in them and who rules them.

use recado_protocol::{ChatType, Role, invite::NewRoomInvite, me::Colour, room::RoomPatch};

use crate::cast::{Act, Cast, Device, EVERYONE, id_of};

async fn describe(cast: &Cast, patch: RoomPatch) {
    cast.core(Device::Ana).client.set_room(cast.group, patch).await.expect("it is done or waits");
}

macro_rules! room_setting {
    ($name:literal, $field:ident: $value:expr, $shown:ident: $told:expr) => {
        Act {
            name: $name,
            by: Device::Ana,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(
                    async move { describe(cast, RoomPatch { $field: Some($value), ..RoomPatch::default() }).await },
                )
            },
            seen: |cast, on| {
                Box::pin(async move { cast.info(on, cast.group).await.is_some_and(|info| info.$shown == $told) })
            },
        }
    };
}

/// Whether lucia is in it with that role, as each sees it; she herself sees the room, with nothing unread of its history, or does
/// not.
async fn lucia_is(cast: &Cast, on: Device, room: recado_protocol::RoomId, role: Option<Role>) -> bool {
    let line = cast.core(on).line(room).await;
    if on == Device::Lucia {
        let Some(line) = line else { return role.is_none() };
        let first = cast.core(on).messages(room).await.first().map(|message| message.seq);
        if first != Some(1) || line.unread > 0 || line.mentions > 0 {
            return false;
        }
    }
    cast.is_listed(on, room).await && cast.role(on, room, &cast.lucia).await == role
}

pub(crate) fn acts() -> Vec<Act> {
    let mut acts = vec![
        room_setting!("a name", name: "Cancha".into(), title: "Cancha"),
        room_setting!("a topic", topic: Some("El partido".into()), topic: Some("El partido".into())),
        room_setting!("a description", description: Some("Uno.\nDos.".into()), description: Some("Uno.\nDos.".into())),
        room_setting!("a colour", colour: Some(Colour::Teal), colour: Some(Colour::Teal)),
        room_setting!("a topic taken back", topic: None, topic: Option::default()),
        room_setting!("members may invite", members_may_invite: true, members_may_invite: true),
    ];
    acts.extend(of_people());
    acts.extend(of_rooms());
    acts
}

fn of_people() -> Vec<Act> {
    vec![
        Act {
            name: "a role",
            by: Device::Ana,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let client = &cast.core(Device::Ana).client;
                    client.set_role(cast.group, id_of(&cast.juan), Role::Admin).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| Box::pin(async move { cast.role(on, cast.group, &cast.juan).await == Some(Role::Admin) }),
        },
        Act {
            name: "somebody removed",
            by: Device::Juan,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let client = &cast.core(Device::Juan).client;
                    client.remove_participant(cast.group, id_of(&cast.lucia)).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| Box::pin(async move { lucia_is(cast, on, cast.group, None).await }),
        },
        Act {
            name: "somebody added",
            by: Device::Ana,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let client = &cast.core(Device::Ana).client;
                    client.add_participant(cast.group, id_of(&cast.lucia)).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| Box::pin(async move { lucia_is(cast, on, cast.group, Some(Role::Member)).await }),
        },
        Act {
            name: "somebody banned",
            by: Device::Ana,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    cast.core(Device::Ana)
                        .client
                        .ban(cast.community, id_of(&cast.lucia))
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| Box::pin(async move { lucia_is(cast, on, cast.community, None).await }),
        },
        Act {
            name: "somebody joined whose ban was lifted",
            by: Device::Lucia,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let lifted = format!("/rooms/{}/bans/{}", cast.community, cast.lucia.id);
                    cast.ana.rest.delete(&lifted).await.expect(204);
                    cast.core(Device::Lucia).client.join_room(cast.community).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| Box::pin(async move { lucia_is(cast, on, cast.community, Some(Role::Member)).await }),
        },
        Act {
            name: "somebody left",
            by: Device::Lucia,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    drop(
                        cast.core(Device::Lucia)
                            .client
                            .leave_room(cast.community, None)
                            .await
                            .expect("it is done or waits"),
                    );
                })
            },
            seen: |cast, on| Box::pin(async move { lucia_is(cast, on, cast.community, None).await }),
        },
        Act {
            name: "an invite used",
            by: Device::Lucia,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let path = format!("/rooms/{}/invites", cast.community);
                    let made =
                        cast.ana.rest.post(&path, recado_tests::json!(NewRoomInvite::default())).await.expect(201);
                    let code = made["code"].as_str().unwrap_or_default().to_owned();
                    cast.core(Device::Lucia).client.join_by_invite(&code).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| Box::pin(async move { lucia_is(cast, on, cast.community, Some(Role::Member)).await }),
        },
        Act {
            name: "a room handed over",
            by: Device::Ana,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    cast.core(Device::Ana)
                        .client
                        .transfer_room(cast.group, id_of(&cast.juan))
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    cast.role(on, cast.group, &cast.juan).await == Some(Role::Owner)
                        && cast.role(on, cast.group, &cast.ana).await == Some(Role::Admin)
                })
            },
        },
        Act {
            name: "an owner who left, and the heir",
            by: Device::Ana,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    drop(
                        cast.core(Device::Ana)
                            .client
                            .leave_room(cast.community, None)
                            .await
                            .expect("it is done or waits"),
                    );
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    if matches!(on, Device::Ana | Device::Tablet) {
                        return !cast.is_listed(on, cast.community).await;
                    }
                    cast.role(on, cast.community, &cast.juan).await == Some(Role::Owner)
                        && cast.role(on, cast.community, &cast.ana).await.is_none()
                })
            },
        },
    ]
}

fn of_rooms() -> Vec<Act> {
    vec![
        Act {
            name: "a new room",
            by: Device::Lucia,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let people = vec![id_of(&cast.ana), id_of(&cast.juan)];
                    let client = &cast.core(Device::Lucia).client;
                    client
                        .create_room(Some("Asado".into()), ChatType::Group, people)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let startup = cast.core(on).client.startup().await.expect("the core runs");
                    startup.rooms.iter().any(|line| line.title == "Asado" && line.participant_count == 3)
                })
            },
        },
        Act {
            name: "a room deleted",
            by: Device::Juan,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(
                    async move { drop(cast.juan.rest.delete(&format!("/rooms/{}", cast.group)).await.expect(204)) },
                )
            },
            seen: |cast, on| Box::pin(async move { !cast.is_listed(on, cast.group).await }),
        },
        Act {
            name: "a direct chat put out of sight",
            by: Device::Tablet,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    drop(
                        cast.core(Device::Tablet)
                            .client
                            .leave_room(cast.direct, None)
                            .await
                            .expect("it is done or waits"),
                    );
                })
            },
            // He sees nothing of it.
            seen: |cast, on| Box::pin(async move { cast.is_listed(on, cast.direct).await == (on == Device::Juan) }),
        },
    ]
}
