//! Identifies the service on a port by its first bytes. They are never passed on: a check must not become a way to read other
//! systems (docs/ARCHITECTURE.md, I10).

use std::fmt;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;

use crate::address::Pinned;
use crate::tcp::{self, FirstRead};
use crate::tls;

/// How long to wait for a service that sends the first bytes.
const BANNER_TIMEOUT: Duration = Duration::from_millis(500);

/// A kind of service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Service {
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

impl fmt::Display for Service {
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
pub(crate) fn by_first_bytes(bytes: &[u8]) -> Service {
    match bytes {
        [] => Service::Silent,
        [b'H', b'T', b'T', b'P', b'/', ..] => Service::Http,
        [b'S', b'S', b'H', b'-', ..] => Service::Ssh,
        [b'2', b'2', b'0', b' ' | b'-', ..] => Service::MailOrFtp,
        [b'-', b'E', b'R', b'R', ..] | [b'-', b'D', b'E', b'N', ..] => Service::Redis,
        // A TLS record: handshake or alert of SSL 3.0 to TLS 1.3.
        [0x15 | 0x16, 3, 0..=4, ..] => Service::Tls,
        // A notice frame: the X plugin sends it first.
        [_, 0, 0, 0, 0x0b, ..] => Service::MySqlX,
        // Packet number 0 with protocol version 10 or 9, or an error.
        [_, _, 0, 0, 9 | 10 | 0xff, ..] => Service::MySql,
        _ => Service::Unknown,
    }
}

/// Identifies a service that waits for its client: sends HTTP and TLS, each on a separate connection.
pub(crate) async fn identify_silent(to: Pinned, deadline: Instant) -> Service {
    let (http, tls) = tokio::join!(try_http(to, deadline), try_tls(to, deadline));
    match (http, tls) {
        (_, Service::Tls) | (Service::Tls, _) => Service::Tls,
        (Service::Silent | Service::Closes, other) => other,
        (named, _) => named,
    }
}

/// Identifies the service at `to`: waits [`BANNER_TIMEOUT`] for its first bytes, then sends its own.
pub(crate) async fn identify(to: Pinned, deadline: Instant) -> Service {
    let Ok(mut stream) = tcp::connect(to, deadline).await else { return Service::Closes };
    let mut bytes = Vec::new();
    match tcp::read_some(&mut stream, &mut bytes, deadline.min(Instant::now() + BANNER_TIMEOUT)).await {
        FirstRead::Bytes => by_first_bytes(&bytes),
        FirstRead::Closed => Service::Closes,
        FirstRead::Silent => identify_silent(to, deadline).await,
    }
}

async fn try_http(to: Pinned, deadline: Instant) -> Service {
    let Ok(mut stream) = tcp::connect(to, deadline).await else { return Service::Silent };
    if stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.is_err() {
        return Service::Closes;
    }
    let mut bytes = Vec::new();
    match tcp::read_some(&mut stream, &mut bytes, deadline).await {
        FirstRead::Bytes => by_first_bytes(&bytes),
        FirstRead::Closed => Service::Closes,
        FirstRead::Silent => Service::Silent,
    }
}

async fn try_tls(to: Pinned, deadline: Instant) -> Service {
    let Ok(stream) = tcp::connect(to, deadline).await else { return Service::Silent };
    match tls::handshake(stream, &to.socket().ip().to_string(), deadline).await {
        Ok(_) | Err(tls::NoTls::Refused | tls::NoTls::Unproved) => Service::Tls,
        Err(tls::NoTls::Closed) => Service::Closes,
        Err(tls::NoTls::Silent) => Service::Silent,
        Err(tls::NoTls::Other) => Service::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn first_bytes_identify_the_service() {
        for (bytes, service) in [
            (&b"HTTP/1.1 400 Bad Request"[..], Service::Http),
            (b"SSH-2.0-OpenSSH_9.2", Service::Ssh),
            (b"220 mail.example.com ESMTP", Service::MailOrFtp),
            (b"-ERR wrong number of arguments", Service::Redis),
            (b"\x15\x03\x01\x00\x02\x02\x46", Service::Tls),
            (b"\x05\x00\x00\x00\x0b\x08\x05\x1a\x00", Service::MySqlX),
            (b"\x4a\x00\x00\x00\x0a8.0.36", Service::MySql),
            (b"\x45\x00\x00\x00\xff\x6a\x04", Service::MySql),
            (b"hello", Service::Unknown),
            (b"", Service::Silent),
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
