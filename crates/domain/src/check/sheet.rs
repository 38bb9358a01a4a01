//! Where all checks of a plan stand, as one value that every form of the report is written from.
//!
//! It decides what is said; text, JSON, JUnit and HTML are written elsewhere. It holds no secret.

use std::collections::BTreeMap;

use super::{CheckId, CheckReport, CheckResult, CheckState, DATABASES, Outcome, Reach, Remedy, Turn};
use crate::draft::Acceptance;
use crate::finding::{Finding, Severity};
use crate::steps;

/// The sheet.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What the plan is called; may be empty.
    pub title: String,
    /// The program and its version.
    pub version: String,
    /// When it was written, in unix seconds: told by the caller.
    pub at: u64,
    /// Whether something stops the download.
    pub blocked: bool,
    /// Every check that was asked for, in the order of the catalogue.
    pub checks: Vec<Line>,
    /// What the rules say of the answers.
    pub findings: Vec<Found>,
}

/// What one check said of one subject, or why it said nothing.
#[derive(Clone, Debug)]
pub struct Line {
    /// The check.
    pub id: CheckId,
    /// What it looked at where there are several.
    pub subject: Option<String>,
    /// Where it stands.
    pub standing: Standing,
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
    pub history: Vec<Turn>,
}

/// Where a check stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It ended so, on the answers as they are.
    Ended(Outcome),
    /// It did not end on the answers as they are.
    NotChecked,
}

impl Line {
    /// Whether it stops the download.
    #[must_use]
    pub fn blocks(&self) -> bool {
        let failed = self.standing == Standing::Ended(Outcome::Failed);
        failed && self.accepted.is_none() && self.id.severity() == Severity::Blocks
    }
}

impl Standing {
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
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// Its place as the reader knows it: a setting's key, or a line of a file.
    pub place: String,
    /// Why it is acceptable, and who says so.
    pub accepted: Option<Acceptance>,
}

impl Sheet {
    /// Fills in where the checks `ids` stand, and what the rules found. `accepted` is by check code.
    #[must_use]
    pub fn filled(
        self,
        ids: &[CheckId],
        report: &CheckReport,
        findings: Vec<(String, Finding)>,
        accepted: &BTreeMap<String, Acceptance>,
    ) -> Self {
        let live = report.findings(accepted);
        let blocks = |finding: &Finding| finding.severity == Severity::Blocks;
        let asked = |finding: &&Finding| finding.check.is_none_or(|id| ids.contains(&id));
        let blocked = live.iter().filter(asked).any(blocks) || findings.iter().any(|(_, finding)| blocks(finding));
        let found = |(place, finding): (String, Finding)| Found {
            accepted: finding.check.and_then(|id| accepted.get(id.code())).cloned(),
            place,
            finding,
        };
        let checks = ids.iter().flat_map(|id| lines(*id, report, accepted.get(id.code()))).collect();
        Self { blocked, checks, findings: findings.into_iter().map(found).collect(), ..self }
    }

    /// How many lines stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
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
        .map(|(outcome, one, many)| (Standing::Ended(outcome), one, many))
        .chain([(Standing::NotChecked, "not checked", "not checked")])
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
pub fn plain(text: &str) -> String {
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

fn lines(id: CheckId, report: &CheckReport, accepted: Option<&Acceptance>) -> Vec<Line> {
    let history = report.history.get(&id).cloned().unwrap_or_default();
    let ended = |at: u64, result: &CheckResult| {
        let passed = result.outcome == Outcome::Passed;
        Line {
            id,
            subject: result.subject.clone(),
            standing: Standing::Ended(result.outcome),
            current: result.current.clone(),
            required: result.required.clone(),
            remedy: result.remedy.clone(),
            took_ms: result.took_ms,
            at: (id.reach() != Reach::Answers).then_some(at),
            accepted: accepted.filter(|_| !passed).cloned(),
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
                None => setting.as_str(),
                Some(setting) => setting.label,
            };
            format!("Not checked since you changed: {label}.")
        }
    };
    let remedy = Remedy { text: "Run the check.".to_owned(), commands: Vec::new() };
    vec![Line {
        id,
        subject: None,
        standing: Standing::NotChecked,
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
    fn a_failure_blocks_until_it_is_accepted_and_says_by_whom() {
        let report = report(Outcome::Failed);
        let ids = [CheckId::Db01, CheckId::Db02];
        let sheet = Sheet::default().filled(&ids, &report, Vec::new(), &BTreeMap::new());
        assert!(sheet.blocked);
        assert_eq!(sheet.summary(), "1 failed, 1 not checked");
        let accepted = BTreeMap::from([("DB-02".to_owned(), Acceptance::because("started later"))]);
        let sheet = Sheet::default().filled(&ids, &report, Vec::new(), &accepted);
        assert!(!sheet.blocked);
        assert_eq!(sheet.checks[1].accepted, Some(Acceptance::because("started later")));
        let others = Sheet::default().filled(&[CheckId::Db01], &report, Vec::new(), &BTreeMap::new());
        assert!(!others.blocked, "what was not asked for stops nothing");
    }

    #[test]
    fn what_is_not_checked_says_why() {
        let mut report = report(Outcome::Passed);
        report.apply(&CheckEvent::Changed { settings: vec!["database.port".to_owned()] });
        let sheet = Sheet::default().filled(&[CheckId::Db02], &report, Vec::new(), &BTreeMap::new());
        assert_eq!(sheet.checks[0].current, "Not checked since you changed: Database port.");
        assert_eq!(sheet.checks[0].history.len(), 1, "what it was before is not forgotten");
    }
}
