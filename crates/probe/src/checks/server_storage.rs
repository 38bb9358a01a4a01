//! What the server stores tables in: DB-20 collations, DB-21 length of keys, DB-23 engines, DB-24 demanded primary keys,
//! DB-38 room.

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::steps::Database;
use domain::values::DatabaseName;

use super::database_version::unanswered;
use super::schemas;
use super::server_variables::{self as variables, Variables, untold};
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::mysql::greeting;
use crate::shared::Shared;

const KEYS: &str = "pages of 16 KB or more and row format DYNAMIC: keys of 3,072 bytes";
const INNODB: &str = "InnoDB";
const NO_DEMAND: &str = "sql_require_primary_key off while the scripts run";
const ROOM: &str = "table spaces that grow";

/// The tables of one engine in one database.
pub(crate) struct EngineUse {
    database: String,
    engine: String,
    tables: u64,
    bytes: u64,
    /// One of the tables.
    example: String,
}

/// Asks for the tables of the plan's databases, added up by engine.
pub(crate) async fn read(shared: &Shared) -> Result<Vec<EngineUse>, Fault> {
    let session = shared.session().await?;
    let names = sql::list_of_names(shared.database()?);
    let query = format!(
        "SELECT TABLE_SCHEMA, COALESCE(ENGINE, ''), COUNT(*), SUM(COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0)), \
         MIN(TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND LOWER(TABLE_SCHEMA) IN ({names}) \
         GROUP BY TABLE_SCHEMA, COALESCE(ENGINE, '')"
    );
    let rows = session.rows(query).await.map_err(unanswered)?;
    let engine_use = |row: Vec<Option<String>>| match <[Option<String>; 5]>::try_from(row) {
        Ok([Some(database), Some(engine), Some(tables), bytes, Some(example)]) => Some(EngineUse {
            database,
            engine,
            tables: tables.parse().ok()?,
            // A sum is a decimal number, which may have a fraction of nothing.
            bytes: bytes.and_then(|text| text.split('.').next()?.parse().ok()).unwrap_or(0),
            example,
        }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(engine_use).collect())
}

pub(crate) async fn key_length(shared: &Shared) -> Vec<Verdict> {
    variables::decide(shared, CheckId::Db21, KEYS, judge_keys).await
}

fn judge_keys(variables: &Variables) -> Verdict {
    let Some(page) = variables.number("innodb_page_size") else { return untold("innodb_page_size", KEYS) };
    let Some((_, format)) = variables.first_of(&["innodb_default_row_format"]) else {
        return untold("innodb_default_row_format", KEYS);
    };
    let format = greeting::clean(format.to_ascii_uppercase().as_bytes());
    let current = format!("pages of {} KB, row format {format}", page / 1024);
    if page < 16384 {
        return Verdict::failed(format!("{current}: scripts stop with ERROR 1071 (key too long)"), KEYS).remedy(
            "Install a server with the default page size: it is chosen when the data folder is made. Then, in the option \
             file under [mysqld]:",
        )
        .command("innodb_page_size = 16384");
    }
    // Servers before MySQL 5.7.7 have this switch, and it must be on.
    if variables.get("innodb_large_prefix") == "OFF" {
        let verdict = Verdict::failed(format!("{current}, innodb_large_prefix off"), KEYS).remedy("Switch it on.");
        return variables.set(verdict, "innodb_large_prefix", "ON");
    }
    if !matches!(format.as_str(), "DYNAMIC" | "COMPRESSED") {
        let verdict = Verdict::failed(format!("{current}: keys of 767 bytes, scripts stop with ERROR 1071"), KEYS)
            .remedy("Set the default row format before the scripts run. As an administrator:");
        return variables.set(verdict, "innodb_default_row_format", "DYNAMIC");
    }
    Verdict::passed(current, KEYS)
}

pub(crate) async fn engines(shared: &Shared) -> Vec<Verdict> {
    look_at_engines(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db23, INNODB)])
}

