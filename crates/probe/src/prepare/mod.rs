//! Prepares the databases of a plan: creates them and the run-time account, and runs the version's scripts from the operator's
//! own pack. The only part of this crate that writes to a database server, except for the rolled-back row of DB-19.
//!
//! First [`DatabaseAdmin::plan`] reports what would be done, database by database; [`DatabaseAdmin::run`] inspects again, carries it out if
//! nothing has changed, and verifies the schema by its fingerprint. Nothing is ever dropped. The administrator's account lives
//! as long as [`DatabaseAdmin`] and is neither stored nor logged.
//!
//! The tests count round trips: one login, one packet to inspect, one to inspect again under the lock, one for every 64 KB of
//! statements, one for the rows of the verification, one for the account.

mod database_plan;
mod digest;
mod error;
mod fill;
mod inspect;
mod job;
mod packets;
mod server;
mod verify;

pub use database_plan::{DatabaseAction, plan_database};
pub use digest::{digest, unreleased};
pub use error::PrepareError;
pub use fill::{PreparationEvent, PreparationFailure, PreparationOutcome};
pub use job::{Administrator, PackScript, PreparationJob, TargetDatabase};
pub use server::DatabaseAdmin;
