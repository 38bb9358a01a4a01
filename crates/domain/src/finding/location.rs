//! The place of a finding on the pages and in a plan file.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::step::Step;

/// The place of a finding: a step, one of its settings, or one row of the node table.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct FindingLocation {
    /// The step whose page shows it.
    pub step: Step,
    /// The setting's key, such as `database.host` or `clustering.nodes.host`.
    pub setting: Option<String>,
    /// The row of the node table, from 0.
    pub row: Option<usize>,
}

impl FindingLocation {
    /// A whole step.
    #[must_use]
    pub const fn step(step: Step) -> Self {
        Self { step, setting: None, row: None }
    }

    /// One setting of a step.
    pub fn setting(step: Step, setting: impl Into<String>) -> Self {
        Self { step, setting: Some(setting.into()), row: None }
    }

    /// One cell of the node table; `row` counts from 0.
    pub fn node(row: usize, setting: impl Into<String>) -> Self {
        Self { step: Step::Clustering, setting: Some(setting.into()), row: Some(row) }
    }

    /// The ID of the form field, the same in HTML, links and tests: `database-host`, `clustering-nodes-1-host`.
    #[must_use]
    pub fn field_id(&self) -> String {
        field_id(self.setting.as_deref().unwrap_or_else(|| self.step.slug()), self.row)
    }
}

/// The ID of the form field of `setting` (and node `row`, from 0).
#[must_use]
pub fn field_id(setting: &str, row: Option<usize>) -> String {
    let dashed = |text: &str| text.replace(['.', '_'], "-");
    match (setting.rsplit_once('.'), row) {
        (Some((table, name)), Some(row)) => format!("{}-{row}-{}", dashed(table), dashed(name)),
        _ => dashed(setting),
    }
}

impl fmt::Display for FindingLocation {
    /// The form of plan files: `database.host`, `clustering.nodes[2].host` (rows from 1).
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.setting, self.row) {
            (Some(setting), Some(row)) => match setting.rsplit_once('.') {
                Some((table, name)) => write!(formatter, "{table}[{}].{name}", row + 1),
                None => write!(formatter, "{setting}[{}]", row + 1),
            },
            (Some(setting), None) => formatter.write_str(setting),
            (None, _) => formatter.write_str(self.step.table()),
        }
    }
}
