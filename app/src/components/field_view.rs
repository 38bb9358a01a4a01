//! What a form field shows of its setting.

use domain::draft::Draft;
use domain::finding::{Finding, Severity};
use domain::presets;
use domain::setting::Setting;

use super::condition::VisibilityCondition;
use crate::view::{TimedText, at_field};

/// The data of a field.
#[derive(Clone, Debug)]
pub(crate) struct FieldView {
    /// The declaration.
    pub(crate) setting: &'static Setting,
    /// The id of the input, which errors link to.
    pub(crate) id: String,
    /// The name of the form field.
    pub(crate) name: String,
    /// The entered text; empty for a secret.
    pub(crate) text: String,
    /// Whether a secret is set.
    pub(crate) is_set: bool,
    /// What is wrong.
    pub(crate) error: Option<String>,
    /// Warnings and notes.
    pub(crate) notes: Vec<Finding>,
    /// The answers of another field that show it; `None` if it is always shown.
    pub(crate) condition: Option<VisibilityCondition>,
    /// Whether the current answers show it.
    pub(crate) shown: bool,
    /// Whether its answer shows or hides other fields of the page.
    pub(crate) decides: bool,
    /// The status of a secret that is set.
    pub(crate) status: Option<TimedText>,
    /// Whether it is read-only.
    pub(crate) read_only: bool,
    /// What the hint shows about the default.
    pub(crate) default: DefaultHint,
}

/// What a hint shows about the default of a setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DefaultHint {
    /// The default and its source.
    Default,
    /// Also that the value comes from the preset and has not been changed.
    ChosenByPreset,
    /// Nothing: an emptied field does not use the default.
    Emptied,
}

impl DefaultHint {
    fn of(setting: &Setting, draft: &Draft) -> Self {
        match draft.answers.get(setting.key).map(|text| text.trim()) {
            Some("") => Self::Emptied,
            Some(text)
                if Some(text) != setting.default
                    && !draft.visited.contains(&setting.step)
                    && presets::has_preset_value(setting.key, text) =>
            {
                Self::ChosenByPreset
            }
            _ => Self::Default,
        }
    }
}

impl FieldView {
    /// A field of a step, or of the node in `row`.
    pub(crate) fn new(
        setting: &'static Setting,
        row: Option<usize>,
        draft: &Draft,
        is_set: bool,
        findings: &[Finding],
    ) -> Self {
        let of_field = || at_field(findings, setting, row);
        let message = |finding: &Finding| (finding.severity == Severity::Blocks).then(|| finding.message());
        Self {
            setting,
            id: setting.field_id(row),
            name: row.map_or_else(|| setting.key.to_owned(), |row| format!("nodes.{row}.{}", setting.name)),
            text: if setting.control.is_secret() { String::new() } else { as_entered(draft, setting, row) },
            is_set,
            error: of_field().find_map(message),
            notes: of_field().filter(|finding| finding.severity != Severity::Blocks).cloned().collect(),
            condition: None,
            shown: true,
            decides: false,
            status: None,
            read_only: false,
            default: DefaultHint::of(setting, draft),
        }
    }

    /// The ids of the elements that describe the input, in reading order.
    pub(crate) fn described_by(&self) -> String {
        let mut ids = vec![format!("{}-hint", self.id)];
        ids.extend(self.error.is_some().then(|| format!("{}-error", self.id)));
        ids.extend((!self.notes.is_empty()).then(|| format!("{}-notes", self.id)));
        ids.extend(self.setting.control.is_secret().then(|| format!("{}-state", self.id)));
        ids.join(" ")
    }
}

/// The entered text with its white space; the default if nothing was entered, or only the default that belongs to
/// another answer.
fn as_entered(draft: &Draft, setting: &Setting, row: Option<usize>) -> String {
    let given = match row {
        Some(row) => draft.nodes.get(row).and_then(|node| node.get(setting.name)),
        None => draft.answers.get(setting.key),
    };
    match given {
        Some(text) if !setting.is_default_of_other(text.trim(), draft) => text.clone(),
        _ => setting.default_for(draft).to_owned(),
    }
}
