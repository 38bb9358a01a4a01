//! `cargo xtask accept`: lets the tests of golden files and generated documents rewrite what they compare.

use std::process::ExitCode;

use anyhow::Result;
use testbed::golden::ACCEPT_VARIABLE;

use crate::process;
use crate::workspace::Workspace;

/// Runs every test whose name holds `golden` or `generated`, with leave to rewrite its files.
///
/// # Errors
/// When one fails even so.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--exclude", "hydrate", "--lib", "--bins", "--tests"]);
    command.args(["--no-fail-fast", "--quiet"]);
    // Both words in one run: each name is a filter.
    command.args(["--", "golden", "generated"]).env(ACCEPT_VARIABLE, "1");
    process::run(&mut command)?;
    println!("Updated the golden files and generated documents. Review them with `git diff`.");
    Ok(ExitCode::SUCCESS)
}
