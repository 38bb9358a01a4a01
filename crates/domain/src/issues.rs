//! Everything that stands between a plan and its running cluster, as one list: what the rules found in the answers, and
//! what checks found in the world. Review, progress, runbook, reports and the command line show and count this list.
//!
//! One issue is one finding, or one result of a check about one subject; this is what every count counts.

use std::collections::BTreeMap;

use crate::acceptance::AcceptanceKey;
use crate::check::{CheckId, CheckReport, CheckResult, CheckState, Consequence, Outcome, Remedy};
use crate::draft::Acceptance;
use crate::finding::{Finding, FindingLocation, reading_order};
use crate::step::Step;

/// Something that is not as it must or should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issue {
    /// What follows from it.
    pub consequence: Consequence,
    /// The check that found it; `None` for a field that could not be read.
    pub check: Option<CheckId>,
    /// Where it belongs.
    pub at: FindingLocation,
    /// What the check looked at, where there are several: a node's or a database's name.
    pub subject: Option<String>,
    /// What is the case, in one sentence. Never holds a secret.
    pub what: String,
    /// Why it matters; may be empty.
    pub why: String,
    /// What to do next.
    pub remedy: Remedy,
    /// How the check ended, and when in Unix seconds; `None` for what the rules found.
    pub checked: Option<(Outcome, u64)>,
    /// Why it is acceptable, and who says so.
    pub accepted: Option<Acceptance>,
}

impl Issue {
    /// What is the case and what to do, in one line.
    #[must_use]
    pub fn message(&self) -> String {
        let remedy = self.remedy.in_one_line();
        if self.what.is_empty() { remedy } else { format!("{} {remedy}", self.what) }
    }

    /// What is the case, why it matters and what to do, each a whole sentence or several. The commands of the remedy
    /// stand apart: nobody reads SQL as a part of a sentence.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let parts = [&self.what, &self.why, &self.remedy.text];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().map(sentence).collect()
    }

    /// What its acceptance is kept under; `None` where it cannot be accepted.
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
            why: id.spec().proves.to_owned(),
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

/// The issues of a plan, worst first, then in the order of the pages.
#[derive(Clone, Debug, Default)]
pub struct Issues(Vec<Issue>);

impl Issues {
    /// What the rules found (`findings`), and what checks found (`report`). `accepted` is by [`AcceptanceKey`].
    ///
    /// A check that the answers decide repeats a finding of the rules, and is left out then; what a check finds in the
    /// finished files, such as a key store that does not open, is found by nobody else.
    #[must_use]
    pub fn of(findings: &[Finding], report: &CheckReport, accepted: &BTreeMap<String, Acceptance>) -> Self {
        let of_rules = findings.iter().map(|finding| Issue::of_finding(finding, accepted));
        let is_told = |result: &CheckResult| {
            result.reach().is_of_plan() && findings.iter().any(|finding| finding.check == Some(result.id))
        };
        let done = report.checks.values().filter_map(|state| match state {
            CheckState::Done { at, results } => Some((*at, results)),
            _ => None,
        });
        let of_checks = done.flat_map(|(at, results)| {
            results
                .iter()
                .filter(|result| !is_told(result))
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

    /// Those that nobody accepted, with this consequence.
    pub fn open(&self, consequence: Consequence) -> impl Iterator<Item = &Issue> {
        self.0.iter().filter(move |issue| issue.consequence == consequence && issue.accepted.is_none())
    }

    /// Those that somebody accepted.
    pub fn accepted(&self) -> impl Iterator<Item = &Issue> {
        self.0.iter().filter(|issue| issue.accepted.is_some())
    }

    /// How many with this consequence nobody accepted; of one step or of all.
    #[must_use]
    pub fn count(&self, consequence: Consequence, step: Option<Step>) -> usize {
        self.open(consequence).filter(|issue| step.is_none_or(|step| issue.at.step == step)).count()
    }

    /// Whether the files would be wrong.
    #[must_use]
    pub fn block_download(&self) -> bool {
        self.open(Consequence::BlocksDownload).next().is_some()
    }

    /// What they mean for the download, in one or two sentences.
    #[must_use]
    pub fn verdict(&self) -> String {
        download_verdict(self.count(Consequence::BlocksDownload, None), self.count(Consequence::OpenTask, None))
    }
}

/// What so many problems and open tasks mean for the download, in one or two sentences.
#[must_use]
pub fn download_verdict(problems: usize, tasks: usize) -> String {
    let mut text = match problems {
        0 => "Nothing blocks the download.".to_owned(),
        1 => "1 problem blocks the download. Correct it first.".to_owned(),
        count => format!("{count} problems block the download. Correct them first."),
    };
    match tasks {
        0 => {}
        1 => text.push_str(" 1 open task is left: the runbook lists it at its step."),
        count => text.push_str(&format!(" {count} open tasks are left: the runbook lists them at their steps.")),
    }
    text
}

/// What another sentence follows.
fn sentence(mut text: String) -> String {
    if !text.ends_with(['.', ':', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests;
