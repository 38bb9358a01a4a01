//! Where plans are kept: an address, and apart from it a password, so that no command line and no list of processes shows it.

use std::path::{Path, PathBuf};

use domain::server_credential::ServerCredential;
use store::StoreAddress;

use crate::config::key;
use crate::config::source::Sources;

/// The store's file in the data folder, unless another store is named.
const DATABASE_FILE: &str = "clusterwright.db";

/// The store that is named, with the password that is given apart, or the file in the data folder.
pub(super) fn store(sources: &mut Sources<'_>, data_dir: &Path) -> StoreAddress {
    let named: Option<String> = sources.value(&key::STORE);
    let address = named.map_or_else(
        || StoreAddress::Sqlite(data_dir.join(DATABASE_FILE)),
        |text| {
            StoreAddress::parse(&text).unwrap_or_else(|problem| {
                sources.problem(&key::STORE, format!("{problem}."));
                StoreAddress::Sqlite(PathBuf::new())
            })
        },
    );
    address.with_password(password(sources))
}

fn password(sources: &mut Sources<'_>) -> Option<ServerCredential> {
    let given: Option<String> = sources.value(&key::STORE_PASSWORD);
    let file: Option<PathBuf> = sources.value(&key::STORE_PASSWORD_FILE);
    match (given, file) {
        (Some(_), Some(_)) => {
            sources.report_both(&key::STORE_PASSWORD, &key::STORE_PASSWORD_FILE);
            None
        }
        (Some(text), None) => Some(ServerCredential::new(text)),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(text) => Some(ServerCredential::new(text.trim_end_matches(['\r', '\n']))),
            Err(error) => {
                sources.report_unreadable(&key::STORE_PASSWORD_FILE, &file, &error);
                None
            }
        },
        (None, None) => None,
    }
}
