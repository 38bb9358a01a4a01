//! The file in a rehearsal's folder that lists its child processes: one line for each.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::process::ProcessIdentity;

/// Where the list is, below the folder.
fn path(folder: &Path) -> PathBuf {
    folder.join("children")
}

/// Adds a process. It is on the disk when this returns.
pub(crate) fn add(folder: &Path, child: &ProcessIdentity) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path(folder))?;
    writeln!(file, "{}", child.write())?;
    file.sync_all()
}

/// The processes of the list. An incomplete line is the last one of a killed process, which had not let its child run yet.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<ProcessIdentity>> {
    match std::fs::read_to_string(path(folder)) {
        Ok(text) => Ok(text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
            .filter_map(ProcessIdentity::parse)
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
