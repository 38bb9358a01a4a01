//! The progress that the rail of the steps shows.

use app::view::{StepStatus, WizardPage, WizardProgress};
use domain::check::Consequence;
use domain::issues::Issues;
use domain::step::Step;

use crate::http::error::RequestError;
use crate::http::state::AppState;
use service::plans::OpenPlan;
use store::PlanId;

/// What was reached with a plan in its present state.
#[derive(Clone, Copy)]
pub(crate) struct PlanMilestones {
    /// A bundle was downloaded.
    is_downloaded: bool,
    /// The deployed cluster passed a complete verification.
    is_verified: bool,
}

pub(crate) async fn milestones(site: &AppState, plan: PlanId) -> Result<PlanMilestones, RequestError> {
    let is_verified = site.log(plan).await?.report().is_verified();
    Ok(PlanMilestones { is_downloaded: site.plans.is_downloaded(plan).await?, is_verified })
}

/// The progress of the steps, for the page `current`.
pub(crate) fn progress_of(
    plan: &OpenPlan,
    issues: &Issues,
    current: WizardPage,
    reached: PlanMilestones,
) -> WizardProgress {
    let problems = |step: Step| issues.count(Consequence::BlocksDownload, Some(step));
    let state = |step: Step| {
        let is_here = current == WizardPage::Step(step);
        let is_visited = plan.draft.visited.contains(&step);
        match (problems(step), issues.count(Consequence::OpenTask, Some(step))) {
            (0, 0) if is_here && !is_visited => StepStatus::InProgress,
            (0, 0) => StepStatus::Completed,
            (0, tasks) => StepStatus::OpenTasks(tasks),
            (problems, _) if is_visited => StepStatus::Problems(problems),
            _ if is_here => StepStatus::InProgress,
            _ => StepStatus::NotStarted,
        }
    };
    let review = match (reached.is_downloaded && !issues.block_download(), current) {
        (true, _) => StepStatus::Completed,
        (false, WizardPage::Review) => StepStatus::InProgress,
        (false, WizardPage::Step(_) | WizardPage::Verify) => StepStatus::NotStarted,
    };
    let verify = match (issues.count(Consequence::OpenTask, Some(Step::Verify)), current) {
        (0, _) if reached.is_verified => StepStatus::Completed,
        (0, WizardPage::Verify) => StepStatus::InProgress,
        (0, _) => StepStatus::NotStarted,
        (tasks, _) => StepStatus::OpenTasks(tasks),
    };
    WizardProgress { steps: Step::ALL.map(state), review, verify }
}
