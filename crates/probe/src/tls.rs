//! TLS handshakes. [`handshake`] looks at whether TLS is spoken, not at whom with: any certificate is accepted, and nothing
//! secret is sent over such a connection. Before a password the server proves that it has the key of its certificate.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::old_certificate;
use crate::tcp::{Stream, TcpConnection};

/// Why there is no TLS session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoTls {
    /// It speaks TLS but refuses us: an alert, or only versions before TLS 1.2.
    Refused,
    /// It does not prove that it has the key of the certificate it shows.
    Unproved,
    /// It closed the connection.
    Closed,
    /// It said nothing.
    Silent,
    /// It speaks something else.
    Other,
}

/// The CA certificate of the plan cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the CA certificate cannot be read")]
pub(crate) struct BadAuthority;

/// Does the handshake by `deadline`; `host` is the name or address sent as SNI.
pub(crate) async fn handshake(
    stream: TcpConnection,
    host: &str,
    deadline: Instant,
) -> Result<TlsStream<TcpConnection>, NoTls> {
    handshake_by(stream, host, deadline, any_certificate(Proof::NotAsked)).await
}

/// Does the handshake with a server that has the key of the certificate it shows, whoever signed that: the caller judges it.
pub(crate) async fn handshake_with_proof(
    stream: TcpConnection,
    host: &str,
    deadline: Instant,
) -> Result<TlsStream<TcpConnection>, NoTls> {
    handshake_by(stream, host, deadline, any_certificate(Proof::OfKey)).await
}

async fn handshake_by(
    stream: TcpConnection,
    host: &str,
    deadline: Instant,
    config: Option<Arc<ClientConfig>>,
) -> Result<TlsStream<TcpConnection>, NoTls> {
    let config = config.ok_or(NoTls::Other)?;
    match timeout_at(deadline.into(), connect(stream, host, config)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(judge(&error)),
        Err(_) => Err(NoTls::Silent),
    }
}

/// Does the handshake by the rules of `config`.
///
/// # Errors
/// With a [`rustls::Error`] inside where TLS itself failed.
pub(crate) async fn connect<S: Stream>(stream: S, host: &str, config: Arc<ClientConfig>) -> io::Result<TlsStream<S>> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| io::ErrorKind::InvalidInput)?;
    TlsConnector::from(config).connect(name, stream).await
}

fn judge(error: &io::Error) -> NoTls {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidMessage(_)) => NoTls::Other,
        // Any certificate is accepted here: its signature of the handshake is what can fail.
        Some(Error::InvalidCertificate(_)) => NoTls::Unproved,
        Some(_) => NoTls::Refused,
        None => NoTls::Closed,
    }
}

/// How much a server shows besides its certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proof {
    /// Nothing. Certificates of an old form, such as those of X.509 version 1, pass.
    NotAsked,
    /// That it has the key of the certificate.
    OfKey,
}

/// Accepts every certificate: before installation nodes have the pack's own, and who answers is not the question here.
pub(crate) fn any_certificate(proof: Proof) -> Option<Arc<ClientConfig>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = AnyCertificate { provider: Arc::clone(&provider), proof };
    client(provider, Arc::new(verifier))
}

/// Accepts certificates that one of the CAs in `authority` (PEM) signed, whatever name they are for, as Connector/J does with
/// `VERIFY_CA`. No public CA counts: anybody gets a certificate of those for a name of their own.
///
/// # Errors
/// When the text holds no CA certificate that can be used.
pub(crate) fn signed_by(authority: &str) -> Result<Arc<ClientConfig>, BadAuthority> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    let mut given = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate = certificate.map_err(|_| BadAuthority)?;
        roots.add(certificate.clone()).map_err(|_| BadAuthority)?;
        given.push(certificate);
    }
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let signer = builder.build().map_err(|_| BadAuthority)?;
    let any = AnyCertificate { provider: Arc::clone(&provider), proof: Proof::OfKey };
    let verifier = AnyName { signer, given, any };
    client(provider, Arc::new(verifier)).ok_or(BadAuthority)
}

fn client(provider: Arc<CryptoProvider>, verifier: Arc<dyn ServerCertVerifier>) -> Option<Arc<ClientConfig>> {
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // No session is taken up again, and a server may send tickets without end.
    config.resumption = Resumption::disabled();
    Some(Arc::new(config))
}

#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
    proof: Proof,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.proof {
            Proof::NotAsked => Ok(HandshakeSignatureValid::assertion()),
            Proof::OfKey => {
                let algorithms = &self.provider.signature_verification_algorithms;
                if old_certificate::is_version_1(certificate) {
                    return old_certificate::proves_key(message, certificate, signed, algorithms);
                }
                verify_tls12_signature(message, certificate, signed, algorithms)
            }
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.proof {
            Proof::NotAsked => Ok(HandshakeSignatureValid::assertion()),
            Proof::OfKey => {
                let algorithms = &self.provider.signature_verification_algorithms;
                if old_certificate::is_version_1(certificate) {
                    return old_certificate::proves_key(message, certificate, signed, algorithms);
                }
                verify_tls13_signature(message, certificate, signed, algorithms)
            }
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Asks for the signature of a CA and not for the name. As in Java a certificate that is given itself needs no signature, and
/// one of X.509 version 1 counts.
#[derive(Debug)]
struct AnyName {
    signer: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
    any: AnyCertificate,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        revocation: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let is_given = self.given.iter().any(|given| given.as_ref() == server.as_ref());
        if is_given || old_certificate::is_version_1(server) {
            let algorithms = &self.any.provider.signature_verification_algorithms;
            let judged = match is_given {
                true => old_certificate::judge_date(server, now),
                false => old_certificate::judge(server, &self.given, algorithms, now),
            };
            return judged.map(|()| ServerCertVerified::assertion()).map_err(Error::from);
        }
        match self.signer.verify_server_cert(server, between, name, revocation, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.any.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.any.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.any.supported_verify_schemes()
    }
}
