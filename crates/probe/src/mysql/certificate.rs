//! The certificate that a MySQL server sends when the client requests TLS, of any issuer. Nothing secret is sent.

use std::net::IpAddr;
use std::time::Instant;

use rustls::pki_types::CertificateDer;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout_at;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::greeting::{self, FirstPacket};
use crate::address::PinnedAddress;
use crate::tcp::{self, FirstReadOutcome};
use crate::tls;

/// `CLIENT_LONG_PASSWORD`, `CLIENT_PROTOCOL_41`, `CLIENT_SSL`, `CLIENT_SECURE_CONNECTION` and `CLIENT_PLUGIN_AUTH`: what
/// clients of all these servers send to request TLS.
const CAPABILITIES: u32 = 0x0008_8a01;

/// A server's certificate.
#[derive(Clone, Debug)]
pub(crate) struct ServerCertificate {
    /// Common name, cleaned; "" if it has none.
    pub(crate) name: String,
    /// Common name of the issuer, cleaned; "" if it has none.
    pub(crate) issuer: String,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<IpAddr>,
    /// Whether it is a CA certificate (basic constraints).
    pub(crate) is_authority: bool,
    /// Seconds since 1970.
    pub(crate) not_before: i64,
    /// Seconds since 1970.
    pub(crate) not_after: i64,
}

/// Reads the server certificate on a separate connection; `None` if the server sends none.
pub(crate) async fn of(to: PinnedAddress, host: &str, deadline: Instant) -> Option<ServerCertificate> {
    parse(chain(to, host, deadline).await?.first()?)
}

/// Reads the certificate chain on a separate connection, the server certificate first; `None` if the server sends none.
pub(crate) async fn chain(to: PinnedAddress, host: &str, deadline: Instant) -> Option<Vec<CertificateDer<'static>>> {
    let mut stream = tcp::connect(to, deadline).await.ok()?;
    let mut bytes = Vec::new();
    loop {
        match greeting::read(&bytes) {
            FirstPacket::Greeting(greeting) if greeting.tls => break,
            FirstPacket::Incomplete => {}
            _ => return None,
        }
        if !matches!(tcp::read_some(&mut stream, &mut bytes, deadline).await, FirstReadOutcome::Bytes) {
            return None;
        }
    }
    timeout_at(deadline.into(), stream.write_all(&request())).await.ok()?.ok()?;
    let stream = tls::handshake(stream, host, deadline).await.ok()?;
    let (_, session) = stream.get_ref();
    session.peer_certificates().map(|chain| chain.iter().map(|one| one.clone().into_owned()).collect())
}

/// The packet that requests TLS: capabilities, largest packet, character set (latin1) and 23 zeros.
fn request() -> Vec<u8> {
    let mut packet = vec![32, 0, 0, 1];
    packet.extend(CAPABILITIES.to_le_bytes());
    packet.extend((1_u32 << 24).to_le_bytes());
    packet.push(8);
    packet.resize(36, 0);
    packet
}

/// Parses a certificate; `None` if it is none.
pub(crate) fn parse(der: &[u8]) -> Option<ServerCertificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let common = |name: &x509_parser::x509::X509Name<'_>| {
        let first = name.iter_common_name().next();
        first.map_or_else(String::new, |attribute| greeting::clean(attribute.as_slice()))
    };
    let (mut dns_names, mut ip_addresses) = (Vec::new(), Vec::new());
    if let Ok(Some(extension)) = certificate.subject_alternative_name() {
        for name in &extension.value.general_names {
            match name {
                GeneralName::DNSName(name) => dns_names.push(name.to_ascii_lowercase()),
                GeneralName::IPAddress(bytes) => ip_addresses.extend(
                    <[u8; 4]>::try_from(*bytes)
                        .map(IpAddr::from)
                        .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)),
                ),
                _ => {}
            }
        }
    }
    Some(ServerCertificate {
        name: common(certificate.subject()),
        issuer: common(certificate.issuer()),
        dns_names,
        ip_addresses,
        is_authority: certificate.is_ca(),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_request_is_a_packet_of_32_bytes() {
        assert_eq!((request().len(), &request()[..5]), (36, &[32, 0, 0, 1, 1][..]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
