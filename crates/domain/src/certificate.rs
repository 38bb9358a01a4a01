//! Facts about certificates that an operator provides, for the rules TL-01 to TL-04.
//!
//! Pure data: `render` parses the PEM and fills these types; the rules compare them with the plan and a given time.
//! This module does not parse certificates, read the clock or decide on severities.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The facts of a pasted or uploaded chain and, if provided, its private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// The certificates in the order they were given; at least one.
    pub certificates: Vec<CertificateInfo>,
    /// The private key; `None` if none was provided.
    pub key: Option<PublicKeyFacts>,
    /// Whether the private key belongs to the server's certificate ([`ChainFacts::server`]); `None` without a key.
    pub key_matches: Option<bool>,
    /// The relation of the certificates.
    pub chain: ChainFacts,
}

impl CertificateFacts {
    /// The server's certificate: the one the key belongs to, otherwise the first that is not a CA's.
    #[must_use]
    pub fn server(&self) -> Option<&CertificateInfo> {
        self.certificates.get(self.chain.server)
    }

    /// Those of `names` (DNS names or IP addresses) that the server's certificate does not cover.
    #[must_use]
    pub fn names_not_covered<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let server = self.server();
        names.into_iter().filter(|name| !server.is_some_and(|certificate| certificate.covers(name))).collect()
    }

    /// The issuer whose certificate is certainly or probably missing: the chain has a gap, or it ends at the server's
    /// certificate although another CA signed that. A CA certificate at the end needs no issuer: the root is in the
    /// clients' truststores.
    #[must_use]
    pub fn missing_issuer(&self) -> Option<&str> {
        let outside = self.chain.issuer_outside.as_deref()?;
        let ends_at_server = self.chain.path.len() == 1;
        (matches!(self.chain.order, ChainOrder::Broken { .. }) || ends_at_server).then_some(outside)
    }
}

/// The seconds for which a certificate must still be valid: one that expires sooner causes a warning.
pub const MIN_VALID_SECONDS: i64 = 30 * 24 * 60 * 60;

/// When a certificate of a cluster expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateExpiry {
    /// The name in texts: `TLS certificates of the nodes`.
    pub what: String,
    /// The last second of validity, in Unix seconds.
    pub not_after: i64,
    /// How it is renewed.
    pub renewal: Renewal,
}

/// How a certificate is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Renewal {
    /// The TLS certificates that Clusterwright issues: renewed with the same keys.
    Tls,
    /// The signing certificate and the CA: replaced together with all keys.
    Keys,
    /// The load balancer's certificate, if the operator provides it.
    Provided,
    /// A CA certificate of another system.
    Authority,
}

impl Renewal {
    /// What to do, in one sentence.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Tls => {
                "Renew the TLS certificates on the wizard's Keys page or with clusterwright bundle --renew-tls, then install the new bundle."
            }
            Self::Keys => "Plan new keys for the cluster: all issued tokens become unusable.",
            Self::Provided => "Obtain a new certificate, enter it in the Load balancer step, and download again.",
            Self::Authority => "Enter the CA certificate that replaces it, and download again.",
        }
    }
}

/// One certificate. Times are seconds since 1970-01-01 UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateInfo {
    /// The subject as text, such as `CN=sso.example.com, O=Example`.
    pub subject: String,
    /// The issuer as text.
    pub issuer: String,
    /// The DNS names of the subject alternative name extension, in lower case.
    pub dns_names: Vec<String>,
    /// The IP addresses of the subject alternative name extension.
    pub ip_addresses: Vec<IpAddr>,
    /// The first second of validity.
    pub not_before: i64,
    /// The last second of validity.
    pub not_after: i64,
    /// Its public key.
    pub key: PublicKeyFacts,
    /// The name of the signature algorithm, such as `sha256WithRSAEncryption`, or its object identifier.
    pub signature_algorithm: String,
    /// Whether the signature uses MD2, MD5 or SHA-1. Irrelevant on a self-signed root, whose signature is not verified.
    pub weak_signature: bool,
    /// Whether it may sign other certificates (basicConstraints).
    pub is_authority: bool,
    /// Whether it is signed by its own key. The signature was verified, unless its algorithm cannot be verified here.
    pub is_self_signed: bool,
    /// SHA-256 of the DER bytes, lower-case hexadecimal.
    pub fingerprint: String,
}

