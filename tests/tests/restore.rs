//! A server that was restored from a backup: clients notice, heal, and send again what the backup lacks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use recado_core::view::Delivery;
use recado_tests::{
    Server, World,
    core_client::{Shown, room_id, rows},
    json,
    oracle::{assert_dense, contents, history},
    wait,
};
use sqlx::{Connection, SqliteConnection};

/// The files of the server's database.
fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    paths.filter(|path| path.to_string_lossy().contains("recado.db"))
}

fn copy_database(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().unwrap_or_default())).expect("a file can be copied");
    }
}

/// Puts a database back, while the server is stopped; with `epoch` as a restore does, without as somebody does who copies files.
async fn restore(server: &Server, from: &Path, epoch: Option<&str>) {
    for file in files(&server.data_dir) {
        fs::remove_file(file).expect("a file can be removed");
    }
    copy_database(from, &server.data_dir);
    if let Some(epoch) = epoch {
        let url = format!("sqlite:{}", server.data_dir.join("recado.db").display());
        let mut connection = SqliteConnection::connect(&url).await.expect("the database opens");
        let done =
            sqlx::query("UPDATE meta SET value = ? WHERE key = 'epoch'").bind(epoch).execute(&mut connection).await;
        assert_eq!(done.expect("the epoch can be set").rows_affected(), 1);
        connection.close().await.expect("the database closes");
    }
}

async fn after_a_restore(epoch: Option<&str>) {
    let mut world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("private", &[&juan]).await;
    let group = ana.room("group", &[&juan]).await;
    let id = room_id(&room);
    let (mut hers, his) = (world.core("ana").await, world.core("juan").await);
    for core in [&hers, &his] {
        core.line_shows("the room", id, |_| true).await;
    }
    hers.send(id, "antes").await;
    his.has(id, &["antes"]).await;
    his.send(id, "sí").await;
    hers.has(id, &["antes", "sí"]).await;
    hers.all_sent().await;

    let kept = world.dir.path().join("backup");
    world.server.terminate().await;
    copy_database(&world.server.data_dir, &kept);
    world.server.start().await;
    his.online().await;
    hers.online().await;
    hers.send(id, "después 1").await;
    his.has(id, &["antes", "sí", "después 1"]).await;
    let quoted = his.messages(id).await[2].id;
    his.client.send_message(id, "después 2".into(), Some(quoted)).await.expect("it is taken");
    let before = ["antes", "sí", "después 1", "después 2"];
    hers.has(id, &before).await;
    his.all_sent().await;
    // Nor are names, people and settings of the time between what they were.
    let name = juan.rest.get("/me").await.expect(200)["display_name"].as_str().unwrap_or_default().to_owned();
    juan.rest.patch("/me", json!({"display_name": "Juan el breve"})).await.expect(200);
    ana.rest.patch(&format!("/rooms/{room}/me"), json!({"favourite": true})).await.expect(200);
    ana.rest.patch(&format!("/rooms/{group}"), json!({"topic": "Lo de después"})).await.expect(200);
    ana.rest.post(&format!("/rooms/{group}/participants"), json!({"user_id": lucia.id})).await.expect(201);
    hers.line_shows("a name and a setting", id, |line| line.title == "Juan el breve" && line.settings.favourite).await;
    hers.line_shows("a comer", room_id(&group), |line| line.participant_count == 3).await;
    // What one reads offline stays readable, and what waits stays waiting.
    world.server.terminate().await;
    restore(&world.server, &kept, epoch).await;
    hers.send(id, "escrito sin servidor").await;
    hers.restart().await;
    world.server.start().await;

    // Each message of the time between comes back once, by whoever had said it; nobody does anything for it.
    let want = ["antes", "después 1", "después 2", "escrito sin servidor", "sí"];
    wait::until("all is there again", async || {
        let all = history(&ana.rest, &room).await;
        let mut texts = contents(&all);
        texts.sort();
        if texts == want { Ok(()) } else { Err(texts) }
    })
    .await;
    let all = history(&ana.rest, &room).await;
    assert_dense(&all);
    assert_eq!(contents(&all)[..2], ["antes", "sí"]);
    for message in &all {
        let text = message["content"].as_str().unwrap_or_default();
        assert_eq!(message["recovered"] == true, text.starts_with("después"), "{message}");
    }
    for core in [&hers, &his] {
        core.all_sent().await;
        core.verified(id).await;
        assert_eq!(core.texts(id).await, contents(&all));
    }
    hers.line_shows("name and setting as they were", id, |line| line.title == name && !line.settings.favourite).await;
    hers.line_shows("nobody more", room_id(&group), |line| line.participant_count == 2).await;
    let info = hers.client.room_info(room_id(&group)).await.expect("it is listed");
    assert_eq!((info.topic, info.participants.len()), (None, 2));
    let shown = Shown::open(&hers, id).await;
    let sent = |text: &str| matches!(rows(&shown.items).iter().find(|row| row.0 == text), Some((_, Some(state))) if *state != Delivery::Sending);
    assert!(["antes", "después 1", "escrito sin servidor"].into_iter().all(sent), "{:?}", rows(&shown.items));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_epoch_heals_and_what_the_backup_lacks_is_sent_again() {
    after_a_restore(Some("another life")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_without_a_word_heals_too() {
    after_a_restore(None).await;
}
