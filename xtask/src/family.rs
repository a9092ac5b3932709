//! Programs in the background that belong to this one: whatever way it ends (done, Ctrl-C, an error, a panic), they end too.
//!
//! Each is the leader of a process group of its own, so that its children (a web view's processes, say) go with it, and so that
//! the terminal's Ctrl-C does not reach them: they are ended here, in the reverse of the order in which they were started, each
//! asked first and forced after a while.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{error::Outcome, run, stop::TICK};

/// How long a program may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Debug, Default)]
pub(crate) struct Family {
    members: Vec<Member>,
    leftovers: Vec<PathBuf>,
}

#[derive(Debug)]
struct Member {
    name: String,
    child: Child,
    log: PathBuf,
}

/// A program that ended by itself.
#[derive(Debug)]
pub(crate) struct Gone {
    pub(crate) name: String,
    pub(crate) status: ExitStatus,
    log: PathBuf,
}

impl Gone {
    /// What happened, with the end of what it wrote.
    pub(crate) fn story(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(15)..].join("\n");
        format!("{} ended ({}). The end of {}:\n{end}", self.name, self.status, self.log.display())
    }
}

impl Family {
    /// Starts a program whose output goes to `log`. Standard input is closed unless the command says otherwise.
    pub(crate) fn start(&mut self, name: &str, command: &mut Command, log: &Path) -> Outcome<u32> {
        let file = File::create(log)?;
        command.stdin(Stdio::null());
        self.start_with(name, command.stdout(file.try_clone()?).stderr(file), log, |_| Ok(()))
    }

    /// Starts a program with the streams that the command has, and hands it to `first` before it counts as started.
    pub(crate) fn start_with(
        &mut self,
        name: &str,
        command: &mut Command,
        log: &Path,
        first: impl FnOnce(&mut Child) -> Outcome<()>,
    ) -> Outcome<u32> {
        lead_a_group(command);
        let child = command.spawn().map_err(|error| format!("`{}` cannot be started: {error}", run::shown(command)))?;
        let pid = child.id();
        self.members.push(Member { name: name.to_owned(), child, log: log.to_path_buf() });
        if let Some(member) = self.members.last_mut() {
            first(&mut member.child)?;
        }
        Ok(pid)
    }

    /// A folder or file that is of no use without the family.
    pub(crate) fn remove_at_end(&mut self, path: &Path) {
        self.leftovers.push(path.to_path_buf());
    }

    /// The first that ended by itself, if any did.
    pub(crate) fn first_gone(&mut self) -> Outcome<Option<Gone>> {
        for member in &mut self.members {
            if let Some(status) = member.child.try_wait()? {
                return Ok(Some(Gone { name: member.name.clone(), status, log: member.log.clone() }));
            }
        }
        Ok(None)
    }

    /// Ends all, the last one first.
    pub(crate) fn end(&mut self) {
        while let Some(mut member) = self.members.pop() {
            ask(&mut member.child);
            let deadline = Instant::now() + PATIENCE;
            while Instant::now() < deadline && matches!(member.child.try_wait(), Ok(None)) {
                thread::sleep(TICK);
            }
            force(&mut member.child);
            let _status = member.child.wait();
        }
        for path in self.leftovers.drain(..) {
            let _gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn lead_a_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(unix)]
fn signal(child: &Child, signal: nix::sys::signal::Signal) {
    // Fails when the group is gone, which is what is wanted.
    let _gone = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(child.id().cast_signed()), signal);
}

#[cfg(unix)]
fn ask(child: &mut Child) {
    signal(child, nix::sys::signal::Signal::SIGTERM);
}

/// What is left of the group, even if its leader ended well.
#[cfg(unix)]
fn force(child: &mut Child) {
    signal(child, nix::sys::signal::Signal::SIGKILL);
}

#[cfg(not(unix))]
fn lead_a_group(command: &mut Command) {
    // CREATE_NEW_PROCESS_GROUP: the console's Ctrl-C stays with us.
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0200);
    #[cfg(not(windows))]
    let _ = command;
}

/// A window gets a close request by this; a console program has no way to be asked from outside its console.
#[cfg(not(unix))]
fn ask(child: &mut Child) {
    taskkill(child, &[]);
}

#[cfg(not(unix))]
fn force(child: &mut Child) {
    taskkill(child, &["/F"]);
}

#[cfg(not(unix))]
fn taskkill(child: &Child, more: &[&str]) {
    let mut command = Command::new("taskkill");
    command.args(["/T", "/PID", &child.id().to_string()]).args(more);
    let _gone = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Whether a process is there and is not just waiting to be collected.
    fn lives(pid: u32) -> bool {
        let state = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
        let state = state.expect("ps is on every Unix").stdout;
        !state.is_empty() && state[0] != b'Z'
    }

    #[test]
    fn children_of_a_program_end_with_it_and_so_does_one_that_ignores_the_request() {
        let log = std::env::temp_dir().join(format!("recado-family-{}", std::process::id()));
        let mut family = Family::default();
        let script = "trap '' TERM; sleep 600 & echo $!; wait; sleep 600";
        family.start("stubborn", Command::new("sh").args(["-c", script]), &log).unwrap();
        let grandchild =
            crate::stop::wait_for(Duration::from_secs(10), || Ok(fs::read_to_string(&log)?.trim().parse::<u32>().ok()));
        let grandchild = grandchild.unwrap().expect("the shell says whom it started");
        assert!(lives(grandchild));
        drop(family);
        let ended = crate::stop::wait_for(Duration::from_secs(10), || Ok((!lives(grandchild)).then_some(())));
        assert!(ended.unwrap().is_some(), "the grandchild outlived its family");
        fs::remove_file(&log).unwrap();
    }
}
