//! The access token: anyone who presents it is the owner. The configuration sets it, or the first start that needs one
//! creates it, shows it once, and stores a hash that all replicas share. `access::rate_limit` limits the attempts.

use std::sync::Arc;

use domain::server_credential::ServerCredential;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{Expected, Store, StoreError, WriteOutcome};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::clock;
use crate::random_token::{self, hash, hash_of};
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, RecordError, Records};
use crate::vault::{Vault, VaultError};

/// Sealed.
pub const ACCESS_TOKENS: Collection<StoredTokenHash, OfProgram> = Collection::new(kinds::FACT);
/// The name of the fact.
pub const ACCESS_TOKEN_FACT: &str = "access-token";

/// Why the token could not be made or compared.
#[derive(Debug, Error)]
pub enum AccessTokenError {
    /// The database.
    #[error("the store of the access token is unavailable")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("the system does not provide random numbers")]
    Random(#[from] getrandom::Error),
    /// The vault.
    #[error("cannot seal the access token")]
    Vault(#[from] VaultError),
    /// The token cannot be written as a record.
    #[error("the access token cannot be written")]
    Record(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is kept was not written by a server with this vault's key.
    #[error("the access token in the database is sealed with another vault key")]
    Foreign,
    /// The configuration sets it.
    #[error("the access token is set in the configuration")]
    Given,
}

/// What is kept: a hash. The token has 128 random bits, so a slow hash would add nothing.
#[derive(Deserialize, Serialize)]
pub struct StoredTokenHash {
    sha256: String,
    made_at: u64,
}

/// Which token a session was begun with. A session of another one is over: a new token signs everybody out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenFingerprint(pub String);

/// The access token of this server and its replicas.
#[derive(Clone)]
pub struct AccessToken {
    store: Arc<dyn Store>,
    vault: Vault,
    given: Option<[u8; 32]>,
}

impl AccessToken {
    /// The token that the configuration sets, or the one in `store`, sealed by `vault`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, vault: Vault, given: Option<&ServerCredential>) -> Self {
        Self { store, vault, given: given.map(hash_of) }
    }

    /// Makes a token if there is none yet; gives it to be told, once.
    ///
    /// # Errors
    /// When the token could not be stored, and [`AccessTokenError::Foreign`] when the stored token is not valid here: no
    /// one can sign in until a new token exists.
    pub async fn first(&self) -> Result<Option<ServerCredential>, AccessTokenError> {
        if self.given.is_some() || self.kept().await?.is_some() {
            return Ok(None);
        }
        // Of replicas that start at once, one is the first and tells it.
        let first = self.keep(Expected::Absent).await?;
        if first.is_none() && self.kept().await?.is_none() {
            return Err(AccessTokenError::Foreign);
        }
        Ok(first)
    }

    /// Creates a new token in place of the current one and returns it, to be shown once. This ends every signed-in session.
    ///
    /// # Errors
    /// When it could not be kept, and [`AccessTokenError::Given`] when the configuration sets it.
    pub async fn renew(&self) -> Result<Option<ServerCredential>, AccessTokenError> {
        if self.given.is_some() {
            return Err(AccessTokenError::Given);
        }
        self.keep(Expected::Any).await
    }

    async fn keep(&self, expected: Expected) -> Result<Option<ServerCredential>, AccessTokenError> {
        let token = random_token::generate()?;
        let kept = StoredTokenHash { sha256: random_token::digest_of(&token), made_at: clock::now() };
        let records = self.records();
        let written = records.write(&[records.put_if(ACCESS_TOKEN_FACT, &kept, None, expected)?]).await?;
        Ok(matches!(written, WriteOutcome::Written { .. }).then_some(token))
    }

    /// Whether `shown` is the token: its mark, or `None`. Takes as long for a token that is nearly right as for any other.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check(&self, shown: &str) -> Result<Option<TokenFingerprint>, AccessTokenError> {
        let Some(right) = self.current().await? else { return Ok(None) };
        let same: bool = hash(shown).ct_eq(&right).into();
        Ok(same.then(|| mark(&right)))
    }

    /// The mark that sessions of today's token carry; `None` while there is no token.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mark(&self) -> Result<Option<TokenFingerprint>, AccessTokenError> {
        Ok(self.current().await?.map(|right| mark(&right)))
    }

    async fn current(&self) -> Result<Option<[u8; 32]>, AccessTokenError> {
        match self.given {
            Some(digest) => Ok(Some(digest)),
            None => self.kept().await,
        }
    }

