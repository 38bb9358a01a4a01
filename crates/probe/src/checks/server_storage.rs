//! How the server stores tables: DB-21 length of keys, DB-23 storage engines, DB-24 required primary keys.

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::values::DatabaseName;

use super::server_variables::{decide, missing_variable, with_new_value};
use crate::facts::Facts;
use crate::facts::plan_databases;
use crate::facts::schemas;
use crate::facts::variables::ServerVariables;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::greeting;

const REQUIRED_KEYS: &str = "Pages of at least 16 KB and row format DYNAMIC, for keys of 3,072 bytes.";
const INNODB: &str = "InnoDB";
const REQUIRED_ENGINE: &str = "InnoDB by default and in all tables.";
const REQUIRED_PRIMARY_KEYS: &str = "sql_require_primary_key is off while the scripts run.";

pub(crate) async fn key_length(facts: &Facts) -> Vec<Verdict> {
    decide(facts, CheckId::Db21, REQUIRED_KEYS, evaluate_keys).await
}

fn evaluate_keys(variables: &ServerVariables) -> Verdict {
    let Some(page) = variables.number("innodb_page_size") else {
        return missing_variable("innodb_page_size", REQUIRED_KEYS);
    };
    let Some((_, format)) = variables.first_of(&["innodb_default_row_format"]) else {
        return missing_variable("innodb_default_row_format", REQUIRED_KEYS);
    };
    let format = greeting::clean(format.to_ascii_uppercase().as_bytes());
    let current = format!("Pages of {} KB and row format {format}.", page / 1024);
    if page < 16384 {
        return Verdict::failed(format!("{current} The scripts fail with ERROR 1071 (key too long)."), REQUIRED_KEYS).remedy(
            "Install a server with the default page size. It is set when the data directory is initialized, in the option file \
             under [mysqld]:",
        )
        .command("innodb_page_size = 16384");
    }
    // Servers before MySQL 5.7.7 have this variable, and it must be on.
    if variables.get("innodb_large_prefix") == "OFF" {
        // No fault: MySQL 5.7 is not a package of Debian; the unit test below passes its variables.
        let verdict = Verdict::failed(format!("{current} innodb_large_prefix is off."), REQUIRED_KEYS)
            .remedy("Switch it on. As an administrator, run:");
        return with_new_value(variables, verdict, "innodb_large_prefix", "ON");
    }
    if !matches!(format.as_str(), "DYNAMIC" | "COMPRESSED") {
        let verdict = Verdict::failed(
            format!("{current} Keys are limited to 767 bytes, so the scripts fail with ERROR 1071."),
            REQUIRED_KEYS,
        )
        .remedy("Set the default row format before the scripts run. As an administrator, run:");
        return with_new_value(variables, verdict, "innodb_default_row_format", "DYNAMIC");
    }
    Verdict::passed(current, REQUIRED_KEYS)
}

pub(crate) async fn engines(facts: &Facts) -> Vec<Verdict> {
    evaluate_engines(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db23, REQUIRED_ENGINE)])
}

async fn evaluate_engines(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let variables = facts.variables().await?;
    let mut verdicts = Vec::new();
    match variables.first_of(&["default_storage_engine", "storage_engine"]) {
        None => verdicts.push(missing_variable("default_storage_engine", REQUIRED_ENGINE)),
        Some((name, engine)) if !engine.eq_ignore_ascii_case(INNODB) => {
            let current = format!("{name} is {}.", greeting::clean(engine.as_bytes()));
            let verdict = Verdict::failed(current, REQUIRED_ENGINE).remedy(
                "Set it before the scripts run. Not every statement names its engine. As an administrator, run:",
            );
            verdicts.push(with_new_value(variables, verdict, name, "InnoDB"));
        }
        Some(_) => {}
    }
    for found in facts.engines().await?.iter().filter(|found| !found.engine.eq_ignore_ascii_case(INNODB)) {
        let engine = match greeting::clean(found.engine.as_bytes()) {
            engine if engine.is_empty() => "no readable engine (damaged)".to_owned(),
            engine => engine,
        };
        let (database, example) =
            (greeting::clean(found.database.as_bytes()), greeting::clean(found.example.as_bytes()));
        let current = format!("{} tables use {engine}, for example {example}.", found.tables);
        let verdict = Verdict::failed(current, REQUIRED_ENGINE)
            .remedy("Convert the tables. The second statement prints the statement for each table. As an administrator, run:")
            .command(format!("ALTER TABLE `{database}`.`{example}` ENGINE=InnoDB;"))
            .command(format!(
                "SELECT CONCAT('ALTER TABLE `', table_schema, '`.`', table_name, '` ENGINE=InnoDB;') FROM \
                 information_schema.tables WHERE table_schema = '{database}' AND engine <> 'InnoDB';"
            ));
        verdicts.push(verdict.subject(database));
    }
    if verdicts.is_empty() {
        let tables: u64 = facts.engines().await?.iter().map(|found| found.tables).sum();
        verdicts.push(Verdict::passed(format!("InnoDB by default and in all {tables} tables."), REQUIRED_ENGINE));
    }
    Ok(verdicts)
}