impl CertificateInfo {
    /// Whether `name` is among its alternative names: [`covers`].
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        covers(&self.dns_names, &self.ip_addresses, name)
    }
}

/// Whether `name`, a DNS name or an IP address, is among the alternative names of a certificate. A wildcard matches
/// exactly one label (RFC 6125 section 6.4.3). The common name does not count: clients ignore it.
#[must_use]
pub fn covers(dns_names: &[String], ip_addresses: &[IpAddr], name: &str) -> bool {
    if let Ok(address) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
        return ip_addresses.contains(&address);
    }
    let name = name.trim_end_matches('.').to_lowercase();
    dns_names.iter().any(|known| match known.strip_prefix("*.") {
        Some(parent) => name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
        None => *known == name,
    })
}

/// A public or private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeyFacts {
    /// Its algorithm.
    pub kind: KeyKind,
    /// Its length in bits; 0 when unknown.
    pub bits: u32,
}

/// The algorithm of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// ECDSA on P-256, P-384 or P-521, identified by the bits.
    Ecdsa,
    /// Ed25519, which Java before 15 does not support.
    Ed25519,
    /// Another one, by name or object identifier.
    Other(String),
}

/// The chain of the given certificates. Positions count from 0 in the given order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainFacts {
    /// Position of the server's certificate.
    pub server: usize,
    /// The positions from the server's certificate upwards, each signed by the next.
    pub path: Vec<usize>,
    /// Whether the given order is correct.
    pub order: ChainOrder,
    /// The issuer of the last certificate of the path; `None` when that one is self-signed, so that nothing is missing.
    pub issuer_outside: Option<String>,
}

/// Whether certificates are in the order of TLS: the server's first, each signed by the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum ChainOrder {
    /// They are.
    InOrder,
    /// All required ones exist; `right_order` lists their positions in the correct order. Others are superfluous.
    OutOfOrder {
        /// Positions, the server's first.
        right_order: Vec<usize>,
    },
    /// No given certificate signed the one at this position, although others follow: one is missing between, or they do
    /// not belong together.
    Broken {
        /// Position of the certificate whose issuer is missing.
        at: usize,
    },
    /// They are by their names, but the signature on the certificate at this position cannot be verified (MD5, DSA, an
    /// issuer's RSA key below 2048 bits…).
    NotEvaluated {
        /// Position of the certificate.
        at: usize,
    },
}

/// The text with the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PemField {
    /// The certificate and its chain.
    Chain,
    /// The private key.
    Key,
}

/// Why a text is not readable as PEM. Block numbers count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PemProblem {
    /// The text with the problem.
    pub field: PemField,
    /// The defect.
    pub fault: PemDefect,
}

/// A defect of a PEM text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum PemDefect {
    /// No `-----BEGIN …-----` line exists.
    NothingFound,
    /// A private key in place of a certificate.
    KeyNotCertificate {
        /// Number of the block.
        block: usize,
    },
    /// A certificate in place of the private key.
    CertificateNotKey {
        /// Number of the block.
        block: usize,
    },
    /// The private key is encrypted.
    EncryptedKey,
    /// Two or more private keys.
    SeveralKeys,
    /// The block has an unsupported label, such as `PKCS7` or `CERTIFICATE REQUEST`.
    OtherKind {
        /// Number of the block.
        block: usize,
        /// The label of its BEGIN line.
        label: String,
    },
    /// The block cannot be read.
    Unreadable {
        /// Number of the block.
        block: usize,
        /// Why, as half a sentence.
        because: String,
    },
    /// Text follows the last `-----END …-----` line.
    TrailingText {
        /// Number of its first line.
        line: usize,
    },
    /// Too many certificates.
    TooMany {
        /// The maximum.
        limit: usize,
    },
}

