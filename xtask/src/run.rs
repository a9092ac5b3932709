//! Running programs to their end: seen, captured, or both.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
};

use crate::{
    error::{Error, Outcome},
    stop::{self, TICK},
    workspace,
};

/// A program that this command started in the foreground and that must not outlive it.
struct Foreground(Child);

impl Drop for Foreground {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            let _already_gone = self.0.kill();
            let _status = self.0.wait();
        }
    }
}

impl Foreground {
    fn wait(&mut self) -> Outcome<ExitStatus> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                // A program that got the same Ctrl-C ends by it; that is not its failure.
                stop::check()?;
                return Ok(status);
            }
            stop::check()?;
            thread::sleep(TICK);
        }
    }
}

/// A command in the repository's folder. On Windows `npm` is a script that only its whole name starts.
pub(crate) fn command(program: &str) -> Command {
    let program =
        if cfg!(windows) && matches!(program, "npm" | "npx") { format!("{program}.cmd") } else { program.to_owned() };
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

/// Cargo, the one that runs this. What it set for us is taken back, so that its children build as from a shell and nothing is
/// built twice.
pub(crate) fn cargo() -> Command {
    let mut command = command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR") {
            command.env_remove(name);
        }
    }
    command
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    std::iter::once(name).chain(command.get_args()).map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn start(command: &mut Command) -> Outcome<Foreground> {
    let shown = shown(command);
    command.spawn().map(Foreground).map_err(|error| format!("`{shown}` cannot be started: {error}").into())
}

/// Runs it with its output on the screen; fails unless it succeeds.
pub(crate) fn visible(command: &mut Command) -> Outcome<()> {
    println!("$ {}", shown(command));
    let status = start(command)?.wait()?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status}).", shown(command)).into()) }
}

/// Runs it silently for what it prints; fails, with the end of its complaints, unless it succeeds.
pub(crate) fn captured(command: &mut Command) -> Outcome<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(command)?;
    let read = |stream: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                let _until_it_broke = stream.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = read(child.0.stdout.take().map(|stream| Box::new(stream) as _));
    let complaints = read(child.0.stderr.take().map(|stream| Box::new(stream) as _));
    let status = child.wait()?;
    let text = out.join().unwrap_or_default();
    if status.success() {
        return Ok(text);
    }
    let complaints = complaints.join().unwrap_or_default();
    Err(format!("`{}` failed ({status}): {}", shown(command), complaints.trim()).into())
}

/// Runs it with its output on the screen, each line also handed to `on_line`. Whether it succeeded is the answer.
pub(crate) fn watched(command: &mut Command, mut on_line: impl FnMut(&str)) -> Outcome<bool> {
    println!("$ {}", shown(command));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(command)?;
    let (sender, lines) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.0.stdout.take().map(|stream| Box::new(stream) as _),
        child.0.stderr.take().map(|stream| Box::new(stream) as _),
    ];
    for stream in streams.into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(count) if count > 0) {
                if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
    }
    drop(sender);
    loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => {
                println!("{line}");
                on_line(&line);
            }
            Err(RecvTimeoutError::Timeout) => stop::check()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
        // A program may end while something it left behind holds its output open.
        if child.0.try_wait()?.is_some() {
            while let Ok(line) = lines.recv_timeout(TICK) {
                println!("{line}");
                on_line(&line);
            }
            break;
        }
    }
    Ok(child.wait()?.success())
}

/// Where a program is: on the path, or among those that cargo installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let names =
        if cfg!(windows) { vec![format!("{program}.exe"), format!("{program}.cmd")] } else { vec![program.to_owned()] };
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(cargo_bin())
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
        .find(|file| file.is_file())
}

/// The folder that `cargo install` fills.
pub(crate) fn cargo_bin() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    home.or_else(|| Some(user?.join(".cargo"))).map(|folder| folder.join("bin"))
}

/// Whether what ended a command was the person.
pub(crate) fn is_stop<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Err(Error::Stopped))
}
