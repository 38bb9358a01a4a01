//! Sessions of the owner and of visitors: records under the hash of a random token, so that every replica knows them. What a
//! visitor may do is part of their link; `access_token` decides how the owner signs in, and the HTTP server carries the
//! tokens in cookies.

use std::sync::Arc;
use std::time::Duration;

use domain::author::{DisplayName, optional_name};
use domain::server_credential::ServerCredential;
use domain::sharing::LinkId;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, RecordWrite, Store, StoreError};
use thiserror::Error;

use crate::access::actor::{Owner, OwnerSession};
use crate::clock;
use crate::random_token::{self, digest};
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, Entry, RecordError, Records, Timestamp};
use crate::vault::{Vault, VaultError};

/// By the token's hash; sealed.
pub const SESSIONS: Collection<SessionRecord, OfProgram> = Collection::new(kinds::SESSION);

/// How long an owner stays signed in without a visit, in seconds.
const IDLE_TIMEOUT_SECONDS: u64 = 12 * 60 * 60;
/// How long an owner stays signed in at most.
pub const OWNER_SESSION_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A visit is noted when the last one was noted this long ago, in seconds: not every request writes.
const TOUCH_INTERVAL_SECONDS: u64 = 5 * 60;

/// Why a session could not be begun or found.
#[derive(Debug, Error)]
pub enum SessionsError {
    /// The database.
    #[error("the store of sessions is unavailable")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("the system does not provide random numbers")]
    Random(#[from] getrandom::Error),
    /// The vault.
    #[error("cannot seal a session")]
    Vault(#[from] VaultError),
    /// A session that cannot be written.
    #[error("cannot write a session")]
    Written,
}

/// A visitor: a person who opened a share link.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VisitorSession {
    /// The plan.
    pub plan: String,
    /// The link.
    pub link: LinkId,
    /// The display name, if they entered one.
    #[serde(with = "optional_name")]
    pub name: Option<DisplayName>,
}

/// Whether the request comes from a visitor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VisitorLookup {
    /// They do not.
    None,
    /// The cookie matches no session: the visit ended long ago, or another person planted the cookie.
    Unknown,
    /// The visitor opened a share link to another plan, whose cookie no browser sends here by itself.
    Elsewhere,
    /// They do.
    Of(VisitorSession),
    /// They did, and that is over.
    Ended,
}

/// The stored content of a session of the owner.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredOwnerSession {
    /// The name that others see, if the owner entered one.
    #[serde(with = "optional_name")]
    name: Option<DisplayName>,
    /// What stands for the access token that they showed.
    #[serde(default)]
    mark: String,
    /// When they signed in, in unix seconds.
    #[serde(default, rename = "begun_at")]
    started_at: u64,
}

/// The content of a record.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionRecord {
    /// A session of the owner.
    Owner(StoredOwnerSession),
    /// A visitor: a person who opened a share link.
    Visitor(VisitorSession),
}

/// All sessions.
#[derive(Clone)]
pub struct Sessions {
    store: Arc<dyn Store>,
    vault: Vault,
}

