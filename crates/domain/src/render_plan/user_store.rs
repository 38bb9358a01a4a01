//! The user store and the super admin, in deployment.toml's words.

use serde::Serialize;

use super::for_mapper;
use crate::cluster::Cluster;
use crate::steps::{DirectoryAccess, StoreKind, StoreManager, YesNo};
use crate::value::Value;

/// Where users live.
#[derive(Clone, Debug, Serialize)]
pub struct UserStorePlan {
    /// `[user_store] type`.
    pub kind: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// `connection_url`, for a directory.
    pub connection_url: Option<String>,
    /// `connection_name`, for a directory.
    pub connection_name: Option<String>,
    /// `base_dn`, for a directory.
    pub base_dn: Option<String>,
    /// `user_search_base`, if it is not the usual one.
    pub user_search_base: Option<String>,
    /// `group_search_base`, if it is not the usual one.
    pub group_search_base: Option<String>,
    /// `user_name_attribute`, if it is not the usual one.
    pub user_name_attribute: Option<String>,
    /// The filter that finds one user by that attribute.
    pub user_name_search_filter: Option<String>,
}

/// The first administrator.
#[derive(Clone, Debug, Serialize)]
pub struct SuperAdminPlan {
    /// User name.
    pub username: String,
    /// Whether IS creates the account.
    pub create: bool,
}

impl UserStorePlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let store = &cluster.inputs().user_store;
        let family = match (store.kind, store.access) {
            (StoreKind::Database, _) => "database",
            (StoreKind::ActiveDirectory, _) => "active_directory",
            (StoreKind::Ldap, Some(DirectoryAccess::ReadOnly)) => "read_only_ldap",
            (StoreKind::Ldap, _) => "read_write_ldap",
        };
        let suffix = match store.manager {
            StoreManager::UniqueId => "_unique_id",
            StoreManager::Legacy => "",
        };
        let attribute = store.user_name_attribute.as_ref().map(|attribute| attribute.as_str().to_owned());
        let mapped = |text: &str| for_mapper(text);
        Self {
            kind: format!("{family}{suffix}"),
            is_directory: store.kind != StoreKind::Database,
            connection_url: store.connection_url.as_ref().map(|url| mapped(&url.text())),
            connection_name: store.connection_name.as_ref().map(|name| mapped(name.as_str())),
            base_dn: store.base_dn.as_ref().map(|name| mapped(name.as_str())),
            user_search_base: store.user_search_base.as_ref().map(|name| mapped(name.as_str())),
            group_search_base: store.group_search_base.as_ref().map(|name| mapped(name.as_str())),
            // The inferred filters ask for uid whatever the attribute is (infer.json), so both are written together.
            user_name_search_filter: attribute
                .as_ref()
                .map(|attribute| mapped(&format!("(&(objectClass=person)({attribute}=?))"))),
            user_name_attribute: attribute.as_deref().map(mapped),
        }
    }
}

impl SuperAdminPlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let store = &cluster.inputs().user_store;
        Self { username: store.admin_username.as_str().to_owned(), create: store.create_admin == YesNo::Yes }
    }
}
