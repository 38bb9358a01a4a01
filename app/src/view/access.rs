//! The view models of signing in, and of the end of a session.

use super::Assets;

/// The page that asks for the access token.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// The files that the page loads.
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
    /// The files that the page loads.
    pub assets: Assets,
    /// The name of the owner; may be empty.
    pub name: String,
    /// Whether the owner signs in; otherwise everyone who can connect to the server is the owner.
    pub signs_in: bool,
}
