//! The report: a fold over events, the same on the server, in the browser and in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CheckEvent, CheckId, CheckResult, Outcome, Reach};
use crate::draft::Acceptance;
use crate::finding::{Finding, Place, Severity};
use crate::step::Step;

/// How many changes of its outcome a report keeps of a check.
pub const TURNS: usize = 8;

/// Where a secret was found to work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Works {
    /// On so many nodes, of so many.
    OnNodes {
        /// Where it works.
        passed: usize,
        /// Where it was tried.
        of: usize,
    },
    /// From the machine of this server.
    Here,
}

/// A check began to end otherwise than before.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// How it ended from then on.
    pub outcome: Outcome,
    /// Unix seconds.
    pub at: u64,
}

/// Where one check stands.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// It will run.
    Waiting,
    /// It runs and waits for this.
    Running {
        /// What it waits for.
        waits_for: String,
    },
    /// It ended.
    Done {
        /// Unix seconds.
        at: u64,
        /// What it said.
        results: Vec<CheckResult>,
    },
    /// It was stopped before it ended.
    Cancelled,
    /// It ended, but not on the answers as they are now.
    Stale {
        /// The setting that changed.
        setting: String,
    },
}

impl CheckState {
    /// Whether it is part of a run that goes on, and has not said anything yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Running { .. })
    }

    /// The worst outcome of a check that is done.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Done { results, .. } => worst(results),
            _ => None,
        }
    }
}

/// How a check ended that said all this: as its worst result.
#[must_use]
pub fn worst(results: &[CheckResult]) -> Option<Outcome> {
    let weight = |outcome: Outcome| match outcome {
        Outcome::Passed => 0,
        Outcome::Warned => 1,
        Outcome::CouldNotCheck => 2,
        Outcome::Failed => 3,
    };
    results.iter().map(|result| result.outcome).max_by_key(|outcome| weight(*outcome))
}

/// What is known about a plan's checks.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The latest run; 0 before the first.
    pub run: u64,
    /// Whether it goes on.
    pub running: bool,
    /// Each check that was ever part of a run.
    pub checks: BTreeMap<CheckId, CheckState>,
    /// The checks of the latest run.
    pub current: Vec<CheckId>,
    /// The last changes of each check's outcome, oldest first, at most [`TURNS`].
    #[serde(default)]
    pub history: BTreeMap<CheckId, Vec<Turn>>,
}

impl CheckReport {
    /// The same report with the checks of one step alone.
    #[must_use]
    pub fn only(mut self, step: Step) -> Self {
        self.checks.retain(|id, _| id.step() == step);
        self.history.retain(|id, _| id.step() == step);
        self.current.retain(|id| id.step() == step);
        self
    }

    /// From how many nodes the secret of `setting` was found to work, and of how many; or from this server alone. `None`
    /// where no check that uses it has passed.
    #[must_use]
    pub fn works(&self, setting: &str) -> Option<Works> {
        let (here, nodes) = match setting {
            "database.password" => (CheckId::Db05, Some(CheckId::Db06)),
            "user_store.connection_password" => (CheckId::Us01, None),
            _ => return None,
        };
        if let Some(CheckState::Done { results, .. }) = nodes.and_then(|id| self.checks.get(&id)) {
            let passed = results.iter().filter(|result| result.outcome == Outcome::Passed).count();
            if passed > 0 {
                return Some(Works::OnNodes { passed, of: results.len() });
            }
        }
        let passed = self.checks.get(&here).is_some_and(|state| state.outcome() == Some(Outcome::Passed));
        passed.then_some(Works::Here)
    }

    /// Takes one event in. Applying an event twice, or one of an earlier run, changes nothing.
    pub fn apply(&mut self, event: &CheckEvent) {
        match event {
            CheckEvent::RunStarted { run, checks, .. } if *run > self.run => {
                self.run = *run;
                self.running = true;
                self.current.clone_from(checks);
                for id in checks {
                    self.checks.insert(*id, CheckState::Waiting);
                }
            }
            CheckEvent::Started { run, id, waits_for } if *run == self.run => {
                if let Some(state @ CheckState::Waiting) = self.checks.get_mut(id) {
                    *state = CheckState::Running { waits_for: waits_for.clone() };
                }
            }
            CheckEvent::Finished { run, id, at, results } if *run == self.run => {
                if let Some(state @ (CheckState::Waiting | CheckState::Running { .. })) = self.checks.get_mut(id) {
                    *state = CheckState::Done { at: *at, results: results.clone() };
                    self.turn(*id, worst(results), *at);
                }
            }
            CheckEvent::Changed { settings } => self.forget(settings),
            CheckEvent::RunFinished { run, .. } if *run == self.run => {
                self.running = false;
                for id in &self.current {
                    if let Some(state @ (CheckState::Waiting | CheckState::Running { .. })) = self.checks.get_mut(id) {
                        *state = CheckState::Cancelled;
                    }
                }
            }
            _ => {}
        }
    }

