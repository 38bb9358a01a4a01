//! Plans and their secrets.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::store::SqliteStore;
use super::{checks, records};
use crate::plan::{CreateOutcome, NewPlan, Plan, PlanChange, SaveOutcome, SealedSecret, SecretChange, StoredSecret};
use crate::plan_id::PlanId;
use crate::record::owner;

impl SqliteStore {
    pub(super) async fn try_create(&self, plan: &NewPlan) -> Result<CreateOutcome, sqlx::Error> {
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

    pub(super) async fn try_load(&self, id: PlanId) -> Result<Option<Plan>, sqlx::Error> {
        let row = sqlx::query("SELECT id, title, revision, document, created_at, updated_at FROM plans WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(plan).transpose()
    }

    pub(super) async fn try_list(&self, limit: u32) -> Result<Vec<Plan>, sqlx::Error> {
        let statement = "SELECT id, title, revision, document, created_at, updated_at FROM plans \
             ORDER BY updated_at DESC, id LIMIT ?1";
        sqlx::query(statement).bind(limit).fetch_all(&self.readers).await?.iter().map(plan).collect()
    }

    pub(super) async fn try_plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, sqlx::Error> {
        sqlx::query("SELECT id FROM plans WHERE id > ?1 ORDER BY id LIMIT ?2")
            .bind(owner(after))
            .bind(limit)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(plan_id)
            .collect()
    }

    pub(super) async fn try_save(
        &self,
        id: PlanId,
        expected: i64,
        change: &PlanChange,
    ) -> Result<SaveOutcome, sqlx::Error> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        let current: Option<i64> = sqlx::query_scalar("SELECT revision FROM plans WHERE id = ?1")
            .bind(&id)
            .fetch_optional(&mut *transaction)
            .await?;
        let refusal = match current {
            None => Some(SaveOutcome::NotFound),
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

    pub(super) async fn try_secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, sqlx::Error> {
        sqlx::query("SELECT setting, sealed FROM secrets WHERE plan = ?1 ORDER BY setting")
            .bind(id.to_string())
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| Ok(StoredSecret { plan: id, setting: row.try_get("setting")?, sealed: row.try_get("sealed")? }))
            .collect()
    }

    pub(super) async fn try_delete(&self, id: PlanId) -> Result<bool, sqlx::Error> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        let deleted = sqlx::query("DELETE FROM plans WHERE id = ?1").bind(&id).execute(&mut *transaction).await?;
        for statement in ["DELETE FROM records WHERE plan = ?1", "DELETE FROM record_heads WHERE plan = ?1"] {
            sqlx::query(statement).bind(&id).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        let is_deleted = deleted.rows_affected() > 0;
        if is_deleted {
            // The plan is deleted in any case. What stays in the log while another program reads it is removed later.
            let _ = self.try_purge().await;
        }
        Ok(is_deleted)
    }
}

pub(super) async fn set_secret(
    transaction: &mut SqliteConnection,
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
