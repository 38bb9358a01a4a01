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
use crate::record_seal::{RecordPlace, open_body, seal_body};
use crate::token::{RandomToken, digest};
use crate::vault::{Vault, VaultError};

/// What stands before the name of a cookie that browsers take over https alone, for this host alone (RFC 6265bis section
/// 4.1.3): no other port or path of the host can plant one in its place.
const HOST_PREFIX: &str = "__Host-";
/// The same for a cookie with a path of its own: no page that came in clear can plant one.
const SECURE_PREFIX: &str = "__Secure-";
/// Cookies of one name that are looked up: somebody may have planted others before ours.
const MAX_COOKIES: usize = 8;
/// The cookie of who has signed in, without its prefix.
pub const OWNER_COOKIE: &str = "clusterwright_owner";
/// The cookie of who came by a link, without its prefix. It goes to the addresses of its plan alone.
pub const LINK_COOKIE: &str = "clusterwright_link";

/// The kind of the records, by the token's hash.
pub(crate) const SESSION_KIND: &str = "session";

/// How long an owner stays signed in without a visit, in seconds.
const IDLE_TIMEOUT_SECONDS: u64 = 12 * 60 * 60;
/// How long at most, in seconds.
const OWNER_SESSION_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A visit is noted when the last one was noted this long ago, in seconds: not every request writes.
const TOUCH_INTERVAL_SECONDS: u64 = 5 * 60;

/// The longest token that is looked up; ours have 22 letters.
const MAX_TOKEN_CHARS: usize = 64;

/// Why a session could not be begun or found.
#[derive(Debug, Error)]
pub enum SessionsError {
    /// The database.
    #[error("the database of sessions did not answer")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// The vault.
    #[error("a session could not be sealed")]
    Vault(#[from] VaultError),
    /// A session that cannot be written, or no cookie made of.
    #[error("a session could not be written")]
    Written,
}

/// Somebody who came by a link.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VisitorSession {
    /// The plan.
    pub plan: String,
    /// The link's id.
    pub link: String,
    /// What they call themselves; may be empty.
    pub name: String,
}

/// Whether somebody comes by a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VisitorLookup {
    /// They do not.
    None,
    /// They have a cookie that nobody knows: their visit ended long ago, or somebody planted it.
    Unknown,
    /// They came by a link to another plan, whose cookie no browser sends here by itself.
    Elsewhere,
    /// They do.
    Of(VisitorSession),
    /// They did, and that is over.
    Ended,
}

/// The owner as a session knows them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnerSession {
    /// What they call themselves; may be empty.
    pub name: String,
    /// What stands for the proof they gave: a session whose mark is not today's does not count.
    pub mark: String,
    /// When the session ends if they do not come again, in unix seconds.
    pub ends_at: u64,
    /// The key of its record, which is no proof of anything.
    pub session: String,
}

