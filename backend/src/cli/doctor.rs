//! `recado-server doctor`: a line for each thing that a server needs, and what to do where it is missing.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use recado_protocol::{Timestamp, limits};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{Nobody, open_store, print};
use crate::{
    bus,
    clock::{Clock, SystemClock},
    config::Config,
};

/// 2026 began then; a clock before it has never been set.
const EARLIEST: Timestamp = Timestamp(1_767_225_600_000);
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    Ok,
    Warn,
    Fail,
}

struct Report {
    healthy: bool,
}

impl Report {
    fn say(&mut self, finding: Finding, what: &str, detail: &str) {
        let word = match finding {
            Finding::Ok => "ok  ",
            Finding::Warn => "warn",
            Finding::Fail => "fail",
        };
        self.healthy &= finding != Finding::Fail;
        // Nobody reads: the exit code still tells.
        let _: Result<(), _> = print(&format!("{word} {what}: {detail}\n"));
    }
}

/// Checks all; whether nothing failed.
pub(super) async fn doctor(config: &Config) -> bool {
    let mut report = Report { healthy: true };
    report.say(Finding::Ok, "config", &format!("listens on {}", config.listen));
    data_dir(&mut report, config);
    database(&mut report, config).await;
    redis(&mut report, config).await;
    clock(&mut report);
    server(&mut report, config).await;
    report.healthy
}

fn data_dir(report: &mut Report, config: &Config) {
    let probe = config.data_dir.join(format!("doctor-{}", std::process::id()));
    let wrote = std::fs::create_dir_all(&config.data_dir)
        // A mebibyte, read back: a full disk shows here.
        .and_then(|()| std::fs::write(&probe, vec![7; 1024 * 1024]))
        .and_then(|()| std::fs::read(&probe))
        .and_then(|read| std::fs::remove_file(&probe).map(|()| read.len()));
    let dir = config.data_dir.display();
    match wrote {
        Ok(_) => report.say(Finding::Ok, "data dir", &format!("{dir} can be written and has room")),
        Err(error) => {
            let advice = format!("{dir}: {error}; make it writable for this user, free space, or set data_dir");
            report.say(Finding::Fail, "data dir", &advice);
        }
    }
}

async fn database(report: &mut Report, config: &Config) {
    let name = config.database.display();
    match open_store(config, Arc::new(Nobody)).await {
        Ok(store) => {
            match store.has_users().await {
                Ok(true) => report.say(Finding::Ok, "database", &format!("{name} answers")),
                Ok(false) => {
                    report.say(Finding::Warn, "database", "no account yet: `recado-server user add NAME --admin`");
                }
                Err(error) => report.say(Finding::Fail, "database", &format!("{name}: {error}")),
            }
            store.close().await;
        }
        Err(error) => report.say(Finding::Fail, "database", &format!("{error}; check the file and its rights")),
    }
}

async fn redis(report: &mut Report, config: &Config) {
    let Some(url) = &config.redis_url else {
        report.say(Finding::Ok, "redis", "not configured, and one server needs none");
        return;
    };
    match bus::probe(url).await {
        Ok(_) => report.say(Finding::Ok, "redis", "wrote, read back, published and received"),
        Err((found, error)) => {
            let step = match found {
                bus::Probe { connected: false, .. } => "cannot be reached",
                bus::Probe { written_and_read: false, .. } => "does not write and read back",
                _ => "does not publish and receive",
            };
            report.say(Finding::Fail, "redis", &format!("{step}: {error}; check redis_url and that Redis runs"));
        }
    }
}

fn clock(report: &mut Report) {
    let now = SystemClock.now();
    if now < EARLIEST {
        report.say(Finding::Fail, "clock", &format!("{now} cannot be; set the machine's clock"));
    } else {
        report.say(Finding::Ok, "clock", &now.to_string());
    }
}

/// A whole WebSocket round trip as far as one gets without an account: accepted, told, closed with the code for it.
async fn server(report: &mut Report, config: &Config) {
    let address = config.listen;
    let host = if address.ip().is_unspecified() { "127.0.0.1".to_owned() } else { address.ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let url = format!("ws://{host}:{}/ws/", address.port());
    let trip = async {
        let Ok((mut socket, _)) = connect_async(&url).await else { return None };
        let _: Result<(), _> = socket.send(Message::Text(r#"{"type":"pong"}"#.into())).await;
        let mut told = false;
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) => told |= text.len() < limits::MAX_HELLO_BYTES && text.contains("unauthenticated"),
                Message::Close(close) => return Some(told && close.is_some_and(|close| u16::from(close.code) == 4501)),
                _ => {}
            }
        }
        Some(false)
    };
    match tokio::time::timeout(LIMIT, trip).await {
        Ok(Some(true)) => report.say(Finding::Ok, "websocket", &format!("{url} answers as it should")),
        Ok(None) => report.say(Finding::Warn, "websocket", &format!("nothing listens on {url}; `recado-server serve`")),
        Ok(Some(false)) | Err(_) => {
            let advice = format!("{url} is answered by something else; stop it or change `listen`");
            report.say(Finding::Fail, "websocket", &advice);
        }
    }
}
