//! A key store in either format.

use aws_lc_rs::digest;
use domain::product::KeyStoreType;
use domain::secret::Secret;

use super::{DeterministicSalts, KeyStoreEntry, KeyStoreError, jks, pkcs12};
use crate::keyring::KeyRing;

/// The bytes of a key store file. The same ring, entry and password give the same bytes.
///
/// # Errors
/// Where alias, password or chain cannot be written.
pub fn write(
    ring: &KeyRing,
    kind: KeyStoreType,
    entry: &KeyStoreEntry<'_>,
    password: &Secret,
) -> Result<Vec<u8>, KeyStoreError> {
    let alias_byte = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    if !(1..=64).contains(&entry.alias.len()) || !entry.alias.bytes().all(alias_byte) {
        return Err(KeyStoreError::Alias { alias: entry.alias.to_owned() });
    }
    #[expect(clippy::disallowed_methods, reason = "the bundle's key store is protected with this password")]
    let password = password.expose();
    if password.len() < 6 || !password.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(KeyStoreError::Password);
    }
    if !(1..=16).contains(&entry.chain.len()) {
        return Err(KeyStoreError::Chain);
    }
    let salts = DeterministicSalts { ring, content: content(entry) };
    match kind {
        KeyStoreType::Jks => jks::write(&salts, entry, password),
        KeyStoreType::Pkcs12 => pkcs12::write(&salts, entry, password),
    }
}

fn content(entry: &KeyStoreEntry<'_>) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [entry.alias.as_bytes(), entry.key.pkcs8()].into_iter().chain(entry.chain.iter().map(Vec::as_slice)) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish()
}
