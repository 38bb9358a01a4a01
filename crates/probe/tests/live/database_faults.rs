//! Faults of accounts and databases, each injected on real servers.

use domain::check::{CheckId, Outcome};
use testbed::TestServerProduct;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::{DATABASE, Plan, RUN_TIME_RIGHTS, prepare, prepare_from, servers, wait};

#[test]
fn a_wrong_password_is_a_fault_of_the_login() {
    for server in servers() {
        let mut prepared = prepare(&server);
        prepared.plan.password("not-the-password");
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.fails_alone(CheckId::Db05, "Error 1045: wrong user or password");
        assert!(result.remedy.commands.iter().any(|command| command.starts_with("ALTER USER")), "{result:?}");
        assert!(run.of(CheckId::Db11).current.starts_with("DB-05 failed: "));
        // The greeting reveals the product without a login.
        assert_eq!(run.of(CheckId::Db04).outcome, Outcome::Warned);
    }
}

#[test]
fn a_user_that_does_not_exist_is_a_fault_of_the_login() {
    for server in servers() {
        let mut prepared = prepare(&server);
        prepared.plan.set("database.username", "nobody-at-all");
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "1045");
    }
}

#[test]
fn an_account_for_another_machine_is_a_fault_of_the_login() {
    for server in servers() {
        let prepared = prepare_from(&server, "10.9.9.9");
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.fails_alone(CheckId::Db05, "1045");
        let account = format!("CREATE USER IF NOT EXISTS '{}'@'%'", prepared.user.name());
        assert!(result.remedy.commands.iter().any(|command| command.starts_with(&account)), "{result:?}");
        assert!(
            result.remedy.commands.iter().any(|command| command.contains("GRANT SELECT, INSERT, UPDATE, DELETE ON"))
        );
    }
}

#[test]
fn a_plan_that_keeps_us_out_is_not_wrong() {
    for server in servers() {
        let mut prepared = prepare_from(&server, "10.9.9.%");
        prepared.plan.set("database.account_host", "10.9.9.%");
        wait(prepared.plan.run(&DATABASE)).could_not_check(CheckId::Db05, "the account is limited to 10.9.9.%");
    }
}

#[test]
fn a_server_where_no_account_may_come_from_here_states_1130() {
    for server in [testbed::mariadb_with(&["--skip-name-resolve"]), testbed::mysql_with(&["--skip-name-resolve"])] {
        let Some(server) = testbed::or_report(server) else { continue };
        let prepared = prepare_from(&server, "10.9.9.9");
        server.execute("DROP USER IF EXISTS root@'%', root@'127.0.0.1', root@'::1'; FLUSH PRIVILEGES").unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.fails_alone(CheckId::Db05, "Error 1130: no account may connect from 127.0.0.1");
        assert!(result.remedy.commands[0].starts_with("CREATE USER"), "{result:?}");
        assert_eq!(run.of(CheckId::Db03).outcome, Outcome::Passed);
    }
}

#[test]
fn a_locked_account_is_named() {
    for server in servers() {
        let prepared = prepare(&server);
        server.execute(&format!("ALTER USER {}@'%' ACCOUNT LOCK", prepared.user.name())).unwrap();
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "is locked");
    }
}

#[test]
fn a_full_server_is_named() {
    for server in [testbed::mariadb_with(&["--max-connections=10"]), testbed::mysql_with(&["--max-connections=10"])] {
        let Some(server) = testbed::or_report(server) else { continue };
        let prepared = prepare(&server);
        let run = wait(async {
            let mut held = Vec::new();
            for _ in 0..12 {
                let mut stream = TcpStream::connect((server.host(), server.port())).await.unwrap();
                // The first bytes arrive when the server has accepted or refused the connection.
                let mut first = [0; 5];
                stream.read_exact(&mut first).await.unwrap();
                held.push(stream);
            }
            prepared.plan.run(&DATABASE).await
        });
        run.fails_alone(CheckId::Db05, "Error 1040: all connections");
    }
}

