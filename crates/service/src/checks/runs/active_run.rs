//! A run that is active in this process: a job ([`crate::jobs`]) whose reports are events.

use std::sync::Arc;

use domain::check::{CheckEvent, CheckId};
use store::{Expected, RecordWrite, WriteOutcome};
use tokio_util::sync::CancellationToken;

use crate::checks::results;
use crate::checks::runs::plan_runs::PlanRuns;
use crate::checks::runs::record::{
    CURRENT_KEY, EVENTS, RESTORED_RUN_NUMBER, RUNS, RunRecord, RunStarter, StartRunError, hint, read_run,
};
use crate::error::PlansError;
use crate::jobs::{ActiveJob, JobRecord};
use crate::records::Collection;

/// A run of this process. [`ActiveRun::end`] ends it; one that is dropped without is ended too, as cancelled.
pub struct ActiveRun {
    /// Counts the runs of the plan, from 2.
    pub number: u64,
    /// What stops it.
    pub token: CancellationToken,
    job: ActiveJob<RunRecord>,
}

impl ActiveRun {
    /// What takes the events of this run.
    pub fn event_sink(&self) -> impl Fn(CheckEvent) + Send + Sync + 'static {
        self.job.sink()
    }

    /// Ends the run, and waits until all its events are stored.
    pub async fn end(self) {
        self.job.end().await;
    }
}

impl JobRecord for RunRecord {
    type Report = CheckEvent;
    type Context = Arc<PlanRuns>;
    const RECORDS: Collection<Self> = RUNS;
    const KEY: &'static str = CURRENT_KEY;

    fn is_active(&self) -> bool {
        self.running
    }

    fn is_same_job(&self, stored: &Self) -> bool {
        (self.run, &self.by) == (stored.run, &stored.by)
    }

    fn is_stop_requested(&self) -> bool {
        self.cancel
    }

    fn apply(&mut self, batch: &[CheckEvent], _at: u64) {
        self.running &= !batch.iter().any(|event| matches!(event, CheckEvent::RunFinished { .. }));
    }

    fn interruption(&self, at: u64) -> CheckEvent {
        CheckEvent::RunFinished { run: self.run, at, cancelled: true }
    }

    fn writes(batch: &[CheckEvent]) -> Result<Vec<RecordWrite>, serde_json::Error> {
        batch.iter().map(|event| EVENTS.append(event)).collect()
    }

    async fn after_batch(log: &Arc<PlanRuns>, batch: &[CheckEvent]) -> Result<(), PlansError> {
        let (store, plan) = (log.store.as_ref(), log.plan);
        log.refresh().await?;
        if results::save_outcomes(store, plan, batch, &log.report()).await? {
            // A change that came meanwhile found nothing to mark as outdated yet.
            log.refresh().await?;
            results::mark_changed_meanwhile(store, plan, batch, &log.report()).await?;
        }
        Ok(())
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
        let expected = Expected::unchanged(found.as_ref().map(|(version, _)| *version));
        let mut record = found.map(|(_, record)| record).unwrap_or_default();
        // The hint also leads to an active run whose replica has stopped.
        let _ = self.store.write(None, &[hint(self.plan)?]).await?;
        // A caller who then waits for the end of an active run has read its start.
        self.refresh().await?;
        if record.running {
            return Err(StartRunError::Busy);
        }
        record.note_start(starter, at)?;
        let run = record.run.max(RESTORED_RUN_NUMBER) + 1;
        record = RunRecord { run, running: true, by: self.replica.to_string(), cancel: false, checks, ..record };
        // The events are about to be deleted. If their replica was killed before it stored the results, this call stores
        // them now.
        results::save_report(self.store.as_ref(), self.plan, &self.report()).await?;
        let started = CheckEvent::RunStarted { run, at, checks: record.checks.clone() };
        let begin = [RUNS.put_if(CURRENT_KEY, &record, None, expected)?, EVENTS.trim(0), EVENTS.append(&started)?];
        let written = self.store.write(Some(self.plan), &begin).await?;
        self.refresh().await?;
        match written {
            WriteOutcome::Written { .. } => {}
            // Another replica began one at the same moment.
            WriteOutcome::Conflict { .. } => return Err(StartRunError::Busy),
            WriteOutcome::NotFound => return Err(PlansError::Absent.into()),
        }
        let job = ActiveJob::start(Arc::clone(&self.store), self.plan, record, Arc::clone(self));
        *self.token.lock() = Some(job.stop.clone());
        Ok(ActiveRun { number: run, token: job.stop.clone(), job })
    }
}

#[cfg(test)]
impl ActiveRun {
    /// Stops as a process that is killed does: nothing more is written.
    pub(super) fn abandon(self) -> Self {
        self.job.writer.abort();
        self
    }
}
