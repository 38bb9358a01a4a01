//! Runs of checks: one a plan at a time, as a numbered log of events that anyone may follow and replay.
//!
//! The log is kept in memory and bounded: what is older than the latest run is folded into a report. What is checked and
//! how is `domain`'s and `probe`'s; what a plan's answers are, its caller's.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::check::{CheckEvent, CheckId, CheckReport};
use store::PlanId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock;

/// Events a log keeps one by one: those of the largest run and the changes of an afternoon.
const MOST_EVENTS: usize = 512;

/// How many runs of one plan may begin in [`MINUTE`]: more than anybody clicks, fewer than a scan of a network needs.
const MOST_RUNS: usize = 30;
/// In seconds.
const MINUTE: u64 = 60;

/// A run goes on already, or too many have begun in the last minute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Busy;

/// The runs of all plans.
#[derive(Clone, Default)]
pub struct Runs {
    plans: Arc<Mutex<HashMap<PlanId, Arc<PlanRuns>>>>,
}

/// The log of one plan.
pub struct PlanRuns {
    /// Tells this log from one of an earlier process: numbers begin at 1 in each.
    epoch: String,
    state: Mutex<State>,
    /// How many events there were: who follows waits for it to change.
    length: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    /// What came of the events that are not kept any more.
    base: CheckReport,
    /// How many these are.
    folded: usize,
    events: VecDeque<CheckEvent>,
    report: CheckReport,
    cancel: Option<CancellationToken>,
    /// When the latest runs began, in unix seconds.
    begun: VecDeque<u64>,
}

/// What somebody who follows has not seen.
#[derive(Debug, Default)]
pub struct Unseen {
    /// Where all checks stood before `events`, with the number of the last event in it; for who cannot go on from what
    /// they saw.
    pub base: Option<(usize, CheckReport)>,
    /// The events with their numbers.
    pub events: Vec<(usize, CheckEvent)>,
}

impl Runs {
    /// The log of a plan that exists; it begins with what was kept of an earlier process.
    #[must_use]
    pub fn open(&self, plan: PlanId, kept: CheckReport) -> Arc<PlanRuns> {
        Arc::clone(self.plans().entry(plan).or_insert_with(|| Arc::new(PlanRuns::beginning_with(kept))))
    }

    /// The log of a plan, if there is one. Whoever asks for any plan at all does not make one.
    #[must_use]
    pub fn find(&self, plan: PlanId) -> Option<Arc<PlanRuns>> {
        self.plans().get(&plan).cloned()
    }

    /// Forgets the log of a plan that is gone.
    pub fn forget(&self, plan: PlanId) {
        let removed = self.plans().remove(&plan);
        if let Some(removed) = removed {
            removed.cancel();
        }
    }

    fn plans(&self) -> MutexGuard<'_, HashMap<PlanId, Arc<PlanRuns>>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for PlanRuns {
    fn default() -> Self {
        let mut random = [0; 4];
        // Without random numbers the time tells processes apart well enough.
        let epoch = getrandom::fill(&mut random).map_or_else(|_| clock::now().to_string(), |()| hex::encode(random));
        Self { epoch, state: Mutex::default(), length: watch::Sender::default() }
    }
}

impl State {
    fn length(&self) -> usize {
        self.folded + self.events.len()
    }

    fn push(&mut self, event: CheckEvent) {
        let before = matches!(event, CheckEvent::Changed { .. }).then(|| self.report.clone());
        self.report.apply(&event);
        // Who types changes the same setting with every letter.
        if before.as_ref() == Some(&self.report) {
            return;
        }
        let keep = match event {
            CheckEvent::RunStarted { .. } => 0,
            _ if self.events.len() < MOST_EVENTS => MOST_EVENTS,
            _ => MOST_EVENTS / 2,
        };
        while self.events.len() > keep {
            if let Some(old) = self.events.pop_front() {
                self.base.apply(&old);
                self.folded += 1;
            }
        }
        self.events.push_back(event);
    }
}