#[test]
fn a_missing_database_is_reported_with_the_sql_that_makes_it() {
    for server in servers() {
        let mut prepared = prepare(&server);
        let missing = format!("missing_{}", prepared.agent.name());
        prepared.plan.set("database.agent_db", &missing);
        prepared.leave(&server, &prepared.agent);
        let run = wait(prepared.plan.run(&DATABASE));
        // MariaDB does not reveal to an account without rights whether a database exists; MySQL does.
        let words = if server.product() == TestServerProduct::MariaDb { "Error 1044" } else { "does not exist" };
        let result = run.fails_alone(CheckId::Db11, words);
        assert_eq!(result.subject.as_deref(), Some(missing.as_str()));
        assert_eq!(result.remedy.commands[0], format!("CREATE DATABASE `{missing}` CHARACTER SET latin1;"));

        // To an account with a right on the name, the server reports that it does not exist.
        prepared.user.grant(RUN_TIME_RIGHTS, &format!("`{missing}`.*")).unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.fails_alone(CheckId::Db11, "does not exist");
        server.execute(&result.remedy.commands[0]).unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        assert_eq!(run.with(Outcome::Failed), [], "the SQL of the remedy helps");
        server.execute(&format!("DROP DATABASE `{missing}`")).unwrap();
    }
}

#[test]
fn a_database_the_account_may_not_use_is_reported_with_the_grant() {
    for server in servers() {
        let mut prepared = prepare(&server);
        let closed = server.create_database("latin1").unwrap();
        prepared.plan.set("database.shared_db", closed.name());
        prepared.leave(&server, &prepared.shared);
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.fails_alone(CheckId::Db11, "Error 1044");
        let grant = result.remedy.commands.iter().find(|command| command.starts_with("GRANT")).unwrap();
        server.execute(grant).unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        assert_eq!(run.with(Outcome::Failed), [], "the SQL of the remedy helps");
    }
}

#[test]
fn utf8mb4_is_reported_and_the_remedy_helps_while_the_database_is_empty() {
    for server in servers() {
        let mut prepared = prepare(&server);
        let wide = server.create_database("utf8mb4").unwrap();
        prepared.user.grant(RUN_TIME_RIGHTS, &format!("`{}`.*", wide.name())).unwrap();
        prepared.plan.set("database.identity_db", wide.name());
        prepared.leave(&server, &prepared.identity);
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.fails_alone(CheckId::Db17, "utf8mb4");
        assert_eq!(result.required, "latin1.");
        assert_eq!(result.remedy.commands, [format!("ALTER DATABASE `{}` CHARACTER SET latin1;", wide.name())]);

        server.execute(&format!("CREATE TABLE `{}`.t (id INT)", wide.name())).unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        // Two findings: no script creates the table.
        let mut failed = run.with(Outcome::Failed);
        failed.sort();
        assert_eq!(failed, [CheckId::Db13, CheckId::Db17]);
        let result = run.of(CheckId::Db17);
        assert!(result.current.contains("1 tables exist already") && result.remedy.text.contains("Make a backup"));

        server
            .execute(&format!("DROP TABLE `{0}`.t; ALTER DATABASE `{0}` CHARACTER SET latin1;", wide.name()))
            .unwrap();
        assert_eq!(wait(prepared.plan.run(&DATABASE)).with(Outcome::Failed), []);
    }
}

#[test]
fn utf8mb4_is_evaluated_by_version_and_by_what_was_chosen() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let mut prepared = prepare(&server);
    let wide = server.create_database("utf8mb4").unwrap();
    prepared.user.grant(RUN_TIME_RIGHTS, &format!("`{}`.*", wide.name())).unwrap();
    prepared.plan.set("database.identity_db", wide.name());
    prepared.leave(&server, &prepared.identity);
    for version in ["7.3.0", "5.10.0", "5.11.0", "6.0.0", "6.1.0"] {
        if version == "5.10.0" {
            // From here on the agent database does not exist.
            prepared.leave(&server, &prepared.agent);
        }
        prepared.plan.set("product.version", version).set("database.charset", "latin1");
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db17, "ERROR 1071");
        prepared.plan.set("database.charset", "utf8mb4");
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db17, "ERROR 1071");
    }
    for version in ["7.0.0", "7.1.0", "7.2.0"] {
        if version == "7.2.0" {
            prepared.user.grant(RUN_TIME_RIGHTS, &format!("`{}`.*", prepared.agent.name())).unwrap();
        }
        prepared.plan.set("product.version", version).set("database.charset", "latin1");
        wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db17, "the plan requires latin1");
        prepared.plan.set("database.charset", "utf8mb4");
        assert_eq!(wait(prepared.plan.run(&DATABASE)).of(CheckId::Db17).outcome, Outcome::Passed);
    }
}

