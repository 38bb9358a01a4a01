//! A plan as it is stored, its changes and their outcomes. Plain values; the document stays opaque here.

use std::fmt;

use crate::check::StaleCheck;
use crate::plan_id::PlanId;
use crate::record::RecordWrite;

/// A saved plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Also part of the plan's URL.
    pub id: PlanId,
    /// As shown in lists.
    pub title: String,
    /// Increased by each save, from 1.
    pub revision: i64,
    /// The answers as JSON, without secrets.
    pub document: String,
    /// In unix seconds.
    pub created_at: i64,
    /// When it was last saved, in unix seconds.
    pub updated_at: i64,
}

/// A plan that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// Created from fresh random bytes.
    pub id: PlanId,
    /// As shown in lists.
    pub title: String,
    /// The answers as JSON, without secrets.
    pub document: String,
    /// The first secrets, one per setting.
    pub secrets: Vec<SealedSecret>,
    /// The first records.
    pub records: Vec<RecordWrite>,
    /// 1, or the revision of a plan that is copied from another store.
    pub revision: i64,
    /// In unix seconds.
    pub created_at: i64,
    /// When it was last saved, in unix seconds: now, except for a plan that is copied.
    pub updated_at: i64,
}

impl NewPlan {
    /// A plan that is created `at`, in unix seconds, without secrets and records.
    #[must_use]
    pub fn new(id: PlanId, title: impl Into<String>, document: impl Into<String>, at: i64) -> Self {
        Self {
            id,
            title: title.into(),
            document: document.into(),
            secrets: Vec::new(),
            records: Vec::new(),
            revision: 1,
            created_at: at,
            updated_at: at,
        }
    }
}

/// One save: the plan's new content and the secrets that changed with it.
#[derive(Clone, Debug)]
pub struct PlanChange {
    /// The new title.
    pub title: String,
    /// The new answers as JSON, without secrets.
    pub document: String,
    /// Secrets that are set or removed, applied in this order; all others stay.
    pub secrets: Vec<SecretChange>,
    /// Checks whose last results are outdated by this change.
    pub stale: Vec<StaleCheck>,
    /// Written in the same transaction.
    pub records: Vec<RecordWrite>,
    /// Now, in unix seconds.
    pub at: i64,
}

impl PlanChange {
    /// A change of title and document at `at`, in unix seconds.
    #[must_use]
    pub fn new(title: impl Into<String>, document: impl Into<String>, at: i64) -> Self {
        Self {
            title: title.into(),
            document: document.into(),
            secrets: Vec::new(),
            stale: Vec::new(),
            records: Vec::new(),
            at,
        }
    }
}

/// What happens to one secret in a save.
#[derive(Clone, Debug)]
pub enum SecretChange {
    /// Stores this secret in place of an earlier one.
    Set(SealedSecret),
    /// Deletes the secret of this setting, if it is set.
    Remove {
        /// The key of the setting, such as `database.password`.
        setting: String,
    },
}

/// A secret of one setting, sealed by the vault.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The key of the setting, such as `database.password`.
    pub setting: String,
    /// The vault's output. Unreadable without the vault key.
    pub sealed: Vec<u8>,
}

/// A sealed secret as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// Part of what the vault binds the seal to.
    pub plan: PlanId,
    /// The key of the setting, such as `database.password`.
    pub setting: String,
    /// The vault's output. Unreadable without the vault key.
    pub sealed: Vec<u8>,
}

/// The outcome of [`crate::Store::create`] and [`crate::Store::import`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum CreateOutcome {
    /// The plan is stored.
    Created {
        /// The revision of the new plan.
        revision: i64,
    },
    /// A plan with this ID exists already and is unchanged, or a record did not meet its [`crate::Expected`].
    Exists,
}

/// The outcome of [`crate::Store::save`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum SaveOutcome {
    /// The change is stored.
    Saved {
        /// The new revision: the expected one plus 1.
        revision: i64,
    },
    /// The plan is at another revision, or a record did not meet its [`crate::Expected`]; nothing is stored.
    Conflict {
        /// The plan's revision.
        current: i64,
    },
    /// The plan does not exist; nothing is stored.
    NotFound,
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SealedSecret").field("setting", &self.setting).finish_non_exhaustive()
    }
}

impl fmt::Debug for StoredSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("StoredSecret");
        shown.field("plan", &self.plan).field("setting", &self.setting).finish_non_exhaustive()
    }
}
