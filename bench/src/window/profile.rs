//! A profile as it is after a day's use: signed in, everything synced into the cache, the busy room open last. The server that
//! filled it is gone afterwards, so that whatever the window shows comes from the cache.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use super::conversation::{MESSAGES, PEOPLE, ROOMS, UNREAD, message, messages, room_name};
use crate::{
    Outcome,
    recado::{self, Server},
};

const PASSWORD: &str = "long enough";

/// Longer than the wait between two old pages that are fetched in the background.
const PATIENCE: Duration = Duration::from_secs(30);

/// A signed-in profile; removed with this.
#[derive(Debug)]
pub(crate) struct Profile {
    dir: tempfile::TempDir,
}

impl Profile {
    pub(crate) fn name() -> &'static str {
        PEOPLE[0].0
    }

    /// Where profiles are kept.
    pub(crate) fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// Fills a server, signs in, lets the cache fill, and stops the server.
    pub(crate) async fn prepare(server: &Path, cli: &Path) -> Outcome<Self> {
        let server = Server::recado(server)?;
        let open = fill(&server).await?;
        let profile = Self { dir: tempfile::tempdir()? };
        profile.sign_in(cli, &server).await?;
        profile.sync(cli).await?;
        profile.remember_room(&open)?;
        Ok(profile)
    }

    fn command(&self, cli: &Path) -> Command {
        let mut command = Command::new(cli);
        command.args(["--profile", Self::name(), "--data-dir"]).arg(self.dir.path()).kill_on_drop(true);
        command
    }

    async fn sign_in(&self, cli: &Path, server: &Server) -> Outcome<()> {
        let mut command = self.command(cli);
        command.args(["--server", &server.url, "login", Self::name()]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn()?;
        let mut input = child.stdin.take().ok_or("the command line client takes no password")?;
        input.write_all(format!("{PASSWORD}\n").as_bytes()).await?;
        drop(input);
        if child.wait().await?.success() { Ok(()) } else { Err("signing in failed; see above".into()) }
    }

    /// Signing in brings the newest page of each room; what is older comes in the background while a client runs.
    async fn sync(&self, cli: &Path) -> Outcome<()> {
        let mut command = self.command(cli);
        let mut child = command.arg("tail").stdout(Stdio::null()).spawn()?;
        tokio::time::sleep(Duration::from_secs(4)).await;
        let Some(pid) = child.id() else { return Err("the command line client ended by itself; see above".into()) };
        super::process::interrupt(pid)?;
        tokio::time::timeout(PATIENCE, child.wait()).await??;
        Ok(())
    }

    /// The window opens with it.
    fn remember_room(&self, room: &str) -> Outcome<()> {
        let path: PathBuf = self.dir.path().join(Self::name()).join("profile.json");
        let mut profile: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
        profile["last_room"] = room.into();
        Ok(std::fs::write(path, profile.to_string())?)
    }
}

/// Makes people, rooms and messages. Returns the room that is to be open.
async fn fill(server: &Server) -> Outcome<String> {
    let start = Instant::now();
    let http = reqwest::Client::new();
    let api = format!("{}/api/v1", server.url);
    let mut people = Vec::new();
    for (username, display_name) in PEOPLE {
        people.push(recado::register(&http, &api, username, Some(display_name), PASSWORD).await?);
    }
    let post = async |path: &str, person: usize, body: Value| -> Outcome<Value> {
        let request = http.post(format!("{api}{path}")).bearer_auth(&people[person].token).json(&body);
        Ok(request.send().await?.error_for_status()?.json().await.unwrap_or_default())
    };
    let mut open = String::new();
    for room in 0..ROOMS {
        // Somebody else makes the rooms; the owner of the window is a member like the others.
        let others: Vec<&str> =
            people.iter().enumerate().filter(|(index, _)| *index != 1).map(|(_, p)| p.id.as_str()).collect();
        let body = json!({ "name": room_name(room), "chat_type": "group", "participants": others });
        let made = post("/rooms", 1, body).await?;
        made["id"].as_str().ok_or("the server's answer has no id")?.clone_into(&mut open);
        for number in 0..messages(room) {
            let (speaker, content) = message(room, number);
            let body = json!({ "content": content, "client_id": format!("bench-{room}-{number}") });
            post(&format!("/rooms/{open}/messages"), speaker, body).await?;
        }
        if !(ROOMS - 1 - UNREAD..ROOMS - 1).contains(&room) {
            post(&format!("/rooms/{open}/read"), 0, json!({ "seq": messages(room) })).await?;
        }
    }
    eprintln!("{ROOMS} rooms, {MESSAGES} messages in the open one, made in {:.1} s", start.elapsed().as_secs_f64());
    Ok(open)
}
