//! The token with which other machines read the metrics, kept as a hash.

use domain::server_credential::ServerCredential;
use service::random_token::{hash, hash_of};
use subtle::ConstantTimeEq as _;

/// The hash of the token that gives access to the metrics.
#[derive(Clone)]
pub struct MetricsToken([u8; 32]);

impl MetricsToken {
    /// The token of the configuration.
    #[must_use]
    pub fn of(token: &ServerCredential) -> Self {
        Self(hash_of(token))
    }

    /// Whether a request showed this token. Compared in constant time.
    pub(crate) fn is_same(&self, shown: &str) -> bool {
        hash(shown).ct_eq(&self.0).into()
    }
}
