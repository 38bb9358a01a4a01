//! Identifies the service on a port by its first bytes. They are never passed on: a check must not become a way to read other
//! systems (docs/ARCHITECTURE.md, I10).

use std::fmt;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;

use crate::address::PinnedAddress;
use crate::tcp::{self, FirstReadOutcome};
use crate::tls;

/// How long to wait for a service that sends the first bytes.
const BANNER_TIMEOUT: Duration = Duration::from_millis(500);

/// A kind of service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DetectedService {
    /// MySQL's classic protocol, which MariaDB and others speak too.
    MySql,
    /// MySQL's X protocol, port 33060 by default.
    MySqlX,
    /// HTTP without TLS.
    Http,
    /// TLS, with any protocol inside.
    Tls,
    /// SSH.
    Ssh,
    /// SMTP or FTP.
    MailOrFtp,
    /// Redis or a compatible server.
    Redis,
    /// None of these.
    Unknown,
    /// It accepts connections and sends nothing.
    Silent,
    /// It accepts connections and closes them.
    Closes,
}

impl fmt::Display for DetectedService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::MySql => "MySQL",
            Self::MySqlX => "MySQL's X protocol (usually port 33060)",
            Self::Http => "an HTTP server",
            Self::Tls => "a TLS server",
            Self::Ssh => "an SSH server",
            Self::MailOrFtp => "a mail or FTP server",
            Self::Redis => "a Redis server",
            Self::Unknown => "an unknown service",
            Self::Silent => "a service that accepts connections and sends nothing",
            Self::Closes => "a service that accepts connections and closes them",
        })
    }
}

/// Identifies the service by the first bytes it sent.
pub(crate) fn by_first_bytes(bytes: &[u8]) -> DetectedService {
    match bytes {
        [] => DetectedService::Silent,
        [b'H', b'T', b'T', b'P', b'/', ..] => DetectedService::Http,
        [b'S', b'S', b'H', b'-', ..] => DetectedService::Ssh,
        [b'2', b'2', b'0', b' ' | b'-', ..] => DetectedService::MailOrFtp,
        [b'-', b'E', b'R', b'R', ..] | [b'-', b'D', b'E', b'N', ..] => DetectedService::Redis,
        // A TLS record: handshake or alert of SSL 3.0 to TLS 1.3.
        [0x15 | 0x16, 3, 0..=4, ..] => DetectedService::Tls,
        // A notice frame: the X plugin sends it first.
        [_, 0, 0, 0, 0x0b, ..] => DetectedService::MySqlX,
        // Packet number 0 with protocol version 10 or 9, or an error.
        [_, _, 0, 0, 9 | 10 | 0xff, ..] => DetectedService::MySql,
        _ => DetectedService::Unknown,
    }
}

/// Identifies a service that waits for its client: sends HTTP and TLS, each on a separate connection.
pub(crate) async fn identify_silent(to: PinnedAddress, deadline: Instant) -> DetectedService {
    let (http, tls) = tokio::join!(try_http(to, deadline), try_tls(to, deadline));
    match (http, tls) {
        (_, DetectedService::Tls) | (DetectedService::Tls, _) => DetectedService::Tls,
        (DetectedService::Silent | DetectedService::Closes, other) => other,
        (named, _) => named,
    }
}

/// Identifies the service at `to`: waits [`BANNER_TIMEOUT`] for its first bytes, then sends its own.
pub(crate) async fn identify(to: PinnedAddress, deadline: Instant) -> DetectedService {
    let Ok(mut stream) = tcp::connect(to, deadline).await else { return DetectedService::Closes };
    let mut bytes = Vec::new();
    match tcp::read_some(&mut stream, &mut bytes, deadline.min(Instant::now() + BANNER_TIMEOUT)).await {
        FirstReadOutcome::Bytes => by_first_bytes(&bytes),
        FirstReadOutcome::Closed => DetectedService::Closes,
        FirstReadOutcome::Silent => identify_silent(to, deadline).await,
    }
}

async fn try_http(to: PinnedAddress, deadline: Instant) -> DetectedService {
    let Ok(mut stream) = tcp::connect(to, deadline).await else { return DetectedService::Silent };
    if stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.is_err() {
        return DetectedService::Closes;
    }
    let mut bytes = Vec::new();
    match tcp::read_some(&mut stream, &mut bytes, deadline).await {
        FirstReadOutcome::Bytes => by_first_bytes(&bytes),
        FirstReadOutcome::Closed => DetectedService::Closes,
        FirstReadOutcome::Silent => DetectedService::Silent,
    }
}

async fn try_tls(to: PinnedAddress, deadline: Instant) -> DetectedService {
    let Ok(stream) = tcp::connect(to, deadline).await else { return DetectedService::Silent };
    match tls::handshake(stream, &to.socket().ip().to_string(), deadline).await {
        Ok(_) | Err(tls::TlsFailure::Refused | tls::TlsFailure::Unproved) => DetectedService::Tls,
        Err(tls::TlsFailure::Closed) => DetectedService::Closes,
        Err(tls::TlsFailure::Silent) => DetectedService::Silent,
        Err(tls::TlsFailure::Other) => DetectedService::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn first_bytes_identify_the_service() {
        for (bytes, service) in [
            (&b"HTTP/1.1 400 Bad Request"[..], DetectedService::Http),
            (b"SSH-2.0-OpenSSH_9.2", DetectedService::Ssh),
            (b"220 mail.example.com ESMTP", DetectedService::MailOrFtp),
            (b"-ERR wrong number of arguments", DetectedService::Redis),
            (b"\x15\x03\x01\x00\x02\x02\x46", DetectedService::Tls),
            (b"\x05\x00\x00\x00\x0b\x08\x05\x1a\x00", DetectedService::MySqlX),
            (b"\x4a\x00\x00\x00\x0a8.0.36", DetectedService::MySql),
            (b"\x45\x00\x00\x00\xff\x6a\x04", DetectedService::MySql),
            (b"hello", DetectedService::Unknown),
            (b"", DetectedService::Silent),
        ] {
            assert_eq!(by_first_bytes(bytes), service, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_name(bytes: Vec<u8>) {
            prop_assert!(!by_first_bytes(&bytes).to_string().is_empty());
        }
    }
}
