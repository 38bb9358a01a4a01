//! Where the jars of MySQL Connector/J are that `cargo xtask test` brought. Nothing is downloaded here.

use std::path::PathBuf;

use crate::absent::Unavailable;
use crate::program;

/// The versions that the tests use: the oldest one that WSO2's guides allow, and one of the next major version.
pub const CONNECTORS: [&str; 2] = ["8.2.0", "9.3.0"];

/// The file of the cache that holds a version.
///
/// # Errors
/// When the environment names no home folder.
pub fn connector_file(version: &str) -> Result<PathBuf, &'static str> {
    Ok(program::cache()?.join("drivers").join(format!("mysql-connector-j-{version}.jar")))
}

/// The jar of a version of [`CONNECTORS`].
///
/// # Errors
/// When the cache lacks it.
pub fn connector(version: &str) -> Result<PathBuf, Unavailable> {
    let absent = |why: &str| Unavailable::new(format!("Connector/J {version}"), why);
    let file = connector_file(version).map_err(absent)?;
    if file.is_file() { Ok(file) } else { Err(absent("`cargo xtask test` has not brought it from Maven Central")) }
}
