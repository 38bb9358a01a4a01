//! One setting as a form field, rendered from its declaration: label, hint, message and input.

use domain::setting::{DependentDefaults, Setting};
use domain::value::Control;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use super::choice::{Radios, Select, is_radio_group};
use super::field_view::FieldView;
use super::hint::{Hint, label_in_sentence};
use super::notes::Notes;
use super::time::Sentence;
use crate::urls;
use crate::view::TimedText;

/// The field. A field that other answers hide is rendered, but disabled, so that the browser can show it at once.
#[component]
pub(crate) fn Field(field: FieldView) -> impl IntoView {
    match field.condition.clone() {
        None => view! { <FieldBody field/> }.into_any(),
        Some(condition) => {
            let off = !field.shown;
            view! {
                <fieldset class="conditional" data-when=condition.key data-answers=condition.answers hidden=off disabled=off>
                    <legend class="visually-hidden">{field.setting.label}</legend>
                    <FieldBody field/>
                </fieldset>
            }
            .into_any()
        }
    }
}

#[component]
fn FieldBody(field: FieldView) -> impl IntoView {
    let setting = field.setting;
    let class = if field.error.is_some() { "field field-error" } else { "field" };
    let wrong = field.error.is_some().then_some("true");
    let (id, described_by) = (field.id.clone(), field.described_by());
    let optional = (!setting.required).then(|| view! { " " <span class="optional">"(optional)"</span> });
    let hint = view! { <Hint setting id=format!("{}-hint", field.id) default=field.default/> };
    let messages = view! { <Messages field=field.clone()/> };
    match setting.control {
        Control::Choice(choices) if is_radio_group(choices) => view! {
            <fieldset
                class=class
                aria-describedby=described_by
                aria-invalid=wrong
                role="radiogroup"
            >
                <legend class="label">{setting.label} {optional}</legend>
                {hint}
                {messages}
                <Radios field=field.clone() choices/>
                <UpdateButton field/>
            </fieldset>
        }
        .into_any(),
        _ => view! {
            <div class=class>
                <label class="label" for=id>{setting.label} {optional}</label>
                {hint}
                {messages}
                <Input field=field.clone()/>
                <UpdateButton field/>
            </div>
        }
        .into_any(),
    }
}

/// Without JavaScript, this button saves the answers and shows the fields that belong to them.
#[component]
fn UpdateButton(field: FieldView) -> impl IntoView {
    field.decides.then(|| {
        view! {
            <button class="secondary small no-script" name="action" value=format!("update.{}", field.setting.key)>
                "Update fields" <span class="visually-hidden">" for " {field.setting.label}</span>
            </button>
        }
    })
}

#[component]
fn Messages(field: FieldView) -> impl IntoView {
    view! {
        {field.error.clone().map(|error| view! {
            <p class="error-message" id=format!("{}-error", field.id)>
                <span class="visually-hidden">"Error: "</span>
                {error}
            </p>
        })}
        {(!field.notes.is_empty()).then(|| view! { <div id=format!("{}-notes", field.id)><Notes findings=field.notes.clone()/></div> })}
    }
    .into_any()
}

