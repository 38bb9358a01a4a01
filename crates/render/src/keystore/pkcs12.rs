//! PKCS#12 (RFC 7292) in the form Java 17's keytool writes: certificates and key each encrypted with PBES2 (RFC 8018:
//! PBKDF2 with HMAC-SHA256, AES-256-CBC), the whole sealed with an HMAC-SHA256 whose key comes from RFC 7292 appendix B.
//!
//! The encoding is DER throughout, so there is one way to write each value.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac, pbkdf2};
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, DERWriterSet, Tag};
use zeroize::Zeroizing;

use super::{DeterministicSalts, KeyStoreEntry, KeyStoreError, utf16};

/// As keytool's default since Java 12.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");

const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
pub(super) const ENCRYPTED_DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 6];
pub(super) const SHROUDED_KEY_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 2];
pub(super) const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
pub(super) const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
pub(super) const LOCAL_KEY_ID: &[u64] = &[1, 2, 840, 113_549, 1, 9, 21];
pub(super) const PBES2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 13];
pub(super) const PBKDF2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 12];
pub(super) const HMAC_WITH_SHA256: &[u64] = &[1, 2, 840, 113_549, 2, 9];
pub(super) const AES_256_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 42];
pub(super) const SHA256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];

pub(super) fn write(
    salts: &DeterministicSalts<'_>,
    entry: &KeyStoreEntry<'_>,
    password: &str,
) -> Result<Vec<u8>, KeyStoreError> {
    // Java takes the date of an entry from a key id of this form and shows the time of reading otherwise.
    let key_id = format!("Time {}", salts.made_at_milliseconds());
    let key = EncryptedContent::new(
        entry.key.pkcs8(),
        password,
        salts.salt("pkcs12 key salt"),
        salts.salt("pkcs12 key initialisation vector"),
    )?;
    let certificates = EncryptedContent::new(
        &certificate_bags(entry, &key_id),
        password,
        salts.salt("pkcs12 certificates salt"),
        salts.salt("pkcs12 certificates initialisation vector"),
    )?;
    let key_bags = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_sequence(|writer| {
                writer.next().write_oid(&oid(SHROUDED_KEY_BAG));
                explicit(writer.next(), |writer| {
                    writer.write_sequence(|writer| {
                        key.write_algorithm(writer.next());
                        writer.next().write_bytes(&key.bytes);
                    });
                });
                writer.next().write_set_of(|writer| attributes(writer, entry.alias, &key_id));
            });
        });
    });
    let safe = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            write_data(writer.next(), &key_bags);
            writer.next().write_sequence(|writer| {
                writer.next().write_oid(&oid(ENCRYPTED_DATA));
                explicit(writer.next(), |writer| {
                    writer.write_sequence(|writer| {
                        writer.next().write_u8(0);
                        writer.next().write_sequence(|writer| {
                            writer.next().write_oid(&oid(DATA));
                            certificates.write_algorithm(writer.next());
                            writer.next().write_tagged_implicit(Tag::context(0), |writer| {
                                writer.write_bytes(&certificates.bytes)
                            });
                        });
                    });
                });
            });
        });
    });
    let salt: [u8; 20] = salts.salt("pkcs12 seal salt");
    let seal = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, seal_key(password, &salt, ITERATIONS).as_slice()), &safe);
    Ok(yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(3);
            write_data(writer.next(), &safe);
            writer.next().write_sequence(|writer| {
                writer.next().write_sequence(|writer| {
                    writer.next().write_sequence(|writer| {
                        writer.next().write_oid(&oid(SHA256));
                        writer.next().write_null();
                    });
                    writer.next().write_bytes(seal.as_ref());
                });
                writer.next().write_bytes(&salt);
                writer.next().write_u32(ITERATIONS.get());
            });
        });
    }))
}

fn certificate_bags(entry: &KeyStoreEntry<'_>, key_id: &str) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            for (position, certificate) in entry.chain.iter().enumerate() {
                writer.next().write_sequence(|writer| {
                    writer.next().write_oid(&oid(CERTIFICATE_BAG));
                    explicit(writer.next(), |writer| {
                        writer.write_sequence(|writer| {
                            writer.next().write_oid(&oid(X509_CERTIFICATE));
                            explicit(writer.next(), |writer| writer.write_bytes(certificate));
                        });
                    });
                    // The key id ties the first one to the key; the others are found by their names.
                    if position == 0 {
                        writer.next().write_set_of(|writer| attributes(writer, entry.alias, key_id));
                    }
                });
            }
        });
    })
}

