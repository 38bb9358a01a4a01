//! A plan with all that is kept of it, read and brought in at once.

use std::collections::BTreeMap;

use super::ServerStore;
use super::plans::{lock, set_secret};
use super::session::Row;
use super::session::Value::{Int, Text};
use super::trouble::{Fault, is_duplicate};
use crate::record::owner;
use crate::whole::numbered;
use crate::{CreateOutcome, KeptRecord, PlanId, Record, SealedSecret, Whole};

impl ServerStore {
    pub(super) async fn try_whole(&self, id: Option<PlanId>) -> Result<Option<Whole>, Fault> {
        let owner = owner(id);
        let mut session = self.begin().await?;
        // Nobody changes the plan while its parts are read.
        if id.is_some() && lock(&mut session, &owner).await?.is_none() {
            session.rollback().await?;
            return Ok(None);
        }
        let records = "SELECT kind, name, version, expires_at, body FROM records WHERE plan = ? ORDER BY kind, name";
        let records = session.rows(records, &[Text(&owner)]).await?;
        let record = |row: &Row| -> Result<KeptRecord, sqlx::Error> {
            let record =
                Record { key: row.text(1)?, version: row.int(2)?, expires_at: row.int(3)?, body: row.text(4)? };
            Ok(KeptRecord { kind: row.text(0)?, record })
        };
        let heads = "SELECT kind, last_number FROM record_heads WHERE plan = ?";
        let heads = session.rows(heads, &[Text(&owner)]).await?;
        let head = |row: &Row| -> Result<(String, i64), sqlx::Error> { Ok((row.text(0)?, row.int(1)?)) };
        let mut whole = Whole {
            plan: None,
            secrets: Vec::new(),
            checks: Vec::new(),
            records: records.iter().map(record).collect::<Result<_, _>>()?,
            heads: heads.iter().map(head).collect::<Result<BTreeMap<_, _>, _>>()?,
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
        session.rollback().await?;
        Ok(Some(whole))
    }

    pub(super) async fn try_bring(&self, whole: &Whole) -> Result<CreateOutcome, Fault> {
        let id = owner(whole.plan.as_ref().map(|plan| plan.id));
        let mut session = self.begin().await?;
        if let Some(plan) = &whole.plan {
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
            match session.execute(statement, &values).await {
                Err(fault) if is_duplicate(&fault) => {
                    session.rollback().await?;
                    return Ok(CreateOutcome::Exists);
                }
                inserted => inserted?,
            };
        }
        for secret in &whole.secrets {
            set_secret(&mut session, &id, secret).await?;
        }
        for (number, spell) in numbered(&whole.checks) {
            let statement = "INSERT INTO check_results \
                             (plan, check_id, number, outcome, since, last_at, results, stale) \
                             VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let values = [
                Text(&id),
                Text(&spell.check),
                Int(number),
                Text(&spell.outcome),
                Int(spell.since),
                Int(spell.last_at),
                Text(&spell.results),
                Text(&spell.stale),
            ];
            session.execute(statement, &values).await?;
        }
        for KeptRecord { kind, record } in &whole.records {
            let place = [Text(&id), Text(kind), Text(&record.key)];
            let there = "SELECT version FROM records WHERE plan = ? AND kind = ? AND name = ?";
            if session.first(there, &place).await?.is_some() {
                continue;
            }
            let statement =
                "INSERT INTO records (plan, kind, name, version, expires_at, body) VALUES (?, ?, ?, ?, ?, ?)";
            let [plan, kind, name] = place;
            let values = [plan, kind, name, Int(record.version), Int(record.expires_at), Text(&record.body)];
            session.execute(statement, &values).await?;
        }
        for (kind, last) in &whole.heads {
            let raised = "UPDATE record_heads SET last_number = CASE WHEN last_number < ? THEN ? ELSE last_number END \
                          WHERE plan = ? AND kind = ?";
            if session.execute(raised, &[Int(*last), Int(*last), Text(&id), Text(kind)]).await? == 0 {
                let statement = "INSERT INTO record_heads (last_number, plan, kind) VALUES (?, ?, ?)";
                session.execute(statement, &[Int(*last), Text(&id), Text(kind)]).await?;
            }
        }
        session.commit().await?;
        Ok(CreateOutcome::Created { revision: whole.plan.as_ref().map_or(0, |plan| plan.revision) })
    }
}
