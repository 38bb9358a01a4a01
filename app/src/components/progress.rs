//! The list of steps: where one is, what is done, what has problems.

use leptos::prelude::*;

use crate::view::{Progress, StepState, Stop};

/// The steps at the left; a line `Step 3 of 6` with the list folded below it where there is no room.
#[component]
pub(crate) fn ProgressList(
    plan: String,
    progress: Progress,
    current: Stop,
    /// Whether the current one is all there is to see.
    #[prop(optional)]
    alone: bool,
) -> impl IntoView {
    let states = progress.steps.into_iter().chain([progress.review]);
    let list = Stop::all()
        .zip(states)
        .filter(|(stop, _)| !alone || *stop == current)
        .map(|(stop, state)| {
            let (class, words) = describe(&state);
            let unavailable = matches!(state, StepState::Unavailable(_));
            let title = stop.title();
            let here = stop == current;
            view! {
                <li class=class>
                    <span class="step-number" aria-hidden="true">{stop.number()}</span>
                    {if unavailable && !here {
                        view! { <span class="step-name">{title}</span> }.into_any()
                    } else {
                        view! { <a class="step-name" href=stop.url(&plan) aria-current=here.then_some("step")>{title}</a> }.into_any()
                    }}
                    <span class="step-state">{words}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="progress" aria-label="Progress">
            {(!alone).then(|| view! { <p class="progress-line">"Step " {current.number()} " of " {Stop::COUNT}</p> })}
            <ol>{list}</ol>
        </nav>
    }
    .into_any()
}

fn describe(state: &StepState) -> (&'static str, String) {
    match state {
        StepState::NotStarted => ("step step-open", "not started".to_owned()),
        StepState::Completed => ("step step-done", "completed".to_owned()),
        StepState::Problems(1) => ("step step-problem", "1 problem".to_owned()),
        StepState::Problems(count) => ("step step-problem", format!("{count} problems")),
        StepState::Unavailable(reason) => ("step step-open", reason.clone()),
    }
}
