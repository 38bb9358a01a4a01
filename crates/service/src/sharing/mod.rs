//! Share links: creating, listing, revoking and opening them. `domain::rights` decides what a link permits;
//! [`crate::access::sessions`] remembers the visitors.
//!
//! A link is a record of its plan; a second record, under the hash of its token, refers to it. Every count of a link is
//! changed at the version at which it was read, so that two replicas cannot both grant the last use.

mod link;
pub mod password;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::rate_limit::{RateLimit, RateWindow};
use domain::server_credential::ServerCredential;
use domain::sharing::{LinkId, LinkState};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, RecordWrite, Store, StoreError, WriteOutcome};
use thiserror::Error;

pub use crate::sharing::link::{NewLink, ShareLink};

use crate::clock;
use crate::random;
use crate::random_token::{self, digest};
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, Entry, RecordError, Records, Timestamp, Update};
use crate::vault::{Vault, VaultError};

/// By ID; sealed.
pub const LINKS: Collection<ShareLink> = Collection::new(kinds::LINK);
/// By the hash of the link's token.
const LINK_TOKENS: Collection<LinkTarget, OfProgram> = Collection::new(kinds::LINK_TOKEN);

/// Links one plan has at most, those that ended a while ago among them.
pub const MAX_LINKS: usize = 100;
/// How long a link that has ended is still listed, in seconds.
const ENDED_LINK_TTL_SECONDS: u64 = 30 * 24 * 60 * 60;
/// The longest token that is looked up; ours have 22 letters.
const MAX_TOKEN_CHARS: usize = 64;

/// Wrong passwords of one link.
const WRONG_PASSWORD_RATE_LIMIT: RateLimit = RateLimit::per_period(10, 15 * 60);
/// How often one link is opened.
const OPEN_RATE_LIMIT: RateLimit = RateLimit::per_period(60, 60);
/// Passwords of all links that this process checks: each takes tens of milliseconds of a core.
const PASSWORD_CHECK_RATE_LIMIT: RateLimit = RateLimit::per_period(120, 60);

