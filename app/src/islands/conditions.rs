//! Shows the fields that belong to the answers as they are, without a round trip. The server says with `data-when` and
//! `data-answers` which answer of which field shows what; the rule itself stays there. A field that holds the default of
//! another answer takes the one of the new answer (`data-follows`, `data-defaults`).

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement};

use super::browser;

/// Watches the choices of the step's form. Shows nothing itself.
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
        // A browser that goes back fills the form again without saying so.
        apply(&form);
    }
}

/// Hides the notes of a choice that was changed: they are about the answer before.
fn drop_notes(form: &Element, event: &Event) {
    let radio = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(radio) = radio.filter(|input| input.type_() == "radio") else { return };
    let id = format!("{}-notes", radio.name().replace(['.', '_'], "-"));
    if let Some(notes) = form.query_selector(&format!("[id='{id}']")).ok().flatten() {
        let _ = notes.toggle_attribute_with_force("hidden", true);
    }
}

/// Shows what belongs to the answers as they are now.
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
