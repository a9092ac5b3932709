//! Building, so that nothing is built twice: the window's web part only when it changed, and always the whole workspace in one
//! go, since a part of it alone asks for other features of the same dependencies.

use std::{path::PathBuf, time::Instant};

use crate::{
    error::Outcome,
    run,
    workspace::{self, Profile, Stamp},
};

fn ui() -> PathBuf {
    workspace::root().join("ui")
}

/// `npm` in the window's folder.
pub(crate) fn npm(arguments: &[&str]) -> std::process::Command {
    let mut command = run::command("npm");
    command.args(arguments).current_dir(ui());
    command
}

/// The window's packages, exactly as the lock file has them.
pub(crate) fn ui_packages() -> Outcome<()> {
    let lock = ui().join("package-lock.json");
    let stamp = Stamp::new("ui-packages", workspace::hash(&[lock], &[])?);
    if stamp.is_fresh() && ui().join("node_modules").is_dir() {
        return Ok(());
    }
    run::visible(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    stamp.keep()
}

/// The window's web part, as it is embedded in the desktop program.
pub(crate) fn ui_bundle() -> Outcome<()> {
    ui_packages()?;
    // Paraglide's folder is made by the build itself.
    let stamp =
        Stamp::new("ui-bundle", workspace::hash(&[ui()], &["node_modules", "dist", "paraglide", ".vite", "coverage"])?);
    if stamp.is_fresh() && ui().join("dist/index.html").is_file() {
        return Ok(());
    }
    run::visible(&mut npm(&["run", "build"]))?;
    stamp.keep()
}

/// Server, command line client and desktop program. This program is left out: it runs, and Windows would not replace it.
pub(crate) fn programs(profile: Profile) -> Outcome<()> {
    let mut command = run::cargo();
    command.args(["build", "--workspace", "--exclude", "xtask"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    run::visible(&mut command)
}

/// Whether a build would start from nothing.
pub(crate) fn is_first(profile: Profile) -> bool {
    !profile.program("recado").is_file()
}

/// The web part and the programs, with how long it took.
pub(crate) fn all(profile: Profile) -> Outcome<()> {
    let start = Instant::now();
    if is_first(profile) {
        println!("Building. The first time takes 10-15 minutes on two cores; later it is seconds.");
    }
    ui_bundle()?;
    programs(profile)?;
    println!("Built in {} s.", start.elapsed().as_secs());
    Ok(())
}
