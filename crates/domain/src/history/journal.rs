//! Who did what to a plan: entries that are only ever added. They are the log and the history of versions in one.

use serde::{Deserialize, Serialize};

use super::{PartChange, revert};
use crate::draft::Draft;
use crate::step::Step;

/// What somebody did.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JournalAction {
    /// Made the plan.
    Create,
    /// Saved answers.
    Save,
    /// Accepted a warning, or took that back.
    Accept,
    /// Took changes back.
    Undo,
    /// Made changes again that were taken back.
    Redo,
    /// Brought an older version back.
    Restore,
    /// Gave a version a name.
    Name,
    /// Made the cluster's keys.
    MakeKeys,
    /// Started checks.
    StartChecks,
    /// Downloaded the bundle.
    Download,
    /// Said yes to preparing the databases.
    Prepare,
    /// Handed in what a probe said.
    Report,
    /// Made a share link.
    MakeLink,
    /// Opened a share link.
    OpenLink,
    /// Revoked a share link.
    RevokeLink,
    /// Wrote a comment: the note.
    Comment,
    /// Marked a comment as done: the one in the note.
    Done,
    /// What a later version of the program knows.
    #[serde(other)]
    Other,
}

impl JournalAction {
    /// What was done, after the name of who did it: `saved`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Create => "made the plan",
            Self::Save => "changed",
            Self::Accept => "decided about a warning",
            Self::Undo => "undid",
            Self::Redo => "redid",
            Self::Restore => "restored",
            Self::Name => "named a version",
            Self::MakeKeys => "made the keys",
            Self::StartChecks => "started checks",
            Self::Download => "downloaded the bundle",
            Self::Prepare => "began to prepare the databases",
            Self::Report => "handed in a probe's report",
            Self::MakeLink => "made a link",
            Self::OpenLink => "opened a link",
            Self::RevokeLink => "revoked a link",
            Self::Comment => "commented on",
            Self::Done => "marked as done a comment on",
            Self::Other => "did something that this version of Clusterwright does not know",
        }
    }

    /// The word it is kept and exported as.
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

/// What became of a secret. Its value is nobody's business here.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SecretAction {
    /// The key of its setting.
    pub key: String,
    /// Whether it was set; otherwise it was removed.
    pub set: bool,
}

/// One line of the log.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// When, in unix seconds.
    pub at: u64,
    /// Who, as they are called.
    pub by: String,
    /// The id of the link they came by; empty for the owner.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub via: String,
    /// The page of the browser it was done on, so that a page is not told of its own doing; empty where none was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub page: String,
    /// What they did.
    pub act: JournalAction,
    /// The step whose page it was done on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The version it made; 0 where it made none. For [`JournalAction::Name`] the version that got the name.
    #[serde(default)]
    pub revision: u64,
    /// What changed in the answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PartChange>,
    /// Which secrets were set or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretAction>,
    /// The numbers of the entries whose changes were taken back or made again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<u64>,
    /// What else there is to say, such as the name of a version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl JournalEntry {
    /// Whether it made a version of the plan.
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
    /// What it says.
    pub entry: JournalEntry,
}

/// The draft as it was in version `wanted`: `current`, which is version `revision`, with everything since undone.
/// `newest_first` holds the entries from the last one back. `None` where one of them is missing, or for a version that
/// is none.
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
        // An entry later than the plan that was read belongs to a save that came meanwhile.
        let entry = versions.by_ref().find(|entry| entry.revision <= revision)?;
        if entry.revision != at {
            return None;
        }
        revert(&mut draft, &entry.changes);
        at -= 1;
    }
    (at == wanted && wanted > 0).then_some(draft)
}
