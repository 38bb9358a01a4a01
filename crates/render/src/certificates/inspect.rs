//! Reads the certificates and the private key an operator provides, and reports their properties.
//!
//! Facts only: whether they are good enough is for the rules TL-01 to TL-04 in `domain`. Signatures along the chain are
//! really verified; nothing is looked up in the network or in a store of public authorities.

mod chain;
mod key;
mod pss;

use std::net::IpAddr;

use aws_lc_rs::digest;
use domain::certificate::{CertificateFacts, CertificateInfo, PemDefect, PemField, PemProblem};
use domain::secret::Secret;
use domain::server_credential::ServerCredential;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{OID_HASH_SHA1, OID_PKCS1_RSASSAPSS, OidRegistry};
use x509_parser::prelude::FromDer;
use x509_parser::x509::AlgorithmIdentifier;

use super::pem::{self, PemBlock};
use key::KeyPairFacts;
use pss::pss_parameters;

/// The most certificates read: chains have two to four.
const MAX_CERTIFICATES: usize = 16;

/// Signature algorithms that are too weak to rely on, with their OpenSSL names.
const WEAK_SIGNATURE_ALGORITHMS: [(&str, &str); 8] = [
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.3", "md4WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.3.14.3.2.29", "sha1WithRSA"),
    ("1.2.840.10040.4.3", "dsaWithSHA1"),
    ("1.3.14.3.2.27", "dsaWithSHA1-old"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
];

/// What `chain_pem` and `key_pem` hold, or everything that is wrong with either text.
///
/// # Errors
/// At most one problem per text: its first one.
#[expect(clippy::disallowed_methods, reason = "the key is compared with its certificate; only facts leave")]
pub fn inspect_provided(chain_pem: &str, key_pem: Option<&Secret>) -> Result<CertificateFacts, Vec<PemProblem>> {
    inspect(chain_pem, key_pem.map(|key| key.expose()))
}

/// The same for the TLS certificate of Clusterwright itself.
///
/// # Errors
/// As [`inspect_provided`].
#[expect(clippy::disallowed_methods, reason = "the key is compared with its certificate; only facts leave")]
pub fn inspect_own(chain_pem: &str, key_pem: &ServerCredential) -> Result<CertificateFacts, Vec<PemProblem>> {
    inspect(chain_pem, Some(key_pem.reveal()))
}

fn inspect(chain_pem: &str, key_pem: Option<&str>) -> Result<CertificateFacts, Vec<PemProblem>> {
    let blocks = certificate_blocks(chain_pem).map_err(|fault| PemProblem { field: PemField::Chain, fault });
    let key = key_pem.map(key::read).transpose().map_err(|fault| PemProblem { field: PemField::Key, fault });
    let parsed = match &blocks {
        Ok(blocks) => parse(blocks).map_err(|fault| PemProblem { field: PemField::Chain, fault }),
        Err(problem) => Err(problem.clone()),
    };
    match (parsed, key) {
        (Ok(certificates), Ok(key)) => Ok(facts(&certificates, key)),
        (certificates, key) => Err(certificates.err().into_iter().chain(key.err()).collect()),
    }
}

fn certificate_blocks(text: &str) -> Result<Vec<PemBlock>, PemDefect> {
    let blocks = pem::read(text)?;
    for PemBlock { number: block, label, .. } in &blocks {
        match label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {}
            "ENCRYPTED PRIVATE KEY" => return Err(PemDefect::KeyNotCertificate { block: *block }),
            label if label.ends_with("PRIVATE KEY") => return Err(PemDefect::KeyNotCertificate { block: *block }),
            label => return Err(PemDefect::OtherKind { block: *block, label: label.to_owned() }),
        }
    }
    if blocks.len() > MAX_CERTIFICATES { Err(PemDefect::TooMany { limit: MAX_CERTIFICATES }) } else { Ok(blocks) }
}

fn parse(blocks: &[PemBlock]) -> Result<Vec<X509Certificate<'_>>, PemDefect> {
    blocks
        .iter()
        .map(|block| {
            let unreadable = |because: &str| PemDefect::Unreadable { block: block.number, because: because.to_owned() };
            let (rest, certificate) =
                X509Certificate::from_der(&block.der).map_err(|_| unreadable("its content is not a certificate"))?;
            // OpenSSL's own "TRUSTED CERTIFICATE" appends what the certificate is trusted for.
            if rest.is_empty() || block.label == "TRUSTED CERTIFICATE" {
                Ok(certificate)
            } else {
                Err(unreadable("bytes follow the certificate inside the block"))
            }
        })
        .collect()
}

fn facts(certificates: &[X509Certificate<'_>], key: Option<KeyPairFacts>) -> CertificateFacts {
    let has_key = |certificate: &X509Certificate<'_>| {
        key.as_ref().is_some_and(|key| key.public == *certificate.public_key().subject_public_key.data)
    };
    let server = certificates
        .iter()
        .position(has_key)
        .or_else(|| certificates.iter().position(|certificate| !certificate.is_ca()))
        .unwrap_or_default();
    CertificateFacts {
        key_matches: key.as_ref().map(|_| certificates.get(server).is_some_and(has_key)),
        key: key.map(|key| key.facts),
        chain: chain::order_chain(certificates, server),
        certificates: certificates.iter().map(certificate).collect(),
    }
}

fn certificate(certificate: &X509Certificate<'_>) -> CertificateInfo {
    let mut dns_names = Vec::new();
    let mut ip_addresses = Vec::new();
    if let Ok(Some(extension)) = certificate.subject_alternative_name() {
        for name in &extension.value.general_names {
            match name {
                GeneralName::DNSName(name) => dns_names.push(name.to_ascii_lowercase()),
                GeneralName::IPAddress(bytes) => ip_addresses.extend(
                    <[u8; 4]>::try_from(*bytes)
                        .map(IpAddr::from)
                        .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)),
                ),
                _ => {}
            }
        }
    }
    CertificateInfo {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        dns_names,
        ip_addresses,
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
        key: key::public(certificate.public_key()),
        signature_algorithm: algorithm_name(&certificate.signature_algorithm),
        weak_signature: is_weak(&certificate.signature_algorithm),
        is_authority: certificate.is_ca(),
        is_self_signed: chain::signed_by(certificate, certificate) != chain::SignatureCheck::No,
        fingerprint: hex::encode(digest::digest(&digest::SHA256, certificate.as_raw())),
    }
}

fn algorithm_name(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let identifier = algorithm.oid().to_id_string();
    if let Some((_, name)) = WEAK_SIGNATURE_ALGORITHMS.iter().find(|(weak, _)| *weak == identifier) {
        return (*name).to_owned();
    }
    let registry = OidRegistry::default().with_crypto().with_x509();
    registry.get(algorithm.oid()).map_or(identifier, |entry| entry.sn().to_owned())
}

fn is_weak(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    if *algorithm.oid() == OID_PKCS1_RSASSAPSS {
        // RSASSA-PSS without parameters means SHA-1 (RFC 4055 section 3.1).
        return pss_parameters(algorithm).is_none_or(|parameters| *parameters.hash_algorithm_oid() == OID_HASH_SHA1);
    }
    let identifier = algorithm.oid().to_id_string();
    WEAK_SIGNATURE_ALGORITHMS.iter().any(|(weak, _)| *weak == identifier)
}
