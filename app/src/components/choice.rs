//! A choice from fixed answers: radios with a description each, or a list if they are many.

use domain::value::Choice;
use leptos::prelude::*;

use super::field_view::FieldView;

/// The maximum for radios; more answers are a list.
const MAX_RADIOS: usize = 5;

/// Whether these answers are radios, so that label and hint describe a group.
pub(crate) const fn is_radio_group(choices: &[Choice]) -> bool {
    choices.len() <= MAX_RADIOS
}

/// The radios. The chosen one has the id of the field, so that links focus it.
#[component]
pub(crate) fn Radios(field: FieldView, choices: &'static [Choice]) -> impl IntoView {
    let chosen = choices.iter().position(|choice| choice.value == field.text);
    let radios = choices
        .iter()
        .enumerate()
        .map(|(index, choice)| {
            let id =
                if index == chosen.unwrap_or(0) { field.id.clone() } else { format!("{}-{}", field.id, choice.value) };
            let help_id = format!("{}-{}-help", field.id, choice.value);
            let help = (choice.help != choice.label).then_some(choice.help);
            view! {
                <div class="radio">
                    <input
                        type="radio"
                        id=id.clone()
                        name=field.name.clone()
                        value=choice.value
                        checked=chosen == Some(index)
                        aria-describedby=help.map(|_| help_id.clone())
                    />
                    <label for=id>{choice.label}</label>
                    {help.map(|help| view! { <span class="radio-help" id=help_id>{help}</span> })}
                </div>
            }
        })
        .collect_view();
    view! { <div class="radios" data-decides=field.decides.then_some("")>{radios}</div> }
}

/// The list.
#[component]
pub(crate) fn Select(field: FieldView, choices: &'static [Choice]) -> impl IntoView {
    let unknown = !choices.iter().any(|choice| choice.value == field.text);
    let options = choices
        .iter()
        .map(|choice| {
            let text = if choice.help == choice.label {
                choice.label.to_owned()
            } else {
                format!("{} – {}", choice.label, choice.help)
            };
            view! { <option value=choice.value selected=choice.value == field.text>{text}</option> }
        })
        .collect_view();
    view! {
        <select
            id=field.id.clone()
            name=field.name.clone()
            aria-describedby=field.described_by()
            aria-invalid=field.error.is_some().then_some("true")
            autocomplete="off"
        >
            // An answer from a file that is not one of the choices is shown unchanged until one is chosen.
            {unknown.then(|| view! { <option value=field.text.clone() selected>{field.text.clone()}</option> })}
            {options}
        </select>
    }
    .into_any()
}
