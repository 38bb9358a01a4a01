//! The frame of every page: head, skip link, header and footer.

use domain::rights::Permission;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use super::time::Time;
use crate::urls;
use crate::view::{Assets, Expiry, PlanHead, VisitorView};

/// The metadata of a page.
#[derive(Clone)]
pub(crate) struct Document {
    /// The complete `<title>`.
    pub(crate) title: String,
    /// The files that the page loads.
    pub(crate) assets: Assets,
}

/// Renders a page to HTML. The reactive owner that islands need exists during this call.
pub(crate) fn document<V: IntoView>(document: Document, body: impl FnOnce() -> V) -> String {
    html(document, false, body)
}

/// The same for a page whose URL is a secret: the browser sends it to no other site, and search engines do not index
/// it.
pub(crate) fn private_document<V: IntoView>(document: Document, body: impl FnOnce() -> V) -> String {
    html(document, true, body)
}

fn html<V: IntoView>(document: Document, private: bool, body: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(Some(std::sync::Arc::new(hydration_context::SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        let Document { title, assets } = document;
        provide_context(SessionNotice(assets.signed_in));
        let prefix = Some(urls::prefix()).filter(|prefix| !prefix.is_empty());
        view! {
            <html lang="en" data-prefix=prefix>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <meta name="referrer" content=if private { "no-referrer" } else { "same-origin" }/>
                    {private.then(|| view! { <meta name="robots" content="noindex, nofollow"/> })}
                    <title>{title}</title>
                    <link rel="icon" href=assets.icon type="image/svg+xml"/>
                    <link rel="stylesheet" href=assets.style/>
                    <script type="module" src=assets.script></script>
                </head>
                <body>{body()}</body>
            </html>
        }
        .to_html()
    });
    format!("<!DOCTYPE html>{html}")
}

/// When the session of the signed-in owner ends; `None` for a visitor, and where the owner does not sign in.
#[derive(Clone)]
struct SessionNotice(Option<Expiry>);

/// Skip link, header, content and footer.
#[component]
pub(crate) fn Shell(
    /// The plan's name in the header; empty on pages without a plan.
    #[prop(into, optional)]
    plan: String,
    /// The plan, on its pages: its name, and the permissions of the actor.
    #[prop(optional)]
    head: Option<PlanHead>,
    /// The content at the right of the header, such as when the plan was saved.
    #[prop(optional)]
    status: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let signed_in = use_context::<SessionNotice>().and_then(|SessionNotice(end)| end);
    let plan = match &head {
        Some(head) if head.title.is_empty() => "Unnamed plan".to_owned(),
        Some(head) => head.title.clone(),
        None => plan,
    };
    let share = head.as_ref().filter(|head| head.may(Permission::ManageLinks)).map(|head| urls::share(&head.id));
    let visitor = head.and_then(|head| head.visitor.map(|visitor| (head.id, visitor)));
    view! {
        <a class="skip-link" href="#main">"Skip to main content"</a>
        <header class="site-header">
            <a class="brand" href=urls::start()>
                <svg class="brand-mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
                    <path d="M12 6v4M12 10 6 15M12 10l6 5M6 17h12" fill="none" stroke="currentColor" stroke-width="1.6"/>
                    <circle cx="12" cy="5" r="3"/>
                    <circle cx="5.5" cy="17" r="3"/>
                    <circle cx="18.5" cy="17" r="3"/>
                </svg>
                "Clusterwright"
            </a>
            {(!plan.is_empty()).then(|| view! { <span class="plan-title">{plan}</span> })}
            <span class="header-status">{status}</span>
            {share.map(|share| view! { <a class="header-link" href=share>"Share"</a> })}
            {signed_in.is_some().then(|| view! {
                <a class="header-link" href=urls::account()>"Account"</a>
                <form method="post" action=urls::logout()>
                    <button class="secondary small">"Sign out"</button>
                </form>
            })}
        </header>
        {signed_in.map(|end| view! { <SessionEnd end/> })}
        {visitor.map(|(plan, visitor)| view! { <VisitorBanner plan visitor/> })}
        {children()}
        <footer class="site-footer">
            <p>"Clusterwright sets up WSO2 Identity Server clusters. It connects to other hosts only when you run checks or prepare databases."</p>
        </footer>
    }
    .into_any()
}

/// The warning before a session ends: visible at once if that is soon, otherwise after a time without activity on the
/// page, which the style sheet measures. Every request extends the session up to its maximum, so a reload is enough.
#[component]
fn SessionEnd(end: Expiry) -> impl IntoView {
    let Expiry { at, is_near } = end;
    if is_near {
        return view! {
            <p class="session-end">
                "Your session ends at " <Time moment=at/> ". Saved answers are kept. " <a href=urls::login()>"Sign in again"</a>
            </p>
        }
        .into_any();
    }
    view! {
        <p class="session-end session-end-later">
            "Your session ends at " <Time moment=at/> " if you are inactive until then. " <a href="">"Stay signed in"</a>
        </p>
    }
    .into_any()
}

/// The banner of a visitor on every page, with a button to leave.
#[component]
fn VisitorBanner(plan: String, visitor: VisitorView) -> impl IntoView {
    let name = visitor.name.map_or_else(String::new, |name| format!(" as {name}"));
    let Expiry { at, is_near } = visitor.until;
    view! {
        <section class="visitor" aria-label="Your link">
            <p>
                {format!("You are using a share link{name}. You can {} ", visitor.right.allows())}
                {if is_near {
                    view! { <b>"Your link expires at " <Time moment=at/> ". Ask the sender for a new one."</b> }.into_any()
                } else {
                    view! { "Valid until " <Time moment=at/> "." }.into_any()
                }}
            </p>
            <form method="post" action=urls::leave(&plan)>
                <button class="secondary small">"Leave"</button>
            </form>
        </section>
    }
    .into_any()
}
