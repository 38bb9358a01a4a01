//! What runs the Rust tests.

use std::process::Command;

use crate::process;
use crate::servers::SharedServers;
use crate::workspace::Workspace;

/// All crates but the browser half, which is built for another target, by `Front`.
pub(crate) const NATIVE_PACKAGES: [&str; 3] = ["--workspace", "--exclude", "hydrate"];

/// What runs all Rust tests with these servers: nextest where it is installed.
pub(crate) fn runner(workspace: &Workspace, servers: &SharedServers) -> Command {
    let mut cargo = workspace.cargo();
    if process::succeeds(workspace.cargo().args(["nextest", "--version"])) {
        cargo.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        cargo.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    }
    cargo.args(NATIVE_PACKAGES);
    servers.export_to(&mut cargo);
    cargo
}
