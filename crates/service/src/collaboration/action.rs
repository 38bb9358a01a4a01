//! Who does something to a plan and what: as the journal records it.

use domain::draft::Draft;
use domain::history::journal::{JournalAction, JournalEntry, SecretAction};
use domain::history::{PartChange, diff};
use domain::step::Step;

use crate::access::actor::Actor;

/// Who does something, and on which page of theirs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Author {
    /// What they are called; empty for the owner who did not say.
    pub name: String,
    /// The id of the link they came by; empty for the owner.
    pub via: String,
    /// The page in their browser; empty where it is not known. Not a secret and no proof of anything.
    pub page: String,
}

impl Author {
    /// A person, on no page that is known.
    #[must_use]
    pub fn actor(person: &Actor) -> Self {
        Self { name: person.name.clone(), via: person.via.clone(), page: String::new() }
    }

    /// The program itself.
    #[must_use]
    pub fn program() -> Self {
        Self { name: "Clusterwright".to_owned(), ..Self::default() }
    }

    /// The same, on this page: at most 32 letters and digits of what the page said.
    #[must_use]
    pub fn on_page(self, page: &str) -> Self {
        Self { page: page.chars().filter(char::is_ascii_alphanumeric).take(32).collect(), ..self }
    }
}

/// The display name of an actor.
#[must_use]
pub fn display_name(name: &str, via: &str) -> String {
    match (name, via) {
        ("", "") => "Owner".to_owned(),
        ("", _) => "Someone with a link".to_owned(),
        (name, _) => name.to_owned(),
    }
}

/// The display name of an actor where no link is named next to it: a visitor is never mistaken for the owner or the
/// program.
#[must_use]
pub fn display_name_with_link_mark(name: &str, via: &str) -> String {
    match (name, via) {
        (name, via) if name.is_empty() || via.is_empty() => display_name(name, via),
        (name, _) => format!("{name} (by link)"),
    }
}

/// Whether a name is that of the owner, of the program or of a probe, in any spelling: no one else may have it.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let letters: String = name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    ["owner", "clusterwright", "somebodywithalink"].contains(&letters.as_str())
        || letters.starts_with("probeof")
        || letters.starts_with("theowner")
}

/// Something that is being done to a plan, as the journal will tell it.
#[derive(Clone, Debug)]
pub struct PlanAction {
    /// Who.
    pub by: Author,
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
        Self { by, act, step: None, of: Vec::new(), note: String::new() }
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
            by: self.by.name.clone(),
            via: self.by.via.clone(),
            page: self.by.page.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_is_marked_and_takes_no_name_of_others() {
        assert_eq!(display_name_with_link_mark("Owner", "7f3k"), "Owner (by link)");
        assert_eq!(display_name_with_link_mark("", "7f3k"), "Someone with a link");
        assert_eq!(
            (display_name_with_link_mark("", ""), display_name_with_link_mark("Kasun", "")),
            ("Owner".to_owned(), "Kasun".to_owned())
        );
        for name in ["Owner", " OWNER ", "o.w.n.e.r", "Clusterwright", "cluster wright", "Probe of is-1", "The owner"] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["", "Ruwan", "Owen", "Product owner", "Downer"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
