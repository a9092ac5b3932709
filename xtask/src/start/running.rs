//! What a start wrote down about itself, for a later one to join.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use super::Place;
use crate::{desk::Desk, error::Outcome, family::Family, http};

#[derive(Debug)]
pub(crate) struct Running {
    /// `http://127.0.0.1:PORT`
    pub(crate) server: String,
    /// Where there is no display.
    pub(crate) desk: Option<Desk>,
}

fn file(place: &Place) -> PathBuf {
    place.folder.join("run.json")
}

impl Running {
    /// What runs there, if it answers. A file that a killed start left behind says nothing.
    pub(crate) fn find(place: &Place) -> Option<Self> {
        let running = Self::read(&fs::read_to_string(file(place)).ok()?)?;
        let answers = http::get(&running.server, "/healthz", None).is_ok_and(|answer| answer.status == 200);
        let shows = running.desk.as_ref().is_none_or(Desk::is_alive);
        (answers && shows && running.desk.is_some() == place.own_desk).then_some(running)
    }

    pub(crate) fn write(&self, place: &Place, family: &mut Family) -> Outcome<()> {
        family.remove_at_end(&file(place));
        let (display, bus) = self.desk.clone().map(|desk| (desk.display, desk.bus)).unzip();
        let text = json!({ "server": self.server, "display": display, "bus": bus }).to_string();
        Ok(fs::write(file(place), text)?)
    }

    fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let field = |name: &str| value[name].as_str().map(str::to_owned);
        let desk = field("display").zip(field("bus")).map(|(display, bus)| Desk { display, bus });
        Some(Self { server: field("server")?, desk })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_is_read_only_where_there_is_one() {
        let with =
            Running::read(r#"{"server":"http://127.0.0.1:8000","display":":3","bus":"unix:path=/tmp/b"}"#).unwrap();
        assert_eq!(with.desk.unwrap().display, ":3");
        let without = Running::read(r#"{"server":"http://127.0.0.1:8000","display":null,"bus":null}"#).unwrap();
        assert!(without.desk.is_none());
        assert!(Running::read("{").is_none());
    }
}
