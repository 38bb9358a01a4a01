//! The certificates of a cluster: a private authority, one for the load balancer, one per node, the primary key's.
//!
//! All keys come from the [`KeyRing`](crate::keyring::KeyRing), all signatures are deterministic (RFC 6979 for ECDSA, PKCS#1 v1.5 for RSA) and all
//! times count from the ring, so the same request gives the same bytes. What the operator provides is read in
//! [`inspect`]. Key stores are written elsewhere ([`crate::keystore`]); no file is written here.

pub mod inspect;
mod issue;
pub(crate) mod pem;
mod signer;

pub use issue::{ExpiryTimes, expiry_times, issue, signing_fingerprint};

use std::net::IpAddr;

use domain::secret::Secret;
use domain::server_credential::ServerCredential;

use crate::keyring::{KeyRingError, PrivateKey};

/// Why certificates could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A key could not be derived.
    #[error("the key {label} cannot be derived")]
    Key {
        /// The label of the key.
        label: String,
        /// Why.
        #[source]
        source: KeyRingError,
    },
    /// The primary key could not be loaded for signing.
    #[error("the primary key cannot be loaded")]
    LoadRsa(#[source] aws_lc_rs::error::KeyRejected),
    /// An ECDSA key could not be loaded for signing.
    #[error("the key cannot be loaded")]
    LoadEcdsa(#[source] p256::pkcs8::Error),
    /// A name cannot stand in a certificate: DNS names are ASCII there (an IDN in its `xn--` form).
    #[error("a certificate cannot contain {name:?} as a DNS name")]
    Name {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// A time is outside what a certificate can express.
    #[error("a certificate cannot contain the time {seconds}")]
    Time {
        /// Seconds since 1970-01-01 UTC.
        seconds: i64,
        /// Why.
        #[source]
        source: time::error::ComponentRange,
    },
    /// The certificate could not be built or signed.
    #[error("the certificate {label} cannot be issued")]
    Issue {
        /// The label of its key.
        label: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningAuthority {
    /// Each certificate is signed by its own key: every client must be told about every one.
    SelfSigned,
    /// A private authority signs the load balancer's and the nodes'. The primary certificate stays self-signed in every
    /// mode: it identifies the token signing key and is compared, not chained.
    PrivateAuthority,
    /// The operator provides the load balancer's; a private authority signs the nodes'.
    Provided,
}

/// What one certificate is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafRequest {
    /// The common name; where it has more than 64 characters its first label stands in (X.520 allows no more).
    pub subject: String,
    /// DNS names, ASCII (an IDN in its `xn--` form). Repeated ones count once.
    pub dns_names: Vec<String>,
    /// IP addresses. Repeated ones count once.
    pub ip_addresses: Vec<IpAddr>,
    /// The key's label in the key ring: `lb`, `primary`, `node/<name>`. The same label has the same key for ever.
    pub label: String,
}

impl LeafRequest {
    /// A request whose alternative names are `names`, each taken as an IP address where it is one and as a DNS name
    /// otherwise.
    pub fn new<'a>(
        label: impl Into<String>,
        subject: impl Into<String>,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut request =
            Self { subject: subject.into(), dns_names: Vec::new(), ip_addresses: Vec::new(), label: label.into() };
        for name in names {
            match name.trim_matches(['[', ']']).parse::<IpAddr>() {
                Ok(address) => request.ip_addresses.push(address),
                Err(_) => request.dns_names.push(name.to_owned()),
            }
        }
        request
    }

    /// The load balancer's: the hostname only.
    #[must_use]
    pub fn load_balancer(hostname: &str) -> Self {
        Self::new("lb", hostname, [hostname])
    }

    /// A node's: the hostname (internal calls of a node use it and reach the node itself), the node's own host and name,
    /// and the loopback names.
    #[must_use]
    pub fn node(name: &str, host: &str, hostname: &str) -> Self {
        Self::new(format!("node/{name}"), host, [hostname, host, name, "localhost", "127.0.0.1"])
    }
}

/// All certificates to issue for one cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequests {
    /// Who signs.
    pub trust: SigningAuthority,
    /// The load balancer's; not issued where the operator provides it.
    pub load_balancer: LeafRequest,
    /// One per node.
    pub nodes: Vec<LeafRequest>,
    /// The hostname of the cluster: only rings of format 1 name the signing certificate after it.
    pub hostname: String,
}

/// A certificate with its private key and the certificates above it.
#[derive(Clone, Debug)]
pub struct IssuedCertificate {
    /// DER, the certificate itself first, each signed by the next, up to and with the authority's.
    pub chain: Vec<Vec<u8>>,
    pub(crate) key: PrivateKey,
}

impl IssuedCertificate {
    /// The certificate alone, as PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.chain.first().map(|der| pem::write("CERTIFICATE", der)).unwrap_or_default()
    }

    /// The certificate and those above it, as PEM, in the order TLS servers send them.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| pem::write("CERTIFICATE", der)).collect()
    }

    /// The private key, unencrypted PKCS#8 as PEM: for files with mode 0600.
    #[must_use]
    pub fn key_pem(&self) -> Secret {
        Secret::new(pem::write("PRIVATE KEY", self.key.pkcs8()))
    }

    /// The same for the TLS certificate of Clusterwright itself.
    #[must_use]
    pub fn key_credential(&self) -> ServerCredential {
        ServerCredential::new(pem::write("PRIVATE KEY", self.key.pkcs8()))
    }

    /// The private key, for [`crate::keystore`].
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }
}

/// All certificates of one cluster.
#[derive(Clone, Debug)]
pub struct CertificateSet {
    /// The private authority; `None` where each certificate is self-signed.
    pub authority: Option<IssuedCertificate>,
    /// The load balancer's; `None` where the operator provides it.
    pub load_balancer: Option<IssuedCertificate>,
    /// One per node, in the order of the requests.
    pub nodes: Vec<IssuedCertificate>,
    /// The primary key's: signs tokens, the same on all nodes.
    pub primary: IssuedCertificate,
}