/// What a record says.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum SessionRecord {
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

    /// Begins a session of the owner; gives the `Set-Cookie`. The token is always new: one that somebody planted in the
    /// browser before is worth nothing. `mark` stands for what the owner proved themselves with, and `secure` says
    /// whether the browser came by https.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn create_owner(&self, name: &str, mark: &str, secure: bool) -> Result<HeaderValue, SessionsError> {
        let session = SessionRecord::Owner { name: name.to_owned(), mark: mark.to_owned(), begun_at: clock::now() };
        let token = self.begin(&session, Duration::from_secs(IDLE_TIMEOUT_SECONDS)).await?;
        // Strict: no other page opens the wizard with the owner's rights.
        let path = urls::start();
        let name = format!("{}{OWNER_COOKIE}", prefix(secure, &path));
        set_cookie(&name, token.reveal(), &path, "Strict", OWNER_SESSION_TTL, secure)
    }

    /// Begins the visit of somebody who opened a link; gives the `Set-Cookie`.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn create_visitor(
        &self,
        visitor: VisitorSession,
        lifetime: Duration,
        secure: bool,
    ) -> Result<HeaderValue, SessionsError> {
        let path = urls::plan(&visitor.plan);
        let token = self.begin(&SessionRecord::Visitor(visitor), lifetime).await?;
        // Lax: who comes back by a mail that names the plan's address is still a visitor. Nothing is changed by GET.
        let name = format!("{}{LINK_COOKIE}", prefix(secure, &path));
        set_cookie(&name, token.reveal(), &path, "Lax", lifetime, secure)
    }

    /// The owner, if the request has a session of theirs. `secure` says whether it came by https: then only a cookie that
    /// was set over https counts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owner(&self, headers: &HeaderMap, secure: bool) -> Result<Option<OwnerSession>, SessionsError> {
        for token in cookies(headers, OWNER_COOKIE, secure) {
            if let Some((SessionRecord::Owner { name, mark, begun_at }, record)) = self.find(token).await? {
                let session = record.key.clone();
                let ends_at = self.touch(record, &mark, &name, begun_at).await?;
                return Ok(Some(OwnerSession { name, mark, ends_at, session }));
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
            Some((SessionRecord::Owner { mark, .. }, record)) if is_active(&record) => Some(mark),
            _ => None,
        })
    }

    /// Lets a session live on from this visit, up to its longest time; gives its end.
    async fn touch(&self, record: Record, mark: &str, name: &str, begun_at: u64) -> Result<u64, SessionsError> {
        let ends = (clock::now() + IDLE_TIMEOUT_SECONDS).min(begun_at.saturating_add(OWNER_SESSION_TTL.as_secs()));
        let known = u64::try_from(record.expires_at).unwrap_or_default();
        if ends < known.saturating_add(TOUCH_INTERVAL_SECONDS) {
            return Ok(known);
        }
        let session = SessionRecord::Owner { name: name.to_owned(), mark: mark.to_owned(), begun_at };
        let expires_at = i64::try_from(ends).unwrap_or(i64::MAX);
        let write = self.put(&session, record.key, expires_at, Expected::Version(record.version))?;
        // Who signs out at the same moment stays signed out. On a full disk pages are shown.
        match self.store.write(None, &[write]).await {
            Ok(_) => Ok(ends),
            Err(error) => {
                tracing::warn!(%error, "cannot record the last use of a session");
                Ok(known)
            }
        }
    }

    /// Gives the owner of this request another name. Without a session nothing happens.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rename_owner(&self, headers: &HeaderMap, name: &str) -> Result<(), SessionsError> {
        for token in cookies(headers, OWNER_COOKIE, false) {
            let Some((SessionRecord::Owner { mark, begun_at, .. }, record)) = self.find(token).await? else { continue };
            let session = SessionRecord::Owner { name: name.to_owned(), mark, begun_at };
            let write = self.put(&session, record.key, record.expires_at, Expected::Version(record.version))?;
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
        headers: &HeaderMap,
        plan: PlanId,
        secure: bool,
    ) -> Result<VisitorLookup, SessionsError> {
        let mut found = VisitorLookup::None;
        for token in cookies(headers, LINK_COOKIE, secure) {
            match self.load(&digest(token)).await? {
                Some((SessionRecord::Visitor(visitor), record)) if visitor.plan == plan.to_string() => {
                    if is_active(&record) {
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

    /// Ends the owner's session of this request; gives each `Set-Cookie` that takes a cookie away.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_owner(&self, headers: &HeaderMap) -> Result<Vec<HeaderValue>, SessionsError> {
        self.end(headers, OWNER_COOKIE).await?;
        expired_cookie(headers, OWNER_COOKIE, &[urls::start()], "Strict")
    }

    /// Ends the visit of this request; gives each `Set-Cookie` that takes a cookie away, also one that somebody planted
    /// for the whole host.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_visit(&self, headers: &HeaderMap, plan: PlanId) -> Result<Vec<HeaderValue>, SessionsError> {
        self.end(headers, LINK_COOKIE).await?;
        let own = urls::plan(&plan.to_string());
        expired_cookie(headers, LINK_COOKIE, &[own, "/plans".to_owned(), "/".to_owned()], "Lax")
    }

    async fn begin(&self, session: &SessionRecord, lifetime: Duration) -> Result<RandomToken, SessionsError> {
        let token = RandomToken::generate()?;
        let ends = clock::now().saturating_add(lifetime.as_secs());
        let expires_at = i64::try_from(ends).unwrap_or(i64::MAX);
        let write = self.put(session, token.digest(), expires_at, Expected::Absent)?;
        match self.store.write(None, &[write]).await? {
            store::WriteOutcome::Written { .. } => Ok(token),
            _ => Err(SessionsError::Written),
        }
    }

    /// The session of a token, as long as it lives.
    async fn find(&self, token: &str) -> Result<Option<(SessionRecord, Record)>, SessionsError> {
        Ok(self.load(&digest(token)).await?.filter(|(_, record)| is_active(record)))
    }

    /// A session that this server or another with the vault's key began.
    async fn load(&self, key: &str) -> Result<Option<(SessionRecord, Record)>, SessionsError> {
        let Some(record) = self.store.record(SESSION_KIND, None, key).await? else { return Ok(None) };
        let body = open_body(&self.vault, &RecordPlace::of(SESSION_KIND, None, &record), &record.body)
            .inspect_err(|error| tracing::warn!(%error, "ignoring a session whose seal does not match"));
        Ok(body.ok().and_then(|body| serde_json::from_str(&body).ok()).map(|session| (session, record)))
    }

    fn put(
        &self,
        session: &SessionRecord,
        key: String,
        expires_at: i64,
        expected: Expected,
    ) -> Result<RecordWrite, SessionsError> {
        let body = serde_json::to_string(session).map_err(|_| SessionsError::Written)?;
        let body =
            seal_body(&self.vault, &RecordPlace { kind: SESSION_KIND, plan: None, key: &key, expires_at }, &body)?;
        Ok(RecordWrite::Put { kind: SESSION_KIND, key, body, expires_at, expected })
    }

    async fn end(&self, headers: &HeaderMap, name: &str) -> Result<(), SessionsError> {
        let remove = |token| RecordWrite::remove(SESSION_KIND, digest(token));
        let writes: Vec<RecordWrite> = cookies(headers, name, false).map(remove).collect();
        if !writes.is_empty() {
            let _ = self.store.write(None, &writes).await?;
        }
        Ok(())
    }
}

fn is_active(record: &Record) -> bool {
    u64::try_from(record.expires_at).is_ok_and(|ends| ends > clock::now())
}

/// What stands before the name of a cookie of this path.
fn prefix(secure: bool, path: &str) -> &'static str {
    match (secure, path) {
        (false, _) => "",
        (true, "/") => HOST_PREFIX,
        (true, _) => SECURE_PREFIX,
    }
}

/// A `Set-Cookie` that takes away each cookie of the request with this name, at each of these paths.
fn expired_cookie(
    headers: &HeaderMap,
    name: &str,
    paths: &[String],
    same_site: &str,
) -> Result<Vec<HeaderValue>, SessionsError> {
    let mut gone = Vec::new();
    for prefix in [HOST_PREFIX, SECURE_PREFIX, ""] {
        let full = format!("{prefix}{name}");
        // Without a cookie the answer still says that there is none.
        if cookies_named(headers, &full).next().is_none() && !prefix.is_empty() {
            continue;
        }
        for path in paths.iter().filter(|path| prefix != HOST_PREFIX || *path == "/") {
            gone.push(set_cookie(&full, "", path, same_site, Duration::ZERO, !prefix.is_empty())?);
        }
    }
    Ok(gone)
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

/// The values of the cookies with this name, those first that were set over https; for a request that came by https only
/// those.
fn cookies<'a>(headers: &'a HeaderMap, name: &str, secure: bool) -> impl Iterator<Item = &'a str> {
    let prefixes: &[&str] = if secure { &[HOST_PREFIX, SECURE_PREFIX] } else { &[HOST_PREFIX, SECURE_PREFIX, ""] };
    let found: Vec<&str> = prefixes
        .iter()
        .flat_map(|prefix| cookies_named(headers, &format!("{prefix}{name}")).collect::<Vec<_>>())
        .collect();
    found.into_iter().take(MAX_COOKIES)
}

