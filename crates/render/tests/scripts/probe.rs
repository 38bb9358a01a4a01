//! probe.sh, executed for real in several shells: what it reports about a stand-in for a pack.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use domain::check::{CheckId, NodeCheck, Outcome};
use domain::inputs::ReadableAnswers;
use domain::node_report::{FileState, NodeReport, ReceivedReport, evaluate, marker_path, parse, supplement};

use crate::pack::{DRIVER, JAR, Pack};
use crate::scenario::scenario;
use crate::world::has;

const SCENARIO: &str = "three-nodes-7.2";

pub(crate) fn report(output: &str) -> NodeReport {
    parse(output).unwrap_or_else(|problem| panic!("{problem:?}\n{output}"))
}

#[test]
fn every_shell_reports_the_machine_and_changes_nothing() {
    for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
        let Some(pack) = Pack::of(SCENARIO).filter(|_| has(shell[0])) else { continue };
        pack.write("updates/config.json", "{\n  \"product\": \"wso2is\",\n  \"update-level\": \"12\"\n}\n");
        pack.write("bin/wso2server.sh", "JVM_MEM_OPTS=\"-Xms256m -Xmx1024m\"\n");
        pack.write(DRIVER, JAR);
        pack.write("repository/conf/user-mgt.xml", "<changed/>\n");
        pack.write("repository/conf/carbon.xml", "<made/>\n");
        pack.write(
            "repository/resources/conf/.metadata/metadata_config.properties",
            "#Mon Nov 23\nrepository/conf/user-mgt.xml=00000000000000000000000000000000\n\
             repository/conf/carbon.xml=9b52bc0d6fcb2d5ef4e2bb7fe6b7f7a5\n",
        );
        let digest = Command::new("md5sum").arg(pack.home().join("repository/conf/carbon.xml")).output().unwrap();
        let digest = String::from_utf8_lossy(&digest.stdout)[..32].to_owned();
        let metadata = "repository/resources/conf/.metadata/metadata_config.properties";
        let text = String::from_utf8(pack.read(metadata)).unwrap();
        pack.write(metadata, &text.replace("9b52bc0d6fcb2d5ef4e2bb7fe6b7f7a5", &digest));
        let before = pack.state();
        let (succeeded, output) = pack.run_in(shell, "probe.sh", &[], &[]);
        assert!(succeeded, "{shell:?}: {output}");
        assert!(pack.state() == before, "{shell:?} changed something");
        let report = report(&output);
        assert_eq!((report.node.as_str(), report.version.as_deref()), ("is-1", Some("7.2.0")), "{output}");
        assert_eq!((report.update_level.as_deref(), report.heap), (Some("12"), Some(1 << 30)), "{output}");
        assert_eq!(
            (report.generated, report.edited.as_slice()),
            (Some(2), &["repository/conf/user-mgt.xml".to_owned()][..])
        );
        assert_eq!(report.drivers.len(), 1, "{output}");
        assert!(
            report.java.is_some() && report.cpus.is_some() && report.memory.is_some() && report.disk.is_some(),
            "{output}"
        );
        assert!(report.open_files.is_some() && report.account.is_some() && !report.addresses.is_empty(), "{output}");
        let (path, state, _) = &report.files[0];
        assert_eq!((path.as_str(), *state), ("repository/conf/deployment.toml", FileState::Differs), "{output}");
        assert!(report.home.unwrap().1.is_some());
        // No secret: the bundle's passwords are in deployment.toml next to the script.
        let deployment = fs::read_to_string(pack.bundle().join("repository/conf/deployment.toml")).unwrap();
        let password =
            deployment.lines().find_map(|line| line.strip_prefix("password = \"")).unwrap().trim_end_matches('"');
        assert!(!output.contains(password), "{output}");
    }
}

