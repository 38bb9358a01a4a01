//! The addresses that the nodes of a plan fetch their probe from and send its report to. Each has a token that is valid for
//! two hours and identifies its plan without naming it: anyone with a plan's ID may do more.
//!
//! The store has a token's digest, by which it is found, and the token sealed, so that every replica shows the same one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::server_credential::ServerCredential;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, Store, WriteOutcome};

use crate::error::PlansError;
use crate::plans::Plans;
use crate::random;
use crate::random_token::{digest, digest_of};
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, Entry, MAX_ATTEMPTS, Timestamp, Update};

/// How long an address lives, in seconds.
pub const PROBE_TOKEN_TTL_SECONDS: u64 = 2 * 60 * 60;
/// How often one address may be used: 16 nodes, each a few times.
const MAX_USES: u32 = 200;
/// By the token's digest.
const PROBE_TOKENS: Collection<ProbeToken, OfProgram> = Collection::new(kinds::PROBE_TOKEN);
/// Under one key.
const SEALED_TOKENS: Collection<SealedToken> = Collection::new(kinds::PROBE_TOKEN_OF_PLAN);
const CURRENT_KEY: &str = "current";
/// What the vault binds the sealed token to.
const SEAL_PURPOSE: &str = "probe_address";

/// Why a probe URL is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProbeTokenRejection {
    /// It has expired, or never existed.
    Expired,
    /// It has reached its maximum number of uses.
    Exhausted,
}

#[derive(Deserialize, Serialize)]
struct ProbeToken {
    plan: String,
    uses: u32,
}

#[derive(Deserialize, Serialize)]
struct SealedToken {
    /// The key of its [`ProbeToken`].
    #[serde(rename = "door")]
    key: String,
    /// What the vault made of it, in Base64.
    sealed: String,
}

/// The addresses of all plans.
#[derive(Clone)]
pub struct ProbeTokens(Plans);

impl ProbeTokens {
    /// Probe tokens of these plans.
    #[must_use]
    pub fn new(plans: Plans) -> Self {
        Self(plans)
    }

    fn store(&self) -> &Arc<dyn Store> {
        self.0.store()
    }

