//! VF-05: whether the nodes are members of one Hazelcast cluster, from the logs that probes read on all of them. A log alone
//! does not show it: two nodes that each formed a cluster look healthy, each in its log.

use std::collections::BTreeSet;

use super::context::{NodeView, ReportContext, WithRemedy as _};
use crate::check::CheckResult;
use crate::log_doctor::{LogFacts, LogFile, LogReport, MemberEventKind, diagnose};

const REQUIRED: &str = "Every node is a member of one cluster.";
/// The failure of the log doctor for nodes that each formed a cluster.
const NODES_ALONE: &str = "nodes-alone";

/// VF-05: one result for each node.
pub(super) fn evaluate_members(view: &ReportContext<'_>) -> Vec<CheckResult> {
    if view.plan.nodes.len() == 1 {
        return Vec::new();
    }
    let texts: Vec<String> = view.nodes.iter().map(|one| one.report.log.join("\n")).collect();
    let files: Vec<LogFile<'_>> = (view.nodes.iter().zip(&texts))
        .map(|(one, text)| LogFile { name: &one.node.name, bytes: text.as_bytes() })
        .collect();
    let report = diagnose(&files);
    let alone = alone(&report);
    let are_all_known = view.nodes.len() == view.plan.nodes.len() && view.nodes.iter().all(has_log);
    let of_node = |(index, one): (usize, &NodeView<'_>)| match report.logs.get(index) {
        Some(log) if has_log(one) => evaluate(one, log, alone.contains(&index), are_all_known),
        _ => one
            .unknown("the report contains no log.", REQUIRED)
            .to_do("Run probe.sh with --log on all nodes after IS was started, and submit the reports."),
    };
    view.nodes.iter().enumerate().map(of_node).collect()
}

fn has_log(one: &NodeView<'_>) -> bool {
    !one.report.log.is_empty()
}

/// The logs, by their number, of nodes that formed a cluster alone.
fn alone(report: &LogReport) -> BTreeSet<usize> {
    let current = report.diagnoses.iter().filter(|one| one.rule.code == NODES_ALONE && one.is_current);
    current
        .flat_map(|one| one.excerpts.iter().map(|excerpt| excerpt.at.log).chain([one.first.log, one.last.log]))
        .collect()
}

fn evaluate(one: &NodeView<'_>, log: &LogFacts, is_alone: bool, are_all_known: bool) -> CheckResult {
    if is_alone {
        return one
            .failed("it formed a cluster alone while another node ran.", REQUIRED)
            .to_do("Open the Hazelcast port in both directions (ND-03), compare the cluster domain (CL-05) and the member lists (CL-04), and restart this node.");
    }
    if !log.is_clustered() {
        return one.failed("its log shows no cluster.", REQUIRED).to_do(
            "Compare [clustering] in its deployment.toml with that of the bundle (CL-01), and restart the node.",
        );
    }
    if !are_all_known {
        return one
            .unknown("it is a member of a cluster; the logs of all nodes show whether it is the same one.", REQUIRED)
            .to_do("Run probe.sh with --log on all nodes, and submit the reports.");
    }
    let is_coordinator = log.member_events.iter().any(|event| event.kind == MemberEventKind::Elected);
    one.passed(
        if is_coordinator { "it is a member, and was elected as the coordinator." } else { "it is a member." },
        REQUIRED,
    )
}
