//! Plans and their secrets.

use super::connection::Value::{Bytes, Int, Text};
use super::connection::{Row, Transaction};
use super::error::SqlError;
use super::store::SqlServerStore;
use super::{checks, records};
use crate::plan::{CreateOutcome, NewPlan, Plan, PlanChange, SaveOutcome, SealedSecret, SecretChange, StoredSecret};
use crate::plan_id::PlanId;
use crate::record::owner;

impl SqlServerStore {
    pub(super) async fn try_health(&self) -> Result<(), SqlError> {
        self.pool.rows("SELECT id FROM plans LIMIT 1", &[]).await?;
        Ok(())
    }

    pub(super) async fn try_create(&self, plan: &NewPlan) -> Result<CreateOutcome, SqlError> {
        let id = plan.id.to_string();
        let mut transaction = self.begin().await?;
        let inserted = transaction
            .execute(
                "INSERT INTO plans (id, title, revision, document, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
                &[
                    Text(&id),
                    Text(&plan.title),
                    Int(plan.revision),
                    Text(&plan.document),
                    Int(plan.created_at),
                    Int(plan.updated_at),
                ],
            )
            .await;
        match inserted {
            Err(error) if error.is_unique_violation() => {
                transaction.rollback().await?;
                return Ok(CreateOutcome::Exists);
            }
            inserted => inserted?,
        };
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

    pub(super) async fn try_load(&self, id: PlanId) -> Result<Option<Plan>, SqlError> {
        let statement = "SELECT id, title, revision, document, created_at, updated_at FROM plans WHERE id = ?";
        let rows = self.pool.rows(statement, &[Text(&id.to_string())]).await?;
        Ok(rows.first().map(plan).transpose()?)
    }

    pub(super) async fn try_list(&self, limit: u32) -> Result<Vec<Plan>, SqlError> {
        let statement = "SELECT id, title, revision, document, created_at, updated_at FROM plans \
             ORDER BY updated_at DESC, id LIMIT ?";
        let rows = self.pool.rows(statement, &[Int(limit.into())]).await?;
        Ok(rows.iter().map(plan).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, SqlError> {
        let statement = "SELECT id FROM plans WHERE id > ? ORDER BY id LIMIT ?";
        let rows = self.pool.rows(statement, &[Text(&owner(after)), Int(limit.into())]).await?;
        Ok(rows.iter().map(plan_id).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_save(
        &self,
        id: PlanId,
        expected: i64,
        change: &PlanChange,
    ) -> Result<SaveOutcome, SqlError> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        let refusal = match transaction.lock_plan(&id).await? {
            None => Some(SaveOutcome::NotFound),
            Some(current) if current != expected => Some(SaveOutcome::Conflict { current }),
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            transaction.rollback().await?;
            return Ok(refusal);
        }
        let revision = expected + 1;
        transaction
            .execute(
                "UPDATE plans SET title = ?, document = ?, revision = ?, updated_at = ? WHERE id = ?",
                &[Text(&change.title), Text(&change.document), Int(revision), Int(change.at), Text(&id)],
            )
            .await?;
        for secret in &change.secrets {
            match secret {
                SecretChange::Set(secret) => set_secret(&mut transaction, &id, secret).await?,
                SecretChange::Remove { setting } => {
                    let statement = "DELETE FROM secrets WHERE plan = ? AND setting = ?";
                    transaction.execute(statement, &[Text(&id), Text(setting)]).await?;
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

    pub(super) async fn try_secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, SqlError> {
        let statement = "SELECT setting, sealed FROM secrets WHERE plan = ? ORDER BY setting";
        let rows = self.pool.rows(statement, &[Text(&id.to_string())]).await?;
        let secret = |row: &Row| -> Result<StoredSecret, sqlx::Error> {
            Ok(StoredSecret { plan: id, setting: row.text(0)?, sealed: row.bytes(1)? })
        };
        Ok(rows.iter().map(secret).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_replace_secret(
        &self,
        plan: PlanId,
        old: &[u8],
        new: &SealedSecret,
    ) -> Result<bool, SqlError> {
        let plan = plan.to_string();
        let mut transaction = self.begin().await?;
        transaction.lock_plan(&plan).await?;
        let statement = "UPDATE secrets SET sealed = ? WHERE plan = ? AND setting = ? AND sealed = ?";
        let values = [Bytes(&new.sealed), Text(&plan), Text(&new.setting), Bytes(old)];
        let replaced = transaction.execute(statement, &values).await?;
        transaction.commit().await?;
        Ok(replaced > 0)
    }

    pub(super) async fn try_delete(&self, id: PlanId) -> Result<bool, SqlError> {
        let id = id.to_string();
        let mut transaction = self.begin().await?;
        let found = transaction.lock_plan(&id).await?.is_some();
        for statement in [
            "DELETE FROM plans WHERE id = ?",
            "DELETE FROM records WHERE plan = ?",
            "DELETE FROM record_heads WHERE plan = ?",
        ] {
            transaction.execute(statement, &[Text(&id)]).await?;
        }
        transaction.commit().await?;
        Ok(found)
    }
}

pub(super) async fn set_secret(
    transaction: &mut Transaction,
    plan: &str,
    secret: &SealedSecret,
) -> Result<(), SqlError> {
    let replace = "UPDATE secrets SET sealed = ? WHERE plan = ? AND setting = ?";
    let values = [Bytes(&secret.sealed), Text(plan), Text(&secret.setting)];
    if transaction.execute(replace, &values).await? == 0 {
        transaction.execute("INSERT INTO secrets (sealed, plan, setting) VALUES (?, ?, ?)", &values).await?;
    }
    Ok(())
}

fn plan_id(row: &Row) -> Result<PlanId, sqlx::Error> {
    row.text(0)?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn plan(row: &Row) -> Result<Plan, sqlx::Error> {
    Ok(Plan {
        id: plan_id(row)?,
        title: row.text(1)?,
        revision: row.int(2)?,
        document: row.text(3)?,
        created_at: row.int(4)?,
        updated_at: row.int(5)?,
    })
}
