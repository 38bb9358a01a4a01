//! How large a journal grows: past its bound the oldest lines go. The plan as it is now is never touched, and versions that
//! the journal does not lead back to any more are gone.
//!
//! A process looks once it has written so much itself, not at every line, so a journal is larger than its bound by what
//! each replica wrote since.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use store::{PlanId, RecordWrite, Scan};

use crate::collaboration::journal::JOURNAL;
use crate::plans::{Plans, PlansError};

/// Bytes that are kept of one plan's journal: tens of thousands of lines, and few enough to be read at once.
pub const MAX_JOURNAL_BYTES: usize = 16 * 1024 * 1024;
/// What a line counts beside its text: its key and the rows of indexes.
const ROW_OVERHEAD_BYTES: usize = 100;
/// After how many bytes a process looks again.
const RECOUNT_INTERVAL_BYTES: usize = 1024 * 1024;
/// Lines that are in memory at once: some hold the texts of certificates.
const READ_BATCH: u32 = 64;

/// How many bytes this process wrote of each plan since it looked.
#[derive(Clone, Default)]
pub struct BytesSinceCheck(Arc<Mutex<HashMap<PlanId, usize>>>);

impl BytesSinceCheck {
    /// Counts bytes, and says whether it is time to look: with the first ones, since others may have written before.
    fn is_time(&self, plan: PlanId, bytes: usize) -> bool {
        let mut written = self.0.lock();
        let since = written.entry(plan).or_insert(RECOUNT_INTERVAL_BYTES);
        *since += bytes;
        let is_time = *since >= RECOUNT_INTERVAL_BYTES;
        if is_time {
            *since = 0;
        }
        is_time
    }

    /// Forgets a plan that is gone.
    pub fn forget(&self, plan: PlanId) {
        self.0.lock().remove(&plan);
    }
}

impl Plans {
    /// Holds the journal to its bound, after `writes` have added to it. What was done is kept, so a failure is not theirs
    /// who did it: the next look makes up for it.
    pub async fn apply_journal_retention(&self, plan: PlanId, writes: &[RecordWrite]) {
        let bytes = |write: &RecordWrite| match write {
            RecordWrite::Append { kind, body, .. } if *kind == JOURNAL.name() => body.len() + ROW_OVERHEAD_BYTES,
            _ => 0,
        };
        if self.written.is_time(plan, writes.iter().map(bytes).sum())
            && let Err(error) = self.drop_oldest(plan).await
        {
            tracing::warn!(%error, "cannot delete the oldest history entries of a plan");
        }
    }

    /// The number of the first line that is kept; 1 where there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn first_journal_line(&self, plan: PlanId) -> Result<u64, PlansError> {
        let first = JOURNAL.of(self.store().as_ref(), plan).first(1).await?;
        Ok(first.first().and_then(|stored| stored.number).unwrap_or(1))
    }

    async fn drop_oldest(&self, plan: PlanId) -> Result<(), PlansError> {
        let (mut bytes, mut keep) = (0, 0);
        let mut scan = Scan::last(READ_BATCH);
        loop {
            let batch = self.store().scan(JOURNAL.name(), Some(plan), &scan).await?;
            let Some(last) = batch.last() else { return Ok(()) };
            scan.after = Some(last.key.clone());
            for line in &batch {
                bytes += line.body.len() + ROW_OVERHEAD_BYTES;
                // The last line stays however long it is.
                if bytes > MAX_JOURNAL_BYTES && keep > 0 {
                    tracing::info!(lines = keep, "deleted the oldest history entries of a plan");
                    let _ = self.store().write(Some(plan), &[JOURNAL.trim(keep)]).await?;
                    return Ok(());
                }
                keep += 1;
            }
        }
    }
}
