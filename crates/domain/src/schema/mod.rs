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
pub use compare::{Change, differences};
pub use diagnosis::{Diagnosis, HalfMade, State, diagnose, is_known};
pub use fingerprint::{Fingerprint, Step, StepKind, files, fingerprint, line_of};
pub use letters::{LETTERS, Letters, attribute_charset};
pub use script::{Progress, progress};
pub use table::{Column, ForeignKey, Index, Observed, Table, charset_name, column_type};
