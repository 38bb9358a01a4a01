//! What pages show of comments.

use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// The comments beside a step, or all of a plan on its review.
#[derive(Clone, Debug, Default)]
pub struct CommentsView {
    /// The step; `None` on the review.
    pub step: Option<Step>,
    /// The oldest first.
    pub lines: Vec<CommentLine>,
    /// Whether there may be older ones.
    pub is_full: bool,
    /// Whether who looks may write one here.
    pub may_write: bool,
}

/// A comment.
#[derive(Clone, Debug, Default)]
pub struct CommentLine {
    /// Its number.
    pub number: u64,
    /// Who.
    pub who: String,
    /// When.
    pub when: Moment,
    /// The step; `None` for the plan as a whole.
    pub step: Option<Step>,
    /// What it says, in lines.
    pub text: String,
    /// Whether what it asks for is done.
    pub is_done: bool,
    /// Whether who looks may mark it as done.
    pub may_mark: bool,
}

/// The page of a comment that was not taken.
#[derive(Clone, Debug, Default)]
pub struct CommentView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The step; `None` for the plan as a whole.
    pub step: Option<Step>,
    /// What was entered.
    pub text: String,
    /// What to do.
    pub problem: String,
}
