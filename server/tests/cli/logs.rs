//! `clusterwright logs`: formats, exit codes, standard input, and what cannot be read.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::World;

const REFUSED: &str = "TID: [] [] [2025-01-02 03:04:05,678] [] ERROR {a.DefaultRealm} - Failed org.postgresql.util.PSQLException: Connection to db.example.com:5432 refused.\n";
const STARTED: &str =
    "[2025-01-02 03:04:05,678] [] INFO {a.StartupFinalizerServiceComponent} - WSO2 Carbon started in 58 sec\n";

#[test]
fn a_failure_is_printed_with_cause_check_and_remedy_and_exits_with_one() {
    let world = World::new();
    world.write("wso2carbon.log", REFUSED);
    let ran = world.run(&["logs", "wso2carbon.log"], &[]).expect(1);
    for part in [
        "1 failure.",
        "[database-refused]",
        "Cause:",
        "Check:",
        "DB-02",
        "Remedy:",
        "nc -vz",
        "Address: db.example.com:5432",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("In line 1:") && ran.stderr.is_empty(), "{}", ran.stderr);
    let widest = ran.stdout.lines().filter(|line| !line.contains("ERROR")).map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 110, "{}", ran.stdout);
}

#[test]
fn a_healthy_log_exits_with_zero() {
    let world = World::new();
    world.write("wso2carbon.log", STARTED);
    let ran = world.run(&["logs", "wso2carbon.log"], &[]).expect(0);
    assert!(ran.stdout.contains("No failure.") && ran.stdout.contains("the last took 58 s"), "{}", ran.stdout);
}

#[test]
fn programs_read_json_and_several_logs_are_named() {
    let world = World::new();
    world.write("is-1.log", STARTED);
    world.write("is-2.log", REFUSED);
    let ran = world.run(&["logs", "is-1.log", "is-2.log", "--format", "json"], &[]).expect(1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let diagnosis = &report["diagnoses"][0];
    assert_eq!((&diagnosis["code"], &diagnosis["first"]["log"]), (&"database-refused".into(), &1.into()));
    assert_eq!(diagnosis["checks"], serde_json::json!(["DB-02", "DB-06"]));
    assert_eq!(report["logs"][1]["name"], "is-2.log");
    let ran = world.run(&["logs", "is-1.log", "is-2.log"], &[]).expect(1);
    assert!(ran.stdout.contains("is-2.log line 1"), "{}", ran.stdout);
}

#[test]
fn standard_input_is_read() {
    let world = World::new();
    let mut command = world.command(&["logs", "-"], &[]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(REFUSED.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("database-refused"));
}

#[test]
fn what_cannot_be_read_exits_with_two() {
    let world = World::new();
    world.write("notes.txt", "nothing of a log\n");
    world.write("old.log.gz", b"\x1f\x8b\x08");
    world.run(&["logs", "missing.log"], &[]).expect(2).complains(&["Cannot read missing.log", "Correct FILE"]);
    world.run(&["logs", "old.log.gz"], &[]).expect(2).complains(&["compressed"]);
    world.run(&["logs", "notes.txt"], &[]).expect(2).complains(&["No line has the layout"]);
    world.write("is-1.log", STARTED);
    world.write("empty.log", "");
    world.write("access.log", "192.0.2.1 - - [02/Jan/2025:03:04:05 +0000] \"GET / HTTP/1.1\" 200 1\n");
    world.write("starting.log", "[2025-01-02 03:04:05,678] [] INFO {a.B} - Starting WSO2 Carbon...\n");
    world.run(&["logs", "empty.log"], &[]).expect(2).complains(&["The log is empty"]);
    world.run(&["logs", "access.log"], &[]).expect(2).complains(&["is an access log", "wso2carbon.log"]);
    world.run(&["logs", "is-1.log", "empty.log"], &[]).expect(2).complains(&["empty.log is empty."]);
    world.run(&["logs", "starting.log"], &[]).expect(2).complains(&["ends before the server started"]);
    world.run(&["logs"], &[]).expect(2);
}

#[test]
fn secrets_and_control_characters_of_a_log_are_not_printed() {
    let world = World::new();
    world.write("a.log", "[2025-01-02 03:04:05,678] [] ERROR {a.B} - \u{1b}[31mFailed password=S3cr3t-canary\u{7}\n");
    let ran = world.run(&["logs", "a.log"], &[]).expect(0);
    assert!(!ran.stdout.contains("S3cr3t-canary") && !ran.stdout.contains(['\u{1b}', '\u{7}']), "{}", ran.stdout);
    assert!(ran.stdout.contains("not recognised"), "{}", ran.stdout);
}
