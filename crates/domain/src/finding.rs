//! Findings: problems, warnings and notes as values, always all at once (ARCHITECTURE, I5).

mod location;
mod severity;

pub use location::{FindingLocation, field_id};
pub use severity::Severity;

use serde::{Deserialize, Serialize};

use crate::check::CheckId;
use crate::sites;
use crate::step::Step;

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

    /// The text in a list of problems: [`Self::message`] after the label of its field.
    #[must_use]
    pub fn labelled_message(&self) -> String {
        with_field_label(&self.at, &self.message())
    }
}

/// The label of a field, with its node: `Database host`, `Hazelcast port of node 2`. `None` for a whole step and for the
/// node table.
#[must_use]
pub fn field_label(place: &FindingLocation) -> Option<String> {
    let label = crate::steps::setting(place.setting.as_deref()?)?.label;
    Some(place.row.map_or_else(|| label.to_owned(), |row| format!("{label} of node {}", row + 1)))
}

/// `message` after the label of the field at `place`: in a list, the same mistake in two fields has two texts.
pub(crate) fn with_field_label(place: &FindingLocation, message: &str) -> String {
    field_label(place).map_or_else(|| message.to_owned(), |label| format!("{label}: {message}"))
}

/// A finding of `check`, with the check's severity, reason and, if `remedy` is empty, its remedy.
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
        why: spec.requirement(),
        remedy: if remedy.is_empty() { spec.remedy.to_owned() } else { remedy },
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
        let found = |at: &FindingLocation| found(CheckId::Db39, at.clone(), "", "Correct it.");
        let mut findings: Vec<Finding> = places.iter().rev().map(found).collect();
        sort_findings(&mut findings);
        assert_eq!(findings.into_iter().map(|finding| finding.at).collect::<Vec<_>>(), places);
    }

    #[test]
    fn the_same_mistake_in_two_fields_has_two_texts_in_a_list() {
        let message = |at| found(CheckId::Db39, at, "“0” is out of range.", "Enter a port.").labelled_message();
        let field = |setting| message(FindingLocation::setting(Step::LoadBalancer, setting));
        assert_eq!(field("load_balancer.http_port"), "HTTP port: “0” is out of range. Enter a port.");
        assert_eq!(field("load_balancer.https_port"), "HTTPS port: “0” is out of range. Enter a port.");
        let cell = |row| message(FindingLocation::node(row, "clustering.nodes.hazelcast_port"));
        assert_eq!(cell(0), "Hazelcast port of node 1: “0” is out of range. Enter a port.");
        assert_eq!(cell(1), "Hazelcast port of node 2: “0” is out of range. Enter a port.");
        assert_eq!(message(FindingLocation::step(Step::Clustering)), "“0” is out of range. Enter a port.");
    }

    #[test]
    fn a_place_reads_like_the_plan_file_and_names_its_field() {
        let cell = FindingLocation::node(1, "clustering.nodes.hazelcast_port");
        assert_eq!(cell.to_string(), "clustering.nodes[2].hazelcast_port");
        assert_eq!(cell.field_id(), "clustering-nodes-1-hazelcast-port");
        assert_eq!(FindingLocation::setting(Step::UserStore, "user_store.kind").field_id(), "user-store-kind");
    }
}
