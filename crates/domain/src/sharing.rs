//! ID, lifetime and state of share links, and secrets that a visitor's change would redirect. What a link permits is in
//! [`crate::rights`]; the server stores the links.

use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::setting::{Key, Setting};
use crate::steps;

/// The ID of a share link within its plan. It opens nothing: the token of the link does.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LinkId(pub String);

/// How long a link can be opened and its sessions stay valid.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LinkLifetime {
    /// One hour.
    Hour,
    /// A day.
    Day,
    /// Seven days.
    #[default]
    Week,
    /// Thirty days.
    Month,
}

impl LinkLifetime {
    /// All lifetimes, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The lifetime in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        const SECONDS_PER_HOUR: u64 = 60 * 60;
        match self {
            Self::Hour => SECONDS_PER_HOUR,
            Self::Day => 24 * SECONDS_PER_HOUR,
            Self::Week => 7 * 24 * SECONDS_PER_HOUR,
            Self::Month => 30 * 24 * SECONDS_PER_HOUR,
        }
    }

    /// The value in forms.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// The text on pages.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Hour => "1 hour",
            Self::Day => "1 day",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }

    /// The lifetime with this slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lifetime| lifetime.slug() == slug)
    }
}

/// Whether a link can still be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkState {
    /// It can be opened.
    Lives,
    /// Its lifetime has ended.
    Expired,
    /// The owner revoked it.
    Revoked,
    /// It reached its maximum uses. Its sessions continue.
    UsedUp,
}

impl LinkState {
    /// The text in lists.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Lives => "Active",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
            Self::UsedUp => "Used up",
        }
    }

    /// Whether visitors who opened the link before keep their access.
    #[must_use]
    pub const fn is_valid_for_visitors(self) -> bool {
        matches!(self, Self::Lives | Self::UsedUp)
    }
}

/// The secrets that a change redirects to another destination. A visitor must not make the program send a password,
/// which they cannot view, to another server: such a secret is deleted unless it is entered again.
pub fn redirected_secrets(before: &Draft, after: &Draft) -> impl Iterator<Item = Key> {
    let differs = |key: Key| before.text(key).trim() != after.text(key).trim();
    let is_redirected = move |secret: &&Setting| destinations_of(secret.key).any(differs);
    steps::all().filter(|setting| setting.control.is_secret()).filter(is_redirected).map(|secret| secret.key)
}

/// The settings that decide the destination of a secret: those that declare it with [`Setting::sends`].
pub fn destinations_of(secret: &str) -> impl Iterator<Item = Key> {
    steps::all().filter(move |setting| setting.sends.contains(&secret)).map(|setting| setting.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::keys;

    #[test]
    fn a_secret_that_would_go_elsewhere_is_named() {
        let mut before = Draft::default();
        before.set("database.host", "db.example.com");
        let mut after = before.clone();
        after.set("database.host", " db.example.com ");
        after.set("database.pool_size", "70");
        assert_eq!(redirected_secrets(&before, &after).count(), 0);
        after.set("database.host", "evil.example");
        assert_eq!(redirected_secrets(&before, &after).collect::<Vec<_>>(), ["database.password"]);
        after.set("user_store.connection_url", "ldaps://evil.example:636");
        assert_eq!(redirected_secrets(&before, &after).count(), 2);
    }

    #[test]
    fn every_secret_is_sent_to_a_declared_place_or_stays_in_the_files() {
        for setting in steps::all() {
            let is_secret = |key: &&Key| steps::setting(key).is_some_and(|setting| setting.control.is_secret());
            assert!(
                setting.sends.iter().all(|key| is_secret(&key)),
                "{} sends a setting that is not a secret",
                setting.key
            );
        }
        let secrets = steps::all().filter(|setting| setting.control.is_secret()).map(|setting| setting.key);
        let unsent: Vec<Key> = secrets.filter(|secret| destinations_of(secret).next().is_none()).collect();
        let of_files =
            [keys::USER_STORE.admin_password, keys::CLUSTERING.aws_secret_key, keys::LOAD_BALANCER.provided_key];
        assert_eq!(unsent, of_files, "each destination setting of a secret that the program sends declares `sends:`");
    }

    #[test]
    fn lifetimes_are_read_back_from_their_slugs() {
        for lifetime in LinkLifetime::ALL {
            assert_eq!(LinkLifetime::from_slug(lifetime.slug()), Some(lifetime));
        }
        assert_eq!(LinkLifetime::from_slug("forever"), None);
    }
}
