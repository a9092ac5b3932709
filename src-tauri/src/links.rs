//! Links: `recado://` ones that come in, and those that leave through [`open_outside`], the one way out.

use std::process::{Command, Stdio};

use recado_core::{
    invite::InviteLink,
    view::{Event, Failure, FailureCode, Session},
};
use recado_protocol::{RoomId, Seq};
use url::Url;

/// A link that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Room(RoomLink),
    /// `recado://join/<invite>`.
    Join(InviteLink),
}

impl Link {
    /// `None` for anything else, and for what is not whole and well formed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        RoomLink::parse(text).map(Self::Room).or_else(|| InviteLink::parse(text).map(Self::Join))
    }

    /// What the window is told; a room of another server leads nowhere, for no other one is contacted by a click. An invite is
    /// always the window's to ask about.
    pub(crate) fn event(self, session: &Session) -> Option<Event> {
        match self {
            Self::Room(link) => link.is_for(session).then_some(Event::OpenRoom { room: link.room, seq: link.seq }),
            Self::Join(invite) => {
                let is_known = matches!(session, Session::SignedIn { server, .. } if invite.is_for(server));
                let InviteLink { server, code, fingerprint } = invite;
                Some(Event::JoinByInvite { server, code, fingerprint, is_known })
            }
        }
    }
}

/// `recado://room/<id>[/<seq>]?server=<url>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomLink {
    pub(crate) room: RoomId,
    pub(crate) seq: Option<Seq>,
    pub(crate) server: Option<Url>,
}

impl RoomLink {
    /// `None` for anything else than such a link, whole and well formed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        if url.scheme() != "recado" || url.host_str() != Some("room") {
            return None;
        }
        let mut parts = url.path_segments()?.filter(|part| !part.is_empty());
        let room = parts.next()?.parse().ok()?;
        let seq = match parts.next() {
            Some(part) => Some(part.parse::<Seq>().ok().filter(|seq| *seq > 0)?),
            None => None,
        };
        if parts.next().is_some() {
            return None;
        }
        let server = match url.query_pairs().find(|(name, _)| name == "server") {
            Some((_, server)) => Some(Url::parse(&server).ok()?),
            None => None,
        };
        Some(Self { room, seq, server })
    }

    /// Whether it leads somewhere in this session: to the signed-in server, for no other one is contacted by a click.
    pub(crate) fn is_for(&self, session: &Session) -> bool {
        match (session, &self.server) {
            (Session::SignedIn { .. }, None) => true,
            (Session::SignedIn { server, .. }, Some(linked)) => {
                Url::parse(server).is_ok_and(|server| server.origin() == linked.origin())
            }
            _ => false,
        }
    }
}

/// Opens a link with the system's program for it.
pub(crate) fn open_outside(link: &str) -> Result<(), Failure> {
    let url = outgoing(link)?;
    let mut command = opener();
    command.arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(|error| Failure::new(FailureCode::Internal, format!("no program opens links here: {error}")))?;
    // Waited for, so that it does not stay as a zombie.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// Only the web and mail; written anew by the parser, so it begins with its scheme and can be no option.
fn outgoing(link: &str) -> Result<Url, Failure> {
    let refuse = || Failure::new(FailureCode::InvalidRequest, "only web and mail links are opened").at("url");
    let url = Url::parse(link.trim()).map_err(|_| refuse())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        "mailto" => Ok(url),
        _ => Err(refuse()),
    }
}

fn opener() -> Command {
    if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(target_os = "windows") {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    }
}

#[cfg(test)]
mod tests {
    use recado_core::view::Person;
    use recado_protocol::UserId;

    use super::*;

    const ROOM: &str = "018f0000-0000-7000-8000-000000000001";

