//! Runs whose replica has stopped: another replica ends them. A person starts them again.

use std::time::Instant;

use domain::check::{CheckId, CheckState};
use store::{Expected, PlanId};

use crate::checks::runs::plan_runs::Runs;
use crate::checks::runs::record::{HINTS, PAGE_SIZE, hint, read_run};
use crate::error::PlansError;
use crate::jobs::{self, LastSeenVersions};

/// A run whose replica has stopped. It is ended and not repeated: one of its checks may be what stopped the replica.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrphanedRun {
    /// The plan.
    pub plan: PlanId,
    /// The checks that had not ended.
    pub left: Vec<CheckId>,
}

impl Runs {
    /// Ends the runs that have been silent for too long, and returns them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reap_orphans(
        &self,
        silence: &mut LastSeenVersions,
        now: Instant,
    ) -> Result<Vec<OrphanedRun>, PlansError> {
        let store = self.store.as_ref();
        let hints = HINTS.all(store).first(PAGE_SIZE).await?;
        let named: Vec<(PlanId, i64)> =
            hints.iter().filter_map(|hint| Some((hint.key.parse().ok()?, hint.version))).collect();
        silence.0.retain(|plan, _| named.iter().any(|(named, _)| named == plan));
        let mut orphaned = Vec::new();
        for (plan, version_of_hint) in named {
            let found = read_run(store, plan).await?;
            // The hint comes first: a run that has just begun has its record the next time.
            let version = found.as_ref().map_or(0, |(version, _)| *version);
            if !silence.is_orphaned(plan, version, now) {
                continue;
            }
            if let Some((version, record)) = found.filter(|(_, record)| record.running) {
                let log = self.open(plan).await?;
                let report = log.report();
                let is_open = |id: &&CheckId| report.checks.get(id).is_some_and(CheckState::is_open);
                let left = record.checks.iter().filter(is_open).copied().collect();
                if jobs::reap(store, plan, (version, record)).await? {
                    orphaned.push(OrphanedRun { plan, left });
                }
                log.refresh().await?;
                continue;
            }
            // No other code removes a hint, and this call removes it only if no run has begun since the hint was read.
            let forget = HINTS.remove_if(plan.to_string(), Expected::Version(version_of_hint));
            let _ = store.write(None, &[forget]).await?;
            // One that began at this very moment has its hint again.
            if read_run(store, plan).await?.is_some_and(|(_, record)| record.running) {
                let _ = store.write(None, &[hint(plan)?]).await?;
            }
        }
        Ok(orphaned)
    }
}
