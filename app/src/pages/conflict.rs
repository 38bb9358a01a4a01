//! Two people changed the same answer: keep one of the values, or see both. All other answers of the form are saved.

use domain::history::DraftPart;
use domain::setting::Setting;
use domain::step::Step;
use domain::steps;
use domain::value::Control;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, Sentence, Shell, document, label_in_sentence};
use crate::urls;
use crate::view::{ConflictChoice, ConflictSubjectView, ConflictView, TimedText};

/// The page.
#[must_use]
pub fn conflict(view: &ConflictView) -> String {
    let title = format!("Error: Someone else changed {} – Cluster setup", view.step.title());
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: ConflictView) -> impl IntoView {
    let ConflictView { plan, step, contested, fields, goes_on, return_to_review, .. } = view;
    let link = |(index, contested): (usize, &ConflictChoice)| ErrorLink {
        href: format!("#{}", id(index)),
        message: format!("{}: choose which value to keep.", contested.label),
    };
    let errors = contested.iter().enumerate().map(link).collect();
    let action = if return_to_review { urls::step_from_review(&plan.id, step) } else { urls::step(&plan.id, step) };
    let then = if goes_on { "continue" } else { "save" };
    view! {
        <Shell head=plan.clone()>
            <main id="main" tabindex="-1" class="main main-alone">
                <ErrorSummary errors/>
                <a class="back" href=urls::step(&plan.id, step)>"Back to " {step.title()} " and keep their changes"</a>
                <h1 id=urls::TITLE tabindex="-1">"Someone else changed the same answer"</h1>
                <p class="intro">"Your other changes are saved. Choose which value to keep."</p>
                <form class="step-form conflict" method="post" action=action novalidate>
                    <input type="hidden" name="revision" value=plan.revision.to_string() autocomplete="off"/>
                    <input type="hidden" name="then" value=then/>
                    {fields.into_iter().map(|(name, value)| view! {
                        <input type="hidden" name=name value=value/>
                    }).collect_view()}
                    {contested.into_iter().enumerate().map(|(index, contested)| choice(index, step, contested)).collect_view()}
                    <div class="actions">
                        <button class="primary" name="action" value="resolve">"Save choice"</button>
                    </div>
                </form>
            </main>
        </Shell>
    }
    .into_any()
}

fn id(index: usize) -> String {
    format!("contested-{index}")
}

fn choice(index: usize, step: Step, contested: ConflictChoice) -> AnyView {
    let ConflictChoice { label, text, over } = contested;
    let id = id(index);
    let (part, base, mine, theirs) = match over {
        ConflictSubjectView::Secret(key) => return secret(id, steps::setting(&key), label, text),
        ConflictSubjectView::Answer { part, base, mine, theirs } => (part, base, mine, theirs),
    };
    let name = format!("keep.{}", part.name());
    let what = if part == DraftPart::Nodes { "table" } else { "value" };
    let radio = |value: &'static str, words: String, shown: Option<String>, checked: bool| {
        let id = format!("{id}{}", if checked { String::new() } else { format!("-{value}") });
        view! {
            <div class="radio">
                <input type="radio" id=id.clone() name=name.clone() value=value checked=checked/>
                <label for=id>
                    {words}
                    {shown.map(|text| view! { <span class="contested-value">{text_or_empty(text)}</span> })}
                </label>
            </div>
        }
    };
    view! {
        <fieldset class="field field-error">
            <legend class="label">{label}</legend>
            <p class="hint"><Sentence text=text/> " Before: " <span class="contested-value">{text_or_empty(base)}</span></p>
            {radio("theirs", "Keep theirs: ".to_owned(), Some(theirs), true)}
            {radio("mine", "Keep yours: ".to_owned(), Some(mine), false)}
            {radio("both", format!("Show both on the {} page and enter the {what} there", step.title()), None, false)}
        </fieldset>
    }
    .into_any()
}

fn text_or_empty(text: String) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { text }
}

/// The entered password is not kept: two people may have set it for two different accounts.
fn secret(id: String, setting: Option<&'static Setting>, label: String, change: TimedText) -> AnyView {
    let Some(setting) = setting else { return ().into_any() };
    let hint = format!("{id}-hint");
    let words = format!("Their value is kept. To use yours, enter the {} again.", label_in_sentence(setting.label));
    let input = if setting.control == Control::SecretPem {
        view! {
            <textarea class="pem" id=id.clone() name=setting.key rows="5" autocomplete="off" spellcheck="false" aria-describedby=hint.clone()></textarea>
        }
        .into_any()
    } else {
        view! {
            <input type="password" class="w-30" id=id.clone() name=setting.key autocomplete="new-password" autocapitalize="none" spellcheck="false" aria-describedby=hint.clone()/>
        }
        .into_any()
    };
    view! {
        <div class="field field-error">
            <label class="label" for=id>{label}</label>
            <p class="hint" id=hint><Sentence text=change/> " " {words}</p>
            {input}
        </div>
    }
    .into_any()
}
