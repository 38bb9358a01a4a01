//! Distinguishes the file that was opened from another one that was put in its place.

use std::fs;
use std::path::Path;

/// Device and inode of the file that was opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl FileIdentity {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let found = fs::metadata(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Ok(Self { device_and_inode: (found.dev(), found.ino()) })
        }
        #[cfg(not(unix))]
        {
            drop(found);
            Ok(Self {})
        }
    }

    /// Fails with `NotFound` unless `path` is still the file that was opened.
    pub(super) fn check(&self, path: &Path) -> std::io::Result<()> {
        if Self::of(path).is_ok_and(|found| found == *self) { Ok(()) } else { Err(std::io::ErrorKind::NotFound.into()) }
    }
}
