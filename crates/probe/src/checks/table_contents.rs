//! Shared by all checks of tables: one verdict for each database, and the command that runs a script.

use domain::steps::Database;

use crate::facts::Facts;
use crate::facts::table_contents::{DatabaseContents, VisibleContents};
use crate::fault::{SharedFault, Verdict};

/// One verdict for each database; `evaluate` decides those that the account sees.
pub(crate) async fn each(
    facts: &Facts,
    required: &str,
    evaluate: impl Fn(&DatabaseContents, &VisibleContents, &[DatabaseContents]) -> Verdict,
) -> Result<Vec<Verdict>, SharedFault> {
    let all = facts.contents().await?;
    let verdict = |contents: &DatabaseContents| {
        let verdict = match &contents.schema {
            Some(found) => evaluate(contents, found, all),
            None => blocked_by("DB-11", "The account does not see the database.", required),
        };
        verdict.subject(&contents.name)
    };
    Ok(all.iter().map(verdict).collect())
}

/// Skipped: `check` reports the fault, of which `reason` is a sentence.
pub(crate) fn blocked_by(check: &str, reason: &str, required: &str) -> Verdict {
    Verdict::skipped(format!("{check} failed: {reason}"), required).remedy(format!("See {check}."))
}

/// The command that runs a script of the operator's script pack.
pub(crate) fn run_script(database: &Database, name: &str, path: &str) -> String {
    format!(
        "mysql --host={} --port={} --user=ADMINISTRATOR --password {name} < IS_HOME/dbscripts/{path}",
        database.host.as_str(),
        database.port.get()
    )
}
