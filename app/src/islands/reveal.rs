//! Shows a password while it is typed. It is hidden again when the form is sent.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::browser;

/// The button beside a password.
#[island]
pub fn Reveal(
    /// The id of the password's input.
    input: String,
    /// What it is the password of, in small letters.
    label: String,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let id = input.clone();
    let show = move |show: bool| {
        shown.set(show);
        if let Some(input) = browser::element(&id).and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) {
            input.set_type(if show { "text" } else { "password" });
        }
    };
    if browser::HERE
        && let Some(form) = browser::element(&input).and_then(|input| input.closest("form").ok().flatten())
    {
        let show = show.clone();
        browser::listen(&form, "submit", move |_| show(false));
    }
    view! {
        <button
            type="button"
            class="secondary reveal needs-script"
            aria-controls=input
            aria-label=move || if shown.get() { format!("Hide {label}") } else { format!("Show {label}") }
            on:click=move |_| show(!shown.get_untracked())
        >
            {move || if shown.get() { "Hide" } else { "Show" }}
        </button>
    }
}
