//! An account of the primary user store.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::database::{RecordKind, StoredRecord};
use crate::digest::hex_sha256;

/// A user, with the attributes of SCIM as they were sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) user_name: String,
    password_hash: String,
    /// Whether the account may do everything.
    pub(crate) is_admin: bool,
    pub(crate) attributes: Map<String, Value>,
    /// RFC 3339, as SCIM shows it.
    pub(crate) created: String,
    pub(crate) modified: String,
}

impl User {
    pub(crate) fn new(id: String, user_name: &str, password: &str, created: String) -> Self {
        let mut user = Self {
            id,
            user_name: user_name.to_owned(),
            password_hash: String::new(),
            is_admin: false,
            attributes: Map::new(),
            modified: created.clone(),
            created,
        };
        user.set_password(password);
        user
    }

    pub(crate) fn set_password(&mut self, password: &str) {
        self.password_hash = self.hash(password);
    }

    pub(crate) fn has_password(&self, password: &str) -> bool {
        self.password_hash == self.hash(password)
    }

    /// Only so that a copy of the records has no password that works elsewhere.
    fn hash(&self, password: &str) -> String {
        hex_sha256(&format!("{}:{password}", self.id))
    }

    /// The key of a user with this name, which may have the domain of the user store or of the tenant.
    pub(crate) fn key_of_name(name: &str) -> String {
        let name = name.strip_prefix("PRIMARY/").unwrap_or(name);
        name.strip_suffix("@carbon.super").unwrap_or(name).to_lowercase()
    }
}

impl StoredRecord for User {
    const KIND: RecordKind = RecordKind::User;

    fn id(&self) -> &str {
        &self.id
    }

    fn unique_keys(&self) -> Vec<String> {
        vec![Self::key_of_name(&self.user_name)]
    }
}
