//! What can go wrong with saved plans and what is stored with them.

use render::keyring::KeyRingError;
use store::StoreError;
use thiserror::Error;

use crate::records::RecordError;
use crate::vault::VaultError;

/// What can go wrong with a saved plan.
#[derive(Debug, Error)]
pub enum PlansError {
    /// The database.
    #[error("the store is unavailable")]
    Store(#[from] StoreError),
    /// The vault.
    #[error("cannot seal or open a secret")]
    Vault(#[from] VaultError),
    /// The key ring.
    #[error("cannot create or read the keys of the cluster")]
    KeyRing(#[from] KeyRingError),
    /// The saved answers cannot be read.
    #[error("cannot read the saved answers")]
    Document(#[from] serde_json::Error),
    /// No random bytes.
    #[error("the system does not provide random numbers")]
    Random(#[source] getrandom::Error),
    /// The plan states that its cluster runs, but holds no keys.
    #[error("the keys of the running cluster are missing")]
    KeysMissing,
    /// There is no such plan (any more).
    #[error("the plan does not exist")]
    Absent,
    /// Others kept saving in between.
    #[error("others saved the plan repeatedly at the same time")]
    Contended,
    /// A background task ended early.
    #[error("a background task ended unexpectedly")]
    Background(#[source] tokio::task::JoinError),
}

impl PlansError {
    /// What the operator can do: one sentence.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Store(error) => error.advice(),
            Self::Vault(error) => error.advice(),
            Self::Absent => "Open the plan from the start page.".to_owned(),
            Self::Contended => "Save again.".to_owned(),
            Self::KeysMissing => "Upload the key file of the cluster on the Keys page of the plan.".to_owned(),
            _ => "Read the cause in Clusterwright's log, and try again.".to_owned(),
        }
    }
}

impl From<RecordError> for PlansError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Body(error) => Self::Document(error),
            RecordError::Vault(error) => Self::Vault(error),
            RecordError::Contended => Self::Contended,
            RecordError::PlanNotFound => Self::Absent,
        }
    }
}
