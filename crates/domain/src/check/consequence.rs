//! The consequence of a check result or a finding for the download, decided only here.
//!
//! Only answers that make the generated files wrong block the download. Results from the network or a node describe
//! systems that the bundle will change: a failure there is an open task, so that further checks never block.

use serde::{Deserialize, Serialize};

use super::{CheckResult, CheckSpec, Outcome, Reach};
use crate::finding::Severity;

/// The consequence of a failure, the worst first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// The files would be wrong: it blocks the download until the answers are corrected. It cannot be accepted.
    BlocksDownload,
    /// Work to do before the cluster works. The download continues, the runbook lists it at its step, and
    /// `clusterwright check` exits with 1. It can be accepted with a reason.
    OpenTask,
    /// The cluster works, but not as it should. The runbook lists it. It can be accepted with a reason.
    Warning,
    /// For information.
    Info,
}

impl Consequence {
    /// The consequence of a check result with this `severity` in the catalogue and this `reach`. `None` if nothing is
    /// wrong or known.
    #[must_use]
    pub const fn of(severity: Severity, reach: Reach, outcome: Outcome) -> Option<Self> {
        Some(match (outcome, severity, reach) {
            (Outcome::Passed | Outcome::CouldNotCheck, ..) => return None,
            (_, Severity::Notes, _) => Self::Info,
            (Outcome::Failed, Severity::Blocks, Reach::Answers | Reach::Files | Reach::Bundle) => Self::BlocksDownload,
            (Outcome::Failed, Severity::Blocks, Reach::Server | Reach::Node | Reach::Cluster) => Self::OpenTask,
            (Outcome::Failed, Severity::Warns, _) | (Outcome::Warned, Severity::Blocks | Severity::Warns, _) => {
                Self::Warning
            }
        })
    }

    /// The consequence of this result.
    #[must_use]
    pub fn of_result(result: &CheckResult) -> Option<Self> {
        Self::of(result.id.severity(), result.reach(), result.outcome)
    }

    /// The consequence of a finding of the rules or the audit, which inspect only answers and files.
    #[must_use]
    pub const fn of_finding(severity: Severity) -> Self {
        match severity {
            Severity::Blocks => Self::BlocksDownload,
            Severity::Warns => Self::Warning,
            Severity::Notes => Self::Info,
        }
    }

    /// Whether it can be accepted with a reason.
    #[must_use]
    pub const fn is_acceptable(self) -> bool {
        matches!(self, Self::OpenTask | Self::Warning)
    }

    /// The name in texts, in lower case.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::BlocksDownload => "problem",
            Self::OpenTask => "open task",
            Self::Warning => "warning",
            Self::Info => "note",
        }
    }

    /// A count of them: `1 open task`, `2 open tasks`.
    #[must_use]
    pub fn counted(self, count: usize) -> String {
        format!("{count} {}{}", self.label(), if count == 1 { "" } else { "s" })
    }
}

impl CheckSpec {
    /// The consequences of a failure and a lesser deviation, for the documentation.
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
                "A finding is a warning: it does not block the download, and the runbook lists it. It can be accepted \
                 with a reason."
            }
            Some(Consequence::Info) | None => "A finding is for information.",
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
            for reach in [Reach::Answers, Reach::Files, Reach::Bundle, Reach::Server, Reach::Node, Reach::Cluster] {
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
