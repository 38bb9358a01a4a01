//! Faults of the account's rights: too few on the plan's databases, or some on others.

use domain::check::CheckId;
use testbed::{DatabaseServer, TestServerProduct};

use crate::support::{DATABASE, Prepared, RUN_TIME_RIGHTS, Run, prepare, servers, wait};

fn run(prepared: &Prepared<'_>) -> Run {
    wait(prepared.plan.run(&DATABASE))
}

/// The name as `GRANT` stores it with escaped wildcards, as in the fixture and database/grants.sql.
fn escaped(name: &str) -> String {
    name.replace('_', "\\_")
}

fn revoke(server: &DatabaseServer, prepared: &Prepared<'_>, rights: &str, database: &str) {
    let user = prepared.user.name();
    server.execute(&format!("REVOKE {rights} ON `{}`.* FROM {user}@'%'", escaped(database))).unwrap();
}

#[test]
fn each_right_that_is_missing() {
    for server in servers() {
        let prepared = prepare(&server);
        run(&prepared).is_healthy();
        let databases = [&prepared.identity, &prepared.shared, &prepared.agent];
        for (right, database) in RUN_TIME_RIGHTS.split(", ").zip(databases.into_iter().cycle()) {
            revoke(&server, &prepared, right, database.name());
            let found = run(&prepared);
            let result = found.fails_alone(CheckId::Db10, &format!("Missing: {right}"));
            assert_eq!(result.subject.as_deref(), Some(database.name()));
            server.execute(&result.remedy.commands[0]).unwrap();
            run(&prepared).is_healthy();
        }
    }
}

#[test]
fn rights_on_a_table_or_a_column_are_not_rights_on_the_database() {
    for server in servers() {
        let prepared = prepare(&server);
        let (user, database) = (prepared.user.name(), prepared.shared.name());
        server.execute(&format!("CREATE TABLE `{database}`.UM_DOMAIN (UM_DOMAIN_ID INT PRIMARY KEY)")).unwrap();
        revoke(&server, &prepared, "UPDATE", database);
        let words = "Missing: UPDATE. Privileges on single tables or columns";
        for rights in ["UPDATE (UM_DOMAIN_ID)", "UPDATE"] {
            server.execute(&format!("GRANT {rights} ON `{database}`.UM_DOMAIN TO {user}@'%'")).unwrap();
            let found = wait(prepared.plan.run(&[CheckId::Db09, CheckId::Db10, CheckId::Db11]));
            found.fails_alone(CheckId::Db10, words);
        }
    }
}

#[test]
fn a_more_specific_line_hides_the_general_one() {
    for server in servers() {
        let prepared = prepare(&server);
        let name = prepared.identity.name();
        let (user, beginning) = (prepared.user.name(), &name[..name.len() - 1]);
        revoke(&server, &prepared, "UPDATE, DELETE", name);
        prepared.user.grant(RUN_TIME_RIGHTS, &format!("`{}%`.*", escaped(beginning))).unwrap();
        run(&prepared).fails_alone(CheckId::Db10, "Missing: UPDATE, DELETE");
        // The server treats it in the same way.
        server.execute(&format!("CREATE TABLE `{name}`.t (a INT)")).unwrap();
        let shown = server.execute(&format!("SHOW GRANTS FOR {user}@'%'")).unwrap();
        println!("{shown}");
    }
}

#[test]
fn rights_that_come_with_a_role_count_while_it_is_on() {
    for server in servers() {
        let prepared = prepare(&server);
        let (user, database) = (prepared.user.name(), prepared.agent.name());
        let role = format!("role_{user}");
        revoke(&server, &prepared, "INSERT, UPDATE, DELETE", database);
        server
            .execute(&format!(
                "CREATE ROLE {role}; GRANT INSERT, UPDATE, DELETE ON `{}`.* TO {role}; GRANT {role} TO {user}@'%'",
                escaped(database)
            ))
            .unwrap();
        run(&prepared).fails_alone(CheckId::Db10, "Missing: INSERT, UPDATE, DELETE");
        server
            .execute(&match server.product() {
                TestServerProduct::MariaDb => format!("SET DEFAULT ROLE {role} FOR {user}@'%'"),
                TestServerProduct::MySql => format!("SET DEFAULT ROLE {role} TO {user}@'%'"),
            })
            .unwrap();
        run(&prepared).is_healthy();
        // Rights that a role grants beyond the plan's databases are too many as well.
        server.execute(&format!("GRANT PROCESS ON *.* TO {role}")).unwrap();
        run(&prepared).warns_alone(CheckId::Db09, "PROCESS on *.*");
        server.execute(&format!("DROP ROLE {role}")).unwrap();
    }
}