    fn records(&self) -> Records<'_, StoredTokenHash> {
        ACCESS_TOKENS.all(self.store.as_ref()).sealed_by(&self.vault)
    }

    async fn kept(&self) -> Result<Option<[u8; 32]>, AccessTokenError> {
        let kept = self.records().get(ACCESS_TOKEN_FACT).await?.and_then(|entry| entry.value);
        let mut digest = [0; 32];
        Ok(kept.filter(|kept| hex::decode_to_slice(&kept.sha256, &mut digest).is_ok()).map(|_| digest))
    }
}

impl From<RecordError> for AccessTokenError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Vault(error) => Self::Vault(error),
            error => Self::Record(error.into()),
        }
    }
}

/// Tells the hash apart from others without telling it: who reads sessions learns nothing of the token.
fn mark(digest: &[u8; 32]) -> TokenFingerprint {
    let marked = Sha256::new().chain_update(b"clusterwright session mark").chain_update(digest).finalize();
    TokenFingerprint(hex::encode(&marked[..8]))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test shows the token")]
mod tests {
    use store::RecordWrite;

    use super::*;
    use crate::records::seal::{RecordPlace, seal_body};
    use crate::tests::{empty_store, vault};

    #[tokio::test]
    async fn a_token_is_printed_once_kept_as_a_hash_and_the_same_for_all_replicas() {
        let (folder, store) = empty_store().await;
        let one = AccessToken::new(Arc::clone(&store), vault("11"), None);
        let other = AccessToken::new(Arc::clone(&store), vault("11"), None);
        assert!(one.check("").await.unwrap().is_none(), "without a token no one signs in");
        let token = one.first().await.unwrap().unwrap();
        assert!(one.first().await.unwrap().is_none() && other.first().await.unwrap().is_none());
        assert!(other.check(token.reveal()).await.unwrap().is_some());
        for wrong in ["", "x", &token.reveal()[1..], &format!("{}x", token.reveal()), &token.reveal().to_lowercase()] {
            assert!(other.check(wrong).await.unwrap().is_none(), "{wrong}");
        }
        store.close().await;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(token.reveal()));
        }
    }

    #[tokio::test]
    async fn a_writer_of_the_database_without_the_vault_key_gets_no_access() {
        let (_folder, store) = empty_store().await;
        let access = AccessToken::new(Arc::clone(&store), vault("11"), None);
        let token = access.first().await.unwrap().unwrap();
        let planted =
            serde_json::to_string(&StoredTokenHash { sha256: random_token::digest("mine"), made_at: 1 }).unwrap();
        let other = vault("22");
        let kind = ACCESS_TOKENS.name();
        let place = RecordPlace { kind, plan: None, key: ACCESS_TOKEN_FACT, expires_at: 0 };
        for body in [planted.clone(), seal_body(&other, &place, &planted).unwrap()] {
            let _ = store.write(None, &[RecordWrite::put(kind, ACCESS_TOKEN_FACT, body)]).await.unwrap();
            assert!(access.check("mine").await.unwrap().is_none());
            assert!(access.check(token.reveal()).await.unwrap().is_none());
            assert!(matches!(access.first().await, Err(AccessTokenError::Foreign)), "it is said");
        }
        assert!(access.renew().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_new_token_ends_the_old_one_and_its_mark() {
        let (_folder, store) = empty_store().await;
        let access = AccessToken::new(store, vault("11"), None);
        let old = access.first().await.unwrap().unwrap();
        let mark = access.mark().await.unwrap();
        let new = access.renew().await.unwrap().unwrap();
        assert!(access.check(old.reveal()).await.unwrap().is_none());
        assert_eq!(access.check(new.reveal()).await.unwrap(), access.mark().await.unwrap());
        assert_ne!(access.mark().await.unwrap(), mark);
    }

    #[tokio::test]
    async fn the_token_of_the_configuration_goes_before_and_is_not_replaced() {
        let (_folder, store) = empty_store().await;
        let kept = AccessToken::new(Arc::clone(&store), vault("11"), None).first().await.unwrap().unwrap();
        let given = AccessToken::new(store, vault("11"), Some(&ServerCredential::new("0123456789012345678901")));
        assert!(given.first().await.unwrap().is_none());
        assert!(matches!(given.renew().await, Err(AccessTokenError::Given)));
        assert!(given.check("0123456789012345678901").await.unwrap().is_some());
        assert!(given.check(kept.reveal()).await.unwrap().is_none());
    }

    /// The comparison itself cannot be timed in a test that must not be flaky: that it is the library's is.
    #[test]
    fn tokens_are_compared_in_constant_time() {
        let code = include_str!("access_token.rs").split("#[cfg(test)]").next().unwrap();
        assert!(code.contains("hash(shown).ct_eq(&right)"));
        assert!(!code.contains("== right") && !code.contains("shown =="));
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&ACCESS_TOKENS, Some(ACCESS_TOKEN_FACT)).await;
    }
}
