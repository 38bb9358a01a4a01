//! Checks as values: what can be checked, what a check said, and the report as a fold over events.
//!
//! Nothing here runs a check. `probe` does, on the server; the browser and the tests read the same events.

mod answers;
mod catalogue;
mod consequence;
mod event;
mod expiry;
mod report;
mod sheet;
mod spec;

pub use answers::evaluate_rules;
pub use catalogue::{CheckId, NodeCheck, ServerCheck};
pub use consequence::Consequence;
pub(crate) use event::PROBE_REPORT_PREFIX;
pub use event::{CheckEvent, CheckResult, Outcome, Remedy};
pub use expiry::evaluate_expiry;
pub use report::{CheckReport, CheckState, MAX_OUTCOME_CHANGES, OutcomeChange, SecretVerification, worst_outcome};
pub use sheet::{CheckRow, CheckSummary, FindingRow, RowStatus, strip_markup};
pub use spec::{CheckSpec, Reach};

/// Stands among changed settings for what is in the databases: they were prepared, so every check of the Database step is
/// to be made again. Its last part is what pages say was changed.
pub const DATABASES: &str = "the_databases";

/// Stands among changed settings for the keys of the plan, and is the name they are kept under.
pub const KEYS: &str = "key_ring";
