//! One GET over TLS, to see whether IS answers. The body is looked at and thrown away, never handed on.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::client::TlsStream;

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
pub(crate) async fn health(mut stream: TlsStream<TcpStream>, host: &str, port: u16, deadline: Instant) -> Health {
    let request = format!(
        "GET /api/health-check/v1.0/health HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
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
    judge(&answer)
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

    proptest! {
        #[test]
        fn any_answer_is_judged(answer: Vec<u8>) {
            judge(&answer);
        }
    }
}
