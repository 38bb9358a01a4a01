//! DB-16: every script of the version ran, each into its own database, once one of them ran.

use domain::check::CheckId;
use domain::product::{Version, WORKFLOW_MARKER, WORKFLOW_SCRIPT};
use domain::schema::State;
use domain::steps::Database;

use super::contents::{Contents, Found, because, each, run_script, version};
use super::database_version::unanswered;
use super::{schemas, sql};
use crate::fault::{Fault, Verdict};
use crate::shared::Shared;

const REQUIRED: &str = "every script of the version, each in its own database, or none yet";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db16, REQUIRED)])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let (version, database) = (version(shared)?, shared.database()?);
    let mut verdicts =
        each(shared, REQUIRED, |contents, found, all| judge(version, database, contents, found, all)).await?;
    verdicts.extend(workflow(shared, database).await?);
    Ok(verdicts)
}

/// The workflow engine's database: its script is seen to have run by one table of it. `None` where the plan has none, or
/// where it is not there, which DB-11 tells.
async fn workflow(shared: &Shared, database: &Database) -> Result<Option<Verdict>, Fault> {
    let Some(name) = &database.workflow_db else { return Ok(None) };
    let ignores_case = shared.variables().await?.ignores_case();
    let Some(schema) = schemas::find(shared.schemas().await?, name, ignores_case) else { return Ok(None) };
    let query = format!(
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{}' AND UPPER(TABLE_NAME) = '{WORKFLOW_MARKER}'",
        schema.name
    );
    let rows = shared.session().await?.rows(query).await.map_err(unanswered)?;
    let is_there = rows.first().and_then(|row| row.first()?.as_deref()) == Some("1");
    let verdict = match (schema.tables, is_there) {
        (0, _) => Verdict::passed("none yet: the scripts run during installation", REQUIRED),
        (_, true) => Verdict::passed(WORKFLOW_SCRIPT, REQUIRED),
        (tables, false) => Verdict::failed(
            format!("{tables} tables, and {WORKFLOW_MARKER} of {WORKFLOW_SCRIPT} is not among them"),
            REQUIRED,
        )
        .remedy("Choose an empty workflow database, and run the script into it: load.sh of the download does."),
    };
    Ok(Some(verdict.of(name.as_str())))
}

fn judge(version: Version, database: &Database, contents: &Contents, found: &Found, all: &[Contents]) -> Verdict {
    let own: Vec<&str> = (version.scripts().iter())
        .filter(|script| contents.roles.contains(&script.database))
        .map(|script| script.path)
        .collect();
    match found.state() {
        State::Empty if all.iter().filter_map(|other| other.found.as_ref()).any(is_filled) => {
            missing(version, "it is empty while other databases are filled", database, contents, &own)
        }
        State::Empty => Verdict::passed("none yet: the scripts run during installation", REQUIRED),
        State::Complete(_) => Verdict::passed(own.join(", "), REQUIRED),
        State::ScriptsMissing(paths) => missing(version, "the others did", database, contents, paths),
        State::Misplaced(found) => {
            let words = |(path, tables): &(&str, usize)| {
                let belongs = version.scripts().into_iter().find(|script| script.path == *path);
                let name = belongs
                    .and_then(|script| sql::databases(database).into_iter().find(|(role, _)| *role == script.database));
                let into = name.map_or_else(String::new, |(_, name)| format!(", which belongs into {}", name.as_str()));
                format!("{tables} tables of {path}{into}")
            };
            let parts: Vec<String> = found.iter().map(words).collect();
            let verdict = Verdict::failed(format!("holds {}", parts.join("; ")), REQUIRED).remedy(
                "A script ran into the wrong database. If no IS uses it yet, let an administrator remove the database and create \
                 it anew, then run its scripts. If an IS uses it, leave the tables where they are: IS does not read them there. \
                 Run the script into the database it belongs to.",
            );
            own.iter().fold(verdict, |verdict, path| verdict.command(run_script(database, &contents.name, path)))
        }
        State::MadeBy { .. } => because("DB-15", "another version made it", REQUIRED),
        State::HalfMade(_) | State::Differs(_) => Verdict::passed("some began; DB-14 says how far they came", REQUIRED),
    }
}

/// Whether scripts of IS ran in it to their end.
fn is_filled(found: &Found) -> bool {
    matches!(found.state(), State::Complete(_) | State::ScriptsMissing(_))
}

fn missing(version: Version, why: &str, database: &Database, contents: &Contents, paths: &[&str]) -> Verdict {
    let tables: Vec<&str> =
        (version.scripts().iter()).filter(|script| paths.contains(&script.path)).map(|script| script.marker).collect();
    let current = format!("did not run: {}, so {} is missing; {why}", paths.join(", "), tables.join(", "));
    let verdict = Verdict::failed(current, REQUIRED)
        .remedy("Run only what is missing, from the pack that IS is installed from. As an administrator:");
    paths.iter().fold(verdict, |verdict, path| verdict.command(run_script(database, &contents.name, path)))
}
