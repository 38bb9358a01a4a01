//! Runs of checks: one a plan at a time, as numbered events that anyone may follow and replay.
//!
//! Events live in the store, so that every replica of the server shows the same run. A run is a job ([`crate::jobs`]): if
//! its replica stops, another one ends it ([`Runs::reap_orphans`]). What is checked, and how, is for `domain` and `probe` to
//! decide.

mod active_run;
mod event_log;
mod plan_runs;
pub(crate) mod record;
mod takeover;
#[cfg(test)]
mod tests;

pub use active_run::ActiveRun;
pub use event_log::EventsSince;
pub use plan_runs::{PlanRuns, Runs};
pub use record::{RunStarter, StartRunError};
pub use takeover::OrphanedRun;
