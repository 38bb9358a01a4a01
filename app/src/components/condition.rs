//! The answers that show a field, found by evaluating the rule of its setting.
//!
//! The rule is code ([`Setting::shown`]) and stays on the server; the browser gets its result for each answer of the
//! one choice on the page that decides. If no choice of the page decides, only the server shows or hides the field.

use domain::draft::Draft;
use domain::setting::Setting;
use domain::value::Control;

/// A choice of the page, and the answers with which a field is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VisibilityCondition {
    /// The key of the choice: the name of its form field.
    pub(crate) key: &'static str,
    /// The answers, separated by spaces.
    pub(crate) answers: String,
}

/// The condition of `setting`, if a choice among `settings` decides whether it is shown.
pub(crate) fn condition(setting: &Setting, settings: &'static [Setting], draft: &Draft) -> Option<VisibilityCondition> {
    settings.iter().find_map(|choice| {
        let Control::Choice(choices) = choice.control else { return None };
        let shown_with = |answer: &str| {
            let mut supposed = draft.clone();
            supposed.set(choice.key, answer);
            (setting.shown)(&supposed)
        };
        let answers: Vec<_> = choices.iter().map(|choice| choice.value).filter(|answer| shown_with(answer)).collect();
        let decides = !answers.is_empty() && answers.len() < choices.len();
        decides.then(|| VisibilityCondition { key: choice.key, answers: answers.join(" ") })
    })
}

/// Whether the answer to `choice` shows or hides other fields of the page.
pub(crate) fn decides(choice: &Setting, settings: &'static [Setting], draft: &Draft) -> bool {
    settings.iter().any(|setting| condition(setting, settings, draft).is_some_and(|found| found.key == choice.key))
}

#[cfg(test)]
mod tests {
    use domain::step::Step;
    use domain::steps::{setting, settings};

    use super::*;

    #[test]
    fn a_field_names_the_choice_that_shows_it() {
        let draft = Draft::default();
        let of = |key| condition(setting(key).unwrap(), settings(setting(key).unwrap().step), &draft);
        let tls = VisibilityCondition { key: "database.tls", answers: "verify-ca".to_owned() };
        assert_eq!(of("database.ca_certificate"), Some(tls));
        assert_eq!(of("clustering.aws_region").map(|found| found.answers), Some("aws aws-ecs".to_owned()));
        assert_eq!(of("database.host"), None);
        assert_eq!(of("database.agent_db"), None, "another page decides");
        assert!(decides(setting("database.tls").unwrap(), settings(Step::Database), &draft));
        assert!(!decides(setting("database.charset").unwrap(), settings(Step::Database), &draft));
    }
}
