//! Plans in a MySQL, MariaDB or PostgreSQL database: for several Clusterwrights at once.
//!
//! One implementation for all three: its statements are the SQL they share, and texts are kept as bytes (ADR 14). What
//! differs is in `session` (the drivers), `trouble` (their error codes), `open` and the migrations.
//!
//! Whatever changes a plan first locks the plan's row, so that writers of one plan queue and never meet halfway. Every
//! transaction is READ COMMITTED: it sees what was committed before each of its statements, and what it relies on it has
//! locked. A transaction that the server gives up for another's sake (deadlock), or whose connection breaks before its
//! end was asked for, is run again a few times.

mod checks;
mod open;
mod plans;
mod records;
mod session;
mod trouble;
mod whole;

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;

use crate::address::ServerAddress;
use crate::{
    CheckSaid, CheckSpell, CreateOutcome, Heads, NewPlan, OpenError, Plan, PlanChange, PlanId, Record, RecordWrite,
    SaveOutcome, Scan, SealedSecret, StaleCheck, Store, StoreError, StoredSecret, Trouble, Whole, WriteOutcome,
};
use session::{Pool, Session};
use trouble::Fault;

/// How long one operation may take, its repetitions left out.
const LIMIT: Duration = Duration::from_secs(30);
/// How often an operation is tried.
const TRIES: u32 = 5;
/// Before the second try; longer before each next one.
const PAUSE: Duration = Duration::from_millis(10);

/// The store in a database on a server. Any number of processes may use the same database.
#[derive(Debug)]
pub struct ServerStore {
    address: ServerAddress,
    pool: Pool,
    /// The longest statement with its values that the server takes, in bytes.
    longest: Option<u64>,
}

impl ServerStore {
    /// Connects to the database and brings its tables up to date, while other processes that start wait.
    ///
    /// # Errors
    /// [`OpenError`], one variant for each thing the operator can do something about.
    pub async fn open(address: &ServerAddress) -> Result<Self, OpenError> {
        open::open(address).await
    }

    /// Runs `work`, again where that is safe and may help, and says why it failed at last.
    async fn again<T, Work>(&self, work: impl Fn() -> Work) -> Result<T, Trouble>
    where
        Work: Future<Output = Result<T, Fault>>,
    {
        let mut tries = 1;
        loop {
            match tokio::time::timeout(LIMIT, work()).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(fault)) if tries < TRIES && fault.may_be_repeated() => {
                    tokio::time::sleep(PAUSE * tries * tries).await;
                    tries += 1;
                }
                Ok(Err(fault)) => return Err(Trouble::Server(self.explain(fault).await)),
                Err(late) => return Err(Trouble::Server(trouble::silent(late))),
            }
        }
    }

    async fn begin(&self) -> Result<Session, Fault> {
        Ok(self.pool.begin(self.longest).await?)
    }
}

#[async_trait]
impl Store for ServerStore {
    async fn create(&self, plan: &NewPlan) -> Result<CreateOutcome, StoreError> {
        let created = self.again(|| self.try_create(plan)).await;
        created.map_err(|trouble| StoreError::Create { plan: plan.id, trouble })
    }

    async fn load(&self, id: PlanId) -> Result<Option<Plan>, StoreError> {
        self.again(|| self.try_load(id)).await.map_err(|trouble| StoreError::Load { plan: id, trouble })
    }

    async fn list(&self, limit: u32) -> Result<Vec<Plan>, StoreError> {
        self.again(|| self.try_list(limit)).await.map_err(|trouble| StoreError::List { trouble })
    }

    async fn save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, StoreError> {
        let saved = self.again(|| self.try_save(id, expected, change)).await;
        saved.map_err(|trouble| StoreError::Save { plan: id, trouble })
    }

    async fn secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, StoreError> {
        self.again(|| self.try_secrets(id)).await.map_err(|trouble| StoreError::LoadSecrets { plan: id, trouble })
    }

    async fn record_checks(&self, plan: PlanId, said: &[CheckSaid], keep: u32) -> Result<bool, StoreError> {
        let recorded = self.again(|| self.try_record_checks(plan, said, keep)).await;
        recorded.map_err(|trouble| StoreError::RecordChecks { plan, trouble })
    }

    async fn checks(&self, plan: PlanId) -> Result<Vec<CheckSpell>, StoreError> {
        self.again(|| self.try_checks(plan)).await.map_err(|trouble| StoreError::LoadChecks { plan, trouble })
    }

    async fn mark_stale(&self, plan: PlanId, stale: &[StaleCheck]) -> Result<(), StoreError> {
        let marked = self.again(|| self.try_mark_stale(plan, stale)).await;
        marked.map_err(|trouble| StoreError::RecordChecks { plan, trouble })
    }

    async fn write(&self, plan: Option<PlanId>, writes: &[RecordWrite]) -> Result<WriteOutcome, StoreError> {
        let written = self.again(|| self.try_write(plan, writes)).await;
        written.map_err(|trouble| StoreError::WriteRecords { trouble })
    }

    async fn record(&self, kind: &str, plan: Option<PlanId>, key: &str) -> Result<Option<Record>, StoreError> {
        let record = self.again(|| self.try_record(kind, plan, key)).await;
        record.map_err(|trouble| StoreError::ReadRecords { trouble })
    }

    async fn scan(&self, kind: &str, plan: Option<PlanId>, scan: &Scan) -> Result<Vec<Record>, StoreError> {
        let records = self.again(|| self.try_scan(kind, plan, scan)).await;
        records.map_err(|trouble| StoreError::ReadRecords { trouble })
    }

    async fn heads(&self, plan: PlanId) -> Result<Option<Heads>, StoreError> {
        self.again(|| self.try_heads(plan)).await.map_err(|trouble| StoreError::ReadRecords { trouble })
    }

    async fn prune(&self, now: i64) -> Result<u64, StoreError> {
        self.again(|| self.try_prune(now)).await.map_err(|trouble| StoreError::WriteRecords { trouble })
    }

    async fn replace_secret(&self, plan: PlanId, old: &[u8], new: &SealedSecret) -> Result<bool, StoreError> {
        let replaced = self.again(|| self.try_replace_secret(plan, old, new)).await;
        replaced.map_err(|trouble| StoreError::Save { plan, trouble })
    }

    async fn plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, StoreError> {
        self.again(|| self.try_plan_ids(after, limit)).await.map_err(|trouble| StoreError::List { trouble })
    }

    async fn whole(&self, plan: Option<PlanId>) -> Result<Option<Whole>, StoreError> {
        self.again(|| self.try_whole(plan)).await.map_err(|trouble| StoreError::ReadRecords { trouble })
    }

    async fn bring(&self, whole: &Whole) -> Result<CreateOutcome, StoreError> {
        self.again(|| self.try_bring(whole)).await.map_err(|trouble| StoreError::WriteRecords { trouble })
    }

    async fn delete(&self, id: PlanId) -> Result<bool, StoreError> {
        self.again(|| self.try_delete(id)).await.map_err(|trouble| StoreError::Delete { plan: id, trouble })
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.again(|| self.try_health()).await.map_err(|trouble| StoreError::Health { trouble })
    }

    fn describe(&self) -> String {
        self.address.to_string()
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
