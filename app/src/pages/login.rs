//! The sign-in page and the account page of the owner.

use domain::limits::PERSON_NAME;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, Shell, document};
use crate::urls;
use crate::view::{AccountView, LoginView};

/// The page that asks for the access token.
#[must_use]
pub fn login(view: &LoginView) -> String {
    let LoginView { assets, to, name, problem } = view.clone();
    let error = if problem.is_some() { "Error: " } else { "" };
    let errors: Vec<ErrorLink> =
        (problem.iter()).map(|message| ErrorLink { href: "#token".to_owned(), message: message.clone() }).collect();
    let described_by = if problem.is_some() { "token-hint token-error" } else { "token-hint" };
    let class = if problem.is_some() { "field field-error" } else { "field" };
    document(Document { title: format!("{error}Sign in – Cluster setup"), assets }, || {
        view! {
            <Shell>
                <main id="main" tabindex="-1" class="main narrow">
                    <ErrorSummary errors/>
                    <h1 id=urls::TITLE tabindex="-1">"Sign in"</h1>
                    <p>"Other machines can connect to this server, so you must sign in."</p>
                    <form method="post" action=urls::login() class="step-form" novalidate>
                        <input type="hidden" name="to" value=to/>
                        <div class=class>
                            <label class="label" for="token">"Access token"</label>
                            <p class="hint" id="token-hint">
                                "Clusterwright printed it at its first start, or its configuration sets it. "
                                "To create a new one, run " <code>"clusterwright token new"</code> "."
                            </p>
                            {problem.clone().map(|problem| view! {
                                <p class="error-message" id="token-error">
                                    <span class="visually-hidden">"Error: "</span>
                                    {problem}
                                </p>
                            })}
                            <input
                                type="password"
                                class="w-30"
                                id="token"
                                name="token"
                                autocomplete="current-password"
                                autocapitalize="none"
                                spellcheck="false"
                                aria-describedby=described_by
                                aria-invalid=problem.is_some().then_some("true")
                            />
                        </div>
                        <Name name/>
                        <div class="actions">
                            <button class="primary">"Sign in"</button>
                        </div>
                    </form>
                </main>
            </Shell>
        }
    })
}

/// The account page.
#[must_use]
pub fn account(view: &AccountView) -> String {
    let AccountView { assets, name, signs_in } = view.clone();
    let (title, about) = if signs_in {
        (
            "Your sign-in",
            "You are signed in as the owner. The session ends after 12 hours without activity, and at the latest after 7 days.",
        )
    } else {
        ("Your name", "You are the owner of all plans on this server. This browser stores your name.")
    };
    document(Document { title: format!("{title} – Cluster setup"), assets }, || {
        view! {
            <Shell>
                <main id="main" tabindex="-1" class="main narrow">
                    <a class="back" href=urls::start()>"Back to all plans"</a>
                    <h1 id=urls::TITLE tabindex="-1">{title}</h1>
                    <p>{about}</p>
                    <form method="post" action=urls::account() class="step-form" novalidate>
                        <Name name/>
                        <div class="actions">
                            <button class="primary">"Save name"</button>
                        </div>
                    </form>
                </main>
            </Shell>
        }
    })
}

#[component]
fn Name(name: String) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for="name">"Your name " <span class="optional">"(optional)"</span></label>
            <p class="hint" id="name-hint">"Shown instead of Owner next to your changes and comments, also to people with a share link."</p>
            <input
                type="text"
                class="w-30"
                id="name"
                name="name"
                value=name
                maxlength=PERSON_NAME.max.to_string()
                autocomplete="name"
                aria-describedby="name-hint"
            />
        </div>
    }
}
