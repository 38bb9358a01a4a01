//! Secrets: values that can be passed on, validated and used, and nothing else. They belong into the cluster's files; what
//! belongs to Clusterwright itself is a [`crate::server_credential::ServerCredential`].
//!
//! A [`Secret`] cannot be printed, serialised or compared (ARCHITECTURE, I6). Rules examine one with
//! [`Secret::satisfies`]; only `render`, the probe's connectors and the vault may call [`Secret::expose`]. clippy bans it
//! where no `#[expect]` states a reason; the places that have one are listed in `crates/domain/tests/secret_access.rs`.

use std::collections::BTreeMap;
use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A password, private key or other value of a cluster that must not be seen. Its memory is wiped when it is dropped.
///
/// Code can pass it on and compare two in constant time:
///
/// ```
/// use domain::secret::Secret;
/// let (password, other) = (Secret::new("canary"), Secret::new("another"));
/// assert!(password.is_same(&password.clone()) && !password.is_same(&other));
/// assert_eq!(format!("{password:?}"), "Secret(••••)");
/// ```
///
/// It cannot be printed, and `to_string` does not exist:
///
/// ```compile_fail,E0277
/// let password = domain::secret::Secret::new("canary");
/// println!("{password}");
/// ```
/// ```
/// let password = String::from("canary");
/// println!("{password}");
/// ```
///
/// It cannot be serialised:
///
/// ```compile_fail,E0277
/// let password = domain::secret::Secret::new("canary");
/// let _ = serde_json::to_string(&password);
/// ```
/// ```
/// let password = String::from("canary");
/// let _ = serde_json::to_string(&password);
/// ```
///
/// It cannot be compared with `==`, whose time depends on how much is equal:
///
/// ```compile_fail,E0369
/// let password = domain::secret::Secret::new("canary");
/// let _ = password == password;
/// ```
/// ```
/// let password = String::from("canary");
/// let _ = password == password;
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value. This is the only constructor.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. The module documentation names the list of permitted callers.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the value is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both are equal, in constant time; only the length can be measured.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// Whether the value satisfies `predicate`, which must not pass the value on.
    pub(crate) fn satisfies(&self, predicate: impl FnOnce(&str) -> bool) -> bool {
        predicate(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(••••)")
    }
}

/// The secrets of one plan by the key of their setting, such as `database.password`.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// No secrets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores `secret` for `setting`, in place of an earlier one.
    pub fn insert(&mut self, setting: impl Into<String>, secret: Secret) {
        self.0.insert(setting.into(), secret);
    }

    /// Removes the secret of `setting`.
    pub fn remove(&mut self, setting: &str) {
        self.0.remove(setting);
    }

    /// The secret of `setting`; `None` if it is missing, which differs from empty.
    #[must_use]
    pub fn get(&self, setting: &str) -> Option<&Secret> {
        self.0.get(setting)
    }

    /// The settings that have a secret, in order. The browser receives nothing else.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All secrets with their settings, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(setting, secret)| (setting.as_str(), secret))
    }
}

impl<S: Into<String>> FromIterator<(S, Secret)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (S, Secret)>>(secrets: I) -> Self {
        Self(secrets.into_iter().map(|(setting, secret)| (setting.into(), secret)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_secrets_are_distinguished() {
        let secret = Secret::new("canary");
        assert!(secret.is_same(&Secret::new("canary")));
        for other in ["", "canarx", "canary1", "Canary"] {
            assert!(!secret.is_same(&Secret::new(other)), "{other}");
        }
    }

    #[test]
    fn debug_shows_dots_and_no_length() {
        let mut secrets = Secrets::new();
        secrets.insert("database.password", Secret::new("canary-value"));
        let shown = format!("{secrets:?}");
        assert!(shown.contains("database.password"));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
