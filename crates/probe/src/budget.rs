//! How much memory the answers of foreign servers may take in one run. Every reader of a protocol that sends without end asks
//! here before it keeps anything, so that no length a server states is believed.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that the answers of a database may take in one run of checks. The tables, columns and indexes of every database of
/// IS together take about 1 MiB.
pub(crate) const CHECK_BYTES: usize = 4 << 20;
/// The same while databases are prepared, which reads their tables up to four times.
pub(crate) const PREPARE_BYTES: usize = 8 << 20;

/// The budget is used up: the answer is not read any further.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the server sends more than is read")]
pub(crate) struct Exhausted;

/// Bytes that are left, shared by all connections of a run. What was taken never comes back: facts that are read from an
/// answer live as long as the run.
#[derive(Debug)]
pub(crate) struct ReadBudget(AtomicUsize);

impl ReadBudget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    /// Takes `bytes`, before they are allocated.
    ///
    /// # Errors
    /// When less is left. Then nothing is left: no later, smaller answer fits in between.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), Exhausted> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map(drop).map_err(|_| {
            self.0.store(0, Ordering::Relaxed);
            Exhausted
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_used_up_once() {
        let budget = ReadBudget::new(10);
        assert_eq!(budget.take(10), Ok(()));
        assert_eq!(budget.take(1), Err(Exhausted));
        let budget = ReadBudget::new(10);
        assert_eq!(budget.take(usize::MAX), Err(Exhausted));
        assert_eq!(budget.take(1), Err(Exhausted), "after an answer that was too large nothing more is read");
    }
}
