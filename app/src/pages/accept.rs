//! Accepting a warning or an open task: a reason and a name, which are printed in the runbook and the report.

use domain::acceptance::AcceptanceKey;
use domain::limits::{PERSON_NAME, REASON};
use domain::step::Step;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, Shell, document};
use crate::urls;
use crate::view::AcceptView;

const REASON_REQUIRED: &str = "Enter a reason.";

/// The page.
#[must_use]
pub fn accept(view: &AcceptView) -> String {
    let error = if view.failed { "Error: " } else { "" };
    let title = format!("{error}Accept {} – Cluster setup", view.key.text());
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: AcceptView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let back = match Step::from_slug(&view.from) {
        Some(step) => format!("{}#{}", urls::step(&plan, step), urls::CHECKS),
        None => urls::review(&plan),
    };
    let errors = if view.failed {
        vec![ErrorLink { href: "#reason".to_owned(), message: REASON_REQUIRED.to_owned() }]
    } else {
        Vec::new()
    };
    let code = view.key.text();
    let link = match view.key {
        AcceptanceKey::Check(check) => {
            view! { <a class="code" href=urls::check_page(check.code())>{check.code()}</a> " " }.into_any()
        }
        AcceptanceKey::Setting(_) => ().into_any(),
    };
    let heading = if view.accepted.is_some() { "Accepted warning or task" } else { "Accept a warning or a task" };
    let form = match view.accepted {
        Some(accepted) => view! {
            <p class="accepted">"Accepted: " {accepted.to_string()}</p>
            <form class="accept-form" method="post" action=urls::accept(&plan)>
                <input type="hidden" name="check" value=code/>
                <input type="hidden" name="from" value=view.from/>
                <input type="hidden" name="reason" value=""/>
                <input type="hidden" name="take-back" value="yes"/>
                <button class="primary">"Withdraw acceptance"</button>
            </form>
        }
        .into_any(),
        None => view! {
            <form class="accept-form" method="post" action=urls::accept(&plan) novalidate>
                <input type="hidden" name="check" value=code/>
                <input type="hidden" name="from" value=view.from/>
                <div class=if view.failed { "field field-error" } else { "field" }>
                    <label class="label" for="reason">"Reason"</label>
                    <p class="hint" id="reason-hint">"Shown in the runbook and the report."</p>
                    {view.failed.then(|| view! {
                        <p class="error-message" id="reason-error"><span class="visually-hidden">"Error: "</span>{REASON_REQUIRED}</p>
                    })}
                    <input
                        type="text"
                        class="w-full"
                        id="reason"
                        name="reason"
                        maxlength=REASON.max.to_string()
                        autocomplete="off"
                        aria-invalid=view.failed.then_some("true")
                        aria-describedby=if view.failed { "reason-hint reason-error" } else { "reason-hint" }
                    />
                </div>
                <div class="field">
                    <label class="label" for="by">"Your name " <span class="optional">"(optional)"</span></label>
                    <input type="text" id="by" name="by" maxlength=PERSON_NAME.max.to_string() autocomplete="name"/>
                </div>
                <button class="primary">"Accept"</button>
            </form>
        }
        .into_any(),
    };
    view! {
        <Shell head=view.plan>
            <main id="main" tabindex="-1" class="main narrow">
                <ErrorSummary errors/>
                <a class="back" href=back>"Back"</a>
                <h1 id=urls::TITLE tabindex="-1">{heading}</h1>
                <p>{link} {view.key.title()}</p>
                <ul class="plain-list">{view.results.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                {form}
            </main>
        </Shell>
    }
    .into_any()
}
