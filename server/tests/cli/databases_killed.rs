//! kill -9 while databases are prepared, of the command and of the wizard's server: the output claims nothing false, and a
//! new run finds the state and completes it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use testbed::html::hidden_field;
use testbed::plan::{DATABASE_PASSWORD, TestPlan, VERSION};
use testbed::{DatabaseNames, DatabaseServer};

use crate::databases::{PASSWORD_VARIABLE, run, scripts, world};
use crate::support::{SECRETS, Serving, World};

/// Lines after which the command is killed: at the beginning, in the middle of scripts, and after the first database.
const KILLED_AFTER: [&str; 4] = [": created", ", 50 of ", ", 150 of ", ": complete, "];

#[test]
fn a_command_that_is_killed_anywhere_is_resumed() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    for (at, line) in KILLED_AFTER.into_iter().enumerate() {
        let Some(scripts) = testbed::or_report(scripts()) else { return };
        let names = DatabaseNames::new(&server, &format!("killed{at}"));
        let world = world(&names);
        let output = killed_after(&server, &world, &scripts, line);
        assert!(output.contains(line) && !output.contains("All databases are complete"), "{output}");

        let again = run(&names, &world, &scripts, &["--yes"]).expect(0);
        assert!(again.stdout.contains("All databases are complete"), "{}", again.stdout);
        let third = run(&names, &world, &scripts, &["--yes"]).expect(0);
        assert_eq!(third.stdout.matches("up to date, no changes").count(), 3, "{}", third.stdout);
    }
}

/// The output of the command until it was killed.
fn killed_after(server: &DatabaseServer, world: &World, scripts: &str, line: &str) -> String {
    let (user, password) = server.administrator();
    let arguments = ["databases", "plan.toml", "--scripts", scripts, "--admin-user", user, "--yes"];
    let mut child =
        world.command(&arguments, &[&SECRETS[..], &[(PASSWORD_VARIABLE, password)]].concat()).spawn().unwrap();
    let mut output = String::new();
    for next in BufReader::new(child.stdout.take().unwrap()).lines() {
        output += &format!("{}\n", next.unwrap());
        if output.contains(line) {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    output
}

#[test]
fn a_wizard_that_is_killed_claims_nothing_and_goes_on() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(testbed::dbscripts(VERSION)) else { return };
    let scripts = scripts.canonicalize().unwrap();
    let names = DatabaseNames::new(&server, "killed_site");
    let world = World::new();

    let wizard = world.serve();
    let plan = wizard.plan();
    wizard.enter(&plan, &TestPlan::one_machine().with_all(names.answers()), &["product", "database"]);
    look(&wizard, &plan, &server, &scripts);
    let page = wizard.get(&format!("{plan}/prepare")).text();
    let approve = |wizard: &Serving, page: &str| {
        wizard.post(&format!("{plan}/prepare/run"), &[("token", &hidden_field(page, "token"))]).status
    };
    assert_eq!(approve(&wizard, &page), 303);
    // The page grows during the run; its first lines report the start.
    wizard.open_page(&format!("{plan}/prepare")).read_until(": created");
    // SIGKILL.
    drop(wizard);

    let wizard = world.serve();
    // Another process might still run it: the page waits until its heartbeats have stopped for long enough.
    let page = wizard.get(&format!("{plan}/prepare")).text();
    assert!(page.contains("The preparation was interrupted") && !page.contains("databases are complete"), "{page}");
    assert!(wizard.get(&format!("{plan}/prepare?again=yes")).text().contains("Administrator password"));
    look(&wizard, &plan, &server, &scripts);
    let page = wizard.get(&format!("{plan}/prepare")).text();
    assert!(page.contains("continue with") || page.contains("is empty") || page.contains("up to date"), "{page}");
    approve(&wizard, &page);
    let page = wizard.get(&format!("{plan}/prepare")).text();
    assert!(page.contains("All databases are complete"), "{page}");
    let (ran, _) = wizard.stop();
    for secret in [DATABASE_PASSWORD, server.administrator().1] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "the log contains a password");
    }
}

/// Sends the administrator and the folder, and waits for the planned changes.
fn look(wizard: &Serving, plan: &str, server: &DatabaseServer, scripts: &Path) {
    let (user, password) = server.administrator();
    let folder = scripts.display().to_string();
    let shown = format!("127.0.0.1:{}", server.port());
    let fields = [("server", shown.as_str()), ("user", user), ("password", password), ("folder", folder.as_str())];
    let answer = wizard.multipart(&format!("{plan}/prepare"), &fields, &[]);
    assert_eq!(answer.status, 303, "{}", answer.text());
}
