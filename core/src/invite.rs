//! What stands in `recado://join/<invite>`: server, code and, for a self-signed server, its certificate's fingerprint, as JSON in
//! base64 for URLs. One word to paste, without anything that a chat or a mail program would break apart.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::address::ServerAddress;

/// Before the invite.
const PREFIX: &str = "recado://join/";
/// Longer ones are none.
const MAX_CHARS: usize = 2_000;

/// An invite to a room on a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteLink {
    pub server: String,
    pub code: String,
    /// Hex SHA-256 of a self-signed server's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl InviteLink {
    /// `None` for anything else than such a link, whole and well formed.
    pub fn parse(link: &str) -> Option<Self> {
        let link = link.trim();
        if link.len() > MAX_CHARS {
            return None;
        }
        let invite = link.strip_prefix(PREFIX)?.trim_end_matches('/');
        let invite: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(invite).ok()?).ok()?;
        let is_code = !invite.code.is_empty() && invite.code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        let is_server = ["http://", "https://"].iter().any(|scheme| invite.server.starts_with(scheme))
            && ServerAddress::parse(&invite.server).is_ok();
        (is_code && is_server && invite.fingerprint.as_ref().is_none_or(is_hash)).then_some(invite)
    }

    /// Whether it leads to this server.
    pub fn is_for(&self, server: &str) -> bool {
        match (Url::parse(&self.server), Url::parse(server)) {
            (Ok(ours), Ok(theirs)) => ours.origin() == theirs.origin(),
            _ => false,
        }
    }
}

impl std::fmt::Display for InviteLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = serde_json::to_vec(self).expect("texts are always JSON");
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(server: &str, code: &str, fingerprint: Option<&str>) -> InviteLink {
        InviteLink { server: server.into(), code: code.into(), fingerprint: fingerprint.map(Into::into) }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let hash = "ab".repeat(32);
        for link in [
            link("https://chat.example.org", "3f9c", None),
            link("https://chat.example.org:8443", "3f9c", Some(&hash)),
            link("http://127.0.0.1:8000", "abc-1", None),
        ] {
            let text = link.to_string();
            assert!(!text[PREFIX.len()..].contains(['/', '?', '+', '=', '&']), "{text}");
            assert_eq!(InviteLink::parse(&text), Some(link.clone()));
            assert_eq!(InviteLink::parse(&format!(" {text}/ ")), Some(link));
        }
    }

    #[test]
    fn what_is_no_invite_is_nothing() {
        let encoded = |json: &str| format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(json));
        for bad in [
            String::new(),
            PREFIX.into(),
            format!("{PREFIX}not base64!"),
            "https://join/abc".into(),
            encoded("[]"),
            encoded(r#"{"server":"https://a.example"}"#),
            link("https://a.example", "", None).to_string(),
            link("https://a.example", "../x", None).to_string(),
            link("file:///etc/passwd", "abc", None).to_string(),
            link("a.example", "abc", None).to_string(),
            link("https://a.example", "abc", Some("12")).to_string(),
            link("https://a.example", &"x".repeat(MAX_CHARS), None).to_string(),
        ] {
            assert_eq!(InviteLink::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_server_is_known_by_its_origin() {
        let link = link("https://chat.example.org", "abc", None);
        assert!(link.is_for("https://chat.example.org/") && link.is_for("https://chat.example.org:443"));
        assert!(!link.is_for("http://chat.example.org") && !link.is_for("https://chat.example.org.evil.example"));
    }
}