async fn look_at_engines(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let variables = shared.variables().await?;
    let mut verdicts = Vec::new();
    match variables.first_of(&["default_storage_engine", "storage_engine"]) {
        None => verdicts.push(untold("default_storage_engine", INNODB)),
        Some((name, engine)) if !engine.eq_ignore_ascii_case(INNODB) => {
            let current = format!("{name} is {}", greeting::clean(engine.as_bytes()));
            let verdict = Verdict::failed(current, INNODB)
                .remedy("Set it before the scripts run: not every statement names its engine. As an administrator:");
            verdicts.push(variables.set(verdict, name, "InnoDB"));
        }
        Some(_) => {}
    }
    for found in shared.engines().await?.iter().filter(|found| !found.engine.eq_ignore_ascii_case(INNODB)) {
        let engine = match greeting::clean(found.engine.as_bytes()) {
            engine if engine.is_empty() => "no engine: they are damaged".to_owned(),
            engine => engine,
        };
        let (database, example) =
            (greeting::clean(found.database.as_bytes()), greeting::clean(found.example.as_bytes()));
        let current = format!("{} tables with {engine}, such as {example}", found.tables);
        let verdict = Verdict::failed(current, INNODB)
            .remedy("Convert the tables; the second line writes the statement for each. As an administrator:")
            .command(format!("ALTER TABLE `{database}`.`{example}` ENGINE=InnoDB;"))
            .command(format!(
                "SELECT CONCAT('ALTER TABLE `', table_schema, '`.`', table_name, '` ENGINE=InnoDB;') FROM \
                 information_schema.tables WHERE table_schema = '{database}' AND engine <> 'InnoDB';"
            ));
        verdicts.push(verdict.of(database));
    }
    if verdicts.is_empty() {
        let tables: u64 = shared.engines().await?.iter().map(|found| found.tables).sum();
        verdicts.push(Verdict::passed(format!("InnoDB by default and in all {tables} tables"), INNODB));
    }
    Ok(verdicts)
}

pub(crate) async fn primary_keys(shared: &Shared) -> Vec<Verdict> {
    vec![look_at_primary_keys(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db24, NO_DEMAND))]
}

async fn look_at_primary_keys(shared: &Shared) -> Result<Verdict, Fault> {
    let variables = shared.variables().await?;
    // MySQL's name and MariaDB's; older servers have neither.
    let switches = ["sql_require_primary_key", "innodb_force_primary_key"];
    let Some(on) = switches.into_iter().find(|name| variables.is_on(name)) else {
        return Ok(Verdict::passed("primary keys are not demanded", NO_DEMAND));
    };
    let product = shared.answers().product.as_ref();
    let version = product.ok_or_else(|| Fault::incomplete("Product", "the IS version is missing"))?.version;
    if has_all_tables(shared, version).await? {
        return Ok(Verdict::passed(format!("{on} is on, but all tables are there already"), NO_DEMAND));
    }
    // MySQL from 8.0.30.
    if variables.is_on("sql_generate_invisible_primary_key") {
        return Ok(Verdict::warned(
            format!(
                "{on} and sql_generate_invisible_primary_key are on: tables without a primary key get one nobody sees"
            ),
            NO_DEMAND,
        )
        .remedy(
            "The scripts run. To have the tables as WSO2 made them, switch both off meanwhile. As an administrator:",
        )
        .command(format!("SET GLOBAL {on} = OFF; SET GLOBAL sql_generate_invisible_primary_key = OFF;"))
        .command(format!("SET GLOBAL {on} = ON; SET GLOBAL sql_generate_invisible_primary_key = ON; -- afterwards")));
    }
    let verdict =
        Verdict::failed(format!("{on} is on: scripts stop at the first table without a primary key"), NO_DEMAND)
            .remedy("Switch it off while the scripts run, and on again afterwards. As an administrator:")
            .command(format!("SET GLOBAL {on} = OFF;"));
    Ok(verdict.command(format!("SET GLOBAL {on} = ON; -- afterwards")))
}

