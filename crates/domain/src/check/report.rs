//! The report: a fold over events, the same on the server, in the browser and in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CheckEvent, CheckId, CheckResult, Outcome, Reach};
use crate::step::Step;
use crate::steps::keys;

/// Maximum number of outcome changes that a report keeps per check.
pub const MAX_OUTCOME_CHANGES: usize = 8;

/// Where a secret was verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretVerification {
    /// On some of the nodes.
    OnNodes {
        /// The number of nodes where it works.
        passed: usize,
        /// The number of nodes where it was tested.
        of: usize,
    },
    /// From this server.
    Here,
}

/// A change of a check's outcome.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct OutcomeChange {
    /// The new outcome.
    pub outcome: Outcome,
    /// Unix seconds.
    pub at: u64,
}

/// The state of one check.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// It will run.
    Waiting,
    /// It is running.
    Running {
        /// What it waits for.
        waits_for: String,
    },
    /// It ended.
    Done {
        /// Unix seconds.
        at: u64,
        /// The results.
        results: Vec<CheckResult>,
    },
    /// It was cancelled before it ended.
    Cancelled,
    /// It is outdated: it ended with other answers.
    Stale {
        /// The setting that changed.
        setting: String,
    },
}

impl CheckState {
    /// Whether it is part of a current run and has not ended.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Running { .. })
    }

    /// The worst outcome of a check that ended.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Done { results, .. } => worst_outcome(results),
            _ => None,
        }
    }
}

/// The outcome of a check with these results: the worst.
#[must_use]
pub fn worst_outcome(results: &[CheckResult]) -> Option<Outcome> {
    let weight = |outcome: Outcome| match outcome {
        Outcome::Passed => 0,
        Outcome::Warned => 1,
        Outcome::CouldNotCheck => 2,
        Outcome::Failed => 3,
    };
    results.iter().map(|result| result.outcome).max_by_key(|outcome| weight(*outcome))
}

/// The state of a plan's checks.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The latest run; 0 before the first.
    pub run: u64,
    /// Whether it is running.
    pub running: bool,
    /// All checks that were part of a run.
    pub checks: BTreeMap<CheckId, CheckState>,
    /// The checks of the latest run.
    pub current: Vec<CheckId>,
    /// The last changes of each check's outcome, oldest first, at most [`MAX_OUTCOME_CHANGES`].
    #[serde(default)]
    pub history: BTreeMap<CheckId, Vec<OutcomeChange>>,
}

impl CheckReport {
    /// The same report with only the checks of one step.
    #[must_use]
    pub fn only(mut self, step: Step) -> Self {
        self.checks.retain(|id, _| id.step() == step);
        self.history.retain(|id, _| id.step() == step);
        self.current.retain(|id| id.step() == step);
        self
    }

    /// Whether every check of the deployed cluster passed, or only warned.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        let passed = |id: &CheckId| {
            let outcome = self.checks.get(id).and_then(CheckState::outcome);
            matches!(outcome, Some(Outcome::Passed | Outcome::Warned))
        };
        CheckId::ALL.iter().filter(|id| id.reach() == Reach::Cluster).all(passed)
    }

    /// Where the secret of `setting` was verified: on some of the nodes, or from this server. `None` if no check that
    /// uses it has passed.
    #[must_use]
    pub fn secret_verification(&self, setting: &str) -> Option<SecretVerification> {
        let (here, nodes) = if setting == keys::DATABASE.password {
            (CheckId::Db05, Some(CheckId::Db06))
        } else if setting == keys::USER_STORE.connection_password {
            (CheckId::Us01, None)
        } else {
            return None;
        };
        if let Some(CheckState::Done { results, .. }) = nodes.and_then(|id| self.checks.get(&id)) {
            let passed = results.iter().filter(|result| result.outcome == Outcome::Passed).count();
            if passed > 0 {
                return Some(SecretVerification::OnNodes { passed, of: results.len() });
            }
        }
        let passed = self.checks.get(&here).is_some_and(|state| state.outcome() == Some(Outcome::Passed));
        passed.then_some(SecretVerification::Here)
    }

    /// Applies one event. An event that was applied before, or one of an earlier run, changes nothing.
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
                    self.turn(*id, worst_outcome(results), *at);
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
            turns.push(OutcomeChange { outcome, at });
            turns.drain(..turns.len().saturating_sub(MAX_OUTCOME_CHANGES));
        }
    }

    /// Adds the stored state of a check of an earlier process: its outcome changes, oldest first, and its state.
    /// Nothing is running then, and the next run has a higher number.
    pub fn restore(&mut self, id: CheckId, turns: Vec<OutcomeChange>, state: CheckState) {
        self.run = self.run.max(1);
        self.history.insert(id, turns);
        self.checks.insert(id, state);
    }

    /// Marks checks that depend on `settings` as outdated, also running ones, which use the old answers.
    fn forget(&mut self, settings: &[String]) {
        for (id, state) in &mut self.checks {
            let changed = settings.iter().find(|setting| id.depends_on(setting));
            if let (Some(setting), false) = (changed, matches!(state, CheckState::Cancelled)) {
                *state = CheckState::Stale { setting: setting.clone() };
            }
        }
    }

    /// The number of ended checks of the latest run, and of all its checks.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let open =
            |id: &&CheckId| matches!(self.checks.get(id), Some(CheckState::Waiting | CheckState::Running { .. }));
        (self.current.len() - self.current.iter().filter(open).count(), self.current.len())
    }
}

#[cfg(test)]
mod tests;
