//! The token with which other machines read the metrics, kept as a hash.

use domain::secret::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Who may read the counters from elsewhere: whoever shows this token.
#[derive(Clone)]
pub struct MetricsToken([u8; 32]);

impl MetricsToken {
    /// The token of the configuration.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the token is hashed as soon as it is known")]
    pub fn of(secret: &Secret) -> Self {
        Self(digest(secret.expose()))
    }

    /// Whether a request showed this token. Compared in constant time.
    pub(crate) fn is_same(&self, shown: &str) -> bool {
        digest(shown).ct_eq(&self.0).into()
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
