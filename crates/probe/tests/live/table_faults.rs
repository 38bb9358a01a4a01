//! Faults of tables, made on databases that WSO2's own scripts filled.

use std::io::Write as _;

use domain::check::{CheckId, Outcome};
use domain::product::{DatabaseRole, Version};
use domain::schema::{SchemaState, charset_differences, diagnose, script};
use testbed::DatabaseServer;

use crate::fingerprints::{look, scripts};
use crate::support::{DATABASE, Prepared, prepare, servers, wait};

/// Runs the first `count` statements of a script.
fn run(server: &DatabaseServer, database: &str, version: Version, path: &str, count: usize) {
    let text = std::fs::read_to_string(scripts(version).unwrap().join(path)).unwrap();
    let statements: Vec<String> =
        script::statements(&text).into_iter().take(count).map(|statement| statement.sql).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{};", statements.join(";\n")).unwrap();
    server.run_script(database, file.path()).unwrap();
}

const ALL: usize = usize::MAX;

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
fn with_scripts(version: Version) -> Vec<DatabaseServer> {
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
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(512)",
        "ALTER TABLE UM_TENANT MODIFY UM_EMAIL VARCHAR(255)",
        CheckId::Db14,
        "wider than varchar(255)",
    ),
    (
        "s",
        "CREATE INDEX TUNED ON UM_TENANT(UM_EMAIL)",
        "DROP INDEX TUNED ON UM_TENANT",
        CheckId::Db14,
        "60 tables match",
    ),
    ("s", "CREATE VIEW v AS SELECT 1 AS one", "DROP VIEW v", CheckId::Db13, "All 60 tables are tables of IS"),
];

#[test]
fn each_fault_of_filled_databases_is_told_by_its_check_alone() {
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
            let told = run.results().into_iter().any(|result| result.id == *id && result.current.contains(words));
            assert!(told, "{words}: {:#?}", run.results());
            execute(database, mend);
        }
        run_checks().is_healthy();
    }
}

#[test]
fn a_script_that_is_missing_or_stopped_is_named_with_its_command() {
    let version = Version::V6_0_0;
    for server in with_scripts(version) {
        let mut prepared = prepare(&server);
        prepared.version(&server, version);
        let identity = prepared.identity.name();
        fill(&server, &prepared, version, &["identity/uma/mysql.sql", "consent/mysql.sql"]);
        let run_checks = || wait(prepared.plan.run(&DATABASE));
        let both = run_checks();
        let result = both.fails_alone(CheckId::Db16, "identity/uma/mysql.sql, consent/mysql.sql did not run");
        let command = format!("{identity} < IS_HOME/dbscripts/identity/uma/mysql.sql");
        assert!(result.remedy.commands[0].ends_with(&command), "{result:?}");

        run(&server, identity, version, "consent/mysql.sql", ALL);
        run_checks().fails_alone(
            CheckId::Db16,
            "identity/uma/mysql.sql did not run: IDN_UMA_RESOURCE is missing. The other scripts did",
        );

        run(&server, identity, version, "identity/uma/mysql.sql", 3);
        let stopped = run_checks();
        let words = "identity/uma/mysql.sql stopped after 3 of 11 statements";
        let result = stopped.fails_alone(CheckId::Db14, words);
        assert!(result.remedy.commands[0].starts_with("clusterwright databases PLAN"), "{result:?}");

        server
            .execute(&format!(
                "USE `{identity}`; INSERT INTO IDN_CORS_ORIGIN (TENANT_ID, ORIGIN, UUID) VALUES (1, 'x', 'x')"
            ))
            .unwrap();
        run_checks()
            .fails_alone(CheckId::Db26, "1 tables hold data: IDN_CORS_ORIGIN. A script stopped in this database");
    }
}

#[test]
fn consent_missing_is_told() {
    let version = Version::V6_1_0;
    for server in with_scripts(version) {
        let mut prepared = prepare(&server);
        prepared.version(&server, version);
        fill(&server, &prepared, version, &["consent/mysql.sql"]);
        let run_checks = || wait(prepared.plan.run(&DATABASE));
        run_checks().fails_alone(CheckId::Db16, "consent/mysql.sql did not run");

        // The same tables are what 6.0 without UMA is, and not what 7.0 is.
        run(&server, prepared.identity.name(), version, "consent/mysql.sql", ALL);
        run_checks().is_healthy();
        let mut newer = prepared.plan.clone();
        newer.set("product.version", "7.0.0");
        wait(newer.run(&DATABASE)).fails_alone(CheckId::Db15, "created by IS 6.1.0");
    }
}

