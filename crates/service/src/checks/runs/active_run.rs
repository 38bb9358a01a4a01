//! A run that is active in this process: it writes its events to the store in small batches, and each batch proves that
//! this process still owns the run. A process that has lost the run writes nothing more.

use std::sync::Arc;
use std::time::Duration;

use domain::check::{CheckEvent, CheckId};
use store::{Expected, WriteOutcome};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::checks::results;
use crate::checks::runs::plan_runs::PlanRuns;
use crate::checks::runs::record::{
    EVENTS, RESTORED_RUN_NUMBER, RunRecord, RunStarter, StartRunError, append, hint, put_run, read_run,
};
use crate::clock;
use crate::error::PlansError;

/// How often a run writes a heartbeat.
pub(super) const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// How long events are gathered: one transaction for many checks that end at once.
const BATCH_INTERVAL: Duration = Duration::from_millis(25);
/// Events in one transaction.
const MAX_BATCH_EVENTS: usize = 64;
/// How often a batch is tried again while the store does not answer, one [`HEARTBEAT_INTERVAL`] apart.
const MAX_ATTEMPTS: u32 = 10;

/// A run of this process. [`ActiveRun::end`] ends it; one that is dropped without is ended too, as cancelled.
pub struct ActiveRun {
    /// Counts the runs of the plan, from 2.
    pub number: u64,
    /// What stops it.
    pub token: CancellationToken,
    /// Takes what is said; `None` once it ended.
    sender: Option<mpsc::UnboundedSender<CheckEvent>>,
    writing: Option<JoinHandle<()>>,
}

impl ActiveRun {
    pub(super) fn new(log: Arc<PlanRuns>, record: RunRecord, token: CancellationToken) -> Self {
        let (sender, received_events) = mpsc::unbounded_channel();
        let number = record.run;
        let writer = EventWriter { log, record, token: token.clone() };
        Self { number, token, sender: Some(sender), writing: Some(tokio::spawn(writer.write_all(received_events))) }
    }

    /// What takes the events of this run.
    pub fn event_sink(&self) -> impl Fn(CheckEvent) + Send + Sync + 'static {
        let sender = self.sender.clone();
        move |event| {
            // The channel has no receiver once another replica has taken over the run.
            let _ = sender.as_ref().map(|sender| sender.send(event));
        }
    }

    /// Ends the run, and waits until all that was said is in the store.
    pub async fn end(mut self) {
        self.sender = None;
        if let Some(writing) = self.writing.take() {
            let _ = writing.await;
        }
    }
}

impl PlanRuns {
    /// Begins a run of `checks`. The answers are read after this: a change that comes later is behind the start, and
    /// takes the results away.
    ///
    /// # Errors
    /// [`StartRunError::Busy`] while another run is active, [`StartRunError::TooMany`] after too many of `starter` within a
    /// minute.
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
            return self.busy().await;
        }
        record.note_start(starter, at)?;
        let run = record.run.max(RESTORED_RUN_NUMBER) + 1;
        record = RunRecord { run, running: true, by: self.replica.to_string(), cancel: false, checks, ..record };
        let _ = self.store.write(None, &[hint]).await?;
        // The events are about to be deleted. If their replica was killed before it stored the results, this call stores
        // them now.
        self.refresh().await?;
        results::save_report(self.store.as_ref(), self.plan, &self.report()).await?;
        let started = CheckEvent::RunStarted { run, at, checks: record.checks.clone() };
        let begin = [put_run(&record, expected)?, EVENTS.trim(0), append(&started)?];
        match self.store.write(Some(self.plan), &begin).await? {
            WriteOutcome::Written { .. } => {}
            // Another replica began one at the same moment.
            WriteOutcome::Conflict { .. } => return self.busy().await,
            WriteOutcome::NotFound => return Err(StartRunError::Absent),
        }
        self.refresh().await?;
        let token = CancellationToken::new();
        *self.token.lock() = Some(token.clone());
        Ok(ActiveRun::new(Arc::clone(self), record, token))
    }

    /// Another run is active. Its start is read first, so that a caller who then waits for its end does wait.
    async fn busy(&self) -> Result<ActiveRun, StartRunError> {
        self.refresh().await?;
        Err(StartRunError::Busy)
    }
}

