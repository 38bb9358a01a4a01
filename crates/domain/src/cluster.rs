//! The consistent cluster: private fields, one constructor. A value of it exists only if no rule blocks.

use std::collections::BTreeMap;

use crate::draft::{Acceptance, Draft};
use crate::finding::{Finding, Severity, sort_findings};
use crate::inputs::{Inputs, ReadableAnswers};
use crate::milestones::{Downloaded, Prepared};
use crate::plan_file;
use crate::rules::{self, ExternalFacts};
use crate::secret::Secrets;
use crate::steps::{ClusterState, keys};
use crate::topology::Topology;

/// A cluster with consistent answers.
#[derive(Clone, Debug)]
pub struct Cluster {
    inputs: Inputs,
    title: String,
    findings: Vec<Finding>,
    accepted: BTreeMap<String, Acceptance>,
    plan_file: String,
    topology: Topology,
    prepared: Option<Prepared>,
}

/// The result of validating a draft: all findings, and the cluster if nothing blocks.
#[derive(Clone, Debug)]
pub struct Validation {
    /// All findings, blocking first.
    pub findings: Vec<Finding>,
    /// The cluster; `None` if a finding blocks.
    pub cluster: Option<Cluster>,
}

impl Validation {
    /// The findings that block the download.
    pub fn blocking_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Blocks)
    }
}

/// Parses and validates a draft, for the wizard and the command line.
#[must_use]
pub fn validate(draft: &Draft, secrets: &Secrets, evidence: &ExternalFacts) -> Validation {
    let (answers, mut findings) = ReadableAnswers::read(draft, secrets);
    // Rules need complete steps. A missing or wrong field is replaced by an example, so that problems of the other
    // fields are reported at once.
    let (supposed, replaced) = answers.with_examples(draft, secrets, &findings);
    let mut ruled = rules::apply(&supposed, evidence);
    ruled.extend(changed_since_download(draft, &supposed));
    ruled.retain(|finding| !replaced.iter().any(|key| finding.at.setting.as_deref() == Some(key)));
    findings.extend(ruled);
    sort_findings(&mut findings);
    let blocked = findings.iter().any(|finding| finding.severity == Severity::Blocks);
    let inputs = if blocked { None } else { answers.complete() };
    let cluster = inputs.map(|inputs| Cluster {
        title: draft.title.clone(),
        findings: findings.clone(),
        accepted: draft.accepted.clone(),
        plan_file: plan_file::write(&is_bundle_finding(draft, &inputs), secrets),
        topology: Topology::from_draft(draft),
        prepared: (draft.milestones.prepared.clone())
            .filter(|prepared| prepared.is_of(&inputs.product, &inputs.database)),
        inputs,
    });
    Validation { findings, cluster }
}

/// Findings about a changed address of a running cluster.
fn changed_since_download(draft: &Draft, answers: &ReadableAnswers) -> Vec<Finding> {
    let is_running = draft.text(keys::PRODUCT.cluster) == ClusterState::Running.value();
    match (&draft.milestones.downloaded, &answers.load_balancer) {
        (Some(downloaded), Some(balancer)) if is_running => {
            downloaded.changed(balancer, answers.product.as_ref().map(|product| product.version))
        }
        _ => Vec::new(),
    }
}

/// The answers for the plan of a bundle. A reopened bundle may be installed: its cluster counts as running with the
/// bundle's address, so that its keys and its address do not change unnoticed.
fn is_bundle_finding(draft: &Draft, inputs: &Inputs) -> Draft {
    let mut draft = draft.clone();
    draft.set(keys::PRODUCT.cluster, ClusterState::Running.value());
    draft.milestones.downloaded = Some(Downloaded::of(&inputs.load_balancer));
    draft
}

impl Cluster {
    /// The typed answers.
    #[must_use]
    pub const fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// The name of the plan.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The findings, none of which blocks.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The warnings and open tasks that were accepted, by [`crate::acceptance::AcceptanceKey`].
    #[must_use]
    pub const fn accepted(&self) -> &BTreeMap<String, Acceptance> {
        &self.accepted
    }

    /// The plan as a file, without secrets.
    #[must_use]
    pub fn plan_file(&self) -> &str {
        &self.plan_file
    }

    /// The preparation of this cluster's databases, if it is current.
    #[must_use]
    pub const fn prepared(&self) -> Option<&Prepared> {
        self.prepared.as_ref()
    }

    /// The cluster as a drawing.
    #[must_use]
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }
}
