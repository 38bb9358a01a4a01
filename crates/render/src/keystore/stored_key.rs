//! What both readers of key stores are given, and return.

use zeroize::Zeroizing;

/// The alias and passwords that deployment.toml declares for a key store.
pub(crate) struct DeclaredPasswords<'a> {
    pub(crate) kind: &'a str,
    pub(crate) password: &'a str,
    pub(crate) alias: &'a str,
    pub(crate) key_password: &'a str,
}

/// One key of a store.
pub(super) struct StoredKey {
    pub(super) alias: String,
    /// PKCS#8 in DER; `None` if it does not open with the key's password.
    pub(super) key: Option<Zeroizing<Vec<u8>>>,
    pub(super) chain: Vec<Vec<u8>>,
}
