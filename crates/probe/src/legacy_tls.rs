//! Whether a server still accepts TLS 1.0, TLS 1.1 or a broken cipher.
//!
//! Written by hand because rustls cannot offer these: the first message of a handshake (RFC 2246, RFC 4346, RFC 5246), of whose
//! answer only the version is read. No session is established.

use std::time::Instant;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout_at;

use crate::tcp::{self, FirstReadOutcome, TcpConnection};

/// What no server should accept (RFC 8996, RFC 9325).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LegacyProtocol {
    /// TLS 1.0.
    V1_0,
    /// TLS 1.1.
    V1_1,
    /// TLS 1.2 with only broken ciphers.
    Ciphers,
}

impl LegacyProtocol {
    pub(crate) const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::Ciphers];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "TLS 1.0",
            Self::V1_1 => "TLS 1.1",
            Self::Ciphers => "broken ciphers",
        }
    }

    const fn wire(self) -> [u8; 2] {
        match self {
            Self::V1_0 => [3, 1],
            Self::V1_1 => [3, 2],
            Self::Ciphers => [3, 3],
        }
    }

    const fn ciphers(self) -> &'static [u16] {
        match self {
            Self::V1_0 | Self::V1_1 => &LEGACY_CIPHERS,
            Self::Ciphers => &BROKEN_CIPHERS,
        }
    }
}

/// What servers of that age support: ECDHE, DHE and RSA with AES and 3DES.
const LEGACY_CIPHERS: [u16; 11] =
    [0xc009, 0xc00a, 0xc013, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035, 0xc012, 0x000a, 0x00ff];

/// Without encryption, export, RC4, DES and 3DES, then without a certificate: RSA, DHE and ECDHE of each.
const BROKEN_CIPHERS: [u16; 31] = [
    0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0x0003, 0x0006, 0x0008, 0x0014, 0x0004, 0x0005, 0xc007, 0xc011, 0x0009,
    0x0015, 0x000a, 0x0016, 0xc008, 0xc012, 0x0018, 0x001a, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7,
    0xc018, 0xc019, 0x00ff,
];

/// Whether the server behind `stream` answers a handshake that offers only `version`.
pub(crate) async fn is_accepted(
    mut stream: TcpConnection,
    version: LegacyProtocol,
    host: &str,
    deadline: Instant,
) -> bool {
    let hello = client_hello(version, host);
    if !matches!(timeout_at(deadline.into(), stream.write_all(&hello)).await, Ok(Ok(()))) {
        return false;
    }
    let mut answer = Vec::new();
    // The version is in the first eleven bytes.
    while answer.len() < 11 {
        if tcp::read_some(&mut stream, &mut answer, deadline).await != FirstReadOutcome::Bytes {
            break;
        }
    }
    is_server_hello(&answer, version)
}

/// A record of type handshake with a `ServerHello` of this version.
fn is_server_hello(answer: &[u8], version: LegacyProtocol) -> bool {
    answer.first() == Some(&22) && answer.get(5) == Some(&2) && answer.get(9..11) == Some(&version.wire()[..])
}

/// Two bytes of length and the bytes; none here is longer than a host name.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()[..], bytes].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &with_length(content)].concat()
}

fn client_hello(version: LegacyProtocol, host: &str) -> Vec<u8> {
    let ciphers: Vec<u8> = version.ciphers().iter().flat_map(|cipher| cipher.to_be_bytes()).collect();
    let mut extensions = Vec::new();
    // An address is no server name (RFC 6066).
    if host.parse::<std::net::IpAddr>().is_err() {
        extensions.extend(extension(0, &with_length(&[&[0][..], &with_length(host.as_bytes())].concat())));
    }
    // Curves P-256 and P-384, points uncompressed.
    extensions.extend(extension(10, &with_length(&[0, 23, 0, 24])));
    extensions.extend(extension(11, &[1, 0]));
    if version == LegacyProtocol::Ciphers {
        // From TLS 1.2 on signatures are agreed upon: ECDSA and RSA with SHA-256, RSA-PSS, and both with SHA-1.
        extensions.extend(extension(13, &with_length(&[4, 3, 4, 1, 8, 4, 2, 3, 2, 1])));
    }
    let body = [
        &version.wire()[..],
        // Random bytes protect a session, and none is established.
        &[0x5a; 32],
        &[0],
        &with_length(&ciphers),
        &[1, 0],
        &with_length(&extensions),
    ]
    .concat();
    let handshake = [&[1, 0][..], &with_length(&body)].concat();
    [&[22, 3, 1][..], &with_length(&handshake)].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_fit() {
        let hello = client_hello(LegacyProtocol::V1_1, "login.example.com");
        assert_eq!(hello.len(), 5 + usize::from(u16::from_be_bytes([hello[3], hello[4]])));
        assert_eq!(hello.len(), 9 + usize::from(u16::from_be_bytes([hello[7], hello[8]])));
        assert_eq!(hello[9..11], [3, 2]);
    }

    proptest! {
        #[test]
        fn any_answer_is_read(answer: Vec<u8>) {
            is_server_hello(&answer, LegacyProtocol::V1_0);
        }
    }
}
