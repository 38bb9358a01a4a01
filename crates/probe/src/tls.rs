//! TLS handshakes. [`handshake`] accepts any certificate: it finds out whether the server speaks TLS, and nothing secret is sent
//! over such a connection. Before a password is sent, the server proves that it has the private key of its certificate.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::tcp::{ByteStream, TcpConnection};
use crate::x509_v1;

/// Why there is no TLS session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TlsFailure {
    /// It speaks TLS but refuses the handshake: an alert, or only versions before TLS 1.2.
    Refused,
    /// It does not prove that it has the private key of its certificate.
    Unproved,
    /// It closed the connection.
    Closed,
    /// It did not answer in time.
    Silent,
    /// It speaks another protocol.
    Other,
}

/// The CA certificate of the plan cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the CA certificate cannot be read")]
pub(crate) struct AuthorityError;

/// Performs the handshake by `deadline`; `host` is sent as SNI if it is a name.
pub(crate) async fn handshake(
    stream: TcpConnection,
    host: &str,
    deadline: Instant,
) -> Result<TlsStream<TcpConnection>, TlsFailure> {
    handshake_by(stream, host, deadline, any_certificate(KeyProof::NotAsked)).await
}

/// Performs the handshake with a server that proves that it has the private key of its certificate. The caller verifies the issuer.
pub(crate) async fn handshake_with_proof(
    stream: TcpConnection,
    host: &str,
    deadline: Instant,
) -> Result<TlsStream<TcpConnection>, TlsFailure> {
    handshake_by(stream, host, deadline, any_certificate(KeyProof::OfKey)).await
}

async fn handshake_by(
    stream: TcpConnection,
    host: &str,
    deadline: Instant,
    config: Option<Arc<ClientConfig>>,
) -> Result<TlsStream<TcpConnection>, TlsFailure> {
    let config = config.ok_or(TlsFailure::Other)?;
    match timeout_at(deadline.into(), connect(stream, host, config)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(classify(&error)),
        Err(_) => Err(TlsFailure::Silent),
    }
}

/// Performs the handshake according to `config`.
///
/// # Errors
/// Contains a [`rustls::Error`] if TLS itself failed.
pub(crate) async fn connect<S: ByteStream>(
    stream: S,
    host: &str,
    config: Arc<ClientConfig>,
) -> io::Result<TlsStream<S>> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| io::ErrorKind::InvalidInput)?;
    TlsConnector::from(config).connect(name, stream).await
}

fn classify(error: &io::Error) -> TlsFailure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidMessage(_)) => TlsFailure::Other,
        // Any certificate is accepted here. Only its signature of the handshake can fail.
        Some(Error::InvalidCertificate(_)) => TlsFailure::Unproved,
        Some(_) => TlsFailure::Refused,
        None => TlsFailure::Closed,
    }
}

/// What a server proves besides sending its certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyProof {
    /// Nothing. Certificates of X.509 version 1 pass too.
    NotAsked,
    /// That it has the private key of the certificate.
    OfKey,
}

/// Accepts every certificate: before installation nodes use that of the pack, and their identity does not matter here.
pub(crate) fn any_certificate(proof: KeyProof) -> Option<Arc<ClientConfig>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = AcceptAnyCertificate { provider: Arc::clone(&provider), proof };
    client(provider, Arc::new(verifier))
}

/// Accepts certificates that one of the CAs in `authority` (PEM) issued, for any name, as Connector/J does with `VERIFY_CA`. Public
/// CAs do not count: they issue certificates to everyone, for other names.
///
/// # Errors
/// When the text contains no usable CA certificate.
pub(crate) fn issued_by(authority: &str) -> Result<Arc<ClientConfig>, AuthorityError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    let mut given = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate = certificate.map_err(|_| AuthorityError)?;
        roots.add(certificate.clone()).map_err(|_| AuthorityError)?;
        given.push(certificate);
    }
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let signer = builder.build().map_err(|_| AuthorityError)?;
    let any = AcceptAnyCertificate { provider: Arc::clone(&provider), proof: KeyProof::OfKey };
    let verifier = AcceptAnyName { signer, given, any };
    client(provider, Arc::new(verifier)).ok_or(AuthorityError)
}

fn client(provider: Arc<CryptoProvider>, verifier: Arc<dyn ServerCertVerifier>) -> Option<Arc<ClientConfig>> {
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // No session is resumed, and a server may send any number of tickets.
    config.resumption = Resumption::disabled();
    Some(Arc::new(config))
}

#[derive(Debug)]
struct AcceptAnyCertificate {
    provider: Arc<CryptoProvider>,
    proof: KeyProof,
}

/// How rustls verifies the signature of the handshake in one version of TLS.
type VerifySignature = fn(
    &[u8],
    &CertificateDer<'_>,
    &DigitallySignedStruct,
    &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error>;

impl AcceptAnyCertificate {
    /// Verifies that the server has the key of its certificate, the same way in TLS 1.2 and 1.3: `verify` is that of the
    /// version, for certificates that rustls reads.
    fn prove_key(
        &self,
        verify: VerifySignature,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        match self.proof {
            KeyProof::NotAsked => Ok(HandshakeSignatureValid::assertion()),
            KeyProof::OfKey if x509_v1::is_version_1(certificate) => {
                x509_v1::proves_key(message, certificate, signed, algorithms)
            }
            KeyProof::OfKey => verify(message, certificate, signed, algorithms),
        }
    }
}

impl ServerCertVerifier for AcceptAnyCertificate {
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
        self.prove_key(verify_tls12_signature, message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.prove_key(verify_tls13_signature, message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Verifies the issuer and ignores the name. As in Java a certificate that is itself given needs no issuer, and one of X.509
/// version 1 counts.
#[derive(Debug)]
struct AcceptAnyName {
    signer: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
    any: AcceptAnyCertificate,
}

impl ServerCertVerifier for AcceptAnyName {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        revocation: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let is_given = self.given.iter().any(|given| given.as_ref() == server.as_ref());
        if is_given || x509_v1::is_version_1(server) {
            let algorithms = &self.any.provider.signature_verification_algorithms;
            let verified = match is_given {
                true => x509_v1::verify_date(server, now),
                false => x509_v1::verify(server, &self.given, algorithms, now),
            };
            return verified.map(|()| ServerCertVerified::assertion()).map_err(Error::from);
        }
        match self.signer.verify_server_cert(server, intermediates, name, revocation, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
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
