//! What a plan keeps about its milestones.

use serde::{Deserialize, Serialize};

/// What was done with a plan.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Milestones {
    /// The databases that Prepare created or completed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Prepared>,
    /// The addresses in the last bundle that was downloaded with its secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloaded: Option<Downloaded>,
}

impl Milestones {
    /// Whether nothing was done yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.prepared.is_none() && self.downloaded.is_none()
    }
}

/// Databases that were created or completed, with their tables.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Prepared {
    /// When, in Unix seconds.
    pub at: u64,
    /// The version of IS whose tables they hold.
    pub version: String,
    /// The server's host name or address.
    pub host: String,
    /// The server's TCP port.
    pub port: u16,
    /// Their names, in the order they were filled.
    pub databases: Vec<String>,
}

/// Under which address clients reach the cluster of a bundle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Downloaded {
    /// The hostname.
    pub hostname: String,
    /// The TCP port of HTTPS.
    pub https_port: u16,
}
