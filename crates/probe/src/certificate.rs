//! The certificate a TLS server shows, judged as the nodes will: signed by the given CA, in date, for the name.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

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
pub struct Authorities(Arc<RootCertStore>);

impl Authorities {
    /// Those that public lists of browsers hold, as the truststore of a JDK does, and with it the stock one of the packs.
    #[must_use]
    pub fn public() -> Self {
        Self(Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }))
    }

    /// The CA certificates in `authorities` (PEM).
    #[must_use]
    pub fn given(authorities: &str) -> Self {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(authorities.as_bytes()).flatten() {
            // What is no CA certificate is told by the rules; here it signs nothing.
            let _ = roots.add(authority);
        }
        Self(Arc::new(roots))
    }
}

/// Judges a chain, the server's own certificate first, against the CAs `authorities`.
pub(crate) fn judge(chain: &[CertificateDer<'_>], authorities: &Authorities, host: &str) -> Result<(), Untrusted> {
    let (server, between) = chain.split_first().ok_or(Untrusted::Other)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&authorities.0), provider).build();
    let verifier = verifier.map_err(|_| Untrusted::UnknownAuthority)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Untrusted::Name)?;
    match verifier.verify_server_cert(server, between, &name, &[], UnixTime::now()) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(error)) => Err(match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Untrusted::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Untrusted::NotYet,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Untrusted::Name,
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Untrusted::UnknownAuthority,
            _ => Untrusted::Other,
        }),
        Err(_) => Err(Untrusted::Other),
    }
}
