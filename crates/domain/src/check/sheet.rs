//! The state of all checks of a plan as one value, from which every form of the report is written.
//!
//! It decides the content; text, JSON, JUnit and HTML are written elsewhere. It contains no secret.

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
    /// The name of the plan; may be empty.
    pub title: String,
    /// The program and its version.
    pub version: String,
    /// The time of the report, in Unix seconds.
    pub at: u64,
    /// The number of problems, which block the download.
    pub problems: usize,
    /// The number of open tasks that are not accepted.
    pub open_tasks: usize,
    /// Whether open tasks are allowed: `clusterwright check --allow-open`.
    pub allow_open: bool,
    /// Every requested check, in the order of the catalogue.
    pub checks: Vec<CheckRow>,
    /// The findings of the rules.
    pub findings: Vec<FindingRow>,
}

/// The result of one check about one subject, or why it has none.
#[derive(Clone, Debug)]
pub struct CheckRow {
    /// The check.
    pub id: CheckId,
    /// The subject, if the check has several.
    pub subject: Option<String>,
    /// The status.
    pub standing: RowStatus,
    /// The consequence; `None` if nothing is wrong or known.
    pub consequence: Option<Consequence>,
    /// The current value, or why the check has no result.
    pub current: String,
    /// The required value.
    pub required: String,
    /// The remedy.
    pub remedy: Remedy,
    /// When the certificate that the row is about expires, in Unix seconds.
    pub expires_at: Option<i64>,
    /// The duration, in milliseconds.
    pub took_ms: u64,
    /// The end, in Unix seconds.
    pub at: Option<u64>,
    /// The acceptance, if any.
    pub accepted: Option<Acceptance>,
    /// The last changes of the check's outcome, oldest first.
    pub history: Vec<OutcomeChange>,
}

/// The status of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RowStatus {
    /// It ended with this outcome, with the current answers.
    Ended(Outcome),
    /// It has no result with the current answers.
    NotChecked,
}

impl RowStatus {
    /// The name in texts.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ended(outcome) => outcome.label(),
            Self::NotChecked => "not checked",
        }
    }

    /// The name in JSON.
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

/// A finding of the rules, with its place.
#[derive(Clone, Debug)]
pub struct FindingRow {
    /// The finding.
    pub finding: Finding,
    /// Its place: the key of a setting, or a line of a file.
    pub place: String,
    /// The acceptance, if any.
    pub accepted: Option<Acceptance>,
}

impl FindingRow {
    /// The consequence.
    #[must_use]
    pub const fn consequence(&self) -> Consequence {
        Consequence::of_finding(self.finding.severity)
    }
}

impl CheckSummary {
    /// Adds the status of the checks `ids` and the findings of the rules. `accepted` is by [`AcceptanceKey`].
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

    /// Whether `clusterwright check` exits with 1, so that a build server stops.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        self.problems > 0 || (self.open_tasks > 0 && !self.allow_open)
    }

    /// Whether an issue of this consequence fails a build: a problem, or an open task that is not allowed.
    #[must_use]
    pub const fn fails_build(&self, consequence: Consequence) -> bool {
        match consequence {
            Consequence::BlocksDownload => true,
            Consequence::OpenTask => !self.allow_open,
            Consequence::Warning | Consequence::Info => false,
        }
    }

    /// The effect on the download, in one or two sentences.
    #[must_use]
    pub fn verdict(&self) -> String {
        issues::download_verdict(self.problems, self.open_tasks)
    }

    /// The number of rows with this status.
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
            (Outcome::CouldNotCheck, "skipped", "skipped"),
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

/// Text for reports: without characters that control a terminal, that XML forbids, or that change the direction of
/// writing, so that no line looks like another one. Line ends stay.
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
            expires_at: result.expires_at,
            took_ms: result.took_ms,
            at: (!id.reach().is_of_plan()).then_some(at),
            accepted: accepted.filter(|_| consequence.is_some_and(Consequence::is_acceptable)).cloned(),
            history: history.clone(),
        }
    };
    let why = match report.checks.get(&id) {
        Some(CheckState::Done { at, results }) => return results.iter().map(|result| ended(*at, result)).collect(),
        None if id.writes().is_some() => "Not checked: it writes data, so it runs only on request.".to_owned(),
        None => "Not checked yet.".to_owned(),
        Some(CheckState::Waiting | CheckState::Running { .. }) => "It is running.".to_owned(),
        Some(CheckState::Cancelled) => "It was stopped before it ended.".to_owned(),
        Some(CheckState::Stale { setting }) => {
            let label = match steps::setting(setting) {
                None if setting == DATABASES => "the databases",
                None if setting == KEYS => "the keys",
                None => setting.as_str(),
                Some(setting) => setting.label,
            };
            format!("Outdated since you changed: {label}.")
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
        expires_at: None,
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
        CheckResult {
            id: CheckId::Db02,
            subject: None,
            outcome,
            current,
            required,
            remedy,
            took_ms: 3,
            from_node: false,
            expires_at: None,
        }
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
        assert!(!others.is_failed(), "an unrequested check fails nothing");
    }

    #[test]
    fn what_is_not_checked_has_a_reason() {
        let mut report = report(Outcome::Passed);
        report.apply(&CheckEvent::Changed { settings: vec!["database.port".to_owned()] });
        let sheet = CheckSummary::default().collect(&[CheckId::Db02], &report, Vec::new(), &BTreeMap::new());
        assert_eq!(sheet.checks[0].current, "Outdated since you changed: Database port.");
        assert_eq!(sheet.checks[0].history.len(), 1, "the earlier outcome is kept");
    }
}
