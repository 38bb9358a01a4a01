//! How large a journal grows: past its bound the oldest lines go. The plan as it is now is never touched, and versions that
//! the journal does not lead back to any more are gone.
//!
//! A process looks once it has written so much itself, not at every line, so a journal is larger than its bound by what
//! each replica wrote since.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use store::{PlanId, RecordWrite, Scan, Store};

use crate::collaboration::journal_entry::JOURNAL;
use crate::error::PlansError;

/// Bytes that are kept of one plan's journal: tens of thousands of lines, and few enough to be read at once.
pub const MAX_JOURNAL_BYTES: usize = 16 * 1024 * 1024;
/// What a line counts beside its text: its key and the rows of indexes.
const ROW_OVERHEAD_BYTES: usize = 100;
/// After how many bytes a process looks again.
const RECOUNT_INTERVAL_BYTES: usize = 1024 * 1024;
/// Lines that are in memory at once: some hold the texts of certificates.
const BATCH_SIZE: u32 = 64;

/// Limits the journals of a store to [`MAX_JOURNAL_BYTES`] each.
#[derive(Clone)]
pub(crate) struct JournalRetention {
    store: Arc<dyn Store>,
    /// Bytes that this process wrote of each plan since it counted the journal.
    written: Arc<Mutex<HashMap<PlanId, usize>>>,
}

impl JournalRetention {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, written: Arc::default() }
    }

    /// Adds bytes, and returns whether to count the journal: with the first ones, since others may have written before.
    fn is_due(&self, plan: PlanId, bytes: usize) -> bool {
        let mut written = self.written.lock();
        let since = written.entry(plan).or_insert(RECOUNT_INTERVAL_BYTES);
        *since += bytes;
        let is_due = *since >= RECOUNT_INTERVAL_BYTES;
        if is_due {
            *since = 0;
        }
        is_due
    }

    /// Forgets a plan that was deleted.
    pub(crate) fn forget(&self, plan: PlanId) {
        self.written.lock().remove(&plan);
    }

    /// Deletes the oldest entries of a journal that is too large after `writes`. A failure is logged only: what was written
    /// is stored, and the next write tries again.
    pub(crate) async fn apply(&self, plan: PlanId, writes: &[RecordWrite]) {
        let bytes = |write: &RecordWrite| match write {
            RecordWrite::Append { kind, body, .. } if *kind == JOURNAL.name() => body.len() + ROW_OVERHEAD_BYTES,
            _ => 0,
        };
        if self.is_due(plan, writes.iter().map(bytes).sum())
            && let Err(error) = self.drop_oldest(plan).await
        {
            tracing::warn!(%error, "cannot delete the oldest history entries of a plan");
        }
    }

    async fn drop_oldest(&self, plan: PlanId) -> Result<(), PlansError> {
        let (mut bytes, mut keep) = (0, 0);
        let mut scan = Scan::last(BATCH_SIZE);
        loop {
            let batch = self.store.scan(JOURNAL.name(), Some(plan), &scan).await?;
            let Some(last) = batch.last() else { return Ok(()) };
            scan.after = Some(last.key.clone());
            for line in &batch {
                bytes += line.body.len() + ROW_OVERHEAD_BYTES;
                // The last line stays however long it is.
                if bytes > MAX_JOURNAL_BYTES && keep > 0 {
                    tracing::info!(lines = keep, "deleted the oldest history entries of a plan");
                    let _ = self.store.write(Some(plan), &[JOURNAL.trim(keep)]).await?;
                    return Ok(());
                }
                keep += 1;
            }
        }
    }
}
