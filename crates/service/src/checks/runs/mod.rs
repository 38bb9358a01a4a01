//! Runs of checks: one a plan at a time, as numbered events that anyone may follow and replay.
//!
//! Events live in the store, so that every replica of the server tells the same: one begins a run, another is asked for
//! it. Who runs keeps saying so; a run that is silent for [`ORPHAN_TIMEOUT`] belonged to a replica that is gone, and another one ends
//! it ([`Runs::lost`]). What is checked and how is `domain`'s and `probe`'s.

mod active_run;
mod event_log;
mod takeover;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckReport};
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, RecordWrite, Store, StoreError, WriteOutcome};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use crate::checks::runs::active_run::ActiveRun;
pub use crate::checks::runs::event_log::EventsSince;
pub use crate::checks::runs::takeover::{LastSeenVersions, ORPHAN_TIMEOUT, OrphanedRun};

use crate::checks::results;
use crate::checks::runs::event_log::EventLog;
use crate::plans::PlansError;
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, Entry, PlainText, RecordError, Update};

/// Appended; from the start of the latest run.
const EVENTS: Collection<CheckEvent> = Collection::new(kinds::EVENT);
/// Under the key [`CURRENT_KEY`].
const RUNS: Collection<RunRecord> = Collection::new(kinds::RUN);
const CURRENT_KEY: &str = "current";
/// By plan, with an empty body: only a hint for [`Runs::lost`].
const HINTS: Collection<PlainText, OfProgram> = Collection::new(kinds::RUNNING);

/// The number that stands for all that was kept (see `CheckReport::restore`): runs count on from it.
const RESTORED_RUN_NUMBER: u64 = 1;
/// How many runs of one plan its owner may begin in [`SECONDS_PER_MINUTE`]: more than anybody clicks, fewer than a scan of a network needs.
const MAX_RUNS_PER_MINUTE: usize = 30;
/// The same for each link, and for the probes of the nodes. Theirs are counted apart: nobody uses up the owner's.
const MAX_RUNS_PER_MINUTE_OF_A_LINK: usize = 10;
/// In seconds.
const SECONDS_PER_MINUTE: u64 = 60;
/// Events a plan keeps in the store: those of the largest run with all changes that come meanwhile.
const MAX_STORED_EVENTS: u32 = 1024;
/// A save whose revision is a multiple of this takes old events away.
const TRIM_INTERVAL_REVISIONS: i64 = 64;
/// Events read at once.
const PAGE_SIZE: u32 = 500;
/// How often somebody who follows asks the store whether another replica said something.
const POLL_INTERVAL: Duration = Duration::from_millis(400);
/// Logs that nobody follows stay in memory up to this number.
const MAX_IDLE_LOGS: usize = 256;

/// Why no run begins.
#[derive(Debug, thiserror::Error)]
pub enum StartRunError {
    /// A run goes on already.
    #[error("checks are already running")]
    Busy,
    /// Whoever asks began too many in the last minute.
    #[error("too many runs were started within a minute")]
    TooMany,
    /// The database.
    #[error("cannot start the run")]
    Store(#[from] StoreError),
    /// What is kept of cannot read the run or written as JSON.
    #[error("cannot read the run")]
    Record(#[from] serde_json::Error),
    /// The plan is gone.
    #[error("the plan does not exist")]
    Absent,
}

/// The run a plan is in, as all replicas know it. Each change of the record is a sign of life.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct RunRecord {
    /// Counts the runs of the plan, from 2.
    run: u64,
    /// Whether it goes on.
    running: bool,
    /// The replica that runs it.
    by: String,
    /// Whether somebody wants it to stop.
    cancel: bool,
    /// What it checks.
    checks: Vec<CheckId>,
    /// When the latest runs of the owner began, in unix seconds.
    begun: Vec<u64>,
    /// The same of each link, and of the probes.
    #[serde(default)]
    begun_by_others: BTreeMap<String, Vec<u64>>,
}

/// Who begins a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RunStarter {
    /// The owner.
    Owner,
    /// Who came by this link.
    Link(String),
    /// A probe of a node, whose report is looked at.
    Probe,
}

