//! Records.
//!
//! Those of a plan are written under the plan's lock. Those of the program as a whole have no such lock: what a write
//! expects is read with a lock on that record, and a record that two make at once fails for one of them, who tries again.

use std::collections::BTreeMap;

use super::ServerStore;
use super::plans::lock;
use super::session::Value::{Int, Text};
use super::session::{Row, Session, Value};
use super::trouble::Fault;
use crate::PlanId;
use crate::record::{Expected, Heads, Record, RecordWrite, Scan, WriteOutcome, number_key, owner};

/// The numbers given, or the write that found something else than it expected.
pub(super) type Applied = Result<Vec<i64>, usize>;

impl ServerStore {
    pub(super) async fn try_write(&self, plan: Option<PlanId>, writes: &[RecordWrite]) -> Result<WriteOutcome, Fault> {
        let owner = owner(plan);
        let mut session = self.begin().await?;
        if plan.is_some() && lock(&mut session, &owner).await?.is_none() {
            session.rollback().await?;
            return Ok(WriteOutcome::Absent);
        }
        match apply(&mut session, &owner, writes).await? {
            Ok(numbers) => {
                session.commit().await?;
                Ok(WriteOutcome::Written { numbers })
            }
            Err(index) => {
                session.rollback().await?;
                Ok(WriteOutcome::Clash { index })
            }
        }
    }

    pub(super) async fn try_record(
        &self,
        kind: &str,
        plan: Option<PlanId>,
        key: &str,
    ) -> Result<Option<Record>, Fault> {
        let statement = "SELECT name, version, expires_at, body FROM records WHERE plan = ? AND kind = ? AND name = ?";
        let rows = self.pool.rows(statement, &[Text(&owner(plan)), Text(kind), Text(key)]).await?;
        Ok(rows.first().map(record).transpose()?)
    }

