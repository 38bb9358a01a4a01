//! The name of a vault key.

use std::fmt;

/// The environment variable that holds the key, 32 bytes in base64 or hexadecimal; it goes before the key file. While
/// keys change it holds several with commas between them: the first seals, all of them open.
pub const KEY_VARIABLE: &str = "CLUSTERWRIGHT_VAULT_KEY";

/// Names a key: the first 8 bytes of a hash of it, from which the key cannot be found.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(super) [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}
