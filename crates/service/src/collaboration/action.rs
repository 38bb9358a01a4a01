//! Who does something to a plan and what: as the journal records it.

use domain::author::Author;
use domain::draft::Draft;
use domain::history::journal::{JournalAction, JournalEntry, SecretAction};
use domain::history::{PartChange, diff};
use domain::step::Step;

/// The name of a page in a browser: at most 32 letters and digits of the `text` that the page sent, `None` if it sent none. It
/// is not a secret and proves nothing.
#[must_use]
pub fn page_name(text: &str) -> Option<String> {
    let name: String = text.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    Some(name).filter(|name| !name.is_empty())
}

/// Something that is being done to a plan, as the journal will tell it.
#[derive(Clone, Debug)]
pub struct PlanAction {
    /// The author.
    pub by: Author,
    /// The page in their browser ([`page_name`]).
    pub page: Option<String>,
    /// What.
    pub act: JournalAction,
    /// On the page of this step.
    pub step: Option<Step>,
    /// The numbers of the entries that this one reverts or restores.
    pub of: Vec<u64>,
    /// What else there is to say.
    pub note: String,
}

impl PlanAction {
    /// A plain one.
    #[must_use]
    pub fn new(by: Author, act: JournalAction) -> Self {
        Self { by, page: None, act, step: None, of: Vec::new(), note: String::new() }
    }

    /// The same on a step.
    #[must_use]
    pub fn on(self, step: Step) -> Self {
        Self { step: Some(step), ..self }
    }

    /// The line of a save that leads from one draft to another, at `revision`.
    pub fn entry(&self, at: i64, revision: i64, drafts: [&Draft; 2], secrets: Vec<SecretAction>) -> JournalEntry {
        self.to_entry(at, revision, diff(drafts[0], drafts[1]), secrets)
    }

    /// The line of an act that is no save.
    pub fn to_entry_without_changes(&self, at: u64) -> JournalEntry {
        self.to_entry(i64::try_from(at).unwrap_or(i64::MAX), 0, Vec::new(), Vec::new())
    }

    pub(crate) fn to_entry(
        &self,
        at: i64,
        revision: i64,
        changes: Vec<PartChange>,
        secrets: Vec<SecretAction>,
    ) -> JournalEntry {
        JournalEntry {
            at: u64::try_from(at).unwrap_or_default(),
            by: self.by.clone(),
            page: self.page.clone(),
            act: self.act,
            step: self.step,
            revision: u64::try_from(revision).unwrap_or_default(),
            changes,
            secrets,
            of: self.of.clone(),
            note: self.note.clone(),
        }
    }
}
