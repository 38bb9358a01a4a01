//! What a plan keeps about its milestones.

use serde::{Deserialize, Serialize};

/// The milestones of a plan.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Milestones {
    /// The databases of the last preparation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Prepared>,
    /// The address in the last bundle that was downloaded with secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloaded: Option<Downloaded>,
}

impl Milestones {
    /// Whether the plan has no milestone.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.prepared.is_none() && self.downloaded.is_none()
    }
}

/// Databases that were created or completed, with their tables.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Prepared {
    /// The time, in Unix seconds.
    pub at: u64,
    /// The version of IS that the schema is for.
    pub version: String,
    /// The server's host name or address.
    pub host: String,
    /// The server's TCP port.
    pub port: u16,
    /// The names, in the order of preparation.
    pub databases: Vec<String>,
}

/// The address of the cluster of a bundle, for clients.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Downloaded {
    /// The hostname.
    pub hostname: String,
    /// The TCP port of HTTPS.
    pub https_port: u16,
}
