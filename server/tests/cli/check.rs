//! `clusterwright check`: findings and live checks, as lines and as JSON. The checks reach this machine only.

use domain::check::{CheckId, Reach};
use serde_json::Value;
use testbed::plan::{ADMIN_PASSWORD, TestPlan};
use testbed::port;

use crate::support::{Ran, SECRETS, World};

/// A plan with its database at a port of this machine.
fn plan_at(port: u16) -> World {
    World::with_plan(&TestPlan::one_machine().with("database.port", port))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The IDs and outcomes of the checks that ran.
fn outcomes(output: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let checks = output["checks"].as_array().unwrap();
    checks.iter().map(|check| (text(&check["id"]), text(&check["outcome"]))).collect()
}

#[test]
fn what_passes_ends_well() {
    let (_listener, port) = port::silent();
    let world = plan_at(port);
    let arguments = ["check", "plan.toml", "--only", "DB-01", "--only", "db-02"];
    let ran = world.run(&arguments, &SECRETS).expect(0);
    assert!(ran.stdout.contains("DB-01") && ran.stdout.contains("DB-02"), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with("passed")).count(), 2, "{}", ran.stdout);
    assert_eq!(ran.stderr, "");

    let output = json(&world.run(&[&arguments[..], &["--format", "json"]].concat(), &SECRETS).expect(0));
    assert_eq!(output["blocked"], false);
    assert_eq!(output["findings"], Value::Array(Vec::new()));
    let passed = |id: &str| (id.to_owned(), "passed".to_owned());
    assert_eq!(outcomes(&output), [passed("DB-01"), passed("DB-02")]);
}

#[test]
fn what_fails_is_reported_with_what_is_required_and_what_to_do() {
    let world = plan_at(port::closed());
    let ran = world.run(&["check", "plan.toml", "--only", "DB-02"], &SECRETS).expect(1);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("failed") && lines[0].contains("DB-02"), "{}", ran.stdout);
    assert!(lines.iter().any(|line| line.trim_start().starts_with("required: ")), "{}", ran.stdout);
    assert!(lines.iter().any(|line| line.trim_start().starts_with("to do: ")), "{}", ran.stdout);
    assert!(ran.stdout.contains("open task") && ran.stderr.contains("--allow-open"), "{}", ran.stderr);
    world.run(&["check", "plan.toml", "--only", "DB-02", "--allow-open"], &SECRETS).expect(0);

    let output = json(&world.run(&["check", "plan.toml", "--only", "DB-02", "--format", "json"], &SECRETS).expect(1));
    assert_eq!((&output["blocked"], &output["open_tasks"]), (&false.into(), &1.into()));
    assert_eq!(output["checks"][0]["consequence"], "open-task");
    assert_eq!(outcomes(&output), [("DB-02".to_owned(), "failed".to_owned())]);
    assert!(!output["checks"][0]["remedy"]["text"].as_str().unwrap().is_empty());
}

/// All checks that use the network, except the one of the database host's name.
fn over_the_network() -> Vec<&'static str> {
    let asks = |id: &&CheckId| id.reach() == Reach::Server && id.writes().is_none() && **id != CheckId::Db01;
    CheckId::ALL.iter().filter(asks).map(|id| id.code()).collect()
}

#[test]
fn what_is_skipped_neither_runs_nor_blocks() {
    let world = plan_at(port::closed());
    // All checks that would reach other machines are skipped.
    let skipped = over_the_network();
    let mut arguments = vec!["check", "plan.toml", "--format", "json"];
    arguments.extend(skipped.iter().flat_map(|id| ["--skip", id]));
    let output = json(&world.run(&arguments, &SECRETS).expect(0));
    let ran: Vec<String> = outcomes(&output).into_iter().map(|(id, _)| id).collect();
    assert!(ran.contains(&"DB-01".to_owned()) && !ran.contains(&"DB-19".to_owned()), "{ran:?}");
    assert!(skipped.iter().all(|id| !ran.contains(&(*id).to_owned())), "{ran:?}");
}