/// The alias and the tie between key and certificate. The set is written sorted, as DER demands.
fn attributes(writer: &mut DERWriterSet<'_>, alias: &str, key_id: &str) {
    writer.next().write_sequence(|writer| {
        writer.next().write_oid(&oid(FRIENDLY_NAME));
        writer.next().write_set(|writer| writer.next().write_bmp_string(alias));
    });
    writer.next().write_sequence(|writer| {
        writer.next().write_oid(&oid(LOCAL_KEY_ID));
        writer.next().write_set(|writer| writer.next().write_bytes(key_id.as_bytes()));
    });
}

/// Bytes encrypted with PBES2, and what a reader needs besides the password.
struct EncryptedContent {
    salt: [u8; 20],
    vector: [u8; 16],
    bytes: Vec<u8>,
}

impl EncryptedContent {
    fn new(plain: &[u8], password: &str, salt: [u8; 20], vector: [u8; 16]) -> Result<Self, KeyStoreError> {
        let mut key = Zeroizing::new([0; 32]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password.as_bytes(), key.as_mut_slice());
        // Room for the padding, so that growing leaves no copy of the plain bytes behind.
        let mut bytes = Vec::with_capacity(plain.len() + 16);
        bytes.extend_from_slice(plain);
        UnboundCipherKey::new(&AES_256, key.as_slice())
            .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
            .and_then(|key| key.less_safe_encrypt(&mut bytes, EncryptionContext::Iv128(FixedLength::from(&vector))))
            .map_err(KeyStoreError::Encrypt)?;
        Ok(Self { salt, vector, bytes })
    }

    fn write_algorithm(&self, writer: DERWriter<'_>) {
        writer.write_sequence(|writer| {
            writer.next().write_oid(&oid(PBES2));
            writer.next().write_sequence(|writer| {
                writer.next().write_sequence(|writer| {
                    writer.next().write_oid(&oid(PBKDF2));
                    writer.next().write_sequence(|writer| {
                        writer.next().write_bytes(&self.salt);
                        writer.next().write_u32(ITERATIONS.get());
                        writer.next().write_u8(32);
                        writer.next().write_sequence(|writer| {
                            writer.next().write_oid(&oid(HMAC_WITH_SHA256));
                            writer.next().write_null();
                        });
                    });
                });
                writer.next().write_sequence(|writer| {
                    writer.next().write_oid(&oid(AES_256_CBC));
                    writer.next().write_bytes(&self.vector);
                });
            });
        });
    }
}

/// RFC 7292 appendix B.2 with SHA-256 and the purpose 3 (a MAC key). One digest is as long as the key wanted, so the
/// appendix's further rounds never happen.
pub(super) fn seal_key(password: &str, salt: &[u8], iterations: NonZeroU32) -> Zeroizing<[u8; 32]> {
    const HASH_BLOCK_BYTES: usize = 64;
    let whole_blocks = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().cycle().take(bytes.len().div_ceil(HASH_BLOCK_BYTES) * HASH_BLOCK_BYTES).collect()
    };
    let mut password = utf16(password);
    password.extend([0, 0]);
    let password = Zeroizing::new(whole_blocks(&password));
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&[3; HASH_BLOCK_BYTES]);
    context.update(&whole_blocks(salt));
    context.update(&password);
    let mut hash = context.finish();
    for _ in 1..iterations.get() {
        hash = digest::digest(&digest::SHA256, hash.as_ref());
    }
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(hash.as_ref());
    key
}

fn write_data(writer: DERWriter<'_>, content: &[u8]) {
    writer.write_sequence(|writer| {
        writer.next().write_oid(&oid(DATA));
        explicit(writer.next(), |writer| writer.write_bytes(content));
    });
}

fn explicit(writer: DERWriter<'_>, content: impl FnOnce(DERWriter<'_>)) {
    writer.write_tagged(Tag::context(0), content);
}

pub(super) fn oid(components: &[u64]) -> ObjectIdentifier {
    ObjectIdentifier::from_slice(components)
}
