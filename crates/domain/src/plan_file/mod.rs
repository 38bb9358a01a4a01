//! Plan files: the plan as TOML, for the command line, for export and within every bundle.
//!
//! Reading collects all problems with their lines; writing omits secrets. [`crate::cluster::validate`] validates the
//! values, for the wizard and the command line.

mod foreign;
mod lines;
mod milestones;
mod nearest;
mod problem;
mod quote;
mod read;
mod secrets;
mod write;

pub(crate) use nearest::edit_distance;
pub use nearest::nearest_name;
pub use problem::PlanFileProblem;
pub use read::{PlanFile, SecretSource, read};
pub use secrets::read_secrets;
pub use write::write;

/// The format this program reads and writes.
pub const PLAN_FORMAT: i64 = 1;

/// Maximum size of a plan file, in bytes. A plan with 16 nodes and four PEM texts has less than 300 KB.
pub const MAX_PLAN_BYTES: usize = 1024 * 1024;

/// Maximum number of reported problems of one file.
pub const MAX_PROBLEMS: usize = 50;
