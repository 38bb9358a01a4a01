//! Opens the key stores that [`super::write`] makes, as IS will: seal, alias, key, certificates.
//!
//! No reader of key stores in general: of PKCS#12 it knows the ciphers and digests of keytool 17 and OpenSSL 3.

mod jks;
mod pkcs12;

use domain::audit::KeyStoreFault;
use domain::product::KeyStoreType;
use zeroize::Zeroizing;

pub(crate) use super::stored_key::DeclaredPasswords;
use super::stored_key::StoredKey;

/// A private key that was opened, with its certificates.
pub(crate) struct OpenedKey {
    /// PKCS#8 in DER.
    pub(crate) key: Zeroizing<Vec<u8>>,
    /// DER; the key's own certificate first.
    pub(crate) chain: Vec<Vec<u8>>,
}

/// Opens a key store.
pub(crate) fn open(file: &[u8], declared: &DeclaredPasswords<'_>) -> Result<OpenedKey, KeyStoreFault> {
    let kind = match file {
        [0xfe, 0xed, 0xfe, 0xed, ..] => KeyStoreType::Jks,
        [0x30, ..] => KeyStoreType::Pkcs12,
        _ => return Err(KeyStoreFault::Type { found: None }),
    };
    if !declared.kind.eq_ignore_ascii_case(kind.name()) {
        return Err(KeyStoreFault::Type { found: Some(kind.name()) });
    }
    let keys = match kind {
        KeyStoreType::Jks => jks::open(file, declared),
        KeyStoreType::Pkcs12 => pkcs12::open(file, declared),
    }?;
    // Java folds the case of aliases.
    let (named, others): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| key.alias.eq_ignore_ascii_case(declared.alias));
    let Some(StoredKey { key, chain, .. }) = named.into_iter().next() else {
        return Err(KeyStoreFault::Alias { found: others.into_iter().map(|key| key.alias).collect() });
    };
    let key = key.ok_or(KeyStoreFault::Key)?;
    if chain.is_empty() {
        return Err(KeyStoreFault::Certificate);
    }
    Ok(OpenedKey { key, chain })
}
