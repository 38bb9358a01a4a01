//! What a server does unasked, while it serves: it ends the runs of replicas that are gone and clears away what has
//! expired. Each replica does it; that several do so at once does no harm.

use std::time::{Duration, Instant};

use crate::http::state::AppState;
use service::checks::runs::OrphanedRun;
use service::error::PlansError;
use service::jobs::LastSeenVersions;
use service::records::Timestamp;

/// How often it looks whether the replicas with a run still live.
const ORPHAN_CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How often it clears away what has expired.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(600);

/// Runs maintenance until the server stops. It writes failures to the log and retries.
pub async fn run_maintenance(site: AppState) {
    let mut silence = LastSeenVersions::default();
    let mut cleared: Option<Instant> = None;
    loop {
        if let Err(error) = end_orphaned_runs(&site, &mut silence).await {
            tracing::warn!(%error, "cannot check the runs of other replicas");
        }
        if cleared.is_none_or(|cleared| cleared.elapsed() >= CLEANUP_INTERVAL) {
            cleared = Some(Instant::now());
            let now = Timestamp::now().to_stored();
            if let Err(error) = site.plans.store().prune(now).await {
                tracing::warn!(%error, "cannot delete expired records");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(ORPHAN_CHECK_INTERVAL) => {}
            () = site.stopping.cancelled() => return,
        }
    }
}

/// Ends the runs whose replica is gone.
async fn end_orphaned_runs(site: &AppState, silence: &mut LastSeenVersions) -> Result<(), PlansError> {
    for OrphanedRun { plan, left } in site.runs.reap_orphans(silence, Instant::now()).await? {
        tracing::warn!(%plan, checks = left.len(), "a replica stopped during a run; its remaining checks are marked as skipped");
    }
    Ok(())
}
