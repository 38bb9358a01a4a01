//! Plans in one SQLite file: the default store, for one machine.
//!
//! One connection writes, so that writers of this process queue fairly instead of polling for the lock; a few read.
//! Every transaction that writes takes the lock at its start, so it never fails halfway for want of it. The file is in
//! WAL mode with `synchronous = FULL`: what is acknowledged has reached the disk.

mod checks;
mod open;
mod records;
mod trouble;
mod whole;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite, Transaction};

use crate::record::owner;
use crate::{
    CheckSaid, CheckSpell, CreateOutcome, Heads, NewPlan, OpenError, Plan, PlanChange, PlanId, Record, RecordWrite,
    SaveOutcome, Scan, SealedSecret, SecretChange, StaleCheck, Store, StoreError, StoredSecret, Whole, WriteOutcome,
};
use trouble::trouble;

/// How long a lock held by another program is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Takes the write lock at once: a transaction that reads first may be refused it later.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The store in an SQLite file. Several processes may open the same file on one machine.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    identity: open::Identity,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the database at `path`, makes it (and its folder) where there is none, checks it, and brings its tables up
    /// to date. A file that is damaged or not ours is never changed.
    ///
    /// # Errors
    /// [`OpenError`], one variant for each thing the operator can do something about.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_within(path, PATIENCE).await
    }

    /// As [`SqliteStore::open`], waiting at most about `patience` for a lock that another program holds, now and in
    /// every later operation.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_within(path: impl AsRef<Path>, patience: Duration) -> Result<Self, OpenError> {
        open::open(path.as_ref(), patience).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create(&self, plan: &NewPlan) -> Result<CreateOutcome, StoreError> {
        self.try_create(plan).await.map_err(|error| StoreError::Create { plan: plan.id, trouble: trouble(error) })
    }

    async fn load(&self, id: PlanId) -> Result<Option<Plan>, StoreError> {
        self.try_load(id).await.map_err(|error| StoreError::Load { plan: id, trouble: trouble(error) })
    }

    async fn list(&self, limit: u32) -> Result<Vec<Plan>, StoreError> {
        self.try_list(limit).await.map_err(|error| StoreError::List { trouble: trouble(error) })
    }

    async fn save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, StoreError> {
        self.try_save(id, expected, change)
            .await
            .map_err(|error| StoreError::Save { plan: id, trouble: trouble(error) })
    }

    async fn secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, StoreError> {
        self.try_secrets(id).await.map_err(|error| StoreError::LoadSecrets { plan: id, trouble: trouble(error) })
    }

    async fn record_checks(&self, plan: PlanId, said: &[CheckSaid], keep: u32) -> Result<bool, StoreError> {
        let recorded = self.try_record_checks(plan, said, keep).await;
        recorded.map_err(|error| StoreError::RecordChecks { plan, trouble: trouble(error) })
    }

    async fn checks(&self, plan: PlanId) -> Result<Vec<CheckSpell>, StoreError> {
        self.try_checks(plan).await.map_err(|error| StoreError::LoadChecks { plan, trouble: trouble(error) })
    }

    async fn mark_stale(&self, plan: PlanId, stale: &[StaleCheck]) -> Result<(), StoreError> {
        let marked = self.try_mark_stale(plan, stale).await;
        marked.map_err(|error| StoreError::RecordChecks { plan, trouble: trouble(error) })
    }

    async fn write(&self, plan: Option<PlanId>, writes: &[RecordWrite]) -> Result<WriteOutcome, StoreError> {
        let written = self.try_write(plan, writes).await;
        written.map_err(|error| StoreError::WriteRecords { trouble: trouble(error) })
    }

    async fn record(&self, kind: &str, plan: Option<PlanId>, key: &str) -> Result<Option<Record>, StoreError> {
        let record = self.try_record(kind, plan, key).await;
        record.map_err(|error| StoreError::ReadRecords { trouble: trouble(error) })
    }

    async fn scan(&self, kind: &str, plan: Option<PlanId>, scan: &Scan) -> Result<Vec<Record>, StoreError> {
        let records = self.try_scan(kind, plan, scan).await;
        records.map_err(|error| StoreError::ReadRecords { trouble: trouble(error) })
    }

    async fn heads(&self, plan: PlanId) -> Result<Option<Heads>, StoreError> {
        self.try_heads(plan).await.map_err(|error| StoreError::ReadRecords { trouble: trouble(error) })
    }

    async fn prune(&self, now: i64) -> Result<u64, StoreError> {
        self.try_prune(now).await.map_err(|error| StoreError::WriteRecords { trouble: trouble(error) })
    }

    async fn replace_secret(&self, plan: PlanId, old: &[u8], new: &SealedSecret) -> Result<bool, StoreError> {
        let replaced = self.try_replace_secret(plan, old, new).await;
        replaced.map_err(|error| StoreError::Save { plan, trouble: trouble(error) })
    }

    async fn plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, StoreError> {
        self.try_plan_ids(after, limit).await.map_err(|error| StoreError::List { trouble: trouble(error) })
    }

    async fn whole(&self, plan: Option<PlanId>) -> Result<Option<Whole>, StoreError> {
        self.try_whole(plan).await.map_err(|error| StoreError::ReadRecords { trouble: trouble(error) })
    }

    async fn bring(&self, whole: &Whole) -> Result<CreateOutcome, StoreError> {
        self.try_bring(whole).await.map_err(|error| StoreError::WriteRecords { trouble: trouble(error) })
    }

    async fn delete(&self, id: PlanId) -> Result<bool, StoreError> {
        self.try_delete(id).await.map_err(|error| StoreError::Delete { plan: id, trouble: trouble(error) })
    }

    async fn purge(&self) -> Result<bool, StoreError> {
        self.try_purge().await.map_err(|error| StoreError::WriteRecords { trouble: trouble(error) })
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.try_health().await.map_err(|error| StoreError::Health { trouble: trouble(error) })
    }

    fn describe(&self) -> String {
        format!("SQLite file {}", self.path.display())
    }

    async fn close(&self) {
        self.readers.close().await;
        // Last, so that its end moves the write-ahead log into the file.
        self.writer.close().await;
    }
}

