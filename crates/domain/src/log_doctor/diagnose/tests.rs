//! Whole logs: causes before symptoms, starts, several nodes, and limits.

use super::*;

/// Lines of a log in the layout of the file.
fn log(lines: &[&str]) -> String {
    let line = |(second, line): (usize, &&str)| match line.split_once(' ') {
        Some((level @ ("INFO" | "WARN" | "ERROR"), rest)) => {
            format!("TID: [] [] [2025-01-02 03:04:{second:02},000] [] {level} {rest}\n")
        }
        _ => format!("{line}\n"),
    };
    lines.iter().enumerate().map(line).collect()
}

fn diagnose_text(text: &str) -> LogReport {
    diagnose(&[LogFile { name: "wso2carbon.log", bytes: text.as_bytes() }])
}

fn codes(report: &LogReport) -> Vec<&'static str> {
    report.diagnoses.iter().map(|one| one.rule.code).collect()
}

const STARTING: &str = "INFO {a.CarbonCoreActivator} - Starting WSO2 Carbon...";
const STARTED: &str = "INFO {a.StartupFinalizerServiceComponent} - WSO2 Carbon started in 58 sec";
const REALM: &str = "ERROR {a.Activator} - Cannot start User Manager Core bundle";
const REFUSED: &str =
    "ERROR {a.DefaultRealm} - Failed org.postgresql.util.PSQLException: Connection to db.example.com:5432 refused.";
const WAITING: &str = "WARN {a.StartupFinalizerServiceComponent} - Waiting for required OSGi services: a.B,";
const DEADLOCK: &str = "ERROR {a.Dao} - Failed java.sql.SQLException: Deadlock found when trying to get lock";

#[test]
fn symptoms_are_folded_below_their_cause() {
    let report =
        diagnose_text(&log(&[STARTING, REFUSED, REALM, WAITING, WAITING, "ERROR {a.X} - No rule knows this 1"]));
    assert_eq!(codes(&report), ["database-refused"]);
    let symptoms: Vec<_> = report.diagnoses[0].symptoms.iter().map(|one| (one.code, one.count)).collect();
    assert_eq!(symptoms, [("user-core-not-started", 1), ("start-waits", 2)]);
    let value = &report.diagnoses[0].values[0];
    assert_eq!((value.label, value.value.as_str()), ("Address", "db.example.com:5432"));
    assert_eq!((report.unrecognised_count, report.unrecognised.len()), (1, 1));
    assert_eq!(report.verdict(), "1 failure.");
}

#[test]
fn a_symptom_without_a_cause_stands_alone_and_folds_later_ones() {
    let report = diagnose_text(&log(&[STARTING, REALM, WAITING, WAITING, WAITING]));
    assert_eq!(codes(&report), ["user-core-not-started"]);
    assert_eq!(report.diagnoses[0].symptoms[0].count, 3);
}

#[test]
fn a_cause_explains_only_symptoms_of_its_own_start() {
    let report = diagnose_text(&log(&[STARTING, REFUSED, REALM, STARTING, REALM]));
    assert_eq!(codes(&report), ["database-refused", "user-core-not-started"]);
    assert_eq!(report.diagnoses[1].count, 1);
}

#[test]
fn a_start_that_waits_is_a_failure_only_if_it_does_not_finish() {
    let healthy = diagnose_text(&log(&[STARTING, WAITING, WAITING, WAITING, STARTED]));
    assert!(healthy.is_healthy() && healthy.healthy_count == 3);
    assert!(diagnose_text(&log(&[STARTING, WAITING])).is_healthy(), "one line shows only a slow start");
    assert_eq!(codes(&diagnose_text(&log(&[STARTING, WAITING, WAITING]))), ["start-waits"]);
    let fido = "WARN {a.B} - Waiting for required OSGiAxis2Service: org.wso2.carbon.identity.application.authenticator.fido-5.3.30";
    assert_eq!(codes(&diagnose_text(&log(&[STARTING, fido]))), ["java-rejects-jars"]);
    assert!(diagnose_text(&log(&[STARTING, fido, STARTED])).is_healthy());
}

#[test]
fn a_failure_before_a_later_start_is_past_and_comes_last() {
    let report = diagnose_text(&log(&[STARTING, REFUSED, STARTING, STARTED, DEADLOCK]));
    let shown: Vec<_> = report.diagnoses.iter().map(|one| (one.rule.code, one.is_current)).collect();
    assert_eq!(shown, [("database-deadlock", true), ("database-refused", false)]);
    assert_eq!(report.verdict(), "1 failure, and 1 failure before the last start of the server.");
}

#[test]
fn the_worst_failure_comes_first_then_the_earliest() {
    let heap = "ERROR {a.X} - Failed java.lang.OutOfMemoryError: Java heap space";
    let report = diagnose_text(&log(&[DEADLOCK, heap, REFUSED, DEADLOCK]));
    assert_eq!(codes(&report), ["database-refused", "memory-exhausted", "database-deadlock"]);
    let deadlock = &report.diagnoses[2];
    assert_eq!((deadlock.count, deadlock.first.line, deadlock.last.line), (2, 1, 4));
    assert_eq!(deadlock.excerpts.len(), 1, "the same text once");
}

