//! TLS of a node: the certificate and key that it was given, TLS 1.2 and 1.3, HTTP/1.1.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

use crate::error::StandInError;

/// Encrypts the connections of the node `name`.
pub(crate) fn acceptor(name: &str, certificate_pem: &str, key_pem: &str) -> Result<TlsAcceptor, StandInError> {
    let pem = |source| StandInError::Pem { name: name.to_owned(), source };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(certificate_pem.as_bytes()).collect::<Result<_, _>>().map_err(pem)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(pem)?;
    let configuration = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut configuration =
        configuration.map_err(|source| StandInError::Certificate { name: name.to_owned(), source })?;
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(configuration)))
}
