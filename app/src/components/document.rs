//! The frame around every page: head, skip link, header and footer.

use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use crate::urls;
use crate::view::Assets;

/// What a page of the browser needs around its content.
#[derive(Clone)]
pub(crate) struct Document {
    /// The whole `<title>`.
    pub(crate) title: String,
    /// The files it loads.
    pub(crate) assets: Assets,
}

/// Renders a page to HTML. The reactive owner that islands need lives as long as this call.
pub(crate) fn document<V: IntoView>(document: Document, body: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(Some(std::sync::Arc::new(hydration_context::SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        let Document { title, assets } = document;
        let prefix = Some(urls::prefix()).filter(|prefix| !prefix.is_empty());
        view! {
            <html lang="en" data-prefix=prefix>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <meta name="referrer" content="same-origin"/>
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

/// Skip link, header, what the page holds, footer.
#[component]
pub(crate) fn Shell(
    /// The plan's name in the header; empty on pages without a plan.
    #[prop(into, optional)]
    plan: String,
    /// What stands at the right of the header, such as when the plan was saved.
    #[prop(optional)]
    status: Option<AnyView>,
    children: Children,
) -> impl IntoView {
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
        </header>
        {children()}
        <footer class="site-footer">
            <p>"Clusterwright sets up clusters of WSO2 Identity Server. Nothing you enter leaves this machine but for the checks you start."</p>
        </footer>
    }
    .into_any()
}
