//! What the start page and the deletion of a plan show.

use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// The start page.
#[derive(Clone, Debug, Default)]
pub struct StartView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The saved plans, most recently changed first.
    pub plans: Vec<PlanEntry>,
    /// Whether more plans exist than these.
    pub more: bool,
    /// Why a file was rejected (status 422).
    pub problems: Vec<OpenProblem>,
    /// The name of that file.
    pub file: String,
}

/// A plan in the list of the start page.
#[derive(Clone, Debug, Default)]
pub struct PlanEntry {
    /// The id of the plan in URLs.
    pub id: String,
    /// The name of the plan; may be empty.
    pub title: String,
    /// When it was changed.
    pub changed: Moment,
    /// A short description: `IS 7.3.0, 3 nodes`.
    pub about: String,
    /// The step at which to continue; `None` for the review.
    pub open: Option<Step>,
    /// Whether its answers can be read; otherwise it can only be deleted.
    pub readable: bool,
}

/// A problem of a file that was opened.
#[derive(Clone, Debug, Default)]
pub struct OpenProblem {
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// The confirmation before a plan is deleted.
#[derive(Clone, Debug, Default)]
pub struct DeleteView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
}
