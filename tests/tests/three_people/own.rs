//! Acts on what is one's own: settings of rooms, the profile, whom one blocks, how one wants to be seen.

use recado_protocol::{
    Timestamp,
    me::{Background, Colour, MyRoomPatch, MySettings, Notifications},
    user::{CustomStatus, UserPatch},
};

use crate::cast::{Act, Cast, Device, EVERYONE, HERS, id_of};

/// In the year 2100.
const LATER: Timestamp = Timestamp(4_102_444_800_000);

async fn set(cast: &Cast, room: recado_protocol::RoomId, patch: MyRoomPatch) {
    cast.core(Device::Ana).client.set_my_room(room, patch).await.expect("it is done or waits");
}

async fn settings(cast: &Cast, on: Device, room: recado_protocol::RoomId) -> MySettings {
    cast.core(on).line(room).await.map(|line| line.settings).unwrap_or_default()
}

macro_rules! own_setting {
    ($name:literal, $room:ident, $field:ident: $value:expr, $told:expr) => {
        Act {
            name: $name,
            by: Device::Ana,
            is_queued: true,
            // The others have settings of their own.
            seen_by: &[Device::Ana, Device::Tablet, Device::Juan],
            run: |cast| {
                Box::pin(async move {
                    set(cast, cast.$room, MyRoomPatch { $field: Some($value), ..MyRoomPatch::default() }).await;
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let is_hers = HERS.contains(&on);
                    (settings(cast, on, cast.$room).await.$field == $told) == is_hers
                })
            },
        }
    };
}

pub(crate) fn acts() -> Vec<Act> {
    vec![
        own_setting!("which messages notify", group, notifications: Notifications::Mentions, Notifications::Mentions),
        own_setting!("a mute", group, muted_until: Some(LATER), Some(LATER)),
        own_setting!("a favourite", group, favourite: true, true),
        own_setting!("a bubble's colour", group, bubble_colour: Some(Colour::Pink), Some(Colour::Pink)),
        own_setting!("a background", direct, background: Some(Background::Dusk), Some(Background::Dusk)),
        own_setting!("a nickname", direct, nickname: Some("Juanito".into()), Some("Juanito".into())),
        own_setting!("an archived room", direct, archived: true, true),
        Act {
            name: "a message that brings an archived room back",
            by: Device::Juan,
            is_queued: true,
            seen_by: HERS,
            run: |cast| Box::pin(async move { drop(cast.core(Device::Juan).send(cast.direct, "¿sigues ahí?").await) }),
            seen: |cast, on| {
                Box::pin(async move {
                    let line = cast.core(on).line(cast.direct).await;
                    line.is_some_and(|line| !line.settings.archived && line.unread == 1 && line.title == "Juanito")
                })
            },
        },
        Act {
            name: "a profile",
            by: Device::Juan,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let patch = UserPatch {
                        display_name: Some("Juan Pérez".into()),
                        about: Some(Some("Portero".into())),
                        time_zone: Some(Some("America/La_Paz".into())),
                        ..UserPatch::default()
                    };
                    cast.core(Device::Juan).client.set_profile(patch).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let profile = cast.core(on).client.person_profile(id_of(&cast.juan)).await.expect("they are known");
                    let info = cast.info(on, cast.group).await;
                    profile.person.display_name == "Juan Pérez"
                        && profile.about.as_deref() == Some("Portero")
                        && profile.time_zone.as_deref() == Some("America/La_Paz")
                        && info.is_some_and(|info| info.participants.iter().any(|one| one.person == profile.person))
                })
            },
        },
        Act {
            name: "a status of a few words",
            by: Device::Lucia,
            is_queued: false,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let status = CustomStatus { text: Some("en el mercado".into()), ..CustomStatus::default() };
                    let patch = UserPatch { status: Some(Some(status)), ..UserPatch::default() };
                    cast.core(Device::Lucia).client.set_profile(patch).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let profile =
                        cast.core(on).client.person_profile(id_of(&cast.lucia)).await.expect("they are known");
                    profile.custom_status.is_some_and(|status| status.text.as_deref() == Some("en el mercado"))
                })
            },
        },
        Act {
            name: "somebody blocked",
            by: Device::Ana,
            is_queued: false,
            seen_by: &Device::ALL,
            run: |cast| {
                Box::pin(async move {
                    cast.core(Device::Ana).client.block(id_of(&cast.juan)).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let profile = cast.core(on).client.person_profile(id_of(&cast.juan)).await.expect("they are known");
                    let is_hers = HERS.contains(&on);
                    // He sees nothing of it.
                    profile.is_blocked == is_hers && cast.is_listed(on, cast.direct).await == (on == Device::Juan)
                })
            },
        },
        Act {
            name: "somebody unblocked",
            by: Device::Tablet,
            is_queued: false,
            seen_by: HERS,
            run: |cast| {
                Box::pin(async move {
                    cast.core(Device::Tablet).client.unblock(id_of(&cast.juan)).await.expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let profile = cast.core(on).client.person_profile(id_of(&cast.juan)).await.expect("they are known");
                    !profile.is_blocked
                })
            },
        },
        Act {
            name: "a message that brings a hidden direct chat back",
            by: Device::Juan,
            is_queued: true,
            seen_by: HERS,
            run: |cast| Box::pin(async move { drop(cast.core(Device::Juan).send(cast.direct, "¿mejor?").await) }),
            seen: |cast, on| {
                Box::pin(async move {
                    let line = cast.core(on).line(cast.direct).await;
                    line.is_some_and(|line| line.unread == 1)
                        && cast.message(on, cast.direct, "solo para ti").await.is_some()
                })
            },
        },
    ]
}
