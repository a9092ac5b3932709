//! A window's processes: started at a known moment, counted in memory, ended together.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{self, Signal},
    unistd::Pid,
};

use crate::Outcome;

/// How long a window may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks as Ctrl-C does.
pub(crate) fn interrupt(pid: u32) -> Outcome<()> {
    Ok(signal::kill(Pid::from_raw(pid.cast_signed()), Signal::SIGINT)?)
}

/// A program and whatever it starts: a process group, ended with this.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// The moment before it was started.
    pub(crate) start: Instant,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Outcome<Self> {
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        Ok(Self { child: command.spawn()?, start })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Fails once the program ended by itself.
    pub(crate) fn check(&mut self) -> Outcome<()> {
        match self.child.try_wait()? {
            Some(status) => Err(format!("the window's program ended ({status})").into()),
            None => Ok(()),
        }
    }

    /// Megabytes that it and its children hold, pages that are shared with others counted in proportion.
    pub(crate) fn memory(&self) -> Outcome<Memory> {
        let mut memory = Memory::default();
        for (pid, name) in family(self.pid()) {
            let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
            let kib =
                rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse().ok());
            let mb = kib.map(|kib: f64| kib * 1024.0 / 1e6).ok_or("smaps_rollup does not tell Pss")?;
            match name.as_str() {
                name if name.starts_with("WebKitNet") => memory.network += mb,
                name if name.starts_with("WebKitWeb") => memory.page += mb,
                _ => memory.program += mb,
            }
        }
        if memory.page == 0.0 {
            return Err("the window has no web process".into());
        }
        Ok(memory)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.child.id().cast_signed());
        let _gone = signal::killpg(group, Signal::SIGTERM);
        let deadline = Instant::now() + PATIENCE;
        // The leader is collected, so that it does not keep the group alive; then the group ends.
        while Instant::now() < deadline {
            let _running = self.child.try_wait();
            if signal::killpg(group, None) == Err(Errno::ESRCH) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _gone = signal::killpg(group, Signal::SIGKILL);
        let _gone = self.child.wait();
    }
}

/// Megabytes by process.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub(crate) struct Memory {
    pub(crate) program: f64,
    pub(crate) network: f64,
    pub(crate) page: f64,
}

impl Memory {
    pub(crate) fn sum(self) -> f64 {
        self.program + self.network + self.page
    }
}

/// A process and all below it, with their names.
fn family(root: u32) -> Vec<(u32, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        if let Some((name, parent)) = name_and_parent(&stat) {
            all.push((pid, name, parent));
        }
    }
    let mut family = Vec::new();
    let mut wanted = vec![root];
    while let Some(pid) = wanted.pop() {
        family.extend(all.iter().find(|(one, ..)| *one == pid).map(|(_, name, _)| (pid, name.clone())));
        wanted.extend(all.iter().filter(|(.., parent)| *parent == pid).map(|(child, ..)| *child));
    }
    family
}

/// From `/proc/PID/stat`. A name may hold spaces and brackets.
fn name_and_parent(stat: &str) -> Option<(String, u32)> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    Some((name.to_owned(), after.split_whitespace().nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_hide_the_parent() {
        assert_eq!(name_and_parent("12 (a (b) c) S 7 12 12"), Some(("a (b) c".into(), 7)));
    }

    #[test]
    fn a_group_ends_whole_and_its_children_are_counted() {
        let running = Running::start(Command::new("sh").args(["-c", "sleep 600 & sleep 600"])).unwrap();
        let found = || family(running.pid()).into_iter().filter(|(_, name)| name == "sleep").count();
        let deadline = Instant::now() + Duration::from_secs(10);
        while found() < 2 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(found(), 2);
        let group = Pid::from_raw(running.pid().cast_signed());
        drop(running);
        assert_eq!(signal::killpg(group, None), Err(Errno::ESRCH));
    }
}
