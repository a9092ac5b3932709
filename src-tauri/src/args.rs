//! The command line, and what follows from it.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use clap::Parser;

/// Messages for people, on a server of their own.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "recado", version)]
pub(crate) struct Args {
    /// Which account and cache to use; profiles are separate and can run side by side
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = profile_name)]
    pub(crate) profile: String,

    /// Where profiles are kept
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// The server to offer at sign-in
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,

    /// A link to open, such as `recado://room/<id>`
    #[arg(value_name = "LINK")]
    pub(crate) link: Option<String>,
}

impl Args {
    /// The profile's own directory, absolute.
    pub(crate) fn profile_dir(&self) -> Result<PathBuf, String> {
        let base = match &self.data_dir {
            Some(dir) => std::path::absolute(dir).map_err(|error| format!("{}: {error}", dir.display()))?,
            None => directories::ProjectDirs::from("chat", "Recado", "Recado")
                .ok_or("there is no home directory; say where profiles are kept with --data-dir")?
                .data_dir()
                .to_owned(),
        };
        Ok(base.join(&self.profile))
    }
}

/// A profile is a directory, so its name has to be a plain one.
fn profile_name(name: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.chars().count() > 64 || !name.chars().all(is_plain) {
        return Err("a profile's name has 1 to 64 letters, digits, - or _".into());
    }
    Ok(name.to_owned())
}

/// What tells one profile's process from another's on this computer: a well-known D-Bus name, and elsewhere the identifier.
pub(crate) fn instance_id(profile_dir: &Path) -> String {
    let dir = fs::canonicalize(profile_dir).unwrap_or_else(|_| profile_dir.to_owned());
    let mut hasher = DefaultHasher::new();
    dir.hash(&mut hasher);
    format!("chat.recado.desktop.p{:016x}", hasher.finish())
}

/// How this device is listed among the sessions.
pub(crate) fn device_name() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| env::var("COMPUTERNAME").ok())
        .or_else(|| env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    match host {
        Some(host) => format!("Recado on {host}"),
        None => format!("Recado on {}", env::consts::OS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_have_directories_of_their_own() {
        let args = Args::try_parse_from(["recado", "--profile", "ana", "--data-dir", "/tmp/x"]).unwrap();
        assert_eq!(args.profile_dir().unwrap(), Path::new("/tmp/x/ana"));
        assert_eq!(args.link, None);
        let juan = Args::try_parse_from(["recado", "--profile", "juan", "--data-dir", "/tmp/x"]).unwrap();
        assert_ne!(instance_id(&args.profile_dir().unwrap()), instance_id(&juan.profile_dir().unwrap()));
    }

    #[test]
    fn a_profile_cannot_leave_the_data_directory() {
        for name in ["..", "../ana", "a/b", "a\\b", "", ".", "a b"] {
            assert!(Args::try_parse_from(["recado", "--profile", name]).is_err(), "{name:?}");
        }
        assert!(Args::try_parse_from(["recado", "--profile", "ana_2-ñ"]).is_ok());
    }

    #[test]
    fn a_link_may_stand_alone() {
        let args = Args::try_parse_from(["recado", "recado://room/x"]).unwrap();
        assert_eq!(args.link.as_deref(), Some("recado://room/x"));
        assert_eq!(args.profile, "default");
    }
}
