//! Java key stores, JKS and PKCS#12: one private key with its chain under one alias, one password for store and key.
//!
//! Own writers, because the crates that write these formats draw salts at random and a bundle must come out the same
//! twice. Salts and initialisation vectors come from the key ring *and* the content, so no two contents share one.
//! [`read`] opens what was written, to prove it. It does not decide which version of IS wants which type.

mod jks;
mod pkcs12;
pub(crate) mod read;
mod stored_key;
mod write;

pub use write::write;

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use crate::keyring::{KeyRing, PrivateKey};

/// Why a key store could not be written.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// The alias is empty, longer than 64 characters or not of printable lower-case ASCII: Java folds the case of
    /// aliases when it looks for one, and an alias with capitals in a JKS file is never found.
    #[error("{alias:?} is not an alias of 1 to 64 lower-case letters, digits and special characters")]
    Alias {
        /// The alias.
        alias: String,
    },
    /// Java's keytool asks for at least six characters, and only ASCII means the same to all readers.
    #[error("the password of a keystore needs at least 6 printable ASCII characters")]
    Password,
    /// The chain is empty or too long to be counted.
    #[error("a key needs its certificate in the keystore")]
    Chain,
    /// The content could not be encrypted.
    #[error("the content of the keystore cannot be encrypted")]
    Encrypt(#[source] aws_lc_rs::error::Unspecified),
}

/// What goes into a key store.
#[derive(Clone, Copy, Debug)]
pub struct KeyStoreEntry<'a> {
    /// The alias, such as `wso2carbon`.
    pub alias: &'a str,
    /// The private key.
    pub key: &'a PrivateKey,
    /// DER, the key's own certificate first, each signed by the next.
    pub chain: &'a [Vec<u8>],
}

/// Salts for one content.
struct DeterministicSalts<'a> {
    ring: &'a KeyRing,
    content: digest::Digest,
}

impl DeterministicSalts<'_> {
    fn made_at_milliseconds(&self) -> i64 {
        self.ring.created_at() * 1000
    }

    fn salt<const N: usize>(&self, purpose: &'static str) -> [u8; N] {
        *self.ring.derive(purpose, self.content.as_ref())
    }
}

/// The password as UTF-16, high byte first: both formats' own key derivations take it so.
fn utf16(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.encode_utf16().flat_map(u16::to_be_bytes).collect())
}