    #[test]
    fn a_room_link_names_room_message_and_server() {
        let room = ROOM.parse().unwrap();
        let parsed = |rest: &str| RoomLink::parse(&format!("recado://room/{ROOM}{rest}"));
        assert_eq!(parsed(""), Some(RoomLink { room, seq: None, server: None }));
        assert_eq!(parsed("/"), parsed(""));
        assert_eq!(parsed("/17").unwrap().seq, Some(17));
        let linked = parsed("/17?server=https%3A%2F%2Fchat.example.org").unwrap();
        assert_eq!(linked.server.unwrap().as_str(), "https://chat.example.org/");
        assert!(parsed("?server=http://127.0.0.1:8000").unwrap().server.is_some());
    }

    #[test]
    fn what_is_no_room_link_is_nothing() {
        for bad in [
            "",
            "room",
            "https://room/018f0000-0000-7000-8000-000000000001",
            "recado://room/",
            "recado://room/ana",
            "recado://join/018f0000-0000-7000-8000-000000000001",
            "recado://room/018f0000-0000-7000-8000-000000000001/0",
            "recado://room/018f0000-0000-7000-8000-000000000001/-3",
            "recado://room/018f0000-0000-7000-8000-000000000001/x",
            "recado://room/018f0000-0000-7000-8000-000000000001/3/4",
            "recado://room/018f0000-0000-7000-8000-000000000001?server=nonsense",
        ] {
            assert_eq!(RoomLink::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_link_to_another_server_leads_nowhere() {
        let me = Person {
            id: UserId(ROOM.parse::<RoomId>().unwrap().0),
            username: "ana".into(),
            display_name: "Ana".into(),
        };
        let session = Session::SignedIn { me, server: "http://127.0.0.1:8000".into(), is_admin: false };
        let link = |server: &str| RoomLink::parse(&format!("recado://room/{ROOM}{server}")).unwrap();
        assert!(link("").is_for(&session));
        assert!(link("?server=http://127.0.0.1:8000/").is_for(&session));
        assert!(!link("?server=http://127.0.0.1:8001").is_for(&session));
        assert!(!link("?server=https://evil.example").is_for(&session));
        assert!(!link("").is_for(&Session::SignedOut { server: None, reason: None }));
    }

    #[test]
    fn an_invite_is_asked_about_and_known_only_where_one_is_signed_in() {
        let me = Person {
            id: UserId(ROOM.parse::<RoomId>().unwrap().0),
            username: "ana".into(),
            display_name: "Ana".into(),
        };
        let signed_in = Session::SignedIn { me, server: "https://chat.example.org".into(), is_admin: false };
        let signed_out = Session::SignedOut { server: Some("https://chat.example.org".into()), reason: None };
        let invite = |server: &str| InviteLink { server: server.into(), code: "3f9c".into(), fingerprint: None };
        let told = |server: &str, session: &Session| {
            Link::parse(&invite(server).to_string()).and_then(|link| link.event(session))
        };
        let event = |server: &str, is_known| {
            Some(Event::JoinByInvite { server: server.into(), code: "3f9c".into(), fingerprint: None, is_known })
        };
        let (ours, other) = ("https://chat.example.org", "https://evil.example");
        assert_eq!(told(ours, &signed_in), event(ours, true));
        assert_eq!(told(other, &signed_in), event(other, false));
        assert_eq!(told(ours, &signed_out), event(ours, false));
        let room = Link::parse(&format!("recado://room/{ROOM}/3"));
        let opened = Event::OpenRoom { room: ROOM.parse().unwrap(), seq: Some(3) };
        assert_eq!(room.and_then(|link| link.event(&signed_in)), Some(opened));
        for bad in ["recado://join/", "recado://join/abc", "recado://elsewhere/x", "https://join/x"] {
            assert_eq!(Link::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_web_and_mail_links_leave() {
        for good in ["https://example.org/a?b#c", "http://localhost:3000", "mailto:ana@example.org", " https://a.b "] {
            assert!(outgoing(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "--help",
            "recado://room/x",
            "data:text/html,x",
            "smb://h/x",
        ] {
            assert!(outgoing(bad).is_err(), "{bad}");
        }
        assert_eq!(outgoing("HTTPS://Example.org/x y").unwrap().as_str(), "https://example.org/x%20y");
    }
}