impl PemProblem {
    /// The defect, as one sentence.
    #[must_use]
    pub fn description(&self) -> String {
        match (&self.fault, self.field) {
            (PemDefect::NothingFound, PemField::Chain) => "The text contains no PEM certificate.".into(),
            (PemDefect::NothingFound, PemField::Key) => "The text contains no PEM private key.".into(),
            (PemDefect::KeyNotCertificate { block }, _) => {
                format!("Block {block} is a private key, not a certificate.")
            }
            (PemDefect::CertificateNotKey { block }, _) => {
                format!("Block {block} is a certificate, not a private key.")
            }
            (PemDefect::EncryptedKey, _) => "The private key is encrypted with a passphrase.".into(),
            (PemDefect::SeveralKeys, _) => "The text contains more than one private key.".into(),
            (PemDefect::OtherKind { block, label }, _) => format!("Block {block} has the label {label}."),
            (PemDefect::Unreadable { block, because }, _) => format!("Block {block} cannot be read: {because}."),
            (PemDefect::TrailingText { line }, _) => format!("Text follows the last END line, at line {line}."),
            (PemDefect::TooMany { limit }, _) => format!("The text contains more than {limit} certificates."),
        }
    }

    /// The remedy, as one or two sentences.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match (&self.fault, self.field) {
            (PemDefect::NothingFound, PemField::Chain) => {
                "Paste everything from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----. Convert a DER or PKCS#12 file \
                 to PEM with openssl first."
            }
            (PemDefect::NothingFound, PemField::Key) => {
                "Paste everything from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----."
            }
            (PemDefect::KeyNotCertificate { .. }, _) => {
                "Enter the private key in its own field and only certificates here."
            }
            (PemDefect::CertificateNotKey { .. }, _) => {
                "Enter certificates in the field of the chain and only the key here."
            }
            (PemDefect::EncryptedKey, _) => {
                "Decrypt it with: openssl pkey -in encrypted.pem -out key.pem. NGINX and HAProxy start unattended and cannot \
                 ask for a passphrase."
            }
            (PemDefect::SeveralKeys, _) => "Keep only the key that belongs to the server's certificate.",
            (PemDefect::OtherKind { .. }, PemField::Chain) => {
                "Enter CERTIFICATE blocks: the server's first, then the chain."
            }
            (PemDefect::OtherKind { .. }, PemField::Key) => {
                "Enter one PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY block with an RSA, P-256, P-384 or Ed25519 key."
            }
            (PemDefect::Unreadable { .. }, _) => "Copy the complete block again, with its BEGIN and END lines.",
            (PemDefect::TrailingText { .. }, _) => "Remove the text, or complete the truncated block.",
            (PemDefect::TooMany { .. }, _) => "Enter only the server's certificate and its chain to the root.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(dns_names: &[&str], ip_addresses: &[&str]) -> CertificateInfo {
        CertificateInfo {
            subject: "CN=sso.example.com".into(),
            issuer: "CN=Example CA".into(),
            dns_names: dns_names.iter().map(ToString::to_string).collect(),
            ip_addresses: ip_addresses.iter().map(|text| text.parse().unwrap()).collect(),
            not_before: 0,
            not_after: 1,
            key: PublicKeyFacts { kind: KeyKind::Rsa, bits: 2048 },
            signature_algorithm: "sha256WithRSAEncryption".into(),
            weak_signature: false,
            is_authority: false,
            is_self_signed: false,
            fingerprint: String::new(),
        }
    }

    #[test]
    fn names_are_compared_as_clients_do() {
        let certificate = certificate(&["sso.example.com", "*.nodes.example.com"], &["10.0.0.1", "::1"]);
        for name in
            ["sso.example.com", "SSO.Example.com.", "is1.nodes.example.com", "10.0.0.1", "[::1]", "0:0:0:0:0:0:0:1"]
        {
            assert!(certificate.covers(name), "{name}");
        }
        for name in ["example.com", "nodes.example.com", "a.b.nodes.example.com", ".nodes.example.com", "10.0.0.2", ""]
        {
            assert!(!certificate.covers(name), "{name}");
        }
    }

    #[test]
    fn a_server_certificate_alone_lacks_its_issuer() {
        let mut facts = CertificateFacts {
            certificates: vec![certificate(&["sso.example.com"], &[])],
            key: None,
            key_matches: None,
            chain: ChainFacts {
                server: 0,
                path: vec![0],
                order: ChainOrder::InOrder,
                issuer_outside: Some("CN=Example CA".into()),
            },
        };
        assert_eq!(facts.missing_issuer(), Some("CN=Example CA"));
        assert_eq!(facts.names_not_covered(["sso.example.com", "is1"]), ["is1"]);
        facts.chain.issuer_outside = None;
        assert_eq!(facts.missing_issuer(), None);
    }
}