#[test]
fn errors_while_the_server_stops_are_no_failures() {
    let stop = "INFO {a.CarbonServerManager} - Shutdown hook triggered....";
    let report = diagnose_text(&log(&[
        STARTED,
        stop,
        "ERROR {a.X} - Cannot stop a part",
        "ERROR {a.Y} - Hazelcast instance is not active!",
    ]));
    assert!(report.is_healthy() && report.unrecognised_count == 0, "{report:?}");
}

#[test]
fn errors_long_after_a_stop_are_shown() {
    let stop = "INFO {a.CarbonServerManager} - Shutdown hook triggered....";
    let later = "TID: [] [] [2025-01-02 09:00:00,000] [] ERROR {a.X} - No rule knows this\n";
    assert_eq!(diagnose_text(&(log(&[STARTED, stop]) + later)).unrecognised_count, 1);
}

#[test]
fn a_loopback_address_is_a_failure_only_with_members_elsewhere() {
    let warning = "WARN {a.HazelcastClusteringAgent} - localMemberHost is configured to use the loopback address. Hazelcast Clustering needs ip addresses";
    let member = |host: &str| {
        format!("INFO {{a.WKABasedMembershipScheme}} - Added member: Host:{host}, Remote Host:null, Port: 4000")
    };
    let elsewhere = log(&[STARTING, warning, &member("127.0.0.1"), &member("192.0.2.12"), STARTED]);
    assert_eq!(codes(&diagnose_text(&elsewhere)), ["member-on-loopback"]);
    let here = log(&[STARTING, warning, &member("127.0.0.1"), STARTED]);
    assert!(diagnose_text(&here).is_healthy());
}

#[test]
fn a_port_of_hazelcast_that_moved_is_a_failure() {
    let member = |port: u32| {
        format!(
            "INFO {{a.WKABasedMembershipScheme}} - Added member: Host:192.0.2.11, Remote Host:null, Port: {port}, HTTP:-1"
        )
    };
    let local = "INFO {a.HazelcastClusteringAgent} - Local member: [6a66] - Host:192.0.2.11, Remote Host:null, Port: 4001, HTTP:9763";
    assert_eq!(codes(&diagnose_text(&log(&[STARTING, &member(4000), local, STARTED]))), ["hazelcast-port-moved"]);
    for port in [4001, 0] {
        assert!(diagnose_text(&log(&[STARTING, &member(port), local, STARTED])).is_healthy());
    }
    assert!(diagnose_text(&log(&[STARTING, &member(4000), &member(4001), local, STARTED])).is_healthy());
}

#[test]
fn the_cause_of_a_failed_start_comes_before_warnings_and_other_failures() {
    let java = " [WARN] Starting WSO2 Carbon (in unsupported JDK 21)";
    let noise = "WARN {a.SSLUtilBase} - The trusted certificate with alias [a] is not valid due to [NotAfter: Sat Sep 30 11:20:49 UTC 2023]. Certificates signed by this trusted certificate WILL be accepted";
    let port =
        "ERROR {a.JMXServerManager} - Could not start java.rmi.server.ExportException: Port already in use: 11111";
    let report = diagnose_text(&log(&[java, STARTING, noise, port, REFUSED, REALM, REFUSED, WAITING, WAITING]));
    assert_eq!(codes(&report)[0], "database-refused", "{report:?}");
    assert_eq!(report.diagnoses[0].count, 2, "the same cause is one failure");
    assert_eq!(codes(&report).last(), Some(&"java-unsupported-version"));
}

#[test]
fn two_first_starts_need_a_first_start() {
    let duplicate = "ERROR {a.ClaimDao} - Failed java.sql.SQLIntegrityConstraintViolationException: Duplicate entry 'http://a-1234' for key 'IDN_CLAIM_DIALECT.DIALECT_URI_CONSTRAINT'";
    assert_eq!(codes(&diagnose_text(&log(&[STARTING, duplicate]))), ["two-first-starts"]);
    assert_eq!(codes(&diagnose_text(&log(&[STARTING, STARTED, duplicate]))), ["duplicate-entry"], "while it runs");
    let restarted = log(&[STARTING, STARTED, STARTING, duplicate, STARTED]);
    assert_eq!(codes(&diagnose_text(&restarted)), ["duplicate-entry"], "a restart of a node that started before");
    // The logs of both nodes in one text: the second one began at the same time.
    let both = log(&[STARTING, STARTED]) + &log(&[STARTING, duplicate]);
    assert_eq!(codes(&diagnose_text(&both)), ["two-first-starts"]);
    let role = "ERROR {a.SCIMRoleManager} - Failed a.UserStoreException: 30012 - RoleExisting Role name: admin exists in the system";
    assert!(diagnose_text(&log(&[role])).is_healthy(), "a request");
    let request = "TID: [-1234] [scim2] [2025-01-02 03:04:05,678] [0b9f4a61-2f4b-4a0d-9c58-7f5d8a1be0c2] ";
    let text = format!("{request}INFO {{a.B}} - served\n{}", log(&[duplicate]));
    assert_eq!(codes(&diagnose_text(&text)), ["duplicate-entry"], "the log begins while requests are served");
    let registered = "ERROR {a.APIResourceManagementUtil} - Error while registering system API resources";
    let report = diagnose_text(&log(&[STARTING, STARTED, STARTING, registered, STARTED]));
    assert!(report.is_healthy() && report.unrecognised_count == 1, "{report:?}");
}

