//! A plan with all that is kept of it, read and brought in at once.

use sqlx::Row as _;

use super::{SqliteStore, set_secret};
use crate::record::owner;
use crate::whole::numbered;
use crate::{CreateOutcome, KeptRecord, PlanId, Record, SealedSecret, Whole};

impl SqliteStore {
    pub(super) async fn try_whole(&self, id: Option<PlanId>) -> Result<Option<Whole>, sqlx::Error> {
        // Whoever holds the lock to write sees no change in between.
        let mut transaction = self.begin().await?;
        let owner = owner(id);
        let records =
            sqlx::query("SELECT kind, key, version, expires_at, body FROM records WHERE plan = ?1 ORDER BY kind, key")
                .bind(&owner)
                .fetch_all(&mut *transaction)
                .await?;
        let record = |row: &sqlx::sqlite::SqliteRow| -> Result<KeptRecord, sqlx::Error> {
            let (key, version) = (row.try_get(1)?, row.try_get(2)?);
            let record = Record { key, version, expires_at: row.try_get(3)?, body: row.try_get(4)? };
            Ok(KeptRecord { kind: row.try_get(0)?, record })
        };
        let heads: Vec<(String, i64)> = sqlx::query_as("SELECT kind, last FROM record_heads WHERE plan = ?1")
            .bind(&owner)
            .fetch_all(&mut *transaction)
            .await?;
        let mut whole = Whole {
            plan: None,
            secrets: Vec::new(),
            checks: Vec::new(),
            records: records.iter().map(record).collect::<Result<_, _>>()?,
            heads: heads.into_iter().collect(),
        };
        if let Some(id) = id {
            whole.plan = self.try_load(id).await?;
            let secrets = self.try_secrets(id).await?;
            whole.secrets = secrets
                .into_iter()
                .map(|secret| SealedSecret { setting: secret.setting, sealed: secret.sealed })
                .collect();
            whole.checks = self.try_checks(id).await?;
        }
        transaction.rollback().await?;
        Ok(Some(whole).filter(|whole| whole.plan.is_some() || id.is_none()))
    }

    pub(super) async fn try_bring(&self, whole: &Whole) -> Result<CreateOutcome, sqlx::Error> {
        let id = owner(whole.plan.as_ref().map(|plan| plan.id));
        let mut transaction = self.begin().await?;
        if let Some(plan) = &whole.plan {
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
        for secret in &whole.secrets {
            set_secret(&mut transaction, &id, secret).await?;
        }
        for (number, spell) in numbered(&whole.checks) {
            sqlx::query(
                "INSERT INTO check_results (plan, check_id, number, outcome, since, last_at, results, stale) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .bind(&id)
            .bind(&spell.check)
            .bind(number)
            .bind(&spell.outcome)
            .bind(spell.since)
            .bind(spell.last_at)
            .bind(&spell.results)
            .bind(&spell.stale)
            .execute(&mut *transaction)
            .await?;
        }
        for KeptRecord { kind, record } in &whole.records {
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
        for (kind, last) in &whole.heads {
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
        Ok(CreateOutcome::Created { revision: whole.plan.as_ref().map_or(0, |plan| plan.revision) })
    }
}
