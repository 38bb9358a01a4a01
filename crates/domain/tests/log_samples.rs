//! The log doctor on the samples of real failures that lie beside the checkout in CI: each is named by exactly one leading
//! diagnosis, and lines of healthy servers by none.

use std::fs;
use std::path::Path;

use domain::log_doctor::{LogFile, LogReport, diagnose};

/// A shared document; `None` after one line where it is not beside the checkout.
fn shared(name: [&str; 2]) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name.concat());
    let text = fs::read_to_string(path).ok();
    if text.is_none() {
        testbed::report_not_run("the samples of logs: ../shared is not beside the checkout");
    }
    text
}

fn read(text: &str) -> LogReport {
    diagnose(&[LogFile { name: "sample", bytes: text.as_bytes() }])
}

fn codes(report: &LogReport) -> Vec<&'static str> {
    report.diagnoses.iter().map(|one| one.rule.code).collect()
}

/// The samples of a document: the first word of each heading that has a code block, and the block.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    for section in document.split("\n## ").skip(1) {
        let name = section.split([' ', '\n']).next().unwrap_or_default().to_owned();
        let block = section.split("```\n").nth(1);
        blocks.extend(block.map(|block| (name, block.to_owned())));
    }
    blocks
}

/// The failure that each sample shows, by its number.
const FAILURES: [&str; 20] = [
    "jdbc-url-rejected",
    "database-refused",
    "database-grant-missing",
    "pool-connections-hang",
    "h2-registry-damaged",
    "session-object-too-large",
    "directory-bind-failed",
    "directory-admin-missing",
    "keystore-password",
    "callback-not-registered",
    "internal-call-name",
    "kubernetes-api-refused",
    "toml-table-repeated",
    "environment-variable-missing",
    "java-rejects-jars",
    "java-required-version",
    "port-in-use",
    "nginx-header-too-big",
    "membership-scheme-unknown",
    "database-stalled",
];

#[test]
fn each_shared_sample_is_one_failure_or_none() {
    let Some(document) = shared(["LOGS", ".md"]) else { return };
    let blocks = blocks(&document);
    let (mut failures, mut healthy) = (0, 0);
    for (name, block) in &blocks {
        let report = read(block);
        if let Some(number) = name.strip_prefix("LOG-") {
            let number: usize = number.parse().unwrap();
            assert_eq!(codes(&report), [FAILURES[number - 1]], "{name}: {report:#?}");
            assert!(!report.diagnoses[0].rule.is_symptom());
            assert_eq!(report.unrecognised_count, 0, "{name}: {:?}", report.unrecognised);
            failures += 1;
        } else {
            assert!(report.is_healthy() && report.unrecognised_count == 0, "{name}: {report:#?}");
            assert!(!report.is_unreadable(), "{name}");
            healthy += 1;
        }
    }
    assert_eq!((failures, healthy), (20, 8));
}

#[test]
fn all_shared_samples_in_one_log_are_all_found() {
    let Some(document) = shared(["LOGS", ".md"]) else { return };
    let whole: String = blocks(&document).into_iter().map(|(_, block)| block).collect();
    let report = read(&whole);
    for code in FAILURES {
        assert!(codes(&report).contains(&code), "{code}: {:?}", codes(&report));
    }
    let whole = whole.replace('\n', "\r\n");
    assert_eq!(codes(&read(&whole)), codes(&report), "with the line ends of Windows");
}

/// What real clusters logged: a part of the document, the line that it stands for, and the failure.
const OF_CLUSTERS: [(&str, &str, Option<&str>); 15] = [
    (
        "Cannot initialize the realm.",
        "ERROR {org.wso2.carbon.user.core.internal.Activator} - Cannot start User Manager Core bundle org.wso2.carbon.user.core.UserStoreException: Cannot initialize the realm.",
        Some("user-core-not-started"),
    ),
    (
        "30012 - RoleExisting Role name: admin exists in the system",
        "ERROR {a.Activator} - Failed org.wso2.carbon.user.core.UserStoreException: 30012 - RoleExisting Role name: admin exists in the system",
        Some("two-first-starts"),
    ),
    (
        "Error while registering system API resources",
        "ERROR {a.APIResourceManagementUtil} - Error while registering system API resources",
        Some("two-first-starts"),
    ),
    ("IDP-65027", "ERROR {a.IdpMgt} - IDP-65027 Error while retrieving the secret", Some("secrets-unreadable")),
    (
        "circuit breaker is in open state",
        "ERROR {a.Health} - HC_00003 JDBC Connection circuit breaker is in open state for 1200ms",
        Some("circuit-breaker-open"),
    ),
    (
        "Broken pipe",
        "ERROR {a.Health} - HC_00001 Error while getting database connection for datasource: jdbc/SHARED_DB Broken pipe",
        Some("database-connection-lost"),
    ),
    (
        "unknown_ca",
        "ERROR {a.Pool} - Failed com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\nCaused by: javax.net.ssl.SSLHandshakeException: Received fatal alert: unknown_ca",
        Some("database-client-certificate"),
    ),
    (
        "Invalid CEN header",
        "ERROR {a.Framework} - Failed java.util.zip.ZipException: Invalid CEN header (invalid extra data field size for tag: 0xbfef at 0)",
        Some("java-rejects-jars"),
    ),
    (
        "www.springframework.org",
        "WARN {a.XmlBeanDefinitionReader} - Ignored java.net.UnknownHostException: www.springframework.org",
        Some("offline-schema"),
    ),
    (
        "Cannot initialize cluster",
        "ERROR {a.StartupFinalizerServiceComponent} - Cannot initialize cluster",
        Some("cluster-not-started"),
    ),
    (
        "Servlet.init() for servlet [X] threw exception",
        "ERROR {a.Context} - Servlet.init() for servlet [X] threw exception",
        Some("web-application-not-deployed"),
    ),
    (
        "failed to deploy",
        "ERROR {a.CarbonTomcat} - Webapp /oauth2 failed to deploy",
        Some("web-application-not-deployed"),
    ),
    ("callback.not.match", "WARN {a.OAuth2} - callback.not.match", Some("callback-not-registered")),
    (
        "SingleNode configuration given.",
        "WARN {a.Processor} - CEP started with clustering enabled, but SingleNode configuration given.",
        None,
    ),
    ("Adaptive authentication is disabled.", "WARN {a.Framework} - Adaptive authentication is disabled.", None),
];

#[test]
fn the_lines_of_real_clusters_are_recognised() {
    let Some(document) = shared(["REAL-", "IS.md"]) else { return };
    for (quoted, line, expected) in OF_CLUSTERS {
        assert!(document.contains(quoted), "the document no longer has {quoted}");
        let report = read(&format!("TID: [] [] [2026-11-29 06:16:19,225] [] {line}\n"));
        assert_eq!(codes(&report), expected.into_iter().collect::<Vec<_>>(), "{line}");
    }
    // A node whose start waits: FIDO is the sign of rejected jars.
    let waiting = "TID: [] [] [2026-11-29 06:16:19,225] []  WARN {org.wso2.carbon.core.init.CarbonServerManager} - ";
    let delayed = format!("{waiting}Carbon initialization is delayed due to the following unsatisfied items:\n");
    let service = |name: &str| format!("{waiting}Waiting for required OSGiAxis2Service: {name}\n");
    assert_eq!(
        codes(&read(
            &[delayed.clone(), service("org.wso2.carbon.identity.application.authenticator.fido-5.3")].concat()
        )),
        ["java-rejects-jars"]
    );
    assert_eq!(codes(&read(&[delayed, service("org.example.Other-1.0")].concat())), ["start-waits"]);
}
