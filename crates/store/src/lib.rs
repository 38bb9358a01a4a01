//! Where plans and their sealed secrets are kept: one trait, [`Store`]; an implementation for SQLite and one for database
//! servers; a migrations folder per database.
//!
//! The store is told everything: ids, times and sealed bytes come from the caller. It has no clock, no randomness and no
//! key, it never looks into a document, and it never sees a secret in clear.

mod address;
mod check;
mod error;
mod migrations;
mod plan;
mod plan_id;
mod record;
mod server;
mod server_trouble;
mod sqlite;
mod whole;

use std::sync::Arc;

use async_trait::async_trait;

pub use address::{AddressError, ServerAddress, StoreAddress};
pub use check::{CheckSaid, CheckSpell, StaleCheck};
pub use error::{Cause, OpenError, StoreError, Trouble};
pub use plan::{CreateOutcome, NewPlan, Plan, PlanChange, SaveOutcome, SealedSecret, SecretChange, StoredSecret};
pub use plan_id::{PlanId, PlanIdError};
pub use record::{Expected, Heads, Record, RecordWrite, Scan, WriteOutcome, number_key};
pub use server::ServerStore;
pub use server_trouble::ServerTrouble;
pub use sqlite::SqliteStore;
pub use whole::{KeptRecord, Whole};

/// Opens the store at an address.
///
/// # Errors
/// [`OpenError`], one variant for each thing the operator can do something about.
pub async fn open(address: &StoreAddress) -> Result<Arc<dyn Store>, OpenError> {
    Ok(match address {
        StoreAddress::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        StoreAddress::Server(address) => Arc::new(ServerStore::open(address).await?),
    })
}

/// Keeps plans. What it has acknowledged survives the end of the process, also by `kill -9`.
///
/// Every implementation passes the contract in `tests/contract`.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a new plan with its secrets and records, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Create`] when the database refuses; nothing is kept then.
    async fn create(&self, plan: &NewPlan) -> Result<CreateOutcome, StoreError>;

    /// The plan as last saved, or `None` when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError::Load`] when the database refuses.
    async fn load(&self, id: PlanId) -> Result<Option<Plan>, StoreError>;

    /// At most `limit` plans, the last changed first, read in one go.
    ///
    /// # Errors
    /// [`StoreError::List`] when the database refuses.
    async fn list(&self, limit: u32) -> Result<Vec<Plan>, StoreError>;

    /// Saves title, document, changed secrets, what that does to results of checks, and records in one transaction if the
    /// plan is still at revision `expected`.
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

    /// Writes records of a plan, or of the program as a whole, all or none. [`PlanChange::records`] are written so with
    /// a save. The plan's revision stays.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`] when the database refuses; nothing is written then.
    async fn write(&self, plan: Option<PlanId>, writes: &[RecordWrite]) -> Result<WriteOutcome, StoreError>;

    /// One record, also when it has expired.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`] when the database refuses.
    async fn record(&self, kind: &str, plan: Option<PlanId>, key: &str) -> Result<Option<Record>, StoreError>;

    /// Records of a kind in the order of their keys, byte by byte, also those that have expired.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`] when the database refuses.
    async fn scan(&self, kind: &str, plan: Option<PlanId>, scan: &Scan) -> Result<Vec<Record>, StoreError>;

    /// How far a plan has come; `None` when there is no such plan. Cheap: who follows a plan asks often.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`] when the database refuses.
    async fn heads(&self, plan: PlanId) -> Result<Option<Heads>, StoreError>;

    /// Deletes the records that expired before or at `now`, in unix seconds, and says how many.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`] when the database refuses.
    async fn prune(&self, now: i64) -> Result<u64, StoreError>;

    /// Puts a secret in the place of `old` if that is still there: for a change of the vault's key. The plan's revision
    /// stays. Says whether it was there.
    ///
    /// # Errors
    /// [`StoreError::Save`] when the database refuses; the old one is then still there.
    async fn replace_secret(&self, plan: PlanId, old: &[u8], new: &SealedSecret) -> Result<bool, StoreError>;

    /// At most `limit` ids of plans in their own order, those after `after`.
    ///
    /// # Errors
    /// [`StoreError::List`] when the database refuses.
    async fn plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, StoreError>;

    /// A plan with all that is kept of it, or all that is kept of the program as a whole: in one state, for another
    /// store. `None` when there is no such plan.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`] when the database refuses.
    async fn whole(&self, plan: Option<PlanId>) -> Result<Option<Whole>, StoreError>;

    /// Keeps what [`Store::whole`] of another store gave, all or nothing. A plan that exists already is left as it is; of
    /// the program's records, those that exist already.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`] when the database refuses; nothing is kept then.
    async fn bring(&self, whole: &Whole) -> Result<CreateOutcome, StoreError>;

    /// Deletes a plan with its secrets, results and records. Says whether there was one. SQLite overwrites what it
    /// deletes and cuts its log; a database server keeps deleted rows for a while, in pages that are free and in its logs.
    ///
    /// # Errors
    /// [`StoreError::Delete`] when the database refuses; the plan is then as it was before.
    async fn delete(&self, id: PlanId) -> Result<bool, StoreError>;

    /// Makes what was deleted or written over unreadable also in the log, where the store has one of its own. Says whether
    /// all of it is; a database server has its own ways and times.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`] when the database refuses.
    async fn purge(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

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