    /// The token of a plan: the one that lives for another hour at least, or a new one.
    ///
    /// # Errors
    /// When the database does not answer, or no token can be made or sealed.
    pub async fn token(&self, plan: PlanId, now: u64) -> Result<ServerCredential, PlansError> {
        for _ in 0..MAX_ATTEMPTS {
            let found = SEALED_TOKENS.of(self.store().as_ref(), plan).get(CURRENT_KEY).await?;
            if let Some(token) = self.current_token(plan, found.as_ref(), now).await? {
                return Ok(token);
            }
            let token = ServerCredential::new(random::hex::<16>().map_err(PlansError::Random)?);
            let ends = Some(Timestamp::from_unix(now).plus(PROBE_TOKEN_TTL_SECONDS));
            let probe_token = ProbeToken { plan: plan.to_string(), uses: 0 };
            let probe_token = PROBE_TOKENS.put_if(digest_of(&token), &probe_token, ends, Expected::Absent)?;
            let sealed = self.0.vault().seal_credential(&plan.to_string(), SEAL_PURPOSE, &token)?;
            let sealed = SealedToken { key: digest_of(&token), sealed: STANDARD.encode(sealed) };
            let expected = Expected::unchanged(found.map(|entry| entry.version));
            let sealed = SEALED_TOKENS.put_if(CURRENT_KEY, &sealed, ends, expected)?;
            let _ = self.store().write(None, &[probe_token]).await?;
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
    async fn current_token(
        &self,
        plan: PlanId,
        found: Option<&Entry<SealedToken>>,
        now: u64,
    ) -> Result<Option<ServerCredential>, PlansError> {
        let half_expired = Timestamp::from_unix(now).plus(PROBE_TOKEN_TTL_SECONDS / 2);
        let Some(entry) = found.filter(|entry| entry.expires_at > Some(half_expired)) else { return Ok(None) };
        let Some(kept) = &entry.value else { return Ok(None) };
        let probe_token = PROBE_TOKENS.all(self.store().as_ref()).get(&kept.key).await?;
        let uses = probe_token.and_then(|probe_token| probe_token.value).map(|probe_token| probe_token.uses);
        let sealed = STANDARD.decode(&kept.sealed).ok();
        let (Some(_), Some(sealed)) = (uses.filter(|uses| *uses < MAX_USES / 2), sealed) else { return Ok(None) };
        // Sealed with another key: the caller creates a new one.
        Ok(self.0.vault().unseal_credential(&plan.to_string(), SEAL_PURPOSE, &sealed).ok())
    }

    /// Returns the plan that a token belongs to, and counts the use. The store finds tokens by their digest, so that the
    /// response time reveals nothing about them.
    ///
    /// # Errors
    /// When the database does not answer; the inner result holds the refusal for the person who runs curl.
    pub async fn enter(&self, token: &str, now: u64) -> Result<Result<PlanId, ProbeTokenRejection>, PlansError> {
        let now = Timestamp::from_unix(now);
        let count_use = |found: Option<Entry<ProbeToken>>| {
            let found = found.filter(|entry| entry.expires_at > Some(now));
            let expires_at = found.as_ref().and_then(|entry| entry.expires_at);
            let Some(probe_token) = found.and_then(|entry| entry.value) else {
                return Ok(Update::Leave(Err(ProbeTokenRejection::Expired)));
            };
            let Ok(plan) = probe_token.plan.parse() else {
                return Ok(Update::Leave(Err(ProbeTokenRejection::Expired)));
            };
            if probe_token.uses >= MAX_USES {
                return Ok(Update::Leave(Err(ProbeTokenRejection::Exhausted)));
            }
            let value = ProbeToken { uses: probe_token.uses + 1, ..probe_token };
            Ok(Update::Put { value, expires_at, with: Vec::new(), result: Ok(plan) })
        };
        Ok(PROBE_TOKENS.all(self.store().as_ref()).update(&digest(token), count_use).await?)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the token")]
mod tests {
    use domain::author::Author;
    use domain::draft::Draft;
    use domain::secret::Secrets;

    use super::*;
    use crate::tests::{empty_store, vault};

    #[tokio::test]
    async fn an_address_lives_for_its_time_and_number_of_uses_on_every_replica() {
        let (_folder, store) = empty_store().await;
        let vault = vault("11");
        let plans = Plans::new(Arc::clone(&store), vault.clone());
        let plan = plans.create(&Author::default(), &Draft::default(), &Secrets::new()).await.unwrap();
        let (tokens, elsewhere) = (ProbeTokens::new(plans), ProbeTokens::new(Plans::new(store, vault)));
        let token = tokens.token(plan, 1000).await.unwrap();
        assert!(elsewhere.token(plan, 1010).await.unwrap().is_same(&token));
        assert_eq!(elsewhere.enter(token.reveal(), 1000).await.unwrap().ok(), Some(plan));
        assert_eq!(tokens.enter("0", 1000).await.unwrap().unwrap_err(), ProbeTokenRejection::Expired);
        assert_eq!(
            tokens.enter(token.reveal(), 1000 + PROBE_TOKEN_TTL_SECONDS).await.unwrap().unwrap_err(),
            ProbeTokenRejection::Expired
        );
        for _ in 1..MAX_USES {
            assert!(tokens.enter(token.reveal(), 1000).await.unwrap().is_ok());
        }
        assert_eq!(elsewhere.enter(token.reveal(), 1000).await.unwrap().unwrap_err(), ProbeTokenRejection::Exhausted);
        let next = tokens.token(plan, 1000).await.unwrap();
        assert!(!next.is_same(&token));
        let later = tokens.token(plan, 1000 + PROBE_TOKEN_TTL_SECONDS / 2).await.unwrap();
        assert!(!later.is_same(&next), "a page shows one that lives for an hour");
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&PROBE_TOKENS, None).await;
        assert_stored_form(&SEALED_TOKENS, None).await;
    }
}
