//! The page of an error: what happened, and what to do next.

use leptos::prelude::*;

use crate::components::{Document, Shell, document};
use crate::urls;
use crate::view::MessageView;

/// The page.
#[must_use]
pub fn message(view: &MessageView) -> String {
    let MessageView { assets, title, text, incident } = view.clone();
    document(Document { title: format!("{title} – Cluster setup"), assets }, || {
        view! {
            <Shell>
                <main id="main" tabindex="-1" class="main narrow">
                    <h1 id=urls::TITLE tabindex="-1">{title}</h1>
                    <p>{text}</p>
                    {(!incident.is_empty()).then(|| view! {
                        <p>"To find this in the log, search for " <code>{incident}</code> "."</p>
                    })}
                    <p><a href=urls::start()>"Go to all plans"</a></p>
                </main>
            </Shell>
        }
    })
}
