//! The plan of the tests of faults, and a change of it.

use store::{PlanChange, PlanId};

/// The ID of the plan.
pub(crate) fn id() -> PlanId {
    PlanId::from_random([1; 16])
}

/// A change to this document.
pub(crate) fn change(document: &str) -> PlanChange {
    PlanChange {
        title: "Plan".to_owned(),
        document: document.to_owned(),
        secrets: Vec::new(),
        stale: Vec::new(),
        records: Vec::new(),
        at: 2,
    }
}
