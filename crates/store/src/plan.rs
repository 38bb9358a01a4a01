//! What is kept of a plan, and what can come of keeping it. Plain values; the document stays opaque here.

use std::fmt;

use crate::{PlanId, RecordWrite, StaleCheck};

/// A saved plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id, which is also in its address.
    pub id: PlanId,
    /// Its name, as shown in lists.
    pub title: String,
    /// Counts the saves, from 1.
    pub revision: i64,
    /// The answers as JSON, without secrets.
    pub document: String,
    /// When it was made, in unix seconds.
    pub created_at: i64,
    /// When it was last saved, in unix seconds.
    pub updated_at: i64,
}

/// A plan about to be kept for the first time.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// An id made from fresh random bytes.
    pub id: PlanId,
    /// Its name, as shown in lists.
    pub title: String,
    /// The answers as JSON, without secrets.
    pub document: String,
    /// Secrets it starts with, one per setting.
    pub secrets: Vec<SealedSecret>,
    /// Records it starts with.
    pub records: Vec<RecordWrite>,
    /// 1, or where a plan that is copied stands in its own store.
    pub revision: i64,
    /// When it was made, in unix seconds.
    pub created_at: i64,
    /// When it was last saved, in unix seconds: now, but for a plan that is copied.
    pub updated_at: i64,
}

impl NewPlan {
    /// A plan that is made now, without secrets and records.
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
    /// Its name from now on.
    pub title: String,
    /// The answers as JSON from now on, without secrets.
    pub document: String,
    /// Secrets set or removed; all others stay. Applied in this order.
    pub secrets: Vec<SecretChange>,
    /// Checks whose results do not count any more.
    pub stale: Vec<StaleCheck>,
    /// Records that are written with it.
    pub records: Vec<RecordWrite>,
    /// Now, in unix seconds.
    pub at: i64,
}

/// What happens to one secret in a save.
#[derive(Clone, Debug)]
pub enum SecretChange {
    /// Keeps this one in place of an earlier one.
    Set(SealedSecret),
    /// Forgets the secret of this setting, if there is one.
    Remove {
        /// The key of the setting, such as `database.password`.
        setting: String,
    },
}

/// A secret of one setting, encrypted by the vault.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The key of the setting, such as `database.password`.
    pub setting: String,
    /// The vault's record. Meaningless without its key.
    pub sealed: Vec<u8>,
}

/// A sealed secret as it was found in the database.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// The plan it belongs to.
    pub plan: PlanId,
    /// The key of the setting, such as `database.password`.
    pub setting: String,
    /// The vault's record. Meaningless without its key.
    pub sealed: Vec<u8>,
}

/// What came of keeping a new plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum CreateOutcome {
    /// It is kept, at this revision.
    Created {
        /// The one it was made with.
        revision: i64,
    },
    /// A plan with this id exists already and is untouched, or a record expected something that is not there.
    Exists,
}

/// What came of saving a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum SaveOutcome {
    /// It is saved, at this revision.
    Saved {
        /// One more than was expected.
        revision: i64,
    },
    /// Somebody else saved it first, or changed a record of this save; nothing of this save is kept.
    Conflict {
        /// The revision it is at now.
        current: i64,
    },
    /// There is no such plan (any more); nothing is kept.
    Absent,
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
