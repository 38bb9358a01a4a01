//! Results of checks.

use super::ServerStore;
use super::plans::lock;
use super::session::Value::{Int, Text};
use super::session::{Row, Session};
use super::trouble::Fault;
use crate::{CheckSaid, CheckSpell, PlanId, StaleCheck};

impl ServerStore {
    pub(super) async fn try_record_checks(&self, id: PlanId, said: &[CheckSaid], keep: u32) -> Result<bool, Fault> {
        let id = id.to_string();
        let mut session = self.begin().await?;
        if lock(&mut session, &id).await?.is_none() {
            session.rollback().await?;
            return Ok(false);
        }
        for one in said {
            record(&mut session, &id, one, keep).await?;
        }
        session.commit().await?;
        Ok(true)
    }

    pub(super) async fn try_checks(&self, id: PlanId) -> Result<Vec<CheckSpell>, Fault> {
        let statement = "SELECT check_id, outcome, since, last_at, results, stale FROM check_results WHERE plan = ? \
                         ORDER BY check_id, number";
        let rows = self.pool.rows(statement, &[Text(&id.to_string())]).await?;
        let spell = |row: &Row| -> Result<CheckSpell, sqlx::Error> {
            Ok(CheckSpell {
                check: row.text(0)?,
                outcome: row.text(1)?,
                since: row.int(2)?,
                last_at: row.int(3)?,
                results: row.text(4)?,
                stale: row.text(5)?,
            })
        };
        Ok(rows.iter().map(spell).collect::<Result<_, _>>()?)
    }

    pub(super) async fn try_mark_stale(&self, id: PlanId, stale: &[StaleCheck]) -> Result<(), Fault> {
        let id = id.to_string();
        let mut session = self.begin().await?;
        lock(&mut session, &id).await?;
        mark_stale(&mut session, &id, stale).await?;
        session.commit().await
    }
}

async fn record(session: &mut Session, plan: &str, said: &CheckSaid, keep: u32) -> Result<(), Fault> {
    let (plan, check) = (Text(plan), Text(&said.check));
    let newest = session
        .first(
            "SELECT number, outcome FROM check_results WHERE plan = ? AND check_id = ? ORDER BY number DESC LIMIT 1",
            &[plan, check],
        )
        .await?;
    let (number, same) = match newest {
        Some(row) => (row.int(0)?, row.text(1)? == said.outcome),
        None => (0, false),
    };
    if same {
        let statement = "UPDATE check_results SET last_at = ?, results = ?, stale = ? \
                         WHERE plan = ? AND check_id = ? AND number = ?";
        let values = [Int(said.at), Text(&said.results), Text(""), plan, check, Int(number)];
        session.execute(statement, &values).await?;
        return Ok(());
    }
    let forget = "UPDATE check_results SET results = ? WHERE plan = ? AND check_id = ?";
    session.execute(forget, &[Text(""), plan, check]).await?;
    session
        .execute(
            "INSERT INTO check_results (plan, check_id, number, outcome, since, last_at, results, stale) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                plan,
                check,
                Int(number + 1),
                Text(&said.outcome),
                Int(said.at),
                Int(said.at),
                Text(&said.results),
                Text(""),
            ],
        )
        .await?;
    let old = "DELETE FROM check_results WHERE plan = ? AND check_id = ? AND number <= ?";
    session.execute(old, &[plan, check, Int(number + 1 - i64::from(keep))]).await?;
    Ok(())
}

/// Notes on what was said last that it does not count any more. The first change is the one that is named.
pub(super) async fn mark_stale(session: &mut Session, plan: &str, stale: &[StaleCheck]) -> Result<(), Fault> {
    for StaleCheck { check, setting } in stale {
        let statement = "UPDATE check_results SET stale = ? \
                         WHERE plan = ? AND check_id = ? AND stale = ? AND results <> ?";
        session.execute(statement, &[Text(setting), Text(plan), Text(check), Text(""), Text("")]).await?;
    }
    Ok(())
}
