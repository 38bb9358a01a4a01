//! TLS as the configuration wants it: the certificate read or made, TLS 1.2 and 1.3, HTTP/1.1.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

use crate::config::{Access, Tls};
use crate::net::self_signed;
use crate::net::tls_file::{TlsError, read, text};

/// TLS that is ready.
pub struct TlsSetup {
    /// Encrypts connections.
    pub acceptor: TlsAcceptor,
    /// SHA-256 of the certificate, as browsers show it.
    pub fingerprint: String,
    /// Whether the program made the certificate: browsers do not know it.
    pub is_self_made: bool,
}

impl TlsSetup {
    /// TLS as `access` wants it; `None` where it wants none. `now` is in unix seconds.
    ///
    /// # Errors
    /// [`TlsError`] with the file in question.
    pub fn of(access: &Access, data_dir: &Path, now: i64) -> Result<Option<Self>, TlsError> {
        let (certificate, key, is_self_made) = match &access.tls {
            Tls::Off => return Ok(None),
            Tls::SelfMade => {
                let (certificate, key) = self_signed::load_or_create(data_dir, access, now)?;
                (certificate, key, true)
            }
            Tls::Given { certificate, key } => (certificate.clone(), key.clone(), false),
        };
        let chain = read(&certificate)?;
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(text(&chain)).collect::<Result<_, _>>().unwrap_or_default();
        let Some(first) = chain.first() else { return Err(TlsError::NoCertificate { path: certificate }) };
        let fingerprint = fingerprint(first);
        let private = PrivateKeyDer::from_pem_slice(text(&read(&key)?)).map_err(|_| TlsError::NoKey { path: key })?;
        let configuration = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
        let mut configuration = configuration.map_err(|source| TlsError::Use { path: certificate, source })?;
        configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(Self { acceptor: TlsAcceptor::from(Arc::new(configuration)), fingerprint, is_self_made }))
    }
}

fn fingerprint(certificate: &[u8]) -> String {
    let bytes: Vec<String> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}
