//! `cargo xtask soak`: what the tests do a few times, many times: `kill -9` at random moments, of the server while two people edit, and
//! of rehearsals.

use std::process::ExitCode;

use anyhow::Result;

use crate::process;
use crate::runner::NATIVE_PACKAGES;
use crate::workspace::Workspace;

/// What `cargo xtask soak` takes.
#[derive(clap::Args)]
pub(crate) struct SoakOptions {
    /// How often the server and a rehearsal are killed
    #[arg(long, default_value_t = 200)]
    rounds: u32,
}

/// Runs the tests until they have killed so often.
///
/// # Errors
/// When something acknowledged was lost, a plan cannot be read any more, or a rehearsal left a process or file.
pub(crate) fn run(workspace: &Workspace, options: &SoakOptions) -> Result<ExitCode> {
    let mut cargo = workspace.cargo();
    // As the tests are built, so that nothing is compiled again.
    cargo.arg("test").args(NATIVE_PACKAGES).args(["--test", "cli", "--", "kill::", "rehearse_killed::", "--nocapture"]);
    process::run(cargo.env("CLUSTERWRIGHT_KILL_ROUNDS", options.rounds.to_string()))?;
    Ok(ExitCode::SUCCESS)
}
