//! Runs whose replica is gone: who notices ends them in its place and says what they left undone.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckState};
use store::{Expected, PlanId, RecordWrite, Scan, WriteOutcome};

use super::{HINT, PAGE, RunRecord, Runs, append, lock, put_run, read_run};
use crate::plans::PlansError;

/// How long a run may be silent: several times as long as [`super::running::BEAT`].
pub const LOST: Duration = Duration::from_secs(8);

/// How many replicas in a row may stop while they run the same checks, before nobody goes on: a server that answers with
/// nonsense could stop one after the other.
const MOST_STOPPED: u32 = 2;

/// A run whose replica is gone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LostRun {
    /// The plan.
    pub plan: PlanId,
    /// What had not ended; nothing where it is not to be done, as it may be what stopped [`MOST_STOPPED`] replicas.
    pub left: Vec<CheckId>,
    /// How many replicas in a row stopped while they did this.
    pub stopped: u32,
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
        let named: Vec<(PlanId, i64)> =
            hints.iter().filter_map(|hint| Some((hint.key.parse().ok()?, hint.version))).collect();
        silence.retain(|plan, _| named.iter().any(|(named, _)| named == plan));
        let mut lost = Vec::new();
        for (plan, hint) in named {
            // Nobody else takes a hint away, and this only if no run has begun since it was read.
            let forget = RecordWrite::Remove { kind: HINT, key: plan.to_string(), expected: Expected::Version(hint) };
            let Some((version, record)) = read_run(self.store.as_ref(), plan).await? else {
                // The hint comes first: a run that has just begun is seen the next time.
                let (_, since) = silence.entry(plan).or_insert((0, now));
                if now.duration_since(*since) >= LOST {
                    let _ = self.store.write(None, &[forget]).await?;
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
                let _ = self.store.write(None, &[forget]).await?;
                // One that began at this very moment has its hint again.
                if read_run(self.store.as_ref(), plan).await?.is_some_and(|(_, record)| record.running) {
                    let hint = RecordWrite::put(HINT, plan.to_string(), String::new());
                    let _ = self.store.write(None, &[hint]).await?;
                }
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
        let stopped = record.stopped.saturating_add(1);
        let left = if stopped < MOST_STOPPED { left } else { Vec::new() };
        let ended = RunRecord { running: false, stopped, ..record };
        let finished = CheckEvent::RunFinished { run: ended.run, at: crate::clock::now(), cancelled: true };
        let writes = [put_run(&ended, Expected::Version(version))?, append(&finished)?];
        let written = self.store.write(Some(plan), &writes).await?;
        log.refresh().await?;
        Ok(matches!(written, WriteOutcome::Written { .. }).then_some(LostRun { plan, left, stopped }))
    }
}