/// What can go wrong with links.
#[derive(Debug, Error)]
pub enum SharingError {
    /// The database.
    #[error("the database of links did not answer")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
    /// A password could not be hashed.
    #[error("the password of a link could not be checked")]
    Password(#[from] password::PasswordError),
    /// A record that cannot be written or read.
    #[error("a link could not be read or written")]
    Body(#[from] serde_json::Error),
    /// A record that cannot be sealed.
    #[error("a link could not be sealed")]
    Vault(#[from] VaultError),
    /// Others kept changing it.
    #[error("others kept changing the link at the same time")]
    Contended,
    /// There is no such plan (any more).
    #[error("there is no such plan")]
    Absent,
    /// There are too many already.
    #[error("the plan has as many links as it may have")]
    TooMany,
}

/// Where a token leads.
#[derive(Deserialize, Serialize)]
struct LinkTarget {
    plan: String,
    link: LinkId,
}

/// A link that can be opened.
#[derive(Debug)]
pub struct FoundLink {
    /// Its plan.
    pub plan: PlanId,
    /// Its id.
    pub id: LinkId,
    /// The link.
    pub link: ShareLink,
}

/// What came of opening a link.
#[derive(Debug)]
pub enum OpenOutcome {
    /// It is open: one use is counted.
    Opened(FoundLink),
    /// The password is another.
    WrongPassword(FoundLink),
    /// Too many have been tried; it is tried again later.
    Later(FoundLink),
    /// The link does not exist, or is no longer valid. The answer does not reveal which.
    Unavailable,
}

/// All links.
#[derive(Clone)]
pub struct ShareLinks {
    store: Arc<dyn Store>,
    vault: Vault,
    tries: Arc<Mutex<RateWindow>>,
}

impl ShareLinks {
    /// Links kept in `store`, sealed by `vault`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, vault: Vault) -> Self {
        Self { store, vault, tries: Arc::default() }
    }

    /// Creates a link. Its token is shown now and never again.
    ///
    /// # Errors
    /// When it could not be kept; there is no link then.
    pub async fn make(&self, plan: PlanId, wanted: NewLink) -> Result<(ServerCredential, ShareLink), SharingError> {
        let token = random_token::generate()?;
        let now = clock::now();
        let id = LinkId(random::hex::<8>()?);
        let link = ShareLink {
            label: wanted.label,
            right: wanted.right,
            made_by: wanted.made_by,
            made_at: now,
            ends_at: now.saturating_add(wanted.seconds),
            password: wanted.password,
            most_uses: wanted.most_uses,
            uses: 0,
            used_at: None,
            revoked_at: None,
            wrong: RateWindow::default(),
            opened: RateWindow::default(),
            token: random_token::digest_of(&token),
        };
        let mut writes = vec![self.put(plan, &id, &link, Expected::Absent)?];
        writes.extend(self.evict_oldest(plan, now).await?);
        match self.store.write(Some(plan), &writes).await? {
            WriteOutcome::Written { .. } => {}
            WriteOutcome::NotFound => return Err(SharingError::Absent),
            WriteOutcome::Conflict { .. } => return Err(SharingError::Contended),
        }
        let leads = LinkTarget { plan: plan.to_string(), link: id };
        let expires_at = Some(Timestamp::from_unix(link.ends_at));
        let leads = LINK_TOKENS.put_if(link.token.clone(), &leads, expires_at, Expected::Absent)?;
        match self.store.write(None, &[leads]).await? {
            WriteOutcome::Written { .. } => Ok((token, link)),
            _ => Err(SharingError::Contended),
        }
    }

    /// Makes room for one more: the link that ended first goes.
    async fn evict_oldest(&self, plan: PlanId, now: u64) -> Result<Option<RecordWrite>, SharingError> {
        let links = self.list(plan).await?;
        if links.len() < MAX_LINKS {
            return Ok(None);
        }
        let ended = links.iter().filter(|(_, link)| link.state(now) != LinkState::Lives);
        let (oldest, _) = ended.min_by_key(|(_, link)| link.made_at).ok_or(SharingError::TooMany)?;
        Ok(Some(LINKS.remove(oldest.0.as_str())))
    }

    /// The links of a plan with their ids, the last made first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, plan: PlanId) -> Result<Vec<(LinkId, ShareLink)>, SharingError> {
        let limit = u32::try_from(MAX_LINKS).unwrap_or(u32::MAX);
        let entries = self.records(plan).first(limit).await?;
        let mut links: Vec<(LinkId, ShareLink)> =
            entries.into_iter().filter_map(|entry| Some((LinkId(entry.key), entry.value?))).collect();
        links.sort_by_key(|(_, link)| std::cmp::Reverse(link.made_at));
        Ok(links)
    }

    /// Revokes a link: no one can open it any more, and its visitors lose access. Returns the link; `None` if it does not
    /// exist.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn revoke(&self, plan: PlanId, id: &LinkId) -> Result<Option<ShareLink>, SharingError> {
        let now = clock::now();
        self.change(plan, id, |link| {
            link.revoked_at.get_or_insert(now);
            Some(link.clone())
        })
        .await
    }

