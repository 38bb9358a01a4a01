//! The issues of the plan, and the download: the part of Review that is updated after each check. The server renders it
//! with the page, and again as a fragment for a page that is open.

use domain::check::Consequence;
use domain::finding::field_label;
use domain::issues::{Issue, Issues};
use domain::limits::{PERSON_NAME, REASON};
use domain::rights::Permission;
use leptos::prelude::*;

use super::command::Command;
use super::label_in_sentence;
use crate::urls;
use crate::view::PlanHead;

/// The list and the buttons of the download.
#[component]
pub(crate) fn IssuesAndDownload(head: PlanHead, issues: Issues) -> impl IntoView {
    view! {
        <IssueList head=head.clone() issues=issues.clone()/>
        <Download head issues/>
    }
    .into_any()
}

/// Problems, open tasks, warnings and notes of the whole plan.
#[component]
fn IssueList(head: PlanHead, issues: Issues) -> impl IntoView {
    if issues.is_empty() {
        return view! { <p class="all-clear">"Nothing blocks the download."</p> }.into_any();
    }
    let items = issues
        .iter()
        .enumerate()
        .map(|(index, issue)| view! { <IssueItem head=head.clone() issue=issue.clone() index/> })
        .collect_view();
    view! {
        <section aria-labelledby="findings-title">
            <h2 id="findings-title">"Problems, tasks and warnings"</h2>
            <p class="hint">
                "Only problems block the download. The runbook lists open tasks and warnings."
            </p>
            <ul class="findings">{items}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn IssueItem(head: PlanHead, issue: Issue, index: usize) -> impl IntoView {
    let (class, word) = match (issue.consequence, &issue.accepted) {
        (Consequence::OpenTask, Some(_)) => ("finding finding-accepted", "Accepted task"),
        (_, Some(_)) => ("finding finding-accepted", "Accepted warning"),
        (Consequence::BlocksDownload, None) => ("finding finding-problem", "Problem"),
        (Consequence::OpenTask, None) => ("finding finding-task", "Open task"),
        (Consequence::Warning, None) => ("finding finding-warning", "Warning"),
        (Consequence::Info, None) => ("finding", "Note"),
    };
    let code = issue.check.map(|check| check.to_string());
    let href = issue_url(&head.id, &issue);
    let place = place_name(&issue);
    let commands = issue.remedy.commands.iter().cloned().map(|command| view! { <Command command/> }).collect_view();
    let acceptance = issue.acceptance_key().filter(|_| head.may(Permission::AcceptWarning)).map(|key| {
        let task = issue.consequence == Consequence::OpenTask;
        view! { <Accept plan=head.id.clone() key=key.text() task index accepted=issue.accepted.as_ref().map(ToString::to_string)/> }
    });
    view! {
        <li class=class>
            <p>
                <b class="finding-word">{word}</b>
                " "
                {issue.sentences().join(" ")}
                {code.map(|code| (urls::check_page(&code), code)).map(|(href, code)| view! { " " <a class="code" href=href>{code}</a> })}
            </p>
            {commands}
            <p class="finding-link"><a href=href>"Go to " {place}</a></p>
            {acceptance}
        </li>
    }
    .into_any()
}

/// The form that accepts an issue with a reason, or withdraws the acceptance.
#[component]
fn Accept(
    plan: String,
    key: &'static str,
    /// Whether it is an open task; otherwise it is a warning.
    task: bool,
    index: usize,
    /// The reason of an earlier acceptance.
    accepted: Option<String>,
) -> impl IntoView {
    let id = format!("accept-{index}");
    let action = urls::accept(&plan);
    let what = if task { "task" } else { "warning" };
    match accepted {
        Some(reason) => view! {
            <p class="accepted">"Accepted: " {reason}</p>
            <form method="post" action=action>
                <input type="hidden" name="check" value=key/>
                <input type="hidden" name="reason" value=""/>
                <button class="secondary small">"Withdraw" <span class="visually-hidden">" the acceptance of " {key}</span></button>
            </form>
        }
        .into_any(),
        None => view! {
            <details class="acceptance" id=format!("{id}-{key}")>
                <summary>"Accept this " {what}</summary>
                <form method="post" action=action novalidate>
                    <input type="hidden" name="check" value=key/>
                    <label class="label" for=id.clone()>"Reason"</label>
                    <p class="hint" id=format!("{id}-hint")>"Shown in the runbook."</p>
                    <input type="text" class="w-full" id=id.clone() name="reason" maxlength=REASON.max.to_string() autocomplete="off" aria-describedby=format!("{id}-hint")/>
                    <label class="label" for=format!("{id}-by")>"Your name " <span class="optional">"(optional)"</span></label>
                    <input type="text" id=format!("{id}-by") name="by" maxlength=PERSON_NAME.max.to_string() autocomplete="name"/>
                    <button class="secondary small">"Accept" <span class="visually-hidden">" " {key}</span></button>
                </form>
            </details>
        }
        .into_any(),
    }
}

#[component]
fn Download(head: PlanHead, issues: Issues) -> impl IntoView {
    let plan = head.id.clone();
    let complete = head.may(Permission::DownloadWithSecrets);
    let incomplete = head.may(Permission::DownloadWithoutSecrets);
    let blocked = issues.block_download();
    let tasks = issues.count(Consequence::OpenTask, None) > 0;
    let verdict = (complete && (blocked || tasks)).then(|| {
        let class = if blocked { "download-blocked" } else { "download-tasks" };
        view! { <p class=class id="download-verdict">{issues.verdict()}</p> }
    });
    view! {
        <div class="download">
            {complete.then(|| view! {
                <form method="post" action=urls::bundle(&plan)>
                    <button class="primary" aria-describedby=(blocked || tasks).then_some("download-verdict")>"Download configuration"</button>
                </form>
            })}
            {incomplete.then(|| view! {
                <form method="post" action=urls::incomplete_bundle(&plan)>
                    <button class=if complete { "secondary" } else { "primary" }>"Download without secrets"</button>
                </form>
            })}
            <p class="download-links">
                <a href=urls::preview(&plan)>"Preview files"</a>
                {incomplete.then(|| view! { <a href=urls::plan_file(&plan) download="plan.toml">"Download plan"</a> })}
                <a href=urls::history(&plan)>"History"</a>
            </p>
            {verdict}
        </div>
    }
    .into_any()
}

/// The URL of the field that an issue is about; the page returns to the review.
pub(crate) fn issue_url(plan: &str, issue: &Issue) -> String {
    let anchor = match issue.checked {
        // The table of the step shows the result of a check.
        Some(_) => urls::CHECKS.to_owned(),
        None => issue.at.field_id(),
    };
    format!("{}#{anchor}", urls::step_from_review(plan, issue.at.step))
}

/// `Database: database host`, `Clustering: address of node 2`.
fn place_name(issue: &Issue) -> String {
    let step = issue.at.step.title();
    field_label(&issue.at).map_or_else(|| step.to_owned(), |label| format!("{step}: {}", label_in_sentence(&label)))
}
