//! The results of live checks as a table: check, current value, required value, what to do.

use domain::check::{CheckId, CheckReport, CheckResult, CheckState, Outcome};
use domain::step::Step;
use leptos::prelude::*;

use super::copy::Copy;

/// The checks that belong to `step`, or all, as far as they were ever part of a run.
pub(super) fn checks_of(report: &CheckReport, step: Option<Step>) -> Vec<(CheckId, CheckState)> {
    let belongs = |id: &CheckId| step.is_none_or(|step| id.spec().step == step);
    report.checks.iter().filter(|(id, _)| belongs(id)).map(|(id, state)| (*id, state.clone())).collect()
}

/// The id of a check's row.
pub(super) fn row_id(id: CheckId) -> String {
    format!("check-{}", id.spec().code)
}

/// The table.
#[component]
pub(super) fn CheckTable(report: CheckReport, step: Option<Step>) -> impl IntoView {
    let rows = checks_of(&report, step);
    (!rows.is_empty()).then(|| {
        view! {
            <table class="check-table">
                <caption class="visually-hidden">"Results of the checks"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Check"</th>
                        <th scope="col">"Current value"</th>
                        <th scope="col">"Required value"</th>
                        <th scope="col">"What to do"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|(id, state)| check_rows(id, state)).collect_view()}</tbody>
            </table>
        }
    })
}

fn check_rows(id: CheckId, state: CheckState) -> AnyView {
    match state {
        CheckState::Done { results, .. } => results
            .into_iter()
            .enumerate()
            .map(|(index, result)| result_row(id, (index == 0).then(|| row_id(id)), result))
            .collect_view()
            .into_any(),
        CheckState::Waiting => plain_row(id, "waiting", "waiting", String::new()),
        CheckState::Running { waits_for } => plain_row(id, "running", "running", waits_for),
        CheckState::Cancelled => plain_row(id, "open", "stopped", "Stopped before it ended.".to_owned()),
        CheckState::Stale { setting } => {
            plain_row(id, "open", "not checked", format!("Not checked since you changed {}.", label_of(&setting)))
        }
    }
}

/// The setting as the page calls it comes from the page: its declaration stays on the server.
fn label_of(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).replace('_', " ")
}

fn name_cell(id: CheckId, subject: Option<String>, class: &str, word: &'static str) -> impl IntoView + use<> {
    let spec = id.spec();
    view! {
        <th scope="row">
            <span class=format!("badge badge-{class}")>{word}</span>
            " "
            <span class="check-title">{spec.title}{subject.map(|subject| format!(" ({subject})"))}</span>
            " "
            <span class="code">{spec.code}</span>
        </th>
    }
}

fn plain_row(id: CheckId, class: &str, word: &'static str, text: String) -> AnyView {
    view! {
        <tr id=row_id(id) tabindex="-1">
            {name_cell(id, None, class, word)}
            <td colspan="3">{text}</td>
        </tr>
    }
    .into_any()
}

fn result_row(id: CheckId, row: Option<String>, result: CheckResult) -> AnyView {
    let class = match result.outcome {
        Outcome::Passed => "passed",
        Outcome::Warned => "warned",
        Outcome::Failed => "failed",
        Outcome::CouldNotCheck => "open",
    };
    let commands = result
        .remedy
        .commands
        .into_iter()
        .map(|command| {
            let copied = command.clone();
            view! {
                <div class="command">
                    <pre tabindex="0" role="region" aria-label="Command"><code>{command}</code></pre>
                    <Copy text=move || copied.clone() label="the command".to_owned()/>
                </div>
            }
        })
        .collect_view();
    view! {
        <tr id=row tabindex="-1">
            {name_cell(id, result.subject, class, result.outcome.label())}
            <td data-label="Current value">{result.current}</td>
            <td data-label="Required value">{result.required}</td>
            <td data-label="What to do">{result.remedy.text} {commands}</td>
        </tr>
    }
    .into_any()
}
