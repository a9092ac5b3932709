//! The real desktop program on the real desktop, driven from inside by WebDriver and from outside by the desktop's own tools.

mod access;
mod hands;
mod page;
mod place;
mod ways;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    process::{Process, free_port, program},
    wait,
};

/// A profile of the desktop program. It can be opened, ended or killed, and opened again.
#[derive(Debug)]
pub struct Window {
    profile: String,
    dir: PathBuf,
    server: Option<String>,
    looks: Vec<(&'static str, &'static str)>,
    starts: u32,
    running: Option<Running>,
}

/// While it is open. The driver comes first: it is killed last.
#[derive(Debug)]
struct Running {
    client: Client,
    pid: u32,
    id: String,
    driver: Process,
}

impl Window {
    /// Not open yet. Its files are in `dir`; `server` is what `--server` says.
    pub fn new(profile: &str, dir: &Path, server: Option<&str>) -> Self {
        let dir = dir.join(format!("window-{profile}"));
        std::fs::create_dir_all(&dir).expect("the profile's folder can be made");
        Self {
            profile: profile.to_owned(),
            dir,
            server: server.map(str::to_owned),
            looks: vec![],
            starts: 0,
            running: None,
        }
    }

    /// As on a desktop that says so in its environment: `GTK_THEME`, `LANG`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.looks.push((name, value));
        self
    }

    /// As on a desktop whose settings of GTK have that line.
    #[must_use]
    pub fn with_gtk(self, line: &str) -> Self {
        let folder = self.dir.join("config/gtk-3.0");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        std::fs::write(folder.join("settings.ini"), format!("[Settings]\n{line}\n")).expect("settings can be written");
        self
    }

    pub fn profile_dir(&self) -> PathBuf {
        self.dir.join(&self.profile)
    }

    fn arguments(&self) -> Vec<String> {
        let mut args =
            vec!["--profile".into(), self.profile.clone(), "--data-dir".into(), self.dir.display().to_string()];
        if let Some(server) = &self.server {
            args.extend(["--server".into(), server.clone()]);
        }
        args
    }

    fn environment(&self, command: &mut Command) {
        for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache")] {
            command.env(name, self.dir.join(folder));
        }
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").env("NO_AT_BRIDGE", "1").env("LANG", "en_GB.UTF-8");
        command.envs(self.looks.iter().copied());
    }

    /// Starts the program, and waits until it shows its first content.
    pub async fn open(&mut self) -> &Self {
        assert!(self.running.is_none(), "{} is open already", self.profile);
        self.starts += 1;
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        command.arg(format!("--port={port}")).arg("--host=127.0.0.1").stdin(Stdio::null());
        // The program inherits what the driver has.
        self.environment(&mut command);
        let driver = Process::start(&format!("driver-{}", self.starts), &mut command, &self.dir);
        let capabilities = json!({
            "webkitgtk:browserOptions": { "binary": program("recado"), "args": self.arguments() },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("made as an object") };
        let address = format!("http://127.0.0.1:{port}");
        let client = wait::until("the driver opens the program", async || {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.clone()).connect(&address).await
        })
        .await;
        let pid = wait::until("the program's process", async || child_named(driver.id(), "recado").ok_or("none")).await;
        let running = self.running.insert(Running { client, pid, id: String::new(), driver });
        let client = &running.client;
        wait::until("the first content", async || {
            let there = client.execute("return document.documentElement.dataset.painted !== undefined", vec![]).await;
            if matches!(there, Ok(Value::Bool(true))) { Ok(()) } else { Err(there) }
        })
        .await;
        running.id = Desk::here().window_of(pid).await;
        self
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap_or_else(|| panic!("{} is not open", self.profile))
    }

    fn client(&self) -> &Client {
        &self.running().client
    }

    /// Its id on the desktop.
    pub fn id(&self) -> &str {
        &self.running().id
    }

    /// Gives it a size, in pixels of the page.
    pub async fn resize(&self, width: u32, height: u32) {
        let chrome = self.script("return [outerWidth - innerWidth, outerHeight - innerHeight]").await;
        let more = |index: usize| u32::try_from(chrome[index].as_i64().unwrap_or(0).max(0)).unwrap_or(0);
        let size = (width + more(0), height + more(1));
        self.client().set_window_rect(0, 0, size.0, size.1).await.expect("a window can be given a size");
        wait::until("the page has its size", async || {
            let seen = self.script("return [innerWidth, innerHeight]").await;
            if seen == json!([width, height]) { Ok(()) } else { Err(seen) }
        })
        .await;
    }

    pub async fn focus(&self) {
        Desk::here().focus(self.id()).await;
        wait::until("the page has the focus", async || {
            let focused = self.script("return document.hasFocus()").await;
            if focused == true { Ok(()) } else { Err(focused) }
        })
        .await;
    }

    /// Ends it as the system asks programs to end.
    pub async fn quit(&mut self) {
        self.end("TERM").await;
    }

    /// SIGKILL.
    pub async fn kill(&mut self) {
        self.end("KILL").await;
    }

    async fn end(&mut self, signal: &str) {
        let Running { client, pid, driver, .. } = self.running.take().expect("it is open");
        signal_to(pid, signal);
        wait::until("the end of the program", async || if is_running(pid) { Err("it runs") } else { Ok(()) }).await;
        // The session ended with its program: the driver has nothing left to close.
        drop(client);
        drop(driver);
    }

    /// Starts the program once more for the same profile and gives its exit code.
    pub async fn start_again(&self, more: &[&str]) -> Option<i32> {
        let mut command = Command::new(program("recado"));
        command.args(self.arguments()).args(more);
        self.environment(&mut command);
        crate::process::run(command, "").await.code
    }

    /// A picture of the screen with all that the page has said so far: what is in the document comes on screen a frame later.
    pub async fn screenshot(&self, name: &str) {
        let two_frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.client().execute_async(two_frames, vec![]).await.expect("frames are drawn");
        Desk::here().screenshot(name);
    }

    /// Runs a script in the page.
    pub async fn script(&self, script: &str) -> Value {
        self.script_with(script, vec![]).await
    }

    pub async fn script_with(&self, script: &str, args: Vec<Value>) -> Value {
        self.client().execute(script, args).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            // The driver's end does not end the program.
            signal_to(running.pid, "KILL");
        }
    }
}

fn signal_to(pid: u32, signal: &str) {
    // It may have ended by itself.
    let _ = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

fn is_running(pid: u32) -> bool {
    // A child that its driver has not waited for is over all the same.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn child_named(parent: u32, name: &str) -> Option<u32> {
    let output = Command::new("pgrep").args(["-x", "-P", &parent.to_string(), name]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next()?.parse().ok()
}
