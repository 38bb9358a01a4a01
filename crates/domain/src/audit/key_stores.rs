//! TL-06: every keystore of a bundle opens with the values in its node's deployment.toml.
//!
//! `render` opens the generated files and provides facts; this module does not read keystores.

use super::place_of_key;
use crate::check::CheckId;
use crate::finding::Finding;
use crate::sites::reported;

/// A fault of a keystore that deployment.toml names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyStoreFacts {
    /// The node.
    pub node: String,
    /// The table that names it: `keystore.primary`.
    pub table: String,
    /// Its file name.
    pub file: String,
    /// The fault.
    pub fault: Option<KeyStoreFault>,
}

/// Why a keystore is unusable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyStoreFault {
    /// deployment.toml lacks file name, type, password or alias, or cannot be read.
    NotDeclared,
    /// The file is not in the bundle.
    Missing,
    /// The type of the file differs from deployment.toml.
    Type {
        /// The type of the file, if known: `JKS` or `PKCS12`.
        found: Option<&'static str>,
    },
    /// The file was truncated or changed, or the password is wrong: the integrity check does not distinguish them.
    Seal,
    /// No entry has this alias.
    Alias {
        /// The existing aliases.
        found: Vec<String>,
    },
    /// The key does not open with the key's password.
    Key,
    /// The key has no certificate.
    Certificate,
}

/// Audits the keystores of all nodes.
#[must_use]
pub fn audit_key_stores(facts: &[KeyStoreFacts]) -> Vec<Finding> {
    let to_finding = |facts: &KeyStoreFacts| {
        let (table, file) = (&facts.table, &facts.file);
        let what = match facts.fault.as_ref()? {
            KeyStoreFault::NotDeclared => reported(format!("[{table}] lacks file_name, type, password or alias.")),
            KeyStoreFault::Missing => reported(format!("[{table}] names {file}, which is not in the bundle.")),
            KeyStoreFault::Type { found: Some(found) } => {
                reported(format!("[{table}] declares the wrong type for {file}: it is {found} (product-is#18466)."))
            }
            KeyStoreFault::Type { found: None } => reported(format!("{file} of [{table}] is not a keystore.")),
            KeyStoreFault::Seal => reported(format!(
                "{file} does not open with the password of [{table}], or it was changed after its creation."
            )),
            KeyStoreFault::Alias { found } => {
                reported(format!("{file} does not contain the alias of [{table}]; it contains {}.", found.join(", ")))
            }
            KeyStoreFault::Key => reported(format!("The key in {file} does not open with key_password of [{table}].")),
            KeyStoreFault::Certificate => reported(format!("The key in {file} of [{table}] has no certificate.")),
        };
        Some(place_of_key(CheckId::Tl06, &facts.node, &what))
    };
    facts.iter().filter_map(to_finding).collect()
}
