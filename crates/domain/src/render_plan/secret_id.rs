//! The secrets of a bundle by their names in templates.

use serde::Serialize;

use super::escape::{escape_mapper, escape_properties};
use crate::steps::keys;

/// The name of a secret within a template: `{{ secret.database_password }}`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretId {
    /// The run-time account's password.
    DatabasePassword,
    /// The super admin's password.
    AdminPassword,
    /// The same, escaped for the key that IS copies into a .properties file.
    AdminPasswordForProperties,
    /// The bind password of the directory.
    ConnectionPassword,
    /// The secret key of the AWS membership scheme.
    AwsSecretKey,
    /// The encryption key of the cluster. Generated, not entered.
    SymmetricKey,
    /// The password of the keystores. Generated, not entered.
    KeyStorePassword,
    /// The password of IS's own web applications. Generated, not entered.
    EndpointPassword,
    /// The SHA-256 of the endpoint password, in hexadecimal digits.
    EndpointHash,
}

impl SecretId {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::DatabasePassword,
        Self::AdminPassword,
        Self::AdminPasswordForProperties,
        Self::ConnectionPassword,
        Self::AwsSecretKey,
        Self::SymmetricKey,
        Self::KeyStorePassword,
        Self::EndpointPassword,
        Self::EndpointHash,
    ];

    /// Its name in templates.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DatabasePassword => "database_password",
            Self::AdminPassword => "admin_password",
            Self::AdminPasswordForProperties => "admin_password_for_properties",
            Self::ConnectionPassword => "connection_password",
            Self::AwsSecretKey => "aws_secret_key",
            Self::SymmetricKey => "symmetric_key",
            Self::KeyStorePassword => "key_store_password",
            Self::EndpointPassword => "endpoint_password",
            Self::EndpointHash => "endpoint_hash",
        }
    }

    /// The key of deployment.toml that contains the entered value, escaped with [`escape_mapper`]; `None` for generated
    /// secrets.
    #[must_use]
    pub const fn deployment_key(self) -> Option<&'static str> {
        match self {
            Self::DatabasePassword => Some("database.identity_db.password"),
            Self::AdminPassword => Some("super_admin.password"),
            Self::AdminPasswordForProperties => None,
            Self::ConnectionPassword => Some("user_store.connection_password"),
            Self::AwsSecretKey => Some("clustering.properties.secretKey"),
            Self::SymmetricKey | Self::KeyStorePassword | Self::EndpointPassword | Self::EndpointHash => None,
        }
    }

    /// Escapes the secret for its reader in IS; the mapper copies it unchanged into XML, or into a .properties file.
    #[must_use]
    pub fn for_mapper(self, value: &str) -> String {
        match self {
            Self::AdminPasswordForProperties => escape_properties(value),
            _ => escape_mapper(value),
        }
    }

    /// The setting of the secret; `None` for generated secrets.
    #[must_use]
    pub const fn setting(self) -> Option<&'static str> {
        match self {
            Self::DatabasePassword => Some(keys::DATABASE.password),
            Self::AdminPassword | Self::AdminPasswordForProperties => Some(keys::USER_STORE.admin_password),
            Self::ConnectionPassword => Some(keys::USER_STORE.connection_password),
            Self::AwsSecretKey => Some(keys::CLUSTERING.aws_secret_key),
            Self::SymmetricKey | Self::KeyStorePassword | Self::EndpointPassword | Self::EndpointHash => None,
        }
    }
}