/// The input element of the control.
#[component]
pub(crate) fn Input(
    field: FieldView,
    /// The ids of the elements that describe it, if they are not those of the field.
    #[prop(into, optional)]
    described_by: Option<String>,
) -> impl IntoView {
    let id = field.id.clone();
    let name = field.name.clone();
    let described_by = described_by.unwrap_or_else(|| field.described_by());
    let wrong = field.error.is_some().then_some("true");
    match field.setting.control {
        Control::Choice(choices) => view! { <Select field choices/> }.into_any(),
        Control::Text(width) | Control::Number(width) => {
            let numeric = matches!(field.setting.control, Control::Number(_)).then_some("numeric");
            view! {
                <input
                    type="text"
                    class=width_class(width)
                    id=id
                    name=name
                    value=field.text
                    inputmode=numeric
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=described_by
                    aria-invalid=wrong
                    data-follows=field.setting.follows.map(|follows| follows.key)
                    data-defaults=field.setting.follows.map(defaults_by_answer)
                />
            }
            .into_any()
        }
        Control::Password => view! {
            <div class="password">
                <input
                    type="password"
                    class="w-30"
                    id=id.clone()
                    name=name
                    autocomplete="new-password"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=described_by
                    aria-invalid=wrong
                />
                <RevealButton input=id setting=field.setting/>
            </div>
            <SecretState field/>
        }
        .into_any(),
        Control::Pem | Control::SecretPem => {
            let file_id = format!("{id}-file");
            let label = label_in_sentence(field.setting.label);
            view! {
                <textarea
                    class="pem"
                    id=id
                    name=name.clone()
                    rows="5"
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby=described_by
                    aria-invalid=wrong
                    inner_html=escaped(&field.text)
                ></textarea>
                <div class="upload">
                    <label for=file_id.clone()>"Or upload the " {label} " as a PEM file"</label>
                    <input type="file" id=file_id name=format!("{name}.file") accept=".pem,.crt,.cer,.key,.txt"/>
                </div>
                {field.setting.control.is_secret().then(|| view! { <SecretState field=field.clone()/> })}
            }
            .into_any()
        }
    }
}

/// The button that shows the password while it is typed; an island makes it work.
#[component]
fn RevealButton(input: String, setting: &'static Setting) -> impl IntoView {
    let password = label_in_sentence(setting.label);
    let label = format!("Show {password}");
    view! {
        <button
            type="button"
            class="secondary reveal needs-script"
            aria-controls=input
            aria-label=label
            data-password=password
        >
            "Show"
        </button>
    }
}

/// Whether a secret is set: the only thing that a page contains about it.
#[component]
fn SecretState(field: FieldView) -> impl IntoView {
    let FieldView { setting, id, is_set, status, read_only, .. } = field;
    let place = urls::secret_state(&id);
    view! { <div class="secret" id=place><SecretParts setting id is_set status read_only/></div> }
}

/// The same as an HTML fragment for a page that is open, with the id of its element.
#[must_use]
pub fn secret_state(setting: &'static Setting, status: Option<TimedText>, read_only: bool) -> (String, String) {
    let (id, is_set) = (setting.field_id(None), status.is_some());
    let place = urls::secret_state(&id);
    (place, Owner::new().with(|| view! { <SecretParts setting id is_set status read_only/> }.to_html()))
}

#[component]
fn SecretParts(
    setting: &'static Setting,
    id: String,
    is_set: bool,
    status: Option<TimedText>,
    read_only: bool,
) -> impl IntoView {
    let plain = |words: &str| TimedText { before: words.to_owned(), ..TimedText::default() };
    let status = if is_set { status.unwrap_or_else(|| plain("Set.")) } else { plain("Not set.") };
    let keep = (is_set && !read_only).then_some(" Leave the field empty to keep it.");
    view! {
        <p class="secret-state" id=format!("{id}-state")><Sentence text=status/> {keep}</p>
        {keep.map(|_| view! {
            <button class="secondary small" name="action" value=format!("forget.{}", setting.key)>
                "Forget" <span class="visually-hidden">" the " {label_in_sentence(setting.label)}</span>
            </button>
        })}
    }
    .into_any()
}

/// The defaults of a field that follows another, for the browser: `nginx=1.22 haproxy=2.6`.
fn defaults_by_answer(follows: DependentDefaults) -> String {
    let pair = |(answer, default): &(&str, &str)| format!("{answer}={default}");
    follows.defaults.iter().map(pair).collect::<Vec<_>>().join(" ")
}

/// The class for an input as wide as its answers.
fn width_class(characters: u16) -> &'static str {
    match characters {
        0..=5 => "w-5",
        6..=10 => "w-10",
        11..=20 => "w-20",
        21..=30 => "w-30",
        31..=40 => "w-40",
        _ => "w-full",
    }
}

/// A text inside `<textarea>`, where an empty text must render nothing, and a leading line break must be doubled.
pub(super) fn escaped(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped.starts_with(['\n', '\r']) { format!("\n{escaped}") } else { escaped }
}
