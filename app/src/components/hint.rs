//! The line between label and input: WSO2's term, its meaning, the default and its source.

use domain::setting::Setting;
use domain::value::Control;
use leptos::prelude::*;

use super::field_view::DefaultHint;

/// The meaning of a setting, with its default or an example.
#[component]
pub(crate) fn Hint(setting: &'static Setting, id: String, default: DefaultHint) -> impl IntoView {
    let (term, meaning) = split_term(setting.help);
    let label = |value: &'static str| match setting.control {
        Control::Choice(choices) => {
            choices.iter().find(|choice| choice.value == value).map_or(value, |choice| choice.label)
        }
        _ => value,
    };
    let has_example = matches!(setting.control, Control::Text(_) | Control::Number(_));
    view! {
        <p class="hint" id=id>
            {term.map(|term| view! { <code>{term}</code> ": " })}
            {meaning}
            {(default == DefaultHint::ChosenByPreset).then(|| view! { " " <b>"Chosen by the preset."</b> })}
            {match setting.default.filter(|_| default != DefaultHint::Emptied) {
                Some(_) if setting.follows.is_some() => view! { " " <span class="default">"Default: " {followed(setting)} " (" {setting.source} ")"</span> }.into_any(),
                Some(default) => view! { " " <span class="default">"Default: " <b>{label(default)}</b> " (" {setting.source} ")"</span> }.into_any(),
                None if has_example => view! { " " <span class="default">"For example " <code>{setting.examples[0]}</code></span> }.into_any(),
                None => ().into_any(),
            }}
        </p>
    }
    .into_any()
}

/// Defaults that depend on another setting: `1.22 for NGINX_DIRECTIVES, 2.6 for HAProxy`.
fn followed(setting: &Setting) -> String {
    let Some(follows) = setting.follows else { return String::new() };
    let label = |answer: &str| match domain::steps::setting(follows.key).map(|other| other.control) {
        Some(Control::Choice(choices)) => {
            choices.iter().find(|choice| choice.value == answer).map_or(String::new(), |choice| choice.label.to_owned())
        }
        _ => answer.to_owned(),
    };
    let one = |(answer, default): &(&str, &str)| format!("{default} for {}", label(answer));
    follows.defaults.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Splits help that begins with WSO2's term: `hostname: the name clients use.`
pub(crate) fn split_term(help: &'static str) -> (Option<&'static str>, &'static str) {
    let is_term = |text: &str| {
        text.split(' ').count() <= 2
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_[]*-. ".contains(letter))
    };
    match help.split_once(": ") {
        Some((term, meaning)) if is_term(term) => (Some(term), meaning),
        _ => (None, help),
    }
}

pub(crate) use domain::setting::label_in_sentence;

#[cfg(test)]
mod tests {
    use super::{label_in_sentence, split_term};

    #[test]
    fn only_the_first_letter_of_a_label_becomes_lower_case() {
        assert_eq!(label_in_sentence("Database CA certificate"), "database CA certificate");
        assert_eq!(label_in_sentence("IS version"), "IS version");
        assert_eq!(label_in_sentence("Kubernetes namespace"), "Kubernetes namespace");
    }

    #[test]
    fn only_a_term_is_split_off() {
        assert_eq!(split_term("[server] hostname: the name."), (Some("[server] hostname"), "the name."));
        assert_eq!(split_term("Where MySQL answers: here."), (None, "Where MySQL answers: here."));
        assert_eq!(split_term("MySQL's TCP port."), (None, "MySQL's TCP port."));
    }
}
