//! The confirmation before a plan is deleted.

use leptos::prelude::*;

use crate::components::{Document, Shell, document};
use crate::urls;
use crate::view::DeleteView;

/// The page.
#[must_use]
pub fn delete(view: &DeleteView) -> String {
    let name = if view.plan.title.is_empty() { "this plan".to_owned() } else { view.plan.title.clone() };
    let action = urls::delete(&view.plan.id);
    let document_title = "Delete plan – Cluster setup".to_owned();
    document(Document { title: document_title, assets: view.assets.clone() }, || {
        view! {
            <Shell>
                <main id="main" tabindex="-1" class="main narrow">
                    <a class="back" href=urls::start()>"Back to all plans"</a>
                    <h1 id=urls::TITLE tabindex="-1">"Delete " {name} "?"</h1>
                    <p>"This permanently deletes its answers, encrypted passwords and keys. Zips that you downloaded do not change."</p>
                    <form method="post" action=action>
                        <div class="actions">
                            <button class="primary danger">"Delete plan"</button>
                            <a class="button secondary" href=urls::start()>"Cancel"</a>
                        </div>
                    </form>
                </main>
            </Shell>
        }
    })
}
