//! The trait that every store implements.

use async_trait::async_trait;

use crate::check::{CheckOutcome, OutcomePeriod, StaleCheck};
use crate::error::StoreError;
use crate::plan::{CreateOutcome, NewPlan, Plan, PlanChange, SaveOutcome, SealedSecret, StoredSecret};
use crate::plan_export::PlanExport;
use crate::plan_id::PlanId;
use crate::record::{Record, RecordWrite, Scan, SequenceNumbers, WriteOutcome};

/// Stores plans. What an operation has acknowledged survives the end of the process, also by `kill -9`.
///
/// Every implementation passes the contract in `tests/contract`. Times are unix seconds.
///
/// ```
/// use store::{Expected, NewPlan, PlanChange, PlanId, RecordWrite, SaveOutcome, SqliteStore, Store, WriteOutcome};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path().join("plans.db")).await?;
///
/// let id = PlanId::from_random([7; 16]);
/// let _created = store.create(&NewPlan::new(id, "Test cluster", r#"{"answers":{}}"#, 1_700_000_000)).await?;
///
/// // A save counts only for the revision that was read: the second one is a conflict.
/// let change = PlanChange::new("Production cluster", r#"{"answers":{"database.host":"db1"}}"#, 1_700_000_060);
/// assert_eq!(store.save(id, 1, &change).await?, SaveOutcome::Saved { revision: 2 });
/// assert_eq!(store.save(id, 1, &change).await?, SaveOutcome::Conflict { current: 2 });
///
/// // Records belong to a plan, have a kind and a key, and are replaced at the version that was read.
/// let write = RecordWrite::put("comment", "first", r#"{"text":"Which port?"}"#.to_owned());
/// assert!(matches!(store.write(Some(id), &[write]).await?, WriteOutcome::Written { .. }));
/// let record = store.record("comment", Some(id), "first").await?;
/// assert_eq!(record.map(|record| record.version), Some(1));
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run()).unwrap();
/// ```
#[async_trait]
pub trait Store: Send + Sync {
    /// Stores a new plan with its secrets and records, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Create`]; nothing is stored then.
    async fn create(&self, plan: &NewPlan) -> Result<CreateOutcome, StoreError>;

    /// The plan as last saved; `None` where no plan has this ID.
    ///
    /// # Errors
    /// [`StoreError::Load`].
    async fn load(&self, id: PlanId) -> Result<Option<Plan>, StoreError>;

    /// At most `limit` plans, the last changed first, from one state of the database.
    ///
    /// # Errors
    /// [`StoreError::List`].
    async fn list(&self, limit: u32) -> Result<Vec<Plan>, StoreError>;

    /// Saves title, document, changed secrets, stale check results and records in one transaction if the plan is still at
    /// revision `expected`.
    ///
    /// # Errors
    /// [`StoreError::Save`]; the plan is then as it was before.
    async fn save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, StoreError>;

    /// The sealed secrets of a plan in the order of their settings; none where the plan does not exist.
    ///
    /// # Errors
    /// [`StoreError::LoadSecrets`].
    async fn secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, StoreError>;

    /// Stores the outcomes of checks that have just run, and of each check the last `keep` periods. Returns whether the
    /// plan exists.
    ///
    /// # Errors
    /// [`StoreError::RecordChecks`]; nothing is stored then.
    async fn record_checks(&self, plan: PlanId, outcomes: &[CheckOutcome], keep: u32) -> Result<bool, StoreError>;

    /// The outcomes of a plan's checks, by check and time; none where the plan does not exist.
    ///
    /// # Errors
    /// [`StoreError::LoadChecks`].
    async fn checks(&self, plan: PlanId) -> Result<Vec<OutcomePeriod>, StoreError>;

    /// Marks the last results of these checks as outdated. A save does the same with [`PlanChange::stale`]; this is for a
    /// result that arrives after the change that it did not see.
    ///
    /// # Errors
    /// [`StoreError::RecordChecks`]; nothing is marked then.
    async fn mark_stale(&self, plan: PlanId, stale: &[StaleCheck]) -> Result<(), StoreError>;

    /// Writes records of a plan, or of the whole program (`None`), all or none. The plan's revision stays. A save writes
    /// [`PlanChange::records`] in the same way.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`]; nothing is written then.
    async fn write(&self, plan: Option<PlanId>, writes: &[RecordWrite]) -> Result<WriteOutcome, StoreError>;

    /// One record, also where it has expired.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`].
    async fn record(&self, kind: &str, plan: Option<PlanId>, key: &str) -> Result<Option<Record>, StoreError>;

    /// Records of a kind in the order of their keys, compared byte by byte, with those that have expired.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`].
    async fn scan(&self, kind: &str, plan: Option<PlanId>, scan: &Scan) -> Result<Vec<Record>, StoreError>;

    /// The plan's revision and the last numbers of its appended records; `None` where the plan does not exist. One cheap
    /// query: every open page causes one a few times a second.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`].
    async fn sequence_numbers(&self, plan: PlanId) -> Result<Option<SequenceNumbers>, StoreError>;

    /// Deletes the records that expire before or at `now`, and returns how many.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`].
    async fn prune(&self, now: i64) -> Result<u64, StoreError>;

    /// Replaces the sealed secret `old` if it is still stored, for a rotation of the vault key. The plan's revision stays.
    /// Returns whether it was replaced.
    ///
    /// # Errors
    /// [`StoreError::Save`]; the old secret is then still stored.
    async fn replace_secret(&self, plan: PlanId, old: &[u8], new: &SealedSecret) -> Result<bool, StoreError>;

    /// At most `limit` IDs of plans in ascending order, those after `after`.
    ///
    /// # Errors
    /// [`StoreError::List`].
    async fn plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, StoreError>;

    /// A plan with everything that is stored about it, or the records of the whole program (`None`), from one state of
    /// the database, for [`Store::import`] into another store. `None` where the plan does not exist.
    ///
    /// # Errors
    /// [`StoreError::ReadRecords`].
    async fn export(&self, plan: Option<PlanId>) -> Result<Option<PlanExport>, StoreError>;

    /// Stores what [`Store::export`] of another store returned, all or nothing. A plan that exists already stays as it is;
    /// so do records of the whole program that exist already.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`]; nothing is stored then.
    async fn import(&self, export: &PlanExport) -> Result<CreateOutcome, StoreError>;

    /// Deletes a plan with its secrets, results and records. Returns whether it existed. SQLite overwrites what it deletes
    /// and truncates its log; a database server keeps deleted rows for a while, in free pages and in its logs.
    ///
    /// # Errors
    /// [`StoreError::Delete`]; the plan is then as it was before.
    async fn delete(&self, id: PlanId) -> Result<bool, StoreError>;

    /// Removes what was deleted or overwritten from the store's own log, where it has one. Returns whether all of it is
    /// removed. The logs of a database server are not the store's own.
    ///
    /// # Errors
    /// [`StoreError::WriteRecords`].
    async fn purge(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Runs a query, to find out whether plans can be read now.
    ///
    /// # Errors
    /// [`StoreError::Health`], with the problem as its source.
    async fn health(&self) -> Result<(), StoreError>;

    /// The database and where it is, for the line printed at start. Contains no password.
    fn describe(&self) -> String;

    /// Waits for running operations and closes all connections. Later operations fail.
    async fn close(&self);
}
