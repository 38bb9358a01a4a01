//! Faults of the scripts that fill the databases: missing, stopped, of another version or in the wrong database.

use domain::check::{CheckId, Outcome};
use domain::product::Version;

use crate::fingerprints::scripts;
use crate::support::{DATABASE, prepare, servers, wait};
use crate::table_faults::{ALL, fill, run, with_scripts};

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
fn a_missing_consent_script_is_reported() {
    let version = Version::V6_1_0;
    for server in with_scripts(version) {
        let mut prepared = prepare(&server);
        prepared.version(&server, version);
        fill(&server, &prepared, version, &["consent/mysql.sql"]);
        let run_checks = || wait(prepared.plan.run(&DATABASE));
        run_checks().fails_alone(CheckId::Db16, "consent/mysql.sql did not run");
        let identity = prepared.identity.name();
        let origin = "IDN_CORS_ORIGIN (TENANT_ID, ORIGIN, UUID) VALUES (1, 'x', 'x')";
        server.execute(&format!("INSERT INTO `{identity}`.{origin}")).unwrap();
        // Two findings: the missing script, and the data of an IS that runs without it.
        wait(prepared.plan.run(&[CheckId::Db26]))
            .warns_alone(CheckId::Db26, "An IS uses or used this database, and a script did not run");
        server.execute(&format!("DELETE FROM `{identity}`.IDN_CORS_ORIGIN")).unwrap();

        // 6.0 without UMA has the same tables, 7.0 does not.
        run(&server, prepared.identity.name(), version, "consent/mysql.sql", ALL);
        run_checks().is_healthy();
        let mut newer = prepared.plan.clone();
        newer.set("product.version", "7.0.0");
        wait(newer.run(&DATABASE)).fails_alone(CheckId::Db15, "created by IS 6.1.0");
    }
}

#[test]
fn scripts_in_the_wrong_database_are_reported() {
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
        let reported = |words: &str| run.results().iter().any(|result| result.current.contains(words));
        assert!(reported("10 tables of consent/mysql.sql, which belongs in"), "{:#?}", run.results());
    }
}

#[test]
fn the_version_that_created_a_database_is_named() {
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

            // Only a part of it: it is still recognised.
            let drop = "ALTER TABLE UM_TENANT DROP UM_EMAIL";
            server.execute(&format!("USE `{}`; {drop}", prepared.shared.name())).unwrap();
            run_checks().fails_alone(CheckId::Db15, &words.replace("created by", "closest to that of"));
        }
    }
}

#[test]
fn a_script_of_another_version_that_stopped_is_named() {
    for server in with_scripts(Version::V7_3_0) {
        let prepared = prepare(&server);
        run(&server, prepared.identity.name(), Version::V5_11_0, "identity/mysql.sql", 60);
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db15, "identity/mysql.sql of IS 5.11.0 stopped in it");
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

/// A table that cannot be read must not make a database look empty.
#[test]
fn rows_that_cannot_be_counted_are_not_reported_as_none() {
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
        let reported = of(CheckId::Db14, identity);
        assert!(
            reported.outcome == Outcome::Failed && reported.remedy.commands.is_empty(),
            "nothing is removed: {reported:?}"
        );
        assert!(reported.remedy.text.contains("holds data"), "{reported:?}");
        assert_eq!(of(CheckId::Db26, identity).outcome, Outcome::Warned);
    }
}

/// No message advises to remove a database that has all its tables.
#[test]
fn a_complete_database_with_a_default_changed_later_is_no_reason_to_remove_it() {
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
fn tables_of_other_software_and_stopped_scripts_are_reported_without_wso2s_scripts() {
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
        run_checks()
            .fails_alone(CheckId::Db14, "mysql.sql stopped after 1 of 105 statements with 1 tables. The next one is");
        execute("INSERT INTO REG_CLUSTER_LOCK (REG_LOCK_NAME, REG_LOCKED_TIME) VALUES ('x', NOW())");
        run_checks().fails_alone(CheckId::Db26, "1 tables hold data: REG_CLUSTER_LOCK");
        execute("DROP TABLE REG_CLUSTER_LOCK; CREATE TABLE IDN_BASE_TABLE (PRODUCT_NAME VARCHAR(20))");
        run_checks().fails_alone(CheckId::Db16, "holds 1 tables of identity/mysql.sql, which belongs in");
    }
}