/// The values of the cookies with exactly this name.
fn cookies_named<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| value.len() <= MAX_TOKEN_CHARS)
}

#[cfg(test)]
mod tests {
    use store::SqliteStore;

    use super::*;

    fn vault(key: &str) -> Vault {
        let key = domain::secret::Secret::new(key.repeat(32));
        Vault::open(std::path::Path::new("/nowhere"), Some(&key)).unwrap()
    }

    async fn sessions() -> (Sessions, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap();
        (Sessions::new(Arc::new(store), vault("11")), folder)
    }

    /// What a browser sends that was given this cookie.
    fn sends(set_cookie: &HeaderValue) -> HeaderMap {
        let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("other=1; {pair}")).unwrap())])
    }

    #[tokio::test]
    async fn an_owner_is_known_by_the_cookie_until_they_sign_out() {
        let (sessions, _folder) = sessions().await;
        let cookie = sessions.create_owner("Kasun", "m1", true).await.unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.starts_with("__Host-clusterwright_owner=") && text.contains("; Path=/;"), "{text}");
        assert!(text.ends_with("HttpOnly; SameSite=Strict; Secure"), "{text}");
        assert!(cookie.is_sensitive(), "{cookie:?}");
        let headers = sends(&cookie);
        let owner = async |headers: &HeaderMap| sessions.owner(headers, true).await.unwrap();
        let known = owner(&headers).await.unwrap();
        assert_eq!((known.name.as_str(), known.mark.as_str()), ("Kasun", "m1"));
        let left = known.ends_at - clock::now();
        assert!(left <= IDLE_TIMEOUT_SECONDS && left > IDLE_TIMEOUT_SECONDS - 60, "{left}");
        sessions.rename_owner(&headers, "Kasun P.").await.unwrap();
        assert_eq!(owner(&headers).await.unwrap().name, "Kasun P.");
        let gone = sessions.end_owner(&headers).await.unwrap();
        assert!(gone.iter().all(|gone| gone.to_str().unwrap().contains("Max-Age=0")));
        assert!(gone.iter().any(|gone| gone.to_str().unwrap().starts_with("__Host-clusterwright_owner=;")));
        assert_eq!(sessions.owner(&headers, true).await.unwrap(), None);
        assert_eq!(sessions.owner(&HeaderMap::new(), false).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_visitor_is_one_of_their_plan_alone_and_never_the_owner() {
        let (sessions, _folder) = sessions().await;
        let plan = PlanId::from_random([1; 16]);
        let visitor = VisitorSession { plan: plan.to_string(), link: "1".to_owned(), name: "Ruwan".to_owned() };
        let hour = Duration::from_secs(3600);
        let cookie = sessions.create_visitor(visitor.clone(), hour, false).await.unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.contains(&format!("; Path=/plans/{plan}; Max-Age=3600; HttpOnly; SameSite=Lax")), "{text}");
        let headers = sends(&cookie);
        assert_eq!(sessions.visitor(&headers, plan, false).await.unwrap(), VisitorLookup::Of(visitor.clone()));
        assert_eq!(
            sessions.visitor(&headers, PlanId::from_random([2; 16]), false).await.unwrap(),
            VisitorLookup::Elsewhere
        );
        assert_eq!(sessions.visitor(&HeaderMap::new(), plan, false).await.unwrap(), VisitorLookup::None);
        // The same token as an owner's cookie is no owner's session.
        let as_owner = text.split(';').next().unwrap().replace(LINK_COOKIE, OWNER_COOKIE);
        let as_owner = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&as_owner).unwrap())]);
        assert_eq!(sessions.owner(&as_owner, false).await.unwrap(), None);
        let over = sessions.create_visitor(visitor, Duration::ZERO, false).await.unwrap();
        assert_eq!(sessions.visitor(&sends(&over), plan, false).await.unwrap(), VisitorLookup::Ended);
        sessions.end_visit(&headers, plan).await.unwrap();
        assert_eq!(sessions.visitor(&headers, plan, false).await.unwrap(), VisitorLookup::Unknown);
    }

    /// Who can write the database, and has no key of the vault's.
    #[tokio::test]
    async fn a_session_that_was_written_without_the_vaults_key_does_not_count() {
        let (sessions, _folder) = sessions().await;
        let known = sends(&sessions.create_owner("", "m1", false).await.unwrap());
        let Some(OwnerSession { session, .. }) = sessions.owner(&known, false).await.unwrap() else { panic!() };
        let record = sessions.store.record(SESSION_KIND, None, &session).await.unwrap().unwrap();
        let mine = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("clusterwright_owner=mine"))]);
        let foreign = Sessions::new(Arc::clone(&sessions.store), vault("22"));
        let plain = serde_json::to_string(&SessionRecord::Owner {
            name: String::new(),
            mark: "m1".to_owned(),
            begun_at: clock::now(),
        })
        .unwrap();
        let place = RecordPlace { kind: SESSION_KIND, plan: None, key: &digest("mine"), expires_at: record.expires_at };
        let with_another_key = seal_body(&foreign.vault, &place, &plain).unwrap();
        for body in [record.body.clone(), plain, with_another_key] {
            let write = RecordWrite::Put {
                kind: SESSION_KIND,
                key: digest("mine"),
                body,
                expires_at: record.expires_at,
                expected: Expected::Any,
            };
            let _ = sessions.store.write(None, &[write]).await.unwrap();
            assert_eq!(sessions.owner(&mine, false).await.unwrap(), None);
        }
        // Nor does one that was made to last longer.
        let write = RecordWrite::Put {
            kind: SESSION_KIND,
            key: session,
            body: record.body,
            expires_at: record.expires_at + 1,
            expected: Expected::Any,
        };
        let _ = sessions.store.write(None, &[write]).await.unwrap();
        assert_eq!(sessions.owner(&known, false).await.unwrap(), None);
    }

    /// Any other port of the host may set cookies for it.
    #[tokio::test]
    async fn a_planted_cookie_keeps_nobody_out() {
        let (sessions, _folder) = sessions().await;
        let plan = PlanId::from_random([1; 16]);
        let with = |cookies: &str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())]);
        let pair = |cookie: &HeaderValue| cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        for secure in [false, true] {
            let owner = pair(&sessions.create_owner("Kasun", "m1", secure).await.unwrap());
            let headers = with(&format!("clusterwright_owner=x; clusterwright_owner=y; clusterwright_link=x; {owner}"));
            assert!(sessions.owner(&headers, secure).await.unwrap().is_some(), "{secure}");
            let visit = sessions.visitor(&headers, plan, secure).await.unwrap();
            assert_eq!(visit, if secure { VisitorLookup::None } else { VisitorLookup::Unknown });
            let gone = sessions.end_visit(&headers, plan).await.unwrap();
            assert!(gone.iter().any(|cookie| cookie.to_str().unwrap().contains("; Path=/;")), "Leave takes it away");
        }
        // One that was set in clear counts on no https page, also if its session lives.
        let planted = with(&pair(&sessions.create_owner("Eve", "m1", false).await.unwrap()));
        assert!(sessions.owner(&planted, true).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn no_token_is_kept() {
        let (sessions, folder) = sessions().await;
        let cookie = sessions.create_owner("Kasun", "", false).await.unwrap();
        let token = cookie.to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
        sessions.store.close().await;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
        }
    }
}
