//! From reports to check results: whose report counts, and how results are worded.

use super::{MachineRole, NodeReport, ReceivedReport};
use crate::check::{CheckId, CheckResult, Outcome, Remedy};
use crate::finding::Severity;
use crate::inputs::ReadableAnswers;
use crate::render_plan::{ProbeNode, ProbePlan};
use crate::sites;
use crate::steps::ClusterNode;

/// The input of the function of a check.
pub(super) struct ReportContext<'a> {
    pub(super) id: CheckId,
    pub(super) answers: &'a ReadableAnswers,
    pub(super) plan: &'a ProbePlan,
    /// The nodes with a report, in the order of the table.
    pub(super) nodes: Vec<NodeView<'a>>,
    /// The report of the load balancer's machine.
    pub(super) balancer: Option<NodeView<'a>>,
    silent: Vec<(&'a str, bool)>,
}

/// One machine's report.
#[derive(Clone, Copy)]
pub(super) struct NodeView<'a> {
    pub(super) id: CheckId,
    pub(super) node: &'a ProbeNode,
    at: u64,
    pub(super) report: &'a NodeReport,
    /// The latest report with connection tests, which may be older than the facts.
    pub(super) reached: Option<&'a NodeReport>,
}

impl<'a> ReportContext<'a> {
    pub(super) fn new(
        id: CheckId,
        answers: &'a ReadableAnswers,
        plan: &'a ProbePlan,
        reports: &'a [ReceivedReport],
    ) -> Self {
        let latest = |role: MachineRole, node: Option<&'a ProbeNode>| {
            let fits = |received: &&ReceivedReport| {
                let report = &received.report;
                report.role == role && node.is_none_or(|node| node.name == report.node)
            };
            let current = || reports.iter().filter(fits).filter(|received| received.report.plan == plan.plan);
            let newest = current().max_by_key(|received| received.at)?;
            let reached = current().filter(|received| received.report.has_reached).max_by_key(|received| received.at);
            let node = node.or_else(|| plan.nodes.first())?;
            let reached = reached.map(|received| &received.report);
            Some(NodeView { id, node, at: newest.at, report: &newest.report, reached })
        };
        let has_older = |node: &ProbeNode| reports.iter().any(|received| received.report.node == node.name);
        let nodes: Vec<NodeView<'a>> =
            plan.nodes.iter().filter_map(|node| latest(MachineRole::Node, Some(node))).collect();
        let silent = (plan.nodes.iter())
            .filter(|node| nodes.iter().all(|one| one.node.name != node.name))
            .map(|node| (node.name.as_str(), has_older(node)))
            .collect();
        Self { id, answers, plan, nodes, balancer: latest(MachineRole::LoadBalancer, None), silent }
    }

    /// One result per node.
    pub(super) fn each(&self, look: impl Fn(&ReportContext<'a>, &NodeView<'a>) -> CheckResult) -> Vec<CheckResult> {
        self.nodes.iter().map(|one| look(self, one)).collect()
    }

    /// The report of another node.
    pub(super) fn report(&self, name: &str) -> Option<&'a NodeReport> {
        self.nodes.iter().find(|one| one.node.name == name).map(|one| one.report)
    }

    /// A result that names the nodes without a report.
    pub(super) fn missing(&self) -> Option<CheckResult> {
        let name = |is_old: bool| {
            let names: Vec<&str> =
                self.silent.iter().filter(|(_, old)| *old == is_old).map(|(name, _)| *name).collect();
            names.join(", ")
        };
        let first = self.silent.first()?.0;
        let mut what = Vec::new();
        if !name(false).is_empty() {
            what.push(format!("Not checked: no report from {}.", name(false)));
        }
        if !name(true).is_empty() {
            what.push(format!("Not checked: the nodes changed since the report of {}.", name(true)));
        }
        let text =
            format!("Run probe.sh on {} and submit the report.", join_with_commas(&self.silent, |(name, _)| name));
        let mut result = skipped_result(self.id, &what.join(" "), &text);
        result.remedy.commands.push(format!("sh nodes/{first}/probe.sh --listen --reach"));
        Some(result)
    }

    /// Whether every node has a loopback address of one machine.
    pub(super) fn is_one_machine(&self) -> bool {
        self.answers.nodes.iter().flatten().all(ClusterNode::is_loopback)
    }
}

