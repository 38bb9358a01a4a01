//! The store over the pool: every operation is retried where that is safe, and its error classified.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;

use super::connect::DirectConnection;
use super::connection::{Pool, Transaction};
use super::error::{SqlError, classify, classify_connect};
use super::problem::SqlServerProblem;
use crate::address::SqlServerAddress;
use crate::{
    CheckOutcome, CreateOutcome, DatabaseProblem, NewPlan, OutcomePeriod, Plan, PlanChange, PlanExport, PlanId, Record,
    RecordWrite, SaveOutcome, Scan, SealedSecret, SequenceNumbers, StaleCheck, Store, StoreError, StoredSecret,
    WriteOutcome,
};

/// How long one attempt of an operation may take.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
/// How often an operation is attempted.
const MAX_ATTEMPTS: u32 = 5;
/// The pause before the second attempt. It grows with the square of the attempt.
const RETRY_DELAY: Duration = Duration::from_millis(10);
/// How long finding out why the pool has no connection may take.
const DIAGNOSIS_TIMEOUT: Duration = Duration::from_secs(3);

/// The store in a database on a server. Any number of processes may use the same database.
#[derive(Debug)]
pub struct SqlServerStore {
    pub(super) address: SqlServerAddress,
    pub(super) pool: Pool,
    /// The size in bytes of the largest statement, with its values, that the server accepts; `None` without such a limit.
    pub(super) max_statement_bytes: Option<u64>,
}

impl SqlServerStore {
    /// Attempts an operation until it succeeds, fails permanently, or has failed [`MAX_ATTEMPTS`] times.
    async fn with_retries<T, Operation>(&self, operation: impl Fn() -> Operation) -> Result<T, DatabaseProblem>
    where
        Operation: Future<Output = Result<T, SqlError>>,
    {
        let mut attempt = 1;
        loop {
            match tokio::time::timeout(OPERATION_TIMEOUT, operation()).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) if attempt < MAX_ATTEMPTS && error.is_retryable() => {
                    tokio::time::sleep(RETRY_DELAY * attempt * attempt).await;
                    attempt += 1;
                }
                Ok(Err(error)) => return Err(DatabaseProblem::SqlServer(self.diagnose(error).await)),
                Err(elapsed) => return Err(DatabaseProblem::SqlServer(SqlServerProblem::TimedOut(elapsed.into()))),
            }
        }
    }

    /// Why an operation failed. The pool does not report why it has no connection: one is tried here.
    async fn diagnose(&self, error: SqlError) -> SqlServerProblem {
        if !error.is_pool_timeout() {
            return classify(&self.address, error);
        }
        match tokio::time::timeout(DIAGNOSIS_TIMEOUT, DirectConnection::connect(&self.address)).await {
            Ok(Err(error)) => classify_connect(&self.address, error),
            Err(elapsed) => SqlServerProblem::Unreachable(elapsed.into()),
            Ok(Ok(connection)) => {
                connection.close().await;
                SqlServerProblem::Busy(error.into_cause())
            }
        }
    }

    pub(super) async fn begin(&self) -> Result<Transaction, SqlError> {
        Ok(self.pool.begin(self.max_statement_bytes).await?)
    }
}

#[async_trait]
impl Store for SqlServerStore {
    async fn create(&self, plan: &NewPlan) -> Result<CreateOutcome, StoreError> {
        let created = self.with_retries(|| self.try_create(plan)).await;
        created.map_err(|problem| StoreError::Create { plan: plan.id, problem })
    }

    async fn load(&self, id: PlanId) -> Result<Option<Plan>, StoreError> {
        self.with_retries(|| self.try_load(id)).await.map_err(|problem| StoreError::Load { plan: id, problem })
    }

    async fn list(&self, limit: u32) -> Result<Vec<Plan>, StoreError> {
        self.with_retries(|| self.try_list(limit)).await.map_err(|problem| StoreError::List { problem })
    }

