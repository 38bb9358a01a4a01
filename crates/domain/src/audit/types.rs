//! CL-01: values of the type that IS's templates test, in syntax that its TOML parser supports.
//!
//! Only keys of known types (default.json and validator.json of all versions) are checked.

use super::file::TomlKind;
use super::{DeploymentFile, place_of_key};
use crate::check::CheckId;
use crate::finding::Finding;
use crate::sites::reported;

/// Keys that templates compare with `true`: the text `"true"` counts as false there.
const BOOLEAN_KEYS: [&str; 8] = [
    "super_admin.create_admin_account",
    "carbon_health_check.enable",
    "server.force_local_cache",
    "user_store.scim_enabled",
    "transport.http.enabled",
    "transport.https.enabled",
    "session_data.persistence.enable_persistence",
    "session_data.persistence.persist_temporary_data",
];
/// Keys that hold a whole number, bare or in quotes.
const NUMBER_KEYS: [&str; 4] = [
    "server.offset",
    "clustering.local_member_port",
    "transport.http.properties.proxyPort",
    "transport.https.properties.proxyPort",
];
/// Keys that hold a text.
const TEXT_KEYS: [&str; 8] = [
    "server.hostname",
    "server.node_ip",
    "server.base_path",
    "user_store.type",
    "clustering.membership_scheme",
    "clustering.domain",
    "clustering.local_member_host",
    "encryption.key",
];
/// The user store types that validator.json of every version accepts.
const USER_STORE_TYPES: [&str; 8] = [
    "database",
    "database_unique_id",
    "read_only_ldap",
    "read_only_ldap_unique_id",
    "read_write_ldap",
    "read_write_ldap_unique_id",
    "active_directory",
    "active_directory_unique_id",
];

pub(super) fn audit_types(file: &DeploymentFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |what: &str| findings.push(place_of_key(CheckId::Cl01, &file.node, what));
    for what in &file.too_new {
        wrong(what);
    }
    for (key, kind) in &file.kinds {
        let key = key.as_str();
        let value = file.get(key).unwrap_or_default();
        if BOOLEAN_KEYS.contains(&key) && *kind != TomlKind::Boolean {
            wrong(&reported(format!("{key} is not true or false without quotes: IS reads it as false.")));
        } else if NUMBER_KEYS.contains(&key) && value.parse::<u16>().is_err() {
            wrong(&reported(format!("{key} is not a whole number from 0 to 65535.")));
        } else if TEXT_KEYS.contains(&key) && *kind != TomlKind::Text {
            wrong(&reported(format!("{key} is not a quoted string.")));
        } else if key == "clustering.members" && *kind != TomlKind::List {
            wrong(&reported(
                "clustering.members is not a list of \"host:port\": IS does not start, or finds one broken member.",
            ));
        } else if key == "user_store.type" && !USER_STORE_TYPES.contains(&value) {
            wrong(&reported(format!(
                "user_store.type is {value}, which IS does not support: it accepts {}.",
                USER_STORE_TYPES.join(", ")
            )));
        } else if value.contains("{{") || value.contains("{%") {
            // The mapper renders values twice; its own defaults use that, operators' passwords must not.
            wrong(&reported(format!(
                "{key} contains {{{{ or {{%, which IS's config mapper reads as a template and stops."
            )));
        }
    }
    findings
}
