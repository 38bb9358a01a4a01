//! Findings: problems and notes as values, all of them at once (ARCHITECTURE, I5). Nobody stops at the first.

mod location;
mod severity;

pub use location::{FindingLocation, field_id};
pub use severity::Severity;

use serde::{Deserialize, Serialize};

use crate::check::CheckId;
use crate::sites;
use crate::step::Step;

/// A problem or a note, with its place and what to do about it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// What it does to the download.
    pub severity: Severity,
    /// The check of the catalogue that found it; `None` for a field that could not be read.
    pub check: Option<CheckId>,
    /// Where it belongs.
    pub at: FindingLocation,
    /// What is the case, in one sentence. Never holds a secret.
    pub what: String,
    /// Why it matters; may be empty where `what` says it.
    pub why: String,
    /// What to do next.
    pub remedy: String,
}

impl Finding {
    /// What a field shows: what is the case, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{} {}", self.what, self.remedy).trim().to_owned()
    }
}

/// A finding of `check`, with the check's own severity, reason and, where `remedy` is empty, its remedy.
#[track_caller]
pub(crate) fn found(
    check: CheckId,
    at: FindingLocation,
    what: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    sites::seen();
    let spec = check.spec();
    let remedy: String = remedy.into();
    Finding {
        severity: spec.severity,
        check: Some(check),
        at,
        what: what.into(),
        why: spec.proves.to_owned(),
        remedy: if remedy.is_empty() { spec.remedy.to_owned() } else { remedy },
    }
}

/// Sorts findings as every list shows them: blocking first, then as their fields follow each other on the pages.
pub fn sort_findings(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|finding| (finding.severity, reading_order(&finding.at)));
}

/// A step as a whole, its settings as they are asked, the node table as a whole, its rows with their columns.
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
        let found = |at: &FindingLocation| found(CheckId::Db39, at.clone(), "", "Correct it.");
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
