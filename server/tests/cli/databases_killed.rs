//! kill -9 during a preparation, of the command and of the wizard's server: every reported state is true, and a new run
//! detects the state and completes.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use testbed::DatabaseServer;

use crate::databases::{DroppedDatabase, PASSWORD_VARIABLE, run, scripts, world};
use crate::support::{DATABASE_PASSWORD, SECRETS, Serving, World};

/// Lines after which the command is killed: at the beginning, in the middle of scripts, and when one database is complete.
const KILLED_AFTER: [&str; 4] = [": created", ", 50 of ", ", 150 of ", ": complete, "];

#[test]
fn a_command_that_is_killed_anywhere_is_resumed() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    for (at, line) in KILLED_AFTER.into_iter().enumerate() {
        let names = format!("killed{at}_{}", std::process::id());
        let world = world(&server, &names);
        let Some(scripts) = testbed::or_report(scripts(&world)) else { return };
        let _gone = DroppedDatabase(&server, names.clone());
        let output = killed_after(&server, &world, &scripts, line);
        assert!(output.contains(line) && !output.contains("All databases are complete"), "{output}");

        let again = run(&server, &world, &scripts, &["--yes"]).expect(0);
        assert!(again.stdout.contains("All databases are complete"), "{}", again.stdout);
        let third = run(&server, &world, &scripts, &["--yes"]).expect(0);
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
    let names = format!("killed_site_{}", std::process::id());
    let world = World::new();
    let Some(scripts) = testbed::or_report(testbed::dbscripts("7.2.0")) else { return };
    let scripts = scripts.canonicalize().unwrap();
    let _gone = DroppedDatabase(&server, names.clone());
    let serve = || Serving::start(world.command(&["serve", "--port", "0", "--data-dir", "data"], &[]));

    let wizard = serve();
    let plan = wizard.plan();
    let port = server.port().to_string();
    let [identity, shared, agent] = ["identity", "shared", "agent"].map(|role| format!("{names}_{role}"));
    for (step, fields) in [
        ("product", vec![("product.version", "7.2.0"), ("product.layout", "linux")]),
        (
            "database",
            vec![
                ("database.host", "127.0.0.1"),
                ("database.port", &port),
                ("database.password", DATABASE_PASSWORD),
                ("database.username", &names),
                ("database.identity_db", &identity),
                ("database.shared_db", &shared),
                ("database.agent_db", &agent),
            ],
        ),
    ] {
        let saved = wizard.post(&format!("{plan}/{step}"), &[&fields[..], &[("action", "continue")]].concat());
        assert_eq!(saved.status, 303, "{}", saved.body);
    }
    look(&wizard, &plan, &server, &scripts);
    let page = wizard.get(&format!("{plan}/prepare")).body;
    assert_eq!(wizard.post(&format!("{plan}/prepare/run"), &[("token", token(&page))]).status, 303);
    // The page grows during the run: its first lines report the start.
    let mut grown = wizard.open(&format!("{plan}/prepare"));
    let mut line = String::new();
    while !line.contains(": created") {
        line.clear();
        assert!(grown.read_line(&mut line).unwrap() > 0, "the page ended before anything was done");
    }
    drop(grown);
    // Like kill -9.
    drop(wizard);

    let wizard = serve();
    // Another process might still run it: the page waits until its heartbeat has been missing for long enough.
    let page = wizard.get(&format!("{plan}/prepare")).body;
    assert!(page.contains("The preparation was interrupted") && !page.contains("databases are complete"), "{page}");
    assert!(wizard.get(&format!("{plan}/prepare?again=yes")).body.contains("Administrator password"));
    look(&wizard, &plan, &server, &scripts);
    let page = wizard.get(&format!("{plan}/prepare")).body;
    assert!(page.contains("continue with") || page.contains("is empty") || page.contains("up to date"), "{page}");
    wizard.post(&format!("{plan}/prepare/run"), &[("token", token(&page))]);
    let page = wizard.get(&format!("{plan}/prepare")).body;
    assert!(page.contains("All databases are complete"), "{page}");
    let (ran, _) = wizard.stop();
    for secret in [DATABASE_PASSWORD, server.administrator().1] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "a password is in the log");
    }
}

fn token(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"token\"").unwrap();
    rest.split_once("value=\"").unwrap().1.split_once('"').unwrap().0
}

/// Submits the administrator and the folder, and waits for the planned changes.
fn look(wizard: &Serving, plan: &str, server: &DatabaseServer, scripts: &Path) {
    let (user, password) = server.administrator();
    let folder = scripts.display().to_string();
    let shown = format!("127.0.0.1:{}", server.port());
    let fields = [("server", shown.as_str()), ("user", user), ("password", password), ("folder", folder.as_str())];
    let answer = wizard.multipart(&format!("{plan}/prepare"), &fields);
    assert_eq!(answer.status, 303, "{}", answer.body);
}
