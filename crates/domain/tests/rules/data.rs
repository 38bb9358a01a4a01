//! Faults of databases, accounts, passwords and user stores.

use domain::secret::Secret;

use crate::fault::{Case, directory, each_is_found_once, secret, set, several};

#[test]
fn each_fault_is_found_once_at_its_place() {
    let cases: Vec<Case> = vec![
        ("utf8mb4 on 7.2 loads", set("database.charset", "utf8mb4"), &[]),
        (
            "utf8mb4 on 7.3",
            several(&[("product.version", "7.3.0"), ("database.charset", "utf8mb4")]),
            &["blocks DB-17 database.charset"],
        ),
        ("one database twice", set("database.shared_db", "WSO2IDENTITY_DB"), &["blocks DB-12 database.identity_db"]),
        ("the agent database twice", set("database.agent_db", "wso2shared_db"), &["blocks DB-12 database.agent_db"]),
        ("a workflow engine on each node's H2", set("product.version", "6.1.0"), &["warns - database.workflow_db"]),
        (
            "the workflow database twice",
            several(&[("product.version", "6.1.0"), ("database.workflow_db", "WSO2shared_db")]),
            &["blocks DB-12 database.workflow_db"],
        ),
        ("verify-ca without a CA", set("database.tls", "verify-ca"), &["notes - database.ca_certificate"]),
        ("root account", set("database.username", "root"), &["warns - database.username"]),
        ("known database password", secret("database.password", "wso2carbon"), &["blocks CL-13 database.password"]),
        ("password that is the account", secret("database.password", "wso2is"), &["blocks CL-13 database.password"]),
        (
            "admin name in the password",
            Box::new(|draft, secrets| {
                draft.set("user_store.admin_username", "is-admin");
                secrets.insert("user_store.admin_password", Secret::new("Is-Admin1!"));
            }),
            &["blocks CL-13 user_store.admin_password"],
        ),
        (
            "default admin password",
            secret("user_store.admin_password", "admin"),
            &["blocks - user_store.admin_password"],
        ),
        ("missing secret", Box::new(|_, secrets| secrets.remove("database.password")), &["blocks - database.password"]),
        ("WSO2's own schema in a directory", directory("ldap", &[]), &["warns - user_store.user_object_class"]),
        (
            "WSO2's own id attribute",
            directory("ldap", &[("user_store.user_object_class", "inetOrgPerson")]),
            &["warns - user_store.user_id_attribute"],
        ),
        (
            "a plain directory",
            directory(
                "ldap",
                &[("user_store.user_object_class", "inetOrgPerson"), ("user_store.user_id_attribute", "entryUUID")],
            ),
            &[],
        ),
        ("Active Directory", directory("active-directory", &[]), &[]),
        (
            "Active Directory with SCIM and a new super admin",
            directory("active-directory", &[("user_store.create_admin", "yes")]),
            &["warns US-08 user_store.kind"],
        ),
        (
            "an attribute that would end the filter",
            directory("active-directory", &[("user_store.user_name_attribute", "cn)(x")]),
            &["blocks - user_store.user_name_attribute"],
        ),
        (
            "the container of Active Directory as base",
            directory("active-directory", &[("user_store.base_dn", "cn = users , DC=example,DC=local")]),
            &["warns US-07 user_store.base_dn"],
        ),
        (
            "the container of users as base",
            directory(
                "ldap",
                &[
                    ("user_store.base_dn", "ou=Users,dc=example,dc=com"),
                    ("user_store.user_object_class", "inetOrgPerson"),
                    ("user_store.user_id_attribute", "entryUUID"),
                ],
            ),
            &["warns US-07 user_store.base_dn"],
        ),
        (
            "a container as base, with both search bases",
            directory(
                "ldap",
                &[
                    ("user_store.base_dn", "ou=Users,dc=example,dc=com"),
                    ("user_store.user_search_base", "ou=Users,dc=example,dc=com"),
                    ("user_store.group_search_base", "ou=Groups,dc=example,dc=com"),
                    ("user_store.user_object_class", "inetOrgPerson"),
                    ("user_store.user_id_attribute", "entryUUID"),
                ],
            ),
            &[],
        ),
        (
            "port 639",
            directory("active-directory", &[("user_store.connection_url", "ldaps://ad.example.com:639")]),
            &["warns - user_store.connection_url"],
        ),
        (
            "two directory servers",
            directory("active-directory", &[("user_store.connection_url", "ldaps://a:636 ldaps://b:636")]),
            &[],
        ),
        (
            "the wrong port of the second directory server",
            directory("active-directory", &[("user_store.connection_url", "ldaps://a:636 ldaps://b:389")]),
            &["warns - user_store.connection_url"],
        ),
        (
            "directory servers of two kinds",
            directory("active-directory", &[("user_store.connection_url", "ldaps://a:636 ldap://b:389")]),
            &["blocks - user_store.connection_url"],
        ),
        (
            "a directory over ldaps that is only read",
            directory(
                "ldap",
                &[
                    ("user_store.access", "read-only"),
                    ("user_store.create_admin", "no"),
                    ("user_store.user_id_attribute", "entryUUID"),
                ],
            ),
            &["notes - user_store.connection_url"],
        ),
        (
            "a wrong port and a name twice in one round",
            several(&[("database.port", "0"), ("database.shared_db", "wso2identity_db")]),
            &["blocks - database.port", "blocks DB-12 database.identity_db"],
        ),
        (
            "a missing password and a name twice in one round",
            Box::new(|draft, secrets| {
                draft.set("database.shared_db", "wso2identity_db");
                secrets.remove("database.password");
            }),
            &["blocks DB-12 database.identity_db", "blocks - database.password"],
        ),
        (
            "read-only directory",
            directory("ldap", &[("user_store.access", "read-only"), ("user_store.user_id_attribute", "entryUUID")]),
            &["blocks US-04 user_store.create_admin", "notes - user_store.connection_url"],
        ),
        (
            "a tenant's admin",
            set("user_store.admin_username", "admin@example.com"),
            &["blocks - user_store.admin_username"],
        ),
        ("known password in capitals", secret("database.password", "WSO2Carbon"), &["blocks CL-13 database.password"]),
        (
            "known bind password",
            Box::new(move |draft, secrets| {
                directory("active-directory", &[])(draft, secrets);
                secrets.insert("user_store.connection_password", Secret::new("Admin"));
            }),
            &["blocks CL-13 user_store.connection_password"],
        ),
        (
            "the bind entry's name as its password",
            Box::new(move |draft, secrets| {
                directory("active-directory", &[])(draft, secrets);
                secrets.insert("user_store.connection_password", Secret::new("IS"));
            }),
            &["blocks CL-13 user_store.connection_password"],
        ),
        ("database on loopback, nodes on machines", set("database.host", "127.0.0.1"), &["warns - database.host"]),
    ];
    each_is_found_once(cases);
}
