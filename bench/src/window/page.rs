//! The static window's page: what Recado's own window has in its document, taken out through WebDriver. Every row of both lists,
//! not only those in sight; inline styles as classes, since the page's policy forbids them.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use tokio::{process::Command, time::sleep};

use super::{Programs, conversation, profile::Profile};
use crate::Outcome;

const SCRIPT: &str = include_str!("page.js");

const PATIENCE: Duration = Duration::from_secs(30);

/// Writes `body.html` and `inline.css`.
pub(crate) async fn write(programs: &Programs, to: &Path) -> Outcome<()> {
    let profile = Profile::prepare(&programs.server, &programs.cli).await?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let home = tempfile::tempdir()?;
    let mut command = Command::new("WebKitWebDriver");
    command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true").kill_on_drop(true);
    for (name, path) in super::folders(home.path()) {
        command.env(name, path);
    }
    let _driver = command.spawn().map_err(|error| format!("WebKitWebDriver (webkit2gtk-driver): {error}"))?;

    let driver = Driver {
        http: reqwest::Client::builder().timeout(2 * PATIENCE).build()?,
        url: format!("http://127.0.0.1:{port}"),
    };
    let session = driver.open(&programs.recado, &super::arguments(&profile)).await?;
    let taken = driver.ask(&format!("/session/{session}/execute/async"), json!({ "script": SCRIPT, "args": [] })).await;
    // Without this the window would stay.
    driver.http.delete(format!("{}/session/{session}", driver.url)).send().await?;
    let taken = taken?;
    let text = |name: &str| taken[name].as_str().map(str::to_owned).ok_or_else(|| format!("the page gave {taken}"));
    for (name, want) in [("rooms", conversation::ROOMS), ("messages", conversation::MESSAGES)] {
        if taken[name].as_u64() != Some(want as u64) {
            return Err(format!("the page has {} {name}, not {want}", taken[name]).into());
        }
    }
    fs::write(to.join("body.html"), text("html")?)?;
    fs::write(to.join("inline.css"), text("css")?)?;
    Ok(())
}

struct Driver {
    http: reqwest::Client,
    url: String,
}

impl Driver {
    async fn open(&self, program: &Path, arguments: &[String]) -> Outcome<String> {
        let options = json!({ "binary": program, "args": arguments });
        let body = json!({ "capabilities": { "alwaysMatch": {
            "webkitgtk:browserOptions": options,
            "timeouts": { "script": PATIENCE.as_millis() as u64 },
        } } });
        let mut answer = self.ask("/session", body.clone()).await;
        for _ in 0..50 {
            // The driver takes a moment to listen.
            if answer.is_ok() {
                break;
            }
            sleep(Duration::from_millis(200)).await;
            answer = self.ask("/session", body.clone()).await;
        }
        Ok(answer?["sessionId"].as_str().ok_or("the driver names no session")?.to_owned())
    }

    async fn ask(&self, path: &str, body: Value) -> Outcome<Value> {
        let answer = self.http.post(format!("{}{path}", self.url)).json(&body).send().await?;
        let is_good = answer.status().is_success();
        let mut body: Value = answer.json().await?;
        if is_good { Ok(body["value"].take()) } else { Err(format!("WebDriver refused {path}: {body}").into()) }
    }
}
