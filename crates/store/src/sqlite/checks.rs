//! Results of checks. The statements are plain SQL that other databases take too.

use sqlx::{Row as _, SqliteConnection};

use super::SqliteStore;
use crate::{CheckSaid, CheckSpell, PlanId, StaleCheck};

impl SqliteStore {
    pub(super) async fn try_record_checks(
        &self,
        id: PlanId,
        said: &[CheckSaid],
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
        for one in said {
            record(&mut transaction, &id, one, keep).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(super) async fn try_checks(&self, id: PlanId) -> Result<Vec<CheckSpell>, sqlx::Error> {
        sqlx::query(
            "SELECT check_id, outcome, since, last_at, results, stale FROM check_results WHERE plan = ?1 \
             ORDER BY check_id, number",
        )
        .bind(id.to_string())
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            Ok(CheckSpell {
                check: row.try_get("check_id")?,
                outcome: row.try_get("outcome")?,
                since: row.try_get("since")?,
                last_at: row.try_get("last_at")?,
                results: row.try_get("results")?,
                stale: row.try_get("stale")?,
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
    said: &CheckSaid,
    keep: u32,
) -> Result<(), sqlx::Error> {
    let newest = sqlx::query(
        "SELECT number, outcome FROM check_results WHERE plan = ?1 AND check_id = ?2 ORDER BY number DESC LIMIT 1",
    )
    .bind(plan)
    .bind(&said.check)
    .fetch_optional(&mut *transaction)
    .await?;
    let (number, same): (i64, bool) = match newest {
        Some(row) => (row.try_get("number")?, row.try_get::<String, _>("outcome")? == said.outcome),
        None => (0, false),
    };
    if same {
        sqlx::query(
            "UPDATE check_results SET last_at = ?4, results = ?5, stale = '' \
             WHERE plan = ?1 AND check_id = ?2 AND number = ?3",
        )
        .bind(plan)
        .bind(&said.check)
        .bind(number)
        .bind(said.at)
        .bind(&said.results)
        .execute(&mut *transaction)
        .await?;
        return Ok(());
    }
    sqlx::query("UPDATE check_results SET results = '' WHERE plan = ?1 AND check_id = ?2")
        .bind(plan)
        .bind(&said.check)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO check_results (plan, check_id, number, outcome, since, last_at, results, stale) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '')",
    )
    .bind(plan)
    .bind(&said.check)
    .bind(number + 1)
    .bind(&said.outcome)
    .bind(said.at)
    .bind(said.at)
    .bind(&said.results)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("DELETE FROM check_results WHERE plan = ?1 AND check_id = ?2 AND number <= ?3")
        .bind(plan)
        .bind(&said.check)
        .bind(number + 1 - i64::from(keep))
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Notes on what was said last that it does not count any more. The first change is the one that is named.
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
