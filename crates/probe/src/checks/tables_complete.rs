//! DB-14: tables, columns and indexes are those that the scripts of the chosen IS make. Empty databases are fine: the
//! scripts run during the installation.

use domain::check::CheckId;
use domain::product::Version;
use domain::schema::{Change, HalfMade, State};
use domain::steps::Database;

use super::contents::{Contents, Found, because, each, few, run_script, version};
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::shared::Shared;

const REQUIRED: &str = "the tables, columns and indexes of the scripts, or an empty database";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db14, REQUIRED)])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let (version, database) = (version(shared)?, shared.database()?);
    each(shared, REQUIRED, |contents, found, _| judge(version, database, contents, found)).await
}

fn judge(version: Version, database: &Database, contents: &Contents, found: &Found) -> Verdict {
    let tables = found.observed.tables.len() - found.diagnosis.foreign.len();
    match found.state() {
        State::Empty => Verdict::passed("empty: the scripts run during installation", REQUIRED),
        State::Complete(extra) => {
            let made = format!("{tables} tables as the scripts of IS {} make them", version.value());
            Verdict::passed(with_extra(&made, extra), REQUIRED)
        }
        State::ScriptsMissing(_) => {
            Verdict::passed(format!("{tables} tables as the scripts that ran make them"), REQUIRED)
        }
        State::Misplaced(_) => because("DB-16", "scripts ran into the wrong database", REQUIRED),
        State::MadeBy { .. } => because("DB-15", "another version made it", REQUIRED),
        State::HalfMade(half) if half.version != version => because("DB-15", "another version made it", REQUIRED),
        State::HalfMade(_) | State::Differs(_) if found.too_wide => {
            because("DB-17", "the character set stops the scripts", REQUIRED)
        }
        State::HalfMade(_) if !found.diagnosis.data.is_empty() => {
            because("DB-26", "a script that stopped meets data", REQUIRED)
        }
        State::HalfMade(half) => half_made(database, contents, found, half),
        State::Differs(changes) => differs(version, database, contents, found, changes),
    }
}

fn with_extra(made: &str, extra: &[Change]) -> String {
    if extra.is_empty() {
        return made.to_owned();
    }
    format!("{made}; besides, perhaps by an update: {}", few(extra.iter().map(Change::words)))
}

fn half_made(database: &Database, contents: &Contents, found: &Found, half: &HalfMade) -> Verdict {
    let HalfMade { script, done, of, tables, next, .. } = half;
    let verdict = Verdict::failed(
        format!("{script} stopped after {done} of {of} statements, {tables} tables: next is {next}"),
        REQUIRED,
    );
    if found.observed.uncounted {
        return verdict
            .remedy(
                "Find out why it stopped (DB-17, DB-21 and DB-24 tell usual causes). Whether it holds data cannot be \
                 seen: remove nothing; go on from there, which looks as an administrator first.",
            )
            .command("clusterwright databases PLAN --scripts IS_HOME/dbscripts");
    }
    verdict
    .remedy(
        "Find out why it stopped (DB-17, DB-21 and DB-24 tell usual causes). It holds no data of yours: go on from there \
         with the first command, or let an administrator remove the database, create it anew and run all its scripts.",
    )
    .command("clusterwright databases PLAN --scripts IS_HOME/dbscripts")
    .command(create(database, contents))
}

fn create(database: &Database, contents: &Contents) -> String {
    let name = sql::databases(database).into_iter().map(|(_, name)| name).find(|name| name.as_str() == contents.name);
    name.map_or_else(String::new, |name| sql::create_database(database, name))
}

fn differs(version: Version, database: &Database, contents: &Contents, found: &Found, changes: &[Change]) -> Verdict {
    let count = |wanted: fn(&Change) -> bool| changes.iter().filter(|change| wanted(change)).count();
    let missing = count(|change| matches!(change, Change::Missing(_)));
    let changed = count(|change| matches!(change, Change::Changed(_)));
    let of = |wanted: fn(&Change) -> bool| few(changes.iter().filter(|change| wanted(change)).map(Change::words));
    let mut parts = Vec::new();
    if missing > 0 {
        parts.push(format!("{missing} missing: {}", of(|change| matches!(change, Change::Missing(_)))));
    }
    if changed > 0 {
        parts.push(format!("{changed} changed: {}", of(|change| matches!(change, Change::Changed(_)))));
    }
    if missing + changed == 0 {
        parts.push(format!("holds besides: {}", few(changes.iter().map(Change::words))));
    }
    let verdict = Verdict::failed(parts.join("; ").chars().take(390).collect::<String>(), REQUIRED);
    if found.diagnosis.data.is_empty() && !found.observed.uncounted {
        let scripts = version.scripts().into_iter().filter(|script| contents.roles.contains(&script.database));
        let verdict = verdict
            .remedy(
                "It holds no data of yours: let an administrator remove the database and create it anew, then run all its \
                 scripts.",
            )
            .command(create(database, contents));
        scripts.fold(verdict, |verdict, script| verdict.command(run_script(database, &contents.name, script.path)))
    } else {
        verdict.remedy(
            "It holds data, or may: run no script again. Take the statements that make what is missing out of IS_HOME/dbscripts \
             and run those alone, or restore a backup.",
        )
    }
}