#[test]
fn a_check_that_writes_runs_only_when_asked_for() {
    let world = plan_at(port::closed());
    let ran = world.run(&["check", "plan.toml", "--only", "DB-19"], &SECRETS).expect(2);
    assert!(
        ran.stderr.contains("DB-19 writes data: One row in ") && ran.stderr.contains("--with-writes"),
        "{}",
        ran.stderr
    );
    let ran = world.run(&["check", "plan.toml", "--only", "DB-19", "--with-writes", "--json"], &SECRETS).expect(0);
    assert_eq!(outcomes(&json(&ran)), [("DB-19".to_owned(), "could-not-check".to_owned())]);
    let ran = world.run(&["check", "plan.toml", "--only", "DB-02", "--with-writes", "--json"], &SECRETS).expect(1);
    assert_eq!(outcomes(&json(&ran)).len(), 1);
}

#[test]
fn rules_are_checked_without_the_network() {
    let world = World::with_example();
    world.replace("plan.toml", "offset = 1", "offset = 0");
    let ran = world.run(&["check", "plan.toml", "--only", "ND-17"], &SECRETS).expect(1);
    assert!(ran.stdout.contains("blocks [ND-17]") && ran.stdout.contains("plan.toml"), "{}", ran.stdout);
    let output = json(&world.run(&["check", "plan.toml", "--only", "ND-17", "--json"], &SECRETS).expect(1));
    let findings = output["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["check"] == "ND-17") && !findings.is_empty(), "{output}");
    world.run(&["check", "plan.toml", "--only", "DB-39"], &SECRETS).expect(0);
    world.run(&["check", "plan.toml", "--only", "ND-17", "--allow-open"], &SECRETS).expect(1);
}

/// A plan without passwords, as a bundle without secrets contains it: checks that need none run, missing secrets are named,
/// and a file of secrets supplies them.
#[test]
fn a_plan_without_passwords_is_checked_as_far_as_it_goes_and_takes_a_file_of_secrets() {
    let world = plan_at(port::closed());
    let ran =
        world.run(&["check", "plan.toml", "--only", "DB-01", "--only", "CL-04", "--only", "DB-39"], &[]).expect(0);
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with("passed")).count(), 3, "{}", ran.stdout);
    let ran = world.run(&["check", "plan.toml", "--only", "DB-05", "--only", "CL-13"], &[]).expect(1);
    assert!(ran.stdout.contains("DB-05") && ran.stdout.matches("skipped   ").count() == 2, "{}", ran.stdout);
    ran.complains(&["Missing secrets: database.password, user_store.admin_password", "--secrets FILE"]);
    world.write(
        "secrets.toml",
        "[database]\npassword = \"Db-canary-1\"\n[user_store]\nadmin_password = { env = \"ADMIN\" }\n",
    );
    let arguments = ["check", "plan.toml", "--only", "CL-13", "--secrets", "secrets.toml"];
    let ran = world.run(&arguments, &[("ADMIN", ADMIN_PASSWORD)]).expect(0);
    assert!(ran.stdout.starts_with("passed"), "{}", ran.stdout);
    let ran = world.run(&arguments, &[]).expect(2);
    ran.complains(&["secrets.toml", "ADMIN is not set", "user_store.admin_password"]);
    world.write("secrets.toml", "[database]\nhost = \"canary\"\n");
    let ran = world.run(&arguments, &[]).expect(2);
    ran.complains(&["secrets.toml:2", "has no secret host"]);
}

