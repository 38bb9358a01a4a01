//! Faults of tables, made on databases that WSO2's own scripts filled.

use std::io::Write as _;

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::schema::script;
use testbed::DatabaseServer;

use crate::fingerprints::scripts;
use crate::support::{DATABASE, Prepared, prepare, servers, wait};
use crate::table_cases::{FAULTS, HARMLESS, WARNINGS};

/// Runs the first `count` statements of a script.
pub(crate) fn run(server: &DatabaseServer, database: &str, version: Version, path: &str, count: usize) {
    let text = std::fs::read_to_string(scripts(version).unwrap().join(path)).unwrap();
    let statements: Vec<String> =
        script::statements(&text).into_iter().take(count).map(|statement| statement.sql).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{};", statements.join(";\n")).unwrap();
    server.run_script(database, file.path()).unwrap();
}

/// All statements of a script.
pub(crate) const ALL: usize = usize::MAX;

/// Runs all scripts of a version but those that `without` names.
pub(crate) fn fill(server: &DatabaseServer, prepared: &Prepared<'_>, version: Version, without: &[&str]) {
    for script in version.scripts().iter().filter(|script| !without.contains(&script.path)) {
        let database = match script.database {
            DatabaseRole::Identity => &prepared.identity,
            DatabaseRole::Shared => &prepared.shared,
            DatabaseRole::Agent => &prepared.agent,
        };
        run(server, database.name(), version, script.path, ALL);
    }
}

/// Servers, if the scripts of `version` are there.
pub(crate) fn with_scripts(version: Version) -> Vec<DatabaseServer> {
    if testbed::or_say(scripts(version)).is_some() { servers() } else { Vec::new() }
}

