//! Preparations of all plans as the site keeps them: what waits for somebody's yes, and the latest run of each plan.
//!
//! All of it lives in memory. The administrator's password is in what waits: it is given out once, or gone when its time
//! is over, when a newer plan takes its place, or when the process ends. A run goes on whoever looks at it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use probe::prepare::{Failure, Job, Server, Todo};
use store::PlanId;
use tokio::sync::watch;

use super::words::{self, Planned};

/// How long a plan waits for a yes, in seconds.
pub(crate) const LIFE: u64 = 10 * 60;
/// How many plans wait at once; the oldest go first.
const MOST_WAITING: usize = 50;
/// How many ended runs are kept to be shown; the oldest go first.
const MOST_RUNS: usize = 200;
/// How often one plan may look at its databases in [`MINUTE`]: more than anybody mistypes a password, fewer than guessing
/// takes.
const MOST_LOOKS: usize = 10;
/// In seconds.
const MINUTE: u64 = 60;

/// What is done once somebody says yes.
pub(crate) struct Go {
    /// The server, with the administrator's account.
    pub(crate) server: Server,
    /// What is to be prepared.
    pub(crate) job: Job,
    /// What was seen when the plan was made.
    pub(crate) todos: Vec<Todo>,
}

/// A plan as it is shown: no secret is in it.
#[derive(Clone)]
pub(crate) struct Shown {
    /// Names this plan to whoever says yes.
    pub(crate) token: String,
    /// Until when a yes counts, in unix seconds.
    pub(crate) ends: u64,
    /// Each database.
    pub(crate) databases: Vec<Planned>,
    /// The SQL of the account.
    pub(crate) account: String,
    /// The administrator's name.
    pub(crate) user: String,
}

struct Waiting {
    shown: Shown,
    /// `None` where a database must not be touched: there is nothing to say yes to.
    go: Option<Go>,
}

/// Why a run does not begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// Another one goes on.
    Busy,
    /// The plan that was shown does not wait any more.
    Gone,
}

/// The preparations.
#[derive(Clone, Default)]
pub(crate) struct Preparations(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waiting: HashMap<PlanId, Waiting>,
    runs: HashMap<PlanId, Arc<Run>>,
    looks: HashMap<PlanId, VecDeque<u64>>,
}

impl Preparations {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a plan may look at its databases once more.
    pub(crate) fn may_look(&self, plan: PlanId, now: u64) -> bool {
        let mut state = self.state();
        state.looks.retain(|_, looks| looks.back().is_some_and(|last| now.abs_diff(*last) < MINUTE));
        let looks = state.looks.entry(plan).or_default();
        looks.retain(|look| now.abs_diff(*look) < MINUTE);
        let may = looks.len() < MOST_LOOKS;
        if may {
            looks.push_back(now);
        }
        may
    }

    /// Lets a plan wait for a yes, in place of an earlier one.
    pub(crate) fn offer(&self, plan: PlanId, shown: Shown, go: Option<Go>) {
        let token = shown.token.clone();
        {
            let mut state = self.state();
            if state.waiting.len() >= MOST_WAITING {
                let oldest = state.waiting.iter().min_by_key(|(_, waiting)| waiting.shown.ends).map(|(plan, _)| *plan);
                oldest.and_then(|plan| state.waiting.remove(&plan));
            }
            state.waiting.insert(plan, Waiting { shown, go });
        }
        // Gone on time, also when nobody comes back.
        let waiting = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(LIFE)).await;
            if let Some(state) = waiting.upgrade() {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                if state.waiting.get(&plan).is_some_and(|waiting| waiting.shown.token == token) {
                    state.waiting.remove(&plan);
                }
            }
        });
    }

    /// What waits for a yes.
    pub(crate) fn waiting(&self, plan: PlanId, now: u64) -> Option<Shown> {
        let mut state = self.state();
        state.waiting.retain(|_, waiting| waiting.shown.ends > now);
        state.waiting.get(&plan).map(|waiting| waiting.shown.clone())
    }

    /// Forgets what waits, and the administrator's password with it.
    pub(crate) fn withdraw(&self, plan: PlanId) {
        self.state().waiting.remove(&plan);
    }

    /// Somebody said yes to the plan with this token: gives it out, once, and the run that begins.
    ///
    /// # Errors
    /// The [`Refusal`]; the plan then waits on.
    pub(crate) fn begin(&self, plan: PlanId, token: &str, now: u64) -> Result<(Go, Arc<Run>), Refusal> {
        let mut state = self.state();
        if state.runs.get(&plan).is_some_and(|run| !run.has_ended()) {
            return Err(Refusal::Busy);
        }
        let waits =
            |waiting: &Waiting| waiting.go.is_some() && waiting.shown.ends > now && waiting.shown.token == token;
        if !state.waiting.get(&plan).is_some_and(waits) {
            return Err(Refusal::Gone);
        }
        let go = state.waiting.remove(&plan).and_then(|waiting| waiting.go).ok_or(Refusal::Gone)?;
        if state.runs.len() >= MOST_RUNS {
            let ended = state.runs.iter().filter(|(_, run)| run.has_ended()).min_by_key(|(_, run)| run.began);
            let oldest = ended.map(|(plan, _)| *plan);
            oldest.and_then(|plan| state.runs.remove(&plan));
        }
        let run = Arc::new(Run { began: now, told: Mutex::default(), length: watch::Sender::default() });
        state.runs.insert(plan, Arc::clone(&run));
        Ok((go, run))
    }

    /// The latest run of a plan since the process began.
    pub(crate) fn latest(&self, plan: PlanId) -> Option<Arc<Run>> {
        self.state().runs.get(&plan).cloned()
    }

    /// Forgets a plan that is gone. A run that goes on ends by itself.
    pub(crate) fn forget(&self, plan: PlanId) {
        let mut state = self.state();
        state.waiting.remove(&plan);
        state.runs.remove(&plan);
    }
}

