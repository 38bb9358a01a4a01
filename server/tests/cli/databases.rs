//! `clusterwright databases`: the planned changes first, then the databases of a real MariaDB, from WSO2's own scripts.

use testbed::{DatabaseServer, Unavailable};

use crate::support::{DATABASE_PASSWORD, Ran, SECRETS, World};

pub(crate) const PASSWORD_VARIABLE: &str = "CLUSTERWRIGHT_DB_ADMIN_PASSWORD";

/// The example's version and its scripts, if they exist.
pub(crate) fn scripts(world: &World) -> Result<String, Unavailable> {
    let plan = std::fs::read_to_string(world.path("plan.toml")).unwrap();
    let version = plan.lines().find_map(|line| line.strip_prefix("version = \"")).unwrap().trim_end_matches('"');
    Ok(testbed::dbscripts(version)?.display().to_string())
}

/// A plan with separate databases and a separate account for this test.
pub(crate) fn world(server: &DatabaseServer, names: &str) -> World {
    let world = World::with_example();
    world.replace("plan.toml", "port = 3306", &format!("port = {}", server.port()));
    let plan = std::fs::read_to_string(world.path("plan.toml")).unwrap();
    let plan = plan.replace("\"wso2identity_db\"", &format!("\"{names}_identity\""));
    let plan = plan.replace("\"wso2shared_db\"", &format!("\"{names}_shared\""));
    let plan = plan.replace("\"wso2agent_db\"", &format!("\"{names}_agent\""));
    world.write("plan.toml", plan.replace("\"wso2is\"", &format!("\"{names}\"")));
    world
}

pub(crate) fn run(server: &DatabaseServer, world: &World, scripts: &str, more: &[&str]) -> Ran {
    let (user, password) = server.administrator();
    let arguments = [&["databases", "plan.toml", "--scripts", scripts, "--admin-user", user], more].concat();
    let ran = world.run(&arguments, &[&SECRETS[..], &[(PASSWORD_VARIABLE, password)]].concat());
    for secret in [password, DATABASE_PASSWORD] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "a password is told");
    }
    ran
}

/// Drops what a test created.
pub(crate) struct DroppedDatabase<'s>(pub(crate) &'s DatabaseServer, pub(crate) String);

impl Drop for DroppedDatabase<'_> {
    fn drop(&mut self) {
        let names = &self.1;
        let all =
            ["identity", "shared", "agent"].map(|role| format!("DROP DATABASE IF EXISTS `{names}_{role}`;")).concat();
        drop(self.0.execute(&format!("{all} DROP USER IF EXISTS '{names}'@'%'")));
    }
}