/// A fault that SQL makes and takes away again in a filled set-up: where, what, how it is mended, who tells it, with which
/// words. `{i}`, `{s}` and `{a}` are the databases.
const FAULTS: &[(&str, &str, &str, CheckId, &str)] = &[
    (
        "i",
        "DROP INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN",
        "CREATE INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN(ACCESS_TOKEN_HASH)",
        CheckId::Db14,
        "1 missing: index IDX_ATH on IDN_OAUTH2_ACCESS_TOKEN",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL INT",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "1 changed: column UM_TENANT.UM_EMAIL is int, not varchar(255)",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(100)",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "UM_TENANT.UM_EMAIL is varchar(100)",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT DROP UM_EMAIL",
        "ALTER TABLE UM_TENANT ADD UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "column UM_TENANT.UM_EMAIL",
    ),
    (
        "s",
        "RENAME TABLE UM_DIALECT TO UM_DIALECT_OLD",
        "RENAME TABLE UM_DIALECT_OLD TO UM_DIALECT",
        CheckId::Db14,
        "table UM_DIALECT",
    ),
    (
        "i",
        "DELETE FROM IDN_BASE_TABLE",
        "INSERT INTO IDN_BASE_TABLE VALUES ('WSO2 Identity Server')",
        CheckId::Db14,
        "rows of IDN_BASE_TABLE (0 of 1)",
    ),
    (
        "i",
        "ALTER TABLE IDN_BASE_TABLE DROP PRIMARY KEY",
        "ALTER TABLE IDN_BASE_TABLE ADD PRIMARY KEY (PRODUCT_NAME)",
        CheckId::Db14,
        "primary key of IDN_BASE_TABLE",
    ),
    (
        "i",
        "DROP INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN; CREATE INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN(TOKEN_STATE)",
        "DROP INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN; CREATE INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN(ACCESS_TOKEN_HASH)",
        CheckId::Db14,
        "index IDX_ATH on IDN_OAUTH2_ACCESS_TOKEN is of (TOKEN_STATE), not (ACCESS_TOKEN_HASH)",
    ),
    (
        "s",
        "DROP INDEX UM_TENANT_UUID ON UM_TENANT; CREATE INDEX UM_TENANT_UUID ON UM_TENANT(UM_TENANT_UUID)",
        "DROP INDEX UM_TENANT_UUID ON UM_TENANT; CREATE UNIQUE INDEX UM_TENANT_UUID ON UM_TENANT(UM_TENANT_UUID)",
        CheckId::Db14,
        "index UM_TENANT_UUID on UM_TENANT is not unique",
    ),
    (
        "s",
        "CREATE UNIQUE INDEX ONE_MAIL ON UM_TENANT(UM_EMAIL)",
        "DROP INDEX ONE_MAIL ON UM_TENANT",
        CheckId::Db14,
        "UM_TENANT has a unique index too many: ONE_MAIL",
    ),
    (
        "i",
        "ALTER TABLE CM_RECEIPT_SP_ASSOC DROP FOREIGN KEY CM_RECEIPT_SP_ASSOC_fk0",
        "ALTER TABLE CM_RECEIPT_SP_ASSOC ADD CONSTRAINT CM_RECEIPT_SP_ASSOC_fk0 FOREIGN KEY (CONSENT_RECEIPT_ID) \
         REFERENCES CM_RECEIPT (CONSENT_RECEIPT_ID)",
        CheckId::Db14,
        "foreign key of CM_RECEIPT_SP_ASSOC (CONSENT_RECEIPT_ID) to CM_RECEIPT",
    ),
    (
        "i",
        "CREATE TABLE orders (a INT)",
        "DROP TABLE orders",
        CheckId::Db13,
        "1 of 172 tables are not tables of IS: orders",
    ),
    (
        "a",
        "CREATE TABLE a1 (a INT); CREATE TABLE a2 (a INT); CREATE TABLE a3 (a INT); CREATE TABLE a4 (a INT); \
         CREATE TABLE a5 (a INT); CREATE TABLE a6 (a INT)",
        "DROP TABLE a1, a2, a3, a4, a5, a6",
        CheckId::Db13,
        "6 of 10 tables are not tables of IS: a1, a2, a3, a4, a5 and 1 more",
    ),
    (
        "a",
        "DROP INDEX UM_ATTR_NAME_VALUE_INDEX ON UM_USER_ATTRIBUTE; DROP TABLE UM_USER_ROLE",
        "CREATE INDEX UM_ATTR_NAME_VALUE_INDEX ON UM_USER_ATTRIBUTE(UM_ATTR_NAME, UM_ATTR_VALUE(512)); @5",
        CheckId::Db14,
        "identity/agent/mysql.sql stopped after 4 of 6 statements with 3 tables. The next one is the index UM_ATTR_NAME_VALUE_INDEX",
    ),
    (
        "a",
        "SET foreign_key_checks = 0; DROP TABLE UM_USER_ROLE, UM_USER_ATTRIBUTE, UM_USER, UM_ROLE",
        "@0",
        CheckId::Db16,
        "identity/agent/mysql.sql did not run: UM_USER is missing. The database is empty, but others are filled",
    ),
];

/// Faults that only warn, in the same form.
const WARNINGS: &[(&str, &str, &str, CheckId, &str)] = &[
    (
        "s",
        "ALTER TABLE UM_DIALECT CONVERT TO CHARACTER SET utf8mb4",
        "ALTER TABLE UM_DIALECT CONVERT TO CHARACTER SET latin1",
        CheckId::Db18,
        "table UM_DIALECT is utf8mb4, not latin1",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255) CHARACTER SET utf8mb3",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255) CHARACTER SET latin1",
        CheckId::Db18,
        "column UM_TENANT.UM_EMAIL is utf8mb3, not latin1",
    ),
    (
        "i",
        "ALTER TABLE IDN_BASE_TABLE DEFAULT CHARACTER SET utf8mb4",
        "ALTER TABLE IDN_BASE_TABLE DEFAULT CHARACTER SET latin1",
        CheckId::Db18,
        "table IDN_BASE_TABLE is utf8mb4",
    ),
    (
        "a",
        "ALTER TABLE UM_USER_ATTRIBUTE MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET latin1",
        "ALTER TABLE UM_USER_ATTRIBUTE MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        CheckId::Db18,
        "column UM_USER_ATTRIBUTE.UM_ATTR_VALUE is latin1, not utf8mb4",
    ),
    (
        "s",
        "INSERT INTO UM_DOMAIN (UM_DOMAIN_NAME, UM_TENANT_ID) VALUES ('PRIMARY', -1234)",
        "DELETE FROM UM_DOMAIN",
        CheckId::Db26,
        "1 tables hold data: UM_DOMAIN. An IS uses or used",
    ),
];

