//! Two at one message at the same moment: whoever comes first, all end with the same.

use recado_core::{
    notification::Notice,
    view::{Change, FailureCode, MessageItem, MessageRef, TimelineItem},
};
use recado_protocol::MessageId;
use recado_tests::{
    Value, World,
    core_client::{Shown, room_id},
    proxy::{Mangling, Proxy},
    wait,
};

use crate::cast::{Cast, Device};

fn id_of(message: &Value) -> MessageId {
    message["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id in {message}"))
}

fn messages(items: &[TimelineItem]) -> Vec<&MessageItem> {
    items
        .iter()
        .filter_map(|item| match item {
            TimelineItem::Message(message) => Some(message),
            TimelineItem::Gap { .. } => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_deletion_of_one_message_at_once_end_with_it_gone() {
    let cast = Cast::new().await;
    let group = cast.group.to_string();
    let mut windows = Vec::new();
    for device in Device::ALL {
        windows.push(Shown::open(cast.core(device), cast.group).await);
    }
    for round in 0..8 {
        let sent = cast.juan.post(&group, &format!("antes {round}")).await;
        wait::until("it came", async || {
            let held = cast.message(Device::Juan, cast.group, &format!("antes {round}")).await;
            held.map(drop).ok_or("not yet")
        })
        .await;
        let id = id_of(&sent);
        let path = format!("/rooms/{group}/messages/{id}");
        let his = &cast.core(Device::Juan).client;
        let (edited, deleted) =
            tokio::join!(his.edit_message(cast.group, id, "después".into()), cast.ana.rest.delete(&path));
        edited.unwrap();
        deleted.expect(204);
        for window in &mut windows {
            window
                .until("it is gone", |items| {
                    let last = messages(items).last().copied();
                    last.is_some_and(|last| last.id == Some(id) && last.is_deleted && last.content.is_empty())
                })
                .await;
        }
    }
    // An edit that came too late says so, with its words, to who wrote it and to nobody else.
    for (device, window) in Device::ALL.into_iter().zip(&windows) {
        for failed in messages(&window.items).into_iter().filter_map(|message| message.failed.as_ref()) {
            assert_eq!(
                (device, failed.change, failed.failure.code),
                (Device::Juan, Change::Edit, FailureCode::Conflict)
            );
            assert_eq!(failed.content.as_deref(), Some("después"));
        }
    }
    for device in Device::ALL {
        cast.core(device).verified(cast.group).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_what_is_deleted_at_that_moment_stays_and_quotes_nothing() {
    let cast = Cast::new().await;
    let group = cast.group.to_string();
    for round in 0..8 {
        let sent = cast.juan.post(&group, &format!("antes {round}")).await;
        let id = id_of(&sent);
        let path = format!("/rooms/{group}/messages/{id}");
        let text = format!("sobre el {round}");
        let hers = &cast.core(Device::Lucia).client;
        let (replied, deleted) =
            tokio::join!(hers.send_message(cast.group, text.clone(), Some(id)), cast.juan.rest.delete(&path));
        replied.unwrap();
        deleted.expect(204);
        for device in Device::ALL {
            let mut window = Shown::open(cast.core(device), cast.group).await;
            window
                .until("the reply without its quote's words", |items| {
                    messages(items).iter().any(|message| {
                        let quote = message.reply_to.as_ref();
                        message.content == text
                            && message.id.is_some()
                            && quote.is_some_and(|quote| quote.is_deleted && quote.content.is_empty())
                    })
                })
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_can_be_edited_reacted_to_and_deleted() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let cable = Proxy::new(world.server.port, 1, Mangling { dropped: 0, doubled: 0, swapped: 0, cut: 0 }).await;
    let (hers, his) = (world.core_at("ana", &cable.url()).await, world.core("juan").await);
    for deed in ["edit", "react", "delete"] {
        // A room for each: one command at a time is on its way in a room.
        let room = room_id(&ana.room("group", &[&juan]).await);
        for core in [&hers, &his] {
            core.line_shows("the room", room, |_| true).await;
        }
        let (mut her_window, mut his_window) = (Shown::open(&hers, room).await, Shown::open(&his, room).await);
        // It has left, and no answer comes.
        cable.silence(true);
        let message = MessageRef(hers.send(room, "uno").await);
        match deed {
            "edit" => hers.client.edit_message(room, message, "UNO".into()).await.unwrap(),
            "react" => hers.client.set_reaction(room, message, "golazo".into(), true).await.unwrap(),
            _ => drop(hers.client.delete_message(room, message, None).await.unwrap()),
        }
        let is_right = |items: &[TimelineItem], is_stored: bool| {
            let all = messages(items);
            let [message] = all.as_slice() else { return false };
            let is_done = match deed {
                "edit" => message.content == "UNO" && message.is_edited,
                "react" => message.reactions.iter().any(|reaction| reaction.reaction_type == "golazo"),
                _ => message.is_deleted && message.content.is_empty(),
            };
            is_done && message.id.is_some() == is_stored
        };
        her_window.until("at once", |items| is_right(items, false)).await;
        cable.silence(false);
        her_window.until("stored", |items| is_right(items, true)).await;
        his_window.until("as it was meant", |items| is_right(items, true)).await;
        hers.verified(room).await;
        his.verified(room).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_goes_with_its_message() {
    let cast = Cast::new().await;
    let group = cast.group.to_string();
    let mut notices = cast.core(Device::Juan).client.notifications();
    // What was said before stays unread.
    cast.lucia.post(&group, "hola").await;
    wait::soon("the first notice", notices.next()).await;
    let sent = cast.lucia.post(&group, "me equivoqué").await;
    match wait::soon("a notice", notices.next()).await {
        Some(Notice::Show { room, body, .. }) => {
            assert_eq!((room, body.as_str()), (cast.group, "lucia: me equivoqué"));
        }
        other => panic!("{other:?}"),
    }
    let path = format!("/rooms/{group}/messages/{}", id_of(&sent));
    cast.lucia.rest.delete(&path).await.expect(204);
    match wait::soon("its withdrawal", notices.next()).await {
        Some(Notice::Withdraw { room, from, upto }) => {
            assert_eq!((room, Some(from), Some(upto)), (cast.group, sent["seq"].as_i64(), sent["seq"].as_i64()));
        }
        other => panic!("{other:?}"),
    }
}
