//! Writing a plan file: every applicable setting in the order of the pages, without secrets.

use std::fmt::Write as _;

use super::quote::quoted;
use super::{PLAN_FORMAT, milestones};
use crate::draft::{Acceptance, Draft};
use crate::secret::Secrets;
use crate::setting::Setting;
use crate::step::Step;
use crate::steps;
use crate::value::Control;

/// The plan as a file. Secrets are omitted; comments state whether they are set.
#[must_use]
pub fn write(draft: &Draft, secrets: &Secrets) -> String {
    let set: Vec<&str> = secrets.settings().collect();
    write_with(draft, |key| set.contains(&key))
}

fn write_with(draft: &Draft, is_set: impl Fn(&str) -> bool) -> String {
    let mut text = String::from(
        "# A plan of Clusterwright, without secrets: add them as a value, { env = \"NAME\" } or { file = \"path\" }.\n",
    );
    // Writing to a String cannot fail.
    let _ = writeln!(text, "format = {PLAN_FORMAT}");
    if !draft.title.is_empty() {
        let _ = writeln!(text, "title = {}", quoted(&draft.title));
    }
    for step in Step::ALL {
        let _ = writeln!(text, "\n[{}]", step.table());
        for setting in steps::settings(step) {
            line(&mut text, setting, draft, None, &is_set);
        }
        if step == Step::Clustering {
            for row in 0..draft.nodes.len() {
                text.push_str("\n[[clustering.nodes]]\n");
                for setting in steps::node_settings() {
                    line(&mut text, setting, draft, Some(row), &is_set);
                }
            }
        }
    }
    if !draft.accepted.is_empty() {
        text.push_str("\n# Accepted warnings and open tasks, with reason, name and time.\n[accepted]\n");
        for (code, Acceptance { reason, by, on }) in &draft.accepted {
            let [reason, by, on] = [reason, by, on].map(|text| quoted(text));
            // A setting's key has a dot, which TOML would read as a table.
            let key = if code.contains('.') { quoted(code) } else { code.clone() };
            let _ = writeln!(text, "{key} = {{ reason = {reason}, by = {by}, on = {on} }}");
        }
    }
    milestones::write(&mut text, &draft.milestones);
    text
}

fn line(text: &mut String, setting: &Setting, draft: &Draft, row: Option<usize>, is_set: &impl Fn(&str) -> bool) {
    if !(setting.shown)(draft) {
        return;
    }
    if setting.control.is_secret() {
        let state = if is_set(setting.key) { "set in the wizard" } else { "missing" };
        let _ = writeln!(text, "# {}: {state}", setting.name);
        return;
    }
    let answer = draft.answer(setting, row);
    // An empty text is written only if it has a meaning: an emptied default.
    if answer.is_empty() && setting.default.is_none() {
        return;
    }
    let number = matches!(setting.control, Control::Number(_)) && is_plain_number(answer);
    let value = if number { answer.to_owned() } else { quoted(answer) };
    let _ = writeln!(text, "{} = {value}", setting.name);
}

/// Whether TOML reads the digits as the same whole number: no leading zero, within 64 bits.
pub(super) fn is_plain_number(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan_file::read;

    proptest! {
        /// Every text, also one that no rule accepts, is read from the file unchanged.
        #[test]
        fn any_text_survives(host in "\\PC{0,60}|[\\x00-\\x7f]{0,40}", name in "\\PC{0,20}", title in "\\PC{0,20}") {
            let mut draft = Draft { title, ..Draft::default() };
            draft.set("database.host", host.clone());
            draft.nodes.push([("name".to_owned(), name.clone())].into());
            let text = write(&draft, &Secrets::new());
            let file = read(&text).map_err(|problems| TestCaseError::fail(format!("{problems:?}\n{text}")))?;
            prop_assert_eq!(&file.draft.title, &draft.title);
            prop_assert_eq!(file.draft.text("database.host"), draft.text("database.host"));
            let setting = &steps::node_settings()[0];
            prop_assert_eq!(file.draft.answer(setting, Some(0)), draft.answer(setting, Some(0)));
        }
    }

    #[test]
    fn a_secret_is_only_reported_as_set() {
        let mut secrets = Secrets::new();
        secrets.insert("database.password", crate::secret::Secret::new("canary-9"));
        let text = write(&Draft::default(), &secrets);
        assert!(text.contains("# password: set in the wizard"), "{text}");
        assert!(!text.contains("canary"));
    }
}