/// What differs and is right all the same.
const HARMLESS: &[(&str, &str, &str, CheckId, &str)] = &[
    (
        "i",
        "ALTER TABLE IDN_OAUTH2_DEVICE_FLOW ADD UPDATED INT",
        "ALTER TABLE IDN_OAUTH2_DEVICE_FLOW DROP UPDATED",
        CheckId::Db14,
        "possibly from an update: column IDN_OAUTH2_DEVICE_FLOW.UPDATED",
    ),
    (
        "i",
        "CREATE TABLE IDN_NEW_BY_UPDATE (ID INT PRIMARY KEY)",
        "DROP TABLE IDN_NEW_BY_UPDATE",
        CheckId::Db14,
        "table IDN_NEW_BY_UPDATE",
    ),
    (
        "s",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL !without.contains(&script.path)) {
        let database = match script.database {
            DatabaseRole::Identity => &prepared.identity,
            DatabaseRole::Shared => &prepared.shared,
            DatabaseRole::Agent => &prepared.agent,
        };
        run(server, database.name(), version, script.path, ALL);
    }
}

/// Servers, if the scripts of `version` are there.
fn with_scripts(version: Version) -> Vec<DatabaseServer> {
    if testbed::or_say(scripts(version)).is_some() { servers() } else { Vec::new() }
}

#[test]
fn each_fault_of_filled_databases_is_reported_by_its_check_alone() {
    let version = Version::V7_3_0;
    for server in with_scripts(version) {
        let prepared = prepare(&server);
        fill(&server, &prepared, version, &[]);
        let run_checks = || wait(prepared.plan.run(&DATABASE));
        let healthy = run_checks();
        healthy.is_healthy();
        println!(
            "{:?}: {} database checks on filled databases in {:?}",
            server.product(),
            DATABASE.len(),
            healthy.took
        );
        assert!(healthy.of(CheckId::Db14).current.contains("171 tables"), "{:?}", healthy.of(CheckId::Db14));
        let name = |database: &str| match database {
            "i" => prepared.identity.name(),
            "s" => prepared.shared.name(),
            _ => prepared.agent.name(),
        };
        let execute = |database: &str, sql: &str| {
            let (sql, rest) = sql.split_once('@').unwrap_or((sql, "none"));
            server.execute(&format!("USE `{}`; {sql}", name(database))).unwrap();
            // The rest of the agent script, from a statement on.
            if let Ok(from) = rest.parse() {
                let path = scripts(version).unwrap().join("identity/agent/mysql.sql");
                let text = std::fs::read_to_string(path).unwrap();
                for statement in script::statements(&text).iter().skip(from) {
                    server.execute(&format!("USE `{}`; {}", name(database), statement.sql)).unwrap();
                }
            }
        };
        for (database, make, mend, id, words) in FAULTS {
            execute(database, make);
            let run = run_checks();
            let result = run.fails_alone(*id, words);
            assert_eq!(result.subject.as_deref(), Some(name(database)));
            execute(database, mend);
        }
        for (database, make, mend, id, words) in WARNINGS {
            execute(database, make);
            let run = run_checks();
            let result = run.warns_alone(*id, words);
            assert_eq!(result.subject.as_deref(), Some(name(database)));
            execute(database, mend);
        }
        for (database, make, mend, id, words) in HARMLESS {
            execute(database, make);
            let run = run_checks();
            run.is_healthy();
            let reported = run.results().into_iter().any(|result| result.id == *id && result.current.contains(words));
            assert!(reported, "{words}: {:#?}", run.results());
            execute(database, mend);
        }
        run_checks().is_healthy();
    }
}
