//! Where values of the configuration come from, and how a mistake in one is told.

use std::path::Path;

use figment::Figment;
use probe::address::Network;
use serde::de::DeserializeOwned;

use crate::config::{KEYS, environment};

/// One value, or a problem that names its source.
pub(super) fn value<T: DeserializeOwned>(
    figment: &Figment,
    key: &str,
    wanted: &str,
    problems: &mut Vec<String>,
) -> Option<T> {
    if !figment.contains(key) {
        return None;
    }
    match figment.extract_inner(key) {
        Ok(value) => Some(value),
        Err(error) => {
            let source = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref());
            let variable = format!("CLUSTERWRIGHT_{}", key.to_uppercase());
            let from = match source {
                Some(source) => format!(" (from {source})"),
                None if environment::is_set(&variable) => format!(" (from the environment variable {variable})"),
                None => String::new(),
            };
            problems.push(format!("{key}{from} is not {wanted}. Enter {wanted}."));
            None
        }
    }
}

/// A list of networks; a text that is none is a problem. `None` where nothing is said.
pub(super) fn networks(figment: &Figment, key: &str, problems: &mut Vec<String>) -> Option<Vec<Network>> {
    let texts: Vec<String> = value(figment, key, "a list of networks", problems)?;
    let mut networks = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(network) => networks.push(network),
            Err(error) => {
                problems.push(format!("{key}: {text:?} is {error}. Use a form such as 10.20.0.0/16 or 10.20.0.5."))
            }
        }
    }
    Some(networks)
}

/// Keys of the file that mean nothing, and a file that cannot be read.
pub(super) fn unknown_keys(file: &Path) -> Vec<String> {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return vec![format!("Cannot read {shown}: {error}. Correct --config.")],
    };
    match text.parse::<toml::Table>() {
        Ok(table) => (table.keys())
            .filter(|key| !KEYS.contains(&key.as_str()))
            .map(|key| format!("{shown} contains the unknown key {key}. Use one of {}.", KEYS.join(", ")))
            .collect(),
        // The message alone: what stands in the file may be a token.
        Err(error) => vec![format!("{shown} is not TOML: {}. Correct the file.", error.message())],
    }
}