#[test]
fn scripts_in_the_wrong_database_are_told() {
    let version = Version::V7_2_0;
    for server in with_scripts(version) {
        let mut prepared = prepare(&server);
        prepared.version(&server, version);
        let (identity, shared) = (prepared.identity.name(), prepared.shared.name());
        run(&server, identity, version, "mysql.sql", ALL);
        let swapped = wait(prepared.plan.run(&DATABASE));
        let words = format!("The database holds 60 tables of mysql.sql, which belongs in {shared}");
        swapped.fails_alone(CheckId::Db16, &words);

        // All in one, which raises no error.
        run(&server, identity, version, "consent/mysql.sql", ALL);
        wait(prepared.plan.run(&DATABASE))
            .fails_alone(CheckId::Db16, "The database holds 60 tables of mysql.sql, which");

        run(&server, shared, version, "consent/mysql.sql", ALL);
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db16, "tables of mysql.sql");
        let run = wait(prepared.plan.run(&DATABASE));
        let told = |words: &str| run.results().iter().any(|result| result.current.contains(words));
        assert!(told("10 tables of consent/mysql.sql, which belongs in"), "{:#?}", run.results());
    }
}

#[test]
fn the_version_that_made_a_database_is_named() {
    for server in with_scripts(Version::V7_3_0) {
        for (version, words) in [
            (Version::V5_10_0, "created by IS 5.10.0"),
            (Version::V5_11_0, "created by IS 5.11.0"),
            (Version::V6_1_0, "created by IS 6.0.0 or 6.1.0"),
            (Version::V7_0_0, "created by IS 7.0.0"),
        ] {
            let prepared = prepare(&server);
            run(&server, prepared.shared.name(), version, "mysql.sql", ALL);
            let run_checks = || wait(prepared.plan.run(&DATABASE));
            let result = run_checks();
            assert_eq!(result.fails_alone(CheckId::Db15, words).subject.as_deref(), Some(prepared.shared.name()));

            // Not all of it: it is still told apart.
            let drop = "ALTER TABLE UM_TENANT DROP UM_EMAIL";
            server.execute(&format!("USE `{}`; {drop}", prepared.shared.name())).unwrap();
            run_checks().fails_alone(CheckId::Db15, &words.replace("created by IS", "closest to"));
        }
    }
}

#[test]
fn a_script_that_utf8mb4_stopped_is_a_fault_of_the_character_set() {
    let version = Version::V5_11_0;
    for server in with_scripts(version) {
        let mut prepared = prepare(&server);
        prepared.version(&server, version);
        let shared = prepared.shared.name();
        server.execute(&format!("ALTER DATABASE `{shared}` CHARACTER SET utf8mb4")).unwrap();
        server.run_script(shared, scripts(version).unwrap().join("mysql.sql")).unwrap_err();
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.fails_alone(CheckId::Db17, "tables exist already");
        assert_eq!(result.subject.as_deref(), Some(shared));
        let stopped =
            run.results().into_iter().find(|result| result.id == CheckId::Db14 && result.outcome != Outcome::Passed);
        assert!(stopped.unwrap().current.starts_with("DB-17 failed"), "{stopped:?}");
    }
}

/// One table that cannot be read must not make a database look as if it held nothing.
#[test]
fn rows_that_cannot_be_counted_are_not_said_to_be_none() {
    for server in with_scripts(Version::V7_3_0) {
        let prepared = prepare(&server);
        fill(&server, &prepared, Version::V7_3_0, &[]);
        let (identity, agent) = (prepared.identity.name(), prepared.agent.name());
        let rights = |database: &str| {
            let user = prepared.user.name();
            format!("REVOKE SELECT ON `{}`.* FROM {user}@'%';", database.replace('_', "\\_"))
        };
        server.execute(&rights(agent)).unwrap();
        server.execute(&format!("USE `{identity}`; DROP INDEX IDX_ATH ON IDN_OAUTH2_ACCESS_TOKEN")).unwrap();
        server
            .execute(&format!(
                "USE `{identity}`; INSERT INTO IDN_CORS_ORIGIN (TENANT_ID, ORIGIN, UUID) VALUES (1, 'x', 'x')"
            ))
            .unwrap();
        let found = wait(prepared.plan.run(&[CheckId::Db14, CheckId::Db26]));
        let of = |id: CheckId, database: &str| {
            let results = found.results();
            let of = results.into_iter().find(|result| result.id == id && result.subject.as_deref() == Some(database));
            of.unwrap().clone()
        };
        let open = of(CheckId::Db26, agent);
        assert_eq!(open.outcome, Outcome::CouldNotCheck, "{open:?}");
        let told = of(CheckId::Db14, identity);
        assert!(told.outcome == Outcome::Failed && told.remedy.commands.is_empty(), "nothing is removed: {told:?}");
        assert!(told.remedy.text.contains("holds data"), "{told:?}");
        assert_eq!(of(CheckId::Db26, identity).outcome, Outcome::Warned);
    }
}

