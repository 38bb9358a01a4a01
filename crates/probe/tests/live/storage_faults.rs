//! Faults of storage: engines, keys, collations, table spaces.

use domain::check::CheckId;
use testbed::{DatabaseServer, TestServerProduct};

use crate::support::{DATABASE, Prepared, RUN_TIME_RIGHTS, Run, fill, own_servers, prepare, servers, wait};

fn run(prepared: &Prepared<'_>) -> Run {
    wait(prepared.plan.run(&DATABASE))
}

fn fails_and_is_mended(server: &DatabaseServer, prepared: &Prepared<'_>, statement: &str, id: CheckId, words: &str) {
    server.execute(statement).unwrap();
    println!("{:?}: {statement}", server.product());
    let found = run(prepared);
    server.execute(&found.fails_alone(id, words).remedy.commands[0]).unwrap();
    run(prepared).is_healthy();
}

#[test]
fn engines_without_transactions() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        for engine in ["MyISAM", "MEMORY"] {
            let statement = format!("SET GLOBAL default_storage_engine = {engine}");
            fails_and_is_mended(&server, &prepared, &statement, CheckId::Db23, engine);
        }
    }
}

#[test]
fn a_table_of_is_without_transactions() {
    for server in servers() {
        let prepared = prepare(&server);
        let Some(()) = fill(&server, &prepared) else { return };
        run(&prepared).is_healthy();
        let statement = format!("ALTER TABLE `{}`.IDN_BASE_TABLE ENGINE=MyISAM", prepared.identity.name());
        fails_and_is_mended(
            &server,
            &prepared,
            &statement,
            CheckId::Db23,
            "1 tables use MyISAM, for example IDN_BASE_TABLE",
        );
    }
}

#[test]
fn row_formats_with_short_keys() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        for format in ["COMPACT", "REDUNDANT"] {
            let statement = format!("SET GLOBAL innodb_default_row_format = {format}");
            fails_and_is_mended(&server, &prepared, &statement, CheckId::Db21, format);
        }
    }
}

#[test]
fn small_pages() {
    for server in own_servers(&["--innodb-page-size=4k"]) {
        let prepared = prepare(&server);
        run(&prepared).fails_alone(CheckId::Db21, "Pages of 4 KB");
    }
    let Some(server) = testbed::or_report(testbed::mariadb_with(&["--innodb-page-size=8k"])) else { return };
    run(&prepare(&server)).fails_alone(CheckId::Db21, "Pages of 8 KB");
}

#[test]
fn required_primary_keys_stop_the_scripts_but_affect_no_existing_table() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        let switch = match server.product() {
            TestServerProduct::MariaDb => "innodb_force_primary_key",
            TestServerProduct::MySql => "sql_require_primary_key",
        };
        let on = format!("SET GLOBAL {switch} = ON");
        fails_and_is_mended(&server, &prepared, &on, CheckId::Db24, switch);
        let Some(()) = fill(&server, &prepared) else { return };
        server.execute(&on).unwrap();
        run(&prepared).is_healthy();
    }
}

/// MySQL then creates invisible keys: the scripts run, and their tables are complete.
#[test]
fn primary_keys_that_the_server_makes_itself() {
    let both = ["--sql-require-primary-key=ON", "--sql-generate-invisible-primary-key=ON"];
    let Some(server) = testbed::or_report(testbed::mysql_with(&both)) else { return };
    let prepared = prepare(&server);
    let found = run(&prepared);
    let result = found.warns_alone(CheckId::Db24, "sql_generate_invisible_primary_key");
    server.execute(&result.remedy.commands[0]).unwrap();
    run(&prepared).is_healthy();
    server.execute(&result.remedy.commands[1]).unwrap();
    let Some(()) = fill(&server, &prepared) else { return };
    run(&prepared).is_healthy();
}

#[test]
fn a_database_that_distinguishes_upper_from_lower_case() {
    for server in servers() {
        let mut prepared = prepare(&server);
        for collation in ["latin1_general_cs", "latin1_bin"] {
            let database = prepared.shared.name();
            server.execute(&format!("ALTER DATABASE `{database}` CHARACTER SET latin1 COLLATE {collation}")).unwrap();
            let found = run(&prepared);
            let result = found.warns_alone(CheckId::Db20, collation);
            assert_eq!(result.subject.as_deref(), Some(database));
            server.execute(&result.remedy.commands[0]).unwrap();
            run(&prepared).is_healthy();
        }
        // A version whose scripts load into utf8mb4.
        prepared.plan.set("product.version", "7.2.0").set("database.charset", "utf8mb4");
        let all = [&prepared.identity, &prepared.shared, &prepared.agent];
        for database in all {
            server.execute(&format!("ALTER DATABASE `{}` CHARACTER SET utf8mb4", database.name())).unwrap();
        }
        run(&prepared).is_healthy();
        let name = prepared.agent.name();
        server.execute(&format!("ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")).unwrap();
        run(&prepared).warns_alone(CheckId::Db20, "utf8mb4_bin");
    }
}

#[test]
fn columns_with_collation_was_changed() {
    for server in servers() {
        let prepared = prepare(&server);
        let Some(()) = fill(&server, &prepared) else { return };
        let shared = prepared.shared.name();
        for (column, collation, words) in [
            ("REG_PATH MODIFY REG_PATH_VALUE VARCHAR(750)", "latin1_swedish_ci", "in which /a and /A are equal"),
            ("UM_USER MODIFY UM_USER_NAME VARCHAR(255)", "latin1_bin", "Anna and anna are two users"),
        ] {
            server
                .execute(&format!("ALTER TABLE `{shared}`.{column} CHARACTER SET latin1 COLLATE {collation} NOT NULL"))
                .unwrap();
            let found = run(&prepared);
            server.execute(&found.warns_alone(CheckId::Db20, words).remedy.commands[0]).unwrap();
            run(&prepared).is_healthy();
        }
    }
}

#[test]
fn a_table_space_that_cannot_grow() {
    let options = ["--innodb-file-per-table=OFF", "--innodb-data-file-path=ibdata1:12M:autoextend:max:64M"];
    for server in own_servers(&options) {
        let prepared = prepare(&server);
        let found = run(&prepared);
        server.execute(&found.warns_alone(CheckId::Db38, "grows to at most 64M").remedy.commands[0]).unwrap();
        run(&prepared).is_healthy();
    }
}

#[test]
fn a_table_space_of_one_size() {
    let options = ["--innodb-file-per-table=OFF", "--innodb-data-file-path=ibdata1:12M"];
    for server in own_servers(&options) {
        let prepared = prepare(&server);
        run(&prepared).warns_alone(CheckId::Db38, "which does not grow");
    }
}

#[test]
fn a_healthy_database_in_another_collation_is_fine() {
    for server in servers() {
        let mut prepared = prepare(&server);
        let german = server.create_database("latin1 COLLATE latin1_german1_ci").unwrap();
        prepared.user.grant(RUN_TIME_RIGHTS, &format!("`{}`.*", german.name())).unwrap();
        prepared.leave(&server, &prepared.agent);
        prepared.plan.set("database.agent_db", german.name());
        run(&prepared).is_healthy();
    }
}
