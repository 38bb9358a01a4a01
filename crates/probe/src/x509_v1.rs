//! Certificates of X.509 version 1, which `openssl x509 -req` creates without extensions and Java accepts. rustls-webpki refuses
//! them, so signature and dates are verified here. Only an authority that is itself trusted counts as the issuer: version 1 does
//! not state which certificates may issue others.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Version};

/// Whether a certificate is of version 1.
pub(crate) fn is_version_1(certificate: &CertificateDer<'_>) -> bool {
    parse(certificate).is_some_and(|certificate| certificate.version() == X509Version::V1)
}

/// Verifies a server certificate of version 1: one of `authorities` issued it, and it is in date. The name is ignored.
///
/// # Errors
/// [`CertificateError::BadEncoding`] if it is not of version 1.
pub(crate) fn verify(
    server: &CertificateDer<'_>,
    authorities: &[CertificateDer<'_>],
    algorithms: &WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> Result<(), CertificateError> {
    let certificate = parse(server).filter(|certificate| certificate.version() == X509Version::V1);
    let certificate = certificate.ok_or(CertificateError::BadEncoding)?;
    let is_signer = |authority: &CertificateDer<'_>| {
        parse(authority).is_some_and(|authority| {
            authority.subject().as_raw() == certificate.issuer().as_raw()
                && is_signed(
                    algorithms.all.iter().copied(),
                    Some(&certificate.signature_algorithm.algorithm),
                    authority.public_key(),
                    certificate.tbs_certificate.as_ref(),
                    &certificate.signature_value.data,
                )
        })
    };
    if !authorities.iter().any(is_signer) {
        return Err(CertificateError::UnknownIssuer);
    }
    in_date(&certificate, now)
}

/// Verifies that a certificate is in date.
///
/// # Errors
/// When it is not, or cannot be parsed.
pub(crate) fn verify_date(server: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    in_date(&parse(server).ok_or(CertificateError::BadEncoding)?, now)
}

/// Verifies that a server has the private key of its certificate of version 1, by its signature of the handshake.
///
/// # Errors
/// When the signature of `message` is wrong, or the certificate is of another version.
pub(crate) fn proves_key(
    message: &[u8],
    server: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    let certificate = parse(server).filter(|certificate| certificate.version() == X509Version::V1);
    let certificate = certificate.ok_or(CertificateError::BadEncoding)?;
    let of_scheme = |(scheme, _): &&(SignatureScheme, _)| *scheme == signed.scheme;
    let candidates = algorithms.mapping.iter().filter(of_scheme).flat_map(|(_, list)| list.iter().copied());
    match is_signed(candidates, None, certificate.public_key(), message, signed.signature()) {
        true => Ok(HandshakeSignatureValid::assertion()),
        false => Err(CertificateError::BadSignature.into()),
    }
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(certificate.as_ref()).ok().map(|(_, certificate)| certificate)
}

fn in_date(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if certificate.validity().not_after.timestamp() < now {
        Err(CertificateError::Expired)
    } else if certificate.validity().not_before.timestamp() > now {
        Err(CertificateError::NotValidYet)
    } else {
        Ok(())
    }
}

/// Whether `signature` of `message` was created with `key`, by one of `candidates` that matches the key and, if known, the signature algorithm.
fn is_signed(
    candidates: impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm>,
    by: Option<&Oid<'_>>,
    key: &SubjectPublicKeyInfo<'_>,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let mut matching = candidates.filter(|candidate| {
        by.is_none_or(|by| begins_with(candidate.signature_alg_id().as_ref(), by))
            && begins_with(candidate.public_key_alg_id().as_ref(), &key.algorithm.algorithm)
    });
    matching.any(|candidate| candidate.verify_signature(&key.subject_public_key.data, message, signature).is_ok())
}

/// Whether the contents of an `AlgorithmIdentifier` in DER begin with this object identifier.
fn begins_with(identifier: &[u8], oid: &Oid<'_>) -> bool {
    let bytes = oid.as_bytes();
    let head = [6, u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
    identifier.strip_prefix(&head).is_some_and(|rest| rest.starts_with(bytes))
}
