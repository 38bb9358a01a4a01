//! The events of a run of checks, which can be sent, stored and replayed.

use serde::{Deserialize, Serialize};

use super::{CheckId, Reach};
use crate::step::Step;

/// How a check ended. A system that is unreachable is not a failure of the system.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The requirement is met.
    Passed,
    /// It works, but not as it should.
    Warned,
    /// The requirement is not met.
    Failed,
    /// Skipped: the check could not be made; `current` has the reason.
    CouldNotCheck,
}

impl Outcome {
    /// The name in texts.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warning",
            Self::Failed => "failed",
            Self::CouldNotCheck => "skipped",
        }
    }
}

/// The remedy of a result: a sentence, and commands or SQL to copy.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Remedy {
    /// What to do, in one or two sentences.
    pub text: String,
    /// Exact commands or SQL to copy; empty if a person must decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl Remedy {
    /// Text and commands in one line.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        if !self.text.ends_with(':') {
            return self.text.clone();
        }
        // SQL ends with its own semicolon.
        let mut line = self.text.clone();
        for command in &self.commands {
            line.push_str(if line.ends_with([':', ';']) { " " } else { "; " });
            line.push_str(command);
        }
        line
    }
}

/// The result of one check about one subject. Contains no secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "StoredResult")]
pub struct CheckResult {
    /// The check.
    pub id: CheckId,
    /// The subject, if the check has several, such as the name of a node or a database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// The current value.
    pub current: String,
    /// The required value.
    pub required: String,
    /// The remedy; empty if it passed.
    pub remedy: Remedy,
    /// The duration, in milliseconds.
    pub took_ms: u64,
    /// Whether a node report decided it: checks of other reach have such results too
    /// ([`crate::node_report::supplement`]).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_node: bool,
    /// When the certificate that the result is about expires, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl CheckResult {
    /// The reach of the result: a node report is from its node, even if the check has another reach.
    #[must_use]
    pub fn reach(&self) -> Reach {
        if self.from_node { Reach::Node } else { self.id.reach() }
    }
}

/// The stored form of a [`CheckResult`].
#[derive(Deserialize)]
struct StoredResult {
    id: CheckId,
    subject: Option<String>,
    outcome: Outcome,
    current: String,
    required: String,
    #[serde(default)]
    remedy: Remedy,
    took_ms: u64,
    from_node: Option<bool>,
    #[serde(default)]
    expires_at: Option<i64>,
}

impl StoredResult {
    /// The start of a result of a node report in version 0.1.0, which stored no other sign of it. No later version
    /// writes this text.
    const EARLIER_NODE_PREFIX: &str = "Its probe said at ";
}

impl From<StoredResult> for CheckResult {
    fn from(stored: StoredResult) -> Self {
        let StoredResult { id, subject, outcome, current, required, remedy, took_ms, from_node, expires_at } = stored;
        let from_node = from_node.unwrap_or_else(|| current.starts_with(StoredResult::EARLIER_NODE_PREFIX));
        Self { id, subject, outcome, current, required, remedy, took_ms, from_node, expires_at }
    }
}

impl CheckEvent {
    /// The part of the event about the checks of one step. Start and end of a run are kept for every step.
    #[must_use]
    pub fn only(self, step: Step) -> Option<Self> {
        match self {
            Self::RunStarted { run, at, mut checks } => {
                checks.retain(|id| id.step() == step);
                Some(Self::RunStarted { run, at, checks })
            }
            Self::Started { id, .. } | Self::Finished { id, .. } if id.step() != step => None,
            event => Some(event),
        }
    }
}

/// One event of a run. Applying the same event twice changes nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckEvent {
    /// A run of these checks started.
    RunStarted {
        /// The number of the run within the plan, from 1.
        run: u64,
        /// Unix seconds.
        at: u64,
        /// The checks of the run.
        checks: Vec<CheckId>,
    },
    /// A check started.
    Started {
        /// The run.
        run: u64,
        /// The check.
        id: CheckId,
        /// What it waits for, shown after a second.
        waits_for: String,
    },
    /// A check ended; it may have several results, one per subject.
    Finished {
        /// The run.
        run: u64,
        /// The check.
        id: CheckId,
        /// Unix seconds.
        at: u64,
        /// The results, the worst first or in the order of the subjects.
        results: Vec<CheckResult>,
    },
    /// Answers changed: the checks that depend on them are outdated.
    Changed {
        /// The keys of the settings that changed.
        settings: Vec<String>,
    },
    /// The run ended: all checks ended, or it was cancelled.
    RunFinished {
        /// The run.
        run: u64,
        /// Unix seconds.
        at: u64,
        /// Whether it was cancelled.
        cancelled: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(current: &str, more: &str) -> CheckResult {
        let text = format!(
            r#"{{"id":"CL-07","outcome":"failed","current":"{current}","required":"the same","took_ms":1{more}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn results_of_node_reports_are_known_by_their_member_or_the_text_of_version_0_1_0() {
        assert_eq!(stored("Its probe said at 09:00 UTC: another key.", "").reach(), Reach::Node);
        assert_eq!(stored("Another key.", "").reach(), Reach::Files);
        for from_node in [true, false] {
            let result = CheckResult { from_node, ..stored("Another key.", "") };
            let text = serde_json::to_string(&result).unwrap();
            assert_eq!(text.contains("from_node"), from_node, "{text}");
            assert_eq!(serde_json::from_str::<CheckResult>(&text).unwrap(), result);
        }
        assert!(!stored("Its probe said at 09:00 UTC: another key.", r#","from_node":false"#).from_node);
    }
}
