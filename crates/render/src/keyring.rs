//! The key ring: the few random bytes all key material of a cluster comes from.
//!
//! Three things are random or given: a seed, the primary RSA key and the moment they were made (and, after a renewal, the
//! moment from which TLS certificates count). Everything else (ECDSA
//! keys, passwords, the symmetric key, serial numbers, salts) is derived from the seed with HKDF-SHA256 (RFC 5869) under
//! a separate label, so the same plan and the same ring give the same bytes, and adding a node changes no other node's
//! key. It neither issues certificates nor writes key stores, and it reads no clock.

mod sealed;

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use domain::secret::Secret;
use p256::SecretKey;
use p256::pkcs8::EncodePrivateKey;
use zeroize::Zeroizing;

/// Separates this program's keys from any other use of the same seed. A new number would change every key.
const KEY_DERIVATION_CONTEXT: &[u8] = b"clusterwright key ring 1";
/// The latest moment a ring may be made, 9999-12-31 less the ten years its longest certificate lasts and a margin:
/// X.509 knows no later year.
const MAX_CREATED_AT: i64 = 253_402_300_799 - 11 * 366 * 86_400;

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Why a key ring could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The system gave no random bytes.
    #[error("the system does not provide random bytes")]
    Random(#[source] aws_lc_rs::error::Unspecified),
    /// The RSA key could not be generated.
    #[error("the RSA key cannot be generated")]
    GenerateRsa(#[source] aws_lc_rs::error::Unspecified),
    /// The generated RSA key could not be written as PKCS#8.
    #[error("the RSA key cannot be encoded")]
    EncodeRsa(#[source] aws_lc_rs::error::Unspecified),
    /// What was given as the primary key is no RSA key in PKCS#8 of 2048 to 8192 bits.
    #[error("the primary key is not an RSA key in PKCS#8 of at least 2048 bits")]
    ReadRsa(#[source] aws_lc_rs::error::KeyRejected),
    /// The text is not a key ring.
    #[error("the text is not a key ring of Clusterwright")]
    Read(#[source] serde_json::Error),
    /// A part of the text is not in the encoding it should have.
    #[error("the {part} of the key ring is damaged")]
    Damaged {
        /// `seed` or `RSA key`.
        part: &'static str,
    },
    /// The key ring was written by a later release.
    #[error("the key ring has format {found}, but this release reads only formats 1 and 2")]
    Format {
        /// The format found.
        found: u32,
    },
    /// The moment lies before 1970 or so late that certificates cannot express their end.
    #[error("the creation time {made_at} of the key ring is not between 1970 and 9988")]
    MadeAt {
        /// Seconds since 1970-01-01 UTC.
        made_at: i64,
    },
    /// A derived key could not be encoded.
    #[error("a derived key cannot be encoded")]
    EncodeDerived(#[source] p256::pkcs8::Error),
    /// The key ring could not be written as text.
    #[error("the key ring cannot be written as text")]
    Write(#[source] serde_json::Error),
}

/// The length of the primary RSA key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RsaBits {
    /// 2048 bits: the default. Every client that verifies RS256 tokens takes it, and signing is fast.
    #[default]
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits: generation takes about half a second, and each token several times the signing time of 2048 bits.
    Bits4096,
}

/// A private key as unencrypted PKCS#8 DER. Wiped when dropped; shows nothing of itself.
#[derive(Clone)]
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey(••••)")
    }
}

/// What the signing certificate is called. Its bytes decide the key id of every token, so it never follows an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SigningName {
    /// A name that the ring alone determines: every ring made since format 2.
    OfTheRing,
    /// A ring of format 1: the certificate was issued for the hostname of the plan. `None` until
    /// [`KeyRing::pin_signing_name`] recorded which.
    Hostname(Option<String>),
}

/// The random part of a cluster's keys: see the module's first lines.
#[derive(Clone)]
pub struct KeyRing {
    made_at: i64,
    /// When the TLS certificates of load balancer and nodes were last issued: `created_at`, or later after a renewal.
    tls_issued_at: i64,
    signing_name: SigningName,
    seed: Zeroizing<[u8; 32]>,
    rsa: PrivateKey,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyRing(made at {}, ••••)", self.made_at)
    }
}

impl KeyRing {
    /// Makes a new ring. This is the one place where key material meets the system's randomness. It may take a
    /// second: call it where waiting blocks nothing else. `created_at` is in seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// Where the system gives no randomness or `created_at` cannot be expressed in a certificate.
    pub fn generate(made_at: i64, bits: RsaBits) -> Result<Self, KeyRingError> {
        let mut seed = Zeroizing::new([0; 32]);
        #[expect(clippy::disallowed_methods, reason = "the seed of a cluster's keys is drawn here")]
        let random = SystemRandom::new();
        random.fill(seed.as_mut_slice()).map_err(KeyRingError::Random)?;
        let size = match bits {
            RsaBits::Bits2048 => KeySize::Rsa2048,
            RsaBits::Bits3072 => KeySize::Rsa3072,
            RsaBits::Bits4096 => KeySize::Rsa4096,
        };
        let pair = KeyPair::generate(size).map_err(KeyRingError::GenerateRsa)?;
        let rsa: Pkcs8V1Der<'_> = pair.as_der().map_err(KeyRingError::EncodeRsa)?;
        Self::from_parts(made_at, *seed, rsa.as_ref())
    }

    /// A ring of given parts: the RSA key as PKCS#8 DER of at least 2048 bits, `created_at` in seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// Where the RSA key or the time cannot be used.
    pub fn from_parts(made_at: i64, seed: [u8; 32], rsa_pkcs8: &[u8]) -> Result<Self, KeyRingError> {
        if !(0..=MAX_CREATED_AT).contains(&made_at) {
            return Err(KeyRingError::MadeAt { made_at });
        }
        KeyPair::from_pkcs8(rsa_pkcs8).map_err(KeyRingError::ReadRsa)?;
        let rsa = PrivateKey(Zeroizing::new(rsa_pkcs8.to_vec()));
        let signing_name = SigningName::OfTheRing;
        Ok(Self { made_at, tls_issued_at: made_at, signing_name, seed: Zeroizing::new(seed), rsa })
    }

    /// When the ring was made, in seconds since 1970-01-01 UTC. The CA and the signing certificate count from here.
    #[must_use]
    pub fn created_at(&self) -> i64 {
        self.made_at
    }

    /// When the TLS certificates of load balancer and nodes were last issued, in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn tls_issued_at(&self) -> i64 {
        self.tls_issued_at
    }

    /// The same keys with TLS certificates that count from `at` (seconds since 1970-01-01 UTC). Key stores of the signing
    /// key, the CA, passwords and the symmetric key stay byte for byte.
    ///
    /// # Errors
    /// Where `at` lies before the ring was made or cannot be expressed in a certificate.
    pub fn renew_tls(&self, at: i64) -> Result<Self, KeyRingError> {
        if !(self.made_at..=MAX_CREATED_AT).contains(&at) {
            return Err(KeyRingError::MadeAt { made_at: at });
        }
        Ok(Self { tls_issued_at: at, ..self.clone() })
    }

    /// For a ring of format 1, whose signing certificate followed the plan's hostname: the same ring with `hostname`
    /// recorded, so that a later change of the hostname changes no key id. `None` where nothing is to record.
    #[must_use]
    pub fn pin_signing_name(&self, hostname: &str) -> Option<Self> {
        let is_open = self.signing_name == SigningName::Hostname(None);
        is_open.then(|| Self { signing_name: SigningName::Hostname(Some(hostname.to_owned())), ..self.clone() })
    }

    /// What the signing certificate is called.
    pub(crate) fn signing_name(&self) -> &SigningName {
        &self.signing_name
    }

    /// Whether both rings give the same keys, however their certificates are dated.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        // Derived from the seed, so that the comparison's time tells nothing of the seed itself.
        let proof = |ring: &Self| ring.derive::<32>("comparison", ring.rsa.pkcs8());
        *proof(self) == *proof(other)
    }

    /// The value of `[encryption] key`: 32 upper-case hexadecimal digits, the same for all nodes.
    #[must_use]
    pub fn encryption_key(&self) -> Secret {
        let bytes: Zeroizing<[u8; 16]> = self.derive("encryption key", b"");
        Secret::new(hex::encode_upper(bytes.as_slice()))
    }

    /// The password of every key store and of the keys in them: 32 letters and digits, so that no shell, XML, TOML or
    /// properties file needs to escape it.
    #[must_use]
    pub fn keystore_password(&self) -> Secret {
        Secret::new(self.letters_and_digits("key store password").as_str())
    }

    /// `[identity.auth_framework.endpoint] app_password`: 32 letters and digits, the same for all nodes.
    #[must_use]
    pub fn app_password(&self) -> Secret {
        Secret::new(self.letters_and_digits("app password").as_str())
    }

    /// `[account_recovery.endpoint.auth] hash`, the other half of the pair: the hexadecimal SHA-256 of the app password.
    #[must_use]
    pub fn app_password_hash(&self) -> String {
        hash_of_app_password(&self.letters_and_digits("app password"))
    }

    /// The primary RSA key: signs tokens, the same on all nodes.
    pub(crate) fn primary_key(&self) -> &PrivateKey {
        &self.rsa
    }

    /// The ECDSA P-256 key of `label`, such as `ca`, `lb` or `node/is1`.
    ///
    /// # Errors
    /// Where the key cannot be encoded.
    pub(crate) fn ecdsa_key(&self, label: &str) -> Result<PrivateKey, KeyRingError> {
        let mut attempt = 0_u32;
        loop {
            let bytes: Zeroizing<[u8; 32]> =
                self.derive("ecdsa p256", &[label.as_bytes(), b"\0", &attempt.to_be_bytes()].concat());
            // Zero and numbers beyond the group's order are no keys: rejecting them keeps the rest uniform
            // (FIPS 186-5 A.2.2). One in 2^32 attempts.
            if let Ok(key) = SecretKey::from_slice(bytes.as_slice()) {
                let document = key.to_pkcs8_der().map_err(KeyRingError::EncodeDerived)?;
                return Ok(PrivateKey(document.to_bytes()));
            }
            attempt += 1;
        }
    }

    /// Bytes that only this ring, `purpose` and `label` determine: at most 255 × 32 of them.
    pub(crate) fn derive<const N: usize>(&self, purpose: &'static str, label: &[u8]) -> Zeroizing<[u8; N]> {
        // No purpose holds a zero byte, so no two pairs of purpose and label meet.
        hkdf_sha256(self.seed.as_slice(), KEY_DERIVATION_CONTEXT, &[purpose.as_bytes(), b"\0", label].concat())
    }

    fn letters_and_digits(&self, purpose: &'static str) -> Zeroizing<String> {
        let mut attempt = 0_u32;
        loop {
            let bytes: Zeroizing<[u8; 128]> = self.derive(purpose, &attempt.to_be_bytes());
            // 248 is the greatest multiple of 62 in a byte: what lies above would make some characters more likely.
            let characters = bytes.iter().filter(|&&byte| byte < 248).take(32);
            let text: Zeroizing<String> = Zeroizing::new(
                characters.map(|&byte| char::from(LETTERS_AND_DIGITS[usize::from(byte % 62)])).collect(),
            );
            let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
            // A password rule somewhere may ask for all three kinds of characters.
            if text.len() == 32 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
            {
                return text;
            }
            attempt += 1;
        }
    }
}

