//! Which port is free, and who holds the one that is not.

use std::net::{Ipv4Addr, TcpListener};

use crate::error::Outcome;

/// A port that somebody else has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) port: u16,
    /// Process and its id, where the system tells.
    pub(crate) by: Option<String>,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = self.by.as_deref().unwrap_or("another program (the system does not say which)");
        write!(f, "Port {} is taken by {by}.", self.port)
    }
}

/// The first free port on the loopback address from `wanted` on, and the taken ones before it.
pub(crate) fn free_from(wanted: u16) -> Outcome<(u16, Vec<Taken>)> {
    let mut taken = Vec::new();
    for port in wanted..=wanted.saturating_add(99) {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_free) => return Ok((port, taken)),
            Err(_) => taken.push(Taken { port, by: holder(port) }),
        }
    }
    Err(format!("None of the ports {wanted} to {} is free.", wanted.saturating_add(99)).into())
}

#[cfg(target_os = "linux")]
fn holder(port: u16) -> Option<String> {
    let sockets = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let inode = sockets.iter().find_map(|text| listening_inode(text, port))?;
    let link = format!("socket:[{inode}]");
    for process in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // Other people's processes cannot be looked into.
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else { continue };
        if files
            .flatten()
            .any(|file| std::fs::read_link(file.path()).is_ok_and(|path| path.as_os_str() == link.as_str()))
        {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{} (process {pid})", name.trim()));
        }
    }
    None
}

/// The inode of the socket that listens on `port`, from the text of `/proc/net/tcp` or `tcp6`.
#[cfg(target_os = "linux")]
fn listening_inode(text: &str, port: u16) -> Option<&str> {
    const LISTEN: &str = "0A";
    let ending = format!(":{port:04X}");
    text.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.get(1)?.ends_with(&ending) && *fields.get(3)? == LISTEN).then(|| fields.get(9).copied())?
    })
}

#[cfg(target_os = "macos")]
fn holder(port: u16) -> Option<String> {
    let mut command = crate::run::command("lsof");
    let text = crate::run::captured(command.args(["-nP", "-sTCP:LISTEN", "-Fpc"]).arg(format!("-iTCP:{port}"))).ok()?;
    let field = |mark: char| text.lines().find_map(|line| line.strip_prefix(mark).map(str::to_owned));
    Some(format!("{} (process {})", field('c')?, field('p')?))
}

#[cfg(windows)]
fn holder(port: u16) -> Option<String> {
    let text = crate::run::captured(crate::run::command("netstat").args(["-ano", "-p", "TCP"])).ok()?;
    let ending = format!(":{port}");
    let pid = text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.len() == 5 && fields[1].ends_with(&ending) && fields[3] == "LISTENING").then(|| fields[4].to_owned())
    })?;
    let mut list = crate::run::command("tasklist");
    let row = crate::run::captured(list.args(["/FO", "CSV", "/NH", "/FI"]).arg(format!("PID eq {pid}"))).ok()?;
    let name = row.trim().split(',').next()?.trim_matches('"').to_owned();
    Some(format!("{name} (process {pid})"))
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn holder(_port: u16) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over_and_its_holder_named() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let (free, taken) = free_from(port).unwrap();
        assert!(free > port);
        assert_eq!(taken[0].port, port);
        if cfg!(any(target_os = "linux", target_os = "macos")) {
            let by = taken[0].by.clone().unwrap();
            assert!(by.ends_with(&format!("(process {})", std::process::id())), "{by}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_a_listening_socket_counts_as_the_holder() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 20 4 30 10 -1
   1: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0";
        assert_eq!(listening_inode(text, 8000), Some("222"));
        assert_eq!(listening_inode(text, 8001), None);
    }
}
