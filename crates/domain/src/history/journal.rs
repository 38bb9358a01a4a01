//! The journal of a plan: append-only entries of actions. It is both the log and the history of versions.

use serde::{Deserialize, Serialize};

use super::{PartChange, revert};
use crate::author::Author;
use crate::draft::Draft;
use crate::step::Step;

/// An action on a plan.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JournalAction {
    /// Created the plan.
    Create,
    /// Saved answers.
    Save,
    /// Accepted a warning, or withdrew the acceptance.
    Accept,
    /// Undid changes.
    Undo,
    /// Redid undone changes.
    Redo,
    /// Restored an older version.
    Restore,
    /// Named a version.
    Name,
    /// Generated the cluster's keys.
    MakeKeys,
    /// Started checks.
    StartChecks,
    /// Downloaded the bundle.
    Download,
    /// Confirmed the preparation of the databases.
    Prepare,
    /// Submitted a node report.
    Report,
    /// Created a share link.
    MakeLink,
    /// Opened a share link.
    OpenLink,
    /// Revoked a share link.
    RevokeLink,
    /// Wrote a comment: the note.
    Comment,
    /// Marked a comment as done: the one in the note.
    Done,
    /// An action of a later version of the program.
    #[serde(other)]
    Other,
}

impl JournalAction {
    /// The action, after the name of the actor: `saved`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Create => "created the plan",
            Self::Save => "changed",
            Self::Accept => "changed an acceptance",
            Self::Undo => "undid",
            Self::Redo => "redid",
            Self::Restore => "restored",
            Self::Name => "named a version",
            Self::MakeKeys => "generated the keys",
            Self::StartChecks => "started checks",
            Self::Download => "downloaded the bundle",
            Self::Prepare => "started preparing the databases",
            Self::Report => "submitted a node report",
            Self::MakeLink => "created a share link",
            Self::OpenLink => "opened a share link",
            Self::RevokeLink => "revoked a share link",
            Self::Comment => "commented on",
            Self::Done => "marked a comment as done on",
            Self::Other => "performed an action that this version of Clusterwright does not know",
        }
    }

    /// The stored and exported name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Save => "save",
            Self::Accept => "accept",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::Restore => "restore",
            Self::Name => "name",
            Self::MakeKeys => "make-keys",
            Self::StartChecks => "start-checks",
            Self::Download => "download",
            Self::Prepare => "prepare",
            Self::Report => "report",
            Self::MakeLink => "make-link",
            Self::OpenLink => "open-link",
            Self::RevokeLink => "revoke-link",
            Self::Comment => "comment",
            Self::Done => "done",
            Self::Other => "other",
        }
    }
}

/// A change of a secret, without its value.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SecretAction {
    /// The key of its setting.
    pub key: String,
    /// Whether it was set; otherwise, it was removed.
    pub set: bool,
}

/// One line of the log.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// The time, in Unix seconds.
    pub at: u64,
    /// The author.
    #[serde(flatten)]
    pub by: Author,
    /// The browser page of the action, so that a page is not notified of its own changes; `None` without a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The action.
    pub act: JournalAction,
    /// The step of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The version that it created; 0 for none. For [`JournalAction::Name`], the named version.
    #[serde(default)]
    pub revision: u64,
    /// The changes of answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PartChange>,
    /// The secrets that were set or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretAction>,
    /// The numbers of the entries whose changes were undone or redone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<u64>,
    /// Further text, such as the name of a version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl JournalEntry {
    /// Whether it created a version of the plan.
    #[must_use]
    pub fn is_version(&self) -> bool {
        self.revision > 0 && self.act != JournalAction::Name
    }
}

/// An entry with its number, from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JournalLine {
    /// Its number.
    pub number: u64,
    /// The entry.
    pub entry: JournalEntry,
}

/// The draft as it was in version `wanted`: `current`, which is version `revision`, with everything since undone.
/// `newest_first` holds the entries from the last one back. `None` where one of them is missing, or for a version that
/// does not exist.
#[must_use]
pub fn draft_at_version<'a>(
    current: &Draft,
    revision: u64,
    wanted: u64,
    newest_first: impl IntoIterator<Item = &'a JournalEntry>,
) -> Option<Draft> {
    let mut draft = current.clone();
    let mut at = revision;
    let mut versions = newest_first.into_iter().filter(|entry| entry.is_version());
    while at > wanted {
        // An entry newer than the loaded plan belongs to a concurrent save.
        let entry = versions.by_ref().find(|entry| entry.revision <= revision)?;
        if entry.revision != at {
            return None;
        }
        revert(&mut draft, &entry.changes);
        at -= 1;
    }
    (at == wanted && wanted > 0).then_some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_unchanged() {
        for stored in [
            r#"{"at":1,"by":"","act":"create","revision":1}"#,
            r#"{"at":1,"by":"Kasun","page":"7f3k","act":"save","step":"database","revision":2,"note":"x"}"#,
            r#"{"at":1,"by":"","via":"00ff","act":"undo","revision":3,"of":[2]}"#,
        ] {
            let entry: JournalEntry = serde_json::from_str(stored).unwrap();
            assert_eq!(serde_json::to_string(&entry).unwrap(), stored);
        }
    }
}
