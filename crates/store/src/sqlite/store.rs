//! The store over two pools: every operation checks that the file is still in its place, and classifies its errors.

use std::path::PathBuf;

use async_trait::async_trait;
use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, Transaction};

use super::classify::classify;
use super::connect::{BEGIN, truncate_log};
use super::identity::FileIdentity;
use crate::{
    CheckOutcome, CreateOutcome, NewPlan, OutcomePeriod, Plan, PlanChange, PlanExport, PlanId, Record, RecordWrite,
    SaveOutcome, Scan, SealedSecret, SequenceNumbers, StaleCheck, Store, StoreError, StoredSecret, WriteOutcome,
};

/// The store in an SQLite file. Several processes on one machine may open the same file.
#[derive(Debug)]
pub struct SqliteStore {
    pub(super) path: PathBuf,
    pub(super) identity: FileIdentity,
    /// One connection: writers of this process queue for it instead of polling for SQLite's lock.
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl SqliteStore {
    /// Starts a transaction that writes. Not into a file that was moved or deleted: SQLite would acknowledge the change,
    /// and it would be lost.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.identity.check(&self.path)?;
        self.writer.begin_with(BEGIN).await
    }

    async fn try_health(&self) -> Result<(), sqlx::Error> {
        self.identity.check(&self.path)?;
        sqlx::query("SELECT id FROM plans LIMIT 1").fetch_optional(&self.readers).await.map(drop)
    }

    pub(super) async fn try_purge(&self) -> Result<bool, sqlx::Error> {
        self.identity.check(&self.path)?;
        let mut connection = self.writer.acquire().await?;
        truncate_log(&mut connection).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create(&self, plan: &NewPlan) -> Result<CreateOutcome, StoreError> {
        self.try_create(plan).await.map_err(|error| StoreError::Create { plan: plan.id, problem: classify(error) })
    }

    async fn load(&self, id: PlanId) -> Result<Option<Plan>, StoreError> {
        self.try_load(id).await.map_err(|error| StoreError::Load { plan: id, problem: classify(error) })
    }

    async fn list(&self, limit: u32) -> Result<Vec<Plan>, StoreError> {
        self.try_list(limit).await.map_err(|error| StoreError::List { problem: classify(error) })
    }

    async fn save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, StoreError> {
        self.try_save(id, expected, change)
            .await
            .map_err(|error| StoreError::Save { plan: id, problem: classify(error) })
    }

    async fn secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, StoreError> {
        self.try_secrets(id).await.map_err(|error| StoreError::LoadSecrets { plan: id, problem: classify(error) })
    }

    async fn record_checks(&self, plan: PlanId, outcomes: &[CheckOutcome], keep: u32) -> Result<bool, StoreError> {
        let recorded = self.try_record_checks(plan, outcomes, keep).await;
        recorded.map_err(|error| StoreError::RecordChecks { plan, problem: classify(error) })
    }

    async fn checks(&self, plan: PlanId) -> Result<Vec<OutcomePeriod>, StoreError> {
        self.try_checks(plan).await.map_err(|error| StoreError::LoadChecks { plan, problem: classify(error) })
    }

    async fn mark_stale(&self, plan: PlanId, stale: &[StaleCheck]) -> Result<(), StoreError> {
        let marked = self.try_mark_stale(plan, stale).await;
        marked.map_err(|error| StoreError::RecordChecks { plan, problem: classify(error) })
    }

    async fn write(&self, plan: Option<PlanId>, writes: &[RecordWrite]) -> Result<WriteOutcome, StoreError> {
        let written = self.try_write(plan, writes).await;
        written.map_err(|error| StoreError::WriteRecords { problem: classify(error) })
    }

    async fn record(&self, kind: &str, plan: Option<PlanId>, key: &str) -> Result<Option<Record>, StoreError> {
        let record = self.try_record(kind, plan, key).await;
        record.map_err(|error| StoreError::ReadRecords { problem: classify(error) })
    }

    async fn scan(&self, kind: &str, plan: Option<PlanId>, scan: &Scan) -> Result<Vec<Record>, StoreError> {
        let records = self.try_scan(kind, plan, scan).await;
        records.map_err(|error| StoreError::ReadRecords { problem: classify(error) })
    }

    async fn sequence_numbers(&self, plan: PlanId) -> Result<Option<SequenceNumbers>, StoreError> {
        self.try_sequence_numbers(plan).await.map_err(|error| StoreError::ReadRecords { problem: classify(error) })
    }

    async fn prune(&self, now: i64) -> Result<u64, StoreError> {
        self.try_prune(now).await.map_err(|error| StoreError::WriteRecords { problem: classify(error) })
    }

    async fn replace_secret(&self, plan: PlanId, old: &[u8], new: &SealedSecret) -> Result<bool, StoreError> {
        let replaced = self.try_replace_secret(plan, old, new).await;
        replaced.map_err(|error| StoreError::Save { plan, problem: classify(error) })
    }

    async fn plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, StoreError> {
        self.try_plan_ids(after, limit).await.map_err(|error| StoreError::List { problem: classify(error) })
    }

    async fn export(&self, plan: Option<PlanId>) -> Result<Option<PlanExport>, StoreError> {
        self.try_export(plan).await.map_err(|error| StoreError::ReadRecords { problem: classify(error) })
    }

    async fn import(&self, export: &PlanExport) -> Result<CreateOutcome, StoreError> {
        self.try_import(export).await.map_err(|error| StoreError::WriteRecords { problem: classify(error) })
    }

    async fn delete(&self, id: PlanId) -> Result<bool, StoreError> {
        self.try_delete(id).await.map_err(|error| StoreError::Delete { plan: id, problem: classify(error) })
    }

    async fn purge(&self) -> Result<bool, StoreError> {
        self.try_purge().await.map_err(|error| StoreError::WriteRecords { problem: classify(error) })
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.try_health().await.map_err(|error| StoreError::Health { problem: classify(error) })
    }

    fn describe(&self) -> String {
        format!("SQLite file {}", self.path.display())
    }

    async fn close(&self) {
        self.readers.close().await;
        // Last: closing it moves the write-ahead log into the file.
        self.writer.close().await;
    }
}
