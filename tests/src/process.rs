//! Child processes that never outlive the test, with their output in files.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use crate::wait;

/// A program of the workspace, built beside this test binary.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let beside = test.ancestors().skip(1).map(|dir| dir.join(name)).find(|path| path.is_file());
    beside.unwrap_or_else(|| {
        panic!("`{name}` is not built; run `cargo build -p recado-server -p recado-core -p recado-desktop` first")
    })
}

/// A running child; killed and reaped on drop.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts it with standard output and error in `logs/NAME.out` and `.err`; a file of an earlier start is replaced.
    pub fn start(name: &str, command: &mut Command, logs: &Path) -> Self {
        let (stdout, stderr) = (logs.join(format!("{name}.out")), logs.join(format!("{name}.err")));
        let create = |path: &Path| File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        command.stdout(create(&stdout)).stderr(create(&stderr));
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        Self { child, stdout, stderr }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn stdin(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// What it printed so far.
    pub fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).unwrap_or_default()
    }

    pub fn stderr(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// The end of both outputs, for a failure's message.
    pub fn tail(&self) -> String {
        let text = format!("{}\n{}", self.stdout(), self.stderr());
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }

    /// A line of standard output that starts so, without that start.
    pub async fn line(&mut self, start: &str) -> String {
        wait::until(&format!("the line `{start}…`"), async || {
            let ended = self.child.try_wait().ok().flatten();
            let text = self.stdout();
            let complete = text.rfind('\n').map_or("", |end| &text[..end]);
            if let Some(rest) = complete.lines().find_map(|line| line.split_once(start)) {
                return Ok(rest.1.trim().to_owned());
            }
            assert!(ended.is_none(), "it ended with {ended:?} before it said `{start}`:\n{}", self.tail());
            Err(self.tail())
        })
        .await
    }

    /// `kill -SIGNAL`.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "no process {} to send {signal} to", self.id());
    }

    /// SIGKILL, and waits for the end.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its end.
    pub async fn ended(&mut self) -> ExitStatus {
        wait::until("the end of the process", async || match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err(self.tail()),
            Err(error) => Err(error.to_string()),
        })
        .await
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that is free now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// What a finished command printed.
#[derive(Debug)]
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often only asserted")]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often only asserted")]
    pub fn failed(self) -> Self {
        assert!(self.code.is_some_and(|code| code != 0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs a command to its end with `input` on standard input, off the async threads.
pub async fn run(mut command: Command, input: &str) -> Output {
    let input = input.to_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let what = format!("{command:?}");
    let done = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            use std::io::Write;
            // A program that needs no input may be gone already.
            let _ = stdin.write_all(input.as_bytes());
        }
        child.wait_with_output()
    });
    let output =
        wait::soon(&what, done).await.expect("the waiting task runs").unwrap_or_else(|e| panic!("{what}: {e}"));
    Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
