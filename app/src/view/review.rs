//! What Review and the page about the keys show.

use std::collections::BTreeSet;

use domain::draft::Draft;
use domain::issues::Issues;

use super::{Assets, CheckPanelView, CommentsView, Moment, PlanHead, ProbesView, WizardProgress};

/// The review.
#[derive(Clone, Debug)]
pub struct ReviewView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The status of all steps.
    pub progress: WizardProgress,
    /// All answers and acceptances.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// The issues of the plan.
    pub issues: Issues,
    /// Whether this is the response to a blocked download (status 422). It shows the error summary.
    pub failed: bool,
    /// The live checks.
    pub checks: CheckPanelView,
    /// The node probes.
    pub probes: ProbesView,
    /// The first steps of the runbook, one sentence each; shown as what happens next.
    pub next: Vec<String>,
    /// Notices about the answers of the previous step, such as an address that was split.
    pub notices: Vec<String>,
    /// The comments on the plan and its steps.
    pub comments: CommentsView,
    /// The keys of the cluster.
    pub keys: KeysSummary,
}

/// The keys of a plan as pages show them.
#[derive(Clone, Debug, Default)]
pub struct KeysSummary {
    /// Whether the cluster of the plan already runs.
    pub is_running: bool,
    /// The keys; `None` if the plan has none.
    pub kept: Option<SavedKeys>,
}

/// The keys of a plan.
#[derive(Clone, Debug)]
pub struct SavedKeys {
    /// The SHA-256 fingerprint of the signing certificate.
    pub fingerprint: String,
    /// When they were created.
    pub made: Moment,
    /// Each certificate with its expiry date, and whether that is less than 30 days away or past.
    pub expiries: Vec<(String, String, bool)>,
}

/// The page about the keys.
#[derive(Clone, Debug)]
pub struct KeysView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The keys.
    pub keys: KeysSummary,
    /// The error of the last action: the id of its field, and what to do.
    pub problem: Option<(&'static str, String)>,
    /// The result of the last action.
    pub notices: Vec<String>,
}
