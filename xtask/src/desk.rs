//! A desktop of its own, where there is no display: X server, session bus, window manager, an unlocked keyring and a
//! notification daemon, all of them ended with the family that they belong to.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{error::Outcome, family::Family, run, stop};

/// How to reach it: environment for programs that shall appear on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Desk {
    pub(crate) display: String,
    pub(crate) bus: String,
}

/// Whether programs started now would find a display of the person who started them.
pub(crate) fn is_there() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// The keyring's password. It guards nothing: whoever can read the keyring's file could read the memory of what uses it.
const KEYRING_PASSWORD: &str = "throwaway";

impl Desk {
    /// Starts one that keeps its files (keyring, sockets, logs) in `home`.
    pub(crate) fn start(family: &mut Family, home: &Path) -> Outcome<Self> {
        fs::create_dir_all(home)?;
        private(home)?;
        let log = |name: &str| home.join(format!("{name}.log"));

        let display = start_display(family, &log("xvfb"))?;
        // Sockets have short names: a deep clone would not do.
        let sockets = std::env::temp_dir().join(format!("recado-{}", std::process::id()));
        fs::create_dir_all(&sockets)?;
        private(&sockets)?;
        family.remove_at_end(&sockets);
        let bus = sockets.join("bus");
        let desk = Self { display, bus: format!("unix:path={}", bus.display()) };
        let program = |name: &str| desk.program(name, home, &sockets);

        let mut daemon = program("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile"]).arg(format!("--address={}", desk.bus));
        family.start("dbus-daemon", &mut daemon, &log("dbus"))?;
        expect("the session bus", || Ok(bus.exists().then_some(())))?;

        let mut keyring = program("gnome-keyring-daemon");
        keyring.args(["--unlock", "--foreground", "--components=secrets"]);
        keyring.arg(format!("--control-directory={}", sockets.join("keyring").display()));
        let output = fs::File::create(log("keyring"))?;
        keyring.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
        family.start_with("gnome-keyring-daemon", &mut keyring, &log("keyring"), |child: &mut Child| {
            let mut input = child.stdin.take().ok_or("the keyring takes no password")?;
            Ok(input.write_all(KEYRING_PASSWORD.as_bytes())?)
        })?;
        expect("the keyring", || Ok(owns(program("dbus-send"), "org.freedesktop.secrets").then_some(())))?;

        // A window shows without these two, so that a system without them is no reason to fail.
        if run::find("openbox").is_some() {
            family.start("openbox", &mut program("openbox"), &log("openbox"))?;
        }
        if run::find("dunst").is_some() {
            family.start("dunst", &mut program("dunst"), &log("dunst"))?;
            expect("notifications", || Ok(owns(program("dbus-send"), "org.freedesktop.Notifications").then_some(())))?;
        }
        Ok(desk)
    }

    /// What a program needs to appear here.
    pub(crate) fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("DISPLAY", self.display.clone()),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.clone()),
            // A screen reader's bus is not here, and looking for it takes seconds.
            ("NO_AT_BRIDGE", "1".into()),
        ]
    }

    /// Whether both still answer.
    pub(crate) fn is_alive(&self) -> bool {
        let number = self.display.trim_start_matches(':');
        let socket = self.bus.trim_start_matches("unix:path=");
        Path::new(&format!("/tmp/.X11-unix/X{number}")).exists() && connects(socket)
    }

    /// A part of the desktop itself: at home in `home`, so that it finds and leaves nothing of the person's own.
    fn program(&self, name: &str, home: &Path, sockets: &Path) -> Command {
        let mut command = run::command(name);
        command.envs(self.environment());
        command.env("HOME", home).env("XDG_RUNTIME_DIR", sockets);
        for (name, folder) in [("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")] {
            command.env(name, home.join(folder));
        }
        command
    }

    /// The id of the window that a process shows, once it does.
    pub(crate) fn window(&self, pid: u32) -> Option<String> {
        let mut search = run::command("xdotool");
        search.envs(self.environment()).args(["search", "--onlyvisible", "--pid", &pid.to_string()]);
        let ids = run::captured(&mut search).ok()?;
        ids.lines().last().map(str::to_owned)
    }

    /// A picture of the whole screen.
    pub(crate) fn screenshot(&self, to: &Path) -> Outcome<()> {
        run::captured(run::command("import").envs(self.environment()).args(["-window", "root"]).arg(to)).map(drop)
    }

    /// How many colours the window shows in the given part of it (percent: left, top, width, height). Text with smooth edges
    /// gives many; an empty pane or a skeleton a handful.
    pub(crate) fn colours(&self, window: &str, part: [u32; 4]) -> Outcome<u32> {
        let size = self.size(window)?;
        let [left, top, width, height] = part;
        let crop = format!(
            "{}x{}+{}+{}",
            size.0 * width / 100,
            size.1 * height / 100,
            size.0 * left / 100,
            size.1 * top / 100
        );
        let picture = std::env::temp_dir().join(format!("recado-colours-{}.png", std::process::id()));
        run::captured(run::command("import").envs(self.environment()).args(["-window", window]).arg(&picture))?;
        let mut dump = run::command("convert");
        dump.arg(&picture).args(["-crop", &crop, "-unique-colors", "-format", "%w", "info:"]);
        let count = run::captured(&mut dump);
        fs::remove_file(&picture)?;
        let count = count?;
        Ok(count.trim().parse().map_err(|_| format!("convert counted {count:?} colours"))?)
    }

    fn size(&self, window: &str) -> Outcome<(u32, u32)> {
        let mut ask = run::command("xdotool");
        ask.envs(self.environment()).args(["getwindowgeometry", "--shell", window]);
        let text = run::captured(&mut ask)?;
        let number = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.parse().ok());
        Ok(number("WIDTH=").zip(number("HEIGHT=")).ok_or("xdotool does not tell the window's size")?)
    }
}

