//! Every change shows at once, survives a restart, and reaches the other in order; also of a message that was not sent yet.

use recado_core::view::{Change, FailureCode, MessageItem, MessageRef};
use recado_protocol::RoomId;
use recado_tests::{
    CoreClient, World,
    core_client::{Shown, room_id},
    wait,
};

use crate::{group, said, shown, work_offline, work_online};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Online,
    OfflineThenOnline,
    OfflineRestartOnline,
}

const MODES: [Mode; 3] = [Mode::Online, Mode::OfflineThenOnline, Mode::OfflineRestartOnline];

/// The messages that the table's commands are about, one each.
const SUBJECTS: [&str; 5] = ["edit", "delete", "react", "take back", "pin"];

/// What the table's commands make of them.
fn is_changed(messages: &[&MessageItem]) -> bool {
    messages.len() == SUBJECTS.len()
        && (messages[0].content == "edited" && messages[0].is_edited)
        && (messages[1].is_deleted && messages[1].content.is_empty())
        && messages[2].reactions.iter().any(|reaction| reaction.reaction_type == "fire")
        && messages[3].reactions.is_empty()
        && messages[4].pinned.is_some()
        && messages.iter().all(|message| message.failed.is_none())
}

async fn see(core: &CoreClient, room: RoomId, what: &str) {
    let mut window = Shown::open(core, room).await;
    window.until(what, |items| is_changed(&shown(items))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_shows_at_once_survives_and_arrives() {
    for mode in MODES {
        let world = World::new().await;
        let (_ana, _juan, id, mut hers, his) = group(&world).await;
        let room = room_id(&id);
        said(&hers, &his, room, &SUBJECTS).await;
        let held = hers.messages(room).await;
        hers.client.set_reaction(room, held[3].id, "like".into(), true).await.unwrap();
        wait::until("a reaction to take back", async || match his.messages(room).await {
            held if held[3].reactions.len() == 1 => Ok(()),
            held => Err(held),
        })
        .await;
        let mut window = Shown::open(&hers, room).await;
        if mode != Mode::Online {
            work_offline(&hers).await;
        }
        hers.client.edit_message(room, held[0].id, "first try".into()).await.unwrap();
        hers.client.edit_message(room, held[0].id, "edited".into()).await.unwrap();
        hers.client.delete_message(room, held[1].id, None).await.unwrap();
        hers.client.set_reaction(room, held[2].id, "fire".into(), true).await.unwrap();
        hers.client.set_reaction(room, held[3].id, "like".into(), false).await.unwrap();
        hers.client.set_pinned(room, held[4].id, true).await.unwrap();
        window.until("all of it at once", |items| is_changed(&shown(items))).await;
        if mode == Mode::OfflineRestartOnline {
            hers.restart().await;
            see(&hers, room, "all of it after a restart").await;
        }
        if mode != Mode::Online {
            work_online(&hers).await;
        }
        see(&his, room, "all of it there").await;
        see(&hers, room, "all of it still").await;
        hers.verified(room).await;
        his.verified(room).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marker_that_was_set_back_stays_so_and_moves_on_again_in_every_mode() {
    for mode in MODES {
        let world = World::new().await;
        let (ana, _juan, id, mut hers, his) = group(&world).await;
        let room = room_id(&id);
        said(&his, &hers, room, &["uno", "dos", "tres"]).await;
        hers.client.mark_read(room, 3).await.unwrap();
        let on_server = async |want: i64| {
            wait::until(&format!("{want} unread there"), async || {
                let told = ana.rest.get(&format!("/rooms/{id}")).await.expect(200);
                if told["unread"] == want { Ok(()) } else { Err(told) }
            })
            .await;
        };
        on_server(0).await;
        if mode != Mode::Online {
            work_offline(&hers).await;
        }
        hers.client.mark_unread(room, 2).await.unwrap();
        hers.line_shows("two unread at once", room, |line| line.unread == 2).await;
        if mode == Mode::OfflineRestartOnline {
            hers.restart().await;
            hers.line_shows("two unread after a restart", room, |line| line.unread == 2).await;
        }
        if mode != Mode::Online {
            work_online(&hers).await;
        }
        on_server(2).await;
        hers.line_shows("two unread still", room, |line| line.unread == 2).await;
        // Back and forth while offline: the last word counts.
        if mode != Mode::Online {
            work_offline(&hers).await;
        }
        hers.client.mark_unread(room, 1).await.unwrap();
        hers.client.mark_read(room, 3).await.unwrap();
        hers.line_shows("none unread at once", room, |line| line.unread == 0).await;
        if mode != Mode::Online {
            work_online(&hers).await;
        }
        on_server(0).await;
        hers.line_shows("none unread still", room, |line| line.unread == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_yet_can_be_changed_by_its_key() {
    let world = World::new().await;
    let (_ana, _juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    let mut window = Shown::open(&hers, room).await;
    work_offline(&hers).await;
    let one = MessageRef(hers.send(room, "uno").await);
    let two = MessageRef(hers.send(room, "dos").await);
    let three = MessageRef(hers.send(room, "tres").await);
    hers.client.edit_message(room, one, "UNO".into()).await.unwrap();
    hers.client.set_reaction(room, two.clone(), "👍".into(), true).await.unwrap();
    hers.client.set_pinned(room, two, true).await.unwrap();
    hers.client.delete_message(room, three, None).await.unwrap();
    hers.send(room, "cuatro").await;
    let is_right = |messages: &[&MessageItem]| {
        let texts: Vec<_> = messages.iter().map(|message| message.content.as_str()).collect();
        texts == ["UNO", "dos", "cuatro"]
            && !messages[0].is_edited
            && messages[1].reactions.len() == 1
            && messages[1].pinned.is_some()
    };
    window.until("all at once", |items| is_right(&shown(items))).await;
    work_online(&hers).await;
    let mut his_window = Shown::open(&his, room).await;
    his_window.until("as it was meant", |items| is_right(&shown(items))).await;
    window.until("nothing left over", |items| is_right(&shown(items)) && shown(items)[1].id.is_some()).await;
    hers.verified(room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_sent_before_a_restart_is_changed_behind_its_sending() {
    let world = World::new().await;
    let (_ana, _juan, id, mut hers, his) = group(&world).await;
    let room = room_id(&id);
    work_offline(&hers).await;
    let one = MessageRef(hers.send(room, "uno").await);
    let two = MessageRef(hers.send(room, "dos").await);
    hers.restart().await;
    hers.client.edit_message(room, one.clone(), "UNO".into()).await.unwrap();
    hers.client.set_reaction(room, one, "👍".into(), true).await.unwrap();
    hers.client.delete_message(room, two, None).await.unwrap();
    hers.send(room, "tres").await;
    hers.restart().await;
    let is_right = |messages: &[&MessageItem]| {
        messages.len() == 3
            && (messages[0].content == "UNO" && messages[0].is_edited && messages[0].reactions.len() == 1)
            && messages[1].is_deleted
            && messages[2].content == "tres"
    };
    Shown::open(&hers, room).await.until("at once", |items| is_right(&shown(items))).await;
    work_online(&hers).await;
    Shown::open(&his, room).await.until("as it was meant", |items| is_right(&shown(items))).await;
    hers.all_sent().await;
    hers.verified(room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_can_be_undone_for_a_while_and_a_restart_sends_it() {
    let world = World::new().await;
    let (_ana, _juan, id, mut hers, his) = group(&world).await;
    let room = room_id(&id);
    said(&hers, &his, room, &["uno", "dos", "tres"]).await;
    let held = hers.messages(room).await;
    let mut window = Shown::open(&hers, room).await;
    let token = hers.client.delete_message(room, held[0].id, Some(30_000)).await.unwrap();
    window.until("gone at once", |items| shown(items)[0].is_deleted).await;
    // Others are not held up by it.
    hers.send(room, "cuatro").await;
    his.has(room, &["uno", "dos", "tres", "cuatro"]).await;
    hers.client.undo(token.clone()).await.unwrap();
    window.until("back again", |items| shown(items)[0].content == "uno").await;
    assert_eq!(hers.client.undo(token).await.unwrap_err().code, FailureCode::Conflict);

    let token = hers.client.delete_message(room, held[1].id, Some(200)).await.unwrap();
    his.has(room, &["uno", "", "tres", "cuatro"]).await;
    assert_eq!(hers.client.undo(token).await.unwrap_err().code, FailureCode::Conflict);

    let token = hers.client.delete_message(room, held[2].id, Some(30_000)).await.unwrap();
    hers.restart().await;
    his.has(room, &["uno", "", "", "cuatro"]).await;
    assert_eq!(hers.client.undo(token).await.unwrap_err().code, FailureCode::Conflict);
    hers.verified(room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_is_taken_back_and_says_so_until_it_is_discarded_or_succeeds() {
    let world = World::new().await;
    let (_ana, _juan, id, hers, mut his) = group(&world).await;
    let room = room_id(&id);
    said(&hers, &his, room, &["uno", "dos"]).await;
    let held = his.messages(room).await;
    let mut window = Shown::open(&his, room).await;
    let is_refused = |message: &MessageItem, change: Change| {
        message
            .failed
            .as_ref()
            .is_some_and(|failed| failed.change == change && failed.failure.code == FailureCode::Forbidden)
    };
    his.client.delete_message(room, held[0].id, None).await.unwrap();
    window
        .until("not deleted, and why", |items| {
            is_refused(shown(items)[0], Change::Delete) && shown(items)[0].content == "uno"
        })
        .await;
    his.client.set_pinned(room, held[1].id, true).await.unwrap();
    window
        .until("not pinned, and why", |items| {
            is_refused(shown(items)[1], Change::Pin) && shown(items)[1].pinned.is_none()
        })
        .await;
    // What was refused is still said after a restart, and holds nothing up.
    his.restart().await;
    his.send(room, "tres").await;
    hers.has(room, &["uno", "dos", "tres"]).await;
    let mut window = Shown::open(&his, room).await;
    window.until("still said", |items| is_refused(shown(items)[0], Change::Delete)).await;
    let key = shown(&window.items)[0].failed.as_ref().map(|failed| failed.key.clone()).unwrap_or_default();
    his.client.discard_message(room, key).await.unwrap();
    window.until("no longer said", |items| shown(items)[0].failed.is_none()).await;
}
