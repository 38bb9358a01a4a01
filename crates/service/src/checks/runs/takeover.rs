//! Runs whose replica is gone: who notices ends them in its place. A person starts them again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckState};
use store::{Expected, PlanId, WriteOutcome};

use crate::checks::runs::plan_runs::Runs;
use crate::checks::runs::record::{HINTS, PAGE_SIZE, RunRecord, append, hint, put_run, read_run};
use crate::error::PlansError;

/// How long a run may be silent: several times as long as [`crate::checks::runs::active_run::BEAT`].
pub const ORPHAN_TIMEOUT: Duration = Duration::from_secs(8);

/// A run whose replica is gone. It is ended and not repeated: one of its checks may be what stopped the replica.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrphanedRun {
    /// The plan.
    pub plan: PlanId,
    /// The checks that had not ended.
    pub left: Vec<CheckId>,
}

/// What [`Runs::lost`] remembers from one look to the next: since when a run has been at this version.
pub type LastSeenVersions = HashMap<PlanId, (i64, Instant)>;

impl Runs {
    /// Ends the runs that have been silent for [`ORPHAN_TIMEOUT`], and returns them. It compares the current versions with
    /// those of the last call, so that the clocks of replicas need not agree.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reap_orphans(
        &self,
        silence: &mut LastSeenVersions,
        now: Instant,
    ) -> Result<Vec<OrphanedRun>, PlansError> {
        let hints = HINTS.all(self.store.as_ref()).first(PAGE_SIZE).await?;
        let named: Vec<(PlanId, i64)> =
            hints.iter().filter_map(|hint| Some((hint.key.parse().ok()?, hint.version))).collect();
        silence.retain(|plan, _| named.iter().any(|(named, _)| named == plan));
        let mut lost = Vec::new();
        for (plan, version_of_hint) in named {
            // No other code removes a hint, and this call removes it only if no run has begun since the hint was read.
            let forget = HINTS.remove_if(plan.to_string(), Expected::Version(version_of_hint));
            let Some((version, record)) = read_run(self.store.as_ref(), plan).await? else {
                // The hint comes first: a run that has just begun is seen the next time.
                let (_, since) = silence.entry(plan).or_insert((0, now));
                if now.duration_since(*since) >= ORPHAN_TIMEOUT {
                    let _ = self.store.write(None, &[forget]).await?;
                }
                continue;
            };
            let seen = silence.entry(plan).or_insert((version, now));
            if seen.0 != version {
                *seen = (version, now);
            }
            if now.duration_since(seen.1) < ORPHAN_TIMEOUT {
                continue;
            }
            silence.remove(&plan);
            if !record.running {
                let _ = self.store.write(None, &[forget]).await?;
                // One that began at this very moment has its hint again.
                if read_run(self.store.as_ref(), plan).await?.is_some_and(|(_, record)| record.running) {
                    let _ = self.store.write(None, &[hint(plan)?]).await?;
                }
                continue;
            }
            lost.extend(self.end_orphan(plan, version, record).await?);
        }
        Ok(lost)
    }

    /// Ends a run in the place of its replica; `None` when that one, or another, was quicker.
    async fn end_orphan(
        &self,
        plan: PlanId,
        version: i64,
        record: RunRecord,
    ) -> Result<Option<OrphanedRun>, PlansError> {
        let log = self.open(plan).await?;
        let left: Vec<CheckId> = {
            let log = log.log.lock();
            let open = |id: &&CheckId| log.report().checks.get(id).is_some_and(CheckState::is_open);
            record.checks.iter().filter(open).copied().collect()
        };
        let ended = RunRecord { running: false, ..record };
        let finished = CheckEvent::RunFinished { run: ended.run, at: crate::clock::now(), cancelled: true };
        let writes = [put_run(&ended, Expected::Version(version))?, append(&finished)?];
        let written = self.store.write(Some(plan), &writes).await?;
        log.refresh().await?;
        Ok(matches!(written, WriteOutcome::Written { .. }).then_some(OrphanedRun { plan, left }))
    }
}