/// Items, separated by commas.
pub(super) fn join_with_commas<T>(items: &[T], text: impl Fn(&T) -> &str) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(", ")
}

pub(super) fn skipped_result(id: CheckId, current: &str, remedy: &str) -> CheckResult {
    CheckResult {
        id,
        subject: None,
        outcome: Outcome::CouldNotCheck,
        current: current.to_owned(),
        required: id.spec().proves.to_owned(),
        remedy: Remedy { text: remedy.to_owned(), commands: Vec::new() },
        took_ms: 0,
        from_node: false,
        expires_at: None,
    }
}

impl NodeView<'_> {
    fn result(&self, outcome: Outcome, what: &str, required: impl Into<String>) -> CheckResult {
        let subject = match self.report.role {
            MachineRole::Node => self.node.name.clone(),
            MachineRole::LoadBalancer => "load balancer".to_owned(),
        };
        CheckResult {
            id: self.id,
            subject: Some(subject),
            outcome,
            current: format!("Reported at {}: {what}", format_time_utc(self.at)),
            required: required.into(),
            remedy: Remedy::default(),
            took_ms: 0,
            from_node: true,
            expires_at: None,
        }
    }

    /// The requirement is met.
    pub(super) fn passed(&self, what: impl AsRef<str>, required: impl Into<String>) -> CheckResult {
        self.result(Outcome::Passed, what.as_ref(), required)
    }

    /// The requirement is not met; the catalogue has the severity.
    #[track_caller]
    pub(super) fn failed(&self, what: impl AsRef<str>, required: impl Into<String>) -> CheckResult {
        sites::seen();
        let outcome = if self.id.spec().severity == Severity::Blocks { Outcome::Failed } else { Outcome::Warned };
        self.result(outcome, what.as_ref(), required).to_do("")
    }

    /// It works, but not as it should.
    #[track_caller]
    pub(super) fn warned(&self, what: impl AsRef<str>, required: impl Into<String>) -> CheckResult {
        sites::seen();
        self.result(Outcome::Warned, what.as_ref(), required).to_do("")
    }

    /// Skipped: the probe has no data.
    pub(super) fn unknown(&self, what: impl AsRef<str>, required: impl Into<String>) -> CheckResult {
        self.result(Outcome::CouldNotCheck, what.as_ref(), required).to_do("")
    }
}

/// The remedy of a result.
pub(super) trait WithRemedy {
    /// A sentence; empty for that of the catalogue.
    fn to_do(self, text: impl Into<String>) -> Self;
    /// A command to copy.
    fn command(self, command: impl Into<String>) -> Self;
}

impl WithRemedy for CheckResult {
    fn to_do(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.remedy.text = if text.is_empty() { self.id.spec().remedy.to_owned() } else { text };
        self
    }

    fn command(mut self, command: impl Into<String>) -> Self {
        self.remedy.commands.push(command.into());
        self
    }
}

/// Hours and minutes of a time in UTC, with the zone.
pub(super) fn format_time_utc(at: u64) -> String {
    format!("{:02}:{:02} UTC", at / 3600 % 24, at / 60 % 60)
}

/// The most frequent value; the first of equally frequent ones.
pub(super) fn majority<T: PartialEq>(values: &[T]) -> Option<&T> {
    let frequency = |value: &T| values.iter().filter(|other| *other == value).count();
    // max_by_key returns the last of equals, so the order is reversed.
    values.iter().rev().max_by_key(|value| frequency(value))
}
