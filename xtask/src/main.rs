//! `cargo xtask`: everything the README's commands do. Run it without arguments to see them.
//! It builds, starts and tests the product; it is no part of it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on the terminal")]
#![expect(clippy::disallowed_methods, reason = "a tool reads the environment, and dials the server that it started")]

mod accept;
mod assets;
mod bench;
mod book;
mod browser;
mod build;
mod cargo_tool;
mod checkers;
mod count;
mod deny;
mod drivers;
mod faults;
mod front;
mod growth;
mod lines;
mod not_run;
mod private;
mod process;
mod runner;
mod serve;
mod servers;
mod sites;
mod soak;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Builds, starts and tests Clusterwright.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and start the wizard on http://localhost:3000
    Serve(serve::ServeOptions),
    /// Build the browser code, the assets and the `clusterwright` binary
    Build(build::BuildOptions),
    /// Install the tools that the tests need, and run all tests
    Test(test::TestOptions),
    /// Inject every fault of the tests and count what the checks find
    Faults,
    /// Kill the server repeatedly while two clients edit, and verify that no acknowledged change is lost
    Soak(soak::SoakOptions),
    /// Measure time and memory, and compare them with their limits
    Bench(bench::BenchOptions),
    /// Rewrite the golden files and the generated documentation
    Accept,
    /// Count the lines of Rust code of each crate, without tests, comments and empty lines
    Lines,
}

fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    let outcome = Workspace::find().and_then(|workspace| match command {
        Command::Serve(options) => serve::run(&workspace, &options),
        Command::Build(options) => build::run(&workspace, &options).map(|_| ExitCode::SUCCESS),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Faults => faults::run(&workspace),
        Command::Soak(options) => soak::run(&workspace, &options),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Accept => accept::run(&workspace),
        Command::Lines => Ok(lines::run()),
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }
}
