//! Runs of checks: one a plan at a time, as numbered events that anyone may follow and replay.
//!
//! Events live in the store, so that every replica of the server tells the same: one begins a run, another is asked for
//! it. Who runs keeps saying so; a run that is silent for [`ORPHAN_TIMEOUT`] belonged to a replica that is gone, and another one ends
//! it ([`Runs::lost`]). What is checked and how is `domain`'s and `probe`'s.

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
pub use takeover::{LastSeenVersions, ORPHAN_TIMEOUT, OrphanedRun};
