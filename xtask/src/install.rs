//! Installing what is missing, and saying what and why.
//!
//! Installed by itself: Debian and Ubuntu packages (with sudo only when one is not root), and tools that cargo can build.
//! Elsewhere, and for Node, it is named with what to type. Asking is cheap, so every run asks.

use std::path::Path;

use crate::{error::Outcome, heading, run};

/// What to have packages for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Compiling the desktop program, and showing text as people write it.
    Build,
    /// A desktop where there is no display: X server, window manager, session bus, keyring, notifications, screenshots.
    Display,
    /// Driving real windows and starting real services.
    Tests,
    /// Compiling the parts in C for Windows.
    Windows,
}

impl Need {
    fn reason(self) -> &'static str {
        match self {
            Self::Build => "to build the desktop program",
            Self::Display => "for a desktop of its own, since there is no display here",
            Self::Tests => "for whole-system and window tests",
            Self::Windows => "to compile for Windows",
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Build => &[
                "build-essential",
                "file",
                "fonts-noto-color-emoji",
                "libayatana-appindicator3-dev",
                "librsvg2-dev",
                "libssl-dev",
                "libwebkit2gtk-4.1-dev",
                "libxdo-dev",
                "patchelf",
                "pkg-config",
            ],
            Self::Display => &[
                "dbus",
                "dbus-daemon",
                "dbus-x11",
                "dunst",
                "fonts-dejavu-core",
                "fonts-noto-cjk",
                "gnome-keyring",
                "imagemagick",
                "libnotify-bin",
                "libsecret-tools",
                "openbox",
                "x11-apps",
                "x11-utils",
                "x11-xserver-utils",
                "xauth",
                "xdotool",
                "xvfb",
            ],
            Self::Windows => &["gcc-mingw-w64-x86-64"],
            Self::Tests => {
                &["chromium", "procps", "python3-dbusmock", "redis-server", "scrot", "webkit2gtk-driver", "wmctrl"]
            }
        }
    }
}

/// System packages.
pub(crate) fn packages(needs: &[Need]) -> Outcome<()> {
    if cfg!(target_os = "linux") {
        if Path::new("/etc/debian_version").exists() && run::find("apt-get").is_some() {
            debian(needs)
        } else {
            other_linux()
        }
    } else {
        elsewhere()
    }
}

fn debian(needs: &[Need]) -> Outcome<()> {
    let wanted: Vec<&str> = needs.iter().flat_map(|need| need.packages()).copied().collect();
    let mut query = run::command("dpkg-query");
    query.args(["--show", "--showformat=${Package} ${db:Status-Status}\n"]);
    let installed = run::captured(&mut query)?;
    let missing = |need: &Need| {
        let names = need.packages().iter().filter(|name| !is_installed(&installed, name));
        names.copied().collect::<Vec<_>>()
    };
    let lists: Vec<(Need, Vec<&str>)> = needs.iter().map(|need| (*need, missing(need))).collect();
    if lists.iter().all(|(_, names)| names.is_empty()) {
        return Ok(());
    }
    heading("Installing system packages");
    for (need, names) in &lists {
        if !names.is_empty() {
            println!("{}: {}", need.reason(), names.join(" "));
        }
    }
    let root = run::captured(run::command("id").arg("-u"))?.trim() == "0";
    if !root && run::find("sudo").is_none() {
        let command = format!("apt-get install -y --no-install-recommends {}", wanted.join(" "));
        return Err(format!("Installing needs root, and there is no sudo here. As root, type:\n\n    {command}").into());
    }
    if !root {
        println!("This needs root: sudo may ask for your password.");
    }
    let apt = |arguments: &[&str]| {
        let mut command = run::command(if root { "env" } else { "sudo" });
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=600", "-q"]);
        run::visible(command.args(arguments))
    };
    apt(&["update"])?;
    let missing: Vec<&str> = lists.into_iter().flat_map(|(_, names)| names).collect();
    apt(&[&["install", "-y", "--no-install-recommends"], missing.as_slice()].concat())
}

fn is_installed(listing: &str, package: &str) -> bool {
    listing.lines().any(|line| line.strip_prefix(package).is_some_and(|rest| rest == " installed"))
}

fn other_linux() -> Outcome<()> {
    if run::captured(run::command("pkg-config").args(["--exists", "webkit2gtk-4.1"])).is_ok() {
        return Ok(());
    }
    Err("To build the desktop program, WebKitGTK 4.1 and a C compiler are needed (pkg-config does not find webkit2gtk-4.1):

    Fedora    sudo dnf install webkit2gtk4.1-devel libappindicator-gtk3-devel librsvg2-devel libxdo-devel openssl-devel perl gcc make
    Arch      sudo pacman -S --needed webkit2gtk-4.1 libappindicator-gtk3 librsvg xdotool openssl perl base-devel
    openSUSE  sudo zypper install webkit2gtk3-devel libappindicator3-1 librsvg-devel xdotool-devel libopenssl-devel perl gcc make

Elsewhere: the same by their names there. Then start again."
        .into())
}

fn elsewhere() -> Outcome<()> {
    if cfg!(target_os = "macos") && run::captured(run::command("xcode-select").arg("-p")).is_err() {
        return Err(
            "To build, Apple's command line tools are needed: type `xcode-select --install`, then start again.".into(),
        );
    }
    if cfg!(windows) && run::find("perl").is_none() {
        return Err(
            "To build the encrypted database, Perl is needed: `winget install StrawberryPerl.StrawberryPerl`, \
                    then open a new terminal and start again."
                .into(),
        );
    }
    Ok(())
}

/// The oldest Node that the window's build tool runs on.
const NODE: (u32, u32) = (20, 19);

/// Node with npm.
pub(crate) fn node() -> Outcome<()> {
    let (major, minor) = NODE;
    let advice = format!("Node {major}.{minor} or newer, with npm, is needed to build the window: https://nodejs.org");
    let version = run::find("node").and(run::captured(run::command("node").arg("--version")).ok());
    let version = version.ok_or_else(|| format!("There is no Node here. {advice}"))?;
    if node_version(&version).is_none_or(|found| found < NODE) {
        return Err(format!("Node here is {}. {advice}", version.trim()).into());
    }
    if run::find("npm").is_none() {
        return Err(format!("Node is here, but npm is not. {advice}").into());
    }
    Ok(())
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Programs that cargo builds, each from its newest compatible release.
pub(crate) fn cargo_tools(names: &[&str]) -> Outcome<()> {
    for name in names {
        if run::find(name).is_some() {
            continue;
        }
        heading(&format!("Installing {name}: builds for some minutes, once"));
        let version = match *name {
            "cargo-nextest" => "^0.9",
            _ => "*",
        };
        run::visible(run::cargo().args(["install", "--locked", "--version", version, name]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_name_that_is_installed_counts() {
        let listing = "dbus installed\ndbus-x11 config-files\nlibxdo-dev installed\n";
        assert!(is_installed(listing, "dbus"));
        assert!(!is_installed(listing, "dbus-x11"));
        assert!(!is_installed(listing, "libxdo"));
    }

    #[test]
    fn node_versions_compare_by_number() {
        assert!(node_version("v20.9.0\n").unwrap() < NODE);
        assert!(node_version("v20.19.1\n").unwrap() >= NODE);
        assert!(node_version("v22.12.0").unwrap() >= NODE);
        assert_eq!(node_version("none"), None);
    }
}
