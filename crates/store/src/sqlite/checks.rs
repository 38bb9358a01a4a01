//! Results of checks. A column that has no value is an empty text in the tables.

use sqlx::{Row as _, SqliteConnection};

use super::store::SqliteStore;
use crate::check::{CheckOutcome, OutcomePeriod, StaleCheck, not_empty};
use crate::plan_id::PlanId;

impl SqliteStore {
    pub(super) async fn try_record_checks(
        &self,
        id: PlanId,
        outcomes: &[CheckOutcome],
        keep: u32,
    ) -> Result<bool, sqlx::Error> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        let plan: Option<i64> = sqlx::query_scalar("SELECT revision FROM plans WHERE id = ?1")
            .bind(&id)
            .fetch_optional(&mut *transaction)
            .await?;
        if plan.is_none() {
            transaction.rollback().await?;
            return Ok(false);
        }
        for outcome in outcomes {
            record(&mut transaction, &id, outcome, keep).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(super) async fn try_checks(&self, id: PlanId) -> Result<Vec<OutcomePeriod>, sqlx::Error> {
        sqlx::query(
            "SELECT check_id, outcome, since, last_at, results, stale FROM check_results WHERE plan = ?1 \
             ORDER BY check_id, number",
        )
        .bind(id.to_string())
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            Ok(OutcomePeriod {
                check: row.try_get("check_id")?,
                outcome: row.try_get("outcome")?,
                since: row.try_get("since")?,
                last_at: row.try_get("last_at")?,
                results: not_empty(row.try_get("results")?),
                stale: not_empty(row.try_get("stale")?),
            })
        })
        .collect()
    }

    pub(super) async fn try_mark_stale(&self, id: PlanId, stale: &[StaleCheck]) -> Result<(), sqlx::Error> {
        let mut transaction = self.begin().await?;
        mark_stale(&mut transaction, &id.to_string(), stale).await?;
        transaction.commit().await
    }
}

async fn record(
    transaction: &mut SqliteConnection,
    plan: &str,
    new: &CheckOutcome,
    keep: u32,
) -> Result<(), sqlx::Error> {
    let newest = sqlx::query(
        "SELECT number, outcome FROM check_results WHERE plan = ?1 AND check_id = ?2 ORDER BY number DESC LIMIT 1",
    )
    .bind(plan)
    .bind(&new.check)
    .fetch_optional(&mut *transaction)
    .await?;
    let (number, is_same): (i64, bool) = match newest {
        Some(row) => (row.try_get("number")?, row.try_get::<String, _>("outcome")? == new.outcome),
        None => (0, false),
    };
    if is_same {
        sqlx::query(
            "UPDATE check_results SET last_at = ?4, results = ?5, stale = '' \
             WHERE plan = ?1 AND check_id = ?2 AND number = ?3",
        )
        .bind(plan)
        .bind(&new.check)
        .bind(number)
        .bind(new.at)
        .bind(&new.results)
        .execute(&mut *transaction)
        .await?;
        return Ok(());
    }
    sqlx::query("UPDATE check_results SET results = '' WHERE plan = ?1 AND check_id = ?2")
        .bind(plan)
        .bind(&new.check)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO check_results (plan, check_id, number, outcome, since, last_at, results, stale) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '')",
    )
    .bind(plan)
    .bind(&new.check)
    .bind(number + 1)
    .bind(&new.outcome)
    .bind(new.at)
    .bind(new.at)
    .bind(&new.results)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("DELETE FROM check_results WHERE plan = ?1 AND check_id = ?2 AND number <= ?3")
        .bind(plan)
        .bind(&new.check)
        .bind(number + 1 - i64::from(keep))
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Marks the last results as outdated, unless an earlier change has done so already.
pub(super) async fn mark_stale(
    transaction: &mut SqliteConnection,
    plan: &str,
    stale: &[StaleCheck],
) -> Result<(), sqlx::Error> {
    for StaleCheck { check, setting } in stale {
        sqlx::query(
            "UPDATE check_results SET stale = ?3 WHERE plan = ?1 AND check_id = ?2 AND stale = '' AND results <> ''",
        )
        .bind(plan)
        .bind(check)
        .bind(setting)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}
