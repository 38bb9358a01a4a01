//! The browser journeys of `end2end/`: Node drives the system's Chromium against the real binary.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use testbed::program;

use crate::build;
use crate::count::{self, TestCounts};
use crate::process;
use crate::servers::SharedServers;
use crate::tools::{self, SystemProgram};
use crate::workspace::Workspace;

const TOOLS: [SystemProgram; 3] = [
    SystemProgram { provides: "node", package: "nodejs", elsewhere: "install Node.js 18 or newer" },
    SystemProgram { provides: "npm", package: "npm", elsewhere: "install npm, which comes with Node.js" },
    SystemProgram {
        provides: "chromium",
        package: "chromium",
        elsewhere: "install Chromium as `chromium` on the search path",
    },
];

/// Brings the browser and the driver, builds the binary, and runs all journeys.
///
/// # Errors
/// When something is missing or does not build. Failed journeys are counted.
pub(crate) fn run(workspace: &Workspace, servers: &SharedServers) -> Result<TestCounts> {
    tools::ensure(&TOOLS)?;
    let folder = workspace.root().join("end2end");
    // npm leaves a copy of the lock file in what it installed; when nothing changed there is nothing to do.
    let stamp = folder.join("node_modules/.installed");
    let lock = fs::read_to_string(folder.join("package-lock.json")).context("cannot read end2end/package-lock.json")?;
    if !fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        process::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder))?;
        fs::write(&stamp, &lock).with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    let binary = build::run(workspace, &build::BuildOptions { release: false })?;

    let mut journeys: Vec<_> = fs::read_dir(folder.join("tests"))
        .context("cannot read end2end/tests")?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    journeys.sort();
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=spec"]).args(journeys).current_dir(&folder);
    command.env("CLUSTERWRIGHT_BINARY", binary);
    if let Some(chromium) = tools::find("chromium") {
        command.env("CLUSTERWRIGHT_CHROMIUM", chromium);
    }
    let nginx = program::NGINX_1_22.find().map(|nginx| nginx.command("nginx").get_program().to_owned());
    command.env("CLUSTERWRIGHT_TEST_NGINX", nginx.unwrap_or_else(|absent| format!("absent: {absent}").into()));
    servers.export_to(&mut command);
    count::run(&mut command)
}
