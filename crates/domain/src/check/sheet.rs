//! Where all checks of a plan stand, as one value that every form of the report is written from.
//!
//! It decides what is said; text, JSON, JUnit and HTML are written elsewhere. It holds no secret.

use std::collections::BTreeMap;

use super::{
    CheckId, CheckReport, CheckResult, CheckState, Consequence, DATABASES, KEYS, Outcome, OutcomeChange, Remedy,
};
use crate::acceptance::AcceptanceKey;
use crate::draft::Acceptance;
use crate::finding::Finding;
use crate::issues::{self, Issues};
use crate::steps;

/// The sheet.
#[derive(Clone, Debug, Default)]
pub struct CheckSummary {
    /// What the plan is called; may be empty.
    pub title: String,
    /// The program and its version.
    pub version: String,
    /// When it was written, in unix seconds: told by the caller.
    pub at: u64,
    /// How many problems block the download: the files would be wrong.
    pub problems: usize,
    /// How many open tasks nobody accepted.
    pub open_tasks: usize,
    /// Whether open tasks are let pass: `clusterwright check --allow-open`.
    pub allow_open: bool,
    /// Every check that was asked for, in the order of the catalogue.
    pub checks: Vec<CheckRow>,
    /// What the rules say of the answers.
    pub findings: Vec<FindingRow>,
}

/// What one check said of one subject, or why it said nothing.
#[derive(Clone, Debug)]
pub struct CheckRow {
    /// The check.
    pub id: CheckId,
    /// What it looked at where there are several.
    pub subject: Option<String>,
    /// Where it stands.
    pub standing: RowStatus,
    /// What follows from it; `None` where nothing is wrong or nothing is known.
    pub consequence: Option<Consequence>,
    /// The current value, or why it is not checked.
    pub current: String,
    /// The required value.
    pub required: String,
    /// What to do.
    pub remedy: Remedy,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// When it ended, in unix seconds.
    pub at: Option<u64>,
    /// Why it is acceptable as it is, and who says so.
    pub accepted: Option<Acceptance>,
    /// The last changes of the check's outcome, oldest first.
    pub history: Vec<OutcomeChange>,
}

/// Where a check stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RowStatus {
    /// It ended so, on the answers as they are.
    Ended(Outcome),
    /// It did not end on the answers as they are.
    NotChecked,
}

impl RowStatus {
    /// As a person reads it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ended(outcome) => outcome.label(),
            Self::NotChecked => "not checked",
        }
    }

    /// As a program reads it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ended(Outcome::Passed) => "passed",
            Self::Ended(Outcome::Warned) => "warned",
            Self::Ended(Outcome::Failed) => "failed",
            Self::Ended(Outcome::CouldNotCheck) => "could-not-check",
            Self::NotChecked => "not-checked",
        }
    }
}

/// What the rules found, and where that stands.
#[derive(Clone, Debug)]
pub struct FindingRow {
    /// What was found.
    pub finding: Finding,
    /// Its place as the reader knows it: a setting's key, or a line of a file.
    pub place: String,
    /// Why it is acceptable, and who says so.
    pub accepted: Option<Acceptance>,
}

impl FindingRow {
    /// What follows from it.
    #[must_use]
    pub const fn consequence(&self) -> Consequence {
        Consequence::of_finding(self.finding.severity)
    }
}

impl CheckSummary {
    /// Fills in where the checks `ids` stand, and what the rules found. `accepted` is by [`AcceptanceKey`].
    #[must_use]
    pub fn collect(
        self,
        ids: &[CheckId],
        report: &CheckReport,
        findings: Vec<(String, Finding)>,
        accepted: &BTreeMap<String, Acceptance>,
    ) -> Self {
        let of_rules: Vec<Finding> = findings.iter().map(|(_, finding)| finding.clone()).collect();
        let mut asked = report.clone();
        asked.checks.retain(|id, _| ids.contains(id));
        let issues = Issues::of(&of_rules, &asked, accepted);
        let found = |(place, finding): (String, Finding)| FindingRow {
            accepted: AcceptanceKey::of(finding.check, &finding.at)
                .filter(|_| Consequence::of_finding(finding.severity).is_acceptable())
                .and_then(|key| accepted.get(key.text()))
                .cloned(),
            place,
            finding,
        };
        Self {
            problems: issues.count(Consequence::BlocksDownload, None),
            open_tasks: issues.count(Consequence::OpenTask, None),
            checks: ids.iter().flat_map(|id| check_rows(*id, report, accepted.get(id.code()))).collect(),
            findings: findings.into_iter().map(found).collect(),
            ..self
        }
    }

    /// Whether something blocks the download.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        self.problems > 0
    }

    /// Whether `clusterwright check` exits 1, and a build server is to stop.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        self.problems > 0 || (self.open_tasks > 0 && !self.allow_open)
    }

    /// Whether what has this consequence fails a build: a problem, or an open task that is not let pass.
    #[must_use]
    pub const fn fails_build(&self, consequence: Consequence) -> bool {
        match consequence {
            Consequence::BlocksDownload => true,
            Consequence::OpenTask => !self.allow_open,
            Consequence::Warning | Consequence::Info => false,
        }
    }

    /// What it all means for the download, in one or two sentences.
    #[must_use]
    pub fn verdict(&self) -> String {
        issues::download_verdict(self.problems, self.open_tasks)
    }

    /// How many lines stand so.
    #[must_use]
    pub fn count(&self, standing: RowStatus) -> usize {
        self.checks.iter().filter(|line| line.standing == standing).count()
    }

    /// One line: `38 passed, 2 warnings, 1 failed`.
    #[must_use]
    pub fn summary(&self) -> String {
        let parts: Vec<String> = [
            (Outcome::Passed, "passed", "passed"),
            (Outcome::Failed, "failed", "failed"),
            (Outcome::Warned, "warning", "warnings"),
            (Outcome::CouldNotCheck, "could not be checked", "could not be checked"),
        ]
        .into_iter()
        .map(|(outcome, one, many)| (RowStatus::Ended(outcome), one, many))
        .chain([(RowStatus::NotChecked, "not checked", "not checked")])
        .map(|(standing, one, many)| (self.count(standing), one, many))
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
        if parts.is_empty() { "Nothing checked".to_owned() } else { parts.join(", ") }
    }
}

