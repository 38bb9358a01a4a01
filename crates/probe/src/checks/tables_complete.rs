//! DB-14: tables, columns and indexes are those that the scripts of the IS version create. An empty database passes: the scripts
//! run during the installation.

use domain::check::CheckId;
use domain::product::Version;
use domain::schema::{InterruptedScript, SchemaDifference, SchemaState};
use domain::steps::Database;

use super::schemas_charset::is_too_wide;
use super::table_contents::{blocked_by, each, run_script};
use crate::facts::Facts;
use crate::facts::table_contents::{DatabaseContents, VisibleContents};
use crate::facts::{plan_databases, remedy_sql};
use crate::fault::{SharedFault, Verdict};
use crate::list_text::first_few;
use domain::sites::reported;

const REQUIRED: &str = "The tables, columns and indexes of the scripts, or an empty database.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    look(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db14, REQUIRED)])
}

async fn look(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let (version, database) = (facts.version()?, facts.database()?);
    each(facts, REQUIRED, |contents, found, _| evaluate(version, database, contents, found)).await
}

fn evaluate(version: Version, database: &Database, contents: &DatabaseContents, found: &VisibleContents) -> Verdict {
    let tables = found.observed.tables.len() - found.diagnosis.foreign.len();
    match found.state() {
        SchemaState::Empty => {
            Verdict::passed("The database is empty. The scripts run during the installation.", REQUIRED)
        }
        SchemaState::Complete(extra) => {
            let current = format!("{tables} tables match IS {}.", version.value());
            Verdict::passed(with_extra(&current, extra), REQUIRED)
        }
        SchemaState::ScriptsMissing(_) => {
            Verdict::passed(format!("{tables} tables match the scripts that ran."), REQUIRED)
        }
        SchemaState::Misplaced(_) => blocked_by("DB-16", "Scripts ran in the wrong database.", REQUIRED),
        SchemaState::MadeBy { .. } => blocked_by("DB-15", "The schema was created by another IS version.", REQUIRED),
        SchemaState::HalfMade(half) if half.version != version => {
            blocked_by("DB-15", "The schema was created by another IS version.", REQUIRED)
        }
        SchemaState::HalfMade(_) | SchemaState::Differs(_) if stops_scripts(version, contents, found) => {
            blocked_by("DB-17", "The character set stops the scripts.", REQUIRED)
        }
        SchemaState::HalfMade(_) if !found.diagnosis.data.is_empty() => {
            blocked_by("DB-26", "A script stopped, and the database holds data.", REQUIRED)
        }
        SchemaState::HalfMade(half) => half_made(database, contents, found, half),
        SchemaState::Differs(changes) => differs(version, database, contents, found, changes),
    }
}

/// Whether the character set of the database stops scripts of the version, which DB-17 reports.
fn stops_scripts(version: Version, contents: &DatabaseContents, found: &VisibleContents) -> bool {
    contents.roles.iter().any(|role| is_too_wide(version, *role, &found.schema))
}

fn with_extra(current: &str, extra: &[SchemaDifference]) -> String {
    if extra.is_empty() {
        return current.to_owned();
    }
    format!("{current} In addition, possibly from an update: {}.", first_few(extra.iter().map(SchemaDifference::words)))
}

fn half_made(
    database: &Database,
    contents: &DatabaseContents,
    found: &VisibleContents,
    half: &InterruptedScript,
) -> Verdict {
    let InterruptedScript { script, done, of, tables, next, .. } = half;
    let verdict = Verdict::failed(
        format!("{script} stopped after {done} of {of} statements with {tables} tables. The next one is {next}."),
        REQUIRED,
    );
    if found.observed.uncounted {
        return verdict
            .remedy(
                "Find out why it stopped (DB-17, DB-21 and DB-24 report common causes). Whether the database holds data is not \
                 visible: do not drop it. Resume with this command, which inspects the database as an administrator first:",
            )
            .command("clusterwright databases PLAN --scripts IS_HOME/dbscripts");
    }
    verdict
    .remedy(
        "Find out why it stopped (DB-17, DB-21 and DB-24 report common causes). The database holds no data. Resume with the first \
         command, or ask an administrator to drop the database, create it again and run all scripts.",
    )
    .command("clusterwright databases PLAN --scripts IS_HOME/dbscripts")
    .command(create(database, contents))
}

fn create(database: &Database, contents: &DatabaseContents) -> String {
    let name = plan_databases::databases(database)
        .into_iter()
        .map(|(_, name)| name)
        .find(|name| name.as_str() == contents.name);
    name.map_or_else(String::new, |name| remedy_sql::create_database(database, name))
}

fn differs(
    version: Version,
    database: &Database,
    contents: &DatabaseContents,
    found: &VisibleContents,
    changes: &[SchemaDifference],
) -> Verdict {
    let count = |wanted: fn(&SchemaDifference) -> bool| changes.iter().filter(|change| wanted(change)).count();
    let missing = count(|change| matches!(change, SchemaDifference::Missing(_)));
    let changed = count(|change| matches!(change, SchemaDifference::Changed(_)));
    let of = |wanted: fn(&SchemaDifference) -> bool| {
        first_few(changes.iter().filter(|change| wanted(change)).map(SchemaDifference::words))
    };
    let mut parts = Vec::new();
    if missing > 0 {
        parts.push(reported(format!(
            "{missing} missing: {}",
            of(|change| matches!(change, SchemaDifference::Missing(_)))
        )));
    }
    if changed > 0 {
        parts.push(reported(format!(
            "{changed} changed: {}",
            of(|change| matches!(change, SchemaDifference::Changed(_)))
        )));
    }
    let verdict = Verdict::failed(format!("{}.", parts.join("; ").chars().take(390).collect::<String>()), REQUIRED);
    if found.diagnosis.data.is_empty() && !found.observed.uncounted {
        let scripts = version.scripts().into_iter().filter(|script| contents.roles.contains(&script.database));
        let verdict = verdict
            .remedy(
                "The database holds no data. Ask an administrator to drop it and create it again, then run all scripts:",
            )
            .command(create(database, contents));
        scripts.fold(verdict, |verdict, script| verdict.command(run_script(database, &contents.name, script.path)))
    } else {
        verdict.remedy(
            "The database holds data, or may: do not run a script again. Run only the statements from IS_HOME/dbscripts that create \
             what is missing, or restore a backup.",
        )
    }
}
