//! TLS handshakes that look at whether TLS is spoken, not at whom with: any certificate is accepted, and nothing secret
//! is sent over such a connection.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Why there is no TLS session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoTls {
    /// It speaks TLS but refuses us: an alert, or only versions before TLS 1.2.
    Refused,
    /// It closed the connection.
    Closed,
    /// It said nothing.
    Silent,
    /// It speaks something else.
    Other,
}

/// Does the handshake by `deadline`; `host` is the name or address sent as SNI.
pub(crate) async fn handshake(stream: TcpStream, host: &str, deadline: Instant) -> Result<TlsStream<TcpStream>, NoTls> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| NoTls::Other)?;
    let connector = TlsConnector::from(client().ok_or(NoTls::Other)?);
    match timeout_at(deadline.into(), connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(judge(&error)),
        Err(_) => Err(NoTls::Silent),
    }
}

fn judge(error: &io::Error) -> NoTls {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidMessage(_)) => NoTls::Other,
        Some(_) => NoTls::Refused,
        None => NoTls::Closed,
    }
}

fn client() -> Option<Arc<ClientConfig>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(Arc::new(versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// Accepts every certificate: before installation nodes have the pack's own, and who answers is not the question here.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
