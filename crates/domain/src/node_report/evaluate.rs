//! Which function decides which check.

use super::context::{ReportContext, skipped_result};
use super::{ReceivedReport, artefacts, installed, log, machine, members, network, ports};
use crate::check::{CheckResult, NodeCheck};
use crate::inputs::ReadableAnswers;
use crate::render_plan::ProbePlan;

/// The results of one check of reach [`crate::check::Reach::Node`]: one per node, and one that names the nodes without
/// a report. Reports of another node table, and all but the latest of a node, do not count.
#[must_use]
pub fn evaluate(check: NodeCheck, answers: &ReadableAnswers, reports: &[ReceivedReport]) -> Vec<CheckResult> {
    let id = check.id();
    if answers.nodes.iter().flatten().any(|node| node.host.is_none()) {
        return vec![skipped_result(
            id,
            "The platform assigns the addresses of the nodes, and no probe runs in a container.",
            "Check this in a running container.",
        )];
    }
    let Some(plan) = ProbePlan::of(answers) else {
        return vec![skipped_result(
            id,
            "The steps Product and Clustering are not complete.",
            "Complete these steps first.",
        )];
    };
    let view = ReportContext::new(id, answers, &plan, reports);
    let mut results = match check {
        NodeCheck::Db06 => network::evaluate_database_reach(&view),
        NodeCheck::Db41 => view.each(installed::evaluate_drivers),
        NodeCheck::Nd01 => network::evaluate_names(&view),
        NodeCheck::Nd03 => ports::evaluate_reach(&view),
        NodeCheck::Nd04 => ports::evaluate_one_way_ports(&view),
        NodeCheck::Nd05 => view.each(ports::evaluate_latency),
        NodeCheck::Nd06 => network::evaluate_clocks(&view),
        NodeCheck::Nd07 => machine::evaluate_java(&view),
        NodeCheck::Nd08 => view.each(machine::evaluate_ciphers),
        NodeCheck::Nd09 => view.each(machine::evaluate_size),
        NodeCheck::Nd10 => view.each(machine::evaluate_limits),
        NodeCheck::Nd11 => view.each(machine::evaluate_memory_limit),
        NodeCheck::Nd12 => view.each(machine::evaluate_account),
        NodeCheck::Nd13 => installed::evaluate_version(&view),
        NodeCheck::Nd14 => view.each(installed::evaluate_edited_files),
        NodeCheck::Nd15 => view.each(installed::evaluate_deployment),
        NodeCheck::Nd18 => network::evaluate_hosts_files(&view),
        NodeCheck::Nd19 => view.each(artefacts::evaluate_shared_files),
        NodeCheck::Nd20 => view.each(log::evaluate_log),
        NodeCheck::Vf05 => members::evaluate_members(&view),
        NodeCheck::Lb02 => return network::evaluate_load_balancer_reach(&view),
    };
    results.extend(view.missing());
    results
}
