//! Limits the memory that answers of foreign servers use in one run. Every reader of a protocol without an own limit takes bytes
//! from the budget before it allocates, so that no length that a server states is trusted.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Limit for a database in one run of checks. The tables, columns and indexes of all databases of IS need about 1 MiB.
pub(crate) const MAX_CHECK_BYTES: usize = 4 << 20;
/// Limit for a database in one preparation, which reads the tables up to four times.
pub(crate) const MAX_PREPARE_BYTES: usize = 8 << 20;

/// The budget is used up. The rest of the answer is not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the server sends more than Clusterwright reads")]
pub(crate) struct BudgetExhausted;

/// The remaining bytes, shared by all connections of a run. Bytes are never returned: facts live as long as the run.
#[derive(Debug)]
pub(crate) struct ReadBudget(AtomicUsize);

impl ReadBudget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    /// Takes `bytes`, before they are allocated.
    ///
    /// # Errors
    /// When fewer are left. Then the budget is empty, so that no later, smaller answer fits.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), BudgetExhausted> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map(drop).map_err(|_| {
            self.0.store(0, Ordering::Relaxed);
            BudgetExhausted
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
        assert_eq!(budget.take(1), Err(BudgetExhausted));
        let budget = ReadBudget::new(10);
        assert_eq!(budget.take(usize::MAX), Err(BudgetExhausted));
        assert_eq!(budget.take(1), Err(BudgetExhausted), "nothing is read after an answer that was too large");
    }
}