/// Nobody is told to remove a database whose tables are all there.
#[test]
fn a_complete_database_whose_default_was_changed_later_is_no_reason_to_remove_it() {
    let version = Version::V5_11_0;
    for server in with_scripts(version) {
        let mut prepared = prepare(&server);
        prepared.version(&server, version);
        fill(&server, &prepared, version, &[]);
        let shared = prepared.shared.name();
        server.execute(&format!("ALTER DATABASE `{shared}` CHARACTER SET utf8mb4")).unwrap();
        let found = wait(prepared.plan.run(&[CheckId::Db17]));
        let result = found.warns_alone(CheckId::Db17, "all tables exist already");
        assert!(result.remedy.commands.is_empty(), "{result:?}");
    }
}

#[test]
fn tables_of_others_and_stopped_scripts_are_told_without_wso2s_scripts() {
    for server in servers() {
        let prepared = prepare(&server);
        let shared = prepared.shared.name();
        let execute = |sql: &str| server.execute(&format!("USE `{shared}`; {sql}")).unwrap();
        let run_checks = || wait(prepared.plan.run(&DATABASE));
        execute("CREATE TABLE customers (id INT); CREATE TABLE orders (id INT)");
        run_checks().fails_alone(CheckId::Db13, "2 of 2 tables are not tables of IS: customers, orders");
        execute("DROP TABLE customers, orders");
        execute(
            "CREATE TABLE REG_CLUSTER_LOCK (REG_LOCK_NAME VARCHAR(20), REG_LOCK_STATUS VARCHAR(20), \
                 REG_LOCKED_TIME TIMESTAMP, REG_TENANT_ID INTEGER DEFAULT 0, PRIMARY KEY (REG_LOCK_NAME))",
        );
        run_checks().fails_alone(CheckId::Db14, "mysql.sql stopped after 1 of 105 statements, 1 tables: next is");
        execute("INSERT INTO REG_CLUSTER_LOCK (REG_LOCK_NAME, REG_LOCKED_TIME) VALUES ('x', NOW())");
        run_checks().fails_alone(CheckId::Db26, "1 tables hold data: REG_CLUSTER_LOCK");
        execute("DROP TABLE REG_CLUSTER_LOCK; CREATE TABLE IDN_BASE_TABLE (PRODUCT_NAME VARCHAR(20))");
        run_checks().fails_alone(CheckId::Db16, "holds 1 tables of identity/mysql.sql, which belongs in");
    }
}

/// Each version's scripts are complete on every server: what MySQL makes differently from MariaDB is no difference.
fn is_complete_everywhere(version: Version) {
    for server in with_scripts(version) {
        let prepared = prepare(&server);
        fill(&server, &prepared, version, &[]);
        for (role, database) in [
            (DatabaseRole::Identity, &prepared.identity),
            (DatabaseRole::Shared, &prepared.shared),
            (DatabaseRole::Agent, &prepared.agent),
        ] {
            let observed = look(&server, database.name());
            let state = diagnose(version, &[role], &observed).state;
            let is_empty = role == DatabaseRole::Agent && !version.facts().agent_database;
            let expected = if is_empty { SchemaState::Empty } else { SchemaState::Complete(Vec::new()) };
            assert_eq!(state, expected, "{version:?} {role:?} on {:?}", server.product());
            assert_eq!(charset_differences(version, &[role], &observed, "latin1"), []);
        }
    }
}

macro_rules! complete {
    ($($name:ident $version:ident;)+) => { $(#[test] fn $name() { is_complete_everywhere(Version::$version); })+ };
}

complete! {
    complete_5_10 V5_10_0;
    complete_5_11 V5_11_0;
    complete_6_0 V6_0_0;
    complete_6_1 V6_1_0;
    complete_7_0 V7_0_0;
    complete_7_1 V7_1_0;
    complete_7_2 V7_2_0;
    complete_7_3 V7_3_0;
}