impl SqliteStore {
    /// Starts a transaction that writes. Not into a file that was moved away or deleted under us: SQLite would
    /// acknowledge it, and it would be lost.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.identity.check(&self.path)?;
        self.writer.begin_with(BEGIN).await
    }

    async fn try_health(&self) -> Result<(), sqlx::Error> {
        self.identity.check(&self.path)?;
        sqlx::query("SELECT id FROM plans LIMIT 1").fetch_optional(&self.readers).await.map(drop)
    }

    async fn try_create(&self, plan: &NewPlan) -> Result<CreateOutcome, sqlx::Error> {
        let id = plan.id.to_string();
        let mut transaction = self.begin().await?;
        let inserted = sqlx::query(
            "INSERT INTO plans (id, title, revision, document, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&id)
        .bind(&plan.title)
        .bind(plan.revision)
        .bind(&plan.document)
        .bind(plan.created_at)
        .bind(plan.updated_at)
        .execute(&mut *transaction)
        .await?;
        if inserted.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(CreateOutcome::Exists);
        }
        for secret in &plan.secrets {
            set_secret(&mut transaction, &id, secret).await?;
        }
        if records::apply(&mut transaction, &id, &plan.records).await?.is_err() {
            transaction.rollback().await?;
            return Ok(CreateOutcome::Exists);
        }
        transaction.commit().await?;
        Ok(CreateOutcome::Created { revision: plan.revision })
    }

    async fn try_load(&self, id: PlanId) -> Result<Option<Plan>, sqlx::Error> {
        let row = sqlx::query("SELECT id, title, revision, document, created_at, updated_at FROM plans WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(plan).transpose()
    }

    async fn try_list(&self, limit: u32) -> Result<Vec<Plan>, sqlx::Error> {
        let statement = "SELECT id, title, revision, document, created_at, updated_at FROM plans \
             ORDER BY updated_at DESC, id LIMIT ?1";
        sqlx::query(statement).bind(limit).fetch_all(&self.readers).await?.iter().map(plan).collect()
    }

    async fn try_plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, sqlx::Error> {
        sqlx::query("SELECT id FROM plans WHERE id > ?1 ORDER BY id LIMIT ?2")
            .bind(owner(after))
            .bind(limit)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(plan_id)
            .collect()
    }

    async fn try_save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, sqlx::Error> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        let current: Option<i64> = sqlx::query_scalar("SELECT revision FROM plans WHERE id = ?1")
            .bind(&id)
            .fetch_optional(&mut *transaction)
            .await?;
        let refusal = match current {
            None => Some(SaveOutcome::Absent),
            Some(current) if current != expected => Some(SaveOutcome::Conflict { current }),
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            transaction.rollback().await?;
            return Ok(refusal);
        }
        let revision = expected + 1;
        sqlx::query("UPDATE plans SET title = ?2, document = ?3, revision = ?4, updated_at = ?5 WHERE id = ?1")
            .bind(&id)
            .bind(&change.title)
            .bind(&change.document)
            .bind(revision)
            .bind(change.at)
            .execute(&mut *transaction)
            .await?;
        for secret in &change.secrets {
            match secret {
                SecretChange::Set(secret) => set_secret(&mut transaction, &id, secret).await?,
                SecretChange::Remove { setting } => {
                    sqlx::query("DELETE FROM secrets WHERE plan = ?1 AND setting = ?2")
                        .bind(&id)
                        .bind(setting)
                        .execute(&mut *transaction)
                        .await?;
                }
            }
        }
        checks::mark_stale(&mut transaction, &id, &change.stale).await?;
        if records::apply(&mut transaction, &id, &change.records).await?.is_err() {
            transaction.rollback().await?;
            return Ok(SaveOutcome::Conflict { current: expected });
        }
        transaction.commit().await?;
        Ok(SaveOutcome::Saved { revision })
    }

    async fn try_secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, sqlx::Error> {
        sqlx::query("SELECT setting, sealed FROM secrets WHERE plan = ?1 ORDER BY setting")
            .bind(id.to_string())
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| Ok(StoredSecret { plan: id, setting: row.try_get("setting")?, sealed: row.try_get("sealed")? }))
            .collect()
    }

    async fn try_delete(&self, id: PlanId) -> Result<bool, sqlx::Error> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        let deleted = sqlx::query("DELETE FROM plans WHERE id = ?1").bind(&id).execute(&mut *transaction).await?;
        for theirs in ["DELETE FROM records WHERE plan = ?1", "DELETE FROM record_heads WHERE plan = ?1"] {
            sqlx::query(theirs).bind(&id).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        let is_deleted = deleted.rows_affected() > 0;
        if is_deleted {
            // The plan is deleted in any case. What a reader of another program keeps in the log goes with the next cut.
            let _ = self.try_purge().await;
        }
        Ok(is_deleted)
    }

    async fn try_purge(&self) -> Result<bool, sqlx::Error> {
        self.identity.check(&self.path)?;
        let mut connection = self.writer.acquire().await?;
        open::cut_log(&mut connection).await
    }
}

