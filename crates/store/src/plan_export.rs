//! A plan with everything that is stored about it, to copy it from one store to another.

use std::collections::BTreeMap;

use crate::check::OutcomePeriod;
use crate::plan::{Plan, SealedSecret};
use crate::record::Record;

/// Everything that is stored about a plan, or the records of the whole program (without plan, secrets and checks).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanExport {
    /// `None` for the records of the whole program.
    pub plan: Option<Plan>,
    /// Still sealed, in the order of their settings.
    pub secrets: Vec<SealedSecret>,
    /// By check and time.
    pub checks: Vec<OutcomePeriod>,
    /// By kind and key.
    pub records: Vec<ExportedRecord>,
    /// The last number of each kind of appended records.
    pub sequence_numbers: BTreeMap<String, i64>,
}

/// A record with its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedRecord {
    /// Such as `journal`.
    pub kind: String,
    /// With its version, which the import keeps.
    pub record: Record,
}

/// The periods with the number that each has among those of its check, from 1.
pub(crate) fn numbered(checks: &[OutcomePeriod]) -> impl Iterator<Item = (i64, &OutcomePeriod)> {
    let mut before: Option<(&str, i64)> = None;
    checks.iter().map(move |period| {
        let number = match before {
            Some((check, number)) if check == period.check => number + 1,
            _ => 1,
        };
        before = Some((&period.check, number));
        (number, period)
    })
}
