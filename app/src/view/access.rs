//! What the pages about signing in show, and what all pages tell of its end.

use super::Assets;

/// The page that asks for the access token.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// The files it loads.
    pub assets: Assets,
    /// Where one goes afterwards.
    pub to: String,
    /// The name that was entered.
    pub name: String,
    /// What is wrong with what was entered. The token is never shown again.
    pub problem: Option<String>,
}

/// The page about who is signed in.
#[derive(Clone, Debug, Default)]
pub struct AccountView {
    /// The files it loads.
    pub assets: Assets,
    /// What they call themselves; may be empty.
    pub name: String,
    /// Whether the owner signs in; otherwise whoever reaches the server is the owner.
    pub signs_in: bool,
}
