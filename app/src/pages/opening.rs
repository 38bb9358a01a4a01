//! The page that a share link leads to. Nothing happens until its button is pressed: programs that look at links in mails
//! and chats must neither use one up nor come in.

use domain::limits::PERSON_NAME;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, Shell, Time, private_document};
use crate::urls;
use crate::view::{Assets, OpenLinkProblem, OpenLinkView};

/// The page of a link that can be opened.
#[must_use]
pub fn open_link(view: &OpenLinkView) -> String {
    let error = if view.problem.is_some() { "Error: " } else { "" };
    let title = format!("{error}Open a shared plan – Cluster setup");
    private_document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

/// The page of a link that cannot be opened, whyever. With the plan's part of the address, it is shown to somebody whose
/// visit has ended, and lets them out.
#[must_use]
pub fn link_unavailable(assets: Assets, plan: Option<&str>) -> String {
    let title = "This link leads nowhere – Cluster setup".to_owned();
    let leave = plan.map(urls::leave);
    private_document(Document { title, assets }, || {
        view! {
            <Shell>
                <main id="main" tabindex="-1" class="main narrow">
                    <h1 id=urls::TITLE tabindex="-1">"This link leads nowhere"</h1>
                    <p>"It has ended, was taken back, was opened as often as it could be, or never was one. Ask whoever sent it for a new one."</p>
                    {leave.map(|leave| view! {
                        <form method="post" action=leave>
                            <button class="secondary">"Leave"</button>
                        </form>
                    })}
                </main>
            </Shell>
        }
    })
}

fn body(view: OpenLinkView) -> impl IntoView {
    let errors: Vec<ErrorLink> = (view.problem.iter())
        .map(|problem| ErrorLink {
            href: if *problem == OpenLinkProblem::Name { "#open-name" } else { "#open-password" }.to_owned(),
            message: problem.message().to_owned(),
        })
        .collect();
    let of_name = view.problem.filter(|problem| *problem == OpenLinkProblem::Name).map(OpenLinkProblem::message);
    let of_password = view.problem.filter(|problem| *problem != OpenLinkProblem::Name).map(OpenLinkProblem::message);
    let title = if view.title.is_empty() { "Unnamed plan".to_owned() } else { view.title.clone() };
    let by = if view.made_by.is_empty() { "The owner of the plan".to_owned() } else { view.made_by.clone() };
    let left = match view.left {
        None => None,
        Some(1) => Some("Once more".to_owned()),
        Some(count) => Some(format!("{count} more times")),
    };
    view! {
        <Shell>
            <main id="main" tabindex="-1" class="main narrow opening">
                <ErrorSummary errors/>
                <h1 id=urls::TITLE tabindex="-1">"Open a shared plan"</h1>
                <dl class="opening-facts">
                    <div class="summary-row"><dt>"Plan"</dt><dd>{title}</dd></div>
                    <div class="summary-row"><dt>"Shared by"</dt><dd>{by}</dd></div>
                    <div class="summary-row"><dt>"You can"</dt><dd>{view.right.allows()}</dd></div>
                    <div class="summary-row"><dt>"Until"</dt><dd><Time moment=view.ends.clone()/></dd></div>
                    {left.map(|left| view! { <div class="summary-row"><dt>"Can be opened"</dt><dd>{left}</dd></div> })}
                </dl>
                <form method="post" action=urls::share_link(&view.token) novalidate>
                    {view.has_password.then(|| view! { <Password problem=of_password/> })}
                    <div class=if of_name.is_some() { "field field-error" } else { "field" }>
                        <label class="label" for="open-name">"Your name " <span class="optional">"(optional)"</span></label>
                        <p class="hint" id="open-name-hint">"Shown beside what you change."</p>
                        {of_name.map(|problem| view! {
                            <p class="error-message" id="open-name-error">
                                <span class="visually-hidden">"Error: "</span>
                                {problem}
                            </p>
                        })}
                        <input type="text" class="w-30" id="open-name" name="name" value=view.name.clone() maxlength=PERSON_NAME.max.to_string() autocomplete="name" aria-describedby=if of_name.is_some() { "open-name-hint open-name-error" } else { "open-name-hint" } aria-invalid=of_name.map(|_| "true")/>
                    </div>
                    <button class="primary" aria-describedby="open-note">"Open"</button>
                    <p class="hint" id="open-note">"Nothing happens until you press Open. It sets one cookie, for this plan alone."</p>
                </form>
            </main>
        </Shell>
    }
    .into_any()
}

#[component]
fn Password(problem: Option<&'static str>) -> impl IntoView {
    view! {
        <div class=if problem.is_some() { "field field-error" } else { "field" }>
            <label class="label" for="open-password">"Password of the link"</label>
            {problem.map(|problem| view! {
                <p class="error-message" id="open-password-error">
                    <span class="visually-hidden">"Error: "</span>
                    {problem}
                </p>
            })}
            <input
                type="password"
                class="w-30"
                id="open-password"
                name="password"
                autocomplete="current-password"
                aria-describedby=problem.map(|_| "open-password-error")
                aria-invalid=problem.map(|_| "true")
            />
        </div>
    }
    .into_any()
}
