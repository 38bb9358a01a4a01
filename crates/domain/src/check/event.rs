//! What happens while checks run, as events that can be sent, stored and replayed.

use serde::{Deserialize, Serialize};

use super::{CheckId, Reach};
use crate::step::Step;

/// How a check ended. "We could not reach it" is not "it is wrong".
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is as it must be.
    Passed,
    /// It works but is not as it should be.
    Warned,
    /// It is wrong.
    Failed,
    /// It could not be looked at from here; `current` says why.
    CouldNotCheck,
}

impl Outcome {
    /// As a person reads it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warning",
            Self::Failed => "failed",
            Self::CouldNotCheck => "could not check",
        }
    }
}

/// What to do about a result: a sentence, and commands or SQL that can be copied.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Remedy {
    /// What to do, in one or two sentences.
    pub text: String,
    /// Exact commands or SQL, ready to copy; none where a person must decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl Remedy {
    /// All of it in one line: text that leads to commands, with them.
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

/// What one check said about one subject. Holds no secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CheckResult {
    /// The check.
    pub id: CheckId,
    /// What it looked at where there are several, such as a node's or a database's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The current value.
    pub current: String,
    /// The required value.
    pub required: String,
    /// What to do; empty when it passed.
    #[serde(default)]
    pub remedy: Remedy,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// How results begin that the probe of a node said.
pub(crate) const PROBE_REPORT_PREFIX: &str = "Its probe said at ";

impl CheckResult {
    /// Whether the probe of a node said it: also checks of the answers have such results ([`crate::node_report::beside`]).
    #[must_use]
    pub fn is_from_node(&self) -> bool {
        self.current.starts_with(PROBE_REPORT_PREFIX)
    }

    /// From where it was decided: what a probe says is of its node, also where the check looks at the answers first.
    #[must_use]
    pub fn reach(&self) -> Reach {
        if self.is_from_node() { Reach::Node } else { self.id.reach() }
    }
}

impl CheckEvent {
    /// What of the event is about the checks of one step. That a run began or ended is told also where it is about others.
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
    /// A run began and will do these checks.
    RunStarted {
        /// Counts the runs of a plan, from 1.
        run: u64,
        /// Unix seconds.
        at: u64,
        /// What will be checked.
        checks: Vec<CheckId>,
    },
    /// A check began.
    Started {
        /// The run.
        run: u64,
        /// The check.
        id: CheckId,
        /// What it waits for, as shown after a second.
        waits_for: String,
    },
    /// A check ended; it may have several results, one a subject.
    Finished {
        /// The run.
        run: u64,
        /// The check.
        id: CheckId,
        /// Unix seconds.
        at: u64,
        /// What it said, worst first or in the order of the subjects.
        results: Vec<CheckResult>,
    },
    /// Answers changed: what depended on them is not checked any more.
    Changed {
        /// The keys of the settings that changed.
        settings: Vec<String>,
    },
    /// The run ended: all checks done, or cancelled.
    RunFinished {
        /// The run.
        run: u64,
        /// Unix seconds.
        at: u64,
        /// Whether somebody stopped it.
        cancelled: bool,
    },
}
