//! The documentation of checks: what each proves, the consequence of a failure, and the remedy. The texts are those of
//! docs/checks.md.

use domain::check::{CheckId, CheckSpec};
use domain::step::Step;
use leptos::prelude::*;

use crate::components::{Document, Shell, document};
use crate::urls;
use crate::view::CheckDocView;

/// The page of one check, or the list of all.
#[must_use]
pub fn checks(view: &CheckDocView) -> String {
    let title = view.check.map_or_else(|| "Checks".to_owned(), |id| format!("{} {}", id.code(), id.title()));
    let assets = view.assets.clone();
    document(Document { title: format!("{title} – Cluster setup"), assets }, || match view.check {
        Some(id) => one(id.spec()),
        None => list(),
    })
}

fn one(spec: CheckSpec) -> AnyView {
    let settings = spec.needs.iter().map(|need| need.trim_end_matches('.')).collect::<Vec<_>>().join(", ");
    view! {
        <Shell>
            <main id="main" tabindex="-1" class="main narrow">
                <a class="back" href=urls::check_list()>"All checks"</a>
                <h1 id=urls::TITLE tabindex="-1">{spec.code} ": " {spec.title}</h1>
                <p class="hint">{spec.summary_line()}</p>
                <p>{spec.proves}</p>
                {spec.writes.map(|writes| view! { <p><b>"Writes data and runs only on request: "</b> {writes}</p> })}
                <p><b>"What to do: "</b> {spec.remedy}</p>
                <p class="hint">"Results become outdated when one of these settings changes: " {settings} "."</p>
            </main>
        </Shell>
    }
    .into_any()
}

fn list() -> AnyView {
    let steps = Step::WITH_CHECKS
        .into_iter()
        .map(|step| {
            let of_step = CheckId::ALL.iter().filter(|id| id.step() == step);
            let items = of_step
                .map(|id| view! { <li><a href=urls::check_page(id.code())>{id.code()} ": " {id.title()}</a></li> })
                .collect_view();
            view! { <h2>{step.title()}</h2><ul class="plain-list">{items}</ul> }
        })
        .collect_view();
    view! {
        <Shell>
            <main id="main" tabindex="-1" class="main narrow">
                <h1 id=urls::TITLE tabindex="-1">"Checks"</h1>
                <p>"All checks, grouped by step."</p>
                {steps}
            </main>
        </Shell>
    }
    .into_any()
}
