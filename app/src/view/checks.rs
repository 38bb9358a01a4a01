//! What pages show of checks and acceptances.

use domain::acceptance::AcceptanceKey;
use domain::check::{CheckId, CheckReport};
use domain::draft::{Acceptance, Draft};
use domain::moment::UtcOffset;
use domain::rights::Permission;
use domain::step::Step;

use super::{Assets, PlanHead};
use crate::wire::CheckContext;

/// The check panel: the current report, and where the stream continues.
#[derive(Clone, Debug, Default)]
pub struct CheckPanelView {
    /// All checks of the plan; a step shows only its own.
    pub report: CheckReport,
    /// The id of the last event in the report; empty before the first.
    pub last_event: String,
    /// The server's time zone.
    pub zone: UtcOffset,
    /// The current day in that time zone, in days since 1 January 1970.
    pub today: i64,
}

impl CheckPanelView {
    /// What the panel of the page `scope` (a step's slug, or `all`) shows in addition to the report.
    pub(crate) fn context(&self, plan: &PlanHead, scope: &str, draft: &Draft) -> CheckContext {
        let only = Step::from_slug(scope);
        let is_of_page =
            |key: &str| only.is_none() || AcceptanceKey::parse(key).is_some_and(|key| Some(key.step()) == only);
        let accepted = draft.accepted.iter().filter(|(code, _)| is_of_page(code));
        CheckContext {
            plan: plan.id.clone(),
            scope: scope.to_owned(),
            ahead: self.zone.ahead,
            today: self.today,
            accepted: accepted.map(|(code, acceptance)| (code.clone(), acceptance.to_string())).collect(),
            may_run: plan.may_some(Permission::RunChecks),
            may_accept: plan.may(Permission::AcceptWarning),
        }
    }
}

/// The documentation of checks: of all, or of one.
#[derive(Clone, Debug, Default)]
pub struct CheckDocView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The check; `None` for all.
    pub check: Option<CheckId>,
}

/// The page that accepts a warning or an open task.
#[derive(Clone, Debug)]
pub struct AcceptView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// What the acceptance is about.
    pub key: AcceptanceKey,
    /// The current results: outcome, subject and current value, one line each.
    pub results: Vec<String>,
    /// The page to return to: a step's slug, or `all` for the review.
    pub from: String,
    /// The reason of an earlier acceptance.
    pub accepted: Option<Acceptance>,
    /// Whether this is the response to a form without a reason (status 422).
    pub failed: bool,
}
