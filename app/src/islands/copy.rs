//! Copies a text and says so.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::browser;

/// Copies, and says what came of it for a while.
pub(super) async fn copy_text(text: String, say: impl Fn(&'static str)) {
    let Some(window) = browser::window() else { return };
    let copied = JsFuture::from(window.navigator().clipboard().write_text(&text)).await;
    say(if copied.is_ok() { "Copied" } else { "Not copied: the browser refuses. Select the text instead." });
    browser::sleep(2500).await;
    say("");
}

/// The button and what it says afterwards.
#[component]
pub(super) fn Copy(
    /// Gives what is copied.
    text: impl Fn() -> String + 'static,
    /// What is copied, for those who do not see where the button stands.
    label: String,
) -> impl IntoView {
    let said = RwSignal::new("");
    let copy = move |_| {
        spawn_local(copy_text(text(), move |words| said.set(words)));
    };
    view! {
        <span class="copy needs-script">
            <button type="button" class="secondary small" on:click=copy>
                "Copy" <span class="visually-hidden">" " {label}</span>
            </button>
            <span role="status">{said}</span>
        </span>
    }
}

/// The button for a text that does not change.
#[island]
pub fn CopyText(
    /// What is copied.
    text: String,
    /// What it is called.
    label: String,
) -> impl IntoView {
    view! { <Copy text=move || text.clone() label/> }
}

/// The button for the file that a page shows.
#[island]
pub fn CopyFile() -> impl IntoView {
    view! { <Copy text=file_text label="the file".to_owned()/> }
}

/// The text of the file that the page shows now.
pub(super) fn file_text() -> String {
    browser::element("file-text").and_then(|code| code.text_content()).unwrap_or_default()
}
