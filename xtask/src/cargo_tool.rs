//! Programs from crates.io that the tests use, compiled once into the cache.

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use crate::process;
use crate::workspace::Workspace;

/// The program `name` in the cache, compiled from the crate of this name if it does not exist.
///
/// # Errors
/// When the cache cannot be found, or cargo cannot install the crate.
pub(crate) fn ensure(workspace: &Workspace, name: &str, version: &str) -> Result<PathBuf> {
    let folder = testbed::program::cache().map_err(|why| anyhow!(why))?.join(format!("tools/{name}-{version}"));
    let program = folder.join("bin").join(name);
    if program.is_file() {
        return Ok(program);
    }
    println!("installing {name} {version}");
    let mut cargo = workspace.cargo();
    // With our build folder, what only this program needs would stay in it.
    cargo.env_remove("CARGO_TARGET_DIR").args(["install", name, "--version", version, "--locked"]);
    process::run(cargo.args(["--quiet", "--no-default-features", "--root"]).arg(&folder))?;
    Ok(program)
}