/// One run: what it told so far, to be followed by any number of readers.
pub(crate) struct Run {
    began: u64,
    told: Mutex<Told>,
    length: watch::Sender<usize>,
}

#[derive(Clone, Default)]
struct Told {
    lines: Vec<String>,
    end: Option<End>,
}

/// How a run ended.
#[derive(Clone)]
pub(crate) struct End {
    /// When, in unix seconds.
    pub(crate) at: u64,
    /// In one line.
    pub(crate) words: String,
    /// What stopped.
    pub(crate) failures: Vec<Failure>,
    /// Whether all databases are complete and the account is there.
    pub(crate) complete: bool,
}

impl Run {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.told().end.is_some()
    }

    fn change(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told());
        self.length.send_modify(|length| *length += 1);
    }

    /// All lines so far, and how it ended, once it did.
    pub(crate) fn so_far(&self) -> (Vec<String>, Option<End>) {
        let Told { lines, end } = self.told().clone();
        (lines, end)
    }

    /// Waits until there are more lines than `seen`, or the end.
    pub(crate) async fn more_than(&self, seen: usize) {
        let mut length = self.length.subscribe();
        // The sender lives as long as self, so this cannot fail.
        let _ = length.wait_for(|_| self.has_ended() || self.told().lines.len() > seen).await;
    }
}

/// Does what was said yes to, and tells `run`. `before_end` is what has to be so when somebody reads that it ended. If it
/// breaks off, the run ends with that.
pub(crate) async fn run(go: Go, run: Arc<Run>, before_end: impl Future<Output = ()>) {
    let ending = Ending(run);
    let run = &ending.0;
    let tell = |event: probe::prepare::Event<'_>| {
        if let Some(line) = words::event(&event) {
            run.change(|told| told.lines.push(line));
        }
    };
    let outcome = go.server.run(&go.job, &go.todos, tell).await;
    before_end.await;
    let words = words::end(&outcome, &go.job);
    let complete = outcome.failures.is_empty();
    let end = End { at: crate::clock::now(), words, failures: outcome.failures, complete };
    run.change(|told| told.end = Some(end));
}

/// Ends a run when it is dropped, so that one that breaks off does not stand in the way of the next.
struct Ending(Arc<Run>);

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.0.has_ended() {
            let words = "It broke off. Prepare again: the databases are looked at first.".to_owned();
            let end = End { at: crate::clock::now(), words, failures: Vec::new(), complete: false };
            self.0.change(|told| told.end = Some(end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(token: &str, ends: u64) -> Shown {
        let (databases, account, user) = (Vec::new(), String::new(), String::new());
        Shown { token: token.to_owned(), ends, databases, account, user }
    }

    #[tokio::test]
    async fn what_waits_is_bounded_and_ends() {
        let all = Preparations::default();
        let plan = |number: usize| PlanId::from_random(u128::try_from(number).unwrap().to_be_bytes());
        for number in 0..=MOST_WAITING {
            all.offer(plan(number), shown("a", 100 + u64::try_from(number).unwrap()), None);
        }
        assert_eq!(all.state().waiting.len(), MOST_WAITING);
        assert!(all.waiting(plan(0), 50).is_none(), "the oldest went");
        all.offer(plan(1), shown("b", 200), None);
        assert_eq!(all.waiting(plan(1), 50).unwrap().token, "b", "a newer plan takes the place");
        assert_eq!(all.begin(plan(1), "a", 50).err(), Some(Refusal::Gone));
        assert_eq!(all.begin(plan(1), "b", 200).err(), Some(Refusal::Gone), "its time is over");
        assert!(all.waiting(plan(1), 200).is_none());
        all.withdraw(plan(2));
        assert!(all.waiting(plan(2), 50).is_none());
    }

    #[test]
    fn nobody_guesses_passwords_through_it() {
        let (all, plan) = (Preparations::default(), PlanId::from_random([1; 16]));
        assert!((0..MOST_LOOKS).all(|_| all.may_look(plan, 100)));
        assert!(!all.may_look(plan, 100 + MINUTE - 1));
        assert!(all.may_look(PlanId::from_random([2; 16]), 100));
        assert!(all.may_look(plan, 100 + MINUTE));
    }
}
