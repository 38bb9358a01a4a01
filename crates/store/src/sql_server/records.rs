//! Records.
//!
//! Records of a plan are written under the plan's lock. Records of the whole program have no such lock: the record that a
//! write expects is read with a lock on its row, and of two transactions that insert the same key one fails and is
//! retried.

use std::collections::BTreeMap;

use super::connection::Value::{Int, Text};
use super::connection::{Row, Transaction, Value};
use super::error::SqlError;
use super::store::SqlServerStore;
use crate::plan_id::PlanId;
use crate::record::{Expected, Record, RecordWrite, Scan, SequenceNumbers, WriteOutcome, number_key, owner};

/// The numbers of appended records, or the index of the first write whose condition is not met.
pub(super) type Applied = Result<Vec<i64>, usize>;

impl SqlServerStore {
    pub(super) async fn try_write(
        &self,
        plan: Option<PlanId>,
        writes: &[RecordWrite],
    ) -> Result<WriteOutcome, SqlError> {
        let owner = owner(plan);
        let mut transaction = self.begin().await?;
        if plan.is_some() && transaction.lock_plan(&owner).await?.is_none() {
            transaction.rollback().await?;
            return Ok(WriteOutcome::NotFound);
        }
        match apply(&mut transaction, &owner, writes).await? {
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
    ) -> Result<Option<Record>, SqlError> {
        let statement = "SELECT name, version, expires_at, body FROM records WHERE plan = ? AND kind = ? AND name = ?";
        let rows = self.pool.rows(statement, &[Text(&owner(plan)), Text(kind), Text(key)]).await?;
        Ok(rows.first().map(record).transpose()?)
    }

    pub(super) async fn try_scan(
        &self,
        kind: &str,
        plan: Option<PlanId>,
        scan: &Scan,
    ) -> Result<Vec<Record>, SqlError> {
        const FORWARDS: &str = "SELECT name, version, expires_at, body FROM records \
            WHERE plan = ? AND kind = ? AND name > ? ORDER BY name LIMIT ?";
        const BACKWARDS: &str = "SELECT name, version, expires_at, body FROM records \
            WHERE plan = ? AND kind = ? AND name < ? ORDER BY name DESC LIMIT ?";
        const FROM_THE_END: &str = "SELECT name, version, expires_at, body FROM records \
            WHERE plan = ? AND kind = ? ORDER BY name DESC LIMIT ?";
        let owner = owner(plan);
        let (plan, kind, limit) = (Text(&owner), Text(kind), Int(scan.limit.into()));
        let rows = match (scan.backwards, scan.after.as_deref()) {
            (false, after) => self.pool.rows(FORWARDS, &[plan, kind, Text(after.unwrap_or_default()), limit]).await?,
            (true, Some(after)) => self.pool.rows(BACKWARDS, &[plan, kind, Text(after), limit]).await?,
            (true, None) => self.pool.rows(FROM_THE_END, &[plan, kind, limit]).await?,
        };
        Ok(rows.iter().map(record).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_sequence_numbers(&self, plan: PlanId) -> Result<Option<SequenceNumbers>, SqlError> {
        let statement = "SELECT plans.revision, record_heads.kind, record_heads.last_number FROM plans \
                         LEFT JOIN record_heads ON record_heads.plan = plans.id WHERE plans.id = ?";
        let rows = self.pool.rows(statement, &[Text(&plan.to_string())]).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut numbers = SequenceNumbers { revision: first.int(0)?, last: BTreeMap::new() };
        for row in &rows {
            if let (Some(kind), Some(last)) = (row.text_or_null(1)?, row.int_or_null(2)?) {
                numbers.last.insert(kind, last);
            }
        }
        Ok(Some(numbers))
    }

    pub(super) async fn try_prune(&self, now: i64) -> Result<u64, SqlError> {
        let mut transaction = self.begin().await?;
        let statement = "DELETE FROM records WHERE expires_at > 0 AND expires_at <= ?";
        let pruned = transaction.execute(statement, &[Int(now)]).await?;
        transaction.commit().await?;
        Ok(pruned)
    }
}

/// Applies the writes up to the first one whose condition is not met; the caller rolls back then.
pub(super) async fn apply(
    transaction: &mut Transaction,
    plan: &str,
    writes: &[RecordWrite],
) -> Result<Applied, SqlError> {
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
                let statement = "DELETE FROM records WHERE plan = ? AND kind = ? AND name = ?";
                transaction.execute(statement, &[Text(plan), Text(kind), Text(key)]).await?;
            }
            RecordWrite::Trim { kind, keep } => trim(transaction, plan, kind, *keep).await?,
        }
    }
    Ok(Ok(numbers))
}

async fn is_met(
    transaction: &mut Transaction,
    plan: &str,
    kind: &str,
    key: &str,
    expected: Expected,
) -> Result<bool, SqlError> {
    if expected == Expected::Any {
        return Ok(true);
    }
    let statement = "SELECT version FROM records WHERE plan = ? AND kind = ? AND name = ? FOR UPDATE";
    let found = transaction.first_row(statement, &[Text(plan), Text(kind), Text(key)]).await?;
    Ok(expected.is_met_by(found.map(|row| row.int(0)).transpose()?))
}

/// The row of the last number stays locked until the transaction ends: numbers have no gaps.
async fn next_number(transaction: &mut Transaction, plan: &str, kind: &str) -> Result<i64, SqlError> {
    let (plan, kind) = (Text(plan), Text(kind));
    let next = "UPDATE record_heads SET last_number = last_number + 1 WHERE plan = ? AND kind = ?";
    if transaction.execute(next, &[plan, kind]).await? == 0 {
        let first = "INSERT INTO record_heads (plan, kind, last_number) VALUES (?, ?, 1)";
        transaction.execute(first, &[plan, kind]).await?;
        return Ok(1);
    }
    last_number(transaction, plan, kind).await
}

async fn last_number(transaction: &mut Transaction, plan: Value<'_>, kind: Value<'_>) -> Result<i64, SqlError> {
    let row = transaction
        .first_row("SELECT last_number FROM record_heads WHERE plan = ? AND kind = ?", &[plan, kind])
        .await?;
    Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or_default())
}

async fn put(
    transaction: &mut Transaction,
    plan: &str,
    kind: &str,
    key: &str,
    body: &str,
    expires_at: i64,
) -> Result<(), SqlError> {
    let replace = "UPDATE records SET version = version + 1, body = ?, expires_at = ? \
                   WHERE plan = ? AND kind = ? AND name = ?";
    let values = [Text(body), Int(expires_at), Text(plan), Text(kind), Text(key)];
    if transaction.execute(replace, &values).await? == 0 {
        let add = "INSERT INTO records (version, body, expires_at, plan, kind, name) VALUES (1, ?, ?, ?, ?, ?)";
        transaction.execute(add, &values).await?;
    }
    Ok(())
}

/// Deletes appended records only: no key of the caller's own sorts below a number.
async fn trim(transaction: &mut Transaction, plan: &str, kind: &str, keep: u32) -> Result<(), SqlError> {
    let below = last_number(transaction, Text(plan), Text(kind)).await? - i64::from(keep);
    if below >= 1 {
        let statement = "DELETE FROM records WHERE plan = ? AND kind = ? AND name <= ?";
        transaction.execute(statement, &[Text(plan), Text(kind), Text(&number_key(below))]).await?;
    }
    Ok(())
}

fn record(row: &Row) -> Result<Record, sqlx::Error> {
    Ok(Record { key: row.text(0)?, version: row.int(1)?, expires_at: row.int(2)?, body: row.text(3)? })
}
