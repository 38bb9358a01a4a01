//! The keys of a cluster, and forms to import, renew and replace them.

use domain::rights::Permission;
use domain::rules::keys::EFFECTS_OF_NEW_KEYS;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, FieldError, Shell, Time, document};
use crate::urls;
use crate::view::{KeysSummary, KeysView, PlanHead, SavedKeys};

/// The page.
#[must_use]
pub fn keys(view: &KeysView) -> String {
    let error = if view.problem.is_some() { "Error: " } else { "" };
    document(Document { title: format!("{error}Keys – Cluster setup"), assets: view.assets.clone() }, || {
        body(view.clone())
    })
}

fn body(view: KeysView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let action = urls::keys(&plan);
    let problem = view.problem.clone();
    let errors = problem.iter().map(ErrorLink::to_field).collect();
    let error_at = move |field: &str| problem.clone().filter(|(at, _)| *at == field).map(|(_, message)| message);
    let has_keys = view.keys.kept.is_some();
    let notices = (!view.notices.is_empty()).then(|| {
        view! { <div class="notice" role="status">{view.notices.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}</div> }
    });
    view! {
        <Shell head=view.plan>
            <main id="main" tabindex="-1" class="main narrow">
                <ErrorSummary errors/>
                <a class="back" href=urls::review(&plan)>"Back to review"</a>
                <h1 id=urls::TITLE tabindex="-1">"Keys"</h1>
                {notices}
                <KeysTable keys=view.keys/>
                <h2>"Use the keys of an earlier bundle"</h2>
                <p>"Upload cluster-keys.json, a file that bundle --keys wrote, or a complete bundle of this cluster."</p>
                <form class="accept-form" method="post" action=format!("{action}/upload") enctype="multipart/form-data">
                    <div class="field">
                        <label class="label" for="file">"Key file or bundle"</label>
                        <FieldError id="file" message=error_at("file")/>
                        <input type="file" id="file" name="file" accept=".json,.zip,application/json,application/zip"/>
                    </div>
                    {has_keys.then(|| view! {
                        <Confirm id="confirm-upload" label="Replace the keys of this plan with those in the file" message=error_at("confirm-upload")/>
                    })}
                    <button class="primary">"Use these keys"</button>
                </form>
                {has_keys.then(|| view! {
                    <h2>"Renew the TLS certificates"</h2>
                    <p>"Reissues the certificates of the nodes and the load balancer, valid from today. The keys do not change, so tokens and stored secrets remain valid. Download and install the bundle afterwards."</p>
                    <form method="post" action=format!("{action}/renew-tls")>
                        <button class="secondary">"Renew TLS certificates"</button>
                    </form>
                })}
                <h2>"Create new keys"</h2>
                <p>"Create new keys only if the current keys are lost or someone else knows them. A running cluster loses:"</p>
                <ul>{EFFECTS_OF_NEW_KEYS.map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                <p>"On the nodes, run install.sh with --replace-keys to install the new keys."</p>
                <form class="accept-form" method="post" action=format!("{action}/new")>
                    <Confirm id="confirm-new" label="Create new keys and accept these losses" message=error_at("confirm-new")/>
                    <button class="primary danger">"Create new keys"</button>
                </form>
            </main>
        </Shell>
    }
    .into_any()
}

#[component]
fn Confirm(id: &'static str, label: &'static str, message: Option<String>) -> impl IntoView {
    let class = if message.is_some() { "field field-error" } else { "field" };
    view! {
        <div class=class>
            <FieldError id message/>
            <label for=id><input type="checkbox" id=id name="confirm" value="yes"/>" "{label}</label>
        </div>
    }
    .into_any()
}

/// The keys on Review, with a link to their page.
#[component]
pub(super) fn KeysSection(head: PlanHead, keys: KeysSummary) -> impl IntoView {
    let link =
        head.may(Permission::ManageKeys).then(|| view! { <p><a href=urls::keys(&head.id)>"Manage keys"</a></p> });
    view! {
        <section class="summary" aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys and certificates"</h2>
            <KeysTable keys/>
            {link}
        </section>
    }
    .into_any()
}

#[component]
fn KeysTable(keys: KeysSummary) -> impl IntoView {
    let Some(SavedKeys { fingerprint, made, expiries }) = keys.kept else {
        let words = if keys.is_running {
            "The keys of the running cluster are missing. Upload its key file or one of its bundles."
        } else {
            "The first download with passwords and keys creates the keys of the cluster."
        };
        return view! { <p>{words}</p> }.into_any();
    };
    let rows = expiries
        .into_iter()
        .map(|(what, day, is_soon)| {
            let day = if is_soon { format!("{day} – renew it now") } else { day };
            view! { <div class="summary-row"><dt>{what}</dt><dd>"Expires "{day}</dd></div> }
        })
        .collect_view();
    view! {
        <dl>
            <div class="summary-row"><dt>"Keys created"</dt><dd><Time moment=made/></dd></div>
            <div class="summary-row"><dt>"SHA-256 fingerprint of the signing certificate"</dt><dd><code class="fingerprint">{fingerprint}</code></dd></div>
            {rows}
        </dl>
    }
    .into_any()
}
