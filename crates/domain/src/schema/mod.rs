//! The schema of each version of IS, and the state of an observed database.
//!
//! The facts are in `data/schema/*.txt`, one file per script, generated from real databases by the test
//! `generated_fingerprints` of the probe. The probe reads databases and decides on the checks. Pages must not call this
//! module: the facts must not be part of the wasm.

mod charsets;
mod compare;
mod diagnosis;
mod fingerprint;
mod letters;
pub mod script;
pub mod statement;
mod table;

pub use charsets::{CharsetChange, charset_differences};
pub use compare::{SchemaDifference, differences};
pub use diagnosis::{Diagnosis, InterruptedScript, SchemaState, diagnose, is_known_table};
pub use fingerprint::{Fingerprint, ScriptStep, ScriptStepKind, files, fingerprint, line_of};
pub use letters::{TEST_STRINGS, TestString, attribute_charset};
pub use script::{ScriptProgress, script_progress};
pub use table::{ForeignKey, ObservedSchema, Table, TableColumn, TableIndex, charset_name, column_type};
