//! The certificate a TLS server shows, judged as the nodes will: signed by the given CA, in date, for the name.

use std::sync::Arc;

use domain::certificate::covers;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

use crate::mysql::certificate::{self, ServerCertificate};
use crate::old_certificate;

/// Why a certificate is not trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Untrusted {
    /// None of the CAs signed it.
    #[error("is not signed by the given CA")]
    UnknownAuthority,
    /// It ended.
    #[error("has expired")]
    Expired,
    /// It has not begun.
    #[error("is not valid yet")]
    NotYet,
    /// It is for another name.
    #[error("does not name this host")]
    Name,
    /// Something else.
    #[error("is not one that TLS clients accept")]
    Other,
}

/// CAs whose signature counts.
#[derive(Clone, Debug)]
pub struct Authorities {
    roots: Arc<RootCertStore>,
    /// Those that were given, as they are: a server may show one of them itself.
    given: Vec<CertificateDer<'static>>,
}

impl Authorities {
    /// Those that public lists of browsers hold, as the truststore of a JDK does, and with it the stock one of the packs.
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
            // What is no CA certificate is told by the rules; here it signs nothing.
            let _ = roots.add(authority.clone());
        }
        Self { roots: Arc::new(roots), given }
    }
}

/// Judges a chain, the server's own certificate first, against the CAs `authorities`. A certificate that is trusted itself
/// needs nobody's signature, as in a JDK's truststore; many a directory has one that its own key signed.
pub(crate) fn judge(chain: &[CertificateDer<'_>], authorities: &Authorities, host: &str) -> Result<(), Untrusted> {
    let (server, between) = chain.split_first().ok_or(Untrusted::Other)?;
    if authorities.given.iter().any(|given| given.as_ref() == server.as_ref()) {
        return judge_own(server, host);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    if old_certificate::is_version_1(server) {
        let algorithms = &provider.signature_verification_algorithms;
        let signed = old_certificate::judge(server, &authorities.given, algorithms, UnixTime::now());
        return match signed {
            Err(CertificateError::UnknownIssuer) => Err(Untrusted::UnknownAuthority),
            _ => judge_own(server, host),
        };
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&authorities.roots), provider).build();
    let verifier = verifier.map_err(|_| Untrusted::UnknownAuthority)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Untrusted::Name)?;
    match verifier.verify_server_cert(server, between, &name, &[], UnixTime::now()) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(error)) => Err(match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Untrusted::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Untrusted::NotYet,
            // Signature and dates were right: what is left is the name.
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                return judge_own(server, host);
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Untrusted::UnknownAuthority,
            // Such as a CA's certificate that a server shows as its own: what else is wrong is seen by looking at it.
            _ => match judge_own(server, host) {
                Ok(()) if certificate::read(server).is_some_and(|facts| facts.is_authority) => {
                    Untrusted::UnknownAuthority
                }
                Ok(()) => Untrusted::Other,
                Err(error) => error,
            },
        }),
        Err(_) => Err(Untrusted::Other),
    }
}

/// Date and name of a certificate, whoever signed it.
pub(crate) fn judge_own(server: &CertificateDer<'_>, host: &str) -> Result<(), Untrusted> {
    let facts = certificate::read(server).ok_or(Untrusted::Other)?;
    let now = i64::try_from(UnixTime::now().as_secs()).unwrap_or(i64::MAX);
    if facts.not_after < now {
        Err(Untrusted::Expired)
    } else if facts.not_before > now {
        Err(Untrusted::NotYet)
    } else if !is_for(&facts, host) {
        Err(Untrusted::Name)
    } else {
        Ok(())
    }
}

/// Whether a certificate is for a host. As in Java the common name counts where no alternative name is a name of DNS; an
/// address has to be among the alternative names.
fn is_for(facts: &ServerCertificate, host: &str) -> bool {
    let is_name = host.parse::<std::net::IpAddr>().is_err();
    let common = [facts.name.to_ascii_lowercase()];
    covers(&facts.dns_names, &facts.ip_addresses, host)
        || (is_name && facts.dns_names.is_empty() && covers(&common, &[], host))
}
