//! Limits the exports of a journal that are sent at once.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use store::PlanId;

/// Exports of one plan that are sent at once.
const MAX_AT_ONCE: usize = 2;

/// The exports that are being sent, by plan.
#[derive(Clone, Default)]
pub(crate) struct ExportLimiter(Arc<Mutex<HashMap<PlanId, usize>>>);

impl ExportLimiter {
    /// A turn for an export; `None` where the plan has as many as it may.
    pub(crate) fn begin(&self, plan: PlanId) -> Option<ExportPermit> {
        let mut running = self.0.lock();
        let count = running.entry(plan).or_default();
        if *count >= MAX_AT_ONCE {
            return None;
        }
        *count += 1;
        Some(ExportPermit { exports: self.clone(), plan })
    }
}

/// An export that is being sent; counted until it is dropped.
pub(crate) struct ExportPermit {
    exports: ExportLimiter,
    plan: PlanId,
}

impl Drop for ExportPermit {
    fn drop(&mut self) {
        let mut running = self.exports.0.lock();
        if let Some(count) = running.get_mut(&self.plan) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.plan);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_exports_of_a_plan_are_sent_at_once() {
        let exports = ExportLimiter::default();
        let (one, other) = (PlanId::from_random([1; 16]), PlanId::from_random([2; 16]));
        let held: Vec<_> = (0..MAX_AT_ONCE).map(|_| exports.begin(one).unwrap()).collect();
        assert!(exports.begin(one).is_none());
        assert!(exports.begin(other).is_some());
        drop(held);
        assert!(exports.begin(one).is_some() && exports.0.lock().is_empty());
    }
}
