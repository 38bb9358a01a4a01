//! The view models of the history of a plan, of conflicts, and of other people on a plan.

use domain::history::DraftPart;
use domain::sharing::LinkId;
use domain::step::Step;

use super::{Assets, Moment, PlanHead, TimedText};

/// The history of a plan.
#[derive(Clone, Debug, Default)]
pub struct HistoryView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The entries, newest first.
    pub lines: Vec<HistoryLine>,
    /// The number before which older entries continue.
    pub older: Option<u64>,
    /// Whether entries before the last one here were deleted.
    pub is_cut: bool,
    /// The comparison of two versions.
    pub comparison: Option<VersionComparison>,
    /// The result of the last action, or why it failed.
    pub notices: Vec<String>,
    /// Whether the actor may undo, name and restore.
    pub may_change: bool,
    /// The name of the owner in the history; `None` for a visitor.
    pub own_name: Option<String>,
}

/// One entry of the history.
#[derive(Clone, Debug, Default)]
pub struct HistoryLine {
    /// The actor.
    pub author: String,
    /// The share link of a visitor.
    pub link: Option<LinkId>,
    /// When.
    pub when: Moment,
    /// The action.
    pub what: String,
    /// The step; empty for the whole plan.
    pub step: String,
    /// The resulting version.
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
    /// Further details.
    pub note: String,
}

/// One change.
#[derive(Clone, Debug, Default)]
pub struct ChangeView {
    /// What changed.
    pub label: String,
    /// The old value; may be empty.
    pub old: String,
    /// The new value; may be empty.
    pub new: String,
    /// How to undo it, if it is still in effect.
    pub undo: Option<UndoRequest>,
}

/// The fields that the button of a change sends.
#[derive(Clone, Debug, Default)]
pub struct UndoRequest {
    /// The number of the first entry.
    pub first: u64,
    /// The number of the last one.
    pub last: u64,
    /// The part, by its name in exports.
    pub part: String,
    /// Whether it redoes an undone change.
    pub is_redo: bool,
}

/// The comparison of two versions.
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

/// A save with a conflict.
#[derive(Clone, Debug)]
pub struct ConflictView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan; the choice is based on its revision.
    pub plan: PlanHead,
    /// The step.
    pub step: Step,
    /// The conflicts.
    pub contested: Vec<ConflictChoice>,
    /// The fields of the submitted form without secrets; the choice submits them again.
    pub fields: Vec<(String, String)>,
    /// Whether Continue submitted the form.
    pub goes_on: bool,
    /// Whether it returns to the review.
    pub return_to_review: bool,
}

/// One conflict.
#[derive(Clone, Debug)]
pub struct ConflictChoice {
    /// Its label.
    pub label: String,
    /// `Kasun changed it at 12:05.`
    pub text: TimedText,
    /// Its subject.
    pub over: ConflictSubjectView,
}

/// The subject of a conflict.
#[derive(Clone, Debug)]
pub enum ConflictSubjectView {
    /// An answer.
    Answer {
        /// The part of the draft.
        part: DraftPart,
        /// The value when the page was rendered.
        base: String,
        /// The value of this actor.
        mine: String,
        /// The value of the other actor.
        theirs: String,
    },
    /// The secret of the setting with this key.
    Secret(String),
}

/// Other people on a plan, and whether changes of the step can be undone.
#[derive(Clone, Debug, Default)]
pub struct Collaborators {
    /// The id of this page among all open pages.
    pub page: String,
    /// The people who have the plan open, as a sentence; empty if there are none.
    pub here: String,
    /// A recent change of another actor.
    pub changed: Option<ChangeNotice>,
    /// The number of the last entry of the journal.
    pub after: u64,
    /// Whether a change of the step can be undone.
    pub can_undo: bool,
    /// Whether a change of the step can be redone.
    pub can_redo: bool,
    /// Whether the actor may read the history.
    pub may_read: bool,
}

/// A change of another actor.
#[derive(Clone, Debug, Default)]
pub struct ChangeNotice {
    /// `Kasun changed Database host at 12:05.`
    pub text: TimedText,
    /// The URL of the changed answer.
    pub href: String,
}
