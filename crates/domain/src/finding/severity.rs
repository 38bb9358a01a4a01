//! The weight of a finding.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The weight of a finding or check.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The highest. [`crate::check::Consequence`] decides the effect on the download.
    Blocks,
    /// Can be accepted with a reason.
    Warns,
    /// Worth knowing.
    Notes,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Blocks => "blocks",
            Self::Warns => "warns",
            Self::Notes => "notes",
        })
    }
}
