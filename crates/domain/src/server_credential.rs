//! Credentials of Clusterwright's own: access token, session and link tokens, vault key, password of its store, TLS key.
//! None of them passes into a cluster's files; what does is a [`crate::secret::Secret`].
//!
//! clippy bans [`ServerCredential::reveal`] where no `#[expect]` states a reason; the places that have one are listed in
//! `crates/domain/tests/secret_access.rs`.

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A credential of this program. Its memory is wiped when it is dropped.
///
/// Code can pass it on and compare two in constant time:
///
/// ```
/// use domain::server_credential::ServerCredential;
/// let (token, other) = (ServerCredential::new("canary"), ServerCredential::new("another"));
/// assert!(token.is_same(&token.clone()) && !token.is_same(&other));
/// assert_eq!(format!("{token:?}"), "ServerCredential(••••)");
/// ```
///
/// It cannot be printed, and `to_string` does not exist:
///
/// ```compile_fail,E0277
/// let token = domain::server_credential::ServerCredential::new("canary");
/// println!("{token}");
/// ```
/// ```
/// let token = String::from("canary");
/// println!("{token}");
/// ```
///
/// It cannot be serialised:
///
/// ```compile_fail,E0277
/// let token = domain::server_credential::ServerCredential::new("canary");
/// let _ = serde_json::to_string(&token);
/// ```
/// ```
/// let token = String::from("canary");
/// let _ = serde_json::to_string(&token);
/// ```
///
/// It cannot be compared with `==`, whose time depends on how much is equal:
///
/// ```compile_fail,E0369
/// let token = domain::server_credential::ServerCredential::new("canary");
/// let _ = token == token;
/// ```
/// ```
/// let token = String::from("canary");
/// let _ = token == token;
/// ```
#[derive(Clone)]
pub struct ServerCredential(Zeroizing<String>);

impl ServerCredential {
    /// Wraps a value. This is the only constructor.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. The module documentation names the list of permitted callers.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether both are equal, in constant time; only the length can be measured.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for ServerCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServerCredential(••••)")
    }
}
