//! Server addresses: what people type, made exact, and the rule that only this computer is spoken with unencrypted.

use std::net::IpAddr;

use url::{Host, Url};

use crate::view::{Failure, FailureCode};

/// A server's base URL: scheme, host, port, path ending in a slash; nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerAddress(Url);

impl ServerAddress {
    /// Reads what was typed or kept. Without a scheme it is `https`, on this computer `http`.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let bad = |why: &str| Failure::new(FailureCode::BadAddress, format!("{text:?}: {why}")).at("server");
        let text = text.trim();
        if text.is_empty() {
            return Err(bad("no address"));
        }
        let mut url = if text.contains("://") {
            Url::parse(text).map_err(|error| bad(&error.to_string()))?
        } else {
            let url = Url::parse(&format!("https://{text}")).map_err(|error| bad(&error.to_string()))?;
            if is_loopback(&url) {
                Url::parse(&format!("http://{text}")).map_err(|error| bad(&error.to_string()))?
            } else {
                url
            }
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("only http and https"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(bad("no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("an address holds no user name and no password"));
        }
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self(url))
    }

    /// Whether speaking with it needs no confirmation: encrypted, or on this computer.
    pub(crate) fn is_safe(&self) -> bool {
        self.0.scheme() == "https" || self.is_loopback()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// As it is kept and shown, without the last slash.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// A URL below `/api/v1/`.
    pub(crate) fn api(&self, path: &str) -> Result<Url, Failure> {
        self.0
            .join("api/v1/")
            .and_then(|base| base.join(path))
            .map_err(|error| Failure::new(FailureCode::Internal, format!("{path}: {error}")))
    }

    /// Where the device socket is.
    pub(crate) fn socket(&self) -> String {
        let url = self.0.as_str();
        // `http` becomes `ws`, `https` becomes `wss`.
        format!("ws{}ws/", url.trim_start_matches("http"))
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_an_exact_address() {
        for (typed, want, safe) in [
            ("chat.example.org", "https://chat.example.org", true),
            (" localhost:8000 ", "http://localhost:8000", true),
            ("127.0.0.1:8000/", "http://127.0.0.1:8000", true),
            ("[::1]:8000", "http://[::1]:8000", true),
            ("http://chat.example.org", "http://chat.example.org", false),
            ("http://192.168.1.5:8000", "http://192.168.1.5:8000", false),
            ("https://example.org/recado?x=1#y", "https://example.org/recado", true),
            ("http://localhost.example.org", "http://localhost.example.org", false),
        ] {
            let address = ServerAddress::parse(typed).unwrap();
            assert_eq!((address.as_str(), address.is_safe()), (want, safe), "{typed}");
        }
        for bad in ["", "ftp://example.org", "http://", "https://ana:secret@example.org", "not an address"] {
            assert_eq!(ServerAddress::parse(bad).unwrap_err().code, FailureCode::BadAddress, "{bad}");
        }
    }

    #[test]
    fn the_socket_and_the_api_stand_below_the_base() {
        let address = ServerAddress::parse("https://example.org/recado").unwrap();
        assert_eq!(address.socket(), "wss://example.org/recado/ws/");
        assert_eq!(address.api("auth/login").unwrap().as_str(), "https://example.org/recado/api/v1/auth/login");
        assert_eq!(ServerAddress::parse("localhost:8000").unwrap().socket(), "ws://localhost:8000/ws/");
    }
}