#[test]
fn rights_beyond_the_databases_of_the_plan() {
    for server in servers() {
        let prepared = prepare(&server);
        let user = prepared.user.name();
        let other = server.create_database("latin1").unwrap();
        let other = other.name();
        for (rights, on, words) in [
            ("RELOAD", "*.*", "RELOAD on *.*"),
            ("SELECT, INSERT, UPDATE, DELETE", "*.*", "DELETE, INSERT, SELECT, UPDATE on *.*"),
            ("EVENT, FILE, PROCESS, SHUTDOWN, RELOAD, TRIGGER", "*.*", "and 2 more on *.*"),
            ("SELECT", "mysql.*", "privileges on mysql"),
            ("ALL PRIVILEGES", &format!("`{other}`.*"), other),
        ] {
            server.execute(&format!("GRANT {rights} ON {on} TO {user}@'%'")).unwrap();
            let found = run(&prepared);
            let result = found.warns_alone(CheckId::Db09, words);
            // First grants the rights on its own databases, then revokes the others.
            result.remedy.commands.iter().for_each(|command| drop(server.execute(command).unwrap()));
            run(&prepared).is_healthy();
        }
        server.execute(&format!("GRANT ALL PRIVILEGES ON `{other}`.* TO {user}@'%' WITH GRANT OPTION")).unwrap();
        let found = run(&prepared);
        let result = found.warns_alone(CheckId::Db09, other);
        // Executing the commands at once would break another cluster that uses the account.
        assert!(result.remedy.text.starts_with("Another application or cluster may use this account"), "{result:?}");
        result.remedy.commands.iter().for_each(|command| drop(server.execute(command).unwrap()));
        run(&prepared).is_healthy();
    }
}

/// docker-is grants ALL; IS uses four rights at run time.
#[test]
fn rights_on_its_own_databases_that_is_does_not_use() {
    for server in servers() {
        let prepared = prepare(&server);
        let user = prepared.user.name();
        let own = escaped(prepared.identity.name());
        for (rights, option, words) in [
            ("ALL PRIVILEGES", "", "ALL on"),
            ("ALL PRIVILEGES", "WITH GRANT OPTION", "ALL, GRANT OPTION on"),
            ("CREATE, DROP, INDEX", "", "CREATE, DROP, INDEX on"),
        ] {
            server.execute(&format!("GRANT {rights} ON `{own}`.* TO {user}@'%' {option}")).unwrap();
            let found = run(&prepared);
            let result = found.warns_alone(CheckId::Db09, words);
            result.remedy.commands.iter().for_each(|command| drop(server.execute(command).unwrap()));
            run(&prepared).is_healthy();
        }
    }
}

/// It may be the only one: revoking its rights would lock everyone out.
#[test]
fn an_administrator_of_any_name_keeps_its_rights() {
    for server in servers() {
        for rights in ["ALL PRIVILEGES", "CREATE USER", "SUPER", "SELECT"] {
            let prepared = prepare(&server);
            let user = prepared.user.name();
            let grant_option = if rights == "SELECT" { "WITH GRANT OPTION" } else { "" };
            server.execute(&format!("GRANT {rights} ON *.* TO {user}@'%' {grant_option}")).unwrap();
            let found = run(&prepared);
            let result = found.warns_alone(CheckId::Db09, "on *.*");
            let commands = result.remedy.commands.join("\n");
            assert!(commands.starts_with("CREATE USER 'wso2is'") && !commands.contains("REVOKE"), "{commands}");
        }
    }
}

/// With this setting, `_` in a name is a plain character, and so is a backslash before it.
#[test]
fn rights_where_names_are_no_patterns() {
    let Some(server) = testbed::or_report(testbed::mysql_with(&["--partial-revokes=ON"])) else { return };
    let prepared = prepare(&server);
    // The fixture's grants with a backslash are for another name, of no existing database.
    let found = run(&prepared);
    let closed: Vec<_> = found.results().into_iter().filter(|result| result.id == CheckId::Db11).collect();
    assert_eq!(closed.len(), 3, "{closed:#?}");
    for result in closed {
        let grant = result.remedy.commands.iter().find(|command| command.starts_with("GRANT")).unwrap();
        server.execute(grant).unwrap();
    }
    let after = run(&prepared);
    assert_eq!(after.with(domain::check::Outcome::Failed), []);
    // The fixture's rights are on names that are not databases of the plan.
    let result = after.warns_alone(CheckId::Db09, "privileges on");
    result.remedy.commands.iter().for_each(|command| drop(server.execute(command).unwrap()));
    run(&prepared).is_healthy();
}

#[test]
fn root_is_reported() {
    for server in servers() {
        let mut prepared = prepare(&server);
        let (user, password) = server.administrator();
        prepared.plan.set("database.username", user).password(password);
        let found = run(&prepared);
        let result = found.warns_alone(CheckId::Db09, "the account is root");
        assert!(result.remedy.commands[0].starts_with("CREATE USER 'wso2is'"), "{result:?}");
    }
}