/// The keys of two nodes are compared by what their probes report, which does not contain the key.
#[test]
fn the_symmetric_key_is_reported_as_a_digest() {
    for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
        let Some(pack) = Pack::of(SCENARIO).filter(|_| has(shell[0])) else { continue };
        let key = |text: &str| {
            pack.write("repository/conf/deployment.toml", text);
            // It is faster without a JDK.
            let (_, output) = pack.run_in(shell, "probe.sh", &[], &[("JAVA_HOME", "/nonexistent")]);
            assert!(!output.contains("0A1B"), "{output}");
            report(&output).symmetric_key
        };
        let one = key("[keystore]\nkey = \"x\"\n[encryption]\nkey = \"0A1B2C\"\n[other]\nkey = \"y\"\n");
        assert_eq!(one.as_ref().map(String::len), Some(64));
        assert_eq!(one, key("[other]\nkey = \"z\"\n[encryption]\n# the cluster's\nkey=\"0A1B2C\"\n"));
        assert_ne!(one, key("[encryption]\nkey = \"0A1B2D\"\n"));
        assert_eq!(key("[encryption]\nkey = \"$env{KEY}\"\n"), None, "a reference says nothing");
        assert_eq!(key("[other]\nkey = \"0A1B2C\"\n"), None);
    }
}

/// Lines with a secret, each in another form.
const SECRETS: [&str; 26] = [
    "a PASSWORD=S3cr3t-canary",
    "b url jdbc:mysql://db/a?user=is&password=S3cr3t-canary&useSSL=true refused",
    "c jdbc:mysql://db/a?password=a;b,S3cr3t-canary&x=1",
    "d connection_password = 'it is S3cr3t-canary'",
    "e {\"password\":\"S3cr3t-canary\"}",
    "f {\"key\":\"password\",\"value\":\"S3cr3t-canary\"}",
    "g <Property name=\"ConnectionPassword\" override=\"true\">S3cr3t-canary</Property>",
    "h <Property name=\"password\" value=\"S3cr3t-canary\"/>",
    "i <password>a S3cr3t-canary</password>",
    "j java.naming.security.credentials=S3cr3t-canary",
    "k Authorization: Basic YWRt S3cr3t-canary",
    "l Authorization=[Bearer S3cr3t-canary]",
    "m sent Basic YWRtaW46S3cr3tcanary1S3cr3t-canary= there",
    "n jdbc:oracle:thin:is/S3cr3t-canary@db:1521:orcl",
    "o jdbc:postgresql://is:pa/s?S3cr3t-canary@db/a",
    "p ALTER USER a IDENTIFIED BY 'S3cr3t-canary'",
    "q SET PASSWORD FOR a = PASSWORD('S3cr3t-canary')",
    "r GET /callback?code=S3cr3t-canary&state=1",
    "s access_token=S3cr3t-canary",
    "t Cookie: a=b; JSESSIONID=S3cr3t-canary",
    "u -----BEGIN PRIVATE KEY----- S3cr3t-canary",
    "v keystorePassword: S3cr3t-canary, next",
    "w password : S3cr3t-canary",
    "x jdbc:sqlserver://db;password={a;S3cr3t-canary};encrypt=true",
    "y client_secret=S3cr3t-canary&a=b",
    "z userPassword:: S3cr3t-canary",
];

