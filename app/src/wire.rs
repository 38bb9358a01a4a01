//! What islands and server say to each other, as JSON. Check events are [`domain::check::CheckEvent`].

use std::collections::BTreeMap;

use domain::check::CheckId;
use serde::{Deserialize, Serialize};

/// The name of the event of a stream of checks that holds a whole [`domain::check::CheckReport`].
pub const REPORT_EVENT: &str = "report";

/// What is told instead of a run of checks that does not begin.
pub const RATE_LIMITED: &str =
    "The checks did not run: too many runs began within a minute. Wait a minute, then run them again.";

/// What the results of checks are told with: where, when, and what was accepted.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CheckContext {
    /// The plan's part of the address.
    pub plan: String,
    /// The step's slug, or `all`.
    pub scope: String,
    /// How far the server's clocks are ahead of UTC, in seconds.
    pub ahead: i32,
    /// The day there, counted from that of 1970's first.
    pub today: i64,
    /// Why warnings are acceptable, by the code of their check.
    pub accepted: Vec<(String, String)>,
    /// Whether who looks may run checks.
    pub may_run: bool,
    /// Whether who looks may accept warnings.
    pub may_accept: bool,
}

impl CheckContext {
    /// Why a check's warning is acceptable; nothing where nobody said so.
    #[must_use]
    pub fn accepted(&self, id: CheckId) -> Option<&str> {
        self.accepted.iter().find(|(code, _)| code == id.code()).map(|(_, why)| why.as_str())
    }
}

/// What of a page follows saves and checks: the markup inside elements, by their ids.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pieces(pub BTreeMap<String, String>);

/// The answer to a draft that was saved.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DraftSaved {
    /// The plan's new revision; the form sends it next time.
    pub revision: u64,
    /// When it was saved, as markup.
    pub saved_at: String,
}

/// The answer to a draft that met somebody else's change (status 409): what is not contested is saved.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DraftConflict {
    /// Who changed what, as markup: `Kasun changed Database host at 12:05 CET.`
    pub said: String,
}

/// One generated file, without secrets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreviewFile {
    /// Its path in the bundle.
    pub path: String,
    /// Its text, masked.
    pub text: String,
}

/// The files that belong to a step, or why there are none yet.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreviewFiles {
    /// In the order they are listed.
    pub files: Vec<PreviewFile>,
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
