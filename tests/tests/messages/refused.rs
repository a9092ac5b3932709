//! Two people at one message: what comes too late has a sensible end and holds nothing up.

use recado_core::view::{Change, FailureCode};
use recado_tests::{
    World,
    core_client::{Shown, room_id},
    json, wait,
};

use crate::{group, said, shown, work_offline, work_online};

#[tokio::test(flavor = "multi_thread")]
async fn edits_reactions_replies_and_deletions_of_a_message_that_was_deleted_meanwhile() {
    for is_offline in [false, true] {
        let world = World::new().await;
        let (ana, _juan, id, hers, his) = group(&world).await;
        let room = room_id(&id);
        said(&his, &hers, room, &["uno", "dos", "tres", "cuatro"]).await;
        let held = his.messages(room).await;
        if is_offline {
            work_offline(&his).await;
        }
        for message in &held {
            ana.rest.delete(&format!("/rooms/{id}/messages/{}", message.id)).await.expect(204);
        }
        if !is_offline {
            his.has(room, &["", "", "", ""]).await;
        }
        let mut window = Shown::open(&his, room).await;
        his.client.edit_message(room, held[0].id, "UNO, con calma".into()).await.unwrap();
        his.client.set_reaction(room, held[1].id, "like".into(), true).await.unwrap();
        his.client.send_message(room, "sobre el tres".into(), Some(held[2].id)).await.unwrap();
        his.client.delete_message(room, held[3].id, None).await.unwrap();
        his.send(room, "fin").await;
        if is_offline {
            work_online(&his).await;
        }
        his.all_sent().await;
        // The edit's words are not lost: they stay with the message, with the reason.
        window
            .until("the refused edit", |items| {
                let messages = shown(items);
                let failed = messages[0].failed.as_ref();
                messages[..4].iter().all(|message| message.is_deleted && message.reactions.is_empty())
                    && failed.is_some_and(|failed| {
                        failed.change == Change::Edit
                            && failed.content.as_deref() == Some("UNO, con calma")
                            && failed.failure.code == FailureCode::Conflict
                    })
                    && messages[1..].iter().all(|message| message.failed.is_none())
            })
            .await;
        hers.has(room, &["", "", "", "", "sobre el tres", "fin"]).await;
        let reply = &hers.messages(room).await[4];
        assert!(reply.reply_to.as_ref().is_some_and(|quote| quote.is_deleted && quote.content.is_empty()), "{reply:?}");
        his.verified(room).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_in_a_room_that_one_was_removed_from_meanwhile_end_with_the_room() {
    let world = World::new().await;
    let (ana, juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    said(&his, &hers, room, &["uno"]).await;
    let other = room_id(&ana.room("private", &[&juan]).await);
    his.line_shows("the other room", other, |_| true).await;
    let message = his.messages(room).await.swap_remove(0);
    work_offline(&his).await;
    his.client.edit_message(room, message.id, "UNO".into()).await.unwrap();
    his.client.set_reaction(room, message.id, "like".into(), true).await.unwrap();
    his.send(other, "hola").await;
    ana.rest.delete(&format!("/rooms/{id}/participants/{}", juan.id)).await.expect(204);
    work_online(&his).await;
    wait::until("the room is gone", async || match his.line(room).await {
        None => Ok(()),
        line => Err(line),
    })
    .await;
    hers.line_shows("the other room's message", other, |line| {
        line.last_message.as_ref().is_some_and(|last| last.content == "hola")
    })
    .await;
    assert_eq!(hers.texts(room).await[0], "uno");
    // Let in again, he goes on.
    ana.rest.post(&format!("/rooms/{id}/participants"), json!({"user_id": juan.id})).await.expect(201);
    his.line_shows("back again", room, |_| true).await;
    his.send(room, "gracias").await;
    his.all_sent().await;
    his.verified(room).await;
}
