//! Shows passwords while they are typed, and hides them when the form is sent.
//!
//! The server renders the buttons; each names its input in `aria-controls` and the password in `data-password`.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::browser;

/// Makes the buttons next to the passwords of the step's form work. Renders nothing.
#[island]
pub fn RevealPasswords() -> impl IntoView {
    if browser::IN_BROWSER
        && let Some(form) = browser::step_form()
    {
        browser::listen(&form, "click", |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(button) = target.and_then(|target| target.closest("[data-password]").ok().flatten()) {
                let shown = button.text_content().as_deref() == Some("Hide");
                show(&button, !shown);
            }
        });
        let sent = form.clone();
        browser::listen(&form, "submit", move |_| {
            browser::all(&sent, "[data-password]").iter().for_each(|button| show(button, false));
        });
    }
}

/// Shows or hides the password of a button, and labels the button with its next action.
fn show(button: &Element, shown: bool) {
    let id = button.get_attribute("aria-controls").unwrap_or_default();
    if let Some(input) = browser::element(&id).and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) {
        input.set_type(if shown { "text" } else { "password" });
    }
    let word = if shown { "Hide" } else { "Show" };
    let password = button.get_attribute("data-password").unwrap_or_default();
    button.set_text_content(Some(word));
    let _ = button.set_attribute("aria-label", &format!("{word} {password}"));
}
