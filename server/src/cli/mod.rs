//! The command line: the same code as the wizard for everything but presentation.
//!
//! Exit codes: 0 fine, 1 blocked by findings, a failed check (`check`) or a failure in a log (`logs`), 2 input that cannot be read, 3 the program could not do its work.

mod bundle;
mod check;
mod databases;
mod edited;
mod log_text;
mod logs;
mod open_store;
mod output;
mod plan;
mod plans;
mod rehearse;
mod report;
mod secrets;
mod serve;
mod stop_signal;
mod store;
mod token;
mod vault;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::output::{CliError, print_error};

/// Sets up clustered WSO2 Identity Server, with a wizard in the browser or on the command line.
#[derive(Parser)]
#[command(name = "clusterwright", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<CliCommand>,
    #[command(flatten)]
    serve: crate::config::Flags,
}

#[derive(Subcommand)]
enum CliCommand {
    /// Start the wizard on http://localhost:3000 (default command)
    Serve(crate::config::Flags),
    /// Create the zip with all files of a cluster
    Bundle(bundle::BundleArguments),
    /// Check a plan: its answers, databases, nodes and host names
    Check(check::CheckArguments),
    /// Create the databases of a plan and load them with the scripts of your IS pack
    Databases(databases::DatabasesArguments),
    /// Verify a deployed cluster: that its nodes work as one behind the load balancer
    Verify(verify::VerifyArguments),
    /// Rehearse a cluster on this machine: stand-ins for the nodes, and the load balancer of the bundle
    Rehearse(rehearse::RehearseArguments),
    /// Find the failures in logs of nodes and load balancers, with cause, check and remedy
    Logs(logs::LogsArguments),
    /// Work with plan files
    #[command(subcommand)]
    Plan(plan::PlanCommand),
    /// List, export, import and delete saved plans
    #[command(subcommand)]
    Plans(plans::PlansCommand),
    /// Print the key that signs reports, or verify a signed report
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Copy the store that contains the plans
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Create the access token with which the owner signs in
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Rotate the key that seals stored secrets
    #[command(subcommand)]
    Vault(vault::VaultCommand),
}

/// Runs the program with the process's arguments.
pub async fn main() -> ExitCode {
    let arguments = Cli::parse();
    crate::process_hardening::disable_core_dumps();
    let outcome = match arguments.command {
        None => serve::run(&arguments.serve).await,
        Some(CliCommand::Serve(flags)) => serve::run(&flags).await,
        Some(CliCommand::Bundle(arguments)) => bundle::run(&arguments),
        Some(CliCommand::Check(arguments)) => check::run(&arguments).await,
        Some(CliCommand::Databases(arguments)) => databases::run(&arguments).await,
        Some(CliCommand::Verify(arguments)) => verify::run(&arguments).await,
        Some(CliCommand::Rehearse(arguments)) => rehearse::run(&arguments).await,
        Some(CliCommand::Logs(arguments)) => logs::run(&arguments),
        Some(CliCommand::Plan(command)) => plan::run(&command),
        Some(CliCommand::Plans(command)) => plans::run(command).await,
        Some(CliCommand::Report(command)) => report::run(&command).await,
        Some(CliCommand::Store(command)) => store::run(&command).await,
        Some(CliCommand::Token(command)) => token::run(&command).await,
        Some(CliCommand::Vault(command)) => vault::run(&command).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            match &stop {
                CliError::Blocked => {}
                CliError::Unreadable(text) | CliError::Failed(text) => print_error(text),
            }
            ExitCode::from(stop.code())
        }
    }
}
