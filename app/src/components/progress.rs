//! The list of steps: the current one, and the status of each.

use domain::check::Consequence;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use crate::urls;
use crate::view::{StepStatus, WizardPage, WizardProgress};

/// The steps at the left; on a narrow screen, a line `Step 3 of 7` with the collapsed list below it.
#[component]
pub(crate) fn ProgressList(
    plan: String,
    progress: WizardProgress,
    current: WizardPage,
    /// Whether the reader has access only to the current page.
    #[prop(optional)]
    alone: bool,
) -> impl IntoView {
    let list = items(&plan, progress, current, alone);
    view! {
        <nav class="progress" aria-label="Progress">
            {(!alone).then(|| view! { <p class="progress-line">"Step " {current.number()} " of " {WizardPage::COUNT}</p> })}
            <ol id=urls::PROGRESS>{list}</ol>
        </nav>
    }
    .into_any()
}

/// The items of the list as an HTML fragment, for a page that is open.
#[must_use]
pub fn progress_items(plan: &str, progress: WizardProgress, current: WizardPage, alone: bool) -> String {
    Owner::new().with(|| items(plan, progress, current, alone).to_html())
}

fn items(plan: &str, progress: WizardProgress, current: WizardPage, alone: bool) -> impl IntoView + use<> {
    let states = progress.steps.into_iter().chain([progress.review, progress.verify]);
    WizardPage::all()
        .zip(states)
        .filter(move |(stop, _)| !alone || *stop == current)
        .map(|(stop, state)| {
            let (class, words) = describe(&state);
            let unavailable = matches!(state, StepStatus::Unavailable(_));
            let title = stop.title();
            let is_current = stop == current;
            view! {
                <li class=class>
                    <span class="step-number" aria-hidden="true">{stop.number()}</span>
                    {if unavailable && !is_current {
                        view! { <span class="step-name">{title}</span> }.into_any()
                    } else {
                        view! { <a class="step-name" href=stop.url(plan) aria-current=is_current.then_some("step")>{title}</a> }.into_any()
                    }}
                    <span class="step-state">{words}</span>
                </li>
            }
        })
        .collect_view()
}

fn describe(state: &StepStatus) -> (&'static str, String) {
    match state {
        StepStatus::NotStarted => ("step step-open", "not started".to_owned()),
        StepStatus::InProgress => ("step step-open", "in progress".to_owned()),
        StepStatus::OpenTasks(count) => ("step step-task", Consequence::OpenTask.counted(*count)),
        StepStatus::Completed => ("step step-done", "completed".to_owned()),
        StepStatus::Problems(count) => ("step step-problem", Consequence::BlocksDownload.counted(*count)),
        StepStatus::Unavailable(reason) => ("step step-open", reason.clone()),
    }
}
