//! The view models of comments.

use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// The comments on a step, or all of a plan on its review.
#[derive(Clone, Debug, Default)]
pub struct CommentsView {
    /// The step; `None` on the review.
    pub step: Option<Step>,
    /// The comments, oldest first.
    pub lines: Vec<CommentLine>,
    /// Whether older ones may exist.
    pub is_full: bool,
    /// Whether the actor may comment here.
    pub may_write: bool,
}

/// A comment.
#[derive(Clone, Debug, Default)]
pub struct CommentLine {
    /// Its number.
    pub number: u64,
    /// The name of the author.
    pub author: String,
    /// When.
    pub when: Moment,
    /// The step; `None` for the plan as a whole.
    pub step: Option<Step>,
    /// Its text.
    pub text: String,
    /// Whether it is marked as done.
    pub is_done: bool,
    /// Whether the actor may mark it as done.
    pub may_mark: bool,
}

/// The page of a rejected comment.
#[derive(Clone, Debug, Default)]
pub struct CommentView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The step; `None` for the plan as a whole.
    pub step: Option<Step>,
    /// The entered text.
    pub text: String,
    /// The error, and what to do.
    pub problem: String,
}
