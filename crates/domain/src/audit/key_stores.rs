//! TL-06: every key store of a bundle opens with what its node's deployment.toml says.
//!
//! `render` opens the finished files and gives facts; nothing here reads a key store.

use super::place_of_key;
use crate::check::CheckId;
use crate::finding::Finding;
use crate::sites::reported;

/// What a key store that deployment.toml names turned out to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyStoreFacts {
    /// The node.
    pub node: String,
    /// The table that names it: `keystore.primary`.
    pub table: String,
    /// Its file name.
    pub file: String,
    /// What is wrong with it.
    pub fault: Option<KeyStoreFault>,
}

/// Why a key store does not serve.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyStoreFault {
    /// deployment.toml lacks file name, type, password or alias, or cannot be read.
    NotSaid,
    /// The file is not in the bundle.
    Missing,
    /// The file is of another type than deployment.toml says.
    Type {
        /// What the file is, as far as that is known: `JKS` or `PKCS12`.
        found: Option<&'static str>,
    },
    /// The file was cut off or changed, or the password is another: a seal tells both alike.
    Seal,
    /// There is no entry of this name.
    Alias {
        /// The names that are there.
        found: Vec<String>,
    },
    /// The key does not open with the key's password.
    Key,
    /// The key has no certificate.
    Certificate,
}

/// Judges the key stores of all nodes.
#[must_use]
pub fn audit_key_stores(facts: &[KeyStoreFacts]) -> Vec<Finding> {
    let judge = |facts: &KeyStoreFacts| {
        let (table, file) = (&facts.table, &facts.file);
        let what = match facts.fault.as_ref()? {
            KeyStoreFault::NotSaid => reported(format!("[{table}] lacks file_name, type, password or alias.")),
            KeyStoreFault::Missing => reported(format!("[{table}] names {file}, which is not in the bundle.")),
            KeyStoreFault::Type { found: Some(found) } => {
                reported(format!("[{table}] gives {file} another type than it has: it is {found} (product-is#18466)."))
            }
            KeyStoreFault::Type { found: None } => reported(format!("{file} of [{table}] is no key store.")),
            KeyStoreFault::Seal => reported(format!(
                "{file} does not open with the password of [{table}], or it was changed since it was made."
            )),
            KeyStoreFault::Alias { found } => {
                reported(format!("{file} has no alias as [{table}] says; it has {}.", found.join(", ")))
            }
            KeyStoreFault::Key => reported(format!("The key in {file} does not open with key_password of [{table}].")),
            KeyStoreFault::Certificate => reported(format!("The key in {file} of [{table}] has no certificate.")),
        };
        Some(place_of_key(CheckId::Tl06, &facts.node, &what))
    };
    facts.iter().filter_map(judge).collect()
}