async fn has_all_tables(shared: &Shared, version: Version) -> Result<bool, Fault> {
    let database = shared.database()?;
    let ignores_case = shared.variables().await?.ignores_case();
    let found = shared.schemas().await?;
    let is_full = |(role, name): &(DatabaseRole, &DatabaseName)| {
        let scripts = version.scripts().into_iter().filter(|script| script.database == *role);
        let wanted: u32 = scripts.map(|script| u32::from(script.tables)).sum();
        schemas::find(found, name, ignores_case).is_some_and(|schema| schema.tables >= wanted)
    };
    Ok(sql::databases(database).iter().all(is_full))
}

pub(crate) async fn room(shared: &Shared) -> Vec<Verdict> {
    vec![look_at_room(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db38, ROOM))]
}

async fn look_at_room(shared: &Shared) -> Result<Verdict, Fault> {
    let variables = shared.variables().await?;
    if let Some(verdict) = judge_room(variables) {
        return Ok(verdict);
    }
    Ok(Verdict::passed(sizes(shared.database()?, shared.engines().await?), ROOM))
}

/// `None` when nothing keeps the tables from growing but the disk, which is not to be seen from here.
fn judge_room(variables: &Variables) -> Option<Verdict> {
    let path = variables.get("innodb_data_file_path");
    // Aurora and others without files of their own do not tell them.
    if path.is_empty() || variables.get("innodb_file_per_table") != "OFF" {
        return None;
    }
    let last = path.rsplit(';').next().unwrap_or_default().to_ascii_lowercase();
    let limit = match (last.contains(":autoextend"), last.split(":max:").nth(1)) {
        (true, None) => return None,
        (true, Some(most)) => format!("grows to {} at most", greeting::clean(most.to_ascii_uppercase().as_bytes())),
        (false, _) => "does not grow".to_owned(),
    };
    let verdict = Verdict::warned(format!("all tables share one table space, which {limit}"), ROOM)
        .remedy("Give every table a file of its own, before the scripts run. As an administrator:");
    Some(variables.set(verdict, "innodb_file_per_table", "ON"))
}

fn sizes(database: &Database, engines: &[EngineUse]) -> String {
    let size = |name: &str| {
        let of = |found: &&EngineUse| found.database.eq_ignore_ascii_case(name);
        let bytes: u64 = engines.iter().filter(of).map(|found| found.bytes).sum();
        format!("{name} {}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    };
    let all: Vec<String> = sql::databases(database).into_iter().map(|(_, name)| size(name.as_str())).collect();
    format!("{}; room on the disk is not to be seen from here", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_spaces_that_end_are_told() {
        let path = |path, each| {
            judge_room(&Variables::of(&[("innodb_data_file_path", path), ("innodb_file_per_table", each)]))
        };
        assert!(path("ibdata1:12M:autoextend", "OFF").is_none());
        assert!(path("ibdata1:12M", "ON").is_none());
        assert!(path("", "OFF").is_none());
        let told = |path: Option<Verdict>, words: &str| assert!(format!("{path:?}").contains(words), "{path:?}");
        told(path("ibdata1:12M:autoextend:max:64M", "OFF"), "grows to 64M at most");
        told(path("ibdata1:12M;ibdata2:50M", "OFF"), "does not grow");
    }

    #[test]
    fn old_servers_have_a_switch_for_long_keys() {
        let list =
            [("innodb_page_size", "16384"), ("innodb_default_row_format", "dynamic"), ("innodb_large_prefix", "OFF")];
        assert!(format!("{:?}", judge_keys(&Variables::of(&list))).contains("innodb_large_prefix off"));
        assert!(format!("{:?}", judge_keys(&Variables::of(&list[..2]))).contains("Passed"));
    }
}
