//! Findings: problems, warnings and notes as values, always all at once (ARCHITECTURE, I5).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::acceptance::AcceptanceKey;
use crate::check::CheckId;
use crate::draft::Acceptance;
use crate::step::Step;

/// The weight of a finding or check.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The highest. [`crate::check::Consequence`] decides the effect on the download.
    Blocks,
    /// Can be accepted with a reason.
    Warns,
    /// For information.
    Notes,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Blocks => "blocks",
            Self::Warns => "warns",
            Self::Notes => "notes",
        })
    }
}

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

/// A problem, warning or note, with place and remedy.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The check of the catalogue that found it; `None` for an unreadable field.
    pub check: Option<CheckId>,
    /// The place.
    pub at: FindingLocation,
    /// The problem, in one sentence. Never contains a secret.
    pub what: String,
    /// Why it matters; empty if `what` explains it.
    pub why: String,
    /// What to do next.
    pub remedy: String,
}

impl Finding {
    /// The text at the field: problem and remedy.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{} {}", self.what, self.remedy).trim().to_owned()
    }
}

impl Finding {
    /// The finding as a page shows it at the field: an accepted warning becomes a note with the reason. `accepted` is
    /// by [`AcceptanceKey`].
    #[must_use]
    pub fn with_acceptance(mut self, accepted: &BTreeMap<String, Acceptance>) -> Self {
        let key = AcceptanceKey::of(self.check, &self.at).filter(|_| self.severity == Severity::Warns);
        if let Some(acceptance) = key.and_then(|key| accepted.get(key.text())) {
            self.severity = Severity::Notes;
            self.why = format!("Accepted: {acceptance}");
        }
        self
    }
}

/// Sorts findings for all lists: blocking first, then in the order of their fields on the pages.
pub fn sort_findings(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|finding| (finding.severity, reading_order(&finding.at)));
}

/// The order within a step: the step, its settings, the node table, its rows with their columns.
pub(crate) fn reading_order(place: &FindingLocation) -> (Step, bool, Option<usize>, usize) {
    let asked = |key: &str| crate::steps::all().position(|setting| setting.key == key);
    let position = place.setting.as_deref().and_then(asked).unwrap_or(usize::MAX);
    (place.step, place.setting.is_some(), place.row, position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_in_the_order_of_the_page() {
        let places = [
            FindingLocation::setting(Step::Database, "database.port"),
            FindingLocation::setting(Step::Database, "database.password"),
            FindingLocation::step(Step::Clustering),
            FindingLocation::setting(Step::Clustering, "clustering.scheme"),
            FindingLocation::setting(Step::Clustering, "clustering.domain"),
            FindingLocation::setting(Step::Clustering, "clustering.nodes"),
            FindingLocation::node(0, "clustering.nodes.name"),
            FindingLocation::node(0, "clustering.nodes.host"),
            FindingLocation::node(1, "clustering.nodes.name"),
        ];
        let found = |at: &FindingLocation| crate::rules::found(CheckId::Db39, at.clone(), "", "Correct it.");
        let mut findings: Vec<Finding> = places.iter().rev().map(found).collect();
        sort_findings(&mut findings);
        assert_eq!(findings.into_iter().map(|finding| finding.at).collect::<Vec<_>>(), places);
    }

    #[test]
    fn a_place_reads_like_the_plan_file_and_names_its_field() {
        let cell = FindingLocation::node(1, "clustering.nodes.hazelcast_port");
        assert_eq!(cell.to_string(), "clustering.nodes[2].hazelcast_port");
        assert_eq!(cell.field_id(), "clustering-nodes-1-hazelcast-port");
        assert_eq!(FindingLocation::setting(Step::UserStore, "user_store.kind").field_id(), "user-store-kind");
    }
}