impl PlanRuns {
    fn beginning_with(kept: CheckReport) -> Self {
        let state = State { base: kept.clone(), report: kept, ..State::default() };
        Self { state: Mutex::new(state), ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event and wakes those who follow.
    pub fn push(&self, event: CheckEvent) {
        let length = {
            let mut state = self.state();
            state.push(event);
            state.length()
        };
        self.length.send_replace(length);
    }

    /// Begins a run of `checks`: gives its number and what cancels it. The answers are read after this: a change that
    /// comes later is in the log behind the start, and takes the results away.
    ///
    /// # Errors
    /// [`Busy`] while another run goes on, and after [`MOST_RUNS`] within a minute.
    pub fn begin(&self, checks: Vec<CheckId>, at: u64) -> Result<(u64, CancellationToken), Busy> {
        let token = CancellationToken::new();
        let (run, length) = {
            let mut state = self.state();
            if state.cancel.is_some() {
                return Err(Busy);
            }
            state.begun.retain(|begun| begun.abs_diff(at) < MINUTE);
            if state.begun.len() >= MOST_RUNS {
                return Err(Busy);
            }
            state.begun.push_back(at);
            state.cancel = Some(token.clone());
            let run = state.report.run + 1;
            state.push(CheckEvent::RunStarted { run, at, checks });
            (run, state.length())
        };
        self.length.send_replace(length);
        Ok((run, token))
    }

    /// Ends the run, whatever became of it: another may begin, and nothing of it stays running.
    pub fn end(&self) {
        let length = {
            let mut state = self.state();
            state.cancel = None;
            if state.report.running {
                let run = state.report.run;
                state.push(CheckEvent::RunFinished { run, at: clock::now(), cancelled: true });
            }
            state.length()
        };
        // Who waits for the end is woken, also when no event came.
        self.length.send_replace(length);
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

    /// Where all checks stand, with the id of the last event that is in it.
    #[must_use]
    pub fn report_and_id(&self) -> (CheckReport, String) {
        let state = self.state();
        (state.report.clone(), self.id(state.length()))
    }

    /// The id of event `number`: it means nothing to a later process.
    #[must_use]
    pub fn id(&self, number: usize) -> String {
        format!("{}-{number}", self.epoch)
    }

    /// The number of the event with this id, if the id is of this log.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<usize> {
        id.split_once('-').filter(|(epoch, _)| *epoch == self.epoch)?.1.parse().ok()
    }

    /// What comes after event `seen`; everything there is without it, or when what follows it is not kept any more.
    #[must_use]
    pub fn since(&self, seen: Option<usize>) -> Unseen {
        let state = self.state();
        let known = seen.filter(|seen| (state.folded..=state.length()).contains(seen));
        let skip = known.map_or(0, |seen| seen - state.folded);
        Unseen {
            base: known.is_none().then(|| (state.folded, state.base.clone())),
            events: (state.events.iter().enumerate().skip(skip))
                .map(|(index, event)| (state.folded + index + 1, event.clone()))
                .collect(),
        }
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
    use domain::check::{CheckResult, CheckState, Outcome, Remedy};

    use super::*;

    fn changed(setting: &str) -> CheckEvent {
        CheckEvent::Changed { settings: vec![setting.to_owned()] }
    }

    fn passed(run: u64, id: CheckId) -> CheckEvent {
        let (current, required, remedy) = (String::new(), String::new(), Remedy::default());
        let result = CheckResult { id, subject: None, outcome: Outcome::Passed, current, required, remedy, took_ms: 1 };
        CheckEvent::Finished { run, id, at: 1, results: vec![result] }
    }

    /// What a browser makes of it that had seen `report`.
    fn replayed(unseen: Unseen, mut report: CheckReport) -> CheckReport {
        if let Some((_, base)) = unseen.base {
            report = base;
        }
        unseen.events.iter().for_each(|(_, event)| report.apply(event));
        report
    }

    #[test]
    fn a_plan_has_only_so_many_runs_a_minute() {
        let runs = PlanRuns::default();
        for _ in 0..MOST_RUNS {
            runs.begin(vec![CheckId::Db01], 100).unwrap();
            runs.end();
        }
        assert_eq!(runs.begin(vec![CheckId::Db01], 100 + MINUTE - 1).unwrap_err(), Busy);
        assert!(runs.begin(vec![CheckId::Db01], 100 + MINUTE).is_ok());
    }

    #[tokio::test]
    async fn one_run_at_a_time_and_every_event_is_numbered() {
        let runs = PlanRuns::default();
        let (run, token) = runs.begin(vec![CheckId::Db01], 1).unwrap();
        assert_eq!(runs.begin(vec![CheckId::Db01], 1).unwrap_err(), Busy);
        runs.cancel();
        assert!(token.is_cancelled());
        runs.push(CheckEvent::RunFinished { run, at: 1, cancelled: true });
        runs.end();
        runs.settled(Duration::from_secs(5)).await;
        assert!(!runs.report().running);
        let numbers: Vec<usize> = runs.since(Some(0)).events.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(runs.since(Some(1)).events.len(), 1);
        assert!(runs.begin(vec![CheckId::Db01], 1).is_ok());
    }

    #[tokio::test]
    async fn who_follows_is_woken() {
        let runs = Arc::new(PlanRuns::default());
        let follower = Arc::clone(&runs);
        let waiting = tokio::spawn(async move { follower.more_than(0).await });
        let _ = runs.begin(vec![CheckId::Db01], 1).unwrap();
        waiting.await.unwrap();
        runs.end();
        assert!(!runs.report().running, "a run that broke off does not stay running");
    }

    #[test]
    fn a_change_after_the_start_leaves_no_result_on_old_answers() {
        let runs = PlanRuns::default();
        let (run, _) = runs.begin(vec![CheckId::Db02], 1).unwrap();
        // The answers are read, then changed, before the first check says anything.
        runs.changed(vec!["database.host".to_owned()]);
        runs.push(passed(run, CheckId::Db02));
        runs.push(CheckEvent::RunFinished { run, at: 2, cancelled: false });
        runs.end();
        assert_eq!(runs.report().checks[&CheckId::Db02], CheckState::Stale { setting: "database.host".to_owned() });
    }

    #[test]
    fn logs_are_bounded_and_whoever_follows_ends_with_the_same_report() {
        let runs = PlanRuns::default();
        let mut seen = vec![(None, CheckReport::default())];
        for round in 0..40 {
            let checks = if round % 2 == 0 { vec![CheckId::Db01, CheckId::Db02] } else { vec![CheckId::Db02] };
            let (run, _) = runs.begin(checks.clone(), round * MINUTE).unwrap();
            checks.into_iter().for_each(|id| runs.push(passed(run, id)));
            runs.push(CheckEvent::RunFinished { run, at: 1, cancelled: false });
            runs.end();
            for key in 0..100 {
                runs.push(changed(if key % 3 == 0 { "database.port" } else { "database.host" }));
                let (report, id) = runs.report_and_id();
                seen.push((runs.number(&id), report));
            }
        }
        for key in 0..5000 {
            runs.push(changed(if key % 2 == 0 { "database.port" } else { "database.host" }));
        }
        assert!(runs.state().events.len() <= MOST_EVENTS + 1);
        for (number, report) in seen {
            assert_eq!(replayed(runs.since(number), report), runs.report(), "after {number:?}");
        }
    }

    #[test]
    fn ids_of_another_process_mean_nothing() {
        let (before, now) = (PlanRuns::default(), PlanRuns::default());
        assert_eq!(now.number(&now.id(7)), Some(7));
        for id in [before.id(7), "7".to_owned(), String::new(), "-".to_owned()] {
            assert_eq!(now.number(&id), None, "{id}");
        }
        let _ = now.begin(vec![CheckId::Db01], 1).unwrap();
        let unseen = now.since(now.number(&before.id(1)));
        assert_eq!((unseen.base, unseen.events.len()), (Some((0, CheckReport::default())), 1), "from the beginning");
    }

    #[test]
    fn asking_for_plans_that_are_none_keeps_nothing() {
        let runs = Runs::default();
        for byte in 0..=255 {
            assert!(runs.find(PlanId::from_random([byte; 16])).is_none());
        }
        assert!(runs.plans().is_empty());
    }
}
