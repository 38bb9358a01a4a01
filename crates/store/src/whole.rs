//! A plan with all that is kept of it, as it goes from one store into another.

use std::collections::BTreeMap;

use crate::{CheckSpell, Plan, Record, SealedSecret};

/// All that is kept of a plan, or of the program as a whole (then without a plan, secrets and checks).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The plan.
    pub plan: Option<Plan>,
    /// Its secrets, still sealed, in the order of their settings.
    pub secrets: Vec<SealedSecret>,
    /// What its checks said, by check and time.
    pub checks: Vec<CheckSpell>,
    /// Its records, by kind and key.
    pub records: Vec<KeptRecord>,
    /// The last number of each kind that was appended to.
    pub heads: BTreeMap<String, i64>,
}

/// A record with its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRecord {
    /// The kind.
    pub kind: String,
    /// The record.
    pub record: Record,
}

/// What checks said with the number that each spell has among those of its check, from 1.
pub(crate) fn numbered(checks: &[CheckSpell]) -> impl Iterator<Item = (i64, &CheckSpell)> {
    let mut before: Option<(&str, i64)> = None;
    checks.iter().map(move |spell| {
        let number = match before {
            Some((check, number)) if check == spell.check => number + 1,
            _ => 1,
        };
        before = Some((&spell.check, number));
        (number, spell)
    })
}
