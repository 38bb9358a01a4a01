//! The whole product: browser half, assets, and the binary that embeds them.

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{assets, front, process};

/// What `cargo xtask build` takes.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct BuildOptions {
    /// Optimise: takes minutes longer, for a binary to keep
    #[arg(long)]
    pub(crate) release: bool,
}

/// Builds what changed and returns the path of the binary.
///
/// The default is the development profile: its dependencies are optimised, a change in our own code is on screen in
/// seconds, and no page is slow enough to notice.
///
/// # Errors
/// When one of the steps fails; each has said why.
pub(crate) fn run(workspace: &Workspace, options: &BuildOptions) -> Result<PathBuf> {
    browser_assets(workspace)?;
    let mut command = workspace.cargo();
    command.args(["build", "--package", "server", "--bin", "clusterwright"]);
    if options.release {
        command.arg("--release");
    }
    process::run(&mut command)?;
    Ok(workspace.target().join(if options.release { "release" } else { "debug" }).join("clusterwright"))
}

/// Builds the browser half and the assets, which the binary embeds.
///
/// # Errors
/// As [`run`].
pub(crate) fn browser_assets(workspace: &Workspace) -> Result<()> {
    let module = front::build(workspace)?;
    assets::build(workspace, &module)
}
