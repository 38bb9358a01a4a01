//! What the page of the files shows.

use super::{Assets, PlanHead};
use crate::wire::PreviewFile;

/// The files of the bundle, and one of them.
#[derive(Clone, Debug)]
pub struct PreviewView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// Every file with what it is for.
    pub files: Vec<FileEntry>,
    /// The one that is shown.
    pub shown: Option<PreviewFile>,
    /// What is missing before there can be files; empty if there are some.
    pub missing: String,
}

/// A file of the bundle in a list.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Its path in the bundle.
    pub path: String,
    /// What it is for.
    pub purpose: String,
    /// Whether it can be shown; key stores and keys cannot.
    pub shown: bool,
}
