//! Verifies the certificate of a TLS server as the nodes will: issued by a trusted CA, in date, for the name.

use std::sync::Arc;

use domain::certificate::covers;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, Error, RootCertStore};

use crate::clock;
use crate::mysql::certificate::{self, ServerCertificate};
use crate::x509_v1;

/// Why a certificate is not trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum UntrustedReason {
    /// None of the CAs issued it.
    #[error("was not issued by the CA of the plan")]
    UnknownAuthority,
    /// Its validity has ended.
    #[error("has expired")]
    Expired,
    /// Its validity has not begun.
    #[error("is not valid yet")]
    NotYetValid,
    /// It is for another name.
    #[error("does not name this host")]
    Name,
    /// Another defect.
    #[error("is not accepted by TLS clients")]
    Other,
}

/// Trusted CAs.
#[derive(Clone, Debug)]
pub struct TrustAnchors {
    roots: Arc<RootCertStore>,
    /// The given certificates: a server may use one of them itself.
    given: Vec<CertificateDer<'static>>,
}

impl TrustAnchors {
    /// The CAs that browsers trust. The truststore of a JDK and the stock one of the packs contain the same.
    #[must_use]
    pub fn public() -> Self {
        let roots = Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
        Self { roots, given: Vec::new() }
    }

    /// The CA certificates in `authorities` (PEM).
    #[must_use]
    pub fn given(authorities: &str) -> Self {
        let mut roots = RootCertStore::empty();
        let given: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(authorities.as_bytes()).flatten().collect();
        for authority in &given {
            // The rules report a certificate that is not a CA's; here it issues nothing.
            let _ = roots.add(authority.clone());
        }
        Self { roots: Arc::new(roots), given }
    }
}

/// Verifies a chain, the server certificate first, against `authorities`. A certificate that is itself trusted needs no issuer, as
/// in the truststore of a JDK: many directories have a self-signed one.
pub(crate) fn verify(
    chain: &[CertificateDer<'_>],
    authorities: &TrustAnchors,
    host: &str,
) -> Result<(), UntrustedReason> {
    let (server, intermediates) = chain.split_first().ok_or(UntrustedReason::Other)?;
    if authorities.given.iter().any(|given| given.as_ref() == server.as_ref()) {
        return verify_own(server, host);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    if x509_v1::is_version_1(server) {
        let algorithms = &provider.signature_verification_algorithms;
        let signed = x509_v1::verify(server, &authorities.given, algorithms, clock::now());
        return match signed {
            Err(CertificateError::UnknownIssuer) => Err(UntrustedReason::UnknownAuthority),
            _ => verify_own(server, host),
        };
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&authorities.roots), provider).build();
    let verifier = verifier.map_err(|_| UntrustedReason::UnknownAuthority)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| UntrustedReason::Name)?;
    match verifier.verify_server_cert(server, intermediates, &name, &[], clock::now()) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(error)) => Err(match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => UntrustedReason::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => UntrustedReason::NotYetValid,
            // Signature and dates are correct. Only the name is left.
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                return verify_own(server, host);
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => UntrustedReason::UnknownAuthority,
            // For example a CA certificate that a server uses as its own: date and name show what else is wrong.
            _ => match verify_own(server, host) {
                Ok(()) if certificate::parse(server).is_some_and(|facts| facts.is_authority) => {
                    UntrustedReason::UnknownAuthority
                }
                Ok(()) => UntrustedReason::Other,
                Err(error) => error,
            },
        }),
        Err(_) => Err(UntrustedReason::Other),
    }
}

/// Verifies that `authorities` issued the certificate (or that it is one of them), that it is in date, and that it names one of
/// `names`. Unlike [`verify`], whose reasons are for people, it accepts nothing that rustls does not: what contains a password is
/// sent after it.
pub(crate) fn verify_strictly(
    chain: &[CertificateDer<'_>],
    authorities: &TrustAnchors,
    names: &[&str],
) -> Result<(), UntrustedReason> {
    let (server, intermediates) = chain.split_first().ok_or(UntrustedReason::Other)?;
    if authorities.given.iter().any(|given| given.as_ref() == server.as_ref()) {
        let verified = names.iter().map(|name| verify_own(server, name));
        return verified.reduce(|first, other| first.or(other)).unwrap_or(Err(UntrustedReason::Name));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&authorities.roots), provider).build();
    let verifier = verifier.map_err(|_| UntrustedReason::UnknownAuthority)?;
    for name in names {
        let Ok(name) = ServerName::try_from((*name).to_owned()) else { continue };
        match verifier.verify_server_cert(server, intermediates, &name, &[], clock::now()) {
            Ok(_) => return Ok(()),
            // rustls compares the name after everything else.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => {}
            Err(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
                return Err(UntrustedReason::Expired);
            }
            Err(Error::InvalidCertificate(
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
            )) => return Err(UntrustedReason::NotYetValid),
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
                return Err(UntrustedReason::UnknownAuthority);
            }
            Err(_) => return Err(UntrustedReason::Other),
        }
    }
    Err(UntrustedReason::Name)
}

/// Verifies date and name of a certificate of any issuer.
pub(crate) fn verify_own(server: &CertificateDer<'_>, host: &str) -> Result<(), UntrustedReason> {
    let facts = certificate::parse(server).ok_or(UntrustedReason::Other)?;
    let now = i64::try_from(clock::now().as_secs()).unwrap_or(i64::MAX);
    if facts.not_after < now {
        Err(UntrustedReason::Expired)
    } else if facts.not_before > now {
        Err(UntrustedReason::NotYetValid)
    } else if !is_for(&facts, host) {
        Err(UntrustedReason::Name)
    } else {
        Ok(())
    }
}

/// Whether a certificate is for a host. As in Java the common name counts if no alternative name is a DNS name; an address must be
/// among the alternative names.
fn is_for(facts: &ServerCertificate, host: &str) -> bool {
    let is_name = host.parse::<std::net::IpAddr>().is_err();
    let common = [facts.name.to_ascii_lowercase()];
    covers(&facts.dns_names, &facts.ip_addresses, host)
        || (is_name && facts.dns_names.is_empty() && covers(&common, &[], host))
}
