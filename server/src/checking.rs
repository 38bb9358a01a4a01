//! Runs checks for the wizard and the command line alike: those the answers decide here, the others by `probe`.

use std::sync::Arc;

use domain::check::{self, CheckEvent, CheckId, Reach};
use domain::cluster::judge;
use domain::draft::Draft;
use domain::inputs::Answers;
use domain::secret::Secrets;
use domain::step::Step;
use probe::Subject;
use probe::engine::Tools;
use tokio_util::sync::CancellationToken;

use crate::{clock, plans};

/// The checks of a step, or all, that can be decided here: those of a node need its probe.
#[must_use]
pub fn of_step(step: Option<Step>) -> Vec<CheckId> {
    let here = |id: &&CheckId| step.is_none_or(|step| id.spec().step == step) && id.spec().reach != Reach::Node;
    CheckId::ALL.iter().filter(here).copied().collect()
}

/// Runs `checks` as run number `run` and tells every event, until all are done or `cancel` is cancelled.
pub async fn run(
    draft: &Draft,
    secrets: &Secrets,
    checks: Vec<CheckId>,
    run: u64,
    tell: impl Fn(CheckEvent) + Send + Sync,
    cancel: CancellationToken,
) {
    let (answers, _) = Answers::read(draft, secrets);
    let judgement = judge(draft, secrets, &plans::evidence(draft, secrets));
    let decide = |id: CheckId| check::decide(id, &answers, &judgement.findings);
    let tools = Tools { clock: &clock::now, rules: &decide };
    let subject = Arc::new(Subject::new(answers.clone()));
    probe::run(run, checks, subject, tools, tell, cancel.cancelled()).await;
}
