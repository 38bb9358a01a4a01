//! What the page of a step shows.

use std::collections::{BTreeMap, BTreeSet};

use domain::draft::Draft;
use domain::finding::{Finding, Severity};
use domain::node_report::ReachabilityMatrix;
use domain::setting::Setting;
use domain::step::Step;

use super::{Assets, CheckPanelView, Collaborators, CommentsView, Moment, PlanHead, Said, WizardProgress};
use crate::wire::PreviewFile;

/// A step's page.
#[derive(Clone, Debug)]
pub struct StepView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// Where the steps stand.
    pub progress: WizardProgress,
    /// The step.
    pub step: Step,
    /// All answers, as they were entered.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// What is told of each of them: `Set by DBA, 12:04, works from 3 of 3 nodes.`
    pub told: BTreeMap<String, Said>,
    /// What the fields show. Leave it empty for a step that was not answered yet.
    pub findings: Vec<Finding>,
    /// Whether this answers a Continue that failed (status 422): shows the error summary.
    pub failed: bool,
    /// What was done with the answers, such as a JDBC URL that was split. Shown above the form.
    pub notices: Vec<String>,
    /// The live checks.
    pub checks: CheckPanelView,
    /// What the nodes' probes said; shown on the step Clustering.
    pub probes: ProbesView,
    /// The files.
    pub preview: PreviewPaneView,
    /// Whether Continue leads back to the review.
    pub return_to_review: bool,
    /// Who else is here, and what can be taken back.
    pub together: Collaborators,
    /// What people wrote about the step.
    pub comments: CommentsView,
}

/// The preview beside a step.
#[derive(Clone, Debug, Default)]
pub struct PreviewPaneView {
    /// The files that belong to the step, as paths in the bundle.
    pub files: Vec<String>,
    /// The one that is shown first.
    pub shown: Option<PreviewFile>,
    /// What is missing before there can be files; empty if there are some.
    pub missing: String,
}

/// What the probes of the nodes said, and how to run them.
#[derive(Clone, Debug, Default)]
pub struct ProbesView {
    /// Who reaches whom; `None` for fewer than two nodes, or before they are complete.
    pub matrix: Option<ReachabilityMatrix>,
    /// When each node's probe spoke last; `None` if it never did.
    pub said_at: Vec<Option<Moment>>,
    /// What to run on each node, by its name. Empty where the nodes cannot reach this server.
    pub commands: Vec<(String, String)>,
    /// Where each node's probe.sh is downloaded, by its name: where only this machine opens the server's address.
    pub scripts: Vec<(String, String)>,
    /// A report that was pasted and is not accepted (status 422).
    pub refused: Option<RefusedReport>,
}

/// A report that is not accepted.
#[derive(Clone, Debug, Default)]
pub struct RefusedReport {
    /// What was pasted.
    pub text: String,
    /// Why, and what to do.
    pub problem: String,
}

/// What the table `setting → finding` gives to one field.
pub(crate) fn at_field<'a>(
    findings: &'a [Finding],
    setting: &'a Setting,
    row: Option<usize>,
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(move |finding| finding.at.row == row && finding.at.setting.as_deref() == Some(setting.key))
}

/// The findings that stop the download.
pub(crate) fn blocking(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Blocks)
}