/// Text as a report may hold it: nothing that steers a terminal, is forbidden in XML, or turns the direction of writing,
/// so that no line looks like another one. Line ends stay.
#[must_use]
pub fn strip_markup(text: &str) -> String {
    let harmless = |letter: char| match letter {
        '\n' => Some('\n'),
        '\r' => None,
        '\t' => Some(' '),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => Some('\u{fffd}'),
        letter if letter.is_control() => Some('\u{fffd}'),
        letter => Some(letter),
    };
    text.chars().filter_map(harmless).collect()
}

fn check_rows(id: CheckId, report: &CheckReport, accepted: Option<&Acceptance>) -> Vec<CheckRow> {
    let history = report.history.get(&id).cloned().unwrap_or_default();
    let ended = |at: u64, result: &CheckResult| {
        let consequence = Consequence::of_result(result);
        CheckRow {
            id,
            subject: result.subject.clone(),
            standing: RowStatus::Ended(result.outcome),
            consequence,
            current: result.current.clone(),
            required: result.required.clone(),
            remedy: result.remedy.clone(),
            took_ms: result.took_ms,
            at: (!id.reach().is_of_plan()).then_some(at),
            accepted: accepted.filter(|_| consequence.is_some_and(Consequence::is_acceptable)).cloned(),
            history: history.clone(),
        }
    };
    let why = match report.checks.get(&id) {
        Some(CheckState::Done { at, results }) => return results.iter().map(|result| ended(*at, result)).collect(),
        None if id.writes().is_some() => "Not checked: it writes, and runs only when asked for.".to_owned(),
        None => "Not checked yet.".to_owned(),
        Some(CheckState::Waiting | CheckState::Running { .. }) => "It runs now.".to_owned(),
        Some(CheckState::Cancelled) => "It was stopped before it ended.".to_owned(),
        Some(CheckState::Stale { setting }) => {
            let label = match steps::setting(setting) {
                None if setting == DATABASES => "the databases",
                None if setting == KEYS => "the keys",
                None => setting.as_str(),
                Some(setting) => setting.label,
            };
            format!("Not checked since you changed: {label}.")
        }
    };
    let remedy = Remedy { text: "Run the check.".to_owned(), commands: Vec::new() };
    vec![CheckRow {
        id,
        subject: None,
        standing: RowStatus::NotChecked,
        consequence: None,
        current: why,
        required: id.spec().proves.to_owned(),
        remedy,
        took_ms: 0,
        at: None,
        accepted: None,
        history,
    }]
}

#[cfg(test)]
mod tests {
    use super::super::CheckEvent;
    use super::*;

    fn result(outcome: Outcome) -> CheckResult {
        let (current, required, remedy) = ("refused".to_owned(), "open".to_owned(), Remedy::default());
        CheckResult { id: CheckId::Db02, subject: None, outcome, current, required, remedy, took_ms: 3 }
    }

    fn report(outcome: Outcome) -> CheckReport {
        let mut report = CheckReport::default();
        report.apply(&CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db02] });
        report.apply(&CheckEvent::Finished { run: 1, id: CheckId::Db02, at: 2, results: vec![result(outcome)] });
        report
    }

    #[test]
    fn a_failed_check_fails_the_report_until_it_is_accepted_or_let_pass_and_never_blocks_the_download() {
        let report = report(Outcome::Failed);
        let ids = [CheckId::Db01, CheckId::Db02];
        let sheet = CheckSummary::default().collect(&ids, &report, Vec::new(), &BTreeMap::new());
        assert!(!sheet.is_blocked() && sheet.is_failed());
        assert_eq!((sheet.open_tasks, sheet.checks[1].consequence), (1, Some(Consequence::OpenTask)));
        assert_eq!(sheet.summary(), "1 failed, 1 not checked");
        let let_pass = CheckSummary { allow_open: true, ..CheckSummary::default() };
        assert!(!let_pass.collect(&ids, &report, Vec::new(), &BTreeMap::new()).is_failed());
        let accepted = BTreeMap::from([("DB-02".to_owned(), Acceptance::with_reason("started later"))]);
        let sheet = CheckSummary::default().collect(&ids, &report, Vec::new(), &accepted);
        assert!(!sheet.is_failed());
        assert_eq!(sheet.checks[1].accepted, Some(Acceptance::with_reason("started later")));
        let others = CheckSummary::default().collect(&[CheckId::Db01], &report, Vec::new(), &BTreeMap::new());
        assert!(!others.is_failed(), "what was not asked for fails nothing");
    }

    #[test]
    fn what_is_not_checked_says_why() {
        let mut report = report(Outcome::Passed);
        report.apply(&CheckEvent::Changed { settings: vec!["database.port".to_owned()] });
        let sheet = CheckSummary::default().collect(&[CheckId::Db02], &report, Vec::new(), &BTreeMap::new());
        assert_eq!(sheet.checks[0].current, "Not checked since you changed: Database port.");
        assert_eq!(sheet.checks[0].history.len(), 1, "what it was before is not forgotten");
    }
}