impl RunStarter {
    /// Who came by link `via`; the owner where that is empty.
    #[must_use]
    pub fn by(via: &str) -> Self {
        if via.is_empty() { Self::Owner } else { Self::Link(via.to_owned()) }
    }
}

impl RunRecord {
    /// Notes that a run begins at `at`.
    ///
    /// # Errors
    /// When whoever begins it began too many within [`SECONDS_PER_MINUTE`].
    fn note_start(&mut self, starter: &RunStarter, at: u64) -> Result<(), StartRunError> {
        let is_recent = |begun: &u64| begun.abs_diff(at) < SECONDS_PER_MINUTE;
        self.begun.retain(is_recent);
        self.begun_by_others.retain(|_, begun| {
            begun.retain(is_recent);
            !begun.is_empty()
        });
        let (begun, most) = match starter {
            RunStarter::Owner => (&mut self.begun, MAX_RUNS_PER_MINUTE),
            // No link has an empty id.
            RunStarter::Probe => {
                (self.begun_by_others.entry(String::new()).or_default(), MAX_RUNS_PER_MINUTE_OF_A_LINK)
            }
            RunStarter::Link(id) => {
                (self.begun_by_others.entry(id.clone()).or_default(), MAX_RUNS_PER_MINUTE_OF_A_LINK)
            }
        };
        if begun.len() >= most {
            return Err(StartRunError::TooMany);
        }
        begun.push(at);
        Ok(())
    }
}

/// The runs of all plans.
#[derive(Clone)]
pub struct Runs {
    store: Arc<dyn Store>,
    /// Tells this process from others over the same store.
    replica: Arc<str>,
    plans: Arc<Mutex<HashMap<PlanId, Arc<PlanRuns>>>>,
}

/// The log of one plan.
pub struct PlanRuns {
    plan: PlanId,
    store: Arc<dyn Store>,
    replica: Arc<str>,
    log: Mutex<EventLog>,
    /// When the store was asked last: one follower asks for all.
    asked: tokio::sync::Mutex<Option<Instant>>,
    /// The number of the last event that is known: who follows waits for it to change.
    end: watch::Sender<i64>,
    /// What stops the run of this replica.
    token: Mutex<Option<CancellationToken>>,
}

impl Runs {
    /// How many runs go on in this process.
    #[must_use]
    pub fn running(&self) -> u64 {
        self.plans.lock().values().filter(|plan| plan.token.lock().is_some()).count() as u64
    }

    /// Runs over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        let mut random = [0; 8];
        // Without random numbers the process id tells replicas on one machine apart.
        let name =
            getrandom::fill(&mut random).map_or_else(|_| std::process::id().to_string(), |()| hex::encode(random));
        Self { store, replica: name.into(), plans: Arc::default() }
    }

    /// The log of a plan that exists, up to date.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(&self, plan: PlanId) -> Result<Arc<PlanRuns>, PlansError> {
        let known = self.plans().get(&plan).cloned();
        let log = match known {
            Some(log) => log,
            None => {
                let kept = results::report(self.store.checks(plan).await?);
                let mut plans = self.plans();
                if plans.len() >= MAX_IDLE_LOGS {
                    plans.retain(|_, log| Arc::strong_count(log) > 1);
                }
                Arc::clone(plans.entry(plan).or_insert_with(|| Arc::new(self.log_over(plan, kept))))
            }
        };
        log.refresh().await?;
        Ok(log)
    }

    fn log_over(&self, plan: PlanId, kept: CheckReport) -> PlanRuns {
        PlanRuns {
            plan,
            store: Arc::clone(&self.store),
            replica: Arc::clone(&self.replica),
            log: Mutex::new(EventLog::from_saved(kept, 0)),
            asked: tokio::sync::Mutex::default(),
            end: watch::Sender::default(),
            token: Mutex::default(),
        }
    }

    /// Forgets the log of a plan that is gone; a run of another replica ends when it finds nothing to write to.
    pub fn forget(&self, plan: PlanId) {
        let removed = self.plans().remove(&plan);
        if let Some(token) = removed.and_then(|removed| removed.token.lock().take()) {
            token.cancel();
        }
    }

    fn plans(&self) -> MutexGuard<'_, HashMap<PlanId, Arc<PlanRuns>>> {
        self.plans.lock()
    }
}

