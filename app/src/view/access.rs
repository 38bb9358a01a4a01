//! The view models of signing in, and of the end of a session.

use super::{Assets, Moment};

/// The page that asks for the access token.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// The files it loads.
    pub assets: Assets,
    /// The page to open afterwards.
    pub to: String,
    /// The entered name.
    pub name: String,
    /// The error. The entered token is not shown again.
    pub problem: Option<String>,
}

/// The account page.
#[derive(Clone, Debug, Default)]
pub struct AccountView {
    /// The files it loads.
    pub assets: Assets,
    /// The name of the owner; may be empty.
    pub name: String,
    /// Whether the owner signs in; otherwise everyone who can connect to the server is the owner.
    pub signs_in: bool,
}

/// When a session or a link ends.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Expiry {
    /// The time, with the day if that is not today.
    pub at: Moment,
    /// Whether it is a few minutes away.
    pub is_near: bool,
}
