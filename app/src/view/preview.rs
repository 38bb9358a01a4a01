//! What the page of the files shows.

use super::{Assets, PlanHead};
use crate::wire::PreviewFile;

/// The files of the bundle, and one of them.
#[derive(Clone, Debug)]
pub struct PreviewView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// All files.
    pub files: Vec<FileEntry>,
    /// The one that is shown.
    pub shown: Option<PreviewFile>,
    /// What is missing to generate files; empty if there are files.
    pub missing: String,
}

/// A file of the bundle in a list.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Its path in the bundle.
    pub path: String,
    /// What it is for.
    pub purpose: String,
    /// Whether it can be shown; keystores and keys cannot.
    pub shown: bool,
}
