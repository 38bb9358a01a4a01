//! DB-39, DB-40 and CL-13: JDBC URLs as IS copies them into XML, and secrets that everybody knows.

use super::{DeploymentFile, at};
use crate::check::CheckId;
use crate::finding::Finding;

/// Values of stock files and samples, by the end of their key.
const DEFAULTS: [(&str, &str); 5] = [
    ("super_admin.password", "admin"),
    ("keystore.primary.password", "wso2carbon"),
    ("encryption.key", "03BAFEB27A8E871CAD83C5CD4E771DAB"),
    ("identity.auth_framework.endpoint.app_password", "dashboard"),
    ("account_recovery.endpoint.auth.hash", "66cd9688a2ae068244ea01e70f0e230f5623b7fa4cdecb65070a09ec06452262"),
];

pub(super) fn judge(file: &DeploymentFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, value) in &file.values {
        if key.ends_with(".url") && value.starts_with("jdbc:") {
            findings.extend(url(file, key, value));
        }
        if DEFAULTS.iter().any(|(default_key, default)| key == default_key && value == default) {
            findings.push(at(CheckId::Cl13, &file.node, &format!("{key} has the value every pack ships with.")));
        }
    }
    findings
}

/// A URL of MySQL or MariaDB. H2's, which separates with `;`, is left alone.
fn url(file: &DeploymentFile, key: &str, value: &str) -> Vec<Finding> {
    let Some(rest) = ["jdbc:mysql://", "jdbc:mariadb://"].into_iter().find_map(|scheme| value.strip_prefix(scheme))
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut wrong = |what: &str| findings.push(at(CheckId::Db39, &file.node, &format!("{key} {what}")));
    let bare = value.match_indices('&').any(|(place, _)| !value.get(place..).unwrap_or_default().starts_with("&amp;"));
    if bare {
        wrong("holds a bare &: write &amp;, because IS copies the value into XML.");
    }
    let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
    if options.is_empty() && (address.contains('=') || address.contains("&amp;")) {
        wrong("has options without a question mark before them.");
    }
    let (authority, database) = address.split_once('/').unwrap_or((address, ""));
    if authority.is_empty() || database.is_empty() {
        wrong("lacks its host or its database.");
    }
    // Connector/J has passwords of accounts (password, password1 to 3) and of key stores (…KeyStorePassword).
    let is_secret = |option: &str| {
        let name = option.split('=').next().unwrap_or_default().to_ascii_lowercase();
        name == "user" || name.trim_end_matches(|letter: char| letter.is_ascii_digit()).ends_with("password")
    };
    let secret = authority.contains('@') || options.split("&amp;").any(is_secret);
    if secret {
        findings.push(at(CheckId::Db40, &file.node, &format!("{key} holds an account or a password.")));
    }
    findings
}