#[test]
fn an_untested_character_set_warns() {
    for server in servers() {
        let mut prepared = prepare(&server);
        let greek = server.create_database("greek").unwrap();
        prepared.user.grant(RUN_TIME_RIGHTS, &format!("`{}`.*", greek.name())).unwrap();
        prepared.plan.set("database.agent_db", greek.name());
        prepared.leave(&server, &prepared.agent);
        wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db17, "which is not tested with IS");
    }
}

#[test]
fn a_version_that_wso2_does_not_list_warns() {
    for server in servers() {
        let prepared = prepare(&server);
        let run = wait(prepared.plan.run(&[CheckId::Db04]));
        run.warns_alone(CheckId::Db04, "which WSO2 does not list for IS 7.3.0");
    }
}

#[test]
fn the_same_database_twice_is_reported_by_one_check() {
    for server in servers() {
        let mut prepared = prepare(&server);
        prepared.plan.set("database.shared_db", prepared.identity.name());
        prepared.leave(&server, &prepared.shared);
        wait(prepared.plan.run(&DATABASE))
            .fails_alone(CheckId::Db12, "The identity and the shared database are the same");
    }
}

#[test]
fn names_that_differ_in_case_are_one_database_where_the_server_ignores_case() {
    let Some(ignores) = testbed::or_report(testbed::mariadb_with(&["--lower-case-table-names=1"])) else { return };
    let mut prepared = prepare(&ignores);
    prepared.plan.set("database.shared_db", prepared.identity.name().to_uppercase());
    prepared.leave(&ignores, &prepared.shared);
    let run = wait(prepared.plan.run(&DATABASE));
    // Two findings: both names are one database, and the server's setting is unusual.
    assert_eq!((run.with(Outcome::Failed), run.of(CheckId::Db27).outcome), (vec![CheckId::Db12], Outcome::Warned));
    assert!(run.of(CheckId::Db12).current.contains("lower_case_table_names is on"), "{:?}", run.of(CheckId::Db12));

    wait(prepared.plan.run(&[CheckId::Db12])).fails_alone(CheckId::Db12, "lower_case_table_names is on");

    let Some(minds) = testbed::or_report(testbed::mariadb()) else { return };
    let mut prepared = prepare(&minds);
    prepared.plan.set("database.shared_db", prepared.identity.name().to_uppercase());
    prepared.leave(&minds, &prepared.shared);
    let run = wait(prepared.plan.run(&DATABASE));
    // Two findings: the second database does not exist, and such names collide on servers that ignore case.
    assert_eq!((run.with(Outcome::Failed), run.of(CheckId::Db12).outcome), (vec![CheckId::Db11], Outcome::Warned));
    wait(prepared.plan.run(&[CheckId::Db12])).warns_alone(CheckId::Db12, "The names differ only in case");
}

#[test]
fn a_password_that_mysql_has_not_cached_works_without_tls() {
    let Some(server) = testbed::or_report(testbed::mysql_with(&[])) else { return };
    assert_eq!(server.product(), TestServerProduct::MySql);
    let prepared = prepare(&server);
    server.execute("FLUSH PRIVILEGES").unwrap();
    let run = wait(prepared.plan.run(&[CheckId::Db05]));
    assert_eq!(run.of(CheckId::Db05).outcome, Outcome::Passed, "{:?}", run.of(CheckId::Db05));
    let plugin = format!("SELECT plugin FROM mysql.user WHERE user = '{}'", prepared.user.name());
    assert_eq!(server.execute(&plugin).unwrap().trim(), "caching_sha2_password");
}

#[test]
fn an_account_without_a_password_method_is_named() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let mut prepared = prepare(&server);
    let name = format!("{}_socket", prepared.user.name());
    server.execute(&format!("CREATE USER {name}@'%' IDENTIFIED VIA unix_socket")).unwrap();
    prepared.plan.set("database.username", &name);
    let run = wait(prepared.plan.run(&DATABASE));
    server.execute(&format!("DROP USER {name}@'%'")).unwrap();
    run.fails_alone(CheckId::Db05, "does not log in with a password");
}

#[test]
fn no_result_depends_on_the_order_of_the_checks() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let plan: Plan = prepare(&server).plan.password("not-the-password").clone();
    let backwards: Vec<CheckId> = DATABASE.iter().copied().rev().collect();
    wait(plan.run(&backwards)).fails_alone(CheckId::Db05, "1045");
    for id in DATABASE.iter().copied() {
        let run = wait(plan.run(&[id]));
        let expected = if id == CheckId::Db05 { vec![id] } else { vec![] };
        assert_eq!(run.with(Outcome::Failed), expected, "{id} alone");
    }
}
