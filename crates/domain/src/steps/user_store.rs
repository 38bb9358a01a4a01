//! Step 3: the user store and the super admin.

use crate::choice;
use crate::draft::Draft;
use crate::setting::answer_among;
use crate::step;
use crate::step::Step;
use crate::values::{AdminName, AdminPassword, CertificatePem, DirectoryName, DirectoryTerm, LdapUrls, Password};

choice! {
    /// Where accounts are stored.
    UserStoreKind {
        Database = "database", "Shared database", "JDBC: accounts in shared_db; the usual choice";
        Ldap = "ldap", "LDAP directory", "Accounts in a directory such as OpenLDAP";
        ActiveDirectory = "active-directory", "Active Directory", "Accounts in Microsoft's directory";
    }
}

choice! {
    /// Whether IS may write to the directory.
    DirectoryAccess {
        ReadWrite = "read-write", "Read and write", "IS creates users and groups in the directory";
        ReadOnly = "read-only", "Read only", "The directory is managed elsewhere";
    }
}

choice! {
    /// Yes or no.
    YesNo {
        Yes = "yes", "Yes", "Yes";
        No = "no", "No", "No";
    }
}

impl UserStoreKind {
    /// The default containers of users and groups below the base DN.
    #[must_use]
    pub const fn containers(self) -> (&'static str, &'static str) {
        match self {
            Self::ActiveDirectory => ("cn=Users", "cn=Users"),
            Self::Database | Self::Ldap => ("ou=Users", "ou=Groups"),
        }
    }
}

fn is_directory(draft: &Draft) -> bool {
    answer_among(UserStore::SETTINGS, draft, "user_store.kind") != "database"
}

fn is_ldap(draft: &Draft) -> bool {
    answer_among(UserStore::SETTINGS, draft, "user_store.kind") == "ldap"
}

fn is_writable_ldap(draft: &Draft) -> bool {
    is_ldap(draft) && answer_among(UserStore::SETTINGS, draft, "user_store.access") != "read-only"
}

fn is_secure_directory(draft: &Draft) -> bool {
    is_directory(draft) && answer_among(UserStore::SETTINGS, draft, "user_store.connection_url").starts_with("ldaps://")
}

step! {
    /// The user store and the first administrator.
    UserStore, UserStoreKeys: Step::UserStore, "user_store";
    kind: UserStoreKind {
        label: "User store",
        help: "[user_store] type: the primary user store, always with a unique-ID manager.",
        default: "database" from "WSO2 default",
        examples: ["database", "ldap"],
    }
    connection_url: Option<LdapUrls> {
        label: "Connection URL",
        help: "ConnectionURL: ldaps:// for TLS. Active Directory accepts new passwords only over ldaps. Separate several servers with the same entries by spaces; IS tries them in this order.",
        sends: [connection_password],
        examples: ["ldaps://ldap.example.com:636", "ldap://10.20.0.9:389 ldap://10.20.0.10:389"],
        shown: is_directory,
    }
    connection_name: Option<DirectoryName> {
        label: "Bind DN",
        help: "ConnectionName: the entry that IS binds as.",
        examples: ["cn=is,ou=services,dc=example,dc=com", "cn=admin,dc=example,dc=com"],
        shown: is_directory,
    }
    connection_password: Option<Password> {
        label: "Bind password",
        help: "ConnectionPassword of that entry. Stored encrypted.",
        examples: ["Bind-secret-1", "Bind-secret-2"],
        shown: is_directory,
    }
    base_dn: Option<DirectoryName> {
        label: "Base DN",
        help: "base_dn: the parent of the user and group containers, not one of them.",
        examples: ["dc=example,dc=com", "dc=corp,dc=example,dc=com"],
        shown: is_directory,
    }
    user_search_base: Option<DirectoryName> {
        label: "User search base",
        help: "UserSearchBase, if users are not in ou=Users (cn=Users for Active Directory) below the base DN.",
        examples: ["ou=people,dc=example,dc=com", "ou=staff,dc=example,dc=com"],
        shown: is_directory,
        required: false,
    }
    group_search_base: Option<DirectoryName> {
        label: "Group search base",
        help: "GroupSearchBase, if groups are not in ou=Groups (cn=Users for Active Directory) below the base DN.",
        examples: ["ou=groups,dc=example,dc=com", "ou=teams,dc=example,dc=com"],
        shown: is_directory,
        required: false,
    }
    user_name_attribute: Option<DirectoryTerm> {
        label: "Username attribute",
        help: "UserNameAttribute, if not uid (cn for Active Directory).",
        examples: ["sAMAccountName", "mail"],
        shown: is_directory,
        required: false,
    }
    access: Option<DirectoryAccess> {
        label: "Directory access",
        help: "Read-write or read-only manager. A read-only directory must already contain the super admin.",
        default: "read-write" from "WSO2 default",
        examples: ["read-write", "read-only"],
        shown: is_ldap,
    }
    user_object_class: Option<DirectoryTerm> {
        label: "Object class of users",
        help: "UserEntryObjectClass: object class of users that IS creates. identityPerson is part of WSO2's schema; a plain directory has inetOrgPerson.",
        default: "identityPerson" from "WSO2 default",
        examples: ["inetOrgPerson", "identityPerson"],
        shown: is_writable_ldap,
    }
    user_id_attribute: Option<DirectoryTerm> {
        label: "User ID attribute",
        help: "UserIDAttribute: unique and immutable. scimId is part of WSO2's schema; a plain OpenLDAP has entryUUID.",
        default: "scimId" from "WSO2 default",
        examples: ["entryUUID", "employeeNumber"],
        shown: is_ldap,
    }
    ca_certificate: Option<CertificatePem> {
        label: "Directory CA certificate",
        help: "The CA that signed the directory's certificate, added to each node's truststore.",
        sends: [connection_password],
        examples: [
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ29sb3Vy\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUU2hhcGVz\n-----END CERTIFICATE-----\n"
        ],
        shown: is_secure_directory,
        required: false,
    }
    admin_username: AdminName {
        label: "Super admin",
        help: "[super_admin] username: the first administrator.",
        default: "admin" from "WSO2 default",
        examples: ["is-admin", "root-admin"],
    }
    admin_password: AdminPassword {
        label: "Super admin password",
        help: "10 to 30 characters with upper and lower case letters, digits and a special character. IS creates the account with it. After you change it in IS, enter the new one here too: IS's own pages use it.",
        examples: ["Adm1n!changeMe", "0ther-Adm1n-pw"],
    }
    create_admin: YesNo {
        label: "Create the super admin",
        help: "create_admin_account: whether IS creates the account at the first start.",
        default: "yes" from "WSO2 default",
        examples: ["yes", "no"],
    }
}
