//! What messages said before they were edited.

use recado_core::view::FailureCode;
use recado_tests::{World, core_client::room_id, json};

use crate::{group, said};

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_edits_is_the_authors_and_the_rooms_admins() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan, &lucia]).await;
    let message = juan.post(&room, "a las siete").await;
    let path = format!("/rooms/{room}/messages/{}", message["id"].as_str().unwrap());
    let edits = format!("{path}/edits");
    assert_eq!(juan.rest.get(&edits).await.expect(200), json!({"edits": []}));
    for content in ["a las ocho", "a las nueve"] {
        juan.rest.patch(&path, json!({"content": content})).await.expect(200);
    }
    for reader in [&juan, &ana] {
        let told = reader.rest.get(&edits).await.expect(200);
        assert_eq!(
            (&told["edits"][0]["content"], &told["edits"][1]["content"]),
            (&json!("a las siete"), &json!("a las ocho"))
        );
        assert!(told["edits"][0]["edited_at"].as_str() <= told["edits"][1]["edited_at"].as_str(), "{told}");
    }
    lucia.rest.get(&edits).await.problem(403, "forbidden");
    world.person("pedro").await.rest.get(&edits).await.problem(404, "not_found");
    ana.rest.delete(&path).await.expect(204);
    assert_eq!(juan.rest.get(&edits).await.expect(200), json!({"edits": []}));

    let private = ana.room("private", &[&juan]).await;
    let message = juan.post(&private, "uno").await;
    let path = format!("/rooms/{private}/messages/{}", message["id"].as_str().unwrap());
    juan.rest.patch(&path, json!({"content": "dos"})).await.expect(200);
    ana.rest.get(&format!("{path}/edits")).await.problem(403, "forbidden");
    assert_eq!(juan.rest.get(&format!("{path}/edits")).await.expect(200)["edits"][0]["content"], "uno");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_shows_the_history_when_it_can_reach_the_server() {
    let world = World::new().await;
    let (_ana, _juan, id, hers, his) = group(&world).await;
    let room = room_id(&id);
    said(&hers, &his, room, &["uno"]).await;
    let message = hers.messages(room).await.swap_remove(0);
    hers.client.edit_message(room, message.id, "dos".into()).await.unwrap();
    hers.has(room, &["dos"]).await;
    let texts =
        |edits: Vec<recado_protocol::message::Edit>| edits.into_iter().map(|edit| edit.content).collect::<Vec<_>>();
    assert_eq!(texts(hers.client.edit_history(room, message.id).await.unwrap()), ["uno"]);
    assert_eq!(his.client.edit_history(room, message.id).await.unwrap_err().code, FailureCode::Forbidden);
}
