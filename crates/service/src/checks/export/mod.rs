//! The results of a plan's checks as a file: text, JSON or JUnit's XML, all written from one summary.
//!
//! `domain::check::CheckSummary` decides what a report contains; the HTML report is drawn by `app`.

pub mod json;
pub mod junit;
pub mod text;

use domain::check::{CheckId, CheckReport, CheckState, CheckSummary, Reach, strip_markup};
use domain::draft::Draft;
use domain::finding::Finding;
use domain::secret::Secrets;

use crate::checks::runner;
use crate::clock;

/// The sheet of a plan. What the answers alone decide is decided now; the rest is as `report` has it. `findings` come
/// with their places.
#[must_use]
pub fn summary(
    draft: &Draft,
    secrets: &Secrets,
    ids: &[CheckId],
    report: &CheckReport,
    findings: Vec<(String, Finding)>,
) -> CheckSummary {
    let at = clock::now();
    let mut report = report.clone();
    let decide = runner::evaluate_answers(draft, secrets, None);
    // What needs the keys is as the last run left it.
    for id in ids.iter().filter(|id| matches!(id.reach(), Reach::Answers | Reach::Files)) {
        let mut results = decide(*id);
        if let Some(CheckState::Done { results: kept, .. }) = report.checks.get(id) {
            results.extend(kept.iter().filter(|result| result.from_node).cloned());
        }
        report.checks.insert(*id, CheckState::Done { at, results });
    }
    let version = concat!("Clusterwright ", env!("CARGO_PKG_VERSION")).to_owned();
    let head = CheckSummary { title: draft.title.clone(), version, at, ..CheckSummary::default() };
    head.collect(ids, &report, findings, &draft.accepted)
}

/// Harmless text on one line.
fn line(text: &str) -> String {
    strip_markup(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