fn append(event: &CheckEvent) -> Result<RecordWrite, serde_json::Error> {
    EVENTS.append(event)
}

fn put_run(record: &RunRecord, expected: Expected) -> Result<RecordWrite, serde_json::Error> {
    RUNS.put_if(CURRENT_KEY, record, None, expected)
}

/// Names a plan whose checks run.
fn hint(plan: PlanId) -> Result<RecordWrite, serde_json::Error> {
    HINTS.put(plan.to_string(), &PlainText::default())
}

fn event_number(entry: &Entry<CheckEvent>) -> Option<i64> {
    entry.number.and_then(|number| i64::try_from(number).ok())
}

/// The run a plan is in, with the version of its record; `None` before the first, and where a later program wrote it.
async fn read_run(store: &dyn Store, plan: PlanId) -> Result<Option<(i64, RunRecord)>, StoreError> {
    let found = RUNS.of(store, plan).get(CURRENT_KEY).await?;
    Ok(found.and_then(|entry| Some((entry.version, entry.value?))))
}

/// What a save of these settings writes beside the plan: that results which depended on them do not count any more. In
/// the same step, so that no result stays green when the server is killed in between.
///
/// # Errors
/// Never; serde's word for it.
pub fn records_for_change(settings: &[String], revision: i64) -> Result<Vec<RecordWrite>, serde_json::Error> {
    if settings.is_empty() {
        return Ok(Vec::new());
    }
    let mut writes = vec![append(&CheckEvent::Changed { settings: settings.to_vec() })?];
    if revision % TRIM_INTERVAL_REVISIONS == 0 {
        writes.push(EVENTS.trim(MAX_STORED_EVENTS));
    }
    Ok(writes)
}

