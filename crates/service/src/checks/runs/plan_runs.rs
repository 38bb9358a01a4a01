//! The runs of all plans as this process knows them: the log of each plan follows the events in the store, whichever replica
//! wrote them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::check::CheckReport;
use parking_lot::Mutex;
use store::{PlanId, Store, StoreError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::checks::results;
use crate::checks::runs::event_log::{EventLog, EventsSince};
use crate::checks::runs::record::{CURRENT_KEY, EVENTS, PAGE_SIZE, RUNS, RunRecord, event_number};
use crate::error::PlansError;
use crate::random;
use crate::records::{Entry, RecordError, Update};

/// How often a follower asks the store for new events of another replica.
const POLL_INTERVAL: Duration = Duration::from_millis(400);
/// The maximum number of logs without a follower that stay in memory.
pub(super) const MAX_IDLE_LOGS: usize = 256;

/// The runs of all plans.
#[derive(Clone)]
pub struct Runs {
    pub(super) store: Arc<dyn Store>,
    /// Tells this process from others over the same store.
    pub(super) replica: Arc<str>,
    pub(super) plans: Arc<Mutex<HashMap<PlanId, Arc<PlanRuns>>>>,
}

/// The log of one plan.
pub struct PlanRuns {
    pub(super) plan: PlanId,
    pub(super) store: Arc<dyn Store>,
    pub(super) replica: Arc<str>,
    pub(super) log: Mutex<EventLog>,
    /// When the store was asked last: one follower asks for all.
    asked: tokio::sync::Mutex<Option<Instant>>,
    /// The number of the last event that is known: who follows waits for it to change.
    end: watch::Sender<i64>,
    /// What stops the latest run of this replica; cancelled also once that run has ended.
    pub(super) token: Mutex<Option<CancellationToken>>,
}

impl Runs {
    /// The number of active runs in this process.
    #[must_use]
    pub fn running(&self) -> u64 {
        let is_active = |plan: &&Arc<PlanRuns>| plan.token.lock().as_ref().is_some_and(|token| !token.is_cancelled());
        self.plans.lock().values().filter(is_active).count() as u64
    }

    /// Runs over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        // Without random numbers the process id tells replicas on one machine apart.
        let name = random::hex::<8>().unwrap_or_else(|_| std::process::id().to_string());
        Self { store, replica: name.into(), plans: Arc::default() }
    }

    /// The log of a plan that exists, up to date.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(&self, plan: PlanId) -> Result<Arc<PlanRuns>, PlansError> {
        let known = self.plans.lock().get(&plan).cloned();
        let log = match known {
            Some(log) => log,
            None => {
                let kept = results::report(self.store.checks(plan).await?);
                let mut plans = self.plans.lock();
                if plans.len() >= MAX_IDLE_LOGS {
                    plans.retain(|_, log| Arc::strong_count(log) > 1);
                }
                let new = PlanRuns {
                    plan,
                    store: Arc::clone(&self.store),
                    replica: Arc::clone(&self.replica),
                    log: Mutex::new(EventLog::from_saved(kept, 0)),
                    asked: tokio::sync::Mutex::default(),
                    end: watch::Sender::default(),
                    token: Mutex::default(),
                };
                Arc::clone(plans.entry(plan).or_insert_with(|| Arc::new(new)))
            }
        };
        log.refresh().await?;
        Ok(log)
    }

    /// Forgets the log of a plan that is gone; a run of another replica ends when it finds nothing to write to.
    pub fn forget(&self, plan: PlanId) {
        let removed = self.plans.lock().remove(&plan);
        if let Some(token) = removed.and_then(|removed| removed.token.lock().take()) {
            token.cancel();
        }
    }
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
                    // This version ignores events that only a later version of the program knows.
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

    /// Stops the active run, if any, on every replica: this closes its sockets.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn cancel(&self) -> Result<(), PlansError> {
        if let Some(token) = self.token.lock().as_ref().filter(|token| !token.is_cancelled()) {
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

    /// Where all checks stand, with the number of the last event that is in it.
    #[must_use]
    pub fn report_and_number(&self) -> (CheckReport, i64) {
        let log = self.log.lock();
        (log.report().clone(), log.end())
    }

    /// What comes after event `seen`; everything there is without it, or when what follows it is not kept any more.
    #[must_use]
    pub fn since(&self, seen: Option<i64>) -> EventsSince {
        self.log.lock().since(seen)
    }

    /// The number of the event with this ID, if a follower who saw it can continue from there.
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

    /// Waits until no run is active, at most `limit`.
    pub async fn wait_until_idle(&self, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.wait_until(|report| !report.running)).await;
    }

    /// Waits for events, here or of another replica, until the report is as required.
    pub(super) async fn wait_until(&self, is_reached: impl Fn(&CheckReport) -> bool) -> CheckReport {
        loop {
            let (report, end) = self.report_and_number();
            if is_reached(&report) {
                return report;
            }
            self.wait_for_events_after(end).await;
        }
    }
}
