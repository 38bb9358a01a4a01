//! The command line: the same code as the wizard for everything but presentation.
//!
//! Exit codes: 0 fine, 1 blocked by findings or, for `check`, a failed check, 2 input that cannot be read, 3 the program could not do its work.

mod bundle;
mod check;
mod databases;
mod edited;
mod open_store;
mod plan;
mod plans;
mod secrets;
mod serve;
mod store;
mod token;
mod vault;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::server_credential::ServerCredential;

/// What went wrong, as an exit code and what to print.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Findings block: they were printed.
    Blocked,
    /// The input cannot be read: all problems, one a line.
    Unreadable(String),
    /// The program could not do its work: what and what to do.
    Failed(String),
}

impl CliError {
    const fn code(&self) -> u8 {
        match self {
            Self::Blocked => 1,
            Self::Unreadable(_) => 2,
            Self::Failed(_) => 3,
        }
    }
}

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
    /// Work with plan files
    #[command(subcommand)]
    Plan(plan::PlanCommand),
    /// List, export, import and delete saved plans
    #[command(subcommand)]
    Plans(plans::PlansCommand),
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
        Some(CliCommand::Plan(command)) => plan::run(&command),
        Some(CliCommand::Plans(command)) => plans::run(command).await,
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

/// Prints to standard output. A closed pipe is the reader's wish, not an error.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a token that was created now, after `label`. It is not shown again.
#[expect(clippy::disallowed_methods, reason = "the owner gets the access token here, once")]
pub(crate) fn print_credential(label: &str, token: &ServerCredential) {
    print(&format!("{label}{}", token.reveal()));
}

/// Prints to standard error. Texts of files and servers stand in errors, so control characters do not reach the terminal.
pub(crate) fn print_error(text: &str) {
    use std::io::Write as _;
    let shown: String = text.chars().filter(|letter| is_printable(*letter)).collect();
    let _ = writeln!(std::io::stderr().lock(), "{shown}");
}

/// Whether a terminal shows the letter and does nothing else: line ends and tabs are printable, escapes are not.
fn is_printable(letter: char) -> bool {
    matches!(letter, '\n' | '\t') || !(letter.is_control() || domain::value::is_bidi_control(letter))
}

/// A path as messages show it: on one line.
pub(crate) fn path_text(path: &std::path::Path) -> String {
    let is_shown = |letter: &char| !matches!(letter, '\n' | '\t') && is_printable(*letter);
    path.display().to_string().chars().filter(is_shown).collect()
}
