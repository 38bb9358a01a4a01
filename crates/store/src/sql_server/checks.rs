//! Results of checks. A column that has no value is an empty text in the tables.

use super::connection::Value::{Int, Text};
use super::connection::{Row, Transaction};
use super::error::SqlError;
use super::store::SqlServerStore;
use crate::check::{CheckOutcome, OutcomePeriod, StaleCheck, not_empty};
use crate::plan_id::PlanId;

impl SqlServerStore {
    pub(super) async fn try_record_checks(
        &self,
        id: PlanId,
        outcomes: &[CheckOutcome],
        keep: u32,
    ) -> Result<bool, SqlError> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        if transaction.lock_plan(&id).await?.is_none() {
            transaction.rollback().await?;
            return Ok(false);
        }
        for outcome in outcomes {
            record(&mut transaction, &id, outcome, keep).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(super) async fn try_checks(&self, id: PlanId) -> Result<Vec<OutcomePeriod>, SqlError> {
        let statement = "SELECT check_id, outcome, since, last_at, results, stale FROM check_results WHERE plan = ? \
                         ORDER BY check_id, number";
        let rows = self.pool.rows(statement, &[Text(&id.to_string())]).await?;
        let period = |row: &Row| -> Result<OutcomePeriod, sqlx::Error> {
            Ok(OutcomePeriod {
                check: row.text(0)?,
                outcome: row.text(1)?,
                since: row.int(2)?,
                last_at: row.int(3)?,
                results: not_empty(row.text(4)?),
                stale: not_empty(row.text(5)?),
            })
        };
        Ok(rows.iter().map(period).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_mark_stale(&self, id: PlanId, stale: &[StaleCheck]) -> Result<(), SqlError> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        transaction.lock_plan(&id).await?;
        mark_stale(&mut transaction, &id, stale).await?;
        transaction.commit().await
    }
}

async fn record(transaction: &mut Transaction, plan: &str, new: &CheckOutcome, keep: u32) -> Result<(), SqlError> {
    let (plan, check) = (Text(plan), Text(&new.check));
    let newest = transaction
        .first_row(
            "SELECT number, outcome FROM check_results WHERE plan = ? AND check_id = ? ORDER BY number DESC LIMIT 1",
            &[plan, check],
        )
        .await?;
    let (number, is_same) = match newest {
        Some(row) => (row.int(0)?, row.text(1)? == new.outcome),
        None => (0, false),
    };
    if is_same {
        let statement = "UPDATE check_results SET last_at = ?, results = ?, stale = ? \
                         WHERE plan = ? AND check_id = ? AND number = ?";
        let values = [Int(new.at), Text(&new.results), Text(""), plan, check, Int(number)];
        transaction.execute(statement, &values).await?;
        return Ok(());
    }
    let clear = "UPDATE check_results SET results = ? WHERE plan = ? AND check_id = ?";
    transaction.execute(clear, &[Text(""), plan, check]).await?;
    transaction
        .execute(
            "INSERT INTO check_results (plan, check_id, number, outcome, since, last_at, results, stale) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[plan, check, Int(number + 1), Text(&new.outcome), Int(new.at), Int(new.at), Text(&new.results), Text("")],
        )
        .await?;
    let trim = "DELETE FROM check_results WHERE plan = ? AND check_id = ? AND number <= ?";
    transaction.execute(trim, &[plan, check, Int(number + 1 - i64::from(keep))]).await?;
    Ok(())
}

/// Marks the last results as outdated, unless an earlier change has done so already.
pub(super) async fn mark_stale(
    transaction: &mut Transaction,
    plan: &str,
    stale: &[StaleCheck],
) -> Result<(), SqlError> {
    for StaleCheck { check, setting } in stale {
        let statement = "UPDATE check_results SET stale = ? \
                         WHERE plan = ? AND check_id = ? AND stale = ? AND results <> ?";
        transaction.execute(statement, &[Text(setting), Text(plan), Text(check), Text(""), Text("")]).await?;
    }
    Ok(())
}
