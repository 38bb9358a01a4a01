//! Export and import of a plan with everything that is stored about it, each in one transaction.

use std::collections::BTreeMap;

use super::connection::Row;
use super::connection::Value::{Int, Text};
use super::error::SqlError;
use super::plans::set_secret;
use super::store::SqlServerStore;
use crate::plan::{CreateOutcome, SealedSecret};
use crate::plan_export::{ExportedRecord, PlanExport, numbered};
use crate::plan_id::PlanId;
use crate::record::{Record, owner};

impl SqlServerStore {
    pub(super) async fn try_export(&self, id: Option<PlanId>) -> Result<Option<PlanExport>, SqlError> {
        let owner = owner(id);
        let mut transaction = self.begin().await?;
        // The plan cannot change while its parts are read.
        if id.is_some() && transaction.lock_plan(&owner).await?.is_none() {
            transaction.rollback().await?;
            return Ok(None);
        }
        let records = "SELECT kind, name, version, expires_at, body FROM records WHERE plan = ? ORDER BY kind, name";
        let records = transaction.rows(records, &[Text(&owner)]).await?;
        let record = |row: &Row| -> Result<ExportedRecord, sqlx::Error> {
            let record =
                Record { key: row.text(1)?, version: row.int(2)?, expires_at: row.int(3)?, body: row.text(4)? };
            Ok(ExportedRecord { kind: row.text(0)?, record })
        };
        let numbers = "SELECT kind, last_number FROM record_heads WHERE plan = ?";
        let numbers = transaction.rows(numbers, &[Text(&owner)]).await?;
        let number = |row: &Row| -> Result<(String, i64), sqlx::Error> { Ok((row.text(0)?, row.int(1)?)) };
        let mut export = PlanExport {
            plan: None,
            secrets: Vec::new(),
            checks: Vec::new(),
            records: records.iter().map(record).collect::<Result<_, _>>()?,
            sequence_numbers: numbers.iter().map(number).collect::<Result<BTreeMap<_, _>, _>>()?,
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
        Ok(Some(export))
    }

    pub(super) async fn try_import(&self, export: &PlanExport) -> Result<CreateOutcome, SqlError> {
        let id = owner(export.plan.as_ref().map(|plan| plan.id));
        let mut transaction = self.begin().await?;
        if let Some(plan) = &export.plan {
            let statement = "INSERT INTO plans (id, title, revision, document, created_at, updated_at) \
                             VALUES (?, ?, ?, ?, ?, ?)";
            let values = [
                Text(&id),
                Text(&plan.title),
                Int(plan.revision),
                Text(&plan.document),
                Int(plan.created_at),
                Int(plan.updated_at),
            ];
            match transaction.execute(statement, &values).await {
                Err(error) if error.is_unique_violation() => {
                    transaction.rollback().await?;
                    return Ok(CreateOutcome::Exists);
                }
                inserted => inserted?,
            };
        }
        for secret in &export.secrets {
            set_secret(&mut transaction, &id, secret).await?;
        }
        for (number, period) in numbered(&export.checks) {
            let statement = "INSERT INTO check_results \
                             (plan, check_id, number, outcome, since, last_at, results, stale) \
                             VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let values = [
                Text(&id),
                Text(&period.check),
                Int(number),
                Text(&period.outcome),
                Int(period.since),
                Int(period.last_at),
                Text(period.results.as_deref().unwrap_or_default()),
                Text(period.stale.as_deref().unwrap_or_default()),
            ];
            transaction.execute(statement, &values).await?;
        }
        for ExportedRecord { kind, record } in &export.records {
            let key = [Text(&id), Text(kind), Text(&record.key)];
            let find = "SELECT version FROM records WHERE plan = ? AND kind = ? AND name = ?";
            if transaction.first_row(find, &key).await?.is_some() {
                continue;
            }
            let statement =
                "INSERT INTO records (plan, kind, name, version, expires_at, body) VALUES (?, ?, ?, ?, ?, ?)";
            let [plan, kind, name] = key;
            let values = [plan, kind, name, Int(record.version), Int(record.expires_at), Text(&record.body)];
            transaction.execute(statement, &values).await?;
        }
        for (kind, last) in &export.sequence_numbers {
            let raise = "UPDATE record_heads SET last_number = CASE WHEN last_number < ? THEN ? ELSE last_number END \
                          WHERE plan = ? AND kind = ?";
            if transaction.execute(raise, &[Int(*last), Int(*last), Text(&id), Text(kind)]).await? == 0 {
                let statement = "INSERT INTO record_heads (last_number, plan, kind) VALUES (?, ?, ?)";
                transaction.execute(statement, &[Int(*last), Text(&id), Text(kind)]).await?;
            }
        }
        transaction.commit().await?;
        Ok(CreateOutcome::Created { revision: export.plan.as_ref().map_or(0, |plan| plan.revision) })
    }
}
