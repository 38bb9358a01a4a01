//! Runs whose replica is gone: who notices ends them in its place and says what they left undone.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckState};
use store::{Expected, PlanId, RecordWrite, Scan, WriteOutcome};

use super::{HINT, PAGE, RunRecord, Runs, append, lock, put_run, read_run};
use crate::plans::PlansError;

/// How long a run may be silent: several times as long as [`super::running::BEAT`].
pub const LOST: Duration = Duration::from_secs(8);

/// A run whose replica is gone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LostRun {
    /// The plan.
    pub plan: PlanId,
    /// What had not ended.
    pub left: Vec<CheckId>,
}

/// What [`Runs::lost`] remembers from one look to the next: since when a run has been at this version.
pub type Silence = HashMap<PlanId, (i64, Instant)>;

impl Runs {
    /// Ends the runs that have been silent for [`LOST`] and says what is left of them, for whoever asks to do it. It
    /// compares what it sees with what it saw, so that the clocks of replicas need not agree.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lost(&self, silence: &mut Silence, now: Instant) -> Result<Vec<LostRun>, PlansError> {
        let hints = self.store.scan(HINT, None, &Scan::first(PAGE)).await?;
        let named: Vec<PlanId> = hints.iter().filter_map(|hint| hint.key.parse().ok()).collect();
        silence.retain(|plan, _| named.contains(plan));
        let mut lost = Vec::new();
        for plan in named {
            let Some((version, record)) = read_run(self.store.as_ref(), plan).await? else {
                // The hint comes first: a run that has just begun is seen the next time.
                let (_, since) = silence.entry(plan).or_insert((0, now));
                if now.duration_since(*since) >= LOST {
                    let _ = self.store.write(None, &[RecordWrite::remove(HINT, plan.to_string())]).await?;
                }
                continue;
            };
            let seen = silence.entry(plan).or_insert((version, now));
            if seen.0 != version {
                *seen = (version, now);
            }
            if now.duration_since(seen.1) < LOST {
                continue;
            }
            silence.remove(&plan);
            if !record.running {
                let _ = self.store.write(None, &[RecordWrite::remove(HINT, plan.to_string())]).await?;
                continue;
            }
            lost.extend(self.end_lost(plan, version, record).await?);
        }
        Ok(lost)
    }

    /// Ends a run in the place of its replica; `None` when that one, or another, was quicker.
    async fn end_lost(&self, plan: PlanId, version: i64, record: RunRecord) -> Result<Option<LostRun>, PlansError> {
        let log = self.open(plan).await?;
        let left: Vec<CheckId> = {
            let log = lock(&log.log);
            let open = |id: &&CheckId| log.report().checks.get(id).is_some_and(CheckState::is_open);
            record.checks.iter().filter(open).copied().collect()
        };
        let ended = RunRecord { running: false, ..record };
        let finished = CheckEvent::RunFinished { run: ended.run, at: crate::clock::now(), cancelled: true };
        let writes = [put_run(&ended, Expected::Version(version))?, append(&finished)?];
        let written = self.store.write(Some(plan), &writes).await?;
        let _ = self.store.write(None, &[RecordWrite::remove(HINT, plan.to_string())]).await?;
        log.refresh().await?;
        Ok(matches!(written, WriteOutcome::Written { .. }).then_some(LostRun { plan, left }))
    }
}
