//! The key with which an installation signs its reports. The first report that is signed creates it; replicas share it.

use std::sync::Arc;

use aws_lc_rs::signature::Ed25519KeyPair;
use domain::server_credential::ServerCredential;
use serde::{Deserialize, Serialize};
use store::{Expected, Store, StoreError, WriteOutcome};
use thiserror::Error;

use super::signature::{ReportPublicKey, SignedPlace, sign};
use crate::random;
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, RecordError, Records};
use crate::vault::{Vault, VaultError};

/// Sealed.
const REPORT_KEYS: Collection<StoredReportKey, OfProgram> = Collection::new(kinds::FACT);
/// The name of the fact.
const REPORT_KEY_FACT: &str = "report-key";
const SEED_BYTES: usize = 32;

/// Why reports cannot be signed.
#[derive(Debug, Error)]
pub enum ReportKeyError {
    /// The database.
    #[error("the store of the report key is unavailable")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("the system does not provide random numbers")]
    Random(#[from] getrandom::Error),
    /// The key is sealed with another vault key.
    #[error("cannot open the report key")]
    Vault(#[from] VaultError),
    /// The record cannot be written.
    #[error("the report key cannot be written")]
    Record(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The record is not one of this version, or sealed with another vault key.
    #[error("the report key in the database cannot be read: it is sealed with another vault key, or damaged")]
    Unreadable,
}

impl From<RecordError> for ReportKeyError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Vault(error) => Self::Vault(error),
            error => Self::Record(error.into()),
        }
    }
}

/// The stored form.
#[derive(Deserialize, Serialize)]
struct StoredReportKey {
    /// The seed of the key, encrypted by the vault, in hexadecimal.
    seed: String,
}

/// The signing key of an installation.
pub struct ReportKey {
    pair: Ed25519KeyPair,
    public: ReportPublicKey,
}

impl ReportKey {
    /// The key of the installation, which is created if none exists.
    ///
    /// # Errors
    /// [`ReportKeyError`].
    pub async fn open(store: &Arc<dyn Store>, vault: &Vault) -> Result<Self, ReportKeyError> {
        let records = records(store.as_ref(), vault);
        if let Some(entry) = records.get(REPORT_KEY_FACT).await? {
            return Self::of(&entry.value.ok_or(ReportKeyError::Unreadable)?, vault);
        }
        let stored = seal(&ServerCredential::new(random::hex::<SEED_BYTES>()?), vault)?;
        let write = records.put_if(REPORT_KEY_FACT, &stored, None, Expected::Absent)?;
        if matches!(records.write(&[write]).await?, WriteOutcome::Written { .. }) {
            return Self::of(&stored, vault);
        }
        // Another replica created it at the same moment.
        let entry = records.get(REPORT_KEY_FACT).await?.and_then(|entry| entry.value);
        Self::of(&entry.ok_or(ReportKeyError::Unreadable)?, vault)
    }

    #[expect(clippy::disallowed_methods, reason = "the seed becomes the signing key")]
    fn of(stored: &StoredReportKey, vault: &Vault) -> Result<Self, ReportKeyError> {
        let seed = unseal(stored, vault)?;
        let seed = zeroize::Zeroizing::new(hex::decode(seed.reveal()).map_err(|_| ReportKeyError::Unreadable)?);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| ReportKeyError::Unreadable)?;
        let public = ReportPublicKey::of(&pair).ok_or(ReportKeyError::Unreadable)?;
        Ok(Self { pair, public })
    }

    /// With this key, a reader verifies the reports.
    #[must_use]
    pub const fn public(&self) -> &ReportPublicKey {
        &self.public
    }

    /// The report with its signature.
    #[must_use]
    pub fn sign(&self, place: &SignedPlace) -> String {
        sign(&self.pair, place)
    }
}

/// Seals the key with the vault's first key. A key that no vault key opens stays as it is.
///
/// # Errors
/// When the store does not answer, or the vault cannot seal.
pub async fn reseal(store: &dyn Store, vault: &Vault) -> Result<(), ReportKeyError> {
    let records = records(store, vault);
    let Some(entry) = records.get(REPORT_KEY_FACT).await? else { return Ok(()) };
    let Some(Ok(seed)) = entry.value.map(|stored| unseal(&stored, vault)) else { return Ok(()) };
    let stored = seal(&seed, vault)?;
    // Where another process changed it, that process sealed it.
    let _ = records.write(&[records.put_if(REPORT_KEY_FACT, &stored, None, Expected::Version(entry.version))?]).await?;
    Ok(())
}

fn records<'s>(store: &'s dyn Store, vault: &'s Vault) -> Records<'s, StoredReportKey> {
    REPORT_KEYS.all(store).sealed_by(vault)
}

fn seal(seed: &ServerCredential, vault: &Vault) -> Result<StoredReportKey, VaultError> {
    Ok(StoredReportKey { seed: hex::encode(vault.seal_credential("", REPORT_KEY_FACT, seed)?) })
}

fn unseal(stored: &StoredReportKey, vault: &Vault) -> Result<ServerCredential, ReportKeyError> {
    let sealed = hex::decode(&stored.seed).map_err(|_| ReportKeyError::Unreadable)?;
    Ok(vault.unseal_credential("", REPORT_KEY_FACT, &sealed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_rotation::reseal_all;
    use crate::reports::verify;
    use crate::tests::{empty_store, vault};
    use crate::vault::Vault;

    fn place() -> SignedPlace {
        SignedPlace { before: "38 passed ".to_owned(), after: "\n".to_owned() }
    }

    #[tokio::test]
    async fn replicas_share_one_key_that_another_vault_does_not_open() {
        let (folder, store) = empty_store().await;
        let first = ReportKey::open(&store, &vault("11")).await.unwrap();
        let second = ReportKey::open(&store, &vault("11")).await.unwrap();
        assert_eq!(first.public(), second.public());
        assert_eq!(verify(first.sign(&place()).as_bytes(), second.public()), Ok(()));
        assert!(matches!(ReportKey::open(&store, &vault("22")).await, Err(ReportKeyError::Unreadable)));
        drop(folder);
    }

    #[tokio::test]
    async fn the_key_survives_a_rotation_of_the_vault_key() {
        let (folder, store) = empty_store().await;
        let vault = Vault::open(folder.path(), None).unwrap();
        let before = ReportKey::open(&store, &vault).await.unwrap();
        vault.start_rotation().unwrap();
        reseal_all(store.as_ref(), &vault).await.unwrap();
        vault.finish_rotation().unwrap();
        let after = ReportKey::open(&store, &vault).await.unwrap();
        assert_eq!(before.public(), after.public());
    }
}
