//! What pages show of checks and acceptances.

use domain::acceptance::AcceptanceKey;
use domain::check::{CheckId, CheckReport};
use domain::draft::{Acceptance, Draft};
use domain::moment::UtcOffset;
use domain::rights::Permission;
use domain::step::Step;

use super::{Assets, PlanHead};
use crate::wire::CheckContext;

/// The check panel: what is known, and from where the stream goes on.
#[derive(Clone, Debug, Default)]
pub struct CheckPanelView {
    /// All of the plan's checks; a step shows its own.
    pub report: CheckReport,
    /// The id of the last event that is in the report; empty before the first.
    pub last_event: String,
    /// The server's clocks.
    pub zone: UtcOffset,
    /// The day there, counted from that of 1970's first.
    pub today: i64,
}

impl CheckPanelView {
    /// What the panel of the page `scope` (a step's slug, or `all`) tells beside the report.
    pub(crate) fn context(&self, plan: &PlanHead, scope: &str, draft: &Draft) -> CheckContext {
        let only = Step::from_slug(scope);
        let here = |key: &str| only.is_none() || AcceptanceKey::parse(key).is_some_and(|key| Some(key.step()) == only);
        let accepted = draft.accepted.iter().filter(|(code, _)| here(code));
        CheckContext {
            plan: plan.id.clone(),
            scope: scope.to_owned(),
            ahead: self.zone.ahead,
            today: self.today,
            accepted: accepted.map(|(code, why)| (code.clone(), why.to_string())).collect(),
            may_run: plan.may_some(Permission::RunChecks),
            may_accept: plan.may(Permission::AcceptWarning),
        }
    }
}

/// The documentation of checks: of all, or of one.
#[derive(Clone, Debug, Default)]
pub struct CheckDocView {
    /// The files it loads.
    pub assets: Assets,
    /// The check; without one, all.
    pub check: Option<CheckId>,
}

/// The page that accepts a warning or an open task.
#[derive(Clone, Debug)]
pub struct AcceptView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// What the acceptance is about.
    pub key: AcceptanceKey,
    /// What it says now: outcome, subject and current value as one line each.
    pub says: Vec<String>,
    /// The page it leads back to: a step's slug, or `all` for the review.
    pub from: String,
    /// Why it was accepted already.
    pub accepted: Option<Acceptance>,
    /// Whether this answers a form without a reason (status 422).
    pub failed: bool,
}