    fn turn(&mut self, id: CheckId, outcome: Option<Outcome>, at: u64) {
        let Some(outcome) = outcome else { return };
        let turns = self.history.entry(id).or_default();
        if turns.last().is_none_or(|last| last.outcome != outcome) {
            turns.push(Turn { outcome, at });
            turns.drain(..turns.len().saturating_sub(TURNS));
        }
    }

    /// Takes in what was kept of a check in an earlier process: its changes, oldest first, and where it stood. Nothing
    /// runs any more, and the next run has a higher number.
    pub fn restore(&mut self, id: CheckId, turns: Vec<Turn>, state: CheckState) {
        self.run = self.run.max(1);
        self.history.insert(id, turns);
        self.checks.insert(id, state);
    }

    /// Marks what depended on `settings` as not checked (UX rule 24). A check that runs now saw the old answers too.
    fn forget(&mut self, settings: &[String]) {
        for (id, state) in &mut self.checks {
            let changed = settings.iter().find(|setting| id.depends_on(setting));
            if let (Some(setting), false) = (changed, matches!(state, CheckState::Cancelled)) {
                *state = CheckState::Stale { setting: setting.clone() };
            }
        }
    }

    /// How many of the latest run's checks are done, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let open =
            |id: &&CheckId| matches!(self.checks.get(id), Some(CheckState::Waiting | CheckState::Running { .. }));
        (self.current.len() - self.current.iter().filter(open).count(), self.current.len())
    }

    /// How many of the latest run's checks ended with `outcome`.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.current.iter().filter(|id| self.checks.get(id).and_then(CheckState::outcome) == Some(outcome)).count()
    }

    /// What live checks found, as findings of the plan: failures stop the download, unless they were accepted with a
    /// reason (`accepted`, by check code). What could not be checked stops nothing.
    #[must_use]
    pub fn findings(&self, accepted: &BTreeMap<String, Acceptance>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (id, state) in &self.checks {
            let CheckState::Done { results, .. } = state else { continue };
            let spec = id.spec();
            // What the answers decide is a finding anyway.
            for result in results.iter().filter(|result| spec.reach != Reach::Answers || result.is_of_probe()) {
                let severity = match result.outcome {
                    Outcome::Failed => spec.severity,
                    // What only informs is never more than that.
                    Outcome::Warned => spec.severity.max(Severity::Warns),
                    Outcome::Passed | Outcome::CouldNotCheck => continue,
                };
                let subject = result.subject.as_ref().map_or_else(String::new, |subject| format!(" ({subject})"));
                let reason = accepted.get(spec.code);
                findings.push(Finding {
                    severity: if reason.is_some() { Severity::Notes } else { severity },
                    check: Some(*id),
                    at: Place::step(spec.step),
                    what: format!("{}{subject}: {}", spec.title, result.current),
                    why: reason.map_or_else(|| spec.proves.to_owned(), |reason| format!("Accepted: {reason}")),
                    remedy: result.remedy.text.clone(),
                });
            }
        }
        findings
    }

    /// One line for the status region (UX rule 21).
    #[must_use]
    pub fn summary(&self) -> String {
        let (done, all) = self.progress();
        if self.run == 0 {
            return "Nothing checked yet".to_owned();
        }
        if self.running {
            return format!("{done} of {all} checks done");
        }
        let mut parts = vec![format!("{} passed", self.count(Outcome::Passed))];
        for (count, one, many) in [
            (self.count(Outcome::Failed), "failed", "failed"),
            (self.count(Outcome::Warned), "warning", "warnings"),
            (self.count(Outcome::CouldNotCheck), "could not be checked", "could not be checked"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(run: u64, outcome: Outcome) -> CheckEvent {
        let result = CheckResult {
            id: CheckId::Db02,
            subject: None,
            outcome,
            current: String::new(),
            required: String::new(),
            remedy: super::super::Remedy::default(),
            took_ms: 1,
        };
        CheckEvent::Finished { run, id: CheckId::Db02, at: 5, results: vec![result] }
    }

    #[test]
    fn a_secret_works_where_its_checks_passed() {
        let result = |id, outcome| CheckResult {
            id,
            subject: None,
            outcome,
            current: String::new(),
            required: String::new(),
            remedy: super::super::Remedy::default(),
            took_ms: 1,
        };
        let mut report = CheckReport::default();
        let says = |report: &mut CheckReport, id, outcomes: &[Outcome]| {
            let results = outcomes.iter().map(|outcome| result(id, *outcome)).collect();
            report.checks.insert(id, CheckState::Done { at: 5, results });
        };
        assert_eq!(report.works("database.password"), None);
        says(&mut report, CheckId::Db05, &[Outcome::Failed]);
        assert_eq!(report.works("database.password"), None);
        says(&mut report, CheckId::Db05, &[Outcome::Passed]);
        assert_eq!(report.works("database.password"), Some(Works::Here));
        says(&mut report, CheckId::Db06, &[Outcome::Passed, Outcome::Failed, Outcome::Passed]);
        assert_eq!(report.works("database.password"), Some(Works::OnNodes { passed: 2, of: 3 }));
        assert_eq!(report.works("user_store.connection_password"), None);
        let only = report.clone().only(Step::UserStore);
        assert!(only.checks.is_empty());
        assert_eq!(report.clone().only(Step::Database).checks, report.checks);
    }

    #[test]
    fn applying_twice_is_harmless_and_older_runs_are_ignored() {
        let started = CheckEvent::RunStarted { run: 2, at: 1, checks: vec![CheckId::Db01, CheckId::Db02] };
        let events = [started.clone(), finished(2, Outcome::Failed), finished(1, Outcome::Passed)];
        let mut once = CheckReport::default();
        events.iter().for_each(|event| once.apply(event));
        let mut twice = CheckReport::default();
        events.iter().chain(&events).for_each(|event| twice.apply(event));
        assert_eq!(once, twice);
        assert_eq!(once.progress(), (1, 2));
        assert_eq!(once.count(Outcome::Failed), 1);
    }

    #[test]
    fn a_changed_setting_takes_the_result_away() {
        let mut report = CheckReport::default();
        report.apply(&CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db02] });
        report.apply(&finished(1, Outcome::Passed));
        report.apply(&CheckEvent::RunFinished { run: 1, at: 6, cancelled: false });
        assert_eq!(report.summary(), "1 passed");
        report.apply(&CheckEvent::Changed { settings: vec!["database.port".to_owned()] });
        assert_eq!(report.checks[&CheckId::Db02], CheckState::Stale { setting: "database.port".to_owned() });
    }

    #[test]
    fn databases_that_were_prepared_are_to_be_checked_again() {
        for id in CheckId::ALL {
            // What looks at every answer looks at this too.
            let looks = id.step() == Step::Database || id.needs().contains(&"");
            assert_eq!(id.depends_on(super::super::DATABASES), looks, "{id}");
        }
    }

    #[test]
    fn changes_of_an_outcome_are_kept_and_repeats_are_not() {
        let mut report = CheckReport::default();
        for run in 1..=20 {
            let outcome = if run % 4 < 2 { Outcome::Failed } else { Outcome::Passed };
            report.apply(&CheckEvent::RunStarted { run, at: run, checks: vec![CheckId::Db02] });
            report.apply(&finished(run, outcome));
            report.apply(&finished(run, outcome));
        }
        let turns = &report.history[&CheckId::Db02];
        assert_eq!(turns.len(), TURNS);
        assert!(turns.windows(2).all(|pair| pair[0].outcome != pair[1].outcome));
    }

    #[test]
    fn what_was_kept_comes_back_with_its_time() {
        let CheckEvent::Finished { results, .. } = finished(1, Outcome::Failed) else { return };
        let mut report = CheckReport::default();
        let turns = vec![Turn { outcome: Outcome::Failed, at: 3 }];
        report.restore(CheckId::Db02, turns.clone(), CheckState::Done { at: 5, results });
        assert_eq!((report.run, report.running, report.findings(&BTreeMap::new()).len()), (1, false, 1));
        report.apply(&CheckEvent::RunStarted { run: 2, at: 9, checks: vec![CheckId::Db02] });
        report.apply(&finished(2, Outcome::Failed));
        assert_eq!(report.history[&CheckId::Db02], turns, "it failed before and fails still");
    }

    #[test]
    fn a_warning_of_a_check_that_informs_is_a_note() {
        for (id, severity) in [(CheckId::Db25, Severity::Notes), (CheckId::Db30, Severity::Warns)] {
            let CheckEvent::Finished { mut results, .. } = finished(1, Outcome::Warned) else { return };
            results[0].id = id;
            let mut report = CheckReport::default();
            report.restore(id, Vec::new(), CheckState::Done { at: 5, results });
            assert_eq!(report.findings(&BTreeMap::new())[0].severity, severity, "{id}");
        }
    }

    #[test]
    fn cancelling_leaves_nothing_running() {
        let mut report = CheckReport::default();
        report.apply(&CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db01, CheckId::Db02] });
        report.apply(&CheckEvent::RunFinished { run: 1, at: 2, cancelled: true });
        assert!(report.checks.values().all(|state| *state == CheckState::Cancelled));
    }
}
