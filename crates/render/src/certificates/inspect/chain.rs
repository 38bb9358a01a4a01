//! Who signed whom: finds the way from the server's certificate upwards by names and verified signatures.

use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use domain::certificate::{Chain, ChainOrder};
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::oid_registry::{
    OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512, OID_PKCS1_RSASSAPSS, OID_PKCS1_SHA256WITHRSA,
};
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::AlgorithmIdentifier;

use super::pss_parameters;

/// Whether one certificate signed another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    Yes,
    No,
    /// The names fit, but the algorithm cannot be verified here.
    NotJudged,
}

pub(super) fn signed_by(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Signed {
    if certificate.issuer().as_raw() != issuer.subject().as_raw() {
        return Signed::No;
    }
    match certificate.verify_signature(Some(issuer.public_key())) {
        Ok(()) => Signed::Yes,
        Err(X509Error::SignatureUnsupportedAlgorithm) => Signed::NotJudged,
        // The parser verifies SHA-256 only from 2048 bits on. Shorter keys are reported as such, not as a broken chain.
        Err(_) if *certificate.signature_algorithm.oid() == OID_PKCS1_SHA256WITHRSA => {
            let key = &issuer.public_key().subject_public_key.data;
            let verified = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key)
                .verify(certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
            if verified.is_ok() { Signed::Yes } else { Signed::No }
        }
        Err(_) if has_unusual_salt(&certificate.signature_algorithm) => Signed::NotJudged,
        Err(_) => Signed::No,
    }
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

pub(super) fn order(certificates: &[X509Certificate<'_>], server: usize) -> Chain {
    let mut path = vec![server];
    let mut not_judged = None;
    let mut complete = false;
    while let Some((at, certificate)) = path.last().and_then(|&at| Some((at, certificates.get(at)?))) {
        if signed_by(certificate, certificate) == Signed::Yes {
            complete = true;
            break;
        }
        let issuer =
            (0..certificates.len()).filter(|candidate| !path.contains(candidate)).find_map(
                |candidate| match signed_by(certificate, &certificates[candidate]) {
                    Signed::No => None,
                    signed => Some((candidate, signed)),
                },
            );
        let Some((issuer, signed)) = issuer else { break };
        if signed == Signed::NotJudged {
            not_judged.get_or_insert(at);
        }
        path.push(issuer);
    }
    let top = path.last().and_then(|&at| certificates.get(at));
    let issuer_outside = top.filter(|_| !complete).map(|top| top.issuer().to_string());
    let on_path =
        |certificate: &X509Certificate<'_>| path.iter().any(|&at| certificates[at].as_raw() == certificate.as_raw());
    let order = if let Some(at) = not_judged {
        ChainOrder::NotJudged { at }
    } else if path.iter().copied().eq(0..certificates.len()) {
        ChainOrder::InOrder
    } else if complete || certificates.iter().all(on_path) {
        ChainOrder::OutOfOrder { right_order: path.clone() }
    } else {
        ChainOrder::Broken { at: path.last().copied().unwrap_or_default() }
    };
    Chain { server, path, order, issuer_outside }
}
