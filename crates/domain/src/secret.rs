//! Secrets: values that can be passed on, validated and used, and nothing else.
//!
//! A [`Secret`] cannot be printed, serialised or compared (ARCHITECTURE, I6). Rules examine one with
//! [`Secret::satisfies`]; only the bundle writer, the probe connectors, the store's connector and the vault may call
//! [`Secret::expose`], which clippy enforces.

use std::collections::BTreeMap;
use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A password, private key or other value that must not be seen. Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value. This is the only constructor.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. The module documentation lists the permitted callers.
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
