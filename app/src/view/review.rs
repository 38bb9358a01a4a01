//! What Review and the page about the keys show.

use std::collections::BTreeSet;

use domain::draft::Draft;
use domain::issues::Issues;

use super::{Assets, CheckPanelView, CommentsView, Moment, PlanHead, ProbesView, WizardProgress};

/// The review.
#[derive(Clone, Debug)]
pub struct ReviewView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// Where the steps stand.
    pub progress: WizardProgress,
    /// All answers, and the warnings that were accepted.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// Everything that stands between the plan and its cluster.
    pub issues: Issues,
    /// Whether this answers a download that was refused (status 422): shows the error summary.
    pub failed: bool,
    /// The live checks.
    pub checks: CheckPanelView,
    /// What the nodes' probes said.
    pub probes: ProbesView,
    /// What the runbook begins with, one sentence a step; shown as what happens next.
    pub next: Vec<String>,
    /// What was done with the answers of the step before, such as an address that was taken apart.
    pub notices: Vec<String>,
    /// What people wrote about the plan and its steps.
    pub comments: CommentsView,
    /// The keys of the cluster.
    pub keys: KeysSummary,
}

/// The keys of a plan as pages show them.
#[derive(Clone, Debug, Default)]
pub struct KeysSummary {
    /// Whether the plan says that its cluster runs.
    pub is_running: bool,
    /// What is known of the keys; `None` where the plan has none.
    pub kept: Option<SavedKeys>,
}

/// Keys that a plan has.
#[derive(Clone, Debug)]
pub struct SavedKeys {
    /// SHA-256 fingerprint of the signing certificate.
    pub fingerprint: String,
    /// When they were created.
    pub made: Moment,
    /// Each certificate with the day it expires, and whether that is less than 30 days away or past.
    pub expiries: Vec<(String, String, bool)>,
}

/// The page about the keys.
#[derive(Clone, Debug)]
pub struct KeysView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// What is known of the keys.
    pub keys: KeysSummary,
    /// What was wrong with the last action: the id of its field, and what to do.
    pub problem: Option<(&'static str, String)>,
    /// What the last action did.
    pub notices: Vec<String>,
}
