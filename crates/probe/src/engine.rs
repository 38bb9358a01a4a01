//! Runs checks: many at once, each with a limit, told as events, stopped at a word.
//!
//! Which function a check has is said in `checks`; who may start a run and who reads the events is the server's.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckResult, CheckSpec};
use futures::StreamExt;
use futures::stream;
use tokio::time::timeout;

use crate::checks::{self, Task};
use crate::fault::Verdict;
use crate::shared::{Moment, Shared};
use crate::subject::Subject;

/// How many checks run at once: all of a step. They share their connections, and where a host is silent all of them wait
/// for one limit.
pub const AT_ONCE: usize = 64;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time since the beginning of 1970, as exactly as the machine has it: DB-35 compares it with the database's.
    fn since_1970(&self) -> Duration;
}

impl<F: Fn() -> Duration + Send + Sync> Clock for F {
    fn since_1970(&self) -> Duration {
        self()
    }
}

/// Decides the checks that need nothing but the answers (`Reach::Answers`): the caller's rules.
pub trait Decide: Send + Sync {
    /// The results of `id`.
    fn decide(&self, id: CheckId) -> Vec<CheckResult>;
}

impl<F: Fn(CheckId) -> Vec<CheckResult> + Send + Sync> Decide for F {
    fn decide(&self, id: CheckId) -> Vec<CheckResult> {
        self(id)
    }
}

/// What a run uses besides its subject.
pub struct Tools<'a> {
    /// Tells the time of the events.
    pub clock: &'a dyn Clock,
    /// Decides the checks that need only the answers.
    pub rules: &'a dyn Decide,
}

/// Runs the checks `ids` as run number `run` and tells `events` what happens, from `RunStarted` to `RunFinished`. Checks
/// run at once, at most [`AT_ONCE`], each for at most [`CheckSpec::LIMIT`]. When `cancel` completes, all connections are
/// closed at once and the run ends as cancelled; dropping the returned future does the same without a last event.
pub async fn run(
    run: u64,
    ids: Vec<CheckId>,
    subject: Arc<Subject>,
    tools: Tools<'_>,
    events: impl Fn(CheckEvent) + Send + Sync,
    cancel: impl Future<Output = ()> + Send,
) {
    let now = || tools.clock.since_1970().as_secs();
    events(CheckEvent::RunStarted { run, at: now(), checks: ids.clone() });
    let cancelled = {
        let shared = Shared::new(subject, Moment { at: Instant::now(), since_1970: tools.clock.since_1970() });
        let all = async {
            let one = |id| one(run, id, &shared, &tools, &events);
            stream::iter(ids).map(one).buffer_unordered(AT_ONCE).collect::<()>().await;
        };
        let cancelled = tokio::select! {
            biased;
            () = cancel => true,
            () = all => false,
        };
        if !cancelled {
            shared.close().await;
        }
        cancelled
    };
    events(CheckEvent::RunFinished { run, at: now(), cancelled });
}

async fn one(run: u64, id: CheckId, shared: &Shared, tools: &Tools<'_>, events: &(impl Fn(CheckEvent) + Send + Sync)) {
    let started = Instant::now();
    let (waits_for, work) = match checks::task(id, shared) {
        Task::Live { waits_for, work } => (waits_for, Some(work)),
        Task::Answers => ("the answers".to_owned(), None),
    };
    events(CheckEvent::Started { run, id, waits_for: waits_for.clone() });
    let results = match work {
        None => tools.rules.decide(id),
        Some(work) => {
            let verdicts = timeout(CheckSpec::LIMIT, work).await.unwrap_or_else(|_| {
                let limit = CheckSpec::LIMIT.as_secs();
                vec![
                    Verdict::could_not_check(format!("no end within {limit} s; it waited for {waits_for}"), "")
                        .remedy("Run the check again; if it stays so, look at the network between here and there."),
                ]
            });
            let took = started.elapsed();
            verdicts.into_iter().map(|verdict| verdict.into_result(id, took)).collect()
        }
    };
    events(CheckEvent::Finished { run, id, at: tools.clock.since_1970().as_secs(), results });
}
