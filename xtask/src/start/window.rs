//! The desktop window, and knowing that it shows something.

use std::{fs, path::PathBuf, time::Duration};

use super::{Place, running::Running, server::program};
use crate::{desk::Desk, error::Outcome, family::Family, stop, workspace};

/// What the family calls it.
pub(crate) const NAME: &str = "The window";

/// A first start on a slow, busy machine takes a while to paint.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the messages are, in percent of the window: left, top, width, height. Right of the room list, above the composer.
const TIMELINE: [u32; 4] = [40, 15, 58, 65];
const EVERYTHING: [u32; 4] = [0, 0, 100, 100];
/// An empty pane shows one colour, a skeleton a few; a paragraph with smooth edges shows more than this.
const COLOURS_OF_TEXT: u32 = 40;

/// What could be seen of it.
#[derive(Debug)]
pub(crate) struct Shown {
    screenshot: Option<PathBuf>,
}

impl Shown {
    pub(crate) fn ending(&self) -> String {
        self.screenshot.as_ref().map(|path| format!(" screenshot={}", path.display())).unwrap_or_default()
    }
}

/// Opens the window of a profile and waits until it shows, with messages in it if `with_messages`.
pub(crate) fn open(
    family: &mut Family,
    place: &Place,
    running: &Running,
    profile: &str,
    with_messages: bool,
) -> Outcome<Shown> {
    let mut command = program(place, "recado");
    command.args(["--profile", profile, "--server", &running.server]).arg("--data-dir").arg(place.profiles());
    let log = place.log(&format!("window-{profile}"))?;
    if let Some(desk) = &running.desk {
        command.envs(desk.environment());
        // Window sizes and web caches of a desktop that is not the person's own stay with it.
        for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache")] {
            command.env(name, place.profiles().join(format!("{profile}-{folder}")));
        }
    }
    let pid = family.start(NAME, &mut command, &log)?;
    let Some(desk) = &running.desk else {
        return stays_up(family).map(|()| Shown { screenshot: None });
    };
    let part = if with_messages { TIMELINE } else { EVERYTHING };
    let painted = wait_until_painted(family, desk, pid, part)?;
    let screenshot = workspace::artifacts()?.join(format!("start-{profile}.png"));
    desk.screenshot(&screenshot)?;
    if painted {
        Ok(Shown { screenshot: Some(screenshot) })
    } else {
        let log = fs::read_to_string(&log).unwrap_or_default();
        Err(format!("The window stayed blank for {} s: {}\n{log}", PATIENCE.as_secs(), screenshot.display()).into())
    }
}

/// On the person's own display, where nothing may be photographed: it is up when it has not ended.
fn stays_up(family: &mut Family) -> Outcome<()> {
    match stop::wait_for(Duration::from_secs(3), || family.first_gone())? {
        Some(gone) if gone.status.success() => {
            Err("That profile's window is open already; it was brought to the front.".into())
        }
        Some(gone) => Err(gone.story().into()),
        None => Ok(()),
    }
}

/// Painted means: text is there, and a second look sees it too (no fade, no skeleton on its way out).
fn wait_until_painted(family: &mut Family, desk: &Desk, pid: u32, part: [u32; 4]) -> Outcome<bool> {
    let mut seen = 0;
    let mut trouble = None;
    let painted = stop::wait_for(PATIENCE, || {
        if let Some(gone) = family.first_gone()? {
            return Err(gone.story().into());
        }
        let Some(window) = desk.window(pid) else { return Ok(None) };
        // A window that is just being made may refuse to be looked at; one that refuses to the end is told about.
        match desk.colours(&window, part) {
            Ok(colours) if colours >= COLOURS_OF_TEXT => seen += 1,
            Ok(_) => seen = 0,
            Err(error) => trouble = Some(error),
        }
        Ok((seen == 2).then_some(()))
    })?;
    match (painted, seen, trouble) {
        (None, 0, Some(error)) => Err(error),
        (painted, ..) => Ok(painted.is_some()),
    }
}
