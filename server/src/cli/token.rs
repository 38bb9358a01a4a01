//! `clusterwright token new`: creates another access token for signing in.

use domain::error_text::error_chain;
use std::sync::Arc;

use clap::Subcommand;

use crate::cli::open_store;
use crate::cli::output::{CliError, print_credential};
use crate::config::{Configuration, Flags, default_data_dir};
use service::access::access_token::{AccessToken, AccessTokenError};

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a new access token and print it once. All sessions with the old token end
    New(Flags),
}

pub(crate) async fn run(command: &TokenCommand) -> Result<(), CliError> {
    let TokenCommand::New(flags) = command;
    let configuration = Configuration::read(flags, default_data_dir())
        .map_err(|problems| CliError::Unreadable(problems.to_string()))?;
    let plans = open_store::open_plans(&configuration).await?;
    let made = AccessToken::new(Arc::clone(plans.store()), plans.vault().clone(), configuration.access.token.as_ref())
        .renew()
        .await;
    plans.store().close().await;
    match made {
        Ok(Some(token)) => {
            print_credential("", &token);
            Ok(())
        }
        Err(AccessTokenError::Given) => Err(CliError::Failed(
            "The access token is set in the configuration. Change it there and restart the servers, which ends all sessions."
                .to_owned(),
        )),
        Ok(None) => Err(CliError::Failed("Another process created a token at the same moment. Run the command again.".to_owned())),
        Err(error) => Err(CliError::Failed(error_chain(&error))),
    }
}
