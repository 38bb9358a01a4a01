//! Checks as values: the catalogue, the results, and the report as a fold over events.
//!
//! `probe` runs the checks on the server; the browser and the tests read the same events.

mod answers;
mod catalogue;
mod consequence;
mod event;
mod expiry;
mod id_text;
mod report;
mod sheet;
mod spec;

pub use answers::evaluate_rules;
pub use catalogue::{CheckId, ClusterCheck, NodeCheck, ServerCheck};
pub use consequence::Consequence;
pub use event::{CheckEvent, CheckResult, Outcome, Remedy};
pub use expiry::evaluate_expiry;
pub use report::{CheckReport, CheckState, MAX_OUTCOME_CHANGES, OutcomeChange, SecretVerification, worst_outcome};
pub use sheet::{CheckRow, CheckSummary, FindingRow, RowStatus, strip_markup};
pub use spec::{CheckSpec, Reach};

/// A pseudo setting for the content of the databases: after a preparation, every check of the Database step is
/// outdated. Pages show its last part.
pub const DATABASES: &str = "the_databases";

/// A pseudo setting for the keys of the plan, which are stored under this name.
pub const KEYS: &str = "key_ring";