#[test]
fn databases_are_shown_then_made_then_complete() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let names = format!("cli{}", std::process::id());
    let world = world(&server, &names);
    let Some(scripts) = testbed::or_report(scripts(&world)) else { return };
    let _gone = DroppedDatabase(&server, names.clone());

    // No confirmation: standard input is empty.
    let shown = run(&server, &world, &scripts, &[]);
    assert_eq!(shown.code, 1, "{}", shown.stderr);
    let create = format!("{names}_shared: create the database, then run mysql.sql");
    assert!(shown.stdout.contains(&create) && shown.stderr.contains("Nothing was changed."), "{}", shown.stdout);
    assert!(shown.stdout.contains(&format!("CREATE DATABASE `{names}_identity` CHARACTER SET latin1;")));
    assert!(shown.stdout.contains("GRANT SELECT, INSERT, UPDATE, DELETE ON"));
    let count = format!("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{names}%'");
    assert_eq!(server.execute(&count).unwrap().trim(), "0");

    let made = run(&server, &world, &scripts, &["--yes"]);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""), "{}", made.stdout);
    assert!(made.stdout.contains(&format!("{names}_identity: complete, ")), "{}", made.stdout);
    assert!(made.stdout.contains("All databases are complete"));

    let checks = ["DB-05", "DB-11", "DB-13", "DB-14", "DB-15", "DB-16", "DB-17", "DB-18", "DB-26"];
    let only: Vec<&str> = checks.iter().flat_map(|id| ["--only", id]).collect();
    let checked = world.run(&[&["check", "plan.toml"][..], &only].concat(), &SECRETS);
    assert!(!checked.stdout.contains("failed") && !checked.stdout.contains("warned"), "{}", checked.stdout);

    let again = run(&server, &world, &scripts, &["--yes"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stdout.contains(&format!("{names}_agent: up to date, no changes"))
            || again.stdout.contains("up to date, no changes")
    );

    server.execute(&format!("CREATE TABLE `{names}_shared`.orders (a INT)")).unwrap();
    let refused = run(&server, &world, &scripts, &["--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("It holds tables that IS does not create: orders"), "{}", refused.stderr);
}

#[test]
fn what_is_missing_is_reported_before_anything_is_asked() {
    let world = World::with_example();
    let no_password = world.run(&["databases", "plan.toml", "--scripts", "."], &SECRETS);
    assert_eq!(no_password.code, 2);
    assert!(no_password.stderr.contains("lacks mysql.sql"), "{}", no_password.stderr);
    let no_plan = world.run(&["databases", "nothing.toml", "--scripts", "."], &[]);
    assert_eq!(no_plan.code, 2);
}

/// A copy of the scripts with one text replaced.
fn changed(scripts: &str, script: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in ["mysql.sql", "identity/mysql.sql", "consent/mysql.sql", "identity/agent/mysql.sql"] {
        let text = std::fs::read_to_string(format!("{scripts}/{path}")).unwrap();
        let text = if path == script { text.replacen(from, to, 1) } else { text };
        std::fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    folder
}

#[test]
fn scripts_that_wso2_did_not_release_are_shown_and_refused_unless_allowed() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let names = format!("chg{}", std::process::id());
    let world = world(&server, &names);
    let Some(scripts) = testbed::or_report(scripts(&world)) else { return };
    let _gone = DroppedDatabase(&server, names.clone());
    let added = "INSERT INTO UM_DOMAIN (UM_DOMAIN_NAME) VALUES ('planted');";
    let folder = changed(
        &scripts,
        "mysql.sql",
        "CREATE TABLE",
        &format!("CREATE TABLE IF NOT EXISTS PLANTED (A INT);\n{added}\nCREATE TABLE"),
    );
    let folder = folder.path().display().to_string();

    let refused = run(&server, &world, &folder, &["--yes"]);
    assert_eq!(refused.code, 1);
    for words in ["2 statements that WSO2 did not release", "mysql.sql:", "'planted'", "--allow-changed-scripts"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    let count = format!("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{names}%'");
    assert_eq!(server.execute(&count).unwrap().trim(), "0", "nothing was changed");
    let allowed = run(&server, &world, &folder, &["--allow-changed-scripts"]);
    assert!(allowed.stdout.contains("'planted'") && allowed.stdout.contains("create the database, then run mysql.sql"));

    // A statement about other databases is refused with every option.
    for attack in [
        "CREATE TABLE IF NOT EXISTS EVIL_A (A INT); DROP TABLE IF EXISTS EVIL_A, victim.t;",
        "CREATE TABLE EVIL_C AS SELECT LOAD_FILE('/etc/hostname') x, (SELECT User FROM mysql .user) y;",
        "INSERT INTO mysql .global_priv VALUES ('%','evil','{}');",
        "INSERT INTO UM_DOMAIN (UM_DOMAIN_NAME) VALUES ('x') /*M! , ('y') */;",
    ] {
        let folder = changed(&scripts, "mysql.sql", "CREATE TABLE", &format!("{attack}\nCREATE TABLE"));
        let refused = run(&server, &world, &folder.path().display().to_string(), &["--yes", "--allow-changed-scripts"]);
        assert_eq!(refused.code, 2, "{attack}: {}", refused.stderr);
        assert!(refused.stderr.contains("which no script of IS for MySQL does"), "{}", refused.stderr);
    }
}

#[test]
fn scripts_of_another_version_are_recognized_before_anything_is_changed() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let names = format!("ver{}", std::process::id());
    let world = world(&server, &names);
    let plan = std::fs::read_to_string(world.path("plan.toml")).unwrap();
    let own = plan.lines().find_map(|line| line.strip_prefix("version = \"")).unwrap().trim_end_matches('"').to_owned();
    let other = if own == "7.2.0" { "7.3.0" } else { "7.2.0" };
    let Some(folder) = testbed::or_report(testbed::dbscripts(other)) else { return };
    let _gone = DroppedDatabase(&server, names);
    let refused = run(&server, &world, &folder.display().to_string(), &["--yes", "--allow-changed-scripts"]);
    assert_eq!(refused.code, 2);
    let words = format!("These are the scripts of IS {other}, but the plan is for IS {own}.");
    assert!(refused.stderr.contains(&words), "{}", refused.stderr);
}