impl Sessions {
    /// Sessions kept in `store`, sealed by `vault`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, vault: Vault) -> Self {
        Self { store, vault }
    }

    /// Starts a session of the owner and returns its token, which is always new: a token that was planted in the browser
    /// before never becomes valid. `mark` stands for the credential that the owner showed.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn create_owner(&self, name: Option<DisplayName>, mark: &str) -> Result<ServerCredential, SessionsError> {
        let session = StoredOwnerSession { name, mark: mark.to_owned(), started_at: clock::now() };
        self.begin(&SessionRecord::Owner(session), Duration::from_secs(IDLE_TIMEOUT_SECONDS)).await
    }

    /// Starts the session of a visitor who opened a link, and returns its token.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn create_visitor(
        &self,
        visitor: VisitorSession,
        lifetime: Duration,
    ) -> Result<ServerCredential, SessionsError> {
        self.begin(&SessionRecord::Visitor(visitor), lifetime).await
    }

    /// The owner, if one of the `tokens` is that of a session of theirs, and the mark of the session: one whose mark is not
    /// today's does not count. The session is extended by this visit.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owner(
        &self,
        tokens: impl IntoIterator<Item = &str>,
    ) -> Result<Option<(Owner, String)>, SessionsError> {
        for token in tokens {
            if let Some((SessionRecord::Owner(owner), place)) = self.find(token).await? {
                let ends_at = self.touch(&place, &owner).await?;
                let session = Some(OwnerSession { key: place.key, ends_at });
                return Ok(Some((Owner { name: owner.name, session }, owner.mark)));
            }
        }
        Ok(None)
    }

    /// The mark of the owner's session with this key, as long as it lives. Does not count as a visit.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mark_of(&self, session: &str) -> Result<Option<String>, SessionsError> {
        Ok(match self.load(session).await? {
            Some((SessionRecord::Owner(owner), place)) if place.is_valid() => Some(owner.mark),
            _ => None,
        })
    }

    /// Lets a session live on from this visit, up to its longest time; gives its end.
    async fn touch(&self, place: &StoredSession, owner: &StoredOwnerSession) -> Result<u64, SessionsError> {
        let ends =
            (clock::now() + IDLE_TIMEOUT_SECONDS).min(owner.started_at.saturating_add(OWNER_SESSION_TTL.as_secs()));
        let known = place.expires_at.unix();
        if ends < known.saturating_add(TOUCH_INTERVAL_SECONDS) {
            return Ok(known);
        }
        let session = SessionRecord::Owner(owner.clone());
        let write = self.put(&session, &place.key, Timestamp::from_unix(ends), Expected::Version(place.version))?;
        // Who signs out at the same moment stays signed out. On a full disk pages are shown.
        match self.store.write(None, &[write]).await {
            Ok(_) => Ok(ends),
            Err(error) => {
                tracing::warn!(%error, "cannot record the last use of a session");
                Ok(known)
            }
        }
    }

    /// Gives the owner of this request another name, or none. Without a session nothing happens.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rename_owner(
        &self,
        tokens: impl IntoIterator<Item = &str>,
        name: Option<DisplayName>,
    ) -> Result<(), SessionsError> {
        for token in tokens {
            let Some((SessionRecord::Owner(owner), place)) = self.find(token).await? else { continue };
            let session = SessionRecord::Owner(StoredOwnerSession { name, ..owner });
            let write = self.put(&session, &place.key, place.expires_at, Expected::Version(place.version))?;
            // Who signs out at the same moment stays signed out.
            let _ = self.store.write(None, &[write]).await?;
            return Ok(());
        }
        Ok(())
    }

    /// Who comes with the cookie of a link to `plan`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn visitor(
        &self,
        tokens: impl IntoIterator<Item = &str>,
        plan: PlanId,
    ) -> Result<VisitorLookup, SessionsError> {
        let mut found = VisitorLookup::None;
        for token in tokens {
            match self.load(&digest(token)).await? {
                Some((SessionRecord::Visitor(visitor), place)) if visitor.plan == plan.to_string() => {
                    if place.is_valid() {
                        return Ok(VisitorLookup::Of(visitor));
                    }
                    found = VisitorLookup::Ended;
                }
                Some((SessionRecord::Visitor(_), _)) if found != VisitorLookup::Ended => {
                    found = VisitorLookup::Elsewhere
                }
                _ if found == VisitorLookup::None => found = VisitorLookup::Unknown,
                _ => {}
            }
        }
        Ok(found)
    }

    /// Ends the sessions of these tokens.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end(&self, tokens: impl IntoIterator<Item = &str>) -> Result<(), SessionsError> {
        let writes: Vec<RecordWrite> = tokens.into_iter().map(|token| SESSIONS.remove(digest(token))).collect();
        if !writes.is_empty() {
            let _ = self.store.write(None, &writes).await?;
        }
        Ok(())
    }

    async fn begin(&self, session: &SessionRecord, lifetime: Duration) -> Result<ServerCredential, SessionsError> {
        let token = random_token::generate()?;
        let expires_at = Timestamp::from_unix(clock::now()).plus(lifetime.as_secs());
        let write = self.put(session, &random_token::digest_of(&token), expires_at, Expected::Absent)?;
        match self.store.write(None, &[write]).await? {
            store::WriteOutcome::Written { .. } => Ok(token),
            _ => Err(SessionsError::Written),
        }
    }

    /// The session of a token, until it expires.
    async fn find(&self, token: &str) -> Result<Option<(SessionRecord, StoredSession)>, SessionsError> {
        Ok(self.load(&digest(token)).await?.filter(|(_, record)| record.is_valid()))
    }

    /// A session that this server or another with the vault key has started.
    async fn load(&self, key: &str) -> Result<Option<(SessionRecord, StoredSession)>, SessionsError> {
        let Some(Entry { key, version, expires_at, value, .. }) = self.records().get(key).await? else {
            return Ok(None);
        };
        Ok(value.zip(expires_at).map(|(session, expires_at)| (session, StoredSession { key, version, expires_at })))
    }

    fn put(
        &self,
        session: &SessionRecord,
        key: &str,
        expires_at: Timestamp,
        expected: Expected,
    ) -> Result<RecordWrite, SessionsError> {
        match self.records().put_if(key, session, Some(expires_at), expected) {
            Ok(write) => Ok(write),
            Err(RecordError::Vault(error)) => Err(SessionsError::Vault(error)),
            Err(_) => Err(SessionsError::Written),
        }
    }

    fn records(&self) -> Records<'_, SessionRecord> {
        SESSIONS.all(self.store.as_ref()).sealed_by(&self.vault)
    }
}

/// Where a session is stored.
struct StoredSession {
    key: String,
    version: i64,
    expires_at: Timestamp,
}

impl StoredSession {
    fn is_valid(&self) -> bool {
        self.expires_at > Timestamp::from_unix(clock::now())
    }
}

#[cfg(test)]
mod tests;