    async fn save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, StoreError> {
        let saved = self.with_retries(|| self.try_save(id, expected, change)).await;
        saved.map_err(|problem| StoreError::Save { plan: id, problem })
    }

    async fn secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, StoreError> {
        self.with_retries(|| self.try_secrets(id))
            .await
            .map_err(|problem| StoreError::LoadSecrets { plan: id, problem })
    }

    async fn record_checks(&self, plan: PlanId, outcomes: &[CheckOutcome], keep: u32) -> Result<bool, StoreError> {
        let recorded = self.with_retries(|| self.try_record_checks(plan, outcomes, keep)).await;
        recorded.map_err(|problem| StoreError::RecordChecks { plan, problem })
    }

    async fn checks(&self, plan: PlanId) -> Result<Vec<OutcomePeriod>, StoreError> {
        self.with_retries(|| self.try_checks(plan)).await.map_err(|problem| StoreError::LoadChecks { plan, problem })
    }

    async fn mark_stale(&self, plan: PlanId, stale: &[StaleCheck]) -> Result<(), StoreError> {
        let marked = self.with_retries(|| self.try_mark_stale(plan, stale)).await;
        marked.map_err(|problem| StoreError::RecordChecks { plan, problem })
    }

    async fn write(&self, plan: Option<PlanId>, writes: &[RecordWrite]) -> Result<WriteOutcome, StoreError> {
        let written = self.with_retries(|| self.try_write(plan, writes)).await;
        written.map_err(|problem| StoreError::WriteRecords { problem })
    }

    async fn record(&self, kind: &str, plan: Option<PlanId>, key: &str) -> Result<Option<Record>, StoreError> {
        let record = self.with_retries(|| self.try_record(kind, plan, key)).await;
        record.map_err(|problem| StoreError::ReadRecords { problem })
    }

    async fn scan(&self, kind: &str, plan: Option<PlanId>, scan: &Scan) -> Result<Vec<Record>, StoreError> {
        let records = self.with_retries(|| self.try_scan(kind, plan, scan)).await;
        records.map_err(|problem| StoreError::ReadRecords { problem })
    }

    async fn sequence_numbers(&self, plan: PlanId) -> Result<Option<SequenceNumbers>, StoreError> {
        self.with_retries(|| self.try_sequence_numbers(plan))
            .await
            .map_err(|problem| StoreError::ReadRecords { problem })
    }

    async fn prune(&self, now: i64) -> Result<u64, StoreError> {
        self.with_retries(|| self.try_prune(now)).await.map_err(|problem| StoreError::WriteRecords { problem })
    }

    async fn replace_secret(&self, plan: PlanId, old: &[u8], new: &SealedSecret) -> Result<bool, StoreError> {
        let replaced = self.with_retries(|| self.try_replace_secret(plan, old, new)).await;
        replaced.map_err(|problem| StoreError::Save { plan, problem })
    }

    async fn plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, StoreError> {
        self.with_retries(|| self.try_plan_ids(after, limit)).await.map_err(|problem| StoreError::List { problem })
    }

    async fn export(&self, plan: Option<PlanId>) -> Result<Option<PlanExport>, StoreError> {
        self.with_retries(|| self.try_export(plan)).await.map_err(|problem| StoreError::ReadRecords { problem })
    }

    async fn import(&self, export: &PlanExport) -> Result<CreateOutcome, StoreError> {
        self.with_retries(|| self.try_import(export)).await.map_err(|problem| StoreError::WriteRecords { problem })
    }

    async fn delete(&self, id: PlanId) -> Result<bool, StoreError> {
        self.with_retries(|| self.try_delete(id)).await.map_err(|problem| StoreError::Delete { plan: id, problem })
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.with_retries(|| self.try_health()).await.map_err(|problem| StoreError::Health { problem })
    }

    fn describe(&self) -> String {
        self.address.to_string()
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
