//! Where plans and their sealed secrets are kept: one trait, [`Store`], and one module and migrations folder per database.
//!
//! The store is told everything: ids, times and sealed bytes come from the caller. It has no clock, no randomness and no
//! key, it never looks into a document, and it never sees a secret in clear.

mod check;
mod error;
mod plan;
mod plan_id;
mod sqlite;

use async_trait::async_trait;

pub use check::{CheckSaid, CheckSpell, StaleCheck};
pub use error::{Cause, OpenError, StoreError, Trouble};
pub use plan::{
    CreateOutcome, NewPlan, NodeReport, Plan, PlanChange, PlanSummary, SaveOutcome, SealedSecret, SecretChange,
    StoredSecret,
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

    /// Saves title, document, changed secrets and what that does to results of checks in one transaction if the plan is still at revision `expected`.
    ///
    /// # Errors
    /// [`StoreError::Save`] when the database refuses; the plan is then as it was before.
    async fn save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, StoreError>;

    /// The sealed secrets of a plan in the order of their settings; none when there is no such plan.
    ///
    /// # Errors
    /// [`StoreError::LoadSecrets`] when the database refuses.
    async fn secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, StoreError>;

    /// Keeps what checks of a plan have just said: with the last `keep` changes of each check's outcome. Says whether
    /// there is such a plan.
    ///
    /// # Errors
    /// [`StoreError::RecordChecks`] when the database refuses; nothing of it is kept then.
    async fn record_checks(&self, plan: PlanId, said: &[CheckSaid], keep: u32) -> Result<bool, StoreError>;

    /// What checks of a plan said, by check and time; nothing when there is no such plan.
    ///
    /// # Errors
    /// [`StoreError::LoadChecks`] when the database refuses.
    async fn checks(&self, plan: PlanId) -> Result<Vec<CheckSpell>, StoreError>;

    /// Notes that the last results of these checks do not count any more. A save does the same with
    /// [`PlanChange::stale`]; this is for a result that came after the change it did not see.
    ///
    /// # Errors
    /// [`StoreError::RecordChecks`] when the database refuses; nothing is noted then.
    async fn mark_stale(&self, plan: PlanId, stale: &[StaleCheck]) -> Result<(), StoreError>;

    /// Keeps what a probe said in place of an earlier report of the same name; the plan's revision stays. Says whether
    /// there is such a plan.
    ///
    /// # Errors
    /// [`StoreError::KeepReport`] when the database refuses; the earlier report is then still there.
    async fn keep_report(&self, id: PlanId, report: &NodeReport) -> Result<bool, StoreError>;

    /// What the probes of a plan said, in the order of the names; none when there is no such plan.
    ///
    /// # Errors
    /// [`StoreError::LoadReports`] when the database refuses.
    async fn reports(&self, id: PlanId) -> Result<Vec<NodeReport>, StoreError>;

    /// Deletes a plan with its secrets and results. Says whether there was one.
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