/// With `--log`, the lines of failures are reported with their last cause, and without passwords.
#[test]
fn the_lines_of_failures_in_the_log_are_reported_on_request() {
    let scenario = scenario(SCENARIO);
    let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
    let refused = |second: u8| {
        format!(
            "TID: [] [] [2026-11-29 06:16:{second},225] [] ERROR {{org.example.Realm}} - Failed | here\r\n\tat org.example.Realm.open(Realm.java:1)\n\
             Caused by: java.lang.Exception: outer\nCaused by: org.postgresql.util.PSQLException: Connection to db.example.com:5432 refused. jdbc:postgresql://is:S3cr3t-canary@db/a?password=S3cr3t-canary\n"
        )
    };
    let started = "TID: [] [] [2026-11-29 06:15:10,225] []  INFO {a.StartupFinalizerServiceComponent} - WSO2 Carbon started in 58 sec\n";
    let noise = "TID: [] [] [2026-11-29 06:15:11,225] []  INFO {a.Other} - nothing\n";
    for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
        let Some(pack) = Pack::of(SCENARIO).filter(|_| has(shell[0])) else { continue };
        let run = |arguments: &[&str]| {
            let (succeeded, output) = pack.run_in(shell, "probe.sh", arguments, &[("JAVA_HOME", "/nonexistent")]);
            assert!(succeeded && !output.contains("S3cr3t-canary"), "{output}");
            let report = report(&output);
            let result =
                evaluate(NodeCheck::Nd20, &answers, &[ReceivedReport { at: 0, report: report.clone() }]).remove(0);
            (report, result)
        };
        let (report, result) = run(&["--log"]);
        assert_eq!((report.log_lines_read, result.outcome), (Some(0), Outcome::CouldNotCheck), "no log yet");
        pack.write("repository/logs/wso2carbon.log", "2025-01-02 03:04:05.678 INFO 1 --- [main] another layout\n");
        let (report, result) = run(&["--log"]);
        assert_eq!((report.log_entries, result.outcome), (Some(0), Outcome::CouldNotCheck), "{result:?}");
        pack.write(
            "repository/logs/wso2carbon.log",
            &[started, noise, &refused(20), &refused(21), &refused(22)].concat(),
        );
        let (report, result) = run(&["--log"]);
        assert_eq!(report.log_lines_read, Some(14));
        assert_eq!(report.log.len(), 5, "the start, and twice an entry with its last cause: {:?}", report.log);
        assert!(
            report.log[1].ends_with("Failed | here") && report.log[2].contains("5432 refused."),
            "{:?}",
            report.log
        );
        assert_eq!(result.outcome, Outcome::Warned, "{result:?}");
        assert!(result.current.contains("No database server listens"), "{result:?}");
        let entries: String = SECRETS
            .iter()
            .map(|text| format!("TID: [] [] [2026-11-29 06:17:00,225] [] ERROR {{a.B}} - {text}\n"))
            .collect();
        pack.write("repository/logs/wso2carbon.log", &entries);
        let (report, _) = run(&["--log"]);
        assert_eq!(report.log.len(), SECRETS.len());
        assert!(report.log.iter().all(|line| line.contains("****") || line.contains("••••")), "{:?}", report.log);
        let (report, result) = run(&[]);
        assert_eq!((report.log.len(), result.outcome), (0, Outcome::CouldNotCheck));
        assert!(result.remedy.text.contains("--log"), "{result:?}");
    }
}

/// The request that LB-05 sends with a forged address is found in the access log, in IS's pattern and in the generated one.
#[test]
fn the_forged_address_is_looked_up_in_the_access_log() {
    let scenario = scenario(SCENARIO);
    let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
    let plan = scenario.plan().probe.plan;
    for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
        let Some(pack) = Pack::of(SCENARIO).filter(|_| has(shell[0])) else { continue };
        let looked = |lines: &[String]| {
            pack.write(
                "repository/logs/http_access_.2026-11-28.log",
                "10.0.0.9 10.0.0.5 [28/Nov/2026] GET / HTTP/1.1 200 5\n",
            );
            pack.write("repository/logs/http_access_.2026-11-29.log", &format!("{}\n", lines.join("\n")));
            let (succeeded, output) = pack.run_in(shell, "probe.sh", &[], &[("JAVA_HOME", "/nonexistent")]);
            assert!(succeeded, "{output}");
            let report = report(&output);
            let log = report.access_log.clone();
            (log, supplement(CheckId::Lb05, &answers, &[ReceivedReport { at: 0, report }]).remove(0))
        };
        let line = |addresses: &str, moment: u64| {
            let path = marker_path(&plan, moment);
            format!("{addresses} [29/Nov/2026:10:00:00 +0000] GET {path} HTTP/1.1 401 99")
        };
        let other = marker_path("0000000000000000", 1_795_435_999);
        let foreign = format!("203.0.113.66 10.0.0.5 [29/Nov/2026:10:00:00 +0000] GET {other} HTTP/1.1 401 99");
        let (log, result) = looked(&[foreign.clone(), "garbage".to_owned()]);
        assert_eq!((log.len(), result.outcome), (0, Outcome::CouldNotCheck), "{result:?}");
        let healthy =
            [line("203.0.113.66, 10.77.0.1 10.0.0.5", 1_795_435_000), line("10.77.0.1 10.0.0.5", 1_795_435_100)];
        let (log, result) = looked(&[healthy.as_slice(), &[foreign]].concat());
        assert_eq!(log.len(), 2, "{shell:?}: {log:?}");
        assert_eq!(log[1], (1_795_435_100, "10.77.0.1 10.0.0.5".to_owned()), "{shell:?}");
        assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
        let (_, result) = looked(&[line("203.0.113.66, 10.77.0.1 10.0.0.5", 1_795_435_200)]);
        assert!(result.outcome == Outcome::Warned && result.current.contains("forged"), "{result:?}");
        let (_, result) = looked(&[line("10.0.0.5 - -", 1_795_435_300)]);
        assert_eq!(result.outcome, Outcome::CouldNotCheck, "{result:?}");
    }
}

