//! What must not be readable anywhere, and what a wrong key leads to.

use std::{path::Path, sync::Arc};

use recado_core::{
    client::{Client, ClientOptions},
    clock::SystemClock,
    secrets::{MemorySecrets, SecretStore},
    view::{FailureCode, Lock, Session},
};
use recado_tests::{
    Settings, World,
    core_client::{room_id, timing},
    json, wait,
};

/// Files below a directory in whose bytes the text stands.
fn found(dir: &Path, text: &str) -> Vec<String> {
    let mut hits = vec![];
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            hits.extend(found(&path, text));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(text.len()).any(|window| window == text.as_bytes())
        {
            hits.push(path.display().to_string());
        }
    }
    hits
}

#[tokio::test(flavor = "multi_thread")]
async fn no_plain_text_lies_in_cache_outbox_or_their_logs() {
    let mut world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let mut hers = world.core("ana").await;
    hers.line_shows("the room", id, |_| true).await;
    hers.send(id, "mensajeentregado").await;
    hers.all_sent().await;
    hers.has(id, &["mensajeentregado"]).await;
    hers.client.save_draft(id, "borradorsecreto".into()).await.unwrap();
    world.server.kill();
    hers.send(id, "mensajeenespera").await;
    let secrets = ["mensajeentregado", "borradorsecreto", "mensajeenespera"];
    let files: Vec<_> =
        std::fs::read_dir(&hers.dir).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect();
    for file in ["cache.db", "cache.db-wal", "outbox.db", "outbox.db-wal"] {
        assert!(files.iter().any(|name| name == file), "{file} is not there to be looked at: {files:?}");
    }
    for text in secrets {
        assert_eq!(found(&hers.dir, text), Vec::<String>::new(), "{text} while it runs");
    }
    assert!(std::fs::read(hers.dir.join("cache.db")).unwrap().get(..15) != Some(b"SQLite format 3"));
    hers.restart().await;
    hers.client.shutdown().await;
    for text in secrets {
        assert_eq!(found(&hers.dir, text), Vec::<String>::new(), "{text} after its end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_log_has_no_token_no_password_and_no_content() {
    let mut world = World::with(Settings::default().with("LOG", "trace")).await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let mut device = ana.device().await;
    let mut in_room = juan.in_room(&room).await;
    device
        .ack(json!({"type": "chat_message", "chat_room": room, "content": "contenidosecreto", "client_id": "c"}))
        .await;
    in_room.until("chat_message").await;
    ana.rest.get("/users?query=busquedasecreta").await.expect(200);
    world
        .rest()
        .post("/auth/login", json!({"username": "ana", "password": "clavesecreta"}))
        .await
        .problem(401, "bad_credentials");
    let renewed = world.rest().post("/auth/refresh", json!({"refresh_token": ana.refresh_token})).await.expect(200);
    world.server.terminate().await;
    let log = world.server.logged();
    assert!(!log.is_empty());
    let refresh = renewed["refresh_token"].as_str().unwrap();
    for secret in [
        "contenidosecreto",
        "clavesecreta",
        recado_tests::world::PASSWORD,
        ana.token(),
        juan.token(),
        &ana.refresh_token,
        refresh,
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
    assert!(!log.contains("busquedasecreta"), "queries are not logged either");
}

async fn open(dir: &Path, url: &str, secrets: &Arc<dyn SecretStore>) -> Client {
    let options = || ClientOptions {
        profile_dir: dir.to_owned(),
        server: Some(url.to_owned()),
        secrets: Arc::clone(secrets),
        clock: Arc::new(SystemClock),
        device: "test".into(),
        timing: timing(),
    };
    wait::until("the profile opens", async || Client::open(options()).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_does_not_open_says_so_is_rebuilt_and_the_outbox_survives() {
    let mut world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let hers = world.core("ana").await;
    hers.line_shows("the room", id, |_| true).await;
    hers.send(id, "antes").await;
    hers.all_sent().await;
    hers.has(id, &["antes"]).await;
    world.server.kill();
    hers.send(id, "en espera").await;
    hers.client.save_draft(id, "borrador".into()).await.unwrap();
    hers.client.shutdown().await;
    // Another key's file, as after a keyring was restored from elsewhere: no byte of it decrypts.
    let cache = hers.dir.join("cache.db");
    let noise: Vec<u8> = (0..65_536_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(&cache, noise).unwrap();
    for extra in ["cache.db-wal", "cache.db-shm"] {
        let _ = std::fs::remove_file(hers.dir.join(extra));
    }
    let client = open(&hers.dir, &world.server.url(), &hers.secrets).await;
    let session = client.session().await.unwrap();
    assert_eq!(session, Session::Locked { lock: Lock::CacheUnreadable });
    let refused = client.send_message(id, "x".into(), None).await.unwrap_err();
    assert!(matches!(refused.code, FailureCode::WrongKey | FailureCode::SignedOut), "{refused}");
    client.rebuild_cache().await.unwrap();
    assert_eq!(client.outbox_len().await.unwrap(), 1, "the outbox survives");
    world.server.start().await;
    wait::until("both are there again", async || match client.room_messages(id).await {
        Ok(list) if list.iter().map(|message| message.content.as_str()).eq(["antes", "en espera"]) => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(client.open_room(id).await.unwrap().draft, "borrador");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_out_profile_keeps_nothing() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let hers = world.core("ana").await;
    hers.line_shows("the room", id, |_| true).await;
    hers.send(id, "hola").await;
    hers.all_sent().await;
    hers.client.sign_out().await.unwrap();
    assert!(matches!(hers.client.session().await.unwrap(), Session::SignedOut { reason: None, .. }));
    hers.client.shutdown().await;
    let empty: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
    let client = open(&hers.dir, &world.server.url(), &empty).await;
    assert!(matches!(client.session().await.unwrap(), Session::SignedOut { .. }));
    assert!(client.startup().await.unwrap().rooms.is_empty());
    client.shutdown().await;
}
