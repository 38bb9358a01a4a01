//! What the start page and the deletion of a plan show.

use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// The start page.
#[derive(Clone, Debug, Default)]
pub struct StartView {
    /// The files it loads.
    pub assets: Assets,
    /// The plans kept here, newest change first.
    pub plans: Vec<PlanEntry>,
    /// Whether there are more plans than these.
    pub more: bool,
    /// Why an opened file was not taken (status 422).
    pub problems: Vec<OpenProblem>,
    /// The name of that file.
    pub file: String,
}

/// A plan in the list of the start page.
#[derive(Clone, Debug, Default)]
pub struct PlanEntry {
    /// The plan's part of the address.
    pub id: String,
    /// What the operator calls it; may be empty.
    pub title: String,
    /// When it was changed.
    pub changed: Moment,
    /// A few words about it: `IS 7.3.0, 3 nodes`.
    pub about: String,
    /// The step where it goes on; `None` leads to the review.
    pub open: Option<Step>,
    /// Whether its answers can be read: otherwise it can only be deleted.
    pub readable: bool,
}

/// A problem of a file that was opened.
#[derive(Clone, Debug, Default)]
pub struct OpenProblem {
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is the case and what to do.
    pub message: String,
}

/// A plan that is about to be deleted.
#[derive(Clone, Debug, Default)]
pub struct DeleteView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
}
