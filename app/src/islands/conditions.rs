//! Shows the fields that belong to the current answers, without a request. The server sets `data-when` and
//! `data-answers`: which answer of which field shows a field; the rule itself stays there. A field with the default of
//! another answer gets the default of the new answer (`data-follows`, `data-defaults`).

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement};

use super::browser;

/// Watches the choices of the step's form. Renders nothing.
#[island]
pub fn Conditions() -> impl IntoView {
    if browser::IN_BROWSER
        && let Some(form) = browser::step_form()
    {
        let watched = form.clone();
        browser::listen(&form, "change", move |event| {
            drop_notes(&watched, &event);
            apply(&watched);
        });
        // On Back, a browser fills the form without an event.
        apply(&form);
    }
}

/// Hides the notes of a changed choice: they are about the previous answer.
fn drop_notes(form: &Element, event: &Event) {
    let radio = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(radio) = radio.filter(|input| input.type_() == "radio") else { return };
    let id = format!("{}-notes", radio.name().replace(['.', '_'], "-"));
    if let Some(notes) = form.query_selector(&format!("[id='{id}']")).ok().flatten() {
        let _ = notes.toggle_attribute_with_force("hidden", true);
    }
}

/// Shows the fields that belong to the current answers.
pub(super) fn apply(form: &Element) {
    for field in browser::all(form, "[data-follows]") {
        let key = field.get_attribute("data-follows").unwrap_or_default();
        let defaults = field.get_attribute("data-defaults").unwrap_or_default();
        let defaults: Vec<(&str, &str)> = defaults.split(' ').filter_map(|pair| pair.split_once('=')).collect();
        let (Some(chosen), Some(input)) = (chosen(form, &key), field.dyn_ref::<HtmlInputElement>()) else { continue };
        let entered = input.value();
        if let Some((_, default)) = defaults.iter().find(|(answer, _)| *answer == chosen)
            && defaults.iter().any(|(_, default)| *default == entered)
        {
            input.set_value(default);
        }
    }
    for group in browser::all(form, "[data-when]") {
        let key = group.get_attribute("data-when").unwrap_or_default();
        let answers = group.get_attribute("data-answers").unwrap_or_default();
        let shown = chosen(form, &key).is_some_and(|chosen| answers.split(' ').any(|answer| answer == chosen));
        for attribute in ["hidden", "disabled"] {
            let _ = group.toggle_attribute_with_force(attribute, !shown);
        }
    }
}

/// The chosen answer of a field with radio buttons.
fn chosen(form: &Element, key: &str) -> Option<String> {
    form.query_selector(&format!("[name='{key}']:checked")).ok()??.get_attribute("value")
}
