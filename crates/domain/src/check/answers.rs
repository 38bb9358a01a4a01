//! Checks that the answers decide: the rules' findings as check results.

use super::{CheckId, CheckResult, Outcome, Reach, Remedy};
use crate::finding::{Finding, Severity};
use crate::inputs::ReadableAnswers;
use crate::step::Step;

/// Checks that compare the addresses of nodes with something.
const OF_ADDRESSES: [CheckId; 4] = [CheckId::Cl04, CheckId::Cl05, CheckId::Nd16, CheckId::Nd17];
/// Checks that read the load balancer's file, which names the nodes by their addresses.
const OF_BALANCER_FILE: [CheckId; 2] = [CheckId::Lb03, CheckId::Lb07];

/// Why a check is skipped if the platform assigns the addresses of the nodes: reason and remedy. Unknown does not mean
/// passed.
fn assigned(id: CheckId, answers: &ReadableAnswers) -> Option<(&'static str, &'static str)> {
    if !answers.nodes.iter().flatten().any(|node| node.host.is_none()) {
        return None;
    }
    if OF_ADDRESSES.contains(&id) {
        Some(("The platform assigns the addresses of the nodes.", "Check this in a running container."))
    } else if OF_BALANCER_FILE.contains(&id) {
        Some((
            "The platform assigns the addresses of the nodes, so no file of a load balancer is generated.",
            "Check the ingress or load balancer of the platform.",
        ))
    } else {
        None
    }
}

/// The results of one check of the plan ([`Reach::is_of_plan`]): one per finding, or one that it passed. `has_files` is
/// whether the files of the check's reach were generated and inspected, which requires that nothing blocks.
#[must_use]
pub fn evaluate_rules(
    id: CheckId,
    answers: &ReadableAnswers,
    findings: &[Finding],
    has_files: bool,
) -> Vec<CheckResult> {
    let spec = id.spec();
    let result = |outcome, current: String, remedy: Remedy| CheckResult {
        id,
        subject: None,
        outcome,
        current,
        required: spec.proves.to_owned(),
        remedy,
        took_ms: 0,
        from_node: false,
        expires_at: None,
    };
    let found: Vec<CheckResult> = (findings.iter())
        .filter(|finding| finding.check == Some(id) && finding.severity != Severity::Notes)
        .map(|finding| {
            let outcome = if finding.severity == Severity::Blocks { Outcome::Failed } else { Outcome::Warned };
            let remedy = Remedy { text: finding.remedy.clone(), commands: Vec::new() };
            CheckResult {
                subject: finding.at.row.map(|row| format!("node {}", row + 1)),
                ..result(outcome, finding.what.clone(), remedy)
            }
        })
        .collect();
    if !found.is_empty() {
        return found;
    }
    let read = match spec.step {
        Step::Product => answers.product.is_some(),
        Step::Database => answers.database.is_some(),
        Step::UserStore => answers.user_store.is_some(),
        Step::Clustering => answers.clustering.is_some() && answers.nodes.is_some(),
        Step::LoadBalancer | Step::Verify => answers.load_balancer.is_some(),
    };
    if let (true, Some((what, text))) = (read, assigned(id, answers)) {
        let remedy = Remedy { text: text.to_owned(), commands: Vec::new() };
        return vec![result(Outcome::CouldNotCheck, what.to_owned(), remedy)];
    }
    if read && !has_files && matches!(spec.reach, Reach::Files | Reach::Bundle) {
        let remedy =
            Remedy { text: "Correct the problems, then run the check again.".to_owned(), commands: Vec::new() };
        return vec![result(
            Outcome::CouldNotCheck,
            "The files are generated when nothing blocks the download.".to_owned(),
            remedy,
        )];
    }
    if read {
        // Requirements that are not visible from here are listed.
        let notes: Vec<String> = (findings.iter())
            .filter(|finding| {
                finding.check == Some(id) && finding.severity == Severity::Notes && finding.why.is_empty()
            })
            .map(Finding::message)
            .collect();
        let current = if notes.is_empty() { "As required.".to_owned() } else { notes.join(" ") };
        return vec![result(Outcome::Passed, current, Remedy::default())];
    }
    let text = format!("Complete the step {} first.", spec.step.title());
    vec![result(
        Outcome::CouldNotCheck,
        format!("The step {} is not complete.", spec.step.title()),
        Remedy { text, commands: Vec::new() },
    )]
}
