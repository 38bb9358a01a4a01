//! Jobs: work that one replica does for a plan and that every replica shows. Check runs and preparations are jobs.
//!
//! A job is a record of its plan. The process that starts it owns it, and alone writes the record: with what the work
//! reports, in batches, and each second as a heartbeat. A write replaces the version that was read, and only while that is
//! the owner's active job. A process that was slow and has lost its job therefore writes nothing more.
//!
//! A job ends once. Its owner records the end that the work reports, or an interruption where the work stops without one.
//! Without a heartbeat for longer than [`ORPHAN_TIMEOUT`] it counts as interrupted, and no replica repeats it: the work may
//! be what stopped the owner. When its plan is deleted, so is the record, and the owner stops what can be stopped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{PlanId, RecordWrite, Store};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::error::PlansError;
use crate::records::{Body, Collection, Entry, RecordError, Update};

/// How often an owner writes where nothing is reported, and how long it waits before it repeats a write that failed.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// How long an owner may be silent: many times [`HEARTBEAT_INTERVAL`], as writes are repeated, and as clocks differ a little.
pub(crate) const ORPHAN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long reports are gathered: one transaction for many that come at once.
const BATCH_INTERVAL: Duration = Duration::from_millis(25);
/// Reports in one transaction.
const MAX_BATCH_REPORTS: usize = 64;
/// How often a write is attempted once the work has ended; before that, without limit.
const MAX_ATTEMPTS: u32 = 30;

/// The record of a job: what differs between kinds of jobs.
pub(crate) trait JobRecord: Body + Clone + Send + Sync + 'static {
    /// What the work reports.
    type Report: Send + Sync + 'static;
    /// What [`Self::after_batch`] needs.
    type Context: Send + Sync + 'static;
    /// Its kind of records; one job of a plan has the key [`Self::KEY`].
    const RECORDS: Collection<Self>;
    const KEY: &'static str;

    /// Whether the job has not ended.
    fn is_active(&self) -> bool;
    /// Whether `stored` is this job, and not one that another replica has started since.
    fn is_same_job(&self, stored: &Self) -> bool;
    /// Whether an actor on any replica has asked the job to stop.
    fn is_stop_requested(&self) -> bool {
        false
    }
    /// Changes the record according to a batch at `at`, in unix seconds. An empty batch is a heartbeat.
    fn apply(&mut self, batch: &[Self::Report], at: u64);
    /// The report that ends a job at `at`, in unix seconds, whose work reports no end.
    fn interruption(&self, at: u64) -> Self::Report;
    /// The records that are stored with a batch, in one transaction.
    fn writes(_batch: &[Self::Report]) -> Result<Vec<RecordWrite>, serde_json::Error> {
        Ok(Vec::new())
    }
    /// What follows a stored batch; repeated where it fails.
    fn after_batch(_: &Self::Context, _batch: &[Self::Report]) -> impl Future<Output = Result<(), PlansError>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Whether a job whose owner has been silent for this long counts as interrupted.
pub(crate) fn is_orphaned(silence: Duration) -> bool {
    silence > ORPHAN_TIMEOUT
}

/// Applies a batch to `record`, and adds an interruption where the work has stopped without an end. Returns what to write.
fn advance<R: JobRecord>(record: &mut R, mut batch: Vec<R::Report>, has_stopped: bool, at: u64) -> Vec<R::Report> {
    record.apply(&batch, at);
    if has_stopped && record.is_active() {
        batch.push(record.interruption(at));
        record.apply(&batch[batch.len() - 1..], at);
    }
    batch
}

/// The versions of jobs as this replica has observed them, and since when by its own clock: clocks need not agree.
#[derive(Debug, Default)]
pub struct LastSeenVersions(pub(crate) HashMap<PlanId, (i64, Instant)>);

impl LastSeenVersions {
    /// Notes the version of a plan's job. Returns whether it has been the same for too long; then the silence starts again.
    pub(crate) fn is_orphaned(&mut self, plan: PlanId, version: i64, now: Instant) -> bool {
        let seen = self.0.entry(plan).or_insert((version, now));
        if seen.0 != version {
            *seen = (version, now);
        }
        is_orphaned(now.duration_since(seen.1)) && self.0.remove(&plan).is_some()
    }
}

/// Ends a job in place of its silent owner. Returns `false` where the owner is alive, or another replica was first.
pub(crate) async fn reap<R: JobRecord>(store: &dyn Store, plan: PlanId, found: (i64, R)) -> Result<bool, PlansError> {
    let (version, mut record) = found;
    let batch = advance(&mut record, Vec::new(), true, clock::now());
    Ok(write(store, plan, Some(version), &record, &batch).await?.is_some())
}

