//! `cargo xtask bench`: the measurements of all crates, in the release profile, one after the other, as a table.
//! They are no part of the tests: times depend on what else the machine does.

use std::io::{BufRead as _, BufReader};
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use testbed::bench::LINE_PREFIX;

use crate::build;
use crate::not_run::NotRunReport;
use crate::servers::SharedServers;
use crate::workspace::Workspace;

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct BenchOptions {
    /// Only measurements whose name holds this: checks, prepare, pages
    #[arg(value_name = "NAME", default_value = "")]
    name: String,
}

/// Measures.
///
/// # Errors
/// When a measurement failed.
pub(crate) fn run(workspace: &Workspace, options: &BenchOptions) -> Result<ExitCode> {
    build::browser_assets(workspace)?;
    let servers = SharedServers::start();
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--release", "-p", "probe", "-p", "server", "--test", "live", "--test", "cli", "--"]);
    cargo.args([&format!("bench::{}", options.name), "--ignored", "--nocapture", "--test-threads=1"]);
    servers.export_to(&mut cargo);
    let report = NotRunReport::empty(workspace)?;
    cargo.env(testbed::NOT_RUN_REPORT_VARIABLE, &report.file);
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut rows = Vec::new();
    for line in BufReader::new(child.stdout.take().context("cannot read the output of cargo")?).lines() {
        let line = line?;
        match line.split_once(LINE_PREFIX) {
            Some((_, row)) => rows.push(row.to_owned()),
            None => println!("{line}"),
        }
    }
    let is_done = child.wait()?.success();
    println!("\n| measured | is | at most | |\n|---|---|---|---|");
    for row in &rows {
        println!("| {} |", row.trim_end());
    }
    if !is_done || rows.is_empty() {
        bail!("a measurement failed");
    }
    if !report.is_empty() {
        bail!("a measurement did not run; see the messages above");
    }
    let is_reached = !rows.iter().any(|row| row.ends_with("NOT REACHED"));
    Ok(if is_reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
