//! DB-39, DB-40, DB-42, US-05 and CL-13: JDBC URLs as IS copies them into XML, and well-known secrets.

use super::{DeploymentFile, place_of_key};
use crate::check::CheckId;
use crate::finding::Finding;
use crate::jdbc;
use crate::sites::reported;

/// Values of stock files and samples, by the end of their key.
const DEFAULT_SECRETS: [(&str, &str); 5] = [
    ("super_admin.password", "admin"),
    ("keystore.primary.password", "wso2carbon"),
    ("encryption.key", "03BAFEB27A8E871CAD83C5CD4E771DAB"),
    ("identity.auth_framework.endpoint.app_password", "dashboard"),
    ("account_recovery.endpoint.auth.hash", "66cd9688a2ae068244ea01e70f0e230f5623b7fa4cdecb65070a09ec06452262"),
];

pub(super) fn audit_values(file: &DeploymentFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(manager) = file.get("user_store.type").filter(|manager| !manager.ends_with("_unique_id")) {
        let manager: String = manager.chars().filter(|letter| !letter.is_control()).take(40).collect();
        findings.push(place_of_key(
            CheckId::Us05,
            &file.node,
            &format!("user_store.type is {manager}, which does not give users IDs."),
        ));
    }
    for (key, value) in &file.values {
        if key.ends_with(".url") && value.starts_with("jdbc:") {
            findings.extend(url(file, key, value));
        }
        findings.extend(key_store(file, key, value));
        if DEFAULT_SECRETS.iter().any(|(default_key, default)| key == default_key && value == default) {
            findings.push(place_of_key(
                CheckId::Cl13,
                &file.node,
                &format!("{key} has the default value of every pack."),
            ));
        }
    }
    findings
}

/// DB-42. For a database without URL, IS builds one from type, host and port, without the option (docs/wso2.md).
fn key_store(file: &DeploymentFile, key: &str, value: &str) -> Option<Finding> {
    let database = key.strip_suffix(".type").filter(|_| value == "mysql");
    let is_inferred =
        database.is_some_and(|name| name.starts_with("database.") && file.get(&format!("{name}.url")).is_none());
    let what = if is_inferred {
        reported("has no url, and the one that IS builds")
    } else if key.ends_with(".url") && !lacks_question_mark(value) && jdbc::may_send_system_key_store(value) {
        reported("uses TLS and")
    } else {
        return None;
    };
    let key = if is_inferred { database.unwrap_or(key) } else { key };
    let what = format!(
        "{key} {what} lacks {}: the node loses the database soon after its start.",
        jdbc::FALLBACK_KEY_STORE_OPTION
    );
    Some(place_of_key(CheckId::Db42, &file.node, &what))
}

/// Whether options follow without `?`: they are then part of the database's name and cannot be checked.
fn lacks_question_mark(url: &str) -> bool {
    !url.contains('?') && (url.contains('=') || url.contains("&amp;"))
}

/// A URL of MySQL or MariaDB. URLs of H2, which separate options with `;`, are skipped.
fn url(file: &DeploymentFile, key: &str, value: &str) -> Vec<Finding> {
    let Some(rest) = ["jdbc:mysql://", "jdbc:mariadb://"].into_iter().find_map(|scheme| value.strip_prefix(scheme))
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut wrong = |what: &str| findings.push(place_of_key(CheckId::Db39, &file.node, &format!("{key} {what}")));
    let bare = value.match_indices('&').any(|(place, _)| !value.get(place..).unwrap_or_default().starts_with("&amp;"));
    if bare {
        wrong(&reported("contains a bare &: write &amp;, because IS copies the value into XML."));
    }
    let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
    if lacks_question_mark(value) {
        wrong(&reported("has options without a question mark before them."));
    }
    let (authority, database) = address.split_once('/').unwrap_or((address, ""));
    if authority.is_empty() || database.is_empty() {
        wrong(&reported("lacks its host or its database."));
    }
    // Connector/J has passwords of accounts (password, password1 to 3) and of key stores (…KeyStorePassword).
    let is_secret = |option: &str| {
        let name = option.split('=').next().unwrap_or_default().to_ascii_lowercase();
        name == "user" || name.trim_end_matches(|letter: char| letter.is_ascii_digit()).ends_with("password")
    };
    let secret = authority.contains('@') || options.split("&amp;").any(is_secret);
    if secret {
        findings.push(place_of_key(CheckId::Db40, &file.node, &format!("{key} contains an account or a password.")));
    }
    findings
}
