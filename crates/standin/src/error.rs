//! Why a cluster of stand-ins cannot do what was requested.

use std::io;
use std::path::PathBuf;

use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

use crate::database::DatabaseError;

/// Why a cluster or node could not be started or found.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    /// There are no nodes, or more than a cluster may have.
    #[error("a cluster has 1 to {max} nodes, not {count}")]
    NodeCount {
        /// How many were given.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A name is empty, too long, used twice, or has other characters than letters, digits, hyphens and dots.
    #[error("{name:?} cannot be the name of a node: use 1 to 63 letters, digits, hyphens and dots, each name once")]
    NodeName {
        /// The name.
        name: String,
    },
    /// No node has this name.
    #[error("the cluster has no node {name:?}")]
    UnknownNode {
        /// The name.
        name: String,
    },
    /// The certificate or key of a node is not PEM.
    #[error("the certificate or key of {name} cannot be read as PEM")]
    Pem {
        /// The node.
        name: String,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// Certificate and key do not belong together, or the library does not accept them.
    #[error("the certificate and key of {name} cannot be used")]
    Certificate {
        /// The node.
        name: String,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The signing key is not an RSA key in PKCS#8 PEM, or none could be generated.
    #[error("the signing key cannot be used: {reason}")]
    SigningKey {
        /// Why.
        reason: String,
    },
    /// A port cannot be opened.
    #[error("{name} cannot listen on {port} of {address}")]
    Listen {
        /// The node.
        name: String,
        /// The address.
        address: std::net::IpAddr,
        /// The port; 0 for any.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The log file cannot be opened.
    #[error("the log file {} cannot be opened", path.display())]
    LogFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system provides no random bytes.
    #[error("the system does not provide random bytes")]
    Random(#[source] getrandom::Error),
    /// The first records of a database could not be stored.
    #[error("the first records cannot be stored")]
    Database(#[from] DatabaseError),
}
