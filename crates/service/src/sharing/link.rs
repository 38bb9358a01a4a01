//! What is kept of a share link. Its token is not: only the hash that the token is found by.

use domain::author::{DisplayName, optional_name};
use domain::rate_limit::RateWindow;
use domain::rights::LinkAccess;
use domain::sharing::LinkState;
use serde::{Deserialize, Serialize};

/// A share link.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ShareLink {
    /// What its maker calls it; may be empty.
    pub label: String,
    /// What it gives.
    pub right: LinkAccess,
    /// The name of its creator, if they entered one.
    #[serde(with = "optional_name")]
    pub made_by: Option<DisplayName>,
    /// When, in unix seconds.
    pub made_at: u64,
    /// When it ends, in unix seconds.
    pub ends_at: u64,
    /// The hash of its password, if it has one.
    pub password: Option<String>,
    /// How often it may be opened, if that is bounded.
    pub most_uses: Option<u32>,
    /// How often it was opened.
    #[serde(default)]
    pub uses: u32,
    /// When it was last opened, in unix seconds.
    #[serde(default)]
    pub used_at: Option<u64>,
    /// When the link was revoked, in unix seconds.
    #[serde(default)]
    pub revoked_at: Option<u64>,
    /// How often a wrong password was tried lately.
    #[serde(default)]
    pub wrong: RateWindow,
    /// How often it was opened lately.
    #[serde(default)]
    pub opened: RateWindow,
    /// The hash of its token.
    pub token: String,
}

impl ShareLink {
    /// Whether it can be opened at `now`.
    #[must_use]
    pub fn state(&self, now: u64) -> LinkState {
        if self.revoked_at.is_some() {
            LinkState::Revoked
        } else if now >= self.ends_at {
            LinkState::Expired
        } else if self.most_uses.is_some_and(|most| self.uses >= most) {
            LinkState::UsedUp
        } else {
            LinkState::Lives
        }
    }
}

/// The requested properties of a new link.
#[derive(Debug)]
pub struct NewLink {
    /// What it gives.
    pub right: LinkAccess,
    /// How long it lives, in seconds.
    pub seconds: u64,
    /// What its maker calls it.
    pub label: String,
    /// The name of its creator, if they entered one.
    pub made_by: Option<DisplayName>,
    /// The hash of its password ([`super::password::hash`]).
    pub password: Option<String>,
    /// How often it may be opened.
    pub most_uses: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_by_time_use_or_its_makers_will() {
        let link: ShareLink = serde_json::from_str(
            r#"{"label":"","right":{"fill":"database"},"made_by":"","made_at":10,"ends_at":100,"password":null,
                "most_uses":2,"token":"00"}"#,
        )
        .unwrap();
        assert_eq!(link.right, LinkAccess::Fill(domain::step::Step::Database));
        assert_eq!((link.state(99), link.state(100)), (LinkState::Lives, LinkState::Expired));
        assert_eq!(ShareLink { uses: 2, ..link.clone() }.state(50), LinkState::UsedUp);
        let revoked = ShareLink { uses: 2, revoked_at: Some(20), ..link };
        assert_eq!((revoked.state(50), revoked.state(200)), (LinkState::Revoked, LinkState::Revoked));
        assert!(LinkState::UsedUp.is_valid_for_visitors() && !LinkState::Expired.is_valid_for_visitors());
    }
}
