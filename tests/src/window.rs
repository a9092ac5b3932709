//! The real desktop program on the real desktop, driven from inside by WebDriver and from outside by the desktop's own tools.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions, MouseActions, PointerAction},
    elements::Element,
    key::Key,
};
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
            let seen = self.script("return innerWidth").await;
            if seen == width { Ok(()) } else { Err(seen) }
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

    /// Waits for an element.
    #[track_caller]
    pub fn find(&self, selector: &str) -> impl Future<Output = Element> {
        let what = format!("`{selector}` in {}'s window", self.profile);
        let selector = selector.to_owned();
        let client = self.client();
        wait::until(what, async move || client.find(Locator::Css(&selector)).await)
    }

    /// A CSS selector of what has that `data-testid`.
    pub fn id_of(test_id: &str) -> String {
        format!("[data-testid='{test_id}']")
    }

    /// Clicks on what has that `data-testid`, once it is there and may be clicked.
    #[track_caller]
    pub fn click(&self, test_id: &str) -> impl Future<Output = ()> {
        self.click_on(Self::id_of(test_id))
    }

    #[track_caller]
    pub fn click_on(&self, selector: String) -> impl Future<Output = ()> {
        let what = format!("a click on `{selector}` in {}'s window", self.profile);
        let client = self.client();
        wait::until(what, async move || {
            let element = client.find(Locator::Css(&selector)).await?;
            element.click().await
        })
    }

    /// Types into what has that `data-testid`, in place of what is there.
    #[track_caller]
    pub fn fill(&self, test_id: &str, text: &str) -> impl Future<Output = ()> {
        let what = format!("`{test_id}` takes {text:?} in {}'s window", self.profile);
        let selector = Self::id_of(test_id);
        let text = text.to_owned();
        let client = self.client();
        wait::until(what, async move || {
            let element = client.find(Locator::Css(&selector)).await?;
            element.clear().await?;
            element.send_keys(&text).await
        })
    }

    /// Writes a message and sends it with Enter.
    pub async fn write(&self, text: &str) {
        self.fill("composer", text).await;
        self.press(Key::Enter).await;
    }

    /// Presses a key wherever the focus is.
    pub async fn press(&self, key: Key) {
        let text = char::from(key).to_string();
        let element = self.client().active_element().await.expect("something has the focus");
        element.send_keys(&text).await.expect("keys can be pressed");
    }

    /// Presses a key while another is held.
    pub async fn press_with(&self, held: Key, key: Key) {
        let keys = KeyActions::new("keys".into())
            .then(KeyAction::Down { value: char::from(held) })
            .then(KeyAction::Down { value: char::from(key) })
            .then(KeyAction::Up { value: char::from(key) })
            .then(KeyAction::Up { value: char::from(held) });
        self.client().perform_actions(keys).await.expect("keys can be pressed");
    }

    /// Brings the pointer over the first that suits. What is still being laid out moves away from under it, so it is moved until
    /// it is there.
    pub async fn hover(&self, selector: &str) {
        self.find(selector).await;
        let look = "const element = document.querySelector(arguments[0]);
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2, element.matches(':hover')]";
        let mut aside = 0.0;
        wait::until(format!("the pointer over `{selector}`"), async || {
            let seen = self.script_with(look, vec![selector.into()]).await;
            if seen[2] == true {
                return Ok(());
            }
            let at = |index: usize| seen[index].as_f64().unwrap_or_default().round();
            // A pointer that does not move is not looked at again.
            aside = 2.0 - aside;
            let to = PointerAction::MoveTo { duration: None, x: at(0) + aside, y: at(1) };
            let pointer = MouseActions::new("mouse".into()).then(to);
            self.client().perform_actions(pointer).await.map_err(|error| error.to_string())?;
            Err(seen.to_string())
        })
        .await;
    }

    /// The text of all that have that `data-testid`, as it is seen.
    pub async fn texts(&self, test_id: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText.trim())";
        let texts = self.script_with(script, vec![Self::id_of(test_id).into()]).await;
        serde_json::from_value(texts).expect("a list of texts")
    }

    /// Waits until what has that `data-testid` says `text`.
    #[track_caller]
    pub fn says(&self, test_id: &str, text: &str) -> impl Future<Output = ()> {
        let what = format!("`{test_id}` says {text:?} in {}'s window", self.profile);
        let (test_id, text) = (test_id.to_owned(), text.to_owned());
        wait::until(what, async move || {
            let all = self.texts(&test_id).await;
            if all.iter().any(|one| one.contains(&text)) { Ok(()) } else { Err(all) }
        })
    }

    /// Waits until nothing has that `data-testid`.
    #[track_caller]
    pub fn lacks(&self, test_id: &str) -> impl Future<Output = ()> {
        let what = format!("no `{test_id}` in {}'s window", self.profile);
        let test_id = test_id.to_owned();
        wait::until(what, async move || {
            let all = self.texts(&test_id).await;
            if all.is_empty() { Ok(()) } else { Err(all) }
        })
    }

    /// The messages on screen with their state, oldest first.
    pub async fn messages(&self) -> Vec<(String, String)> {
        let script = "return [...document.querySelectorAll('[data-testid=message]')]
            .map((row) => [row.querySelector('.text')?.textContent.trim() ?? '', row.dataset.state])";
        let all = self.script(script).await;
        serde_json::from_value(all).expect("a list of pairs")
    }

    /// Waits until these messages are on screen, in this order and state.
    #[track_caller]
    pub fn shows(&self, wanted: &[(&str, &str)]) -> impl Future<Output = ()> {
        let what = format!("{wanted:?} in {}'s window", self.profile);
        let wanted: Vec<(String, String)> =
            wanted.iter().map(|(text, state)| ((*text).to_owned(), (*state).to_owned())).collect();
        wait::until(what, async move || {
            let seen = self.messages().await;
            if seen == wanted { Ok(()) } else { Err(seen) }
        })
    }

    /// Makes an account, from the question for the server on.
    pub async fn register(&self, server: &str, username: &str, display_name: &str, setup_code: Option<&str>) {
        self.fill("server-address", server).await;
        self.click("submit").await;
        self.find(&Self::id_of("username")).await;
        // A new server offers nothing else than an account.
        if !self.texts("mode-create").await.is_empty() {
            self.click("mode-create").await;
        }
        if let Some(code) = setup_code {
            self.fill("setup-code", code).await;
        }
        self.fill("username", username).await;
        self.fill("password", crate::world::PASSWORD).await;
        self.fill("display-name", display_name).await;
        self.click("submit").await;
        self.find(&Self::id_of("room-list")).await;
    }

    /// Signs in with the server that `--server` named.
    pub async fn sign_in(&self, username: &str, password: &str) {
        self.fill("username", username).await;
        self.fill("password", password).await;
        self.click("submit").await;
    }

    /// Starts a direct chat with somebody that the search finds.
    pub async fn chat_with(&self, username: &str) {
        self.click("new-chat").await;
        self.fill("people-search", username).await;
        self.click_on(format!("[data-testid='person-result'][data-username='{username}']")).await;
        self.find(&Self::id_of("composer")).await;
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
