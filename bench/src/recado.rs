//! Starting the servers and connecting their members.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use clap::ValueEnum;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async_with_config, tungstenite::Message};

use crate::{
    Outcome,
    bare::Flushes,
    load::{Framing, Member, Socket},
    shape::Shape,
};

/// As the client core connects.
const NO_DELAY: bool = true;

/// A server process that ends with its handle.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    _data: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Server {
    /// The limit, from this very binary.
    pub(crate) fn bare(flushes: Flushes) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let flushes = flushes.to_possible_value().ok_or("no such flushes")?;
        command.args(["bare", "--flushes", flushes.get_name()]);
        Self::start(command)
    }

    /// Recado on SQLite with durable commits, as it is shipped, but without rate limits, and with heartbeats so far apart that none
    /// comes: members answer nothing, and would be taken for dead.
    pub(crate) fn recado(binary: &Path) -> Outcome<Self> {
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env("RECADO_LISTEN", "127.0.0.1:0")
            .env("RECADO_REGISTRATION", "open")
            .env("RECADO_RATE_LIMIT", "off")
            .env("RECADO_HEARTBEAT_MS", "300000")
            .env("RECADO_ARGON2_MEMORY_KIB", "1024");
        Self::start(command)
    }

    fn start(mut command: Command) -> Outcome<Self> {
        let data = tempfile::tempdir()?;
        command.env("RECADO_DATA_DIR", data.path()).env("RECADO_LOG", "warn");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let url = loop {
            let line = lines.next().ok_or("the server ended before it listened")??;
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.trim().to_owned();
            }
        };
        // Keep reading, so that a full pipe never stops the server.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, url, _data: data })
    }

    /// Seconds of CPU that the server used so far; `None` where it cannot be read.
    pub(crate) fn cpu_seconds(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(ticks / 100.0)
    }

    fn socket_url(&self) -> String {
        self.url.replacen("http", "ws", 1)
    }
}

/// Connects the members of a shape to the bare broadcast.
pub(crate) async fn bare_members(server: &Server, shape: Shape) -> Outcome<Vec<Member>> {
    let mut members = Vec::new();
    for room in 0..shape.rooms {
        for _ in 0..shape.members {
            let (socket, _) =
                connect_async_with_config(format!("{}/ws/{room}", server.socket_url()), None, NO_DELAY).await?;
            // About the size of a Recado message frame, so that the bytes to be written are the same.
            let frame: Framing = Arc::new(|content, _| {
                format!("{{\"type\":\"chat_message\",\"content\":\"{content}\",\"pad\":\"{}\"}}", "x".repeat(480))
            });
            members.push(Member { socket, room, frame });
        }
    }
    Ok(members)
}

/// Somebody's own words to a server.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// Makes an account.
pub(crate) async fn register(
    http: &reqwest::Client,
    api: &str,
    username: &str,
    display_name: Option<&str>,
    password: &str,
) -> Outcome<Account> {
    let body = json!({"username": username, "password": password, "display_name": display_name});
    let answer = http.post(format!("{api}/auth/register")).json(&body).send().await?.error_for_status()?;
    let account: Value = answer.json().await?;
    let text = |value: &Value| Ok::<_, &str>(value.as_str().ok_or("an account without id or token")?.to_owned());
    Ok(Account { id: text(&account["user"]["id"])?, token: text(&account["access_token"])? })
}

/// Makes accounts and rooms, and connects one device a person.
pub(crate) async fn recado_members(server: &Server, shape: Shape) -> Outcome<Vec<Member>> {
    let http = reqwest::Client::new();
    let api = format!("{}/api/v1", server.url);
    let mut members = Vec::new();
    for room in 0..shape.rooms {
        let mut people = Vec::new();
        for number in 0..shape.members {
            people.push(register(&http, &api, &format!("p{room}-{number}"), None, "long enough").await?);
        }
        let others: Vec<&String> = people.iter().skip(1).map(|person| &person.id).collect();
        let body = json!({"name": format!("room {room}"), "chat_type": "group", "participants": others});
        let request = http.post(format!("{api}/rooms")).bearer_auth(&people[0].token).json(&body);
        let made: Value = request.send().await?.error_for_status()?.json().await?;
        let id = made["id"].as_str().ok_or("no room id")?.to_owned();
        for person in people {
            let socket = connect(server, &person.token).await?;
            let chat_room = id.clone();
            let run = std::time::SystemTime::UNIX_EPOCH.elapsed()?.as_nanos();
            let counter = std::sync::atomic::AtomicU64::new(0);
            let frame: Framing = Arc::new(move |content, _| {
                let count = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                format!(
                    "{{\"type\":\"chat_message\",\"chat_room\":\"{chat_room}\",\"client_id\":\"{run}-{count}\",\"content\":\"{content}\"}}"
                )
            });
            members.push(Member { socket, room, frame });
        }
    }
    Ok(members)
}

/// Opens a device socket and waits until it is live.
async fn connect(server: &Server, token: &str) -> Outcome<Socket> {
    let (mut socket, _) =
        connect_async_with_config(format!("{}/ws/?token={token}", server.socket_url()), None, NO_DELAY).await?;
    socket.send(Message::text(r#"{"type":"hello","protocol":1,"rooms":{}}"#)).await?;
    loop {
        let message = socket.next().await.ok_or("closed before ready")??;
        if let Message::Text(text) = message
            && text.contains("\"type\":\"ready\"")
        {
            return Ok(socket);
        }
    }
}
