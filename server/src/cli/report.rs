//! `clusterwright report key` and `report verify`: whether an installation wrote a report, and nobody changed it since.

use std::path::PathBuf;

use clap::Subcommand;
use domain::error_text::error_chain;
use service::reports::{ReportKey, ReportPublicKey, SignatureError, verify};

use crate::cli::output::{CliError, print, print_error};
use crate::cli::{open_store, plan};
use crate::config::{Configuration, StoreFlags, default_data_dir};

#[derive(Subcommand)]
pub(crate) enum ReportCommand {
    /// Print the public key with which the reports of this installation are verified
    Key(StoreFlags),
    /// Verify the signature of a report: exit code 0 if it is valid, 1 if it is not
    Verify {
        /// Report as text, JSON, JUnit's XML or HTML
        file: PathBuf,
        /// Public key that `clusterwright report key` printed on the installation
        #[arg(long, value_name = "KEY", value_parser = public_key)]
        key: ReportPublicKey,
    },
}

fn public_key(text: &str) -> Result<ReportPublicKey, SignatureError> {
    ReportPublicKey::parse(text)
}

pub(crate) async fn run(command: &ReportCommand) -> Result<(), CliError> {
    match command {
        ReportCommand::Key(flags) => {
            print(&open_key(flags).await?.public().text());
            Ok(())
        }
        ReportCommand::Verify { file, key } => {
            let name = file.display();
            let report = plan::read_bounded(file)
                .map_err(|error| CliError::Unreadable(format!("Cannot read {name}: {error}. Give another file.")))?;
            match verify(&report, key) {
                Ok(()) => {
                    print(&format!("{name} is unchanged, and the installation with this key signed it."));
                    Ok(())
                }
                Err(error) => {
                    print_error(&format!(
                        "{name} is not verified: {error}. Download the report again, and compare the key with clusterwright report key."
                    ));
                    Err(CliError::Blocked)
                }
            }
        }
    }
}

/// The signing key of the installation that the configuration names.
pub(crate) async fn open_key(flags: &StoreFlags) -> Result<ReportKey, CliError> {
    let configuration = Configuration::read(&flags.0, default_data_dir())
        .map_err(|problems| CliError::Unreadable(problems.to_string()))?;
    let plans = open_store::open_plans(&configuration).await?;
    let key = ReportKey::open(plans.store(), plans.vault()).await;
    plans.store().close().await;
    key.map_err(|error| CliError::Failed(format!("Cannot open the key: {}.", error_chain(&error))))
}
