//! The desktop that the windows of a test appear on: the one in the environment, with its keyring and its notifications.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::wait;

/// The programs of the desktop that a test asks and acts with.
#[derive(Clone, Copy, Debug)]
pub struct Desk;

impl Desk {
    /// `cargo xtask test` brings one up for the tests; by hand any X display with a session bus, a keyring and dunst will do.
    pub fn here() -> Self {
        for name in ["DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
            assert!(
                std::env::var_os(name).is_some_and(|value| !value.is_empty()),
                "{name} is not set: windows are tested by `cargo xtask test`, or alone by `cargo xtask test --window`"
            );
        }
        Self
    }

    /// Leaves nothing of an earlier test on screen.
    pub fn clear_notifications(self) {
        asked("dunstctl", &["close-all"]);
    }

    /// The window that a process shows, once it does.
    pub async fn window_of(self, pid: u32) -> String {
        let pid = pid.to_string();
        wait::until("a window on the desktop", async || {
            let found = try_ask("xdotool", &["search", "--onlyvisible", "--pid", &pid]);
            found.ok().and_then(|ids| ids.lines().last().map(str::to_owned)).ok_or("none")
        })
        .await
    }

    /// Gives a window the focus, as a click on it would, and waits until it has it.
    pub async fn focus(self, window: &str) {
        wait::until("the window has the focus", async || {
            // The window manager may refuse while it still maps the window.
            let asked = try_ask("xdotool", &["windowactivate", window]);
            let active = self.active();
            if active.as_deref() == Ok(window) { Ok(()) } else { Err((asked, active)) }
        })
        .await;
    }

    /// The window that has the focus.
    pub fn active(self) -> Result<String, String> {
        try_ask("xdotool", &["getactivewindow"]).map(|id| id.trim().to_owned())
    }

    /// How many notifications are on screen.
    pub fn notifications(self) -> u32 {
        let count = asked("dunstctl", &["count", "displayed"]);
        count.trim().parse().unwrap_or_else(|_| panic!("dunst counts {count:?} notifications"))
    }

    /// Clicks on the newest notification.
    pub fn click_notification(self) {
        asked("dunstctl", &["action", "0"]);
    }

    /// Title and text of the notification that was closed last.
    pub fn last_closed_notification(self) -> (String, String) {
        let text = asked("dunstctl", &["history"]);
        let history: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let last = &history["data"][0][0];
        let field = |name: &str| last[name]["data"].as_str().unwrap_or_default().to_owned();
        (field("summary"), field("body"))
    }

    /// A picture of the whole screen, kept for whoever wants to see what the test saw.
    pub fn screenshot(self, name: &str) {
        let folder = artifacts();
        std::fs::create_dir_all(&folder).expect("the folder for artefacts can be made");
        let file = folder.join(format!("{name}.png"));
        asked("import", &["-window", "root", &file.to_string_lossy()]);
    }
}

fn artifacts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifacts/window")
}

fn asked(program: &str, args: &[&str]) -> String {
    try_ask(program, args).unwrap_or_else(|error| panic!("{error}"))
}

fn try_ask(program: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(args).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
