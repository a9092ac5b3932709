//! `CONTRACT.md` section 1, and `recado-cli`.

use recado_tests::{
    Settings, World,
    cli::Cli,
    json,
    oracle::{contents, history},
    redis::Redis,
    wait,
    world::PASSWORD,
};

#[tokio::test]
async fn config_prints_what_is_in_force_with_secrets_masked() {
    let secret = "0123456789abcdef0123456789abcdef";
    let settings = Settings::default()
        .with("JWT_SECRET", secret)
        .with("REDIS_URL", "redis://user:hunter2@127.0.0.1:1/")
        .with("MAX_MESSAGE_CHARS", "123");
    let world = World::stopped(settings);
    let shown = world.server.admin(&["config"], "").await.ok();
    assert!(!shown.stdout.contains(secret) && !shown.stdout.contains("hunter2"), "{}", shown.stdout);
    assert!(shown.stdout.contains("123") && shown.stdout.contains("open"), "{}", shown.stdout);
    for key in [
        "listen",
        "data_dir",
        "database_url",
        "redis_url",
        "cluster",
        "registration",
        "jwt_secret",
        "access_token_ttl_s",
        "argon2_memory_kib",
        "max_frame_bytes",
        "max_message_chars",
        "rate_limit",
        "heartbeat_ms",
        "public_url",
        "log",
    ] {
        assert!(shown.stdout.contains(key), "{key}: {}", shown.stdout);
    }
    let default = world.server.admin(&["config", "--default"], "").await.ok();
    assert!(default.stdout.contains("127.0.0.1:8000") && default.stdout.contains('#'), "{}", default.stdout);
}

#[tokio::test]
async fn a_wrong_key_or_value_ends_serve_and_is_named() {
    for (key, value, named) in [
        ("LISTN", "127.0.0.1:1", "RECADO_LISTN"),
        ("REGISTRATION", "sometimes", "registration"),
        ("MAX_FRAME_BYTES", "many", "max_frame_bytes"),
        ("JWT_SECRET", "short", "jwt_secret"),
        ("LISTEN", "nowhere", "listen"),
        ("RATE_LIMIT", "maybe", "rate_limit"),
    ] {
        let world = World::stopped(Settings::default().with(key, value));
        let ended = world.server.admin(&["serve"], "").await.failed();
        assert!(ended.stderr.to_lowercase().contains(&named.to_lowercase()), "{key}={value}: {}", ended.all());
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_cluster_refuses_what_cannot_be_shared_and_the_lock_keeps_a_second_server_out() {
    let world = World::stopped(Settings::default().with("CLUSTER", "true"));
    world.server.admin(&["serve"], "").await.failed();
    let world = World::new().await;
    let second = recado_tests::Server::new("second", world.dir.path(), Settings::default());
    let ended = second.admin(&["serve"], "").await.failed();
    assert!(ended.stderr.contains("data"), "{}", ended.all());
    world.server.ready().await;
}

#[tokio::test]
async fn accounts_are_managed_beside_a_running_server() {
    let world = World::new().await;
    let ana = world.person("ana").await;
    world.server.admin(&["user", "add", "juan", "--display-name", "Juan P"], &format!("{PASSWORD}\n")).await.ok();
    let juan = world.sign_in("juan").await;
    assert_eq!(juan.rest.get("/me").await.expect(200)["display_name"], "Juan P");
    world.server.admin(&["user", "add", "root", "--admin"], &format!("{PASSWORD}\n")).await.ok();
    assert_eq!(world.sign_in("root").await.rest.get("/me").await.expect(200)["is_admin"], true);
    world.server.admin(&["user", "add", "JUAN"], &format!("{PASSWORD}\n")).await.failed();
    world.server.admin(&["user", "add", "a b"], &format!("{PASSWORD}\n")).await.failed();
    world.server.admin(&["user", "add", "pedro"], "short\n").await.failed();
    let list = world.server.admin(&["user", "list"], "").await.ok();
    for name in ["ana", "juan", "root"] {
        assert!(list.stdout.contains(name), "{}", list.stdout);
    }
    let mut his = juan.device().await;
    world.server.admin(&["user", "reset-password", "juan"], "another password\n").await.ok();
    assert_eq!(his.closed().await, 4503);
    let login = async |password: &str| {
        world.rest().post("/auth/login", json!({"username": "juan", "password": password})).await
    };
    login(PASSWORD).await.problem(401, "bad_credentials");
    login("another password").await.expect(200);
    world.server.admin(&["user", "disable", "juan"], "").await.ok();
    assert!(matches!(login("another password").await.status, 401 | 403));
    world.server.admin(&["user", "disable", "nobody"], "").await.failed();
    ana.rest.get("/me").await.expect(200);
}

#[tokio::test]
async fn doctor_says_ok_or_what_to_do() {
    let mut world = World::stopped(Settings::default());
    let redis = Redis::start(world.dir.path()).await;
    world.server.settings = world.server.settings.with("REDIS_URL", redis.url());
    world.server.start().await;
    let well = world.server.admin(&["doctor"], "").await.ok();
    assert!(well.stdout.lines().all(|line| !line.starts_with("fail")), "{}", well.stdout);
    assert!(well.stdout.lines().filter(|line| line.starts_with("ok")).count() >= 5, "{}", well.stdout);
    for what in ["redis", "database", "websocket"] {
        assert!(well.stdout.to_lowercase().contains(what), "{what}: {}", well.stdout);
    }
    drop(redis);
    let ill = world.server.admin(&["doctor"], "").await;
    assert_eq!(ill.code, Some(1), "{}", ill.all());
    assert!(ill.stdout.lines().any(|line| line.starts_with("fail")), "{}", ill.stdout);
}

#[tokio::test]
async fn the_secret_that_is_made_is_private_and_kept() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::new().await;
    let ana = world.person("ana").await;
    world.server.terminate().await;
    world.server.start().await;
    ana.rest.get("/me").await.expect(200);
    let mode = |path: std::path::PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(world.server.data_dir.clone()), 0o700, "a data dir that it makes is its owner's");
    assert_eq!(mode(world.server.data_dir.join("jwt_secret")), 0o600);
}

#[tokio::test]
async fn the_command_line_client_signs_in_lists_sends_and_follows() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let dir = world.dir.path().join("cli");
    std::fs::create_dir_all(&dir).unwrap();
    let environment = vec![("RECADO_PASSPHRASE".to_owned(), "a long passphrase".to_owned())];
    let cli = Cli { dir, profile: "ana".into(), url: world.server.url(), environment };
    cli.run(&["login", "ana"], "wrong password\n").await.failed();
    cli.run(&["login", "ana"], &format!("{PASSWORD}\n")).await.ok();
    let rooms = cli.run(&["rooms"], "").await.ok();
    assert!(rooms.stdout.contains(&room) && rooms.stdout.contains("juan"), "{}", rooms.stdout);
    cli.run(&["send", &room, "desde la consola"], "").await.ok();
    assert_eq!(contents(&history(&juan.rest, &room).await), ["desde la consola"]);
    let tail = cli.start("tail", &["tail", &room]);
    wait::until("it follows", async || {
        juan.post(&room, "¿me lees?").await;
        let text = tail.stdout();
        if text.contains("¿me lees?") { Ok(()) } else { Err(text + &tail.stderr()) }
    })
    .await;
    let second = cli.run(&["rooms"], "").await.failed();
    assert!(second.stderr.contains("profile"), "one process a profile: {}", second.all());
}
