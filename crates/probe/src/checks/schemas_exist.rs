//! DB-11: the databases of the plan exist, as the account sees it.

use domain::check::CheckId;
use domain::steps::Database;
use domain::values::DatabaseName;

use super::schemas;
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::mysql::session::QueryError;
use crate::shared::Shared;

const REQUIRED: &str = "the database exists and the account sees it";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db11, REQUIRED)])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let database = shared.database()?;
    let found = shared.schemas().await?;
    let variables = shared.variables().await?;
    let (ignores_case, literal) = (variables.ignores_case(), variables.is_on("partial_revokes"));
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    for name in sql::names(database) {
        // The same name twice is for DB-12 to tell.
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let verdict = match schemas::find(found, name, ignores_case) {
            Some(schema) => Verdict::passed(format!("exists, {} tables", schema.tables), REQUIRED),
            None => missing(shared, database, name, literal).await?,
        };
        verdicts.push(verdict.of(name.as_str()));
    }
    Ok(verdicts)
}

/// Asks for the tables of a database that is not listed: 1049 says that it is not there, 1044 that the account has no
/// right on it, which MySQL says whether it is there or not.
async fn missing(shared: &Shared, database: &Database, name: &DatabaseName, literal: bool) -> Result<Verdict, Fault> {
    let session = shared.session().await?;
    let answer = session.rows(format!("SHOW TABLES FROM `{}`", name.as_str())).await;
    Ok(match answer {
        Err(error @ (QueryError::Broken | QueryError::Silent(_) | QueryError::TooLarge)) => {
            return Err(super::database_version::unanswered(error));
        }
        Err(QueryError::Server(1044)) => Verdict::failed(
            format!("error 1044: {} has no right on it; it may be missing as well", database.username.as_str()),
            REQUIRED,
        )
        .remedy("Create it if it is not there, and let the account use it. As an administrator:")
        .command(sql::create_database(database, name))
        .command(sql::grant(database, name, literal)),
        Ok(tables) => Verdict::passed(format!("exists, {} tables", tables.len()), REQUIRED),
        Err(QueryError::Server(_)) => Verdict::failed("does not exist", REQUIRED)
            .remedy("Create it. As an administrator, or with database/create.sql of the download:")
            .command(sql::create_database(database, name)),
    })
}
