//! Who has signed in, and who came by a link: cookies with a random token, kept as records under its hash, so that every
//! replica knows them. What a visitor may do stands in their link; how the owner proves to be one is not decided here.

use std::sync::Arc;
use std::time::Duration;

use app::urls;
use axum::http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, Record, RecordWrite, Store, StoreError};
use thiserror::Error;

use crate::clock;
use crate::token::{Token, digest};

/// The cookie of who has signed in.
pub const OWNER_COOKIE: &str = "clusterwright_owner";
/// The cookie of who came by a link. It goes to the addresses of its plan alone.
pub const LINK_COOKIE: &str = "clusterwright_link";

/// The kind of the records, by the token's hash.
pub(crate) const SESSION: &str = "session";

/// How long an owner stays signed in without a visit, in seconds.
const IDLE: u64 = 12 * 60 * 60;
/// How long at most, in seconds.
const OWNERS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A visit is noted when the last one was noted this long ago, in seconds: not every request writes.
const NOTE_AFTER: u64 = 5 * 60;

/// The longest token that is looked up; ours have 22 letters.
const LONGEST: usize = 64;

/// Why a session could not be begun or found.
#[derive(Debug, Error)]
pub enum SessionsError {
    /// The database.
    #[error("the database of sessions did not answer")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// A session that cannot be written, or no cookie made of.
    #[error("a session could not be written")]
    Written,
}

/// Somebody who came by a link.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Visitor {
    /// The plan.
    pub plan: String,
    /// The link's id.
    pub link: String,
    /// What they call themselves; may be empty.
    pub name: String,
}

/// Whether somebody comes by a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Visit {
    /// They do not.
    None,
    /// They do.
    Of(Visitor),
    /// They did, and that is over.
    Ended,
}

/// The owner as a session knows them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedIn {
    /// What they call themselves; may be empty.
    pub name: String,
    /// What stands for the proof they gave: a session whose mark is not today's does not count.
    pub mark: String,
    /// When the session ends if they do not come again, in unix seconds.
    pub ends_at: u64,
}

/// What a record says.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Session {
    /// The owner, under this name.
    Owner {
        name: String,
        #[serde(default)]
        mark: String,
        /// When they signed in, in unix seconds.
        #[serde(default)]
        begun_at: u64,
    },
    /// Somebody who came by a link.
    Visitor(Visitor),
}

/// All sessions.
#[derive(Clone)]
pub struct Sessions {
    store: Arc<dyn Store>,
}

