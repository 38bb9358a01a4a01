//! Brings the programs that judge the load balancers' files: gixy into a virtual environment of the cache, testssl.sh as a
//! package of Debian. Where one cannot be had, its tests say so.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use testbed::{GIXY, PythonTool};

use crate::process;
use crate::tools::{self, SystemProgram};

/// What makes a virtual environment.
const PYTHON: SystemProgram =
    SystemProgram { provides: "python3", package: "python3-venv", elsewhere: "install Python 3 with venv" };
const TESTSSL: SystemProgram =
    SystemProgram { provides: "testssl", package: "testssl.sh", elsewhere: "install testssl.sh 3" };

/// Brings both, and gives a problem with the name of each that cannot be had.
pub(crate) fn ensure() -> Vec<(&'static str, anyhow::Error)> {
    let outcomes = [(GIXY.requirement, install(&GIXY)), ("testssl.sh", tools::ensure(&[TESTSSL]))];
    outcomes.into_iter().filter_map(|(name, outcome)| Some((name, outcome.err()?))).collect()
}

fn install(tool: &PythonTool) -> Result<()> {
    if tool.find().is_ok() {
        return Ok(());
    }
    tools::ensure(&[PYTHON])?;
    let folder = tool.folder().map_err(|why| anyhow!(why))?;
    println!("installing {}", tool.requirement);
    let environment = || {
        // What an earlier attempt left is no whole environment.
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))
    };
    // Debian's python3 alone cannot make one.
    environment().or_else(|_| tools::install(&[PYTHON.package]).and_then(|()| environment()))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    process::run(pip.args(["install", "--quiet", "--disable-pip-version-check", tool.requirement]))?;
    tool.find().map(drop).map_err(|absent| anyhow!("{absent}"))
}
