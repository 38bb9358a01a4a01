//! Records.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::store::SqliteStore;
use crate::plan::SealedSecret;
use crate::plan_id::PlanId;
use crate::record::{Expected, Record, RecordWrite, Scan, SequenceNumbers, WriteOutcome, number_key, owner};

/// The numbers of appended records, or the index of the first write whose condition is not met.
pub(super) type Applied = Result<Vec<i64>, usize>;

impl SqliteStore {
    pub(super) async fn try_write(
        &self,
        plan: Option<PlanId>,
        writes: &[RecordWrite],
    ) -> Result<WriteOutcome, sqlx::Error> {
        let mut transaction = self.begin().await?;
        if let Some(plan) = plan {
            let found: Option<i64> = sqlx::query_scalar("SELECT revision FROM plans WHERE id = ?1")
                .bind(plan.to_string())
                .fetch_optional(&mut *transaction)
                .await?;
            if found.is_none() {
                transaction.rollback().await?;
                return Ok(WriteOutcome::NotFound);
            }
        }
        match apply(&mut transaction, &owner(plan), writes).await? {
            Ok(numbers) => {
                transaction.commit().await?;
                Ok(WriteOutcome::Written { numbers })
            }
            Err(index) => {
                transaction.rollback().await?;
                Ok(WriteOutcome::Conflict { index })
            }
        }
    }

    pub(super) async fn try_record(
        &self,
        kind: &str,
        plan: Option<PlanId>,
        key: &str,
    ) -> Result<Option<Record>, sqlx::Error> {
        sqlx::query("SELECT key, version, expires_at, body FROM records WHERE plan = ?1 AND kind = ?2 AND key = ?3")
            .bind(owner(plan))
            .bind(kind)
            .bind(key)
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(record)
            .transpose()
    }

    pub(super) async fn try_scan(
        &self,
        kind: &str,
        plan: Option<PlanId>,
        scan: &Scan,
    ) -> Result<Vec<Record>, sqlx::Error> {
        const FORWARDS: &str = "SELECT key, version, expires_at, body FROM records \
            WHERE plan = ?1 AND kind = ?2 AND key > ?3 ORDER BY key LIMIT ?4";
        const BACKWARDS: &str = "SELECT key, version, expires_at, body FROM records \
            WHERE plan = ?1 AND kind = ?2 AND (key < ?3 OR ?3 = '') ORDER BY key DESC LIMIT ?4";
        sqlx::query(if scan.backwards { BACKWARDS } else { FORWARDS })
            .bind(owner(plan))
            .bind(kind)
            .bind(scan.after.as_deref().unwrap_or_default())
            .bind(scan.limit)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(record)
            .collect()
    }

    pub(super) async fn try_sequence_numbers(&self, plan: PlanId) -> Result<Option<SequenceNumbers>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT plans.revision, record_heads.kind, record_heads.last FROM plans \
             LEFT JOIN record_heads ON record_heads.plan = plans.id WHERE plans.id = ?1",
        )
        .bind(plan.to_string())
        .fetch_all(&self.readers)
        .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut numbers = SequenceNumbers { revision: first.try_get("revision")?, last: BTreeMap::new() };
        for row in &rows {
            if let (Some(kind), Some(last)) = (row.try_get("kind")?, row.try_get("last")?) {
                numbers.last.insert(kind, last);
            }
        }
        Ok(Some(numbers))
    }

    pub(super) async fn try_prune(&self, now: i64) -> Result<u64, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let pruned = sqlx::query("DELETE FROM records WHERE expires_at > 0 AND expires_at <= ?1")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(pruned.rows_affected())
    }

    pub(super) async fn try_replace_secret(
        &self,
        plan: PlanId,
        old: &[u8],
        new: &SealedSecret,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let replaced = sqlx::query("UPDATE secrets SET sealed = ?3 WHERE plan = ?1 AND setting = ?2 AND sealed = ?4")
            .bind(plan.to_string())
            .bind(&new.setting)
            .bind(&new.sealed)
            .bind(old)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(replaced.rows_affected() > 0)
    }
}