/// The program reads only the plan of a bundle, and reports other files that were edited.
#[test]
fn files_that_were_edited_inside_a_bundle_are_named() {
    let world = World::with_example();
    world.run(&["bundle", "plan.toml", "--out", "out.zip"], &SECRETS).expect(0);
    let ran = world.run(&["check", "out.zip", "--only", "CL-04"], &[]);
    assert!(!ran.stderr.contains("edited"), "{}", ran.stderr);
    let mut files = testbed::bundle::unzip(&std::fs::read(world.path("out.zip")).unwrap());
    for name in ["nodes/node2/repository/conf/deployment.toml", "plan.toml"] {
        files.get_mut(name).unwrap().extend(b"\n# edited\n");
    }
    world.write("edited.zip", testbed::bundle::zip(files));
    let ran = world.run(&["check", "edited.zip", "--only", "CL-04"], &[]);
    ran.complains(&["nodes/node2/repository/conf/deployment.toml was edited", "The edit is ignored"]);
    assert_eq!(ran.stderr.matches("was edited").count(), 1, "the edited plan is read: {}", ran.stderr);
}

/// A check that is skipped because an answer has a problem is no success.
#[test]
fn an_answer_that_a_named_check_needs_is_named_and_blocks() {
    let plan = TestPlan::one_machine().with("database.port", port::closed()).with("database.pool_size", "many");
    let world = World::with_plan(&plan);
    let ran = world.run(&["check", "plan.toml", "--only", "DB-28"], &SECRETS).expect(1);
    let place = format!("plan.toml:{}: blocks database.pool_size", world.line("plan.toml", "pool_size = "));
    assert!(ran.stdout.contains(&place), "{}", ran.stdout);
    let ran = world.run(&["check", "plan.toml", "--only", "ND-17"], &SECRETS).expect(0);
    assert!(!ran.stdout.contains("pool_size"), "a check of another step does not depend on it: {}", ran.stdout);
}

#[test]
fn a_missing_secret_blocks() {
    let world = plan_at(port::closed());
    let skipped = over_the_network();
    let mut arguments = vec!["check", "plan.toml"];
    arguments.extend(skipped.iter().flat_map(|id| ["--skip", id]));
    let ran = world.run(&arguments, &SECRETS[..1]).expect(1);
    let place = format!("plan.toml:{}: blocks", world.line("plan.toml", "admin_password = "));
    assert!(ran.stdout.contains(&place), "{}", ran.stdout);
}

#[test]
fn the_password_is_in_no_output() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let user = server.create_user("%", "Another-password-1").unwrap();
    let plan = TestPlan::one_machine().with("database.port", server.port()).with("database.username", user.name());
    let world = World::with_plan(&plan);
    for arguments in [
        &["check", "plan.toml", "--only", "DB-05"] as &[&str],
        &["check", "plan.toml", "--only", "DB-05", "--format", "json"],
    ] {
        let ran = world.run(arguments, &SECRETS).expect(1);
        assert!(ran.stdout.contains("DB-05") && ran.stdout.contains("failed"), "{}", ran.stdout);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"), "{}", ran.stdout);
    }
}

/// A report of the first node of the example.
const REPORT: &str =
    "$ sh probe.sh\nclusterwright-probe | 1\nplan | PLAN\nnode | node1\njava | 1.8.0_392 | java\nend | 1\n";

#[test]
fn reports_of_probes_are_checked_and_a_broken_one_is_named() {
    let world = World::with_example();
    world.write("node1.txt", REPORT.replace("PLAN", "0000000000000000"));
    let arguments = ["check", "plan.toml", "--only", "ND-07", "--probe", "node1.txt"];
    let ran = world.run(&arguments, &SECRETS).expect(0);
    assert!(ran.stdout.contains("the nodes changed since the report of node1"), "{}", ran.stdout);
    assert!(ran.stdout.contains("no report from node2"), "{}", ran.stdout);

    // The fingerprint of the example's node table, as probe.sh prints it.
    world.write("node1.txt", REPORT.replace("PLAN", "c343c442a1897052"));
    let ran = world.run(&arguments, &SECRETS).expect(1);
    assert!(ran.stdout.contains("failed") && ran.stdout.contains("(node1): Reported at"), "{}", ran.stdout);

    world.write("node1.txt", REPORT.replace("end | 1\n", ""));
    let ran = world.run(&arguments, &SECRETS).expect(2);
    assert!(ran.stderr.contains("node1.txt: The report has no last line."), "{}", ran.stderr);
}
