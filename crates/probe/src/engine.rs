//! Runs checks: many at once, each with a time limit, reported as events, and cancellable.
//!
//! `checks` maps a check to its function. The server decides who may start a run and who reads its events.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckResult};
use futures::StreamExt;
use futures::stream;
use tokio::time::timeout;

use crate::checks::{self, CheckTask};
use crate::facts::Facts;
use crate::facts::time::ClockReading;
use crate::fault::Verdict;
use crate::subject::RunSubject;
use crate::verification;

/// Limit of checks that run at once: all of a step. They share their connections, and if a host is silent all of them wait
/// for one time limit.
pub const MAX_PARALLEL_CHECKS: usize = 64;

/// What a run uses besides its subject.
#[derive(Clone, Copy)]
pub struct RunEnvironment<'a> {
    /// Reads the time since 1970, as exactly as the machine provides it: DB-35 compares it with that of the database.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// Evaluates the checks that need only the answers and the node reports.
    pub rules: &'a (dyn Fn(CheckId) -> Vec<CheckResult> + Sync),
}

/// Runs the checks `ids` as run number `run` and reports to `events` from `RunStarted` to `RunFinished`. At most
/// [`MAX_PARALLEL_CHECKS`] run at once, each for at most [`CheckId::timeout`]. When `cancel` completes, all connections are
/// closed at once and the run ends as cancelled; dropping the returned future does the same without a last event.
///
/// ```
/// use std::future::pending;
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
///
/// use domain::check::{CheckEvent, CheckId, Outcome};
/// use domain::inputs::ReadableAnswers;
/// use probe::RunSubject;
/// use probe::address::AllowedNetworks;
/// use probe::engine::RunEnvironment;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// // A plan without answers: the check of the database port is skipped and states which step is missing.
/// let subject = Arc::new(RunSubject::new(ReadableAnswers::default(), AllowedNetworks::default()));
/// let tools = RunEnvironment { clock: &|| Duration::from_secs(1_750_000_000), rules: &|_| Vec::new() };
/// let events = Mutex::new(Vec::new());
/// probe::run(1, vec![CheckId::Db02], subject, tools, |event| events.lock().unwrap().push(event), pending()).await;
///
/// let events = events.into_inner().unwrap();
/// let [CheckEvent::RunStarted { .. }, CheckEvent::Started { .. }, CheckEvent::Finished { results, .. }, _] = &events[..] else {
///     panic!("{events:?}");
/// };
/// assert_eq!(results[0].outcome, Outcome::CouldNotCheck);
/// assert_eq!(results[0].remedy.text, "Complete the Database step.");
/// # });
/// ```
pub async fn run(
    run: u64,
    ids: Vec<CheckId>,
    subject: Arc<RunSubject>,
    tools: RunEnvironment<'_>,
    events: impl Fn(CheckEvent) + Send + Sync,
    cancel: impl Future<Output = ()> + Send,
) {
    let now = || (tools.clock)().as_secs();
    events(CheckEvent::RunStarted { run, at: now(), checks: ids.clone() });
    let cancelled = {
        let start = ClockReading { instant: Instant::now(), unix_time: (tools.clock)() };
        let facts = Facts::new(subject, start);
        let all = async {
            let one = |id| run_check(run, id, &facts, tools, &events);
            stream::iter(ids).map(one).buffer_unordered(MAX_PARALLEL_CHECKS).collect::<()>().await;
        };
        let cancelled = tokio::select! {
            biased;
            () = cancel => true,
            () = all => false,
        };
        // Test objects are removed in any case; the connections of a cancelled run are closed at once.
        verification::clean_up(&facts).await;
        if !cancelled {
            facts.close().await;
        }
        cancelled
    };
    events(CheckEvent::RunFinished { run, at: now(), cancelled });
}

async fn run_check(
    run: u64,
    id: CheckId,
    facts: &Facts,
    tools: RunEnvironment<'_>,
    events: &(impl Fn(CheckEvent) + Send + Sync),
) {
    let started = Instant::now();
    let (waits_for, work) = match checks::task(id, facts) {
        CheckTask::Live { waits_for, work } => (waits_for, Some(work)),
        CheckTask::Answers => ("the answers".to_owned(), None),
    };
    events(CheckEvent::Started { run, id, waits_for: waits_for.clone() });
    let results = match work {
        None => (tools.rules)(id),
        Some(work) => {
            let verdicts = timeout(id.timeout(), work).await.unwrap_or_else(|_| vec![timed_out(id, &waits_for)]);
            let took = started.elapsed();
            verdicts.into_iter().map(|verdict| verdict.into_result(id, took)).collect()
        }
    };
    events(CheckEvent::Finished { run, id, at: (tools.clock)().as_secs(), results });
}

fn timed_out(id: CheckId, waits_for: &str) -> Verdict {
    let limit = id.timeout().as_secs();
    Verdict::skipped(format!("The check did not end within {limit} s. It waited for {waits_for}."), "")
        .remedy("Run the check again. If it fails again, check the network between this server and the system.")
}
