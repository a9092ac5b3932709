//! Calling people by name, and everyone by `@room`.

use recado_core::notification::Notice;
use recado_tests::{World, core_client::room_id, wait};

use crate::{group, work_offline, work_online};

#[tokio::test(flavor = "multi_thread")]
async fn server_and_core_count_the_same_mentions_live_and_after_a_sync() {
    let world = World::new().await;
    let (ana, juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    for (content, counts) in [
        ("¡@JUÁN, ven!", true),
        ("@room a comer", true),
        ("`@juan`", false),
        ("https://example.org/@juan", false),
        ("@juanito", false),
    ] {
        ana.post(&id, content).await;
        let told = juan.rest.get(&format!("/rooms/{id}")).await.expect(200);
        assert_eq!(told["mentions"], i64::from(counts), "{content}");
        his.line_shows(content, room, |line| line.unread == 1 && i64::from(line.mentions) == i64::from(counts)).await;
        work_offline(&his).await;
        ana.post(&id, content).await;
        work_online(&his).await;
        his.line_shows(content, room, |line| line.unread == 2 && i64::from(line.mentions) == 2 * i64::from(counts))
            .await;
        his.client.mark_all_read().await.unwrap();
        wait::until("read there", async || {
            let told = juan.rest.get(&format!("/rooms/{id}")).await.expect(200);
            if told["unread"] == 0 && told["mentions"] == 0 { Ok(()) } else { Err(told) }
        })
        .await;
    }
    // A member of a group cannot call everyone; in a private room both can.
    juan.post(&id, "@room ¿y yo?").await;
    hers.line_shows("no mention", room, |line| line.unread == 1 && line.mentions == 0).await;
    let private = ana.room("private", &[&juan]).await;
    juan.post(&private, "@room ¿y yo?").await;
    hers.line_shows("a mention", room_id(&private), |line| line.unread == 1 && line.mentions == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_called_is_notified() {
    let world = World::new().await;
    let (ana, _juan, id, _hers, his) = group(&world).await;
    let mut notices = his.client.notifications();
    ana.post(&id, "@room la llave").await;
    match wait::soon("a notice", notices.next()).await {
        Some(Notice::Show { body, .. }) => assert!(body.contains("@room la llave"), "{body}"),
        other => panic!("{other:?}"),
    }
}
