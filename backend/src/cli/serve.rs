//! `recado-server serve`: start-up in the order that lets nothing be half there, and a drain at the end.

use std::{fs::File, future::IntoFuture, path::Path, sync::Arc, time::Duration};

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Outcome, open_store, print};
use crate::{
    App,
    auth::{Auth, AuthOptions},
    bus::Bus,
    clock::SystemClock,
    config::{Config, Registration},
    hub::{Hub, HubParts},
    state::Parts,
};

/// How long requests and sockets may take to end once the server is told to stop.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);
const SECRET_FILE: &str = "jwt_secret";
const LOCK_FILE: &str = "lock";

pub(super) async fn serve(config: Config) -> Outcome {
    make_private_dir(&config.data_dir)?;
    let _lock = lock(&config)?;
    let secret = match &config.jwt_secret {
        Some(secret) => secret.clone(),
        None => own_secret(&config.data_dir.join(SECRET_FILE))?,
    };
    let tracker = TaskTracker::new();
    let shutdown = CancellationToken::new();
    let bus = match &config.redis_url {
        Some(url) => Bus::redis(url, &tracker)?,
        None => Bus::in_process(),
    };
    let store = open_store(&config, Arc::new(bus.clone())).await?;
    let clock = Arc::new(SystemClock);
    let auth = Auth::new(AuthOptions {
        store: store.clone(),
        clock: clock.clone(),
        jwt_secret: secret,
        access_token_ttl_s: config.access_token_ttl_s,
        argon2_memory_kib: config.argon2_memory_kib,
    })?;
    let hub = Hub::start(HubParts {
        store: store.clone(),
        bus: bus.clone(),
        clock: clock.clone(),
        tracker: tracker.clone(),
        shutdown: shutdown.clone(),
    });
    let indexed = store.clone();
    let until = shutdown.clone();
    tracker.spawn(async move { indexed.keep_indexed(until).await });
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("RECADO_LISTEN: {} cannot be listened on: {error}", config.listen))?;
    let address = listener.local_addr()?;
    if config.registration != Registration::Open && !store.has_users().await? {
        print(&format!("setup code: {}\n", auth.setup_code()))?;
    }
    let app = App::new(Parts {
        store: store.clone(),
        auth,
        clock,
        bus,
        hub: hub.clone(),
        limits: config.limits,
        rate_limit: config.rate_limit,
        heartbeat_ms: config.heartbeat_ms,
        config: config.clone(),
        listen: address,
        rates: crate::http::Rates::default(),
        tracker: tracker.clone(),
        shutdown: shutdown.clone(),
    });
    let stopping = CancellationToken::new();
    let router = crate::http::router(app).into_make_service_with_connect_info::<std::net::SocketAddr>();
    // A message is worth its packet at once: held back for the peer's delayed acknowledgement, it is 40 ms late.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may be slow");
        }
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(stopping.clone().cancelled_owned()).into_future();
    let server = tracker.spawn(server);
    print(&format!("listening on http://{address}\n"))?;
    tracing::info!(%address, "serving");
    asked_to_stop().await?;

    let sockets = hub.drain().await;
    tracing::info!(sockets, "stopping");
    stopping.cancel();
    let drained = tokio::time::timeout(DRAIN_LIMIT, server).await;
    shutdown.cancel();
    tracker.close();
    if drained.is_err() || tokio::time::timeout(DRAIN_LIMIT, tracker.wait()).await.is_err() {
        tracing::warn!("something did not end in time");
    }
    store.close().await;
    Ok(())
}

/// Keeps a second server out of the data dir, unless Redis ties them together.
fn lock(config: &Config) -> Outcome<File> {
    let path = config.data_dir.join(LOCK_FILE);
    let mut options = File::options();
    options.create(true).read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    let locked = if config.redis_url.is_some() { file.try_lock_shared() } else { file.try_lock() };
    locked.map_err(|_| {
        let dir = config.data_dir.display();
        format!("another server uses the data dir {dir}; several servers on one need redis_url")
    })?;
    Ok(file)
}

fn make_private_dir(path: &Path) -> Outcome {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| format!("RECADO_DATA_DIR: {}: {error}", path.display()).into())
}

/// Makes the secret once. Two servers that start together agree on whoever was first.
fn own_secret(path: &Path) -> Outcome<String> {
    use std::io::Write;

    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Written under a name of its own and linked into place whole, so that nobody reads half of it.
    let whole = path.with_extension(std::process::id().to_string());
    if !path.exists() {
        let secret = hex::encode(rand::random::<[u8; 32]>());
        let _: Result<(), _> = std::fs::remove_file(&whole);
        let mut file = options.open(&whole)?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&whole, path);
        std::fs::remove_file(&whole)?;
        linked.or_else(|error| if path.exists() { Ok(()) } else { Err(error) })?;
    }
    let secret = std::fs::read_to_string(path)?.trim().to_owned();
    if secret.len() < 32 {
        return Err(format!("{} holds no secret of 32 bytes", path.display()).into());
    }
    Ok(secret)
}

async fn asked_to_stop() -> Outcome {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