/// Whether somebody answers to that name on the bus.
fn owns(mut ask: Command, name: &str) -> bool {
    ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
    ask.args(["org.freedesktop.DBus.NameHasOwner".to_owned(), format!("string:{name}")]);
    run::captured(&mut ask).is_ok_and(|answer| answer.contains("boolean true"))
}

/// An X server on a number that it finds itself.
fn start_display(family: &mut Family, log: &Path) -> Outcome<String> {
    let mut command = run::command("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(log)?);
    let mut number = String::new();
    family.start_with("Xvfb", &mut command, log, |child| {
        let output = child.stdout.take().ok_or("Xvfb tells no number")?;
        // It writes the number when it is ready, or ends.
        Ok(BufReader::new(output).read_line(&mut number).map(drop)?)
    })?;
    if number.trim().is_empty() {
        let reason = fs::read_to_string(log).unwrap_or_default();
        return Err(format!("Xvfb did not start: {}", reason.trim()).into());
    }
    Ok(format!(":{}", number.trim()))
}

fn expect(what: &str, done: impl FnMut() -> Outcome<Option<()>>) -> Outcome<()> {
    match stop::wait_for(Duration::from_secs(15), done)? {
        Some(()) => Ok(()),
        None => Err(format!("{what} of the own desktop did not come up within 15 s.").into()),
    }
}

#[cfg(unix)]
fn private(folder: &Path) -> Outcome<()> {
    Ok(fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?)
}

#[cfg(unix)]
fn connects(socket: &str) -> bool {
    std::os::unix::net::UnixStream::connect(PathBuf::from(socket)).is_ok()
}

#[cfg(not(unix))]
fn private(_folder: &Path) -> Outcome<()> {
    Ok(())
}

#[cfg(not(unix))]
fn connects(_socket: &str) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_own_desk_has_a_keyring_that_keeps_and_ends_with_its_family() {
        // The inner loop runs without the packages of a desktop; the whole check installs them first.
        if run::find("Xvfb").is_none() || run::find("secret-tool").is_none() {
            return;
        }
        let home = crate::workspace::target().join(format!("recado-desk-test-{}", std::process::id()));
        let mut family = Family::default();
        let desk = Desk::start(&mut family, &home).expect("the desktop starts");
        assert!(desk.is_alive());
        let mut store = run::command("sh");
        store.envs(desk.environment()).args(["-c", "printf kept | secret-tool store --label=test recado test"]);
        run::captured(&mut store).expect("the keyring keeps a secret");
        let mut look_up = run::command("secret-tool");
        look_up.envs(desk.environment()).args(["lookup", "recado", "test"]);
        assert_eq!(run::captured(&mut look_up).expect("the keyring finds it"), "kept");
        drop(family);
        assert!(!desk.is_alive());
        fs::remove_dir_all(&home).expect("nothing holds its files any more");
    }
}
