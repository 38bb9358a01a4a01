//! Plans and their secrets.

use super::records;
use super::session::Value::{Bytes, Int, Text};
use super::session::{Row, Session};
use super::trouble::{Fault, is_duplicate};
use super::{ServerStore, checks};
use crate::record::owner;
use crate::{CreateOutcome, NewPlan, Plan, PlanChange, PlanId, SaveOutcome, SealedSecret, SecretChange, StoredSecret};

impl ServerStore {
    pub(super) async fn try_health(&self) -> Result<(), Fault> {
        self.pool.rows("SELECT id FROM plans LIMIT 1", &[]).await?;
        Ok(())
    }

    pub(super) async fn try_create(&self, plan: &NewPlan) -> Result<CreateOutcome, Fault> {
        let id = plan.id.to_string();
        let mut session = self.begin().await?;
        let inserted = session
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
            Err(fault) if is_duplicate(&fault) => {
                session.rollback().await?;
                return Ok(CreateOutcome::Exists);
            }
            inserted => inserted?,
        };
        for secret in &plan.secrets {
            set_secret(&mut session, &id, secret).await?;
        }
        if records::apply(&mut session, &id, &plan.records).await?.is_err() {
            session.rollback().await?;
            return Ok(CreateOutcome::Exists);
        }
        session.commit().await?;
        Ok(CreateOutcome::Created { revision: plan.revision })
    }

    pub(super) async fn try_load(&self, id: PlanId) -> Result<Option<Plan>, Fault> {
        let statement = "SELECT id, title, revision, document, created_at, updated_at FROM plans WHERE id = ?";
        let rows = self.pool.rows(statement, &[Text(&id.to_string())]).await?;
        Ok(rows.first().map(plan).transpose()?)
    }

    pub(super) async fn try_list(&self, limit: u32) -> Result<Vec<Plan>, Fault> {
        let statement = "SELECT id, title, revision, document, created_at, updated_at FROM plans \
             ORDER BY updated_at DESC, id LIMIT ?";
        let rows = self.pool.rows(statement, &[Int(limit.into())]).await?;
        Ok(rows.iter().map(plan).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_plan_ids(&self, after: Option<PlanId>, limit: u32) -> Result<Vec<PlanId>, Fault> {
        let statement = "SELECT id FROM plans WHERE id > ? ORDER BY id LIMIT ?";
        let rows = self.pool.rows(statement, &[Text(&owner(after)), Int(limit.into())]).await?;
        Ok(rows.iter().map(plan_id).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_save(&self, id: PlanId, expected: i64, change: &PlanChange) -> Result<SaveOutcome, Fault> {
        let id = id.to_string();
        let mut session = self.begin().await?;
        let refusal = match lock(&mut session, &id).await? {
            None => Some(SaveOutcome::Absent),
            Some(current) if current != expected => Some(SaveOutcome::Conflict { current }),
            Some(_) => None,
        };
        if let Some(refusal) = refusal {
            session.rollback().await?;
            return Ok(refusal);
        }
        let revision = expected + 1;
        session
            .execute(
                "UPDATE plans SET title = ?, document = ?, revision = ?, updated_at = ? WHERE id = ?",
                &[Text(&change.title), Text(&change.document), Int(revision), Int(change.at), Text(&id)],
            )
            .await?;
        for secret in &change.secrets {
            match secret {
                SecretChange::Set(secret) => set_secret(&mut session, &id, secret).await?,
                SecretChange::Remove { setting } => {
                    let statement = "DELETE FROM secrets WHERE plan = ? AND setting = ?";
                    session.execute(statement, &[Text(&id), Text(setting)]).await?;
                }
            }
        }
        checks::mark_stale(&mut session, &id, &change.stale).await?;
        if records::apply(&mut session, &id, &change.records).await?.is_err() {
            session.rollback().await?;
            return Ok(SaveOutcome::Conflict { current: expected });
        }
        session.commit().await?;
        Ok(SaveOutcome::Saved { revision })
    }

    pub(super) async fn try_secrets(&self, id: PlanId) -> Result<Vec<StoredSecret>, Fault> {
        let statement = "SELECT setting, sealed FROM secrets WHERE plan = ? ORDER BY setting";
        let rows = self.pool.rows(statement, &[Text(&id.to_string())]).await?;
        let secret = |row: &Row| -> Result<StoredSecret, sqlx::Error> {
            Ok(StoredSecret { plan: id, setting: row.text(0)?, sealed: row.bytes(1)? })
        };
        Ok(rows.iter().map(secret).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_replace_secret(&self, plan: PlanId, old: &[u8], new: &SealedSecret) -> Result<bool, Fault> {
        let plan = plan.to_string();
        let mut session = self.begin().await?;
        lock(&mut session, &plan).await?;
        let statement = "UPDATE secrets SET sealed = ? WHERE plan = ? AND setting = ? AND sealed = ?";
        let values = [Bytes(&new.sealed), Text(&plan), Text(&new.setting), Bytes(old)];
        let replaced = session.execute(statement, &values).await?;
        session.commit().await?;
        Ok(replaced > 0)
    }

    pub(super) async fn try_delete(&self, id: PlanId) -> Result<bool, Fault> {
        let id = id.to_string();
        let mut session = self.begin().await?;
        let found = lock(&mut session, &id).await?.is_some();
        for theirs in [
            "DELETE FROM plans WHERE id = ?",
            "DELETE FROM records WHERE plan = ?",
            "DELETE FROM record_heads WHERE plan = ?",
        ] {
            session.execute(theirs, &[Text(&id)]).await?;
        }
        session.commit().await?;
        Ok(found)
    }
}

/// Locks a plan until the transaction ends, and tells its revision; `None` when there is no such plan.
pub(super) async fn lock(session: &mut Session, plan: &str) -> Result<Option<i64>, Fault> {
    let row = session.first("SELECT revision FROM plans WHERE id = ? FOR UPDATE", &[Text(plan)]).await?;
    Ok(row.map(|row| row.int(0)).transpose()?)
}

pub(super) async fn set_secret(session: &mut Session, plan: &str, secret: &SealedSecret) -> Result<(), Fault> {
    let replace = "UPDATE secrets SET sealed = ? WHERE plan = ? AND setting = ?";
    let values = [Bytes(&secret.sealed), Text(plan), Text(&secret.setting)];
    if session.execute(replace, &values).await? == 0 {
        session.execute("INSERT INTO secrets (sealed, plan, setting) VALUES (?, ?, ?)", &values).await?;
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
