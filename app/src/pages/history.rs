//! The history: the entries of the journal, the comparison of two versions, and forms to undo, name and restore.

use domain::limits::VERSION_NAME;
use leptos::prelude::*;

use crate::components::{Document, Shell, Time, document};
use crate::urls;
use crate::view::{ChangeView, HistoryLine, HistoryView, VersionComparison};

/// The page.
#[must_use]
pub fn history(view: &HistoryView) -> String {
    let title = "History – Cluster setup".to_owned();
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: HistoryView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let may = view.may_change;
    let last = view.plan.revision;
    let lines = view
        .lines
        .into_iter()
        .map(|line| view! { <Line plan=plan.clone() line may_change=may newest=last/> })
        .collect_view();
    view! {
        <Shell head=view.plan.clone()>
            <main id="main" tabindex="-1" class="main main-alone">
                <a class="back" href=urls::review(&plan)>"Back to review"</a>
                <h1 id=urls::TITLE tabindex="-1">"History"</h1>
                <p class="intro">
                    "Every change of this plan, newest first. Passwords and keys are not recorded, and restoring a version does not change them."
                </p>
                {view.own_name.map(|name| view! {
                    <p class="hint">"Your changes appear as " <b><bdi>{name}</bdi></b> ". " <a href=urls::account()>"Change your name"</a></p>
                })}
                {view.notices.into_iter().map(|notice| view! { <p class="notice" role="status">{notice}</p> }).collect_view()}
                {view.comparison.map(|comparison| view! { <Compared comparison/> })}
                <form class="compare" method="get" action=urls::history(&plan)>
                    <label for="compare-from">"Compare version"</label>
                    <input type="text" class="w-5" id="compare-from" name="from" inputmode="numeric" value=last.saturating_sub(1).max(1).to_string() autocomplete="off"/>
                    <label for="compare-to">"with"</label>
                    <input type="text" class="w-5" id="compare-to" name="to" inputmode="numeric" value=last.to_string() autocomplete="off"/>
                    <button class="secondary small">"Compare"</button>
                </form>
                <ol class="history">{lines}</ol>
                {view.older.map(|number| view! {
                    <p><a href=urls::history_before(&plan, number)>"Older changes"</a></p>
                })}
                {view.is_cut.then(|| view! {
                    <p class="intro">
                        "Earlier entries were deleted: a history is limited to 16 MB. The current plan is complete, but earlier versions cannot be restored."
                    </p>
                })}
                <p class="download-links">
                    "Complete log: "
                    <a href=urls::journal(&plan, "jsonl")>"JSON lines"</a>
                    <a href=urls::journal(&plan, "csv")>"CSV"</a>
                </p>
            </main>
        </Shell>
    }
    .into_any()
}

#[component]
fn Line(plan: String, line: HistoryLine, may_change: bool, newest: u64) -> impl IntoView {
    let HistoryLine { author, link, when, what, step, version, before, name, is_current, changes, secrets, note } =
        line;
    let version_id = version.map(|version| format!("version-{version}"));
    let link = link.map(|link| view! { <span class="history-via">" with share link " {link.0}</span> });
    let step = (!step.is_empty()).then(|| format!(" {step}"));
    let name = (!name.is_empty()).then(|| view! { " " <b class="version-name">{name}</b> });
    let current = is_current.then(|| view! { " " <span class="badge badge-passed">"current"</span> });
    let (has_changes, has_secrets) = (!changes.is_empty(), !secrets.is_empty());
    let compare = version.filter(|_| has_changes && before > 0).map(|version| {
        view! { <a href=urls::history_between(&plan, before, version)>"Compare with version " {before}</a> }
    });
    let acts = version.filter(|_| may_change).map(|version| {
        view! { <Acts plan=plan.clone() version is_current newest/> }
    });
    let changes =
        changes.into_iter().map(|change| view! { <ChangeItem plan=plan.clone() change may_change/> }).collect_view();
    view! {
        <li class="history-line" id=version_id>
            <p class="history-head">
                <b>{author}</b> {link} " " {what} {step} ", " <Time moment=when/>
                {version.map(|version| view! { " " <span class="history-version">"version " {version}</span> })}
                {current} {name}
            </p>
            {(!note.is_empty()).then(|| view! { <p class="history-note">{note}</p> })}
            {has_changes.then(|| view! { <ul class="history-changes">{changes}</ul> })}
            {has_secrets.then(|| view! {
                <ul class="history-changes">{secrets.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}</ul>
            })}
            <div class="history-acts">{compare} {acts}</div>
        </li>
    }
    .into_any()
}

/// Forms to name and restore a version. `newest` is the newest version on the page.
#[component]
fn Acts(plan: String, version: u64, is_current: bool, newest: u64) -> impl IntoView {
    let id = format!("name-{version}");
    view! {
        {(!is_current).then(|| view! {
            <form method="post" action=urls::history_restore(&plan)>
                <input type="hidden" name="revision" value=version.to_string()/>
                <input type="hidden" name="seen" value=newest.to_string()/>
                <button class="secondary small">"Restore" <span class="visually-hidden">" version " {version}</span></button>
            </form>
        })}
        <details>
            <summary>"Name " <span class="visually-hidden">"version " {version}</span></summary>
            <form method="post" action=urls::history_name(&plan)>
                <input type="hidden" name="revision" value=version.to_string()/>
                <label for=id.clone()>"Name of version " {version}</label>
                <input type="text" id=id name="name" maxlength=VERSION_NAME.max.to_string() autocomplete="off"/>
                <button class="secondary small">"Save name"</button>
            </form>
        </details>
    }
    .into_any()
}

#[component]
fn ChangeItem(plan: String, change: ChangeView, may_change: bool) -> impl IntoView {
    let ChangeView { label, old, new, undo } = change;
    let button = undo.filter(|_| may_change).map(|undo| {
        let word = if undo.is_redo { "Redo" } else { "Undo" };
        view! {
            <form method="post" action=urls::history_undo(&plan)>
                <input type="hidden" name="first" value=undo.first.to_string()/>
                <input type="hidden" name="last" value=undo.last.to_string()/>
                <input type="hidden" name="part" value=undo.part/>
                <button class="secondary small">{word} <span class="visually-hidden">" " {label.clone()}</span></button>
            </form>
        }
    });
    view! {
        <li>
            <span class="history-label">{label}</span>
            <del>{text_or_empty(old)}</del>
            <span class="visually-hidden">" changed to "</span>
            <ins>{text_or_empty(new)}</ins>
            {button}
        </li>
    }
    .into_any()
}

fn text_or_empty(text: String) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { text }
}

#[component]
fn Compared(comparison: VersionComparison) -> impl IntoView {
    let VersionComparison { from, to, steps, problem } = comparison;
    let nothing_differs = problem.is_empty() && steps.is_empty();
    let steps = steps.into_iter().map(|(step, changes)| {
        let items = changes.into_iter().map(|change| {
            view! { <ChangeItem plan=String::new() change may_change=false/> }
        });
        view! {
            <h3>{step.title()}</h3>
            <ul class="history-changes">{items.collect_view()}</ul>
        }
    });
    view! {
        <section class="summary" aria-labelledby="comparison-title">
            <h2 id="comparison-title">"From version " {from} " to version " {to}</h2>
            {(!problem.is_empty()).then(|| view! { <p class="note note-problem">{problem}</p> })}
            {nothing_differs.then(|| view! { <p>"The answers of both versions are the same."</p> })}
            {steps.collect_view()}
        </section>
    }
    .into_any()
}
