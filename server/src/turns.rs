//! Saves of one plan take turns within a process: a slow one would lose the race against quick ones again and again. Other
//! replicas are not waited for; against them the plan's revision decides.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use store::PlanId;
use tokio::sync::{Mutex, MutexGuard};

/// How many queues there are. Plans share them: two that do wait for each other some milliseconds.
const LOCK_COUNT: usize = 64;

/// The queues.
#[derive(Clone)]
pub struct PlanLocks(Arc<[Mutex<()>]>);

impl Default for PlanLocks {
    fn default() -> Self {
        Self((0..LOCK_COUNT).map(|_| Mutex::default()).collect())
    }
}

impl PlanLocks {
    /// Waits until it is one's turn to save `plan`; it lasts until what is given is dropped.
    pub async fn wait(&self, plan: PlanId) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        plan.hash(&mut hasher);
        let queue = usize::try_from(hasher.finish() % LOCK_COUNT as u64).unwrap_or_default();
        match self.0.get(queue) {
            Some(queue) => Some(queue.lock().await),
            None => None,
        }
    }
}
