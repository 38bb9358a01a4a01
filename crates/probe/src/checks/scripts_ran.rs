//! DB-16: if one script of the version ran, all of them did, each in its database.

use domain::check::CheckId;
use domain::product::{Version, WORKFLOW_MARKER, WORKFLOW_SCRIPT};
use domain::schema::SchemaState;
use domain::steps::Database;

use super::table_contents::{blocked_by, each, run_script};
use crate::facts::Facts;
use crate::facts::plan_databases;
use crate::facts::schemas;
use crate::facts::table_contents::{DatabaseContents, VisibleContents};
use crate::fault::{SharedFault, Verdict};

const REQUIRED: &str = "All scripts of the version ran, each in its database, or none did.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    look(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db16, REQUIRED)])
}

async fn look(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let (version, database) = (facts.version()?, facts.database()?);
    let mut verdicts =
        each(facts, REQUIRED, |contents, found, all| evaluate(version, database, contents, found, all)).await?;
    verdicts.extend(workflow(facts, database).await?);
    Ok(verdicts)
}

/// The database of the workflow engine: one table shows whether its script ran. `None` if the plan has none, or if it does not
/// exist, which DB-11 reports.
async fn workflow(facts: &Facts, database: &Database) -> Result<Option<Verdict>, SharedFault> {
    let Some(name) = &database.workflow_db else { return Ok(None) };
    let ignores_case = facts.variables().await?.ignores_case();
    let Some(schema) = schemas::find(facts.schemas().await?, name, ignores_case) else { return Ok(None) };
    let query = format!(
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{}' AND UPPER(TABLE_NAME) = '{WORKFLOW_MARKER}'",
        schema.name
    );
    let rows = facts.session().await?.rows(query).await?;
    let has_marker = rows.first().and_then(|row| row.first()?.as_deref()) == Some("1");
    let verdict = match (schema.tables, has_marker) {
        (0, _) => Verdict::passed("No script ran yet. The scripts run during the installation.", REQUIRED),
        (_, true) => Verdict::passed(format!("{WORKFLOW_SCRIPT}."), REQUIRED),
        (tables, false) => Verdict::failed(
            format!("{tables} tables exist, but {WORKFLOW_MARKER} of {WORKFLOW_SCRIPT} does not."),
            REQUIRED,
        )
        .remedy("Enter the name of an empty workflow database, and run the script in it with load.sh of the download."),
    };
    Ok(Some(verdict.subject(name.as_str())))
}

fn evaluate(
    version: Version,
    database: &Database,
    contents: &DatabaseContents,
    found: &VisibleContents,
    all: &[DatabaseContents],
) -> Verdict {
    let own: Vec<&str> = (version.scripts().iter())
        .filter(|script| contents.roles.contains(&script.database))
        .map(|script| script.path)
        .collect();
    match found.state() {
        SchemaState::Empty if all.iter().filter_map(|other| other.schema.as_ref()).any(is_filled) => {
            missing(version, "The database is empty, but others are filled.", database, contents, &own)
        }
        SchemaState::Empty => Verdict::passed("No script ran yet. The scripts run during the installation.", REQUIRED),
        SchemaState::Complete(_) => Verdict::passed(format!("{}.", own.join(", ")), REQUIRED),
        SchemaState::ScriptsMissing(paths) => missing(version, "The other scripts did.", database, contents, paths),
        SchemaState::Misplaced(found) => {
            let describe = |(path, tables): &(&str, usize)| {
                let belongs = version.scripts().into_iter().find(|script| script.path == *path);
                let name = belongs.and_then(|script| {
                    plan_databases::databases(database).into_iter().find(|(role, _)| *role == script.database)
                });
                let into = name.map_or_else(String::new, |(_, name)| format!(", which belongs in {}", name.as_str()));
                format!("{tables} tables of {path}{into}")
            };
            let parts: Vec<String> = found.iter().map(describe).collect();
            // A command to copy would run scripts again in a database that an IS may use.
            Verdict::failed(format!("The database holds {}.", parts.join("; ")), REQUIRED).remedy(
                "A script ran in the wrong database. If no IS uses it yet, ask an administrator to drop the database and create it \
                 again, then run its scripts. If an IS uses it, keep the tables, which IS does not read there, and run the script in \
                 the correct database.",
            )
        }
        SchemaState::MadeBy { .. } => blocked_by("DB-15", "The schema was created by another IS version.", REQUIRED),
        SchemaState::HalfMade(_) | SchemaState::Differs(_) => {
            Verdict::passed("A script started. DB-14 reports its state.", REQUIRED)
        }
    }
}

/// Whether scripts of IS ran to their end in it.
fn is_filled(found: &VisibleContents) -> bool {
    matches!(found.state(), SchemaState::Complete(_) | SchemaState::ScriptsMissing(_))
}

#[track_caller]
fn missing(
    version: Version,
    reason: &str,
    database: &Database,
    contents: &DatabaseContents,
    paths: &[&str],
) -> Verdict {
    let tables: Vec<&str> =
        (version.scripts().iter()).filter(|script| paths.contains(&script.path)).map(|script| script.marker).collect();
    let current = format!("{} did not run: {} is missing. {reason}", paths.join(", "), tables.join(", "));
    let verdict = Verdict::failed(current, REQUIRED)
        .remedy("Run only the missing scripts, from the pack that IS is installed from. As an administrator, run:");
    paths.iter().fold(verdict, |verdict, path| verdict.command(run_script(database, &contents.name, path)))
}
