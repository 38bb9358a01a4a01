//! `clusterwright token new`: another access token for whoever signs in.

use std::sync::Arc;

use clap::Subcommand;

use super::{Stop, chain, say, serve};
use crate::access_token::{AccessToken, AccessTokenError};
use crate::configuration::{Configuration, Flags, default_data_dir};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a new access token and print it once. Everybody who signed in with the old one is signed out
    New(Flags),
}

pub(crate) async fn run(command: &Command) -> Result<(), Stop> {
    let Command::New(flags) = command;
    let configuration =
        Configuration::read(flags, default_data_dir()).map_err(|problems| Stop::Unreadable(problems.to_string()))?;
    let plans = serve::open_plans(&configuration).await?;
    let made = AccessToken::new(Arc::clone(plans.store()), plans.vault().clone(), configuration.access.token.as_ref())
        .renew()
        .await;
    plans.store().close().await;
    match made {
        Ok(Some(token)) => {
            say(token.reveal());
            Ok(())
        }
        Err(AccessTokenError::Given) => Err(Stop::Failed(
            "The configuration sets the access token. Change it there and start the servers again: that signs everybody out."
                .to_owned(),
        )),
        Ok(None) => Err(Stop::Failed("Somebody else made a token at the same moment. Try again.".to_owned())),
        Err(error) => Err(Stop::Failed(chain(&error))),
    }
}
