//! An identity provider with its federated authenticators, whose secrets are stored encrypted.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::database::{RecordKind, StoredRecord};

/// A property of an authenticator.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AuthenticatorProperty {
    pub(crate) key: String,
    pub(crate) value: String,
    /// The symmetric key that encrypted the value; none for a value in the clear. The stand-in encrypts nothing, it only
    /// knows which key could read the value.
    pub(crate) encrypted_with: Option<String>,
}

/// A federated authenticator.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct FederatedAuthenticator {
    /// The base64url of its name.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_enabled: bool,
    pub(crate) properties: Vec<AuthenticatorProperty>,
}

/// An identity provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct IdentityProvider {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_enabled: bool,
    pub(crate) default_authenticator: String,
    pub(crate) authenticators: Vec<FederatedAuthenticator>,
    /// As it was sent.
    pub(crate) claims: Value,
}

impl StoredRecord for IdentityProvider {
    const KIND: RecordKind = RecordKind::IdentityProvider;

    fn id(&self) -> &str {
        &self.id
    }

    fn unique_keys(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}
