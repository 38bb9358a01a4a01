//! Saves of one plan are serialised within a process: otherwise a slow one would lose the race against quick ones again and
//! again. Saves of other replicas are not waited for; the plan's revision detects them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use store::PlanId;
use tokio::sync::{Mutex, MutexGuard};

/// Plans share this number of locks: two plans with the same lock wait for each other for some milliseconds.
const LOCK_COUNT: usize = 64;

/// The locks of all plans.
#[derive(Clone)]
pub(crate) struct PlanLocks(Arc<[Mutex<()>]>);

impl Default for PlanLocks {
    fn default() -> Self {
        Self((0..LOCK_COUNT).map(|_| Mutex::default()).collect())
    }
}

impl PlanLocks {
    /// Waits for the lock of `plan`, which is held until the guard is dropped.
    pub(crate) async fn lock(&self, plan: PlanId) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        plan.hash(&mut hasher);
        let queue = usize::try_from(hasher.finish() % LOCK_COUNT as u64).unwrap_or_default();
        match self.0.get(queue) {
            Some(queue) => Some(queue.lock().await),
            None => None,
        }
    }
}
