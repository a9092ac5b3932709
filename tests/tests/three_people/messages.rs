//! Acts on messages and markers.

use recado_protocol::MessageId;

use crate::cast::{Act, Device, EVERYONE, HERS, OF_DIRECT, id_of};

/// Of the message by which juan answered, which goes.
fn is_gone(messages: &[recado_protocol::Message], id: MessageId) -> bool {
    messages.iter().any(|message| message.id == id && message.is_deleted && message.content.is_empty())
}

pub(crate) fn acts() -> Vec<Act> {
    vec![
        Act {
            name: "a message",
            by: Device::Ana,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| Box::pin(async move { drop(cast.core(Device::Ana).send(cast.group, "hola a todos").await) }),
            seen: |cast, on| Box::pin(async move { cast.message(on, cast.group, "hola a todos").await.is_some() }),
        },
        Act {
            name: "an edit",
            by: Device::Ana,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Ana, cast.group, "hola a todos").await;
                    let client = &cast.core(Device::Ana).client;
                    client
                        .edit_message(cast.group, message.id, "hola a todas".into())
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    cast.message(on, cast.group, "hola a todas").await.is_some_and(|message| message.is_edited)
                })
            },
        },
        Act {
            name: "a reaction",
            by: Device::Juan,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Juan, cast.group, "hola a todas").await;
                    let client = &cast.core(Device::Juan).client;
                    client
                        .set_reaction(cast.group, message.id, "golazo".into(), true)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let message = cast.message(on, cast.group, "hola a todas").await;
                    message.is_some_and(|message| {
                        let mut reactions = message.reactions.iter();
                        reactions.any(|one| one.reaction_type == "golazo" && one.user_ids == [id_of(&cast.juan)])
                    })
                })
            },
        },
        Act {
            name: "a reaction taken back",
            by: Device::Juan,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Juan, cast.group, "hola a todas").await;
                    let client = &cast.core(Device::Juan).client;
                    client
                        .set_reaction(cast.group, message.id, "golazo".into(), false)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let message = cast.message(on, cast.group, "hola a todas").await;
                    message.is_some_and(|message| message.reactions.is_empty())
                })
            },
        },
        Act {
            name: "a pin",
            by: Device::Ana,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Ana, cast.group, "hola a todas").await;
                    cast.core(Device::Ana)
                        .client
                        .set_pinned(cast.group, message.id, true)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let message = cast.message(on, cast.group, "hola a todas").await;
                    message.is_some_and(|message| message.pinned.is_some_and(|pin| pin.by == id_of(&cast.ana)))
                })
            },
        },
        Act {
            name: "a pin taken away",
            by: Device::Ana,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Ana, cast.group, "hola a todas").await;
                    cast.core(Device::Ana)
                        .client
                        .set_pinned(cast.group, message.id, false)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let message = cast.message(on, cast.group, "hola a todas").await;
                    message.is_some_and(|message| message.pinned.is_none())
                })
            },
        },
        Act {
            name: "a reply that calls somebody",
            by: Device::Lucia,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Lucia, cast.group, "hola a todas").await;
                    let client = &cast.core(Device::Lucia).client;
                    client
                        .send_message(cast.group, "¿vienes, @juan?".into(), Some(message.id))
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let Some(message) = cast.message(on, cast.group, "¿vienes, @juan?").await else { return false };
                    let line = cast.core(on).line(cast.group).await;
                    message.reply_to.is_some_and(|quote| quote.content == "hola a todas")
                        && line.is_some_and(|line| line.mentions == u32::from(on == Device::Juan))
                })
            },
        },
        Act {
            name: "a deletion",
            by: Device::Lucia,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Lucia, cast.group, "¿vienes, @juan?").await;
                    cast.core(Device::Lucia)
                        .client
                        .delete_message(cast.group, message.id, None)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let messages = cast.core(on).messages(cast.group).await;
                    let last = messages.last().map(|message| message.id);
                    let line = cast.core(on).line(cast.group).await;
                    last.is_some_and(|last| is_gone(&messages, last)) && line.is_some_and(|line| line.mentions == 0)
                })
            },
        },
        Act {
            name: "a direct message",
            by: Device::Juan,
            is_queued: true,
            seen_by: OF_DIRECT,
            run: |cast| Box::pin(async move { drop(cast.core(Device::Juan).send(cast.direct, "solo para ti").await) }),
            seen: |cast, on| {
                Box::pin(async move {
                    let unread = u32::from(on != Device::Juan);
                    let line = cast.core(on).line(cast.direct).await;
                    cast.message(on, cast.direct, "solo para ti").await.is_some()
                        && line.is_some_and(|line| line.unread == unread)
                })
            },
        },
        Act {
            name: "a read marker",
            by: Device::Ana,
            is_queued: true,
            seen_by: OF_DIRECT,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Ana, cast.direct, "solo para ti").await;
                    cast.core(Device::Ana)
                        .client
                        .mark_read(cast.direct, message.seq)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    if on == Device::Juan {
                        let message = cast.held(on, cast.direct, "solo para ti").await;
                        let readers =
                            cast.core(on).client.read_by(cast.direct, message.id).await.expect("it is done or waits");
                        return readers.iter().any(|one| one.person.id == id_of(&cast.ana));
                    }
                    cast.core(on).line(cast.direct).await.is_some_and(|line| line.unread == 0)
                })
            },
        },
        Act {
            name: "a marker set back",
            by: Device::Tablet,
            is_queued: true,
            seen_by: HERS,
            run: |cast| {
                Box::pin(async move {
                    let message = cast.held(Device::Tablet, cast.direct, "solo para ti").await;
                    cast.core(Device::Tablet)
                        .client
                        .mark_unread(cast.direct, message.seq)
                        .await
                        .expect("it is done or waits");
                })
            },
            seen: |cast, on| {
                Box::pin(async move { cast.core(on).line(cast.direct).await.is_some_and(|line| line.unread == 1) })
            },
        },
        Act {
            name: "all read",
            by: Device::Ana,
            is_queued: true,
            seen_by: HERS,
            run: |cast| {
                Box::pin(
                    async move { cast.core(Device::Ana).client.mark_all_read().await.expect("it is done or waits") },
                )
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let startup = cast.core(on).client.startup().await.expect("the core runs");
                    startup.rooms.iter().all(|line| line.unread == 0)
                })
            },
        },
        Act {
            name: "a call of everyone",
            by: Device::Ana,
            is_queued: true,
            seen_by: EVERYONE,
            run: |cast| {
                Box::pin(async move { drop(cast.core(Device::Ana).send(cast.community, "@room a comer").await) })
            },
            seen: |cast, on| {
                Box::pin(async move {
                    let calls = u32::from(matches!(on, Device::Juan | Device::Lucia));
                    cast.message(on, cast.community, "@room a comer").await.is_some()
                        && cast.core(on).line(cast.community).await.is_some_and(|line| line.mentions == calls)
                })
            },
        },
    ]
}
