//! The draft: the answers as they were entered and saved. They may be wrong, and they contain no secret.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::milestones::Milestones;
use crate::step::Step;

/// The key of the node table; its columns are [`crate::steps::keys::NODE`].
pub const NODES: &str = "clustering.nodes";

/// The maximum number of nodes in a cluster.
pub const MAX_NODES: usize = 16;

/// The raw answers of one plan.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Draft {
    /// The name of the plan.
    #[serde(default)]
    pub title: String,
    /// Answers by setting key. A missing setting uses its default; an empty text was emptied on purpose.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// The node table: one map per row, by the setting's name (`host`, not `clustering.nodes.host`).
    #[serde(default)]
    pub nodes: Vec<BTreeMap<String, String>>,
    /// Steps that were saved once: only their problems are shown.
    #[serde(default)]
    pub visited: BTreeSet<Step>,
    /// Warnings and open tasks that were accepted, by [`crate::acceptance::AcceptanceKey`].
    #[serde(default)]
    pub accepted: BTreeMap<String, Acceptance>,
    /// What was done with the plan. Not part of the history: undoing an answer does not undo a download.
    #[serde(default, skip_serializing_if = "Milestones::is_empty")]
    pub milestones: Milestones,
}

/// A recorded reason why a warning or an open task may stay.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Acceptance {
    /// The reason.
    pub reason: String,
    /// The name of the person who accepted it; empty if unknown.
    #[serde(default)]
    pub by: String,
    /// The time as displayed text; empty if unknown.
    #[serde(default)]
    pub on: String,
}

impl Acceptance {
    /// Without a name and a time.
    pub fn with_reason(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }
}

impl std::fmt::Display for Acceptance {
    /// `agreed with the DBA (Ann, 23 November 2026, 12:04)`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let author: Vec<&str> =
            [self.by.as_str(), self.on.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
        formatter.write_str(&self.reason)?;
        if author.is_empty() { Ok(()) } else { write!(formatter, " ({})", author.join(", ")) }
    }
}

impl Draft {
    /// The settings whose answers differ between `self` and `other`; `clustering.nodes` stands for the node table.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let keys: BTreeSet<&String> = self.answers.keys().chain(other.answers.keys()).collect();
        let mut changed: Vec<String> =
            keys.into_iter().filter(|key| self.answers.get(*key) != other.answers.get(*key)).cloned().collect();
        if self.nodes != other.nodes {
            changed.push(NODES.to_owned());
        }
        changed
    }

    /// Sets one answer.
    pub fn set(&mut self, key: impl Into<String>, text: impl Into<String>) {
        self.answers.insert(key.into(), text.into());
    }
}
