//! The report of all checks as one self-contained page, to be archived, sent and printed.

use domain::check::{CheckRow, CheckSummary, Consequence, FindingRow, Outcome, OutcomeChange, RowStatus, strip_markup};
use domain::finding::Severity;
use domain::moment::UtcOffset;
use domain::step::Step;
use leptos::prelude::*;

/// The style sheet in the page. The content security policy of the response must allow exactly this text.
pub const REPORT_STYLE: &str = include_str!("report.css");

/// The page, with times as in `zone`.
#[must_use]
pub fn report(sheet: &CheckSummary, zone: UtcOffset) -> String {
    let owner = Owner::new();
    let html = owner.with(|| page(sheet, zone).to_html());
    format!("<!DOCTYPE html>{html}")
}

fn page(sheet: &CheckSummary, zone: UtcOffset) -> impl IntoView + use<> {
    let name = if sheet.title.is_empty() { "Unnamed plan".to_owned() } else { strip_markup(&sheet.title) };
    let class = if sheet.is_blocked() { "sum blocked" } else { "sum" };
    let findings = (!sheet.findings.is_empty()).then(|| {
        let items = sheet.findings.iter().map(finding).collect_view();
        view! { <h2>"Findings in the answers"</h2><ul>{items}</ul> }
    });
    let steps = Step::WITH_CHECKS
        .into_iter()
        .filter(|step| sheet.checks.iter().any(|line| line.id.step() == *step))
        .map(|step| {
            let lines = sheet.checks.iter().filter(|line| line.id.step() == step);
            let items = lines.map(|line| check(line, zone)).collect_view();
            view! { <h2>{step.title()}</h2><ul>{items}</ul> }
        })
        .collect_view();
    view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{format!("{name} – Checks")}</title>
                <style inner_html=REPORT_STYLE></style>
            </head>
            <body>
                <main>
                    <h1>{name}</h1>
                    <p class="muted">{format!("Checks of the cluster, {}. {}.", zone.format_date_time(sheet.at), sheet.version)}</p>
                    <p class=class>{format!("{} Results: {}.", sheet.verdict(), sheet.summary())}</p>
                    {findings}
                    {steps}
                </main>
            </body>
        </html>
    }
}

fn finding(found: &FindingRow) -> AnyView {
    let (class, word) = match (found.finding.severity, &found.accepted) {
        (Severity::Blocks, _) => ("word failed", "problem"),
        (_, Some(_)) => ("word", "accepted"),
        (Severity::Warns, None) => ("word warned", "warning"),
        (Severity::Notes, None) => ("word", "note"),
    };
    let code = found.finding.check.map_or_else(String::new, |id| format!(" {}", id.code()));
    let rows = vec![
        ("Place", format!("{}, {}", strip_markup(&found.place), found.finding.at)),
        ("Accepted", accepted(found.accepted.as_ref())),
    ];
    view! {
        <li>
            <h3><span class=class>{word}</span>{format!("{code} {}", strip_markup(&found.finding.message()))}</h3>
            {facts(rows)}
        </li>
    }
    .into_any()
}

fn check(line: &CheckRow, zone: UtcOffset) -> AnyView {
    let class = match line.standing {
        RowStatus::Ended(Outcome::Passed) => "word passed",
        RowStatus::Ended(Outcome::Failed) => "word failed",
        RowStatus::Ended(Outcome::Warned) => "word warned",
        RowStatus::Ended(Outcome::CouldNotCheck) | RowStatus::NotChecked => "word",
    };
    let subject = line.subject.as_ref().map_or_else(String::new, |subject| format!(" ({})", strip_markup(subject)));
    let change = |change: &OutcomeChange| format!("{} {}", change.outcome.label(), zone.format_date_time(change.at));
    let before = if line.history.len() > 1 {
        line.history.iter().map(change).collect::<Vec<_>>().join("; ")
    } else {
        String::new()
    };
    let took = if line.took_ms > 0 { format!(", {} ms", line.took_ms) } else { String::new() };
    let passed = line.standing == RowStatus::Ended(Outcome::Passed);
    let unless_passed = |text: &str| if passed { String::new() } else { strip_markup(text) };
    let follows = match line.consequence {
        Some(Consequence::BlocksDownload) => "Blocks the download",
        Some(Consequence::OpenTask) => "Open task: listed in the runbook, does not block the download",
        Some(Consequence::Warning) => "Warning",
        Some(Consequence::Info) | None => "",
    };
    let rows = vec![
        ("Current", strip_markup(&line.current)),
        ("Required", unless_passed(&line.required)),
        ("What to do", unless_passed(&line.remedy.text)),
        ("Consequence", follows.to_owned()),
        ("Accepted", accepted(line.accepted.as_ref())),
        ("Checked", line.at.map_or_else(String::new, |at| format!("{}{took}", zone.format_date_time(at)))),
        ("Earlier results", before),
    ];
    let commands =
        line.remedy.commands.iter().map(|command| view! { <pre>{strip_markup(command)}</pre> }).collect_view();
    view! {
        <li>
            <h3><span class=class>{line.standing.label()}</span>{format!(" {} {}{subject}", line.id.code(), line.id.title())}</h3>
            {facts(rows)}
            {commands}
        </li>
    }
    .into_any()
}

fn accepted(acceptance: Option<&domain::draft::Acceptance>) -> String {
    acceptance.map_or_else(String::new, |acceptance| strip_markup(&acceptance.to_string()))
}

/// The rows that have a text.
fn facts(rows: Vec<(&'static str, String)>) -> AnyView {
    let rows = rows.into_iter().filter(|(_, text)| !text.is_empty());
    let rows = rows.map(|(name, text)| view! { <dt>{name}</dt><dd>{text}</dd> }).collect_view();
    view! { <dl>{rows}</dl> }.into_any()
}
