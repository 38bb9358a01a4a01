//! The report of a plan's checks as a file: text, JSON, JUnit's XML or HTML, all written from one sheet.
//!
//! What is said is decided in `domain::check::CheckSummary`; HTML is drawn by `app`.

mod json;
mod junit;
mod text;

pub(crate) use text::finding;

use domain::check::{CheckId, CheckReport, CheckState, CheckSummary, Reach, strip_markup};
use domain::draft::Draft;
use domain::finding::Finding;
use domain::moment::UtcOffset;
use domain::secret::Secrets;

use crate::{checking, clock};

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Lines for people
    #[default]
    Text,
    /// JSON for programs
    Json,
    /// JUnit's XML for build servers
    Junit,
    /// One page for browsers and paper
    Html,
}

impl ReportFormat {
    /// What it is on the wire.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::Junit => "application/xml",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// The report in this format. People read times of `zone`, programs those of UTC.
#[must_use]
pub fn write(sheet: &CheckSummary, format: ReportFormat, zone: UtcOffset) -> String {
    match format {
        ReportFormat::Text => text::write(sheet, zone),
        ReportFormat::Json => json::write(sheet),
        ReportFormat::Junit => junit::write(sheet),
        ReportFormat::Html => app::pages::report(sheet, zone),
    }
}

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
    let decide = checking::evaluate_answers(draft, secrets, None);
    // What needs the keys is as the last run left it.
    for id in ids.iter().filter(|id| matches!(id.reach(), Reach::Answers | Reach::Files)) {
        let mut results = decide(*id);
        if let Some(CheckState::Done { results: kept, .. }) = report.checks.get(id) {
            results.extend(kept.iter().filter(|result| result.is_from_node()).cloned());
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
