//! Parses the first packet of MySQL's protocol, which the server sends: its greeting, or an error.
//!
//! Written by hand because `mysql_common` is large and the parser of our SQL driver is private. Any bytes may arrive; only the cleaned version and
//! plugin are passed on.

use crate::service::{self, DetectedService};

/// Size limit of the first packet; real ones have about 100 bytes.
const MAX_PACKET_BYTES: usize = 4096;
/// `CLIENT_SSL` of the capability flags: the server offers TLS.
const CLIENT_SSL: u32 = 0x0800;
/// `CLIENT_PLUGIN_AUTH`: the greeting ends with the name of the authentication plugin.
const CLIENT_PLUGIN_AUTH: u32 = 0x0008_0000;

/// A server's greeting (protocol version 10).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerGreeting {
    /// The version that the server reports, cleaned.
    pub version: String,
    /// Whether it offers TLS.
    pub tls: bool,
    /// Its default authentication plugin, cleaned, such as `caching_sha2_password`.
    pub plugin: Option<String>,
}

impl ServerGreeting {
    /// Whether its default plugin requires the password in clear text.
    pub(crate) fn wants_clear_text(&self) -> bool {
        self.plugin.as_deref() == Some("mysql_clear_password")
    }
}

/// The parts of a greeting that a login needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HandshakeData {
    /// Capability flags of the server.
    pub(crate) capabilities: u32,
    /// Random bytes for the proof of the password: 20 from version 4.1 on.
    pub(crate) scramble: Vec<u8>,
    /// The name of its default authentication plugin.
    pub(crate) plugin: Vec<u8>,
}

/// Parses the payload of a greeting for a login; `None` if it is none.
pub(crate) fn handshake(payload: &[u8]) -> Option<HandshakeData> {
    match payload.split_first() {
        Some((10, body)) if payload.len() <= MAX_PACKET_BYTES => parts(body).map(|(_, handshake)| handshake),
        _ => None,
    }
}

/// What the first bytes mean.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FirstPacket {
    /// More bytes are needed.
    Incomplete,
    /// A greeting of MySQL.
    Greeting(ServerGreeting),
    /// MySQL refuses the connection: 1130 host not allowed, 1129 host blocked, 1040 too many connections.
    Refusal {
        /// The error number.
        code: u16,
        /// The host from which the server sees the connection, cleaned.
        seen_as: Option<String>,
    },
    /// Another service.
    Other(DetectedService),
}

/// A text of a server made safe to display: only letters, digits and `.-+_~:`, at most 60.
#[must_use]
pub fn clean(text: &[u8]) -> String {
    text.iter()
        .map(|byte| char::from(*byte))
        .filter(|letter| letter.is_ascii_alphanumeric() || ".-+_~:".contains(*letter))
        .take(60)
        .collect()
}

/// The client host in messages of MySQL: `Access denied for user 'x'@'HOST' (…)` and
/// `Host 'HOST' is not allowed …`. `None` if the message has another form.
#[must_use]
pub fn seen_as(message: &str) -> Option<String> {
    let after = message.split_once("'@'").or_else(|| message.split_once("Host '"))?.1;
    let host = after.split_once('\'')?.0;
    let host = clean(host.as_bytes());
    (!host.is_empty()).then_some(host)
}

/// Parses the first packet, as far as it has arrived.
#[must_use]
pub fn read(bytes: &[u8]) -> FirstPacket {
    let named = service::by_first_bytes(bytes);
    let [a, b, c, number, payload @ ..] = bytes else {
        return FirstPacket::Incomplete;
    };
    let length = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
    if *number != 0 || length == 0 || length > MAX_PACKET_BYTES || named == DetectedService::MySqlX {
        return FirstPacket::Other(named);
    }
    match payload.first() {
        None => FirstPacket::Incomplete,
        Some(10 | 0xff) if payload.len() < length => FirstPacket::Incomplete,
        Some(10) => {
            greeting(&payload[1..length]).map_or(FirstPacket::Other(DetectedService::Unknown), FirstPacket::Greeting)
        }
        Some(0xff) => refusal(&payload[1..length]).unwrap_or(FirstPacket::Other(DetectedService::Unknown)),
        Some(_) => FirstPacket::Other(named),
    }
}

fn refusal(body: &[u8]) -> Option<FirstPacket> {
    let (code, message) = body.split_first_chunk::<2>()?;
    let message = String::from_utf8_lossy(message);
    Some(FirstPacket::Refusal { code: u16::from_le_bytes(*code), seen_as: seen_as(&message) })
}

fn greeting(body: &[u8]) -> Option<ServerGreeting> {
    let (version, HandshakeData { capabilities, plugin, .. }) = parts(body)?;
    let (version, plugin) = (clean(version), clean(&plugin));
    let plugin = (!plugin.is_empty()).then_some(plugin);
    (!version.is_empty()).then_some(ServerGreeting { version, tls: capabilities & CLIENT_SSL != 0, plugin })
}

