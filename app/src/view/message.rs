//! What a page without a plan shows.

use super::Assets;

/// A page that could not be shown: not found, refused, or a fault of ours.
#[derive(Clone, Debug, Default)]
pub struct MessageView {
    /// The files it loads.
    pub assets: Assets,
    /// What is the case, in a few words.
    pub title: String,
    /// What to do next.
    pub text: String,
    /// What to name when asking for help; empty if nobody needs to.
    pub incident: String,
}