#[test]
fn the_end_of_a_start_in_the_log_of_another_node_repairs_nothing() {
    let text = log(&[STARTING, REFUSED, REALM]) + &log(&[STARTING, STARTED]);
    assert!(diagnose_text(&text).diagnoses[0].is_current);
    let later = log(&[STARTING, REFUSED, REALM, STARTING, STARTED]);
    assert!(!diagnose_text(&later).diagnoses[0].is_current);
}

#[test]
fn the_same_unknown_error_is_listed_once() {
    let error = |id: &str| format!("ERROR {{a.X}} - No rule knows user{id} of request 0b9f4a61-2f4b-4a0d-9c58-{id}");
    let report = diagnose_text(&log(&[&error("7f5d8a1be0c2"), &error("aa5d8a1be0c2"), &error("1")]));
    assert_eq!((report.unrecognised_count, report.unrecognised.len()), (3, 1), "{report:?}");
}

#[test]
fn secrets_of_the_log_are_masked_everywhere() {
    let line = "ERROR {a.X} - Failed java.sql.SQLException: No suitable driver found for jdbc:mysq://db.example.com/a?user=is&password=S3cr3t-canary";
    let unknown = "ERROR {a.Y} - Cannot call password=S3cr3t-canary";
    let report = diagnose_text(&log(&[line, unknown]));
    let json = serde_json::to_string(&report).unwrap();
    assert!(!json.contains("S3cr3t-canary"), "{json}");
    assert!(json.contains("jdbc-url-rejected") && json.contains("db.example.com"));
}

#[test]
fn large_and_hostile_logs_take_bounded_time_and_space() {
    let begin = std::time::Instant::now();
    let many: String =
        (0..20_000).map(|number| format!("[2025-01-02 03:04:05,678] [] ERROR {{a.B}} - Failed {number}x\n")).collect();
    let report = diagnose_text(&many);
    assert_eq!((report.unrecognised_count, report.unrecognised.len()), (20_000, 1));
    let long = format!("[2025-01-02 03:04:05,678] [] ERROR {{a.B}} - {}", "pool none available[size:".repeat(200_000));
    assert!(diagnose_text(&long).diagnoses.len() <= 1);
    let nested = "{\"log\":\"".repeat(200_000);
    assert!(diagnose_text(&nested).is_unreadable());
    assert!(begin.elapsed().as_secs() < 120, "{:?}", begin.elapsed());
}

#[test]
fn failures_of_one_origin_are_shown_as_one() {
    let locked = "ERROR {a.CoreContainer} - Failed org.apache.lucene.store.LockObtainFailedException: Index dir 'a' is already locked";
    let port = "ERROR {a.CarbonTomcat} - Failed java.net.BindException: Address already in use";
    let report = diagnose_text(&log(&[STARTING, port, locked, STARTED]));
    assert_eq!(codes(&report), ["process-running"]);
    assert_eq!(report.diagnoses[0].symptoms[0].code, "port-in-use");
    assert_eq!(codes(&diagnose_text(&log(&[STARTING, port, STARTED]))), ["port-in-use"]);
    let find = |code: &str| rules::find(code).expect(code);
    for (place, (cause, consequences)) in CONSEQUENCES.iter().enumerate() {
        assert!(!find(cause).is_symptom(), "{cause}");
        for code in *consequences {
            assert!(explains(find(cause), find(code)));
            assert!(CONSEQUENCES[..=place].iter().all(|(other, _)| other != code), "{code} is a cause before {cause}");
        }
    }
}

#[test]
fn a_symptom_is_listed_below_the_first_failure_of_a_chain() {
    let timeout = "ERROR {a.Dao} - Failed com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure. java.net.SocketTimeoutException: connect timed out";
    let exhausted = "ERROR {a.Dao} - Failed org.apache.tomcat.jdbc.pool.PoolExhaustedException: [main] Timeout: Pool empty. Unable to fetch a connection in 60 seconds, none available[size:50; busy:50; idle:0; lastwait:60000].";
    let symptom = "ERROR {a.Activator} - Cannot start User Manager Core bundle";
    let report = diagnose_text(&log(&[STARTING, timeout, exhausted, symptom]));
    assert_eq!(codes(&report), ["database-timeout"]);
    let folded: Vec<&str> = report.diagnoses[0].symptoms.iter().map(|symptom| symptom.code).collect();
    assert_eq!(folded, ["pool-exhausted", "user-core-not-started"], "{report:?}");
}
