//! Checks that the answers alone decide: the rules' findings, told as check results.

use super::{CheckId, CheckResult, Outcome, Remedy};
use crate::audit::FILE_CHECKS;
use crate::finding::{Finding, Severity};
use crate::inputs::ReadableAnswers;
use crate::step::Step;

/// What the rules say about one check of reach [`super::Reach::ReadableAnswers`]: one result a finding, or that it passed.
/// `has_files` says whether the files could be made and looked at: nothing may block for that.
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
        Step::LoadBalancer => answers.load_balancer.is_some(),
    };
    if read && !has_files && FILE_CHECKS.contains(&id) {
        let remedy = Remedy { text: "Correct what blocks, then check again.".to_owned(), commands: Vec::new() };
        return vec![result(Outcome::CouldNotCheck, "The files are made once nothing blocks.".to_owned(), remedy)];
    }
    if read {
        // What cannot be seen from here is said, and not called fulfilled.
        let notes: Vec<String> = (findings.iter())
            .filter(|finding| {
                finding.check == Some(id) && finding.severity == Severity::Notes && finding.why.is_empty()
            })
            .map(Finding::message)
            .collect();
        let said = if notes.is_empty() { "As required.".to_owned() } else { notes.join(" ") };
        return vec![result(Outcome::Passed, said, Remedy::default())];
    }
    let text = format!("Complete the step {} first.", spec.step.title());
    vec![result(
        Outcome::CouldNotCheck,
        format!("The step {} is not complete.", spec.step.title()),
        Remedy { text, commands: Vec::new() },
    )]
}
