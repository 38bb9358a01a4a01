//! The addresses that the nodes of a plan fetch their probe from and send its report to. Each has a token that lives for
//! two hours and leads to its plan without naming it: who has a plan's id may do more.
//!
//! The store has a token's digest, by which it is found, and the token sealed, so that every replica shows the same one.

use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Expected, PlanId, Record, RecordWrite, Store, WriteOutcome};

use crate::plans::{Plans, PlansError};

/// How long an address lives, in seconds.
pub(super) const PROBE_TOKEN_TTL_SECONDS: u64 = 2 * 60 * 60;
/// How often one address may be used: 16 nodes, each a few times.
const MAX_USES: u32 = 200;
/// The kind of the record, of the program as a whole, that leads from a token's digest to its plan.
const PROBE_TOKEN_KIND: &str = "door";
/// The kind and key of the record that holds a plan's token, sealed.
const PLAN_PROBE_TOKEN_KIND: &str = "door-token";
const CURRENT_KEY: &str = "current";
/// What the vault binds the sealed token to.
const SEAL_PURPOSE: &str = "probe_address";
/// How often a use is counted again when another is counted at the same moment.
const MAX_ATTEMPTS: usize = 20;

/// Why an address leads nowhere, for whoever runs curl.
pub(super) type ProbeTokenRejection = (StatusCode, &'static str);

#[derive(Deserialize, Serialize)]
struct ProbeToken {
    plan: String,
    uses: u32,
}

#[derive(Deserialize, Serialize)]
struct SealedToken {
    /// The key of its [`ProbeToken`].
    door: String,
    /// What the vault made of it, in Base64.
    sealed: String,
}

/// The addresses of all plans.
#[derive(Clone)]
pub(super) struct ProbeTokens(Plans);

impl ProbeTokens {
    pub(super) fn new(plans: Plans) -> Self {
        Self(plans)
    }

    fn store(&self) -> &Arc<dyn Store> {
        self.0.store()
    }

    /// The token of a plan: the one that lives for another hour at least, or a new one.
    ///
    /// # Errors
    /// When the database does not answer, or no token can be made or sealed.
    pub(super) async fn token(&self, plan: PlanId, now: u64) -> Result<String, PlansError> {
        for _ in 0..MAX_ATTEMPTS {
            let found = self.store().record(PLAN_PROBE_TOKEN_KIND, Some(plan), CURRENT_KEY).await?;
            if let Some(token) = self.current_token(plan, found.as_ref(), now).await? {
                return Ok(token);
            }
            let mut random = [0; 16];
            getrandom::fill(&mut random).map_err(PlansError::Random)?;
            let token = hex::encode(random);
            let ends = i64::try_from(now + PROBE_TOKEN_TTL_SECONDS).unwrap_or(i64::MAX);
            let door = ProbeToken { plan: plan.to_string(), uses: 0 };
            let put = |kind, key, body, expected| RecordWrite::Put { kind, key, body, expires_at: ends, expected };
            let door = put(PROBE_TOKEN_KIND, digest(&token), serde_json::to_string(&door)?, Expected::Absent);
            let sealed = self.0.vault().seal(&plan.to_string(), SEAL_PURPOSE, &Secret::new(token.as_str()))?;
            let sealed = SealedToken { door: digest(&token), sealed: STANDARD.encode(sealed) };
            let expected = found.map_or(Expected::Absent, |record| Expected::Version(record.version));
            let sealed = put(PLAN_PROBE_TOKEN_KIND, CURRENT_KEY.to_owned(), serde_json::to_string(&sealed)?, expected);
            let _ = self.store().write(None, &[door]).await?;
            match self.store().write(Some(plan), &[sealed]).await? {
                WriteOutcome::Written { .. } => return Ok(token),
                // Another page made one at the same moment: that one counts.
                WriteOutcome::Conflict { .. } => {}
                WriteOutcome::NotFound => return Err(PlansError::Absent),
            }
        }
        Err(PlansError::Contended)
    }

    /// The token that was kept, if it lives long enough and can be shown here.
    #[expect(clippy::disallowed_methods, reason = "a probe's address is shown to who may use it")]
    async fn current_token(
        &self,
        plan: PlanId,
        found: Option<&Record>,
        now: u64,
    ) -> Result<Option<String>, PlansError> {
        let Some(record) = found.filter(|record| ends(record) > now + PROBE_TOKEN_TTL_SECONDS / 2) else {
            return Ok(None);
        };
        let Ok(kept) = serde_json::from_str::<SealedToken>(&record.body) else { return Ok(None) };
        let door = self.store().record(PROBE_TOKEN_KIND, None, &kept.door).await?;
        let uses = door.and_then(|door| serde_json::from_str::<ProbeToken>(&door.body).ok()).map(|door| door.uses);
        let sealed = STANDARD.decode(&kept.sealed).ok();
        let (Some(_), Some(sealed)) = (uses.filter(|uses| *uses < MAX_USES / 2), sealed) else { return Ok(None) };
        // Sealed with another key: a new one is made.
        let token = self.0.vault().unseal(&plan.to_string(), SEAL_PURPOSE, &sealed).ok();
        Ok(token.map(|token| token.expose().to_owned()))
    }

    /// The plan a token leads to; counts the use. Tokens are found by their digest, so that the time it takes tells nothing
    /// about them.
    ///
    /// # Errors
    /// When the database does not answer; the refusal, for whoever runs curl, comes inside.
    pub(super) async fn enter(&self, token: &str, now: u64) -> Result<Result<PlanId, ProbeTokenRejection>, PlansError> {
        let key = digest(token);
        for _ in 0..MAX_ATTEMPTS {
            let found = self.store().record(PROBE_TOKEN_KIND, None, &key).await?.filter(|record| ends(record) > now);
            let door = found.and_then(|record| Some((serde_json::from_str::<ProbeToken>(&record.body).ok()?, record)));
            let plan = door.as_ref().and_then(|(door, _)| door.plan.parse().ok());
            let (Some((mut door, record)), Some(plan)) = (door, plan) else {
                return Ok(Err((
                    StatusCode::NOT_FOUND,
                    "This probe URL has expired or does not exist. Copy a new one from the Clustering step.",
                )));
            };
            if door.uses >= MAX_USES {
                return Ok(Err((
                    StatusCode::TOO_MANY_REQUESTS,
                    "This probe URL has reached its maximum number of uses. Copy a new one from the Clustering step.",
                )));
            }
            door.uses += 1;
            let used = RecordWrite::Put {
                kind: PROBE_TOKEN_KIND,
                key: key.clone(),
                body: serde_json::to_string(&door)?,
                expires_at: record.expires_at,
                expected: Expected::Version(record.version),
            };
            if matches!(self.store().write(None, &[used]).await?, WriteOutcome::Written { .. }) {
                return Ok(Ok(plan));
            }
        }
        Err(PlansError::Contended)
    }
}

fn ends(record: &Record) -> u64 {
    u64::try_from(record.expires_at).unwrap_or_default()
}

fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use domain::draft::Draft;
    use domain::secret::Secrets;
    use store::SqliteStore;

    use super::*;
    use crate::vault::Vault;

    #[tokio::test]
    async fn an_address_lives_for_its_time_and_number_of_uses_on_every_replica() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("plans.db")).await.unwrap());
        let vault = Vault::open(folder.path(), None).unwrap();
        let plans = Plans::new(Arc::clone(&store), vault.clone());
        let plan = plans.create(&crate::journal::Author::default(), &Draft::default(), &Secrets::new()).await.unwrap();
        let (doors, elsewhere) = (ProbeTokens::new(plans), ProbeTokens::new(Plans::new(store, vault)));
        let token = doors.token(plan, 1000).await.unwrap();
        assert_eq!(elsewhere.token(plan, 1010).await.unwrap(), token);
        assert_eq!(elsewhere.enter(&token, 1000).await.unwrap().ok(), Some(plan));
        assert_eq!(doors.enter("0", 1000).await.unwrap().unwrap_err().0, StatusCode::NOT_FOUND);
        assert_eq!(
            doors.enter(&token, 1000 + PROBE_TOKEN_TTL_SECONDS).await.unwrap().unwrap_err().0,
            StatusCode::NOT_FOUND
        );
        for _ in 1..MAX_USES {
            assert!(doors.enter(&token, 1000).await.unwrap().is_ok());
        }
        assert_eq!(elsewhere.enter(&token, 1000).await.unwrap().unwrap_err().0, StatusCode::TOO_MANY_REQUESTS);
        let next = doors.token(plan, 1000).await.unwrap();
        assert_ne!(next, token);
        assert_ne!(
            doors.token(plan, 1000 + PROBE_TOKEN_TTL_SECONDS / 2).await.unwrap(),
            next,
            "a page shows one that lives for an hour"
        );
    }
}
