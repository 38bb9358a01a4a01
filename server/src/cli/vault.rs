//! `clusterwright vault rotate`: another key for the secrets at rest. Servers may run meanwhile.

use clap::Subcommand;
use domain::error_text::error_chain;

use crate::cli::open_store;
use crate::cli::output::{CliError, print};
use crate::config::{Configuration, Flags, default_data_dir};
use service::key_rotation::{self, RotationError};
use service::plans::Plans;
use service::vault::{KeySource, key_check};

#[derive(Subcommand)]
pub(crate) enum VaultCommand {
    /// Create a new key, seal every secret with it, and delete the old key. If it is interrupted, run it again
    Rotate(Flags),
}

pub(crate) async fn run(command: &VaultCommand) -> Result<(), CliError> {
    let VaultCommand::Rotate(flags) = command;
    let configuration = Configuration::read(flags, default_data_dir())
        .map_err(|problems| CliError::Unreadable(problems.to_string()))?;
    let plans = open_store::open_plans(&configuration).await?;
    let rotated = rotate(&plans).await;
    plans.store().close().await;
    rotated.map_err(|error| CliError::Failed(format!("{}. {}", error_chain(&error), error.advice())))
}

async fn rotate(plans: &Plans) -> Result<(), RotationError> {
    let (store, vault) = (plans.store().as_ref(), plans.vault());
    let in_file = matches!(vault.place(), KeySource::File(_));
    if in_file || !vault.is_rotating() {
        let begun = vault.start_rotation()?;
        print(if begun {
            "Created a new key, which seals from now on."
        } else {
            "Continuing an interrupted key rotation."
        });
    }
    let mut resealed = key_rotation::reseal_all(store, vault).await?;
    if in_file {
        // A server that sealed with the old key just before the new one was there may be saving it now.
        tokio::time::sleep(key_rotation::PENDING_SAVE_DELAY).await;
        resealed.done += key_rotation::reseal_all(store, vault).await?.done;
        // The store's note of its key follows while both are known.
        key_check::verify_store_key(store, vault).await?;
        vault.finish_rotation()?;
    }
    print(&format!("Sealed {} secrets with key {}.", resealed.done, vault.key_id()));
    for (plan, setting) in &resealed.closed {
        print(&format!("None of the keys opens {setting} of plan {plan}. It stays missing until you enter it again."));
    }
    print(if in_file {
        "The old key is deleted: earlier backups need the key file that was saved with them."
    } else {
        "When every server has the new key first in CLUSTERWRIGHT_VAULT_KEY, remove the old keys from it."
    });
    Ok(())
}
