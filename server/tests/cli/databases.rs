//! `clusterwright databases`: the planned changes first, then the databases of a real MariaDB, from WSO2's scripts.

use testbed::plan::{DATABASE_PASSWORD, TestPlan};
use testbed::script_pack::SCRIPTS;
use testbed::{DatabaseNames, Unavailable};

use crate::support::{Ran, SECRETS, World};

pub(crate) const PASSWORD_VARIABLE: &str = "CLUSTERWRIGHT_DB_ADMIN_PASSWORD";
/// The newest version.
const VERSION: &str = "7.3.0";

/// The folder of WSO2's scripts for the plan of [`world`].
pub(crate) fn scripts() -> Result<String, Unavailable> {
    Ok(testbed::dbscripts(VERSION)?.display().to_string())
}

/// A world with a plan for these databases.
pub(crate) fn world(names: &DatabaseNames<'_>) -> World {
    World::with_plan(&TestPlan::one_machine().with("product.version", VERSION).with_all(names.answers()))
}

pub(crate) fn run(names: &DatabaseNames<'_>, world: &World, scripts: &str, more: &[&str]) -> Ran {
    let (user, password) = names.server().administrator();
    let arguments = [&["databases", "plan.toml", "--scripts", scripts, "--admin-user", user], more].concat();
    let ran = world.run(&arguments, &[&SECRETS[..], &[(PASSWORD_VARIABLE, password)]].concat());
    for secret in [password, DATABASE_PASSWORD] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "the output contains a password");
    }
    ran
}

#[test]
fn databases_are_planned_then_created_then_complete() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(scripts()) else { return };
    let names = DatabaseNames::new(&server, "cli");
    let world = world(&names);
    let [identity, shared, agent] = ["identity", "shared", "agent"].map(|role| names.database(role));

    // No one confirms: standard input is empty.
    let shown = run(&names, &world, &scripts, &[]);
    assert_eq!(shown.code, 1, "{}", shown.stderr);
    let create = format!("{shared}: create the database, then run mysql.sql");
    assert!(shown.stdout.contains(&create) && shown.stderr.contains("Nothing was changed."), "{}", shown.stdout);
    assert!(shown.stdout.contains(&format!("CREATE DATABASE `{identity}` CHARACTER SET latin1;")));
    assert!(shown.stdout.contains("GRANT SELECT, INSERT, UPDATE, DELETE ON"));
    assert_eq!(names.count().unwrap(), 0);

    let made = run(&names, &world, &scripts, &["--yes"]);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""), "{}", made.stdout);
    assert!(made.stdout.contains(&format!("{identity}: complete, ")), "{}", made.stdout);
    assert!(made.stdout.contains("All databases are complete"));

    let checks = ["DB-05", "DB-11", "DB-13", "DB-14", "DB-15", "DB-16", "DB-17", "DB-18", "DB-26"];
    let only: Vec<&str> = checks.iter().flat_map(|id| ["--only", id]).collect();
    let checked = world.run(&[&["check", "plan.toml"][..], &only].concat(), &SECRETS);
    assert!(!checked.stdout.contains("failed") && !checked.stdout.contains("warned"), "{}", checked.stdout);

    let again = run(&names, &world, &scripts, &["--yes"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stdout.contains(&format!("{agent}: up to date, no changes"))
            || again.stdout.contains("up to date, no changes")
    );

    server.execute(&format!("CREATE TABLE `{shared}`.orders (a INT)")).unwrap();
    let refused = run(&names, &world, &scripts, &["--yes"]);
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

/// A copy of the scripts with a change in one of them.
fn changed(scripts: &str, script: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in SCRIPTS {
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
    let Some(scripts) = testbed::or_report(scripts()) else { return };
    let names = DatabaseNames::new(&server, "chg");
    let world = world(&names);
    let added = "INSERT INTO UM_DOMAIN (UM_DOMAIN_NAME) VALUES ('planted');";
    let folder = changed(
        &scripts,
        "mysql.sql",
        "CREATE TABLE",
        &format!("CREATE TABLE IF NOT EXISTS PLANTED (A INT);\n{added}\nCREATE TABLE"),
    );
    let folder = folder.path().display().to_string();

    let refused = run(&names, &world, &folder, &["--yes"]);
    assert_eq!(refused.code, 1);
    for words in ["2 statements that WSO2 did not release", "mysql.sql:", "'planted'", "--allow-changed-scripts"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    assert_eq!(names.count().unwrap(), 0, "nothing was changed");
    let allowed = run(&names, &world, &folder, &["--allow-changed-scripts"]);
    assert!(allowed.stdout.contains("'planted'") && allowed.stdout.contains("create the database, then run mysql.sql"));

    // Statements that reach beyond the databases are refused in any case.
    for attack in [
        "CREATE TABLE IF NOT EXISTS EVIL_A (A INT); DROP TABLE IF EXISTS EVIL_A, victim.t;",
        "CREATE TABLE EVIL_C AS SELECT LOAD_FILE('/etc/hostname') x, (SELECT User FROM mysql .user) y;",
        "INSERT INTO mysql .global_priv VALUES ('%','evil','{}');",
        "INSERT INTO UM_DOMAIN (UM_DOMAIN_NAME) VALUES ('x') /*M! , ('y') */;",
    ] {
        let folder = changed(&scripts, "mysql.sql", "CREATE TABLE", &format!("{attack}\nCREATE TABLE"));
        let refused = run(&names, &world, &folder.path().display().to_string(), &["--yes", "--allow-changed-scripts"]);
        assert_eq!(refused.code, 2, "{attack}: {}", refused.stderr);
        assert!(refused.stderr.contains("which no script of IS for MySQL does"), "{}", refused.stderr);
    }
}

#[test]
fn scripts_of_another_version_are_recognized_before_anything_is_changed() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let other = "7.2.0";
    let Some(folder) = testbed::or_report(testbed::dbscripts(other)) else { return };
    let names = DatabaseNames::new(&server, "ver");
    let world = world(&names);
    let refused = run(&names, &world, &folder.display().to_string(), &["--yes", "--allow-changed-scripts"]);
    assert_eq!(refused.code, 2);
    let words = format!("These are the scripts of IS {other}, but the plan is for IS {VERSION}.");
    assert!(refused.stderr.contains(&words), "{}", refused.stderr);
}
