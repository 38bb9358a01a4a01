//! DB-17: each database has a character set in which the scripts of the IS version load completely.
//!
//! Keys longer than 3,072 bytes are refused (ERROR 1071), and a character of utf8mb4 counts four bytes. Source for the scripts
//! with such keys: loading them into MariaDB 10.11 and MySQL 9.7.

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::schema::SchemaState;
use domain::steps::{Database, DatabaseCharset};
use domain::values::DatabaseName;

use crate::facts::Facts;
use crate::facts::plan_databases;
use crate::facts::schemas::{self, SchemaInfo};
use crate::facts::table_contents::DatabaseContents;
use crate::fault::{SharedFault, Verdict};

const LATIN1: &str = "latin1";
const REQUIRED: &str = "latin1.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    evaluate_all(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db17, REQUIRED)])
}

async fn evaluate_all(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let product = facts.answers().product.as_ref();
    let version = product
        .map(|product| product.version)
        .ok_or_else(|| SharedFault::incomplete("Product", "the IS version is missing"))?;
    let database = facts.database()?;
    let found = facts.schemas().await?;
    let ignores_case = facts.variables().await?.ignores_case();
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    let wide = |(role, name): (DatabaseRole, &DatabaseName)| {
        schemas::find(found, name, ignores_case)
            .is_some_and(|schema| schema.tables > 0 && is_too_wide(version, role, schema))
    };
    // Read only where it matters.
    let complete =
        if plan_databases::databases(database).into_iter().any(wide) { complete(facts).await } else { Vec::new() };
    for (role, name) in plan_databases::databases(database) {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        verdicts.push(
            match schemas::find(found, name, ignores_case) {
                Some(schema) if is_too_wide(version, role, schema) && complete.contains(&name.as_str()) => Verdict::warned(
                    format!("{} ({}), but all tables exist already.", schema.charset, schema.collation),
                    REQUIRED,
                )
                .remedy(
                    "Nothing has to be done now. The scripts of a later version may fail with ERROR 1071 (key too long): ask WSO2 \
                     before a migration.",
                ),
                Some(schema) => evaluate(version, role, database, schema),
                None => Verdict::skipped("DB-11 failed: The account does not see the database.", REQUIRED)
                    .remedy("See DB-11."),
            }
            .subject(name.as_str()),
        );
    }
    Ok(verdicts)
}

/// The databases with a complete schema: no script will run there.
async fn complete(facts: &Facts) -> Vec<&str> {
    // The checks of the tables report databases that cannot be read.
    let contents = facts.contents().await.unwrap_or_default();
    let is_complete = |of: &&DatabaseContents| {
        of.schema.as_ref().is_some_and(|found| matches!(found.state(), SchemaState::Complete(_)))
    };
    contents.iter().filter(is_complete).map(|of| of.name.as_str()).collect()
}

/// Whether the scripts of a role load into a character set of three or four bytes a character.
const fn loads_wide(version: Version, role: DatabaseRole) -> bool {
    match role {
        DatabaseRole::Identity => version.facts().identity_loads_in_utf8mb4,
        DatabaseRole::Shared => version.facts().shared_loads_in_utf8mb4,
        DatabaseRole::Agent => true,
    }
}

const fn is_wide(schema: &SchemaInfo) -> bool {
    schema.max_bytes_per_char >= 3
}

/// Whether scripts for `role` fail in this database.
pub(crate) const fn is_too_wide(version: Version, role: DatabaseRole, schema: &SchemaInfo) -> bool {
    is_wide(schema) && !loads_wide(version, role)
}

fn evaluate(version: Version, role: DatabaseRole, database: &Database, schema: &SchemaInfo) -> Verdict {
    let current = format!("{} ({})", schema.charset, schema.collation);
    let chosen = database.charset.value();
    let is_wide = is_wide(schema);
    if is_too_wide(version, role, schema) {
        return too_wide(version, schema, &current);
    }
    let required =
        if database.charset == DatabaseCharset::Latin1 { REQUIRED.to_owned() } else { format!("{chosen} or latin1.") };
    if schema.charset == chosen {
        Verdict::passed(format!("{current}."), required)
    } else if schema.charset == LATIN1 || is_wide {
        Verdict::warned(format!("{current}, but the plan requires {chosen}."), required)
            .remedy(format!("The scripts load, but not as planned. Choose {} in the Database step, or change the database. As an administrator, run:", schema.charset))
            .command(alter(schema, chosen))
    } else {
        Verdict::warned(format!("{current}, which is not tested with IS."), required)
            .remedy("Use latin1, which is correct for every version. As an administrator, run:")
            .command(alter(schema, LATIN1))
    }
}

fn too_wide(version: Version, schema: &SchemaInfo, current: &str) -> Verdict {
    let reason = format!("{current}. The scripts of IS {} fail with ERROR 1071 (key too long).", version.value());
    if schema.tables == 0 {
        Verdict::failed(reason, REQUIRED)
            .remedy("The database is empty. Change it before the scripts run. As an administrator, run:")
            .command(alter(schema, LATIN1))
    } else {
        Verdict::failed(format!("{reason} {} tables exist already.", schema.tables), REQUIRED)
            .remedy(
                "Tables keep the character set they were created with, so changing the database is not enough. Make a backup of data \
                 that you need, ask an administrator to drop the database and create it again, then run the scripts again:",
            )
            .command(format!("CREATE DATABASE `{}` CHARACTER SET latin1;", schema.name))
    }
}

fn alter(schema: &SchemaInfo, charset: &str) -> String {
    format!("ALTER DATABASE `{}` CHARACTER SET {charset};", schema.name)
}
