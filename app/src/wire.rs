//! The JSON that islands and server exchange. Check events are [`domain::check::CheckEvent`].

use std::collections::BTreeMap;

use domain::check::CheckId;
use serde::{Deserialize, Serialize};

/// The name of the check event that contains a complete [`domain::check::CheckReport`].
pub const REPORT_EVENT: &str = "report";

/// The message when a run of checks is not started because of the rate limit.
pub const RATE_LIMITED: &str = "Too many runs started within a minute. Wait a minute, then run the checks again.";

/// The context of check results: plan, time, acceptances and permissions.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CheckContext {
    /// The id of the plan in URLs.
    pub plan: String,
    /// The step's slug, or `all`.
    pub scope: String,
    /// The offset of the server's time zone from UTC, in seconds.
    pub ahead: i32,
    /// The current day in that time zone, in days since 1 January 1970.
    pub today: i64,
    /// The reasons of acceptances, by the code of their check.
    pub accepted: Vec<(String, String)>,
    /// Whether the actor may run checks.
    pub may_run: bool,
    /// Whether the actor may accept warnings.
    pub may_accept: bool,
}

impl CheckContext {
    /// The reason why the result of a check is accepted; `None` if it is not.
    #[must_use]
    pub fn accepted(&self, id: CheckId) -> Option<&str> {
        self.accepted.iter().find(|(code, _)| code == id.code()).map(|(_, reason)| reason.as_str())
    }
}

/// The parts of a page that depend on saves and checks: the markup inside elements, by their ids.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pieces(pub BTreeMap<String, String>);

/// The response to a saved draft.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DraftSaved {
    /// The new revision of the plan, for the next save.
    pub revision: u64,
    /// When it was saved, as markup.
    pub saved_at: String,
}

/// The response to a draft with a conflict (status 409). Answers without a conflict are saved.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DraftConflict {
    /// Who changed what, as markup: `Kasun changed Database host at 12:05 CET.`
    pub message: String,
}

/// One generated file, without secrets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreviewFile {
    /// Its path in the bundle.
    pub path: String,
    /// Its text, masked.
    pub text: String,
}

/// The files that depend on a step, or why they cannot be generated.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreviewFiles {
    /// In the order of the list.
    pub files: Vec<PreviewFile>,
    /// What is missing to generate files; empty if there are files.
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