/// Stores `record` with a batch, as a heartbeat of this moment, in place of the stored one, which must be the same active job,
/// and at `version` if given. Returns the replaced record.
async fn write<R: JobRecord>(
    store: &dyn Store,
    plan: PlanId,
    version: Option<i64>,
    record: &R,
    batch: &[R::Report],
) -> Result<Option<R>, PlansError> {
    let edit = |found: Option<Entry<R>>| {
        let expected = found.filter(|entry| version.is_none_or(|version| entry.version == version));
        let stored = expected.and_then(|entry| entry.value);
        let result = stored.filter(|stored| stored.is_active() && record.is_same_job(stored));
        if result.is_none() {
            return Ok(Update::Leave(None));
        }
        let mut value = record.clone();
        value.apply(&[], clock::now());
        Ok(Update::Put { value, expires_at: None, with: R::writes(batch)?, result })
    };
    match R::RECORDS.of(store, plan).update(R::KEY, edit).await {
        Err(RecordError::PlanNotFound) => Ok(None),
        written => Ok(written?),
    }
}

/// A job of this process. When it is dropped, and each sink with it, the job ends.
pub(crate) struct ActiveJob<R: JobRecord> {
    reports: UnboundedSender<R::Report>,
    /// Cancelled when an actor asks the job to stop, and when the record is written no more.
    pub(crate) stop: CancellationToken,
    pub(crate) writer: JoinHandle<()>,
}

impl<R: JobRecord> ActiveJob<R> {
    /// Owns the job of `record`, which was just stored.
    pub(crate) fn start(store: Arc<dyn Store>, plan: PlanId, record: R, context: R::Context) -> Self {
        let ((reports, received), stop) = (unbounded_channel(), CancellationToken::new());
        let writer = JobWriter { store, plan, record, context, reports: received, stop: stop.clone() };
        Self { reports, stop, writer: tokio::spawn(writer.run()) }
    }

    /// What takes the reports. It drops those that come after the end.
    pub(crate) fn sink(&self) -> impl Fn(R::Report) + Send + Sync + use<R> {
        let reports = self.reports.clone();
        move |report| drop(reports.send(report))
    }

    /// Ends the job, and waits until all reports are stored.
    pub(crate) async fn end(self) {
        drop(self.reports);
        let _ = self.writer.await;
    }
}

struct JobWriter<R: JobRecord> {
    store: Arc<dyn Store>,
    plan: PlanId,
    record: R,
    context: R::Context,
    reports: UnboundedReceiver<R::Report>,
    stop: CancellationToken,
}

impl<R: JobRecord> JobWriter<R> {
    async fn run(mut self) {
        while self.record.is_active() {
            let batch = self.next_batch().await;
            let has_stopped = self.reports.is_closed() && self.reports.is_empty();
            let batch = advance(&mut self.record, batch, has_stopped, clock::now());
            let store_batch = || write(self.store.as_ref(), self.plan, None, &self.record, &batch);
            let Some(Some(replaced)) = self.retry(store_batch).await else { break };
            if replaced.is_stop_requested() {
                self.stop.cancel();
            }
            if !batch.is_empty() && self.retry(|| R::after_batch(&self.context, &batch)).await.is_none() {
                break;
            }
        }
        self.stop.cancel();
    }

    /// Waits for a report, and gathers those that follow; empty after [`HEARTBEAT_INTERVAL`].
    async fn next_batch(&mut self) -> Vec<R::Report> {
        let mut batch = Vec::new();
        let received = self.reports.recv_many(&mut batch, MAX_BATCH_REPORTS);
        if timeout(HEARTBEAT_INTERVAL, received).await.is_ok() && !self.reports.is_closed() {
            sleep(BATCH_INTERVAL).await;
            let more = self.reports.len().min(MAX_BATCH_REPORTS - batch.len());
            self.reports.recv_many(&mut batch, more).await;
        }
        batch
    }

    /// Repeats an operation while the store does not answer; `None` after [`MAX_ATTEMPTS`].
    async fn retry<T, F: Future<Output = Result<T, PlansError>>>(&self, operation: impl Fn() -> F) -> Option<T> {
        let (plan, kind, mut attempts) = (self.plan, R::RECORDS.name(), 0);
        while attempts < MAX_ATTEMPTS {
            match operation().await {
                Ok(done) => return Some(done),
                Err(error) => tracing::warn!(%plan, kind, %error, "cannot store the progress of a job; trying again"),
            }
            attempts += u32::from(self.reports.is_closed());
            sleep(HEARTBEAT_INTERVAL).await;
        }
        tracing::error!(%plan, kind, "the end of a job is not stored, as the store does not answer");
        None
    }
}

#[cfg(test)]
mod tests;
