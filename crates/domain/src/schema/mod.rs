//! What the scripts of each version of IS make, and what a database that was looked at therefore is.
//!
//! The facts are in `data/schema/*.txt`, one file a script, made from real databases by the test `generated_fingerprints`
//! of the probe. Reading a database is the probe's; what its findings mean for each check is said there too. Nothing here
//! is called by pages: the facts must not end in the browser.

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
