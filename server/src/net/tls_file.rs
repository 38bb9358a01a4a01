//! The files of certificates and keys of the server.

use std::path::{Path, PathBuf};

use domain::server_credential::ServerCredential;
use tokio_rustls::rustls;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The certificate's file holds none.
    #[error("{} contains no certificate in PEM", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The key's file holds none that is readable.
    #[error("{} contains no unencrypted private key in PEM", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not go together, or the library does not take them.
    #[error("the certificate in {} and its key cannot be used: {source}", path.display())]
    Use {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// A certificate could not be made.
    #[error("cannot create a certificate: {0}")]
    Make(String),
}

/// A file whose text may be a private key.
pub(super) fn read(path: &Path) -> Result<ServerCredential, TlsError> {
    let text = std::fs::read_to_string(path);
    text.map(ServerCredential::new).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

/// The bytes of a key, for the TLS library and for the file that it is kept in.
#[expect(clippy::disallowed_methods, reason = "the server's own key is used and kept here")]
pub(super) fn text(key: &ServerCredential) -> &[u8] {
    key.reveal().as_bytes()
}
