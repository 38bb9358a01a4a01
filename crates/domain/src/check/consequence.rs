//! What the result of a check, or a finding of the rules, means for the download: decided here and nowhere else.
//!
//! Only answers that make the generated files wrong block the download. What the network or a node says is about the
//! world, which the bundle is there to change: a failure there is an open task, so that checking more never blocks.

use serde::{Deserialize, Serialize};

use super::{CheckResult, CheckSpec, Outcome, Reach};
use crate::finding::Severity;

/// What follows from a failure. Ordered from worst to least.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// The files would be wrong: there is no download until the answers are corrected. It cannot be accepted.
    BlocksDownload,
    /// It has to be done before the cluster works. The download goes on, the runbook lists it at its step, and
    /// `clusterwright check` exits 1. It may be accepted with a reason.
    OpenTask,
    /// The cluster works, but not as it should. The runbook lists it. It may be accepted with a reason.
    Warning,
    /// Worth knowing.
    Info,
}

impl Consequence {
    /// What the result of a check means that has `severity` in the catalogue and was decided from `reach`. `None` where
    /// nothing is wrong, or nothing is known.
    #[must_use]
    pub const fn of(severity: Severity, reach: Reach, outcome: Outcome) -> Option<Self> {
        Some(match (outcome, severity, reach) {
            (Outcome::Passed | Outcome::CouldNotCheck, ..) => return None,
            (_, Severity::Notes, _) => Self::Info,
            (Outcome::Failed, Severity::Blocks, Reach::Answers | Reach::Files | Reach::Bundle) => Self::BlocksDownload,
            (Outcome::Failed, Severity::Blocks, Reach::Server | Reach::Node) => Self::OpenTask,
            (Outcome::Failed, Severity::Warns, _) | (Outcome::Warned, Severity::Blocks | Severity::Warns, _) => {
                Self::Warning
            }
        })
    }

    /// What this result means.
    #[must_use]
    pub fn of_result(result: &CheckResult) -> Option<Self> {
        Self::of(result.id.severity(), result.reach(), result.outcome)
    }

    /// What a finding of the rules or of the audit means: they look at answers and files alone.
    #[must_use]
    pub const fn of_finding(severity: Severity) -> Self {
        match severity {
            Severity::Blocks => Self::BlocksDownload,
            Severity::Warns => Self::Warning,
            Severity::Notes => Self::Info,
        }
    }

    /// Whether somebody may take responsibility for it with a reason.
    #[must_use]
    pub const fn is_acceptable(self) -> bool {
        matches!(self, Self::OpenTask | Self::Warning)
    }

    /// As a person reads it, in lower case.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::BlocksDownload => "problem",
            Self::OpenTask => "open task",
            Self::Warning => "warning",
            Self::Info => "note",
        }
    }

    /// So many of them: `1 open task`, `2 open tasks`.
    #[must_use]
    pub fn counted(self, count: usize) -> String {
        format!("{count} {}{}", self.label(), if count == 1 { "" } else { "s" })
    }
}

impl CheckSpec {
    /// What a failure and a lesser deviation mean, as its documentation says it.
    #[must_use]
    pub const fn consequences(&self) -> &'static str {
        match Consequence::of(self.severity, self.reach, Outcome::Failed) {
            Some(Consequence::BlocksDownload) => {
                "A failure blocks the download until the answers are corrected; a lesser deviation is a warning."
            }
            Some(Consequence::OpenTask) => {
                "A failure is an open task: it does not block the download, and the runbook lists it at its step. A lesser \
                 deviation is a warning. Both can be accepted with a reason."
            }
            Some(Consequence::Warning) => {
                "What it finds is a warning: it does not block the download, and the runbook lists it. It can be accepted \
                 with a reason."
            }
            Some(Consequence::Info) | None => "What it finds is for information.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_that_the_answers_decide_blocks_the_download() {
        let severities = [Severity::Blocks, Severity::Warns, Severity::Notes];
        let outcomes = [Outcome::Passed, Outcome::Warned, Outcome::Failed, Outcome::CouldNotCheck];
        for severity in severities {
            for reach in [Reach::Answers, Reach::Files, Reach::Bundle, Reach::Server, Reach::Node] {
                for outcome in outcomes {
                    let blocks = Consequence::of(severity, reach, outcome) == Some(Consequence::BlocksDownload);
                    let expected = reach.is_of_plan() && (severity, outcome) == (Severity::Blocks, Outcome::Failed);
                    assert_eq!(blocks, expected, "{severity} {reach:?} {outcome:?}");
                }
            }
        }
    }

    #[test]
    fn the_table_of_the_rule() {
        use Consequence::{Info, OpenTask, Warning};
        for (severity, reach, outcome, expected) in [
            (Severity::Blocks, Reach::Server, Outcome::Failed, Some(OpenTask)),
            (Severity::Blocks, Reach::Node, Outcome::Failed, Some(OpenTask)),
            (Severity::Blocks, Reach::Server, Outcome::Warned, Some(Warning)),
            (Severity::Warns, Reach::Node, Outcome::Failed, Some(Warning)),
            (Severity::Warns, Reach::Answers, Outcome::Warned, Some(Warning)),
            (Severity::Notes, Reach::Server, Outcome::Failed, Some(Info)),
            (Severity::Notes, Reach::Server, Outcome::Warned, Some(Info)),
            (Severity::Blocks, Reach::Server, Outcome::Passed, None),
            (Severity::Blocks, Reach::Answers, Outcome::CouldNotCheck, None),
        ] {
            assert_eq!(Consequence::of(severity, reach, outcome), expected, "{severity} {reach:?} {outcome:?}");
        }
    }
}
