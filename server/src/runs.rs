//! Runs of checks: one a plan at a time, as a numbered log of events that anyone may follow and replay.
//!
//! The log is kept in memory. What is checked and how is `domain`'s and `probe`'s; what a plan's answers are, its
//! caller's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::check::{CheckEvent, CheckReport};
use store::PlanId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A run goes on already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Busy;

/// The runs of all plans.
#[derive(Clone, Default)]
pub struct Runs {
    plans: Arc<Mutex<HashMap<PlanId, Arc<PlanRuns>>>>,
}

/// The log of one plan.
#[derive(Default)]
pub struct PlanRuns {
    state: Mutex<State>,
    /// How many events there are: who follows waits for it to change.
    length: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    events: Vec<CheckEvent>,
    report: CheckReport,
    cancel: Option<CancellationToken>,
}

impl Runs {
    /// The log of a plan, empty at first.
    #[must_use]
    pub fn of(&self, plan: PlanId) -> Arc<PlanRuns> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(plans.entry(plan).or_default())
    }

    /// Forgets the log of a plan that is gone.
    pub fn forget(&self, plan: PlanId) {
        let removed = self.plans.lock().unwrap_or_else(PoisonError::into_inner).remove(&plan);
        if let Some(removed) = removed {
            removed.cancel();
        }
    }
}

impl PlanRuns {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event and wakes those who follow.
    pub fn push(&self, event: CheckEvent) {
        let length = {
            let mut state = self.state();
            state.report.apply(&event);
            state.events.push(event);
            state.events.len()
        };
        self.length.send_replace(length);
    }

    /// Begins a run: gives its number and what cancels it. Its events come from whoever runs it.
    ///
    /// # Errors
    /// [`Busy`] while another run goes on.
    pub fn begin(&self) -> Result<(u64, CancellationToken), Busy> {
        let mut state = self.state();
        if state.cancel.is_some() {
            return Err(Busy);
        }
        let token = CancellationToken::new();
        state.cancel = Some(token.clone());
        Ok((state.report.run + 1, token))
    }

    /// Ends the run: another may begin.
    pub fn end(&self) {
        self.state().cancel = None;
        // Who waits for the end is woken, though no event came.
        self.length.send_modify(|_| {});
    }

    /// Stops the run that goes on, if any: its sockets are closed.
    pub fn cancel(&self) {
        if let Some(token) = &self.state().cancel {
            token.cancel();
        }
    }

    /// Says that answers changed. Says nothing where no check was made yet.
    pub fn changed(&self, settings: Vec<String>) {
        let nothing_checked = self.state().report.run == 0;
        if !nothing_checked && !settings.is_empty() {
            self.push(CheckEvent::Changed { settings });
        }
    }

    /// Where all checks stand.
    #[must_use]
    pub fn report(&self) -> CheckReport {
        self.state().report.clone()
    }

    /// The events after the first `after`, with their numbers from 1.
    #[must_use]
    pub fn since(&self, after: usize) -> Vec<(usize, CheckEvent)> {
        let state = self.state();
        state.events.iter().enumerate().skip(after).map(|(index, event)| (index + 1, event.clone())).collect()
    }

    /// Waits until there are more than `seen` events.
    pub async fn more_than(&self, seen: usize) {
        let mut length = self.length.subscribe();
        // The sender lives as long as self, so this cannot fail.
        let _ = length.wait_for(|length| *length > seen).await;
    }

    /// Waits until no run goes on, at most `limit`.
    pub async fn settled(&self, limit: Duration) {
        let wait = async {
            let mut length = self.length.subscribe();
            while self.state().cancel.is_some() {
                // The sender lives as long as self, so this cannot fail.
                let _ = length.changed().await;
            }
        };
        let _ = tokio::time::timeout(limit, wait).await;
    }
}

#[cfg(test)]
mod tests {
    use domain::check::CheckId;

    use super::*;

    #[tokio::test]
    async fn one_run_at_a_time_and_every_event_is_numbered() {
        let runs = PlanRuns::default();
        let (run, token) = runs.begin().unwrap();
        assert_eq!(runs.begin().unwrap_err(), Busy);
        runs.push(CheckEvent::RunStarted { run, at: 1, checks: vec![CheckId::Db01] });
        runs.cancel();
        assert!(token.is_cancelled());
        runs.push(CheckEvent::RunFinished { run, at: 1, cancelled: true });
        runs.end();
        runs.settled(Duration::from_secs(5)).await;
        assert!(!runs.report().running);
        let numbers: Vec<usize> = runs.since(0).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(runs.since(1).len(), 1);
        assert!(runs.begin().is_ok());
    }

    #[tokio::test]
    async fn who_follows_is_woken() {
        let runs = Arc::new(PlanRuns::default());
        let follower = Arc::clone(&runs);
        let waiting = tokio::spawn(async move { follower.more_than(0).await });
        let (run, _) = runs.begin().unwrap();
        runs.push(CheckEvent::RunStarted { run, at: 1, checks: vec![CheckId::Db01] });
        waiting.await.unwrap();
        runs.changed(vec!["database.host".into()]);
        runs.end();
        assert_eq!(runs.since(0).len(), 2);
    }
}
