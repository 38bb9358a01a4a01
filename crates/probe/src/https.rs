//! One GET over TLS, to see whether IS answers, where it sends browsers and what it says of its own addresses. Bodies are
//! bounded, looked at and thrown away, never handed on.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout_at;
use tokio_rustls::client::TlsStream;

use crate::tcp::TcpConnection;

/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 16 * 1024;

/// What the health endpoint of IS said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Health {
    /// IS answers and says it is well.
    Well,
    /// IS answers and names a problem (status 503 with an HC code).
    Ill,
    /// IS answers, but its health checks are switched off.
    SwitchedOff,
    /// Something answers that does not look like IS.
    NotIs,
}

/// Asks `GET /api/health-check/v1.0/health`, which needs no account (carbon-health-check).
pub(crate) async fn health(stream: TlsStream<TcpConnection>, host: &str, port: u16, deadline: Instant) -> Health {
    let request = format!(
        "GET /api/health-check/v1.0/health HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
    judge(&exchange(stream, &request, deadline).await)
}

/// Status and headers of an answer; its body is gone.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    /// All values of a header, by its name in lower case.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// Asks for `path` with further header lines, and gives the head of the answer; `None` where it is no HTTP.
pub(crate) async fn get(
    stream: TlsStream<TcpConnection>,
    authority: &str,
    path: &str,
    lines: &str,
    deadline: Instant,
) -> Option<Head> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{lines}\r\n");
    head(&exchange(stream, &request, deadline).await)
}

/// The same with the body, as far as it came; what was sent in chunks is put together.
pub(crate) async fn get_document(
    stream: TlsStream<TcpConnection>,
    authority: &str,
    path: &str,
    deadline: Instant,
) -> Option<(Head, String)> {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nAccept: application/json\r\nConnection: close\r\n\r\n");
    let answer = exchange(stream, &request, deadline).await;
    let head = head(&answer)?;
    let begin = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let body = answer.get(begin..)?;
    let is_chunked = head.all("transfer-encoding").any(|coding| coding.eq_ignore_ascii_case("chunked"));
    let body = if is_chunked { joined(body) } else { body.to_vec() };
    Some((head, String::from_utf8_lossy(&body).into_owned()))
}

/// The chunks of a body, as far as they came (RFC 9112, section 7.1).
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|bytes| bytes == b"\r\n") {
        let (size, after) = rest.split_at(end);
        let size = String::from_utf8_lossy(size);
        let size = size.split(';').next().and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else { break };
        let chunk = after.get(2..).unwrap_or_default();
        body.extend_from_slice(chunk.get(..size).unwrap_or(chunk));
        rest = chunk.get(size.saturating_add(2)..).unwrap_or_default();
    }
    body
}

fn head(answer: &[u8]) -> Option<Head> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    Some(Head { status, headers: lines.filter_map(header).collect() })
}

async fn exchange(mut stream: TlsStream<TcpConnection>, request: &str, deadline: Instant) -> Vec<u8> {
    let mut answer = Vec::new();
    let talk = async {
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = [0; 4096];
        while answer.len() < MOST_BYTES {
            match stream.read(&mut buffer).await? {
                0 => break,
                count => answer.extend_from_slice(&buffer[..count]),
            }
        }
        Ok::<(), std::io::Error>(())
    };
    // Whether it ended well does not matter: what came is judged.
    let _ = timeout_at(deadline.into(), talk).await;
    answer
}

fn judge(answer: &[u8]) -> Health {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5));
    let is_wso2 = head.lines().any(|line| line.to_ascii_lowercase().starts_with("server: wso2"));
    let compact: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
    match status {
        Some("200") if compact.contains(r#""health":[{"#) => Health::Well,
        Some("200") if compact.contains(r#""health":[]"#) => Health::SwitchedOff,
        Some("503") if compact.contains("HC_000") => Health::Ill,
        Some(_) if is_wso2 => Health::SwitchedOff,
        _ => Health::NotIs,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_answers_of_is_are_told_apart() {
        let answer = |status: &str, body: &str| judge(format!("HTTP/1.1 {status}\r\nA: b\r\n\r\n{body}").as_bytes());
        let well = r#"{"health": [{"key":"jdbc/SHARED_DB.active.connection.count","value":"1"}]}"#;
        assert_eq!(answer("200 OK", well), Health::Well);
        assert_eq!(answer("200", r#"{"health":[]}"#), Health::SwitchedOff);
        assert_eq!(answer("503", r#"{"errors":[{"code":"HC_00001"}]}"#), Health::Ill);
        assert_eq!(answer("200 OK", "<html>"), Health::NotIs);
        assert_eq!(judge(b""), Health::NotIs);
        assert_eq!(judge(b"HTTP/1.1 404 Not Found\r\nServer: WSO2 Carbon Server\r\n\r\n"), Health::SwitchedOff);
    }

    #[test]
    fn chunks_are_put_together_as_far_as_they_came() {
        assert_eq!(joined(b"4\r\nWSO2\r\n5;x=1\r\n is-1\r\n0\r\n\r\n"), b"WSO2 is-1");
        assert_eq!(joined(b"ff\r\ncut off"), b"cut off");
        assert_eq!(joined(b"ffffffffffffffff\r\nx"), b"x");
        assert_eq!(joined(b"no chunks"), b"");
    }

    proptest! {
        #[test]
        fn any_answer_is_judged(answer: Vec<u8>) {
            judge(&answer);
            head(&answer);
            joined(&answer);
        }
    }
}
