//! The report: a fold over events, the same on the server, in the browser and in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CheckEvent, CheckId, CheckResult, Outcome};
use crate::step::Step;
use crate::steps::keys;

/// How many changes of its outcome a report keeps of a check.
pub const MAX_OUTCOME_CHANGES: usize = 8;

/// Where a secret was found to work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretVerification {
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
pub struct OutcomeChange {
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
            Self::Done { results, .. } => worst_outcome(results),
            _ => None,
        }
    }
}

/// How a check ended that said all this: as its worst result.
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
    /// The last changes of each check's outcome, oldest first, at most [`MAX_OUTCOME_CHANGES`].
    #[serde(default)]
    pub history: BTreeMap<CheckId, Vec<OutcomeChange>>,
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

    /// Takes in what was kept of a check in an earlier process: its changes, oldest first, and where it stood. Nothing
    /// runs any more, and the next run has a higher number.
    pub fn restore(&mut self, id: CheckId, turns: Vec<OutcomeChange>, state: CheckState) {
        self.run = self.run.max(1);
        self.history.insert(id, turns);
        self.checks.insert(id, state);
    }

    /// Marks what depended on `settings` as not checked. A check that runs now saw the old answers too.
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
}

#[cfg(test)]
mod tests;
