//! Licences, sources and versions of what we depend on, judged by cargo-deny (deny.toml), which is kept in the cache.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::count::TestCounts;
use crate::not_run::NotRunReport;
use crate::workspace::Workspace;
use crate::{cargo_tool, process};

/// Compiling it costs about 250 s of one processor, once per cache.
const VERSION: &str = "0.20.2";

/// Checks everything; the advisories only where their database can be reached. Where cargo-deny cannot be installed, the
/// sum of the command names it.
pub(crate) fn run(workspace: &Workspace, report: &NotRunReport) -> Result<TestCounts> {
    let program = match cargo_tool::ensure(workspace, "cargo-deny", VERSION) {
        Ok(program) => program,
        Err(why) => {
            report.add("licences and sources", &format!("cargo-deny {VERSION} cannot be installed here: {why:#}"))?;
            return Ok(TestCounts::default());
        }
    };
    let judge = |what: &[&str]| process::run(command(workspace, &program).arg("check").args(what));
    judge(&["bans", "licenses", "sources"])?;
    let mut count = TestCounts::one(true);
    if process::succeeds(command(workspace, &program).args(["fetch", "db"])) {
        judge(&["--disable-fetch", "advisories"])?;
        count += TestCounts::one(true);
    } else {
        println!("The advisories were not checked: their database cannot be reached from here.");
    }
    Ok(count)
}

fn command(workspace: &Workspace, program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    crate::workspace::clean(&mut command);
    command.current_dir(workspace.root());
    command
}
