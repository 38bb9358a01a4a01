//! A script pack that needs no files of WSO2's: each script creates one table.

use std::path::Path;
use std::{fs, io};

/// The scripts that IS 7.2 needs, by their paths in `dbscripts`.
pub const SCRIPTS: [&str; 4] = ["mysql.sql", "identity/mysql.sql", "consent/mysql.sql", "identity/agent/mysql.sql"];

/// Writes the scripts below `folder`.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    for script in SCRIPTS {
        let path = folder.join(script);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, "CREATE TABLE A (A INT);")?;
    }
    Ok(())
}
