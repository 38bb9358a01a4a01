//! The results of live checks as a table: check, current value, required value, what to do.
//!
//! All rows are one kind of plain data and one view: each further kind of view costs the browser some kilobytes.

use domain::check::{CheckId, CheckReport, CheckResult, CheckState, Outcome};
use domain::step::Step;
use leptos::prelude::*;

use super::copy::Copy;

/// The checks that belong to `step`, or all, as far as they were ever part of a run.
pub(super) fn checks_of(report: &CheckReport, step: Option<Step>) -> impl Iterator<Item = (CheckId, &CheckState)> {
    let checks = report.checks.iter().map(|(id, state)| (*id, state));
    checks.filter(move |(id, _)| step.is_none_or(|step| id.step() == step))
}

/// The id of a check's first row.
pub(super) fn row_id(id: CheckId) -> String {
    format!("check-{}", id.code())
}

/// The table.
#[component]
pub(super) fn CheckTable(rows: Vec<Row>) -> impl IntoView {
    let empty = rows.is_empty();
    view! {
        <table class="check-table" hidden=empty>
            <caption class="visually-hidden">"Results of the checks"</caption>
            <thead>
                <tr>
                    <th scope="col">"Check"</th>
                    <th scope="col">"Current value"</th>
                    <th scope="col">"Required value"</th>
                    <th scope="col">"What to do"</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(|row| view! { <CheckRow row/> }).collect_view()}</tbody>
        </table>
    }
}

/// The rows of the checks that belong to `step`, or of all.
pub(super) fn rows_of(report: &CheckReport, step: Option<Step>) -> Vec<Row> {
    checks_of(report, step).flat_map(|(id, state)| rows(id, state)).collect()
}

/// One row, ready to be shown.
pub(super) struct Row {
    check: CheckId,
    /// The id, on the first row of a check alone.
    id: Option<String>,
    /// The badge's class.
    class: &'static str,
    /// The badge's word: what the colour says.
    word: &'static str,
    result: CheckResult,
}

fn rows(id: CheckId, state: &CheckState) -> Vec<Row> {
    let plain = |class, word, current: String| {
        let result = CheckResult {
            id,
            subject: None,
            outcome: Outcome::CouldNotCheck,
            current,
            required: String::new(),
            remedy: domain::check::Remedy::default(),
            took_ms: 0,
        };
        vec![Row { check: id, id: Some(row_id(id)), class, word, result }]
    };
    match state {
        CheckState::Done { results, .. } => {
            let row = |(index, result): (usize, &CheckResult)| Row {
                check: id,
                id: (index == 0).then(|| row_id(id)),
                class: badge(result.outcome),
                word: result.outcome.label(),
                result: result.clone(),
            };
            results.iter().enumerate().map(row).collect()
        }
        CheckState::Waiting => plain("badge badge-open", "waiting", String::new()),
        CheckState::Running { waits_for } => plain("badge badge-running", "running", waits_for.clone()),
        CheckState::Cancelled => plain("badge badge-open", "stopped", "Stopped before it ended.".to_owned()),
        CheckState::Stale { setting } => {
            // The label's declaration stays on the server; the key is close enough to the words on the page.
            let name = setting.rsplit('.').next().unwrap_or(setting).replace('_', " ");
            plain("badge badge-open", "not checked", format!("Not checked since you changed {name}."))
        }
    }
}

const fn badge(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "badge badge-passed",
        Outcome::Warned => "badge badge-warned",
        Outcome::Failed => "badge badge-failed",
        Outcome::CouldNotCheck => "badge badge-open",
    }
}

#[component]
fn CheckRow(row: Row) -> impl IntoView {
    let CheckResult { subject, current, required, remedy, .. } = row.result;
    let subject = subject.map_or_else(String::new, |subject| format!(" ({subject})"));
    view! {
        <tr id=row.id tabindex="-1">
            <th scope="row">
                <span class=row.class>{row.word}</span>
                " "
                <span class="check-title">{row.check.title()} {subject}</span>
                " "
                <span class="code">{row.check.code()}</span>
            </th>
            <td data-label="Current value">{current}</td>
            <td data-label="Required value">{required}</td>
            <td data-label="What to do">
                {remedy.text}
                {remedy.commands.into_iter().map(|command| view! { <Command command/> }).collect_view()}
            </td>
        </tr>
    }
}

/// A command or SQL, ready to be copied.
#[component]
fn Command(command: String) -> impl IntoView {
    let copied = command.clone();
    view! {
        <div class="command">
            <pre tabindex="0" role="region" aria-label="Command"><code>{command}</code></pre>
            <Copy text=move || copied.clone() label="the command".to_owned()/>
        </div>
    }
}
