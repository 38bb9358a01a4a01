//! Runs checks for the wizard and the command line alike: those the answers decide here, those of a node from its
//! report, the others by `probe`.

use std::sync::Arc;

use domain::audit::{ExpectedNode, audit};
use domain::check::{self, CheckEvent, CheckId, CheckResult, Reach};
use domain::cluster::{Cluster, judge};
use domain::draft::Draft;
use domain::finding::Finding;
use domain::inputs::Answers;
use domain::node_report::{self, Received};
use domain::render_plan::{NodePlan, RenderPlan};
use domain::secret::Secrets;
use domain::step::Step;
use probe::Subject;
use probe::engine::Tools;
use render::RenderError;
use tokio_util::sync::CancellationToken;

use crate::{clock, plans};

/// The checks of a step, or all, that can be decided here; those that need the probes of the nodes only `with_nodes`.
#[must_use]
pub fn of_step(step: Option<Step>, with_nodes: bool) -> Vec<CheckId> {
    let here = |id: &&CheckId| {
        let is_reached = with_nodes || id.reach() != Reach::Node;
        step.is_none_or(|step| id.step() == step) && is_reached && id.is_decided()
    };
    CheckId::ALL.iter().filter(here).copied().collect()
}

/// Runs `checks` as run number `run` and tells every event, until all are done or `cancel` is cancelled. What needs a
/// node is decided from `reports`.
pub async fn run(
    draft: &Draft,
    secrets: &Secrets,
    reports: &[Received],
    checks: Vec<CheckId>,
    run: u64,
    tell: impl Fn(CheckEvent) + Send + Sync,
    cancel: CancellationToken,
) {
    let (answers, _) = Answers::read(draft, secrets);
    let of_answers = of_answers(draft, secrets);
    let decide = |id: CheckId| match id.reach() {
        Reach::Node => node_report::decide(id, &answers, reports),
        _ => of_answers(id),
    };
    let tools = Tools { clock: &clock::since_1970, rules: &decide };
    let subject = Arc::new(Subject::new(answers.clone()));
    probe::run(run, checks, subject, tools, tell, cancel.cancelled()).await;
}

/// Decides the checks that need nothing but the answers and the files they become.
pub fn of_answers(draft: &Draft, secrets: &Secrets) -> impl Fn(CheckId) -> Vec<CheckResult> + Send + Sync + use<> {
    let (answers, _) = Answers::read(draft, secrets);
    let judgement = judge(draft, secrets, &plans::evidence(draft, secrets));
    let mut findings = judgement.findings;
    if let Some(cluster) = &judgement.cluster {
        match audit_files(cluster) {
            Ok(audited) => findings.extend(audited),
            Err(error) => tracing::error!(%error, "the files could not be audited"),
        }
    }
    move |id| check::decide(id, &answers, &findings)
}

/// Audits the deployment.toml files as they will be in the bundle: the last look before they are given out.
///
/// # Errors
/// When the files cannot be made.
pub fn audit_files(cluster: &Cluster) -> Result<Vec<Finding>, RenderError> {
    let plan = RenderPlan::new(cluster);
    let suffix = "/repository/conf/deployment.toml";
    let files: Vec<(String, String)> = (render::preview(&plan)?.into_iter())
        .filter_map(|artefact| {
            let node = artefact.path.strip_prefix("nodes/")?.strip_suffix(suffix)?.to_owned();
            Some((node, artefact.content.0?))
        })
        .collect();
    let node = |node: &NodePlan| ExpectedNode {
        name: node.name.clone(),
        host: node.host.clone(),
        hazelcast_port: node.hazelcast_port,
    };
    let nodes: Vec<ExpectedNode> = plan.nodes.iter().map(node).collect();
    Ok(audit(&files, cluster.inputs().product.version, &nodes))
}