#[test]
fn help_and_wrong_words() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let (succeeded, output) = pack.run("probe.sh", &["--help"]);
    assert!(succeeded && output.contains("--as-load-balancer") && !output.contains("set -u"), "{output}");
    for wrong in [&["--nonsense"][..], &["--seconds", "soon"], &["--send"]] {
        let (succeeded, output) = pack.run("probe.sh", wrong);
        assert!(!succeeded && output.contains("probe.sh: "), "{output}");
    }
}

/// URLs with which Connector/J sends IS's keystore are counted by the rule of DB-42, and not printed.
#[test]
fn urls_without_the_option_are_counted() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let count = |urls: &[&str]| {
        let lines: Vec<String> = urls.iter().map(|url| format!("url = \"{url}\"\n")).collect();
        pack.write("repository/conf/deployment.toml", &lines.concat());
        let (_, output) = pack.run("probe.sh", &[]);
        assert!(!output.contains("jdbc:"), "{output}");
        report(&output).key_store_urls
    };
    let sends = [
        "jdbc:mysql://db/is?sslMode=REQUIRED&amp;tcpKeepAlive=true",
        "jdbc:mysql://db/is?useSSL=false&amp;sslMode=VERIFY_CA",
        "jdbc:mysql://db/is",
    ];
    let does_not = [
        "jdbc:mysql://db/is?sslMode=REQUIRED&amp;fallbackToSystemKeyStore=false",
        "jdbc:mysql://db/is?useSSL=false&amp;allowPublicKeyRetrieval=true",
        "jdbc:h2:./repository/database/WSO2CARBON_DB",
    ];
    for (urls, expected) in [(sends, true), (does_not, false)] {
        assert!(urls.iter().all(|url| domain::jdbc::may_send_system_key_store(url) == expected));
    }
    assert_eq!((count(&sends), count(&does_not)), (3, 0));
}

/// Checks report the faults of the node: the JDK, the driver, the version.
#[test]
fn faults_of_a_machine_are_reported_by_their_checks() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let scenario = scenario(SCENARIO);
    let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
    let outcome = |id: NodeCheck, output: &str| {
        let received = ReceivedReport { at: 0, report: report(output) };
        let results = evaluate(id, &answers, &[received]);
        results.into_iter().find(|result| result.subject.is_some()).unwrap()
    };
    pack.write(DRIVER, JAR);
    let (_, output) = pack.run("probe.sh", &[]);
    for id in [NodeCheck::Nd07, NodeCheck::Nd08, NodeCheck::Nd13, NodeCheck::Nd14, NodeCheck::Db41] {
        assert_eq!(outcome(id, &output).outcome, Outcome::Passed, "{id:?}: {output}");
    }
    let jdk = pack.jdk("openjdk version \"1.8.0_392\"");
    let (_, output) = pack.run_in(&["sh"], "probe.sh", &[], &[("JAVA_HOME", &jdk)]);
    let result = outcome(NodeCheck::Nd07, &output);
    assert!(result.outcome == Outcome::Failed && result.current.contains("Java 1.8.0_392"), "{result:?}");
    pack.write("bin/version.txt", "WSO2 Identity Server v7.1.0\n");
    pack.write(DRIVER, "<html>404</html>\n");
    let (_, output) = pack.run("probe.sh", &[]);
    assert_eq!(outcome(NodeCheck::Nd13, &output).outcome, Outcome::Failed);
    assert!(outcome(NodeCheck::Db41, &output).current.contains("is not a jar"));
    pack.remove(DRIVER);
    let (_, output) = pack.run("probe.sh", &[]);
    assert!(outcome(NodeCheck::Db41, &output).current.contains("no MySQL driver"));
}

