//! What a server does unasked, while it serves: it ends the runs of replicas that are gone and clears away what has
//! expired. Each replica does it; that several do so at once does no harm.

use std::time::{Duration, Instant};

use super::Site;
use crate::clock;
use crate::plans::PlansError;
use crate::runs::{LostRun, Silence};

/// How often it looks whether the replicas with a run still live.
const LOOK: Duration = Duration::from_secs(2);
/// How often it clears away what has expired.
const CLEAR: Duration = Duration::from_secs(600);

/// Watches until the server stops. What fails is told to the log and tried again.
pub async fn watch_over(site: Site) {
    let mut silence = Silence::default();
    let mut cleared: Option<Instant> = None;
    loop {
        if let Err(error) = end_lost_runs(&site, &mut silence).await {
            tracing::warn!(%error, "cannot check the runs of other replicas");
        }
        if cleared.is_none_or(|cleared| cleared.elapsed() >= CLEAR) {
            cleared = Some(Instant::now());
            let now = i64::try_from(clock::now()).unwrap_or(i64::MAX);
            if let Err(error) = site.plans.store().prune(now).await {
                tracing::warn!(%error, "cannot delete expired records");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = site.stopping.cancelled() => return,
        }
    }
}

/// Ends the runs whose replica is gone.
async fn end_lost_runs(site: &Site, silence: &mut Silence) -> Result<(), PlansError> {
    for LostRun { plan, left } in site.runs.lost(silence, Instant::now()).await? {
        tracing::warn!(%plan, checks = left.len(), "a replica stopped during a run; its remaining checks are marked as skipped");
    }
    Ok(())
}