impl Sessions {
    /// Sessions kept in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Begins a session of the owner; gives the `Set-Cookie`. The token is always new: one that somebody planted in the
    /// browser before is worth nothing. `mark` stands for what the owner proved themselves with, and `secure` says
    /// whether the browser came by https.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn begin_owner(&self, name: &str, mark: &str, secure: bool) -> Result<HeaderValue, SessionsError> {
        let session = Session::Owner { name: name.to_owned(), mark: mark.to_owned(), begun_at: clock::now() };
        let token = self.begin(&session, Duration::from_secs(IDLE)).await?;
        // Strict: no other page opens the wizard with the owner's rights.
        set_cookie(OWNER_COOKIE, token.reveal(), &urls::start(), "Strict", OWNERS, secure)
    }

    /// Begins the visit of somebody who opened a link; gives the `Set-Cookie`.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn begin_visit(
        &self,
        visitor: Visitor,
        lifetime: Duration,
        secure: bool,
    ) -> Result<HeaderValue, SessionsError> {
        let path = urls::plan(&visitor.plan);
        let token = self.begin(&Session::Visitor(visitor), lifetime).await?;
        // Lax: who comes back by a mail that names the plan's address is still a visitor. Nothing is changed by GET.
        set_cookie(LINK_COOKIE, token.reveal(), &path, "Lax", lifetime, secure)
    }

    /// The owner, if the request has a session of theirs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owner(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, SessionsError> {
        Ok(match self.find(headers, OWNER_COOKIE).await? {
            Some((Session::Owner { name, mark, begun_at }, record)) => {
                let ends_at = self.note_visit(record, begun_at).await?;
                Some(SignedIn { name, mark, ends_at })
            }
            _ => None,
        })
    }

    /// Lets a session live on from this visit, up to its longest time; gives its end.
    async fn note_visit(&self, record: Record, begun_at: u64) -> Result<u64, SessionsError> {
        let ends = (clock::now() + IDLE).min(begun_at.saturating_add(OWNERS.as_secs()));
        let known = u64::try_from(record.expires_at).unwrap_or_default();
        if ends < known.saturating_add(NOTE_AFTER) {
            return Ok(known);
        }
        let write = RecordWrite::Put {
            kind: SESSION,
            key: record.key,
            body: record.body,
            expires_at: i64::try_from(ends).unwrap_or(i64::MAX),
            expected: Expected::Version(record.version),
        };
        // Who signs out at the same moment stays signed out.
        let _ = self.store.write(None, &[write]).await?;
        Ok(ends)
    }

    /// Gives the owner of this request another name. Without a session nothing happens.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rename_owner(&self, headers: &HeaderMap, name: &str) -> Result<(), SessionsError> {
        let Some((Session::Owner { mark, begun_at, .. }, record)) = self.find(headers, OWNER_COOKIE).await? else {
            return Ok(());
        };
        let write = RecordWrite::Put {
            kind: SESSION,
            key: record.key,
            body: body(&Session::Owner { name: name.to_owned(), mark, begun_at })?,
            expires_at: record.expires_at,
            expected: Expected::Version(record.version),
        };
        // Who signs out at the same moment stays signed out.
        let _ = self.store.write(None, &[write]).await?;
        Ok(())
    }

    /// Who comes with the cookie of a link to `plan`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn visitor(&self, headers: &HeaderMap, plan: PlanId) -> Result<Visit, SessionsError> {
        if cookie(headers, LINK_COOKIE).is_none() {
            return Ok(Visit::None);
        }
        Ok(match self.find(headers, LINK_COOKIE).await? {
            Some((Session::Visitor(visitor), _)) if visitor.plan == plan.to_string() => Visit::Of(visitor),
            _ => Visit::Ended,
        })
    }

    /// Ends the owner's session of this request; gives the `Set-Cookie` that takes the cookie away.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_owner(&self, headers: &HeaderMap) -> Result<HeaderValue, SessionsError> {
        self.end(headers, OWNER_COOKIE).await?;
        set_cookie(OWNER_COOKIE, "", &urls::start(), "Strict", Duration::ZERO, false)
    }

    /// Ends the visit of this request; gives the `Set-Cookie` that takes the cookie away.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_visit(&self, headers: &HeaderMap, plan: PlanId) -> Result<HeaderValue, SessionsError> {
        self.end(headers, LINK_COOKIE).await?;
        set_cookie(LINK_COOKIE, "", &urls::plan(&plan.to_string()), "Lax", Duration::ZERO, false)
    }

    async fn begin(&self, session: &Session, lifetime: Duration) -> Result<Token, SessionsError> {
        let token = Token::fresh()?;
        let ends = clock::now().saturating_add(lifetime.as_secs());
        let write = RecordWrite::Put {
            kind: SESSION,
            key: token.digest(),
            body: body(session)?,
            expires_at: i64::try_from(ends).unwrap_or(i64::MAX),
            expected: Expected::Absent,
        };
        match self.store.write(None, &[write]).await? {
            store::WriteOutcome::Written { .. } => Ok(token),
            _ => Err(SessionsError::Written),
        }
    }

    async fn find(&self, headers: &HeaderMap, name: &str) -> Result<Option<(Session, Record)>, SessionsError> {
        let Some(token) = cookie(headers, name) else { return Ok(None) };
        let Some(record) = self.store.record(SESSION, None, &digest(token)).await? else { return Ok(None) };
        let lives = u64::try_from(record.expires_at).is_ok_and(|ends| ends > clock::now());
        Ok(serde_json::from_str(&record.body).ok().filter(|_| lives).map(|session| (session, record)))
    }

    async fn end(&self, headers: &HeaderMap, name: &str) -> Result<(), SessionsError> {
        let Some(token) = cookie(headers, name) else { return Ok(()) };
        let _ = self.store.write(None, &[RecordWrite::remove(SESSION, digest(token))]).await?;
        Ok(())
    }
}