async fn set_secret(
    transaction: &mut sqlx::SqliteConnection,
    plan: &str,
    secret: &SealedSecret,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO secrets (plan, setting, sealed) VALUES (?1, ?2, ?3) \
         ON CONFLICT (plan, setting) DO UPDATE SET sealed = excluded.sealed",
    )
    .bind(plan)
    .bind(&secret.setting)
    .bind(&secret.sealed)
    .execute(transaction)
    .await
    .map(drop)
}

fn plan_id(row: &SqliteRow) -> Result<PlanId, sqlx::Error> {
    row.try_get::<&str, _>("id")?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn plan(row: &SqliteRow) -> Result<Plan, sqlx::Error> {
    Ok(Plan {
        id: plan_id(row)?,
        title: row.try_get("title")?,
        revision: row.try_get("revision")?,
        document: row.try_get("document")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a full disk does, on every machine; `tests/faults/disk.rs` fills a real one where mounts are allowed.
    #[tokio::test]
    async fn a_full_database_refuses_the_save_whole_and_goes_on_when_there_is_space() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("plans.db")).await.unwrap();
        let id = PlanId::from_random([1; 16]);
        let plan = NewPlan::new(id, "", "small", 1);
        let _created = store.create(&plan).await.unwrap();
        // Of the one writing connection; the connection that takes its place after the failure has no such limit.
        sqlx::query("PRAGMA max_page_count = 20").execute(&store.writer).await.unwrap();

        let large = PlanChange {
            title: String::new(),
            document: "large".repeat(100_000),
            secrets: vec![],
            stale: vec![],
            records: vec![],
            at: 2,
        };
        let error = store.save(id, 1, &large).await.unwrap_err();
        assert!(matches!(error.trouble(), crate::Trouble::DiskFull(_)), "{error:?}");
        assert_eq!(store.load(id).await.unwrap().unwrap().document, "small");

        assert_eq!(store.save(id, 1, &large).await.unwrap(), SaveOutcome::Saved { revision: 2 });
        assert_eq!(store.load(id).await.unwrap().unwrap().document, large.document);
    }

    /// The names of the store's files that hold `marker`.
    fn holding(folder: &Path, marker: &str) -> Vec<String> {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let holds = |path: &PathBuf| {
            let bytes = std::fs::read(path).unwrap();
            bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
        };
        files.filter(holds).map(|path| path.display().to_string()).collect()
    }

    #[tokio::test]
    async fn a_deleted_plan_is_in_no_byte_of_the_files() {
        const MARKER: &str = "host-canary.example.com";
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("plans.db")).await.unwrap();
        for number in 0..3 {
            let id = PlanId::from_random([number; 16]);
            let text = if number == 1 { MARKER } else { "other" };
            // Over several pages, which a plan of usual size does not need.
            let plan = NewPlan {
                records: vec![RecordWrite::append("journal", text.repeat(2_000))],
                ..NewPlan::new(id, text, text.repeat(1_000), 1)
            };
            let _created = store.create(&plan).await.unwrap();
            let change = PlanChange {
                title: text.to_owned(),
                document: "short".to_owned(),
                secrets: vec![],
                stale: vec![],
                records: vec![],
                at: 2,
            };
            let _saved = store.save(id, 1, &change).await.unwrap();
        }
        assert!(!holding(folder.path(), MARKER).is_empty(), "the test looks where it is");
        assert!(store.delete(PlanId::from_random([1; 16])).await.unwrap());
        assert_eq!(holding(folder.path(), MARKER), [""; 0], "while the store is open");
        store.close().await;
        assert_eq!(holding(folder.path(), MARKER), [""; 0]);
    }

    #[tokio::test]
    async fn what_an_earlier_version_deleted_is_gone_after_the_first_start() {
        use sqlx::{ConnectOptions as _, Connection as _};
        const MARKER: &str = "host-canary.example.com";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plans.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let id = PlanId::from_random([1; 16]);
        let _created = store.create(&NewPlan::new(id, "", MARKER.repeat(1_000), 1)).await.unwrap();
        let kept = PlanId::from_random([2; 16]);
        let _created = store.create(&NewPlan::new(kept, "", "kept", 1)).await.unwrap();
        store.close().await;
        // As versions without `secure_delete` did.
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).pragma("secure_delete", "OFF");
        let mut earlier = options.connect().await.unwrap();
        for statement in ["DELETE FROM plans WHERE document <> 'kept'", "PRAGMA user_version = 0"] {
            sqlx::query(statement).execute(&mut earlier).await.unwrap();
        }
        earlier.close().await.unwrap();
        assert!(!holding(folder.path(), MARKER).is_empty(), "free pages keep it");
        let store = SqliteStore::open(&path).await.unwrap();
        assert_eq!(holding(folder.path(), MARKER), [""; 0]);
        assert_eq!(store.load(kept).await.unwrap().unwrap().document, "kept");
    }
}
