//! What the plan's databases hold, read once for all checks about tables: two round trips for all databases.

use domain::product::{DatabaseRole, Version};
use domain::schema::{Diagnosis, Observed, State, diagnose};
use domain::steps::Database;

use super::database_version::unanswered;
use super::{schemas, schemas_charset, sql};
use crate::fault::{Fault, Verdict};
use crate::mysql::session::{QueryError, Session, TextRow};
use crate::shared::Shared;
use crate::tables;

/// Names that a result shows before it only counts.
const SHOWN: usize = 5;

/// One database of the plan.
pub(crate) struct Contents {
    /// Its name in the plan.
    pub(crate) name: String,
    /// What is to be in it; several roles where the plan gives them one database.
    pub(crate) roles: Vec<DatabaseRole>,
    /// What is in it; `None` where the account does not see it.
    pub(crate) found: Option<Found>,
}

/// What is in a database.
pub(crate) struct Found {
    pub(crate) observed: Observed,
    pub(crate) diagnosis: Diagnosis,
    /// Whether its character set stops scripts of the version, which DB-17 tells.
    pub(crate) too_wide: bool,
}

impl Found {
    pub(crate) fn state(&self) -> &State {
        &self.diagnosis.state
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self.state() == State::Empty
    }
}

/// The version of the plan.
pub(crate) fn version(shared: &Shared) -> Result<Version, Fault> {
    let product = shared.answers().product.as_ref();
    product.map(|product| product.version).ok_or_else(|| Fault::incomplete("Product", "the IS version is missing"))
}

/// Reads all databases of the plan.
pub(crate) async fn read(shared: &Shared) -> Result<Vec<Contents>, Fault> {
    let version = version(shared)?;
    let database = shared.database()?;
    let seen = shared.schemas().await?;
    let ignores_case = shared.variables().await?.ignores_case();
    let session = shared.session().await?;
    // Two names for one schema are one database: its tables are judged together, and DB-12 tells it.
    let mut all: Vec<(Contents, Option<&schemas::Schema>)> = Vec::new();
    for (role, name) in sql::databases(database) {
        let schema = schemas::find(seen, name, ignores_case);
        let same = |(contents, other): &&mut (Contents, Option<&schemas::Schema>)| {
            contents.name == name.as_str()
                || schema.is_some_and(|schema| other.is_some_and(|it| it.name == schema.name))
        };
        match all.iter_mut().find(same) {
            Some((contents, _)) => contents.roles.push(role),
            None => {
                all.push((Contents { name: name.as_str().to_owned(), roles: vec![role], found: None }, schema));
            }
        }
    }
    let names: Vec<&str> = all.iter().filter_map(|(_, schema)| schema.map(|schema| &*schema.name)).collect();
    let mut observed = observe(session, &names).await.map_err(unanswered)?.into_iter();
    for (contents, schema) in &mut all {
        let Some(schema) = schema else { continue };
        let Some(observed) = observed.next() else { continue };
        contents.found = Some(Found {
            diagnosis: diagnose(version, &contents.roles, &observed),
            too_wide: contents.roles.iter().any(|role| schemas_charset::is_too_wide(version, *role, schema)),
            observed,
        });
    }
    Ok(all.into_iter().map(|(contents, _)| contents).collect())
}

/// What the databases with these names hold, their rows counted where the account may read them.
pub(crate) async fn observe(session: &Session, names: &[&str]) -> Result<Vec<Observed>, QueryError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // The mark in front of each database's answers is its number.
    let mark = |(at, name): (usize, &&str)| format!("SELECT {at}; {}", tables::questions(name));
    let questions: Vec<String> = names.iter().enumerate().map(mark).collect();
    let rows = session.rows(questions.join("; ")).await?;
    let mut observed: Vec<Observed> = by_mark(&rows, names.len()).into_iter().map(tables::observed).collect();
    let counts: Vec<Option<String>> = (names.iter().zip(&observed).enumerate())
        .map(|(at, (name, observed))| {
            Some(format!("SELECT {at}; {}", tables::count_rows(name, observed, domain::schema::is_known)?))
        })
        .collect();
    let all: Vec<&str> = counts.iter().flatten().map(String::as_str).collect();
    if all.is_empty() {
        return Ok(observed);
    }
    match session.rows(all.join("; ")).await {
        Ok(rows) => {
            for (observed, counted) in observed.iter_mut().zip(by_mark(&rows, names.len())) {
                tables::take_counts(observed, counted);
            }
        }
        // One table that the account may not read, or that is damaged, must not hide the rows of all others.
        Err(QueryError::Server(_)) => {
            for (at, observed) in observed.iter_mut().enumerate() {
                let Some(Some(count)) = counts.get(at) else { continue };
                match session.rows(count.clone()).await {
                    Ok(rows) => by_mark(&rows, names.len()).remove(at).into_iter().for_each(|row| {
                        tables::take_counts(observed, [row]);
                    }),
                    Err(QueryError::Server(_)) => observed.uncounted = true,
                    Err(error) => return Err(error),
                }
            }
        }
        Err(error) => return Err(error),
    }
    Ok(observed)
}

/// The rows behind each mark.
fn by_mark(rows: &[TextRow], marks: usize) -> Vec<Vec<&TextRow>> {
    let mut parts = vec![Vec::new(); marks];
    let mut current = 0;
    for row in rows {
        match row.as_slice() {
            [Some(mark)] => current = mark.parse().unwrap_or(current),
            _ => {
                if let Some(part) = parts.get_mut(current) {
                    part.push(row);
                }
            }
        }
    }
    parts
}

/// One verdict a database; `judge` sees those that the account sees.
pub(crate) async fn each(
    shared: &Shared,
    required: &str,
    judge: impl Fn(&Contents, &Found, &[Contents]) -> Verdict,
) -> Result<Vec<Verdict>, Fault> {
    let all = shared.contents().await?;
    let verdict = |contents: &Contents| {
        let verdict = match &contents.found {
            Some(found) => judge(contents, found, all),
            None => because("DB-11", "the account does not see it", required),
        };
        verdict.of(&contents.name)
    };
    Ok(all.iter().map(verdict).collect())
}

/// Another check tells the fault.
pub(crate) fn because(check: &str, why: &str, required: &str) -> Verdict {
    Verdict::could_not_check(format!("because {check} failed: {why}"), required).remedy(format!("See {check}."))
}

/// A handful of names and how many more there are. Names may be anybody's: control characters are written out.
pub(crate) fn few<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let short = |name: &&str| name.chars().take(120).flat_map(char::escape_debug).collect::<String>();
    let mut text = names.iter().take(SHOWN).map(short).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text = format!("{text} and {} more", names.len() - SHOWN);
    }
    text
}

/// Versions as a sentence holds them: `7.2.0 or 7.3.0`.
pub(crate) fn versions(versions: &[Version]) -> String {
    versions.iter().map(|version| version.value()).collect::<Vec<_>>().join(" or ")
}

/// The command that runs a script of the operator's own pack.
pub(crate) fn run_script(database: &Database, name: &str, path: &str) -> String {
    format!(
        "mysql --host={} --port={} --user=ADMINISTRATOR --password {name} < IS_HOME/dbscripts/{path}",
        database.host.as_str(),
        database.port.get()
    )
}