/// Applies the writes up to the first one whose condition is not met; the caller rolls back then.
pub(super) async fn apply(
    transaction: &mut SqliteConnection,
    plan: &str,
    writes: &[RecordWrite],
) -> Result<Applied, sqlx::Error> {
    let mut numbers = Vec::new();
    for (index, write) in writes.iter().enumerate() {
        match write {
            RecordWrite::Append { kind, body, expires_at } => {
                let number = next_number(transaction, plan, kind).await?;
                put(transaction, plan, kind, &number_key(number), body, *expires_at).await?;
                numbers.push(number);
            }
            RecordWrite::Put { kind, key, body, expires_at, expected } => {
                if !is_met(transaction, plan, kind, key, *expected).await? {
                    return Ok(Err(index));
                }
                put(transaction, plan, kind, key, body, *expires_at).await?;
            }
            RecordWrite::Remove { kind, key, expected } => {
                if !is_met(transaction, plan, kind, key, *expected).await? {
                    return Ok(Err(index));
                }
                sqlx::query("DELETE FROM records WHERE plan = ?1 AND kind = ?2 AND key = ?3")
                    .bind(plan)
                    .bind(kind)
                    .bind(key)
                    .execute(&mut *transaction)
                    .await?;
            }
            RecordWrite::Trim { kind, keep } => trim(transaction, plan, kind, *keep).await?,
        }
    }
    Ok(Ok(numbers))
}

async fn is_met(
    transaction: &mut SqliteConnection,
    plan: &str,
    kind: &str,
    key: &str,
    expected: Expected,
) -> Result<bool, sqlx::Error> {
    if expected == Expected::Any {
        return Ok(true);
    }
    let found = sqlx::query_scalar("SELECT version FROM records WHERE plan = ?1 AND kind = ?2 AND key = ?3")
        .bind(plan)
        .bind(kind)
        .bind(key)
        .fetch_optional(transaction)
        .await?;
    Ok(expected.is_met_by(found))
}

async fn next_number(transaction: &mut SqliteConnection, plan: &str, kind: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO record_heads (plan, kind, last) VALUES (?1, ?2, 1) \
         ON CONFLICT (plan, kind) DO UPDATE SET last = last + 1 RETURNING last",
    )
    .bind(plan)
    .bind(kind)
    .fetch_one(transaction)
    .await
}

async fn put(
    transaction: &mut SqliteConnection,
    plan: &str,
    kind: &str,
    key: &str,
    body: &str,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO records (plan, kind, key, version, expires_at, body) VALUES (?1, ?2, ?3, 1, ?4, ?5) \
         ON CONFLICT (plan, kind, key) DO UPDATE SET \
         version = version + 1, expires_at = excluded.expires_at, body = excluded.body",
    )
    .bind(plan)
    .bind(kind)
    .bind(key)
    .bind(expires_at)
    .bind(body)
    .execute(transaction)
    .await
    .map(drop)
}

/// Deletes appended records only: no key of the caller's own sorts below a number.
async fn trim(transaction: &mut SqliteConnection, plan: &str, kind: &str, keep: u32) -> Result<(), sqlx::Error> {
    let last: Option<i64> = sqlx::query_scalar("SELECT last FROM record_heads WHERE plan = ?1 AND kind = ?2")
        .bind(plan)
        .bind(kind)
        .fetch_optional(&mut *transaction)
        .await?;
    let below = last.unwrap_or_default() - i64::from(keep);
    if below < 1 {
        return Ok(());
    }
    sqlx::query("DELETE FROM records WHERE plan = ?1 AND kind = ?2 AND key <= ?3")
        .bind(plan)
        .bind(kind)
        .bind(number_key(below))
        .execute(transaction)
        .await
        .map(drop)
}

fn record(row: &SqliteRow) -> Result<Record, sqlx::Error> {
    Ok(Record {
        key: row.try_get("key")?,
        version: row.try_get("version")?,
        expires_at: row.try_get("expires_at")?,
        body: row.try_get("body")?,
    })
}
