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
    Effect::new(move |_| {
        let Some(input) = browser::element(&id).and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        input.set_type(if shown.get() { "text" } else { "password" });
    });
    let id = input.clone();
    Effect::new(move |_| {
        if let Some(form) = browser::element(&id).and_then(|input| input.closest("form").ok().flatten()) {
            browser::listen(&form, "submit", move |_| shown.set(false));
        }
    });
    view! {
        <button
            type="button"
            class="secondary reveal needs-script"
            aria-controls=input
            aria-label=move || if shown.get() { format!("Hide {label}") } else { format!("Show {label}") }
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {move || if shown.get() { "Hide" } else { "Show" }}
        </button>
    }
}
