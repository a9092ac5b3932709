//! As much HTTP as it takes to ask a server on this computer: one request a connection, JSON, no TLS.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use crate::error::Outcome;

/// Status and body of an answer; the body is null where there is none or it is no JSON.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// `GET` of `path` from the server at `url` (`http://host:port`).
pub(crate) fn get(url: &str, path: &str, token: Option<&str>) -> Outcome<Answer> {
    request("GET", url, path, token, None)
}

pub(crate) fn request(
    method: &str,
    url: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Outcome<Answer> {
    let host = url.strip_prefix("http://").ok_or_else(|| format!("{url} is not a server on this computer"))?;
    let mut stream = TcpStream::connect(host).map_err(|error| format!("{url} does not answer: {error}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    // HTTP/1.0 asks for a body without chunks and for the connection's end after it.
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let body = body.map(Value::to_string).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let text = format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\n{token}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&String::from_utf8_lossy(&bytes)).ok_or_else(|| format!("{url}{path} did not answer in HTTP.").into())
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some(Answer { status, body: serde_json::from_str(body).unwrap_or(Value::Null) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_body_are_read() {
        let answer = parse("HTTP/1.0 409 Conflict\r\ncontent-length: 2\r\n\r\n{\"code\":\"conflict\"}").unwrap();
        assert_eq!((answer.status, answer.body["code"].as_str()), (409, Some("conflict")));
        assert_eq!(parse("HTTP/1.0 204 No Content\r\n\r\n").unwrap().body, Value::Null);
        assert_eq!(parse("SSH-2.0-OpenSSH"), None);
    }
}
