//! An application and its OAuth client.

use serde::{Deserialize, Serialize};

use crate::database::{RecordKind, StoredRecord};

/// An application.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Redirect URIs; one may be a list of alternatives as `regexp=(a|b)`.
    pub(crate) callbacks: Vec<String>,
    pub(crate) grant_types: Vec<String>,
    /// Whether access tokens are JSON Web Tokens.
    pub(crate) issues_jwt: bool,
    /// Whether the client has no secret.
    pub(crate) is_public_client: bool,
    pub(crate) requires_pkce: bool,
    pub(crate) skips_login_consent: bool,
    pub(crate) skips_logout_consent: bool,
}

impl Application {
    /// The unique key of an application with this name.
    pub(crate) fn key_of_name(name: &str) -> String {
        format!("name:{name}")
    }

    /// The unique key of an application with this client id.
    pub(crate) fn key_of_client(client_id: &str) -> String {
        format!("client:{client_id}")
    }

    /// Whether the redirect URI is registered. An application without any accepts none.
    pub(crate) fn accepts_callback(&self, uri: &str) -> bool {
        let is_alternative = |callback: &String| {
            let list = callback.strip_prefix("regexp=").map(|list| list.trim_start_matches('(').trim_end_matches(')'));
            list.map_or(callback == uri, |list| list.split('|').any(|alternative| alternative == uri))
        };
        self.callbacks.iter().any(is_alternative)
    }

    pub(crate) fn has_grant(&self, grant_type: &str) -> bool {
        self.grant_types.iter().any(|grant| grant == grant_type)
    }
}

impl StoredRecord for Application {
    const KIND: RecordKind = RecordKind::Application;

    fn id(&self) -> &str {
        &self.id
    }

    fn unique_keys(&self) -> Vec<String> {
        vec![Self::key_of_name(&self.name), Self::key_of_client(&self.client_id)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_one_of_those_that_are_registered() {
        let callbacks = ["https://a.example.test/cb", "regexp=(https://b.example.test/|https://c.example.test/)"];
        let application = Application { callbacks: callbacks.map(str::to_owned).to_vec(), ..Application::default() };
        for accepted in ["https://a.example.test/cb", "https://b.example.test/", "https://c.example.test/"] {
            assert!(application.accepts_callback(accepted), "{accepted}");
        }
        for refused in ["https://a.example.test/cb/", "https://b.example.test", "regexp=(", ""] {
            assert!(!application.accepts_callback(refused), "{refused}");
        }
    }
}
