//! Sign-ins: those that wait for a password or a consent, and the sessions of browsers. IS stores both in the database, so
//! that every node can continue them.

use serde::{Deserialize, Serialize};

use crate::database::{RecordKind, StoredRecord};
use crate::digest::hex_sha256;
use crate::records::token::Subject;

/// A request to authorize that is not answered yet.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SignInRequest {
    /// `sessionDataKey` of the login page, and `sessionDataKeyConsent` of the consent page.
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<(String, bool)>,
    /// Set by the login page.
    pub(crate) subject: Option<Subject>,
}

impl StoredRecord for SignInRequest {
    const KIND: RecordKind = RecordKind::SignInRequest;

    fn id(&self) -> &str {
        &self.id
    }
}

/// A browser that is signed in.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SignInSession {
    /// The hash of the cookie.
    pub(crate) id: String,
    pub(crate) subject: Subject,
    /// The address of the browser.
    pub(crate) address: String,
    pub(crate) user_agent: String,
    /// Unix milliseconds.
    pub(crate) login_time: u64,
    pub(crate) last_access_time: u64,
    /// The client ids of the applications that were signed in to.
    pub(crate) clients: Vec<String>,
}

impl SignInSession {
    /// The id of the session with this value of the cookie `commonAuthId`.
    pub(crate) fn id_of(cookie: &str) -> String {
        hex_sha256(cookie)
    }
}

impl StoredRecord for SignInSession {
    const KIND: RecordKind = RecordKind::SignInSession;

    fn id(&self) -> &str {
        &self.id
    }
}