/// HKDF-SHA256 (RFC 5869 section 2) over aws-lc-rs's HMAC, which cannot fail: a key of zeros after an ignored error is
/// worse than these lines.
fn hkdf_sha256<const N: usize>(secret: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "RFC 5869 section 2.3") };
    let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), secret);
    let key = hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref());
    let mut out = Zeroizing::new([0; N]);
    let mut previous = Zeroizing::new(Vec::new());
    for (counter, block) in (1_u8..=255).zip(out.chunks_mut(32)) {
        let mut context = hmac::Context::with_key(&key);
        context.update(&previous);
        context.update(info);
        context.update(&[counter]);
        *previous = context.sign().as_ref().to_vec();
        block.copy_from_slice(&previous[..block.len()]);
    }
    out
}

fn hash_of_app_password(password: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, password.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_is_rfc_5869() {
        // RFC 5869, test case 1.
        let salt: Vec<u8> = (0x00..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        assert_eq!(
            hex::encode(hkdf_sha256::<42>(&[0x0b; 22], &salt, &info).as_slice()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }

    #[test]
    fn the_stock_pair_of_app_password_and_hash_is_sha256() {
        // docs/wso2.md: the stock deployment.toml of IS carries this hash beside the password `dashboard`.
        assert_eq!(
            hash_of_app_password("dashboard"),
            "66cd9688a2ae068244ea01e70f0e230f5623b7fa4cdecb65070a09ec06452262"
        );
    }
}
