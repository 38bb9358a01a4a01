//! What islands and server say to each other, as JSON. Check events are [`domain::check::CheckEvent`].

use serde::{Deserialize, Serialize};

/// The name of the event of a stream of checks that holds a whole [`domain::check::CheckReport`].
pub const REPORT: &str = "report";

/// The answer to a draft that was saved.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Saved {
    /// The plan's new revision; the form sends it next time.
    pub revision: u64,
    /// When it was saved, as the page shows it: `12:04`.
    pub saved_at: String,
}

/// One generated file, without secrets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct File {
    /// Its path in the bundle.
    pub path: String,
    /// Its text, masked.
    pub text: String,
}

/// The files that belong to a step, or why there are none yet.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Files {
    /// In the order they are listed.
    pub files: Vec<File>,
    /// What is missing before there can be files; empty if there are some.
    #[serde(default)]
    pub missing: String,
}

/// A path in the bundle as a short name: `is-1: deployment.toml`.
#[must_use]
pub fn short_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match path.strip_prefix("nodes/").and_then(|rest| rest.split('/').next()) {
        Some(node) => format!("{node}: {name}"),
        None => name.to_owned(),
    }
}
