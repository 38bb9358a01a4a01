//! Export and import of a plan with everything that is stored about it, each in one transaction.

use sqlx::Row as _;

use super::plans::set_secret;
use super::store::SqliteStore;
use crate::plan::{CreateOutcome, SealedSecret};
use crate::plan_export::{ExportedRecord, PlanExport, numbered};
use crate::plan_id::PlanId;
use crate::record::{Record, owner};

impl SqliteStore {
    pub(super) async fn try_export(&self, id: Option<PlanId>) -> Result<Option<PlanExport>, sqlx::Error> {
        // Nothing changes while this transaction holds the write lock.
        let mut transaction = self.begin().await?;
        let owner = owner(id);
        let records =
            sqlx::query("SELECT kind, key, version, expires_at, body FROM records WHERE plan = ?1 ORDER BY kind, key")
                .bind(&owner)
                .fetch_all(&mut *transaction)
                .await?;
        let record = |row: &sqlx::sqlite::SqliteRow| -> Result<ExportedRecord, sqlx::Error> {
            let (key, version) = (row.try_get(1)?, row.try_get(2)?);
            let record = Record { key, version, expires_at: row.try_get(3)?, body: row.try_get(4)? };
            Ok(ExportedRecord { kind: row.try_get(0)?, record })
        };
        let sequence_numbers: Vec<(String, i64)> =
            sqlx::query_as("SELECT kind, last FROM record_heads WHERE plan = ?1")
                .bind(&owner)
                .fetch_all(&mut *transaction)
                .await?;
        let mut export = PlanExport {
            plan: None,
            secrets: Vec::new(),
            checks: Vec::new(),
            records: records.iter().map(record).collect::<Result<_, _>>()?,
            sequence_numbers: sequence_numbers.into_iter().collect(),
        };
        if let Some(id) = id {
            export.plan = self.try_load(id).await?;
            let secrets = self.try_secrets(id).await?;
            export.secrets = secrets
                .into_iter()
                .map(|secret| SealedSecret { setting: secret.setting, sealed: secret.sealed })
                .collect();
            export.checks = self.try_checks(id).await?;
        }
        transaction.rollback().await?;
        Ok(Some(export).filter(|export| export.plan.is_some() || id.is_none()))
    }

    pub(super) async fn try_import(&self, export: &PlanExport) -> Result<CreateOutcome, sqlx::Error> {
        let id = owner(export.plan.as_ref().map(|plan| plan.id));
        let mut transaction = self.begin().await?;
        if let Some(plan) = &export.plan {
            let inserted = sqlx::query(
                "INSERT INTO plans (id, title, revision, document, created_at, updated_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
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
        }
        for secret in &export.secrets {
            set_secret(&mut transaction, &id, secret).await?;
        }
        for (number, period) in numbered(&export.checks) {
            sqlx::query(
                "INSERT INTO check_results (plan, check_id, number, outcome, since, last_at, results, stale) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .bind(&id)
            .bind(&period.check)
            .bind(number)
            .bind(&period.outcome)
            .bind(period.since)
            .bind(period.last_at)
            .bind(period.results.as_deref().unwrap_or_default())
            .bind(period.stale.as_deref().unwrap_or_default())
            .execute(&mut *transaction)
            .await?;
        }
        for ExportedRecord { kind, record } in &export.records {
            sqlx::query(
                "INSERT INTO records (plan, kind, key, version, expires_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT (plan, kind, key) DO NOTHING",
            )
            .bind(&id)
            .bind(kind)
            .bind(&record.key)
            .bind(record.version)
            .bind(record.expires_at)
            .bind(&record.body)
            .execute(&mut *transaction)
            .await?;
        }
        for (kind, last) in &export.sequence_numbers {
            sqlx::query(
                "INSERT INTO record_heads (plan, kind, last) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (plan, kind) DO UPDATE SET last = max(last, excluded.last)",
            )
            .bind(&id)
            .bind(kind)
            .bind(last)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(CreateOutcome::Created { revision: export.plan.as_ref().map_or(0, |plan| plan.revision) })
    }
}
