//! All issues of a plan as one list: what the rules found in the answers, and what checks found on real systems.
//! Review, progress, runbook, reports and the command line show and count this list.
//!
//! One issue is one finding, or one result of a check about one subject; all counts are counts of issues.

use std::collections::BTreeMap;

use crate::acceptance::AcceptanceKey;
use crate::check::{CheckId, CheckReport, CheckResult, CheckState, Consequence, Outcome, Remedy};
use crate::draft::Acceptance;
use crate::finding::{Finding, FindingLocation, reading_order, with_field_label};
use crate::step::Step;

/// A finding or check result that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issue {
    /// The consequence for the download.
    pub consequence: Consequence,
    /// The check that found it; `None` for an unreadable field.
    pub check: Option<CheckId>,
    /// The place.
    pub at: FindingLocation,
    /// The subject of the check, if it has several: the name of a node or a database.
    pub subject: Option<String>,
    /// The problem, in one sentence. Never contains a secret.
    pub what: String,
    /// Why it matters; may be empty.
    pub why: String,
    /// What to do next.
    pub remedy: Remedy,
    /// The outcome of the check and its time in Unix seconds; `None` for findings of rules.
    pub checked: Option<(Outcome, u64)>,
    /// The acceptance, if any.
    pub accepted: Option<Acceptance>,
}

impl Issue {
    /// Problem and remedy, in one line.
    #[must_use]
    pub fn message(&self) -> String {
        let remedy = self.remedy.in_one_line();
        if self.what.is_empty() { remedy } else { format!("{} {remedy}", self.what) }
    }

    /// The text in a list of problems: [`Self::message`] after the label of its field.
    #[must_use]
    pub fn labelled_message(&self) -> String {
        with_field_label(&self.at, &self.message())
    }

    /// Problem, reason and remedy, each as one or more sentences. The commands of the remedy are separate: SQL is not
    /// part of a sentence.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let parts = [&self.what, &self.why, &self.remedy.text];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().map(sentence).collect()
    }

    /// The key of its acceptance; `None` if it cannot be accepted.
    #[must_use]
    pub fn acceptance_key(&self) -> Option<AcceptanceKey> {
        let key = AcceptanceKey::of(self.check, &self.at);
        key.filter(|_| self.consequence.is_acceptable())
    }

    fn of_finding(finding: &Finding, accepted: &BTreeMap<String, Acceptance>) -> Self {
        let issue = Self {
            consequence: Consequence::of_finding(finding.severity),
            check: finding.check,
            at: finding.at.clone(),
            subject: None,
            what: finding.what.clone(),
            why: finding.why.clone(),
            remedy: Remedy { text: finding.remedy.clone(), commands: Vec::new() },
            checked: None,
            accepted: None,
        };
        issue.with_acceptance(accepted)
    }

    fn of_result(result: &CheckResult, at: u64, accepted: &BTreeMap<String, Acceptance>) -> Option<Self> {
        let consequence = Consequence::of_result(result)?;
        let id = result.id;
        let subject = result.subject.as_ref().map_or_else(String::new, |subject| format!(" ({subject})"));
        let issue = Self {
            consequence,
            check: Some(id),
            at: FindingLocation::step(id.step()),
            subject: result.subject.clone(),
            what: sentence(format!("{}{subject}: {}", id.title(), result.current)),
            why: id.spec().requirement(),
            remedy: result.remedy.clone(),
            checked: Some((result.outcome, at)),
            accepted: None,
        };
        Some(issue.with_acceptance(accepted))
    }

    fn with_acceptance(mut self, accepted: &BTreeMap<String, Acceptance>) -> Self {
        self.accepted = self.acceptance_key().and_then(|key| accepted.get(key.text())).cloned();
        self
    }
}

/// The issues of a plan, the most severe first, then in the order of the pages.
#[derive(Clone, Debug, Default)]
pub struct Issues(Vec<Issue>);

impl Issues {
    /// The issues from the findings of rules and the results of checks (`report`). `accepted` is by [`AcceptanceKey`].
    ///
    /// A check of reach "answers" repeats a finding of the rules and is then omitted; what a check finds in the
    /// generated files, such as a keystore that does not open, no rule finds.
    #[must_use]
    pub fn of(findings: &[Finding], report: &CheckReport, accepted: &BTreeMap<String, Acceptance>) -> Self {
        let of_rules = findings.iter().map(|finding| Issue::of_finding(finding, accepted));
        let is_reported = |result: &CheckResult| {
            result.reach().is_of_plan() && findings.iter().any(|finding| finding.check == Some(result.id))
        };
        let done = report.checks.values().filter_map(|state| match state {
            CheckState::Done { at, results } => Some((*at, results)),
            _ => None,
        });
        let of_checks = done.flat_map(|(at, results)| {
            results
                .iter()
                .filter(|result| !is_reported(result))
                .filter_map(move |result| Issue::of_result(result, at, accepted))
        });
        let mut issues: Vec<Issue> = of_rules.chain(of_checks).collect();
        issues.sort_by_cached_key(|issue| (issue.consequence, reading_order(&issue.at)));
        Self(issues)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Issue> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those with this consequence that are not accepted.
    pub fn open(&self, consequence: Consequence) -> impl Iterator<Item = &Issue> {
        self.0.iter().filter(move |issue| issue.consequence == consequence && issue.accepted.is_none())
    }

    /// The accepted ones.
    pub fn accepted(&self) -> impl Iterator<Item = &Issue> {
        self.0.iter().filter(|issue| issue.accepted.is_some())
    }

    /// The number with this consequence that are not accepted, of one step or of all.
    #[must_use]
    pub fn count(&self, consequence: Consequence, step: Option<Step>) -> usize {
        self.open(consequence).filter(|issue| step.is_none_or(|step| issue.at.step == step)).count()
    }

    /// Whether the files would be wrong.
    #[must_use]
    pub fn block_download(&self) -> bool {
        self.open(Consequence::BlocksDownload).next().is_some()
    }

    /// Their effect on the download, in one or two sentences.
    #[must_use]
    pub fn verdict(&self) -> String {
        download_verdict(self.count(Consequence::BlocksDownload, None), self.count(Consequence::OpenTask, None))
    }
}

/// The effect of these counts on the download, in one or two sentences.
#[must_use]
pub fn download_verdict(problems: usize, tasks: usize) -> String {
    let mut text = match problems {
        0 => "Nothing blocks the download.".to_owned(),
        1 => "1 problem blocks the download. Correct it first.".to_owned(),
        count => format!("{count} problems block the download. Correct them first."),
    };
    match tasks {
        0 => {}
        1 => text.push_str(" 1 open task remains: the runbook lists it at its step."),
        count => text.push_str(&format!(" {count} open tasks remain: the runbook lists them at their steps.")),
    }
    text
}

/// The text as a sentence, so that another can follow.
fn sentence(mut text: String) -> String {
    if !text.ends_with(['.', ':', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests;
