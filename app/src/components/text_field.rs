//! Fields with label, hint and error, for forms that are not about a setting.

use leptos::prelude::*;

/// The ARIA attributes of an input: whether its value is wrong, and the ids of its hint and error.
pub(crate) fn described(id: &str, is_wrong: bool) -> (Option<&'static str>, String) {
    if is_wrong { (Some("true"), format!("{id}-hint {id}-error")) } else { (None, format!("{id}-hint")) }
}

/// What is wrong with the field `id`, if anything.
#[component]
pub(crate) fn FieldError(id: &'static str, message: Option<String>) -> impl IntoView {
    message.map(|message| {
        view! {
            <p class="error-message" id=format!("{id}-error")><span class="visually-hidden">"Error: "</span>{message}</p>
        }
    })
}

#[component]
pub(crate) fn TextField(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    error: Option<String>,
) -> impl IntoView {
    let (wrong, described_by) = described(id, error.is_some());
    view! {
        <LabelledField id label hint error>
            <input type="text" class="w-full" id=id name=name value=value autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=wrong aria-describedby=described_by/>
        </LabelledField>
    }
    .into_any()
}

#[component]
pub(crate) fn LabelledField(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    error: Option<String>,
    children: Children,
) -> impl IntoView {
    let class = if error.is_some() { "field field-error" } else { "field" };
    view! {
        <div class=class>
            <label class="label" for=id>{label}</label>
            <p class="hint" id=format!("{id}-hint")>{hint}</p>
            <FieldError id message=error/>
            {children()}
        </div>
    }
    .into_any()
}
