//! The page of a rejected comment: the entered text, and what to do.

use leptos::prelude::*;

use crate::components::{CommentForm, Document, ErrorLink, ErrorSummary, Shell, document};
use crate::urls;
use crate::view::CommentView;

/// The page.
#[must_use]
pub fn comment(view: &CommentView) -> String {
    let title = "Error: Comment – Cluster setup".to_owned();
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: CommentView) -> impl IntoView {
    let CommentView { plan, step, text, problem, .. } = view;
    let id = plan.id.clone();
    let back = step.map_or_else(|| urls::review(&id), |step| urls::step(&id, step));
    let errors = vec![ErrorLink { href: "#comment-text".to_owned(), message: problem.clone() }];
    view! {
        <Shell head=plan>
            <main id="main" tabindex="-1" class="main narrow">
                <ErrorSummary errors/>
                <a class="back" href=format!("{back}#{}", urls::COMMENTS)>"Back"</a>
                <h1 id=urls::TITLE tabindex="-1">"Comment"</h1>
                <CommentForm plan=id step text problem/>
            </main>
        </Shell>
    }
    .into_any()
}
