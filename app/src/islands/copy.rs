//! Copies a text and reports the result.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::browser;

/// Copies, and shows the result for a short time.
pub(super) async fn copy_text(text: String, report: impl Fn(&'static str)) {
    let Some(window) = browser::window() else { return };
    let copied = JsFuture::from(window.navigator().clipboard().write_text(&text)).await;
    report(if copied.is_ok() { "Copied" } else { "The browser blocked copying. Select the text instead." });
    browser::sleep(2500).await;
    report("");
}

/// The button and its status.
#[component]
pub(super) fn Copy(
    /// Returns the text to copy.
    text: impl Fn() -> String + 'static,
    /// The name of the text, for screen readers.
    label: String,
) -> impl IntoView {
    let status = RwSignal::new("");
    let copy = move |_| {
        spawn_local(copy_text(text(), move |message| status.set(message)));
    };
    view! {
        <span class="copy needs-script">
            <button type="button" class="secondary small" on:click=copy>
                "Copy" <span class="visually-hidden">" " {label}</span>
            </button>
            <span role="status">{status}</span>
        </span>
    }
}

/// The button for a text that does not change.
#[island]
pub fn CopyText(
    /// The text to copy.
    text: String,
    /// The name of the text.
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