/// Version 10: version text, NUL, thread (4), scramble (8), NUL, capabilities (2), character set (1), status (2),
/// capabilities (2), scramble length (1), reserved (10), scramble (13 or more, the last a NUL), plugin, NUL.
fn parts(body: &[u8]) -> Option<(&[u8], HandshakeData)> {
    let end = body.iter().position(|byte| *byte == 0)?;
    let (version, rest) = (&body[..end], &body[end + 1..]);
    let mut scramble = rest.get(4..12)?.to_vec();
    let fixed = rest.get(13..)?;
    let (lower, fixed) = fixed.split_first_chunk::<2>()?;
    let mut capabilities = u32::from(u16::from_le_bytes(*lower));
    let mut plugin = Vec::new();
    // Servers before 4.1 end here; what follows is optional.
    if let Some((upper, rest)) = fixed.get(3..).and_then(|rest| rest.split_first_chunk::<2>()) {
        capabilities |= u32::from(u16::from_le_bytes(*upper)) << 16;
        let length = rest.first().map_or(0, |length| usize::from(*length)).saturating_sub(8).max(13);
        scramble.extend_from_slice(rest.get(11..23).unwrap_or_default());
        if capabilities & CLIENT_PLUGIN_AUTH != 0 {
            let name = rest.get(11 + length..).map(|rest| rest.split(|byte| *byte == 0).next().unwrap_or_default());
            plugin = name.unwrap_or_default().to_vec();
        }
    }
    Some((version, HandshakeData { capabilities, scramble, plugin }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
        [&length[..3], &[0], payload].concat()
    }

    fn greeting_of(version: &[u8], plugin: &[u8]) -> Vec<u8> {
        let mut payload = vec![10];
        payload.extend_from_slice(version);
        payload.extend_from_slice(&[0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
        payload.extend_from_slice(&[0xff, 0xff, 255, 2, 0, 0xff, 0xdf, 21]);
        payload.extend_from_slice(&[0; 10]);
        payload.extend_from_slice(b"123456789012\0");
        payload.extend_from_slice(plugin);
        payload.push(0);
        packet(&payload)
    }

    #[test]
    fn a_greeting_gives_version_tls_and_plugin() {
        let expected =
            ServerGreeting { version: "9.7.4".into(), tls: true, plugin: Some("caching_sha2_password".into()) };
        assert_eq!(read(&greeting_of(b"9.7.4", b"caching_sha2_password")), FirstPacket::Greeting(expected));
    }

    #[test]
    fn a_login_finds_what_it_needs() {
        let handshake = handshake(&greeting_of(b"9.7.4", b"caching_sha2_password")[4..]).unwrap();
        assert_eq!(handshake.scramble, b"\x01\x02\x03\x04\x05\x06\x07\x08123456789012");
        assert_eq!((handshake.capabilities, handshake.plugin), (0xdfff_ffff, b"caching_sha2_password".to_vec()));
    }

    #[test]
    fn an_error_in_place_of_the_greeting_is_mysql_too() {
        let refused = packet(b"\xff\x6a\x04Host '10.1.2.3' is not allowed to connect to this MySQL server");
        assert_eq!(read(&refused), FirstPacket::Refusal { code: 1130, seen_as: Some("10.1.2.3".into()) });
        let full = packet(b"\xff\x10\x04Too many connections");
        assert_eq!(read(&full), FirstPacket::Refusal { code: 1040, seen_as: None });
    }

    #[test]
    fn other_services_are_named_and_halves_are_waited_for() {
        assert_eq!(read(b"HTTP/1.1 400 Bad Request\r\n"), FirstPacket::Other(DetectedService::Http));
        assert_eq!(read(b"SSH-2.0-x"), FirstPacket::Other(DetectedService::Ssh));
        assert_eq!(read(b"\x05\0\0\0\x0b\x08\x05\x1a\0"), FirstPacket::Other(DetectedService::MySqlX));
        assert_eq!(read(b"\x4a\0"), FirstPacket::Incomplete);
        let whole = greeting_of(b"8.0.36", b"x");
        assert_eq!(read(&whole[..20]), FirstPacket::Incomplete);
    }

    #[test]
    fn what_is_shown_of_a_version_is_harmless() {
        let FirstPacket::Greeting(greeting) = read(&greeting_of(b"8.0<script>alert(1)</script>\xff\x1b[2J", b"p"))
        else {
            panic!()
        };
        assert_eq!(greeting.version, "8.0scriptalert1script2J");
        let FirstPacket::Greeting(greeting) = read(&greeting_of(&[b'9'; 900], b"p")) else { panic!() };
        assert_eq!(greeting.version.len(), 60);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let _ = handshake(&bytes);
        }

        #[test]
        fn any_bytes_behind_a_fitting_header_are_read(kind in prop_oneof![Just(10_u8), Just(0xff_u8)], body: Vec<u8>) {
            let payload = [&[kind][..], &body].concat();
            if let FirstPacket::Greeting(greeting) = read(&packet(&payload)) {
                prop_assert!(greeting.version.len() <= 60 && greeting.version.is_ascii());
            }
        }

        #[test]
        fn every_beginning_of_a_greeting_is_incomplete(cut in 0_usize..90) {
            let whole = greeting_of(b"8.0.36-0ubuntu0.22.04.1", b"caching_sha2_password");
            prop_assume!(cut < whole.len());
            prop_assert_eq!(read(&whole[..cut]), FirstPacket::Incomplete);
        }

        #[test]
        fn seen_as_is_clean(message: String) {
            if let Some(host) = seen_as(&message) {
                prop_assert_eq!(clean(host.as_bytes()), host);
            }
        }
    }
}
