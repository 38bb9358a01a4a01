//! Who signed whom: finds the way from the server's certificate upwards by names and verified signatures.

use domain::certificate::{ChainFacts, ChainOrder, KeyKind, PublicKeyFacts};
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::oid_registry::{
    OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512, OID_PKCS1_RSASSAPSS,
};
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::AlgorithmIdentifier;

use super::key;
use super::pss::pss_parameters;

/// Whether one certificate signed another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureCheck {
    Yes,
    No,
    /// The names fit, but the algorithm cannot be verified here.
    NotEvaluated,
}

pub(super) fn signed_by(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> SignatureCheck {
    if certificate.issuer().as_raw() != issuer.subject().as_raw() {
        return SignatureCheck::No;
    }
    match certificate.verify_signature(Some(issuer.public_key())) {
        Ok(()) => SignatureCheck::Yes,
        Err(X509Error::SignatureUnsupportedAlgorithm) => SignatureCheck::NotEvaluated,
        // A short key is reported by its length, not as a broken chain.
        Err(_) if is_short_rsa(issuer) => SignatureCheck::NotEvaluated,
        Err(_) if has_unusual_salt(&certificate.signature_algorithm) => SignatureCheck::NotEvaluated,
        Err(_) => SignatureCheck::No,
    }
}

/// The parser verifies RSA signatures with SHA-2 only from 2048 bits on.
fn is_short_rsa(issuer: &X509Certificate<'_>) -> bool {
    let PublicKeyFacts { kind, bits } = key::public(issuer.public_key());
    kind == KeyKind::Rsa && bits < 2048
}

/// The parser verifies RSASSA-PSS only with a salt as long as the digest, as authorities use it.
fn has_unusual_salt(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    let digest_length = |parameters: &RsaSsaPssParams<'_>| match parameters.hash_algorithm_oid() {
        oid if *oid == OID_NIST_HASH_SHA256 => Some(32),
        oid if *oid == OID_NIST_HASH_SHA384 => Some(48),
        oid if *oid == OID_NIST_HASH_SHA512 => Some(64),
        _ => None,
    };
    *algorithm.oid() == OID_PKCS1_RSASSAPSS
        && pss_parameters(algorithm)
            .is_none_or(|parameters| digest_length(&parameters) != Some(parameters.salt_length()))
}

pub(super) fn order_chain(certificates: &[X509Certificate<'_>], server: usize) -> ChainFacts {
    let mut path = vec![server];
    let mut unverified = None;
    let mut complete = false;
    while let Some((at, certificate)) = path.last().and_then(|&at| Some((at, certificates.get(at)?))) {
        if signed_by(certificate, certificate) != SignatureCheck::No {
            complete = true;
            break;
        }
        // The next one first: where two certificates would do, the given order stands.
        let candidates = (at + 1..certificates.len()).chain(0..at).filter(|candidate| !path.contains(candidate));
        let issuer = candidates
            .map(|candidate| (candidate, signed_by(certificate, &certificates[candidate])))
            .find(|(_, signed)| *signed != SignatureCheck::No);
        let Some((issuer, signed)) = issuer else { break };
        if signed == SignatureCheck::NotEvaluated {
            unverified.get_or_insert(at);
        }
        path.push(issuer);
    }
    let top = path.last().and_then(|&at| certificates.get(at));
    let issuer_outside = top.filter(|_| !complete).map(|top| top.issuer().to_string());
    let on_path =
        |certificate: &X509Certificate<'_>| path.iter().any(|&at| certificates[at].as_raw() == certificate.as_raw());
    let order = if path.iter().copied().eq(0..certificates.len()) {
        unverified.map_or(ChainOrder::InOrder, |at| ChainOrder::NotEvaluated { at })
    } else if complete || certificates.iter().all(on_path) {
        ChainOrder::OutOfOrder { right_order: path.clone() }
    } else {
        ChainOrder::Broken { at: path.last().copied().unwrap_or_default() }
    };
    ChainFacts { server, path, order, issuer_outside }
}