/// ND-07 depends on what starts IS: IS's own script, the bundle's, or a unit of systemd.
#[test]
fn what_starts_is_and_whether_it_passes_the_flag_is_reported() {
    const OLD: &str = "read-only-ldap-aws-6.1";
    let scenario = scenario(OLD);
    let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
    for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
        let Some(pack) = Pack::of(OLD).filter(|_| has(shell[0])) else { continue };
        let jdk = pack.jdk("openjdk version \"17.0.15\"");
        let units = pack.folder().join("units");
        fs::create_dir_all(&units).unwrap();
        let unit = |text: &str| fs::write(units.join("identity.service"), text).unwrap();
        // No address answers here: without a program that connects, the probe does not wait for any.
        let programs = pack.folder().join("programs");
        fs::create_dir_all(&programs).unwrap();
        fs::write(programs.join("curl"), "#!/bin/sh\nexit 1\n").unwrap();
        fs::set_permissions(programs.join("curl"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        let environment =
            [("JAVA_HOME", jdk.as_str()), ("SYSTEMD_UNIT_PATH", units.to_str().unwrap()), ("PATH", path.as_str())];
        let looked = || {
            let (succeeded, output) = pack.run_in(shell, "probe.sh", &[], &environment);
            assert!(succeeded, "{output}");
            let received = ReceivedReport { at: 0, report: report(&output) };
            evaluate(NodeCheck::Nd07, &answers, &[received]).remove(0)
        };
        let expect = |outcome: Outcome, words: &str| {
            let result = looked();
            assert!(result.outcome == outcome && result.current.contains(words), "{shell:?}: {result:#?}");
        };
        pack.write("bin/wso2server.sh", "exec java\n");
        // The runbook starts IS with start.sh next to the probe.
        expect(Outcome::Passed, "start.sh passes -D");
        let home = pack.home();
        let home = home.to_str().unwrap();
        unit(&format!("[Service]\nExecStart=/bin/sh \"{home}/bin/wso2server.sh\" start\n"));
        expect(Outcome::Failed, "identity.service starts IS without");
        unit(&format!("[Service]\nExecStart=/bin/sh \"{home}/bin/clusterwright/start.sh\" --may-be-first\n"));
        expect(Outcome::Failed, "identity.service starts IS without");
        let start = fs::read_to_string(pack.bundle().join("start.sh")).unwrap();
        pack.write("bin/clusterwright/start.sh", &start);
        expect(Outcome::Passed, "bin/clusterwright/start.sh passes -D");
        let file = pack.folder().join("environment");
        fs::write(&file, "JAVA_OPTS=-Djdk.util.zip.disableZip64ExtraFieldValidation=true\n").unwrap();
        unit(&format!("[Service]\nEnvironmentFile=-{}\nExecStart={home}/bin/wso2server.sh start\n", file.display()));
        expect(Outcome::Passed, "passes -D");
        fs::remove_file(units.join("identity.service")).unwrap();
        pack.write("bin/clusterwright/start.sh", "exec sh bin/wso2server.sh start\n");
        expect(Outcome::Failed, "neither bin/wso2server.sh nor");
        pack.write("bin/wso2server.sh", "exec java -Djdk.util.zip.disableZip64ExtraFieldValidation=true\n");
        expect(Outcome::Passed, "bin/java.");
    }
}
