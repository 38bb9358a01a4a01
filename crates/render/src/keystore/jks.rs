//! The JKS layout, version 2, as OpenJDK's `sun.security.provider.JavaKeyStore` reads it, with the key protected as
//! `sun.security.provider.KeyProtector` does (both in the openjdk/jdk repository, src/java.base).
//!
//! All numbers are big-endian. A file is: magic, version, count of entries, the entries, and the SHA-1 of the password,
//! the words "Mighty Aphrodite" and everything before.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY as SHA1};
use zeroize::Zeroizing;

use super::{DeterministicSalts, KeyStoreEntry, KeyStoreError, utf16};

const MAGIC: u32 = 0xfeed_feed;
const VERSION: u32 = 2;
pub(super) const PRIVATE_KEY_ENTRY: u32 = 1;
/// Sun's key protector, 1.3.6.1.4.1.42.2.17.1.1.
const KEY_PROTECTOR: &[u64] = &[1, 3, 6, 1, 4, 1, 42, 2, 17, 1, 1];

pub(super) fn write(
    salts: &DeterministicSalts<'_>,
    entry: &KeyStoreEntry<'_>,
    password: &str,
) -> Result<Vec<u8>, KeyStoreError> {
    let password = utf16(password);
    let mut file = Vec::new();
    file.extend(MAGIC.to_be_bytes());
    file.extend(VERSION.to_be_bytes());
    file.extend(1_u32.to_be_bytes());
    file.extend(PRIVATE_KEY_ENTRY.to_be_bytes());
    push_text(&mut file, entry.alias)?;
    file.extend(salts.made_at_milliseconds().to_be_bytes());
    push_bytes(&mut file, &protected_key(salts, entry.key.pkcs8(), &password))?;
    file.extend(length(entry.chain.len())?);
    for certificate in entry.chain {
        push_text(&mut file, "X.509")?;
        push_bytes(&mut file, certificate)?;
    }
    let seal = sha1(&[&password, b"Mighty Aphrodite", &file]);
    file.extend(seal.as_ref());
    Ok(file)
}

/// The key XORed with a stream of SHA-1 digests, each of the password and the digest before (the first: the salt), between
/// that salt and a digest over password and key that proves the password.
fn protected_key(salts: &DeterministicSalts<'_>, key: &[u8], password: &[u8]) -> Vec<u8> {
    let salt: [u8; 20] = salts.salt("jks key salt");
    let mut protected = salt.to_vec();
    let mut previous = Zeroizing::new(salt.to_vec());
    for block in key.chunks(20) {
        *previous = sha1(&[password, &previous]).as_ref().to_vec();
        protected.extend(block.iter().zip(previous.iter()).map(|(key, stream)| key ^ stream));
    }
    protected.extend(sha1(&[password, key]).as_ref());
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_sequence(|writer| {
                writer.next().write_oid(&yasna::models::ObjectIdentifier::from_slice(KEY_PROTECTOR));
                writer.next().write_null();
            });
            writer.next().write_bytes(&protected);
        });
    })
}

pub(super) fn sha1(parts: &[&[u8]]) -> digest::Digest {
    let mut context = digest::Context::new(&SHA1);
    for part in parts {
        context.update(part);
    }
    context.finish()
}

/// Java's modified UTF-8 is plain ASCII for the ASCII texts written here.
fn push_text(file: &mut Vec<u8>, text: &str) -> Result<(), KeyStoreError> {
    file.extend(u16::try_from(text.len()).map_err(|_| KeyStoreError::Chain)?.to_be_bytes());
    file.extend(text.as_bytes());
    Ok(())
}

fn push_bytes(file: &mut Vec<u8>, bytes: &[u8]) -> Result<(), KeyStoreError> {
    file.extend(length(bytes.len())?);
    file.extend(bytes);
    Ok(())
}

fn length(length: usize) -> Result<[u8; 4], KeyStoreError> {
    u32::try_from(length).map(u32::to_be_bytes).map_err(|_| KeyStoreError::Chain)
}
