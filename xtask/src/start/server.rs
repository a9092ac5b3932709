//! The server on its own defaults: loopback, SQLite, open registration.

use std::{process::Command, time::Duration};

use super::Place;
use crate::{error::Outcome, family::Family, http, port, run, stop};

/// Starts it on the first free port and waits until it is ready. Returns its address.
pub(crate) fn start(family: &mut Family, place: &Place, wanted: u16) -> Outcome<String> {
    let (port, taken) = port::free_from(wanted)?;
    for taken in &taken {
        println!("{taken}");
    }
    let url = format!("http://127.0.0.1:{port}");
    let mut command = program(place, "recado-server");
    command.arg("serve").env("RECADO_LISTEN", format!("127.0.0.1:{port}")).env("RECADO_REGISTRATION", "open");
    command.env("RECADO_DATA_DIR", place.folder.join("server"));
    family.start("The server", &mut command, &place.log("server")?)?;
    let ready = stop::wait_for(Duration::from_secs(30), || {
        if let Some(gone) = family.first_gone()? {
            return Err(gone.story().into());
        }
        Ok(http::get(&url, "/readyz", None).is_ok_and(|answer| answer.status == 200).then_some(()))
    })?;
    ready.ok_or("The server was not ready within 30 s; see .recado/*/logs/server.log.")?;
    println!("The server runs at {url}.");
    Ok(url)
}

/// One of the built programs, without the settings that the person may have for a server of their own.
pub(crate) fn program(place: &Place, name: &str) -> Command {
    let mut command = run::command(&place.build.program(name).to_string_lossy());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("RECADO_")) {
            command.env_remove(name);
        }
    }
    command
}