#[cfg(test)]
impl ActiveRun {
    /// Stops as a process that is killed does: nothing more is written.
    pub(super) fn abandon(mut self) -> Self {
        if let Some(writing) = self.writing.take() {
            writing.abort();
        }
        self
    }
}

struct EventWriter {
    log: Arc<PlanRuns>,
    record: RunRecord,
    token: CancellationToken,
}

/// What became of a batch.
enum BatchOutcome {
    Done,
    /// The run is not ours any more, or its plan is gone.
    Lost,
}

impl EventWriter {
    async fn write_all(mut self, mut received_events: mpsc::UnboundedReceiver<CheckEvent>) {
        loop {
            let mut batch = Vec::new();
            let has_ended = tokio::select! {
                received = received_events.recv_many(&mut batch, MAX_BATCH_EVENTS) => received == 0,
                () = tokio::time::sleep(HEARTBEAT_INTERVAL) => false,
            };
            if !batch.is_empty() {
                tokio::time::sleep(BATCH_INTERVAL).await;
                while batch.len() < MAX_BATCH_EVENTS
                    && let Ok(event) = received_events.try_recv()
                {
                    batch.push(event);
                }
            }
            let has_finished = batch.iter().any(|event| matches!(event, CheckEvent::RunFinished { .. }));
            if has_ended {
                // A run that broke off does not stay running.
                batch.push(CheckEvent::RunFinished { run: self.record.run, at: clock::now(), cancelled: true });
            }
            self.record.running = !(has_finished || has_ended);
            if matches!(self.keep(&batch).await, BatchOutcome::Lost) {
                self.token.cancel();
                break;
            }
            if !self.record.running {
                break;
            }
        }
        *self.log.token.lock() = None;
        if let Err(error) = self.log.refresh().await {
            tracing::warn!(%error, "cannot read the end of a run");
        }
    }

    /// Writes a batch; tries again for a while when the store does not answer.
    async fn keep(&mut self, batch: &[CheckEvent]) -> BatchOutcome {
        for _ in 0..MAX_ATTEMPTS {
            match self.try_keep(batch).await {
                Ok(written) => return written,
                Err(error) => {
                    tracing::error!(%error, "cannot store check results; trying again");
                    tokio::time::sleep(HEARTBEAT_INTERVAL).await;
                }
            }
        }
        BatchOutcome::Lost
    }

    async fn try_keep(&mut self, batch: &[CheckEvent]) -> Result<BatchOutcome, PlansError> {
        loop {
            let plan = self.log.plan;
            let Some((version, found)) = read_run(self.log.store.as_ref(), plan).await? else {
                return Ok(BatchOutcome::Lost);
            };
            if !found.running || found.run != self.record.run || found.by != self.record.by {
                return Ok(BatchOutcome::Lost);
            }
            if found.cancel {
                self.token.cancel();
            }
            let mut writes = vec![put_run(&self.record, Expected::Version(version))?];
            for event in batch {
                writes.push(append(event)?);
            }
            match self.log.store.write(Some(plan), &writes).await? {
                WriteOutcome::Written { .. } => {
                    if !batch.is_empty() {
                        self.log.refresh().await?;
                        let store = self.log.store.as_ref();
                        if results::save_outcomes(store, plan, batch, &self.log.report()).await? {
                            // A change that came meanwhile found nothing to mark as outdated yet.
                            self.log.refresh().await?;
                            results::mark_changed_meanwhile(store, plan, batch, &self.log.report()).await?;
                        }
                    }
                    return Ok(BatchOutcome::Done);
                }
                // Another request cancelled the run at this moment.
                WriteOutcome::Conflict { .. } => {}
                WriteOutcome::NotFound => return Ok(BatchOutcome::Lost),
            }
        }
    }
}