    /// A link whose visitors may still be here.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn active_link(&self, plan: PlanId, id: &LinkId) -> Result<Option<ShareLink>, SharingError> {
        Ok(self.load(plan, id).await?.filter(|link| link.state(clock::now()).is_valid_for_visitors()))
    }

    /// The link that a token opens, if it can be opened. This counts no use.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, token: &str) -> Result<Option<FoundLink>, SharingError> {
        let key = if token.len() <= MAX_TOKEN_CHARS { digest(token) } else { String::new() };
        let leads = LINK_TOKENS.all(self.store.as_ref()).get(&key).await?;
        let (plan, id) = match leads.and_then(|entry| entry.value) {
            Some(leads) => (leads.plan.parse().ok(), leads.link),
            None => (None, LinkId(String::new())),
        };
        // An unknown token causes as many queries to the database as one whose link has ended.
        let found = self.load(plan.unwrap_or(PlanId::from_random([0; 16])), &id).await?;
        let lives = |link: &ShareLink| link.state(clock::now()) == LinkState::Lives && link.token == key;
        Ok(plan.zip(found.filter(lives)).map(|(plan, link)| FoundLink { plan, id, link }))
    }

    /// Opens a link with the password that was typed, and counts it.
    ///
    /// # Errors
    /// When the database does not answer, or others keep changing the link.
    pub async fn open(&self, token: &str, typed: &str) -> Result<OpenOutcome, SharingError> {
        let Some(found) = self.find(token).await? else { return Ok(OpenOutcome::Unavailable) };
        let now = clock::now();
        if let Some(hash) = &found.link.password {
            // Counts the attempt before it inspects the password: many attempts at once do not get more answers than the
            // link permits.
            let try_one = |link: &mut ShareLink| {
                link.wrong = link.wrong.try_acquire(now, WRONG_PASSWORD_RATE_LIMIT).ok()?;
                Some(())
            };
            // The link's own limit first: visitors who use up that of one link do not use up the limit of all.
            if self.change(found.plan, &found.id, try_one).await?.is_none() || !self.allow_attempt(now) {
                return Ok(OpenOutcome::Later(found));
            }
            if !password::verify(typed, hash).await? {
                return Ok(OpenOutcome::WrongPassword(found));
            }
        }
        let use_once = |link: &mut ShareLink| {
            if link.state(now) != LinkState::Lives {
                return None;
            }
            let Ok(opened) = link.opened.try_acquire(now, OPEN_RATE_LIMIT) else {
                return Some(false);
            };
            (link.opened, link.wrong) = (opened, RateWindow::default());
            link.uses = link.uses.saturating_add(1);
            link.used_at = Some(now);
            Some(true)
        };
        Ok(match self.change(found.plan, &found.id, use_once).await? {
            Some(true) => OpenOutcome::Opened(found),
            Some(false) => OpenOutcome::Later(found),
            None => OpenOutcome::Unavailable,
        })
    }

    /// Whether this process may check one more password now.
    fn allow_attempt(&self, now: u64) -> bool {
        let mut tries = self.tries.lock();
        tries.try_acquire(now, PASSWORD_CHECK_RATE_LIMIT).map(|window| *tries = window).is_ok()
    }

    /// The links of a plan: only those that a server with the vault key has written are readable.
    fn records(&self, plan: PlanId) -> Records<'_, ShareLink> {
        LINKS.of(self.store.as_ref(), plan).sealed_by(&self.vault)
    }

    async fn load(&self, plan: PlanId, id: &LinkId) -> Result<Option<ShareLink>, SharingError> {
        Ok(self.records(plan).get(&id.0).await?.and_then(|entry| entry.value))
    }

    fn put(
        &self,
        plan: PlanId,
        id: &LinkId,
        link: &ShareLink,
        expected: Expected,
    ) -> Result<RecordWrite, SharingError> {
        Ok(self.records(plan).put_if(&id.0, link, Some(expires_at(link)), expected)?)
    }

    /// Changes a link as it is now; `edit` is called again where another change came first. `None` where the link does not
    /// exist, or `edit` leaves it unchanged.
    async fn change<T>(
        &self,
        plan: PlanId,
        id: &LinkId,
        edit: impl Fn(&mut ShareLink) -> Option<T> + Send + Sync,
    ) -> Result<Option<T>, SharingError>
    where
        T: Send,
    {
        let change = |found: Option<Entry<ShareLink>>| {
            let Some(mut link) = found.and_then(|entry| entry.value) else { return Ok(Update::Leave(None)) };
            let Some(done) = edit(&mut link) else { return Ok(Update::Leave(None)) };
            let expires_at = Some(expires_at(&link));
            Ok(Update::Put { value: link, expires_at, with: Vec::new(), result: Some(done) })
        };
        match self.records(plan).update(&id.0, change).await {
            Err(RecordError::PlanNotFound) => Ok(None),
            changed => Ok(changed?),
        }
    }
}

/// When the record of a link is deleted: a while after the link has ended.
fn expires_at(link: &ShareLink) -> Timestamp {
    Timestamp::from_unix(link.ends_at).plus(ENDED_LINK_TTL_SECONDS)
}

impl From<RecordError> for SharingError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Body(error) => Self::Body(error),
            RecordError::Vault(error) => Self::Vault(error),
            RecordError::Contended => Self::Contended,
            RecordError::PlanNotFound => Self::Absent,
        }
    }
}
