//! Where plans are kept: an address, and apart from it a password, so that no command line and no list of processes shows it.

use std::path::{Path, PathBuf};

use domain::server_credential::ServerCredential;
use figment::Figment;
use store::StoreAddress;

use crate::config::source::value;

/// The store's file in the data folder, unless another store is named.
const DATABASE_FILE: &str = "clusterwright.db";

/// The store that is named, with the password that is given apart, or the file in the data folder.
pub(super) fn store(figment: &Figment, data_dir: &Path, problems: &mut Vec<String>) -> StoreAddress {
    let named: Option<String> = value(figment, "store", "an address", problems);
    let address = named.map_or_else(
        || StoreAddress::Sqlite(data_dir.join(DATABASE_FILE)),
        |text| {
            StoreAddress::parse(&text).unwrap_or_else(|problem| {
                problems.push(format!("store: {problem}."));
                StoreAddress::Sqlite(PathBuf::new())
            })
        },
    );
    address.with_password(password(figment, problems))
}

fn password(figment: &Figment, problems: &mut Vec<String>) -> Option<ServerCredential> {
    let given: Option<String> = value(figment, "store_password", "a text", problems);
    let file: Option<PathBuf> = value(figment, "store_password_file", "a path", problems);
    match (given, file) {
        (Some(_), Some(_)) => {
            problems.push("store_password and store_password_file are both set. Remove one of them.".to_owned());
            None
        }
        (Some(text), None) => Some(ServerCredential::new(text)),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(text) => Some(ServerCredential::new(text.trim_end_matches(['\r', '\n']))),
            Err(error) => {
                problems.push(format!(
                    "store_password_file: cannot read {}: {error}. Correct its path or permissions.",
                    file.display()
                ));
                None
            }
        },
        (None, None) => None,
    }
}
