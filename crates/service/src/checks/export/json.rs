//! The report as JSON. Names and words are kept from version to version; times are UTC as RFC 3339 has them.

use domain::check::{CheckRow, CheckSummary, Consequence, Remedy};
use domain::draft::Acceptance;
use domain::finding::{Finding, Severity};
use domain::moment::rfc_3339;
use serde::Serialize;

#[derive(Serialize)]
struct JsonReport<'a> {
    title: &'a str,
    version: &'a str,
    at: String,
    /// Whether the download is blocked: the files would be wrong.
    blocked: bool,
    /// The number of open tasks without an acceptance.
    open_tasks: usize,
    summary: String,
    checks: Vec<JsonCheck<'a>>,
    findings: Vec<JsonFinding<'a>>,
}

#[derive(Serialize)]
struct JsonCheck<'a> {
    id: &'a str,
    title: &'a str,
    step: &'a str,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    consequence: Option<Consequence>,
    current: &'a str,
    required: &'a str,
    proves: &'a str,
    remedy: &'a Remedy,
    took_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a Acceptance>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<JsonOutcomeChange>,
}

#[derive(Serialize)]
struct JsonOutcomeChange {
    outcome: &'static str,
    at: String,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    place: &'a str,
    consequence: Consequence,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a Acceptance>,
}

/// The report as JSON.
#[must_use]
pub fn write(sheet: &CheckSummary) -> String {
    let report = JsonReport {
        title: &sheet.title,
        version: &sheet.version,
        at: rfc_3339(sheet.at),
        blocked: sheet.is_blocked(),
        open_tasks: sheet.open_tasks,
        summary: sheet.summary(),
        checks: sheet.checks.iter().map(check).collect(),
        findings: (sheet.findings.iter())
            .map(|found| JsonFinding {
                finding: &found.finding,
                place: &found.place,
                consequence: found.consequence(),
                accepted: found.accepted.as_ref(),
            })
            .collect(),
    };
    // Strings, numbers and lists only: nothing in it can fail to be written.
    serde_json::to_string_pretty(&report).unwrap_or_default()
}

fn check(line: &CheckRow) -> JsonCheck<'_> {
    let spec = line.id.spec();
    let turn = |turn: &domain::check::OutcomeChange| JsonOutcomeChange {
        outcome: domain::check::RowStatus::Ended(turn.outcome).word(),
        at: rfc_3339(turn.at),
    };
    JsonCheck {
        id: spec.code,
        title: spec.title,
        step: spec.step.slug(),
        severity: spec.severity,
        subject: line.subject.as_deref(),
        outcome: line.standing.word(),
        consequence: line.consequence,
        current: &line.current,
        required: &line.required,
        proves: spec.proves,
        remedy: &line.remedy,
        took_ms: line.took_ms,
        at: line.at.map(rfc_3339),
        accepted: line.accepted.as_ref(),
        history: line.history.iter().map(turn).collect(),
    }
}
