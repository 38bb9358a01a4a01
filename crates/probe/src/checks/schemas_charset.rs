//! DB-17: each database has a character set into which the scripts of the chosen IS load completely.
//!
//! Keys longer than 3,072 bytes are refused (ERROR 1071), and a character of utf8mb4 counts four. Which scripts have such
//! keys was found by loading them into MariaDB 10.11 and MySQL 9.7.

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::schema::State;
use domain::steps::{Charset, Database};
use domain::values::DatabaseName;

use super::contents::Contents;
use super::schemas::{self, Schema};
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::shared::Shared;

const LATIN1: &str = "latin1";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db17, LATIN1)])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let product = shared.answers().product.as_ref();
    let version = product
        .map(|product| product.version)
        .ok_or_else(|| Fault::incomplete("Product", "the IS version is missing"))?;
    let database = shared.database()?;
    let found = shared.schemas().await?;
    let ignores_case = shared.variables().await?.ignores_case();
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    let wide = |(role, name): (DatabaseRole, &DatabaseName)| {
        schemas::find(found, name, ignores_case)
            .is_some_and(|schema| schema.tables > 0 && is_too_wide(version, role, schema))
    };
    // Read where it matters alone.
    let complete = if sql::databases(database).into_iter().any(wide) { complete(shared).await } else { Vec::new() };
    for (role, name) in sql::databases(database) {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        verdicts.push(
            match schemas::find(found, name, ignores_case) {
                Some(schema) if is_too_wide(version, role, schema) && complete.contains(&name.as_str()) => Verdict::warned(
                    format!("{} ({}), but all tables are there already", schema.charset, schema.collation),
                    LATIN1,
                )
                .remedy(
                    "Nothing has to be done now. Scripts of a later version may stop with ERROR 1071 (key too long): ask \
                     WSO2 before a migration.",
                ),
                Some(schema) => judge(version, role, database, schema),
                None => Verdict::could_not_check("because DB-11 failed: the account does not see it", LATIN1)
                    .remedy("See DB-11."),
            }
            .of(name.as_str()),
        );
    }
    Ok(verdicts)
}

/// The databases whose tables are all as the scripts make them: no script runs there any more.
async fn complete(shared: &Shared) -> Vec<&str> {
    // What cannot be read is told by the checks of the tables.
    let contents = shared.contents().await.unwrap_or_default();
    let is_complete =
        |of: &&Contents| of.found.as_ref().is_some_and(|found| matches!(found.state(), State::Complete(_)));
    contents.iter().filter(is_complete).map(|of| of.name.as_str()).collect()
}

/// Whether the scripts of a role load into a character set of three or four bytes a character.
const fn loads_wide(version: Version, role: DatabaseRole) -> bool {
    match role {
        DatabaseRole::Identity => version.facts().loads_in_utf8mb4,
        DatabaseRole::Shared => !matches!(version, Version::V5_11_0),
        DatabaseRole::Agent => true,
    }
}

const fn is_wide(schema: &Schema) -> bool {
    schema.widest >= 3
}

/// Whether scripts for a role stop in this database.
pub(crate) const fn is_too_wide(version: Version, role: DatabaseRole, schema: &Schema) -> bool {
    is_wide(schema) && !loads_wide(version, role)
}

fn judge(version: Version, role: DatabaseRole, database: &Database, schema: &Schema) -> Verdict {
    let current = format!("{} ({})", schema.charset, schema.collation);
    let chosen = database.charset.value();
    let is_wide = is_wide(schema);
    if is_too_wide(version, role, schema) {
        return too_wide(version, schema, &current);
    }
    let required = if database.charset == Charset::Latin1 { LATIN1.to_owned() } else { format!("{chosen}, or latin1") };
    if schema.charset == chosen {
        Verdict::passed(current, required)
    } else if schema.charset == LATIN1 || is_wide {
        Verdict::warned(format!("{current}; the plan says {chosen}"), required)
            .remedy(format!("The scripts load, but not as planned: change the database, or choose {}.", schema.charset))
            .command(alter(schema, chosen))
    } else {
        Verdict::warned(format!("{current}, which nobody tried with IS"), required)
            .remedy("Use latin1, which is right for every version.")
            .command(alter(schema, LATIN1))
    }
}

fn too_wide(version: Version, schema: &Schema, current: &str) -> Verdict {
    let why = format!("{current}: the scripts of IS {} stop with ERROR 1071 (key too long)", version.value());
    if schema.tables == 0 {
        Verdict::failed(why, LATIN1)
            .remedy("The database is empty: change it before the scripts run. As an administrator:")
            .command(alter(schema, LATIN1))
    } else {
        Verdict::failed(format!("{why}; {} tables are there already", schema.tables), LATIN1)
            .remedy(
                "Tables keep the character set they were made with, so changing the database is not enough. Back up what is \
                 needed, let an administrator remove the database and create it again, then run the scripts again:",
            )
            .command(format!("CREATE DATABASE `{}` CHARACTER SET latin1;", schema.name))
    }
}

fn alter(schema: &Schema, charset: &str) -> String {
    format!("ALTER DATABASE `{}` CHARACTER SET {charset};", schema.name)
}
