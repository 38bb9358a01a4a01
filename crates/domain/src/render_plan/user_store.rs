//! The user store and the super admin, as keys of deployment.toml.

use serde::Serialize;

use super::{PropertyPlan, SecretId, escape_mapper};
use crate::cluster::Cluster;
use crate::steps::{DirectoryAccess, UserStore, UserStoreKind, YesNo};
use crate::value::Value;
use crate::values::{DirectoryName, DirectoryTerm, LdapUrls};

/// The user store.
#[derive(Clone, Debug, Serialize)]
pub struct UserStorePlan {
    /// `[user_store] type`.
    pub kind: String,
    /// The connection URL of the directory, for texts.
    pub directory_url: Option<String>,
    /// Whether the directory has several servers.
    pub has_several_servers: bool,
    /// The other keys of `[user_store]`, in order; only a directory has some.
    pub directory: Vec<PropertyPlan>,
    /// `scim_enabled`, which is off by default only for Active Directory.
    pub switch_scim_on: bool,
    /// Whether Java does not pool connections by default: a read-only directory over ldaps (JNDI's
    /// `com.sun.jndi.ldap.connect.pool.protocol` is `plain` by default).
    pub pools_need_option: bool,
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
            (UserStoreKind::Database, _) => "database",
            (UserStoreKind::ActiveDirectory, _) => "active_directory",
            (UserStoreKind::Ldap, Some(DirectoryAccess::ReadOnly)) => "read_only_ldap",
            (UserStoreKind::Ldap, _) => "read_write_ldap",
        };
        Self {
            // Managers without unique IDs fail with the schema of 5.10 and later (product-is#7212).
            kind: format!("{family}_unique_id"),
            directory_url: store.connection_url.as_ref().map(Value::text),
            has_several_servers: store.connection_url.as_ref().is_some_and(|urls| urls.count() > 1),
            directory: if store.kind == UserStoreKind::Database { Vec::new() } else { directory(store) },
            switch_scim_on: store.kind == UserStoreKind::ActiveDirectory,
            pools_need_option: store.access == Some(DirectoryAccess::ReadOnly)
                && store.connection_url.as_ref().is_some_and(LdapUrls::secure),
        }
    }
}

fn directory(store: &UserStore) -> Vec<PropertyPlan> {
    let is_active_directory = store.kind == UserStoreKind::ActiveDirectory;
    let property = |key, text: String| PropertyPlan { key, text: Some(escape_mapper(&text)), secret: None };
    let given = |key, text: Option<&str>| text.map(|text| property(key, text.to_owned()));
    let base = store.base_dn.as_ref().map(DirectoryName::as_str);
    // IS searches ou=Users and ou=Groups in 5.x, and later cn=Groups, which Active Directory does not have by default.
    let (container, _) = store.kind.containers();
    let stock = base.filter(|_| is_active_directory).map(|base| format!("{container},{base}"));
    let searched =
        |given: &Option<DirectoryName>| given.as_ref().map(|name| name.as_str().to_owned()).or(stock.clone());
    let attribute = store.user_name_attribute.as_ref().map(DirectoryTerm::as_str);
    let id = store.user_id_attribute.as_ref().map(DirectoryTerm::as_str);
    let mut keys = vec![
        store.connection_url.as_ref().map(|url| property("connection_url", url.text())),
        given("connection_name", store.connection_name.as_ref().map(DirectoryName::as_str)),
        Some(PropertyPlan {
            key: "connection_password",
            text: None,
            secret: Some(SecretId::ConnectionPassword.name()),
        }),
        given("base_dn", base),
        searched(&store.user_search_base).map(|name| property("user_search_base", name)),
        searched(&store.group_search_base).map(|name| property("group_search_base", name)),
    ];
    // The inferred filters use uid for every attribute, and those for Active Directory are those of a directory with
    // WSO2's schema (infer.json), so attribute and filters are written together.
    if is_active_directory {
        let attribute = attribute.unwrap_or("cn");
        let constant = |key, text: &str| Some(property(key, text.to_owned()));
        keys.extend([
            constant("user_name_attribute", attribute),
            constant("user_name_search_filter", &format!("(&(objectClass=user)({attribute}=?))")),
            constant("user_name_list_filter", "(&(objectCategory=person)(objectClass=user))"),
            constant("user_entry_object_class", "user"),
            constant("group_name_search_filter", "(&(objectClass=group)(cn=?))"),
            constant("group_name_list_filter", "(objectClass=group)"),
            constant("group_entry_object_class", "group"),
        ]);
    } else {
        keys.extend([
            given("user_name_attribute", attribute),
            attribute.map(|attribute| {
                property("user_name_search_filter", format!("(&(objectClass=person)({attribute}=?))"))
            }),
            given("user_entry_object_class", store.user_object_class.as_ref().map(DirectoryTerm::as_str)),
            given("user_id_attribute", id),
            // IS must not write attributes that the directory generates (isUserIdGeneratedByUserStore).
            given(
                "immutable_attributes",
                id.filter(|id| OPERATIONAL_ID_ATTRIBUTES.iter().any(|made| made.eq_ignore_ascii_case(id))),
            ),
        ]);
    }
    keys.into_iter().flatten().collect()
}

/// Operational attributes for user IDs: RFC 4530, 389 Directory Server, IBM's and Novell's directories.
const OPERATIONAL_ID_ATTRIBUTES: [&str; 5] = ["entryUUID", "nsUniqueId", "ibm-entryUuid", "GUID", "objectGUID"];

impl SuperAdminPlan {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let store = &cluster.inputs().user_store;
        Self { username: store.admin_username.as_str().to_owned(), create: store.create_admin == YesNo::Yes }
    }
}
