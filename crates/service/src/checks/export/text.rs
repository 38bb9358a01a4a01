//! The report as lines for people: findings first, then every check, then the sum.

use domain::check::{CheckRow, CheckSummary, Consequence, Outcome, OutcomeChange, RowStatus, strip_markup};
use domain::finding::{Finding, Severity};
use domain::moment::UtcOffset;

use crate::checks::export::line;

/// The report as lines of text, with times of `zone`.
#[must_use]
pub fn write(sheet: &CheckSummary, zone: UtcOffset) -> String {
    let mut lines = Vec::new();
    for found in &sheet.findings {
        lines.push(finding(&found.place, &found.finding));
        lines.extend(found.accepted.iter().map(|accepted| format!("    accepted: {}", line(&accepted.to_string()))));
    }
    for one in &sheet.checks {
        check(&mut lines, one, zone);
    }
    let title = if sheet.title.is_empty() { "Plan without a name" } else { &sheet.title };
    lines.push(format!("{} - {}", line(title), sheet.summary()));
    lines.push(sheet.verdict());
    lines.push(format!("{}, {}", sheet.version, zone.format_date_time(sheet.at)));
    lines.join("\n")
}

/// A finding: where it is, what it does, what is the case and what to do.
pub fn finding(place: &str, finding: &Finding) -> String {
    let check = finding.check.map_or_else(String::new, |check| format!(" [{check}]"));
    let word = match finding.severity {
        Severity::Blocks => "blocks",
        Severity::Warns => "warns",
        Severity::Notes => "note",
    };
    format!("{}: {word}{check} {}: {}", line(place), finding.at, line(&finding.message()))
}

fn check(lines: &mut Vec<String>, one: &CheckRow, zone: UtcOffset) {
    let subject = one.subject.as_ref().map_or_else(String::new, |subject| format!(" ({})", line(subject)));
    let took = if one.took_ms > 0 { format!(" ({} ms)", one.took_ms) } else { String::new() };
    let head = format!("{:<15} {} {}{subject}", one.standing.label(), one.id.code(), one.id.title());
    lines.push(format!("{head}: {}{took}", line(&one.current)));
    if one.consequence == Some(Consequence::OpenTask) && one.accepted.is_none() {
        lines.push("    open task: it does not block the download; the runbook lists it".to_owned());
    }
    if one.standing != RowStatus::Ended(Outcome::Passed) {
        lines.push(format!("    required: {}", line(&one.required)));
        lines.push(format!("    to do: {}", line(&one.remedy.text)));
        for command in &one.remedy.commands {
            lines.push(format!("      {}", strip_markup(command).replace('\n', "\n      ")));
        }
    }
    lines.extend(one.accepted.iter().map(|accepted| format!("    accepted: {}", line(&accepted.to_string()))));
    if one.history.len() > 1 {
        let turn = |turn: &OutcomeChange| format!("{} {}", turn.outcome.label(), zone.format_date_time(turn.at));
        lines.push(format!("    before: {}", one.history.iter().map(turn).collect::<Vec<_>>().join("; ")));
    }
}
