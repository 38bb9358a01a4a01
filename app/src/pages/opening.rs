//! The page that a share link opens. The link is used only when its button is pressed: programs that preview links in
//! mails and chats must neither use it up nor open the plan.

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

/// The page of a link that cannot be opened, whatever the reason. With the id of the plan, it is shown to a visitor
/// whose session has ended, with a button to leave.
#[must_use]
pub fn link_unavailable(assets: Assets, plan: Option<&str>) -> String {
    let title = "This link does not work – Cluster setup".to_owned();
    let leave = plan.map(urls::leave);
    private_document(Document { title, assets }, || {
        view! {
            <Shell>
                <main id="main" tabindex="-1" class="main narrow">
                    <h1 id=urls::TITLE tabindex="-1">"This link does not work"</h1>
                    <p>"It has expired, was revoked, reached its maximum uses, or never existed. Ask the sender for a new link."</p>
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
    let by = view.made_by.as_ref().map_or_else(|| "The owner of the plan".to_owned(), ToString::to_string);
    let left = view.left.map(|count| count.to_string());
    view! {
        <Shell>
            <main id="main" tabindex="-1" class="main narrow opening">
                <ErrorSummary errors/>
                <h1 id=urls::TITLE tabindex="-1">"Open a shared plan"</h1>
                <dl class="opening-facts">
                    <div class="summary-row"><dt>"Plan"</dt><dd>{title}</dd></div>
                    <div class="summary-row"><dt>"Shared by"</dt><dd>{by}</dd></div>
                    <div class="summary-row"><dt>"You can"</dt><dd>{view.right.allows()}</dd></div>
                    <div class="summary-row"><dt>"Expires"</dt><dd><Time moment=view.ends.clone()/></dd></div>
                    {left.map(|left| view! { <div class="summary-row"><dt>"Remaining uses"</dt><dd>{left}</dd></div> })}
                </dl>
                <form method="post" action=urls::share_link(&view.token) novalidate>
                    {view.has_password.then(|| view! { <Password problem=of_password/> })}
                    <div class=if of_name.is_some() { "field field-error" } else { "field" }>
                        <label class="label" for="open-name">"Your name " <span class="optional">"(optional)"</span></label>
                        <p class="hint" id="open-name-hint">"Shown next to your changes."</p>
                        {of_name.map(|problem| view! {
                            <p class="error-message" id="open-name-error">
                                <span class="visually-hidden">"Error: "</span>
                                {problem}
                            </p>
                        })}
                        <input type="text" class="w-30" id="open-name" name="name" value=view.name.clone() maxlength=PERSON_NAME.max.to_string() autocomplete="name" aria-describedby=if of_name.is_some() { "open-name-hint open-name-error" } else { "open-name-hint" } aria-invalid=of_name.map(|_| "true")/>
                    </div>
                    <button class="primary" aria-describedby="open-note">"Open"</button>
                    <p class="hint" id="open-note">"The link is not used until you select Open. This sets one cookie, for this plan only."</p>
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
            <label class="label" for="open-password">"Link password"</label>
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
