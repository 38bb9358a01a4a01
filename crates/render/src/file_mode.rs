//! Who may read and run a file of the bundle.

use serde::Serialize;

/// A file's mode in the zip.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum FileMode {
    /// 0600: it holds a key or a password.
    #[serde(rename = "0600")]
    Secret,
    /// 0755: it is run.
    #[serde(rename = "0755")]
    Script,
    /// 0644: it is read.
    #[serde(rename = "0644")]
    Plain,
}

impl FileMode {
    /// The permission bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Secret => 0o600,
            Self::Script => 0o755,
            Self::Plain => 0o644,
        }
    }
}
