//! `recado-server serve` as a process.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    process::{Output, Process, free_port, program, run},
    wait,
};

/// Environment of a server. The defaults suit tests: open registration, cheap password hashes, no rate limits.
#[derive(Clone, Debug)]
pub struct Settings(BTreeMap<String, String>);

impl Default for Settings {
    fn default() -> Self {
        Self::bare().with("REGISTRATION", "open").with("ARGON2_MEMORY_KIB", "1024").with("RATE_LIMIT", "off")
    }
}

impl Settings {
    /// Nothing but where to listen and to keep its files.
    pub fn bare() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a key, without the prefix `RECADO_`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.insert(format!("RECADO_{key}"), value.into());
        self
    }
}

/// A server that can be killed and started again on its port and data.
#[derive(Debug)]
pub struct Server {
    pub settings: Settings,
    pub port: u16,
    pub data_dir: PathBuf,
    logs: PathBuf,
    name: String,
    process: Option<Process>,
    starts: u32,
}

impl Server {
    /// Not started yet. Its data dir is `dir/data`, its logs are beside it.
    pub fn new(name: &str, dir: &Path, settings: Settings) -> Self {
        let data_dir = dir.join("data");
        Self {
            settings,
            port: free_port(),
            data_dir,
            logs: dir.to_owned(),
            name: name.to_owned(),
            process: None,
            starts: 0,
        }
    }

    /// A command of `recado-server` with this server's environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program("recado-server"));
        command.args(args).env_clear().stdin(Stdio::null()).current_dir(&self.logs);
        for key in ["PATH", "LANG", "TMPDIR", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(key) {
                command.env(key, value);
            }
        }
        command
            .env("HOME", &self.logs)
            .env("RECADO_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("RECADO_DATA_DIR", &self.data_dir)
            .envs(&self.settings.0);
        command
    }

    /// Runs another command of `recado-server` beside this one.
    pub async fn admin(&self, args: &[&str], input: &str) -> Output {
        run(self.command(args), input).await
    }

    /// Starts it without waiting.
    pub fn spawn(&mut self) -> &mut Process {
        self.starts += 1;
        let process =
            Process::start(&format!("{}-{}", self.name, self.starts), &mut self.command(&["serve"]), &self.logs);
        self.process.insert(process)
    }

    /// Starts it and waits until it answers.
    pub async fn start(&mut self) {
        self.spawn();
        self.process().line("listening on").await;
    }

    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the server was started")
    }

    /// The code that `serve` prints while there is no account.
    pub async fn setup_code(&mut self) -> String {
        self.process().line("setup code:").await
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process().kill();
    }

    /// SIGTERM, and waits for the end.
    pub async fn terminate(&mut self) {
        self.process().signal("TERM");
        let status = self.process().ended().await;
        assert!(status.success(), "after SIGTERM it ended with {status}:\n{}", self.process().tail());
    }

    pub async fn restart(&mut self) {
        self.kill();
        self.start().await;
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn ws(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// All that its starts have logged.
    pub fn logged(&self) -> String {
        (1..=self.starts)
            .flat_map(|start| ["out", "err"].map(|kind| self.logs.join(format!("{}-{start}.{kind}", self.name))))
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .collect()
    }

    /// Waits until `/readyz` says so.
    pub async fn ready(&self) {
        let url = format!("{}/readyz", self.url());
        let http = crate::rest::http();
        wait::until("the server is ready", async || match http.get(&url).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(answer.text().await.unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        })
        .await;
    }
}
