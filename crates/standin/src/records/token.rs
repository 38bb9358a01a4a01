//! Tokens and authorization codes.

use serde::{Deserialize, Serialize};

use crate::database::{RecordKind, StoredRecord};
use crate::digest::hex_sha256;

/// Access tokens are valid this long, in seconds.
pub(crate) const ACCESS_TOKEN_TTL_SECONDS: u64 = 3600;
/// Refresh tokens are valid this long, in seconds.
pub(crate) const REFRESH_TOKEN_TTL_SECONDS: u64 = 86_400;
/// Authorization codes are valid this long, in seconds.
pub(crate) const AUTHORIZATION_CODE_TTL_SECONDS: u64 = 300;

/// A user for whom a token was issued.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) user_name: String,
}

/// An access token, with its refresh token if it has one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Token {
    /// The hash of the access token.
    pub(crate) id: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) client_id: String,
    /// None for a token of the application itself.
    pub(crate) subject: Option<Subject>,
    /// Separated by blanks.
    pub(crate) scope: String,
    /// Unix seconds.
    pub(crate) issued_at: u64,
    pub(crate) is_active: bool,
    pub(crate) is_jwt: bool,
}

impl Token {
    /// The id of the record of an access token.
    pub(crate) fn id_of(access_token: &str) -> String {
        hex_sha256(access_token)
    }

    /// The unique key of the record with a refresh token.
    pub(crate) fn key_of_refresh_token(refresh_token: &str) -> String {
        format!("refresh:{}", hex_sha256(refresh_token))
    }

    pub(crate) fn expires_at(&self) -> u64 {
        self.issued_at + ACCESS_TOKEN_TTL_SECONDS
    }

    /// Whether it is active and has not expired at `now`, in unix seconds.
    pub(crate) fn is_valid(&self, now: u64) -> bool {
        self.is_active && now < self.expires_at()
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|part| part == scope)
    }
}

impl StoredRecord for Token {
    const KIND: RecordKind = RecordKind::Token;

    fn id(&self) -> &str {
        &self.id
    }

    fn unique_keys(&self) -> Vec<String> {
        self.refresh_token.iter().map(|token| Self::key_of_refresh_token(token)).collect()
    }
}

/// Which token of its own a client got last for a scope.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ClientToken {
    pub(crate) id: String,
    pub(crate) token_id: String,
}

impl ClientToken {
    /// The id of the record of a client and a scope; also a key of the caches.
    pub(crate) fn id_of(client_id: &str, scope: &str) -> String {
        hex_sha256(&format!("{client_id} {scope}"))
    }
}

impl StoredRecord for ClientToken {
    const KIND: RecordKind = RecordKind::ClientToken;

    fn id(&self) -> &str {
        &self.id
    }
}

/// An authorization code and what it was issued for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AuthorizationCode {
    /// The hash of the code.
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) subject: Subject,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    /// PKCE: the challenge, and whether it is the hash of the verifier (S256) or the verifier itself (plain).
    pub(crate) challenge: Option<(String, bool)>,
    /// Unix seconds.
    pub(crate) issued_at: u64,
    pub(crate) is_used: bool,
}

impl StoredRecord for AuthorizationCode {
    const KIND: RecordKind = RecordKind::AuthorizationCode;

    fn id(&self) -> &str {
        &self.id
    }
}
