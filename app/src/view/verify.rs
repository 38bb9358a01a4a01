//! What the Verify page shows.

use domain::draft::Draft;

use super::{Assets, CheckPanelView, PlanHead, WizardProgress};

/// The Verify page.
#[derive(Clone, Debug)]
pub struct VerifyView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The progress of the steps.
    pub progress: WizardProgress,
    /// The answers: acceptances are among them.
    pub draft: Draft,
    /// The results.
    pub checks: CheckPanelView,
    /// The form, or why there is none.
    pub stage: VerifyStage,
}

/// What a person can start.
#[derive(Clone, Debug)]
pub enum VerifyStage {
    /// Nothing: they may only read results.
    ReadOnly,
    /// Nothing: problems block the plan.
    Blocked,
    /// Nothing: the plan has no keys, so the nodes cannot be recognised.
    WithoutKeys,
    /// A verification.
    Form(VerifyForm),
}

/// The form that starts a verification.
#[derive(Clone, Debug, Default)]
pub struct VerifyForm {
    /// The account that creates the test objects, as it was entered.
    pub username: String,
    /// Whether only the checks that create nothing were chosen.
    pub is_read_only: bool,
    /// Where the load balancer and the nodes answer. The form sends them back: the account is sent to these alone.
    pub addresses: Vec<String>,
    /// The text that was entered as the report of verify.sh.
    pub report: String,
    /// The ID of a field, and what is wrong with it.
    pub problem: Option<(&'static str, String)>,
}
