//! Opening the store that the configuration names, and saying what is the matter with it.

use crate::config::{Configuration, environment};
use domain::error_text::error_chain;
use service::plans::Plans;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use store::{Store, StoreAddress};

use crate::cli::output::{CliError, print_error};
use service::vault::key_check::{self, KeyMatch};
use service::vault::{KEY_FILE, KEY_VARIABLE, Vault};

/// Opens a store and brings its tables up to date.
pub(super) async fn open(address: &StoreAddress) -> Result<Arc<dyn Store>, CliError> {
    store::open(address).await.map_err(|error| CliError::Failed(format!("{}. {}", error_chain(&error), error.advice())))
}

/// Another key than the store's secrets are sealed with does not keep a server from its work: it is said.
pub(super) async fn warn_if_keys_differ(store: &dyn Store, vault: &Vault) {
    match key_check::verify_store_key(store, vault).await {
        Ok(KeyMatch::Same) => {}
        Ok(KeyMatch::Other(theirs)) => print_error(&format!(
            "The secrets in this store are sealed with key {theirs}, but this server has key {mine}: stored secrets count as \
             missing here, and secrets entered here are missing on other servers. Stop this server, give it the {KEY_FILE} \
             of the others (or {KEY_VARIABLE}), and start it again.",
            mine = vault.key_id(),
        )),
        Err(error) => tracing::warn!(%error, "cannot compare the vault key with the key of the store"),
    }
}

/// The plans and the vault of a configuration.
pub(super) async fn open_plans(configuration: &Configuration) -> Result<Plans, CliError> {
    let data_dir: &Path = &configuration.data_dir;
    // Only the owner may look into the folder: plans name hosts and accounts.
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(|error| {
        CliError::Failed(format!(
            "Cannot create the data folder {}: {error}. Choose another with --data-dir.",
            data_dir.display()
        ))
    })?;
    let from_environment = environment::credential(KEY_VARIABLE);
    let vault = Vault::open(data_dir, from_environment.as_ref())
        .map_err(|error| CliError::Failed(format!("{}. {}", error_chain(&error), error.advice())))?;
    let store = open(&configuration.store).await?;
    warn_if_keys_differ(store.as_ref(), &vault).await;
    Ok(Plans::new(store, vault))
}
