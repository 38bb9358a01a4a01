//! Plan files: the plan as TOML, for the command line, for export and within every bundle.
//!
//! Reading collects all problems with their lines; writing leaves secrets out. Whether the values make sense is not
//! judged here but by [`crate::cluster::judge`], which both the wizard and the command line use.

mod read;
mod write;

pub(crate) use read::distance;
pub use read::{PlanFile, PlanFileProblem, SecretSource, read};
pub use write::write;

/// The format this program reads and writes.
pub const FORMAT: i64 = 1;
