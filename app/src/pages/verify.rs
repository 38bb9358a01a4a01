//! The verification of the deployed cluster: the form that starts it, and its results.

use domain::step::Step;
use leptos::prelude::*;

use crate::components::{
    Document, ErrorLink, ErrorSummary, LabelledField, ProgressList, Shell, TextField, described, document,
};
use crate::islands::CheckPanel;
use crate::urls;
use crate::view::{CheckPanelView, VerifyForm, VerifyStage, VerifyView, WizardPage};

/// The id of the form that starts a verification.
const FORM: &str = "verify-form";

/// The page.
#[must_use]
pub fn verify(view: &VerifyView) -> String {
    let error = match &view.stage {
        VerifyStage::Form(VerifyForm { problem: Some(_), .. }) => "Error: ",
        _ => "",
    };
    let (number, count) = (WizardPage::Verify.number(), WizardPage::COUNT);
    let title = format!("{error}Verify – Step {number} of {count} – Cluster setup");
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: VerifyView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let context = view.checks.context(&view.plan, Step::Verify.slug(), &view.draft);
    let CheckPanelView { report, last_event, .. } = view.checks;
    let errors = match &view.stage {
        VerifyStage::Form(form) => form.problem.iter().map(ErrorLink::to_field).collect(),
        _ => Vec::new(),
    };
    let stage = match view.stage {
        VerifyStage::ReadOnly => ().into_any(),
        VerifyStage::Blocked => view! {
            <p class="note note-problem">
                "Problems block this plan. " <a href=urls::review(&plan)>"Correct them on the Review page"</a> ", then verify the cluster."
            </p>
        }
        .into_any(),
        VerifyStage::WithoutKeys => view! {
            <p class="note">
                "The plan has no keys, so Clusterwright cannot recognise the nodes and sends no password to them. "
                <a href=urls::keys(&plan)>"Upload the keys or a bundle of this cluster"</a> "."
            </p>
        }
        .into_any(),
        VerifyStage::Form(form) => view! { <Form plan=plan.clone() form/> }.into_any(),
    };
    view! {
        <Shell head=view.plan>
            <div class="columns columns-two">
                <ProgressList plan=plan.clone() progress=view.progress current=WizardPage::Verify/>
                <main id="main" tabindex="-1" class="main">
                    <ErrorSummary errors/>
                    <a class="back" href=urls::review(&plan)>"Back"</a>
                    <h1 id=urls::TITLE tabindex="-1">"Verify"</h1>
                    <p class="intro">
                        "Proves after the deployment that the nodes work as one cluster: through the load balancer and on each node."
                    </p>
                    {stage}
                    <CheckPanel context form=FORM.to_owned() report after=last_event/>
                </main>
            </div>
        </Shell>
    }
    .into_any()
}

#[component]
fn Form(plan: String, form: VerifyForm) -> impl IntoView {
    let VerifyForm { username, is_read_only, addresses, report, problem } = form;
    let error = |field: &str| problem.clone().filter(|(of, _)| *of == field).map(|(_, message)| message);
    let password_error = error("verify-password");
    let (wrong, described_by) = described("verify-password", password_error.is_some());
    let report_error = error("verify-report");
    let (wrong_report, report_described_by) = described("verify-report", report_error.is_some());
    let address_error = error("verify-addresses");
    let address_class = if address_error.is_some() { "field field-error" } else { "field" };
    let address_error = address_error.map(|message| {
        view! { <p class="error-message"><span class="visually-hidden">"Error: "</span>{message}</p> }
    });
    let confirmed = addresses
        .iter()
        .map(|address| view! { <input type="hidden" name="address" value=address.clone()/> })
        .collect_view();
    let list = addresses.into_iter().map(|address| view! { <li>{address}</li> }).collect_view();
    view! {
        <form class="prepare-form" id=FORM method="post" action=urls::verify(&plan) novalidate>
            <fieldset class="field">
                <legend class="label">"What to verify"</legend>
                <div class="radios">
                    <div class="radio">
                        <input type="radio" id="verify-full" name="mode" value="full" checked=!is_read_only aria-describedby="verify-full-help"/>
                        <label for="verify-full">"All checks"</label>
                        <span class="radio-help" id="verify-full-help">
                            "Creates test users, applications and identity providers named cw-verify-…, and removes them at the end."
                        </span>
                    </div>
                    <div class="radio">
                        <input type="radio" id="verify-read-only" name="mode" value="read-only" checked=is_read_only aria-describedby="verify-read-only-help"/>
                        <label for="verify-read-only">"Read-only checks"</label>
                        <span class="radio-help" id="verify-read-only-help">"Create nothing and need no account."</span>
                    </div>
                </div>
            </fieldset>
            <TextField id="verify-user" name="username" label="Account" hint="An account of IS that may manage users, applications and identity providers." value=username error=error("verify-user")/>
            <LabelledField id="verify-password" label="Password" hint="Sent only to the addresses below, used for this verification and not stored." error=password_error>
                <input type="password" class="w-30" id="verify-password" name="password" autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=wrong aria-describedby=described_by/>
            </LabelledField>
            <div class=address_class id="verify-addresses" tabindex="-1">
                {address_error}
                <p>"Connects from this server to:"</p>
                <ul class="plain-list">{list}</ul>
                {confirmed}
            </div>
            <button class="primary">"Verify the cluster"</button>
        </form>
        <details class="more" open=wrong_report.is_some()>
            <summary>"This server cannot connect to the cluster"</summary>
            <form class="prepare-form" method="post" action=urls::verification_report(&plan) novalidate>
                <p class="hint">
                    "Run " <code>"verify/verify.sh"</code>
                    " of the bundle on a machine that can connect to the load balancer and the nodes. It needs only curl."
                </p>
                <LabelledField id="verify-report" label="Report of verify.sh" hint="Paste the whole output." error=report_error>
                    <textarea id="verify-report" name="report" rows="8" spellcheck="false" aria-invalid=wrong_report aria-describedby=report_described_by>{report}</textarea>
                </LabelledField>
                <button class="secondary">"Use this report"</button>
            </form>
        </details>
    }
    .into_any()
}
