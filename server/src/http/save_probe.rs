//! Finds out whether plans can be saved, by saving something.

use std::sync::Arc;
use std::time::{Duration, Instant};

use service::plans::Plans;
use service::records::kinds;
use store::RecordWrite;

/// Whether a save was possible lately: who asks often does not write each time.
#[derive(Clone, Default)]
pub(crate) struct SaveProbe(Arc<tokio::sync::Mutex<Option<SaveProbeResult>>>);

/// When a save was tried, and what to do where it failed.
type SaveProbeResult = (Instant, Result<(), String>);

/// How long it is believed that saves are possible, and that they are not.
const SAVE_CHECK_TTL: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(2)];
/// What is written to find out: the kind and key of a fact, and as much as a small plan has, in bytes.
const SAVE_CHECK: [&str; 2] = [kinds::FACT.name(), "save-check"];
const SAVE_CHECK_BYTES: usize = 16 * 1024;

impl SaveProbe {
    /// Whether plans can be saved.
    ///
    /// # Errors
    /// What to do about it.
    pub(crate) async fn check(&self, plans: &Plans) -> Result<(), String> {
        let mut known = self.0.lock().await;
        if let Some((at, found)) = known.as_ref()
            && at.elapsed() < SAVE_CHECK_TTL[usize::from(found.is_err())]
        {
            return found.clone();
        }
        let [kind, key] = SAVE_CHECK;
        let write = RecordWrite::put(kind, key, "x".repeat(SAVE_CHECK_BYTES));
        let found = plans.store().write(None, &[write]).await.map(drop).map_err(|error| {
            tracing::error!(%error, "cannot save plans");
            error.advice()
        });
        *known = Some((Instant::now(), found.clone()));
        found
    }
}