    pub(super) async fn try_scan(&self, kind: &str, plan: Option<PlanId>, scan: &Scan) -> Result<Vec<Record>, Fault> {
        const FORWARDS: &str = "SELECT name, version, expires_at, body FROM records \
            WHERE plan = ? AND kind = ? AND name > ? ORDER BY name LIMIT ?";
        const BACKWARDS: &str = "SELECT name, version, expires_at, body FROM records \
            WHERE plan = ? AND kind = ? AND name < ? ORDER BY name DESC LIMIT ?";
        const FROM_THE_LAST: &str = "SELECT name, version, expires_at, body FROM records \
            WHERE plan = ? AND kind = ? ORDER BY name DESC LIMIT ?";
        let owner = owner(plan);
        let (plan, kind, after, limit) = (Text(&owner), Text(kind), Text(&scan.after), Int(scan.limit.into()));
        let rows = match (scan.backwards, scan.after.is_empty()) {
            (false, _) => self.pool.rows(FORWARDS, &[plan, kind, after, limit]).await?,
            (true, false) => self.pool.rows(BACKWARDS, &[plan, kind, after, limit]).await?,
            (true, true) => self.pool.rows(FROM_THE_LAST, &[plan, kind, limit]).await?,
        };
        Ok(rows.iter().map(record).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_heads(&self, plan: PlanId) -> Result<Option<Heads>, Fault> {
        let statement = "SELECT plans.revision, record_heads.kind, record_heads.last_number FROM plans \
                         LEFT JOIN record_heads ON record_heads.plan = plans.id WHERE plans.id = ?";
        let rows = self.pool.rows(statement, &[Text(&plan.to_string())]).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut heads = Heads { revision: first.int(0)?, last: BTreeMap::new() };
        for row in &rows {
            if let (Some(kind), Some(last)) = (row.text_or_none(1)?, row.int_or_none(2)?) {
                heads.last.insert(kind, last);
            }
        }
        Ok(Some(heads))
    }

    pub(super) async fn try_prune(&self, now: i64) -> Result<u64, Fault> {
        let mut session = self.begin().await?;
        let statement = "DELETE FROM records WHERE expires_at > 0 AND expires_at <= ?";
        let pruned = session.execute(statement, &[Int(now)]).await?;
        session.commit().await?;
        Ok(pruned)
    }
}

/// Writes all, or says which write does not fit: the caller then takes everything back.
pub(super) async fn apply(session: &mut Session, plan: &str, writes: &[RecordWrite]) -> Result<Applied, Fault> {
    let mut numbers = Vec::new();
    for (index, write) in writes.iter().enumerate() {
        match write {
            RecordWrite::Append { kind, body, expires_at } => {
                let number = next_number(session, plan, kind).await?;
                put(session, plan, kind, &number_key(number), body, *expires_at).await?;
                numbers.push(number);
            }
            RecordWrite::Put { kind, key, body, expires_at, expected } => {
                if !fits(session, plan, kind, key, *expected).await? {
                    return Ok(Err(index));
                }
                put(session, plan, kind, key, body, *expires_at).await?;
            }
            RecordWrite::Remove { kind, key, expected } => {
                if !fits(session, plan, kind, key, *expected).await? {
                    return Ok(Err(index));
                }
                let statement = "DELETE FROM records WHERE plan = ? AND kind = ? AND name = ?";
                session.execute(statement, &[Text(plan), Text(kind), Text(key)]).await?;
            }
            RecordWrite::Trim { kind, keep } => trim(session, plan, kind, *keep).await?,
        }
    }
    Ok(Ok(numbers))
}

async fn fits(session: &mut Session, plan: &str, kind: &str, key: &str, expected: Expected) -> Result<bool, Fault> {
    if expected == Expected::Any {
        return Ok(true);
    }
    let statement = "SELECT version FROM records WHERE plan = ? AND kind = ? AND name = ? FOR UPDATE";
    let found = session.first(statement, &[Text(plan), Text(kind), Text(key)]).await?;
    Ok(expected.fits(found.map(|row| row.int(0)).transpose()?))
}

/// The row of the head stays locked until the transaction ends: numbers have no gaps.
async fn next_number(session: &mut Session, plan: &str, kind: &str) -> Result<i64, Fault> {
    let (plan, kind) = (Text(plan), Text(kind));
    let next = "UPDATE record_heads SET last_number = last_number + 1 WHERE plan = ? AND kind = ?";
    if session.execute(next, &[plan, kind]).await? == 0 {
        let first = "INSERT INTO record_heads (plan, kind, last_number) VALUES (?, ?, 1)";
        session.execute(first, &[plan, kind]).await?;
        return Ok(1);
    }
    last_number(session, plan, kind).await
}

async fn last_number(session: &mut Session, plan: Value<'_>, kind: Value<'_>) -> Result<i64, Fault> {
    let row = session.first("SELECT last_number FROM record_heads WHERE plan = ? AND kind = ?", &[plan, kind]).await?;
    Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or_default())
}

async fn put(
    session: &mut Session,
    plan: &str,
    kind: &str,
    key: &str,
    body: &str,
    expires_at: i64,
) -> Result<(), Fault> {
    let replace = "UPDATE records SET version = version + 1, body = ?, expires_at = ? \
                   WHERE plan = ? AND kind = ? AND name = ?";
    let values = [Text(body), Int(expires_at), Text(plan), Text(kind), Text(key)];
    if session.execute(replace, &values).await? == 0 {
        let add = "INSERT INTO records (version, body, expires_at, plan, kind, name) VALUES (1, ?, ?, ?, ?, ?)";
        session.execute(add, &values).await?;
    }
    Ok(())
}

/// Only numbers are trimmed: a key of the caller's own is never below one.
async fn trim(session: &mut Session, plan: &str, kind: &str, keep: u32) -> Result<(), Fault> {
    let below = last_number(session, Text(plan), Text(kind)).await? - i64::from(keep);
    if below >= 1 {
        let statement = "DELETE FROM records WHERE plan = ? AND kind = ? AND name <= ?";
        session.execute(statement, &[Text(plan), Text(kind), Text(&number_key(below))]).await?;
    }
    Ok(())
}

fn record(row: &Row) -> Result<Record, sqlx::Error> {
    Ok(Record { key: row.text(0)?, version: row.int(1)?, expires_at: row.int(2)?, body: row.text(3)? })
}