pub(crate) async fn primary_keys(facts: &Facts) -> Vec<Verdict> {
    vec![
        evaluate_primary_keys(facts)
            .await
            .unwrap_or_else(|fault| fault.verdict_for(CheckId::Db24, REQUIRED_PRIMARY_KEYS)),
    ]
}

async fn evaluate_primary_keys(facts: &Facts) -> Result<Verdict, SharedFault> {
    let variables = facts.variables().await?;
    // The names of MySQL and MariaDB. Older servers have neither.
    let switches = ["sql_require_primary_key", "innodb_force_primary_key"];
    let Some(on) = switches.into_iter().find(|name| variables.is_on(name)) else {
        return Ok(Verdict::passed("Primary keys are not required.", REQUIRED_PRIMARY_KEYS));
    };
    let product = facts.answers().product.as_ref();
    let version = product.ok_or_else(|| SharedFault::incomplete("Product", "the IS version is missing"))?.version;
    if has_all_tables(facts, version).await? {
        return Ok(Verdict::passed(format!("{on} is on, but all tables exist already."), REQUIRED_PRIMARY_KEYS));
    }
    // MySQL from 8.0.30.
    if variables.is_on("sql_generate_invisible_primary_key") {
        return Ok(Verdict::warned(
            format!(
                "{on} and sql_generate_invisible_primary_key are on. Tables without a primary key get an invisible one."
            ),
            REQUIRED_PRIMARY_KEYS,
        )
        .remedy(
            "The scripts run. To get the tables exactly as in WSO2's scripts, switch both off while they run. As an administrator, run:",
        )
        .command(format!("SET GLOBAL {on} = OFF; SET GLOBAL sql_generate_invisible_primary_key = OFF;"))
        .command(format!("SET GLOBAL {on} = ON; SET GLOBAL sql_generate_invisible_primary_key = ON; -- Afterwards")));
    }
    let verdict = Verdict::failed(
        format!("{on} is on. The scripts fail at the first table without a primary key."),
        REQUIRED_PRIMARY_KEYS,
    )
    .remedy("Switch it off while the scripts run, and on again afterwards. As an administrator, run:")
    .command(format!("SET GLOBAL {on} = OFF;"));
    Ok(verdict.command(format!("SET GLOBAL {on} = ON; -- Afterwards")))
}

async fn has_all_tables(facts: &Facts, version: Version) -> Result<bool, SharedFault> {
    let database = facts.database()?;
    let ignores_case = facts.variables().await?.ignores_case();
    let found = facts.schemas().await?;
    let is_full = |(role, name): &(DatabaseRole, &DatabaseName)| {
        let scripts = version.scripts().into_iter().filter(|script| script.database == *role);
        let wanted: u32 = scripts.map(|script| u32::from(script.tables)).sum();
        schemas::find(found, name, ignores_case).is_some_and(|schema| schema.tables >= wanted)
    };
    Ok(plan_databases::databases(database).iter().all(is_full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_have_a_variable_for_long_keys() {
        let list =
            [("innodb_page_size", "16384"), ("innodb_default_row_format", "dynamic"), ("innodb_large_prefix", "OFF")];
        assert!(format!("{:?}", evaluate_keys(&ServerVariables::of(&list))).contains("innodb_large_prefix is off"));
        assert!(format!("{:?}", evaluate_keys(&ServerVariables::of(&list[..2]))).contains("Passed"));
    }
}
