//! What a page without a plan shows.

use super::Assets;

/// The page of an error: not found, forbidden, or an internal error.
#[derive(Clone, Debug, Default)]
pub struct MessageView {
    /// The files that the page loads.
    pub assets: Assets,
    /// What happened, in a few words.
    pub title: String,
    /// What to do next.
    pub text: String,
    /// The incident number to search for in the log; empty for an error without one.
    pub incident: String,
}
