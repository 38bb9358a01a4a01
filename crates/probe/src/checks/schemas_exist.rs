//! DB-11: the databases of the plan exist and the account sees them.

use domain::check::CheckId;
use domain::steps::Database;
use domain::values::DatabaseName;

use crate::facts::Facts;
use crate::facts::schemas;
use crate::facts::{plan_databases, remedy_sql};
use crate::fault::{SharedFault, Verdict};
use crate::mysql::session::QueryError;

const REQUIRED: &str = "The database exists and the account sees it.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    evaluate(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db11, REQUIRED)])
}

async fn evaluate(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let database = facts.database()?;
    let found = facts.schemas().await?;
    let variables = facts.variables().await?;
    let (ignores_case, literal) = (variables.ignores_case(), variables.is_on("partial_revokes"));
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    for name in plan_databases::names(database) {
        // DB-12 reports a name that is used twice.
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let verdict = match schemas::find(found, name, ignores_case) {
            Some(schema) => Verdict::passed(format!("The database exists, with {} tables.", schema.tables), REQUIRED),
            None => missing(facts, database, name, literal).await?,
        };
        verdicts.push(verdict.subject(name.as_str()));
    }
    Ok(verdicts)
}

/// Reads the tables of a database that is not listed: error 1049 means that it does not exist, 1044 that the account has no
/// privilege on it, whether it exists or not.
async fn missing(
    facts: &Facts,
    database: &Database,
    name: &DatabaseName,
    literal: bool,
) -> Result<Verdict, SharedFault> {
    let session = facts.session().await?;
    let answer = session.rows(format!("SHOW TABLES FROM `{}`", name.as_str())).await;
    Ok(match answer {
        Err(error @ (QueryError::Broken | QueryError::Silent(_) | QueryError::TooLarge)) => {
            return Err(error.into());
        }
        Err(QueryError::Server(1044)) => Verdict::failed(
            format!("Error 1044: access denied for {}, or the database does not exist.", database.username.as_str()),
            REQUIRED,
        )
        .remedy("Create the database if it does not exist, and grant the privileges. As an administrator, run:")
        .command(remedy_sql::create_database(database, name))
        .command(remedy_sql::grant(database, name, literal)),
        Ok(tables) => Verdict::passed(format!("The database exists, with {} tables.", tables.len()), REQUIRED),
        Err(QueryError::Server(_)) => Verdict::failed("The database does not exist.", REQUIRED)
            .remedy("Create it with database/create.sql of the download. Or, as an administrator, run:")
            .command(remedy_sql::create_database(database, name)),
    })
}
