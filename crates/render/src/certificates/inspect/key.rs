//! Reads a private key (PKCS#8, PKCS#1, SEC1) as far as needed to say what it is and which public key belongs to it.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair,
};
use domain::certificate::{KeyKind, PemDefect, PublicKeyFacts};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;
use yasna::models::ObjectIdentifier;

use super::super::pem::{self, PemBlock};

const RSA: &str = "1.2.840.113549.1.1.1";
const ELLIPTIC_CURVE: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";
/// Object identifiers and bits of the curves named P-256, P-384 and P-521.
const NIST_CURVES: [(&str, u32); 3] = [("1.2.840.10045.3.1.7", 256), ("1.3.132.0.34", 384), ("1.3.132.0.35", 521)];

/// What a private key is, and the bits of its public key as a certificate carries them.
pub(super) struct KeyPairFacts {
    pub(super) facts: PublicKeyFacts,
    pub(super) public: Vec<u8>,
}

/// The one private key in `text`.
pub(super) fn read(text: &str) -> Result<KeyPairFacts, PemDefect> {
    let blocks = pem::read(text)?;
    let mut keys = Vec::new();
    for block in &blocks {
        match block.label.as_str() {
            // `openssl ecparam -genkey` writes the curve's name in front; the key block repeats it.
            "EC PARAMETERS" => {}
            "ENCRYPTED PRIVATE KEY" => return Err(PemDefect::EncryptedKey),
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => keys.push(block),
            label if label.ends_with("CERTIFICATE") => {
                return Err(PemDefect::CertificateNotKey { block: block.number });
            }
            label => return Err(PemDefect::OtherKind { block: block.number, label: label.to_owned() }),
        }
    }
    match keys.as_slice() {
        [] => Err(PemDefect::NothingFound),
        [block] => key(block),
        _ => Err(PemDefect::SeveralKeys),
    }
}

fn key(block: &PemBlock) -> Result<KeyPairFacts, PemDefect> {
    let unreadable = || PemDefect::Unreadable {
        block: block.number,
        because: format!("its content is not a usable {}", block.label),
    };
    let facts = match block.label.as_str() {
        "RSA PRIVATE KEY" => rsa_key(&block.der),
        "EC PRIVATE KEY" => elliptic_curve_key(&block.der),
        _ => {
            let algorithm = pkcs8_algorithm(&block.der).ok_or_else(unreadable)?;
            match algorithm.to_string().as_str() {
                RSA => pkcs8_content(&block.der).and_then(|content| rsa_key(&content)),
                ELLIPTIC_CURVE => elliptic_curve_key(&block.der),
                ED25519 => ed25519_key(&block.der),
                other => {
                    let label = format!("PRIVATE KEY with the algorithm {other}");
                    return Err(PemDefect::OtherKind { block: block.number, label });
                }
            }
        }
    };
    facts.ok_or_else(unreadable)
}

fn pkcs8_algorithm(der: &[u8]) -> Option<ObjectIdentifier> {
    yasna::parse_ber(der, |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_u8()?;
            let algorithm = reader.next().read_der()?;
            // The key itself and, in PKCS#8 version 2, attributes and the public key.
            while reader.read_optional(|reader| reader.read_der())?.is_some() {}
            yasna::parse_ber(&algorithm, |reader| {
                reader.read_sequence(|reader| {
                    let algorithm = reader.next().read_oid()?;
                    reader.read_optional(|reader| reader.read_der())?;
                    Ok(algorithm)
                })
            })
        })
    })
    .ok()
}

fn pkcs8_content(der: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    yasna::parse_ber(der, |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_u8()?;
            reader.next().read_der()?;
            let content = reader.next().read_bytes()?;
            while reader.read_optional(|reader| reader.read_der())?.is_some() {}
            Ok(zeroize::Zeroizing::new(content))
        })
    })
    .ok()
}

fn rsa_key(pkcs1: &[u8]) -> Option<KeyPairFacts> {
    // RFC 8017 appendix A.1.2: version, modulus, exponent, and six more numbers.
    let (modulus, exponent) = yasna::parse_der(pkcs1, |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_u8()?;
            let (modulus, _) = reader.next().read_bigint_bytes()?;
            let (exponent, _) = reader.next().read_bigint_bytes()?;
            for _ in 0..6 {
                let (number, _) = reader.next().read_bigint_bytes()?;
                drop(zeroize::Zeroizing::new(number));
            }
            Ok((modulus, exponent))
        })
    })
    .ok()?;
    let modulus: &[u8] = &modulus[modulus.iter().position(|&byte| byte != 0)?..];
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    // aws-lc-rs checks that the numbers belong together, from 2048 bits on. A shorter key is judged by its length anyway.
    if bits >= 2048 {
        rsa::KeyPair::from_der(pkcs1).ok()?;
    }
    let public = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_bigint_bytes(modulus, true);
            writer.next().write_bigint_bytes(&exponent, true);
        });
    });
    Some(KeyPairFacts { facts: PublicKeyFacts { kind: KeyKind::Rsa, bits: u32::try_from(bits).ok()? }, public })
}

/// Takes SEC1 as well as PKCS#8.
fn elliptic_curve_key(der: &[u8]) -> Option<KeyPairFacts> {
    let curves: [(&'static EcdsaSigningAlgorithm, u32); 2] =
        [(&ECDSA_P256_SHA256_ASN1_SIGNING, 256), (&ECDSA_P384_SHA384_ASN1_SIGNING, 384)];
    curves.into_iter().find_map(|(algorithm, bits)| {
        let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).ok()?;
        let public = pair.public_key().as_ref().to_vec();
        Some(KeyPairFacts { facts: PublicKeyFacts { kind: KeyKind::Ecdsa, bits }, public })
    })
}

fn ed25519_key(pkcs8: &[u8]) -> Option<KeyPairFacts> {
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?;
    let public = pair.public_key().as_ref().to_vec();
    Some(KeyPairFacts { facts: PublicKeyFacts { kind: KeyKind::Ed25519, bits: 256 }, public })
}

/// What the public key of a certificate is.
pub(super) fn public(key: &SubjectPublicKeyInfo<'_>) -> PublicKeyFacts {
    let algorithm = key.algorithm.oid().to_id_string();
    match algorithm.as_str() {
        RSA => {
            let bits =
                match key.parsed() {
                    Ok(PublicKey::RSA(key)) => key.modulus.iter().position(|&byte| byte != 0).map_or(0, |start| {
                        (key.modulus.len() - start) * 8 - key.modulus[start].leading_zeros() as usize
                    }),
                    _ => 0,
                };
            PublicKeyFacts { kind: KeyKind::Rsa, bits: u32::try_from(bits).unwrap_or(u32::MAX) }
        }
        ELLIPTIC_CURVE => {
            let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            let curve = curve.map(|curve| curve.to_id_string()).unwrap_or_default();
            match NIST_CURVES.iter().find(|(identifier, _)| *identifier == curve) {
                Some((_, bits)) => PublicKeyFacts { kind: KeyKind::Ecdsa, bits: *bits },
                None => PublicKeyFacts { kind: KeyKind::Other(format!("elliptic curve {curve}")), bits: 0 },
            }
        }
        ED25519 => PublicKeyFacts { kind: KeyKind::Ed25519, bits: 256 },
        _ => PublicKeyFacts { kind: KeyKind::Other(algorithm), bits: 0 },
    }
}
