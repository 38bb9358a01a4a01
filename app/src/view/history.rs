//! What the pages about other people's changes show: the history of a plan, and a save that met somebody else's.

use domain::history::DraftPart;
use domain::step::Step;

use super::{Assets, Moment, PlanHead, Said};

/// The history of a plan.
#[derive(Clone, Debug, Default)]
pub struct HistoryView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// What was done, the newest first.
    pub lines: Vec<HistoryLine>,
    /// Where older lines go on: before this number.
    pub older: Option<u64>,
    /// Whether lines before the last one here were dropped.
    pub is_cut: bool,
    /// Two versions side by side.
    pub comparison: Option<VersionComparison>,
    /// What was done with the last press, or why not.
    pub notices: Vec<String>,
    /// Whether who looks may take back, name and restore.
    pub may_change: bool,
    /// What the history calls the owner who looks; `None` for who came by a link.
    pub own_name: Option<String>,
}

/// One line of the history.
#[derive(Clone, Debug, Default)]
pub struct HistoryLine {
    /// Who.
    pub who: String,
    /// By which link they came; empty for the owner.
    pub via: String,
    /// When.
    pub when: Moment,
    /// What they did.
    pub what: String,
    /// On which step; empty where on none.
    pub step: String,
    /// The version it led to.
    pub version: Option<u64>,
    /// The version before it.
    pub before: u64,
    /// The name of that version.
    pub name: String,
    /// Whether the plan is at this version now.
    pub is_current: bool,
    /// What changed.
    pub changes: Vec<ChangeView>,
    /// Secrets that were set or removed, as sentences.
    pub secrets: Vec<String>,
    /// What else there is to say.
    pub note: String,
}

/// One change as people read it.
#[derive(Clone, Debug, Default)]
pub struct ChangeView {
    /// What changed.
    pub label: String,
    /// What it was; empty for nothing.
    pub old: String,
    /// What it became; empty for nothing.
    pub new: String,
    /// How to take it back, as long as it stands.
    pub undo: Option<UndoRequest>,
}

/// What the button at a change sends.
#[derive(Clone, Debug, Default)]
pub struct UndoRequest {
    /// The number of the first entry.
    pub first: u64,
    /// The number of the last one.
    pub last: u64,
    /// The part, by the name it has in exports.
    pub part: String,
    /// Whether it makes again what was taken back.
    pub is_redo: bool,
}

/// Two versions side by side.
#[derive(Clone, Debug, Default)]
pub struct VersionComparison {
    /// The earlier one.
    pub from: u64,
    /// The later one.
    pub to: u64,
    /// What differs, by step.
    pub steps: Vec<(Step, Vec<ChangeView>)>,
    /// Why they cannot be compared; empty if they can.
    pub problem: String,
}

/// A save that met somebody else's.
#[derive(Clone, Debug)]
pub struct ConflictView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan; its revision is the one the choice is made on.
    pub plan: PlanHead,
    /// The step.
    pub step: Step,
    /// What two people changed.
    pub contested: Vec<ConflictChoice>,
    /// The fields of the form that was sent, but for secrets: they come along until the choice is made.
    pub fields: Vec<(String, String)>,
    /// Whether the form was sent by Continue.
    pub goes_on: bool,
    /// Whether it leads back to the review.
    pub return_to_review: bool,
}

/// One thing that two people changed.
#[derive(Clone, Debug)]
pub struct ConflictChoice {
    /// What it is called.
    pub label: String,
    /// `Kasun changed it at 12:05.`
    pub said: Said,
    /// What it is about.
    pub over: ConflictSubjectView,
}

/// What two people changed.
#[derive(Clone, Debug)]
pub enum ConflictSubjectView {
    /// An answer.
    Answer {
        /// Which.
        part: DraftPart,
        /// What it was when the page was drawn.
        base: String,
        /// What was entered here.
        mine: String,
        /// What they entered.
        theirs: String,
    },
    /// The secret of the setting with this key.
    Secret(String),
}

/// Beside a step: who is here, and what can be taken back.
#[derive(Clone, Debug, Default)]
pub struct Collaborators {
    /// This page, among all that are open.
    pub page: String,
    /// Who else is here, as a sentence; empty where nobody is.
    pub here: String,
    /// What somebody else changed a short while ago.
    pub changed: Option<ChangeNotice>,
    /// The number of the last line of the journal.
    pub after: u64,
    /// Whether something can be taken back on the step.
    pub can_undo: bool,
    /// Whether something can be made again.
    pub can_redo: bool,
    /// Whether who looks may read the history.
    pub may_read: bool,
}

/// What somebody else changed.
#[derive(Clone, Debug, Default)]
pub struct ChangeNotice {
    /// `Kasun changed Database host at 12:05.`
    pub said: Said,
    /// Where it can be seen.
    pub href: String,
}
