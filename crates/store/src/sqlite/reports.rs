//! What the probes of a plan's nodes said: one row a name, the latest. What it means is the caller's.

use sqlx::Row as _;

use super::SqliteStore;
use crate::{NodeReport, PlanId};

impl SqliteStore {
    pub(super) async fn try_keep_report(&self, id: PlanId, report: &NodeReport) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let kept = sqlx::query(
            "INSERT INTO node_reports (plan, name, at, text) SELECT id, ?2, ?3, ?4 FROM plans WHERE id = ?1 \
             ON CONFLICT (plan, name) DO UPDATE SET at = excluded.at, text = excluded.text",
        )
        .bind(id.to_string())
        .bind(&report.name)
        .bind(report.at)
        .bind(&report.text)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(kept.rows_affected() > 0)
    }

    pub(super) async fn try_reports(&self, id: PlanId) -> Result<Vec<NodeReport>, sqlx::Error> {
        sqlx::query("SELECT name, at, text FROM node_reports WHERE plan = ?1 ORDER BY name")
            .bind(id.to_string())
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| {
                Ok(NodeReport { name: row.try_get("name")?, at: row.try_get("at")?, text: row.try_get("text")? })
            })
            .collect()
    }
}
