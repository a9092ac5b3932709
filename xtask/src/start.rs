//! `cargo xtask start`: from a clone to a window, and everything down again with Ctrl-C.
//!
//! All that it keeps is in `.recado/`: `own` for a plain start, `demo` for the demo, each with the server's data, the profiles
//! and the logs. A start writes down what runs (`run.json`), so that another start, for a second window, joins it.

mod conversation;
mod demo;
mod running;
mod server;
mod window;

use std::{fs, path::PathBuf, process::ExitCode};

use crate::{
    build, desk,
    desk::Desk,
    error::Outcome,
    family::Family,
    heading,
    install::{self, Need},
    stop, workspace,
    workspace::Profile,
};
use running::Running;

#[derive(Debug)]
pub(crate) struct Options {
    demo: bool,
    smoke: bool,
    profile: Option<String>,
    port: u16,
    build: Profile,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        let mut options = Self { demo: false, smoke: false, profile: None, port: 8000, build: Profile::Dev };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--demo" => options.demo = true,
                "--smoke" => options.smoke = true,
                "--release" => options.build = Profile::Release,
                "--profile" => {
                    let name = words.next().filter(|name| is_profile(name));
                    options.profile =
                        Some((*name.ok_or("--profile needs a name of letters, digits, - and _.")?).to_owned());
                }
                "--port" => {
                    let port = words.next().and_then(|port| port.parse().ok()).filter(|port| *port > 0);
                    options.port = port.ok_or("--port needs a number from 1 to 65535.")?;
                }
                other => return Err(format!("`start` does not know `{other}`. See `cargo xtask help`.").into()),
            }
        }
        Ok(options)
    }
}

fn is_profile(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// A start's place: where it keeps what, and how it is compiled.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    build: Profile,
    /// A desktop of its own has a keyring of its own, so it has profiles of its own too.
    own_desk: bool,
}

impl Place {
    fn profiles(&self) -> PathBuf {
        self.folder.join(if self.own_desk { "profiles-without-display" } else { "profiles" })
    }

    fn log(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.folder.join("logs");
        fs::create_dir_all(&folder)?;
        Ok(folder.join(format!("{name}.log")))
    }
}

pub(crate) fn run(options: &Options) -> Outcome<ExitCode> {
    let own_desk = !desk::is_there();
    install::node()?;
    install::packages(if own_desk { &[Need::Build, Need::Display] } else { &[Need::Build] })?;
    heading("Building");
    build::all(options.build)?;

    let place =
        |name: &str| Place { folder: workspace::root().join(".recado").join(name), build: options.build, own_desk };
    let demo = place("demo");
    let own = place("own");
    // A window for somebody else joins whatever runs.
    let joins_demo = options.profile.is_some() && Running::find(&own).is_none() && Running::find(&demo).is_some();
    let is_demo = options.demo || joins_demo;
    let place = if is_demo { demo } else { own };
    fs::create_dir_all(&place.folder)?;

    heading("Starting");
    // Declared before what it keeps up, so that it is the last to go.
    let mut family = Family::default();
    let running = if let Some(running) = Running::find(&place) {
        println!("Joining the server at {}, which runs already.", running.server);
        running
    } else {
        let desk = if own_desk {
            println!(
                "There is no display here: starting a desktop of its own (Xvfb, D-Bus, an unlocked throwaway keyring)."
            );
            Some(Desk::start(&mut family, &place.folder.join("desk"))?)
        } else {
            None
        };
        let server = server::start(&mut family, &place, options.port)?;
        let running = Running { server, desk };
        running.write(&place, &mut family)?;
        running
    };

    let name = options.profile.clone().unwrap_or_else(|| if is_demo { "ana".into() } else { "default".into() });
    if is_demo {
        demo::prepare(&mut family, &place, &running, &name)?;
    }
    let shown = window::open(&mut family, &place, &running, &name, is_demo)?;
    println!("READY server={} window={name}{}", running.server, shown.ending());
    if options.smoke {
        return Ok(ExitCode::SUCCESS);
    }
    if is_demo {
        println!("{}", demo::hint(&name));
    }
    println!("Ctrl-C ends it.");
    loop {
        if let Some(gone) = stop::wait_for(stop::TICK * 10, || family.first_gone())? {
            if gone.name == window::NAME && gone.status.success() {
                println!("The window was closed.");
                return Ok(ExitCode::SUCCESS);
            }
            return Err(gone.story().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_nonsense_is_named() {
        let options = Options::parse(&["--demo", "--profile", "juan", "--port", "9000"]).unwrap();
        assert!(options.demo && !options.smoke);
        assert_eq!((options.profile.as_deref(), options.port), (Some("juan"), 9000));
        for (words, named) in
            [(vec!["--dmo"], "--dmo"), (vec!["--profile", "../x"], "--profile"), (vec!["--port", "0"], "--port")]
        {
            assert!(Options::parse(&words).unwrap_err().to_string().contains(named));
        }
    }
}