impl PlanRuns {
    /// Takes in what was said since, here and by other replicas.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.refresh_with(&mut *self.asked.lock().await).await
    }

    async fn refresh_with(&self, asked: &mut Option<Instant>) -> Result<(), StoreError> {
        loop {
            let seen = self.log.lock().end();
            let seen_number = u64::try_from(seen).unwrap_or_default();
            let events = EVENTS.of(self.store.as_ref(), self.plan).after(seen_number, PAGE_SIZE).await?;
            let is_last = events.len() < PAGE_SIZE as usize;
            // Numbers have no gaps: what is missing was taken away, and what it said is in what was kept.
            let first = events.first().and_then(event_number).unwrap_or_default();
            let kept = match first > seen + 1 {
                true => Some(results::report(self.store.checks(self.plan).await?)),
                false => None,
            };
            let end = {
                let mut log = self.log.lock();
                if let Some(kept) = kept {
                    *log = EventLog::from_saved(kept, first - 1);
                }
                for entry in events {
                    // What a later program says is passed over.
                    if let (Some(number), Some(event)) = (event_number(&entry), entry.value) {
                        log.push(number, event);
                    }
                }
                log.end()
            };
            self.end.send_if_modified(|known| std::mem::replace(known, end) != end);
            if is_last {
                *asked = Some(Instant::now());
                return Ok(());
            }
        }
    }

    /// Asks the store for news unless another follower has just done so. While it does not answer, nothing is new.
    async fn poll(&self) {
        let mut asked = self.asked.lock().await;
        if asked.is_none_or(|asked| asked.elapsed() >= POLL_INTERVAL)
            && let Err(error) = self.refresh_with(&mut asked).await
        {
            tracing::warn!(%error, "cannot read new events of a run");
            *asked = Some(Instant::now());
        }
    }

    /// Begins a run of `checks`. The answers are read after this: a change that comes later is behind the start, and
    /// takes the results away.
    ///
    /// # Errors
    /// [`StartRunError::Busy`] while another run goes on, [`StartRunError::TooMany`] after too many of `starter` within a minute.
    pub async fn begin(
        self: &Arc<Self>,
        checks: Vec<CheckId>,
        starter: &RunStarter,
        at: u64,
    ) -> Result<ActiveRun, StartRunError> {
        let found = read_run(self.store.as_ref(), self.plan).await?;
        let expected = found.as_ref().map_or(Expected::Absent, |(version, _)| Expected::Version(*version));
        let mut record = found.map(|(_, record)| record).unwrap_or_default();
        let hint = hint(self.plan)?;
        if record.running {
            // One whose replica is gone, and the hint with it, is found all the same.
            let _ = self.store.write(None, &[hint]).await?;
            return Err(StartRunError::Busy);
        }
        record.note_start(starter, at)?;
        let run = record.run.max(RESTORED_RUN_NUMBER) + 1;
        record = RunRecord { run, running: true, by: self.replica.to_string(), cancel: false, checks, ..record };
        let _ = self.store.write(None, &[hint]).await?;
        // The events are about to go: what they said and nobody kept, as their replica was killed in between, is kept now.
        self.refresh().await?;
        results::save_report(self.store.as_ref(), self.plan, &self.report()).await?;
        let started = CheckEvent::RunStarted { run, at, checks: record.checks.clone() };
        let begin = [put_run(&record, expected)?, EVENTS.trim(0), append(&started)?];
        match self.store.write(Some(self.plan), &begin).await? {
            WriteOutcome::Written { .. } => {}
            // Another replica began one at the same moment.
            WriteOutcome::Conflict { .. } => return Err(StartRunError::Busy),
            WriteOutcome::NotFound => return Err(StartRunError::Absent),
        }
        self.refresh().await?;
        let token = CancellationToken::new();
        *self.token.lock() = Some(token.clone());
        Ok(ActiveRun::new(Arc::clone(self), record, token))
    }

    /// Stops the run that goes on, if any, wherever it runs: its sockets are closed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn cancel(&self) -> Result<(), PlansError> {
        if let Some(token) = self.token.lock().as_ref() {
            token.cancel();
            return Ok(());
        }
        let request = |found: Option<Entry<RunRecord>>| {
            let running = found.and_then(|entry| entry.value).filter(|record| record.running && !record.cancel);
            let Some(record) = running else { return Ok(Update::Leave(())) };
            let value = RunRecord { cancel: true, ..record };
            Ok(Update::Put { value, expires_at: None, with: Vec::new(), result: () })
        };
        match RUNS.of(self.store.as_ref(), self.plan).update(CURRENT_KEY, request).await {
            Err(RecordError::PlanNotFound) => Ok(()),
            requested => Ok(requested?),
        }
    }

    /// Where all checks stand, as far as is known here.
    #[must_use]
    pub fn report(&self) -> CheckReport {
        self.log.lock().report().clone()
    }

    /// Where all checks stand, with the id of the last event that is in it.
    #[must_use]
    pub fn report_and_id(&self) -> (CheckReport, String) {
        let log = self.log.lock();
        (log.report().clone(), log.end().to_string())
    }

    /// What comes after event `seen`; everything there is without it, or when what follows it is not kept any more.
    #[must_use]
    pub fn since(&self, seen: Option<i64>) -> EventsSince {
        self.log.lock().since(seen)
    }

    /// The number of the event with this id, if who saw it can go on from there.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<i64> {
        id.parse().ok().filter(|number| self.log.lock().has_all_after(*number))
    }

    /// Waits until there are events after `seen`, here or on another replica.
    pub async fn wait_for_events_after(&self, seen: i64) {
        let mut end = self.end.subscribe();
        while self.log.lock().end() <= seen {
            tokio::select! {
                // The sender lives as long as self, so this cannot fail.
                _ = end.changed() => {}
                () = tokio::time::sleep(POLL_INTERVAL) => self.poll().await,
            }
        }
    }

    /// Waits until no run goes on, at most `limit`.
    pub async fn wait_until_idle(&self, limit: Duration) {
        let wait = async {
            loop {
                let (is_running, end) = {
                    let log = self.log.lock();
                    (log.report().running, log.end())
                };
                if !is_running {
                    return;
                }
                self.wait_for_events_after(end).await;
            }
        };
        let _ = tokio::time::timeout(limit, wait).await;
    }
}

#[cfg(test)]
mod tests;
