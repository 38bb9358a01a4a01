//! Warnings and notes at their place. For problems, see [`super::errors`].

use domain::finding::{Finding, Severity};
use leptos::prelude::*;

/// One paragraph for each warning and note.
#[component]
pub(crate) fn Notes(findings: Vec<Finding>) -> impl IntoView {
    findings
        .into_iter()
        .filter(|finding| finding.severity != Severity::Blocks)
        .map(|finding| {
            let (class, word) = match finding.severity {
                Severity::Warns => ("note note-warning", "Warning: "),
                _ => ("note", "Note: "),
            };
            view! {
                <p class=class>
                    <b>{word}</b>
                    {finding.message()}
                    {(!finding.why.is_empty()).then(|| format!(" {}", finding.why))}
                    {finding.check.map(|check| view! { " " <span class="code">{check.to_string()}</span> })}
                </p>
            }
        })
        .collect_view()
}
