//! What the page of a step shows.

use std::collections::{BTreeMap, BTreeSet};

use domain::draft::Draft;
use domain::finding::{Finding, Severity};
use domain::node_report::ReachabilityMatrix;
use domain::setting::Setting;
use domain::step::Step;

use super::{Assets, CheckPanelView, Collaborators, CommentsView, Moment, PlanHead, TimedText, WizardProgress};
use crate::wire::PreviewFile;

/// A step's page.
#[derive(Clone, Debug)]
pub struct StepView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The status of all steps.
    pub progress: WizardProgress,
    /// The step.
    pub step: Step,
    /// All answers as entered.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// The status of each of them: `Set by DBA, 12:04, works from 3 of 3 nodes.`
    pub secret_statuses: BTreeMap<String, TimedText>,
    /// The findings at the fields. Leave it empty for a step without answers.
    pub findings: Vec<Finding>,
    /// Whether this is the response to a Continue that failed (status 422). It shows the error summary.
    pub failed: bool,
    /// Notices about the answers, such as a JDBC URL that was split. Shown above the form.
    pub notices: Vec<String>,
    /// The live checks.
    pub checks: CheckPanelView,
    /// The node probes, shown on the step Clustering.
    pub probes: ProbesView,
    /// The files.
    pub preview: PreviewPaneView,
    /// Whether Continue returns to the review.
    pub return_to_review: bool,
    /// Other people on the plan, and whether changes can be undone.
    pub together: Collaborators,
    /// The comments on the step.
    pub comments: CommentsView,
}

/// The preview next to a step.
#[derive(Clone, Debug, Default)]
pub struct PreviewPaneView {
    /// The files that depend on the step, as paths in the bundle.
    pub files: Vec<String>,
    /// The one that is shown first.
    pub shown: Option<PreviewFile>,
    /// What is missing to generate files; empty if there are files.
    pub missing: String,
}

/// The reports of the node probes, and how to run probes.
#[derive(Clone, Debug, Default)]
pub struct ProbesView {
    /// The reachability matrix; `None` for fewer than two nodes, or if the answers of the nodes are not complete.
    pub matrix: Option<ReachabilityMatrix>,
    /// When the probe of each node last reported; `None` if it never did.
    pub reported_at: Vec<Option<Moment>>,
    /// The command for each node, by its name. Empty if the nodes cannot connect to this server.
    pub commands: Vec<(String, String)>,
    /// The URL of the probe.sh of each node, by its name, if only this machine can connect to the server.
    pub scripts: Vec<(String, String)>,
    /// A pasted report that was rejected (status 422).
    pub refused: Option<RefusedReport>,
}

/// A rejected report.
#[derive(Clone, Debug, Default)]
pub struct RefusedReport {
    /// What was pasted.
    pub text: String,
    /// Why, and what to do.
    pub problem: String,
}

/// The findings of one field.
pub(crate) fn at_field<'a>(
    findings: &'a [Finding],
    setting: &'a Setting,
    row: Option<usize>,
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(move |finding| finding.at.row == row && finding.at.setting.as_deref() == Some(setting.key))
}

/// The findings that block the download.
pub(crate) fn blocking(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Blocks)
}