fn body(session: &Session) -> Result<String, SessionsError> {
    serde_json::to_string(session).map_err(|_| SessionsError::Written)
}

fn set_cookie(
    name: &str,
    value: &str,
    path: &str,
    same_site: &str,
    lifetime: Duration,
    secure: bool,
) -> Result<HeaderValue, SessionsError> {
    let secure = if secure { "; Secure" } else { "" };
    let age = lifetime.as_secs();
    let text = format!("{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite={same_site}{secure}");
    let mut cookie = HeaderValue::from_str(&text).map_err(|_| SessionsError::Written)?;
    cookie.set_sensitive(true);
    Ok(cookie)
}

/// The first cookie of this name.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| value.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use store::SqliteStore;

    use super::*;

    async fn sessions() -> (Sessions, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap();
        (Sessions::new(Arc::new(store)), folder)
    }

    /// What a browser sends that was given this cookie.
    fn sends(set_cookie: &HeaderValue) -> HeaderMap {
        let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("other=1; {pair}")).unwrap())])
    }

    #[tokio::test]
    async fn an_owner_is_known_by_the_cookie_until_they_sign_out() {
        let (sessions, _folder) = sessions().await;
        let cookie = sessions.begin_owner("Kasun", "m1", true).await.unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.starts_with("clusterwright_owner=") && text.contains("; Path=/;"), "{text}");
        assert!(text.ends_with("HttpOnly; SameSite=Strict; Secure"), "{text}");
        assert!(cookie.is_sensitive(), "{cookie:?}");
        let headers = sends(&cookie);
        let owner = async |headers: &HeaderMap| sessions.owner(headers).await.unwrap();
        let known = owner(&headers).await.unwrap();
        assert_eq!((known.name.as_str(), known.mark.as_str()), ("Kasun", "m1"));
        let left = known.ends_at - clock::now();
        assert!(left <= IDLE && left > IDLE - 60, "{left}");
        sessions.rename_owner(&headers, "Kasun P.").await.unwrap();
        assert_eq!(owner(&headers).await.unwrap().name, "Kasun P.");
        let gone = sessions.end_owner(&headers).await.unwrap();
        assert!(gone.to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(sessions.owner(&headers).await.unwrap(), None);
        assert_eq!(sessions.owner(&HeaderMap::new()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_visitor_is_one_of_their_plan_alone_and_never_the_owner() {
        let (sessions, _folder) = sessions().await;
        let plan = PlanId::from_random([1; 16]);
        let visitor = Visitor { plan: plan.to_string(), link: "1".to_owned(), name: "Ruwan".to_owned() };
        let hour = Duration::from_secs(3600);
        let cookie = sessions.begin_visit(visitor.clone(), hour, false).await.unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.contains(&format!("; Path=/plans/{plan}; Max-Age=3600; HttpOnly; SameSite=Lax")), "{text}");
        let headers = sends(&cookie);
        assert_eq!(sessions.visitor(&headers, plan).await.unwrap(), Visit::Of(visitor.clone()));
        assert_eq!(sessions.visitor(&headers, PlanId::from_random([2; 16])).await.unwrap(), Visit::Ended);
        assert_eq!(sessions.visitor(&HeaderMap::new(), plan).await.unwrap(), Visit::None);
        // The same token as an owner's cookie is no owner's session.
        let as_owner = text.split(';').next().unwrap().replace(LINK_COOKIE, OWNER_COOKIE);
        let as_owner = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&as_owner).unwrap())]);
        assert_eq!(sessions.owner(&as_owner).await.unwrap(), None);
        let over = sessions.begin_visit(visitor, Duration::ZERO, false).await.unwrap();
        assert_eq!(sessions.visitor(&sends(&over), plan).await.unwrap(), Visit::Ended);
        sessions.end_visit(&headers, plan).await.unwrap();
        assert_eq!(sessions.visitor(&headers, plan).await.unwrap(), Visit::Ended);
    }

    #[tokio::test]
    async fn no_token_is_kept() {
        let (sessions, folder) = sessions().await;
        let cookie = sessions.begin_owner("Kasun", "", false).await.unwrap();
        let token = cookie.to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
        sessions.store.close().await;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
        }
    }
}
