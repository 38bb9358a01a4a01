//! Where plans and their sealed secrets are kept: one trait, [`Store`], and one module and migrations folder per database.
//!
//! The store is told everything: ids, times and sealed bytes come from the caller. It has no clock, no randomness and no
//! key, it never looks into a document, and it never sees a secret in clear.

mod error;
mod plan;
mod plan_id;
mod sqlite;

use async_trait::async_trait;

pub use error::{Cause, OpenError, StoreError, Trouble};
pub use plan::{
    CreateOutcome, NewPlan, Plan, PlanChange, PlanSummary, SaveOutcome, SealedSecret, SecretChange, StoredSecret,
};
pub use plan_id::{PlanId, PlanIdError};
pub use sqlite::SqliteStore;

/// Keeps plans. What it has acknowledged survives the end of the process, also by `kill -9`.
///
/// Every implementation passes the contract in `tests/contract`.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a new plan with its secrets at revision 1, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Create`] when the database refuses; nothing is kept then.
    async fn create(&self, plan: &NewPlan) -> Result<CreateOutcome, StoreError>;

    /// The plan as last saved, or `None` when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError::Load`] when the database refuses.
    async fn load(&self, id: PlanId) -> Result<Option<Plan>, StoreError>;

    /// At most `limit` plans, the last changed first.
    ///
    /// # Errors
    /// [`StoreError::List`] when the database refuses.
    async fn list(&self, limit: u32) -> Result<Vec<PlanSummary>, StoreError>;

    /// Saves title, document and changed secrets in one transaction if the plan is still at revision `expected`.
    ///
    /// # Errors
    /// [`StoreError::Save`] when the database refuses; the plan is then as it was before.
    async fn save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, StoreError>;

    /// The sealed secrets of a plan in the order of their settings; none when there is no such plan.
    ///
    /// # Errors
    /// [`StoreError::LoadSecrets`] when the database refuses.
    async fn secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, StoreError>;

    /// Deletes a plan with its secrets. Says whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Delete`] when the database refuses; the plan is then as it was before.
    async fn delete(&self, id: PlanId) -> Result<bool, StoreError>;

    /// Asks the database whether plans can be read now.
    ///
    /// # Errors
    /// [`StoreError::Health`] with what stands in the way.
    async fn health(&self) -> Result<(), StoreError>;

    /// Which database this is, for the line printed at start. Holds no password.
    fn describe(&self) -> String;

    /// Waits for running work and closes all connections. Later calls fail.
    async fn close(&self);
}
