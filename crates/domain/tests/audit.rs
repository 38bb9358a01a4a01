//! Exactly one check finds each fault in a deployment.toml.

#![expect(clippy::unwrap_used, reason = "test code: a failure fails the test")]

use std::collections::BTreeSet;

use domain::audit::{ExpectedNode, KeyStoreFacts, KeyStoreFault, audit, audit_key_stores, audit_public_url};
use domain::check::CheckId;
use domain::finding::{Finding, Severity};
use domain::inputs::ReadableAnswers;
use domain::product::Version;
use domain::secret::Secrets;
use domain::steps::LoadBalancer;
use testbed::faults::{expect, expect_none};
use testbed::plan::TestPlan;

fn file(node: u8) -> String {
    format!(
        r#"
[server]
hostname = "is.example.com"
node_ip = "10.0.0.{node}"
offset = 0
[super_admin]
username = "is-admin"
password = "Adm1n!changeMe"
create_admin_account = true
[user_store]
type = "database_unique_id"
[carbon_health_check]
enable = true
[transport.https.properties]
proxyPort = 443
[database.identity_db]
type = "mysql"
url = "jdbc:mysql://db:3306/identity?useSSL=false&amp;allowPublicKeyRetrieval=true"
[keystore.primary]
password = "own"
alias = "cluster-primary"
[encryption]
key = "00112233445566778899AABBCCDDEEFF"
[hazelcast]
"hazelcast.max.no.heartbeat.seconds" = 60
[clustering]
membership_scheme = "wka"
domain = "wso2.is.domain"
local_member_host = "10.0.0.{node}"
local_member_port = "4000"
members = ["10.0.0.1:4000", "10.0.0.2:4000"]
"#
    )
}

/// The findings about a pair of files, as `failed CL-01`.
fn found(first: &str, second: &str) -> Vec<String> {
    let node = |number: u8| ExpectedNode {
        name: format!("is-{number}"),
        host: format!("10.0.0.{number}"),
        hazelcast_port: 4000,
    };
    let files = [("is-1".to_owned(), first.to_owned()), ("is-2".to_owned(), second.to_owned())];
    let mut findings = audit(&files, Version::V7_2_0, &[node(1), node(2)]);
    findings.extend(audit_public_url(&files, &load_balancer()));
    let as_fault = |finding: &Finding| {
        let verb = if finding.severity == Severity::Blocks { "failed" } else { "warned" };
        finding.check.map(|check| format!("{verb} {check}"))
    };
    let found: BTreeSet<String> = findings.iter().filter_map(as_fault).collect();
    found.into_iter().collect()
}

fn load_balancer() -> LoadBalancer {
    ReadableAnswers::read(&TestPlan::one_machine().draft(), &Secrets::new()).0.load_balancer.unwrap()
}

#[test]
fn a_healthy_pair_is_silent() {
    expect_none("", &found(&file(1), &file(2)));
    for (healthy, other) in [
        ("offset = 0", "offset = \"0\""),
        ("local_member_port = \"4000\"", "local_member_port = 4000"),
        ("seconds\" = 60", "seconds\" = \"60\""),
        ("seconds\" = 60", "seconds\" = 600"),
        ("[encryption]", "[console]\ncallback_url = \"https://is.example.com/console\"\n[encryption]"),
        ("[hazelcast]", "[hazelcast]\n\"hazelcast.shutdownhook.enabled\" = \"true\""),
        ("hostname = \"is", "force_local_cache = true\nhostname = \"is"),
        ("hostname = \"is", "base_path = \"https://is.example.com\"\nhostname = \"is"),
        ("useSSL=false", "sslMode=VERIFY_CA&amp;fallbackToSystemKeyStore=false"),
        ("useSSL=false", "sslMode=REQUIRED&amp;clientCertificateKeyStoreUrl=file:client.p12"),
    ] {
        let change = |text: String| text.replacen(healthy, other, 1);
        expect_none(other, &found(&change(file(1)), &change(file(2))));
    }
}

/// A fault in the files of both nodes.
#[test]
fn every_fault_in_all_files_has_its_own_check() {
    let cases: [(&str, &str, &str); 50] = [
        ("&amp;", "&", "failed DB-39"),
        ("identity?", "identity", "failed DB-39"),
        ("3306/identity", "3306/", "failed DB-39"),
        ("//db:3306/", "//wso2:secret@db:3306/", "warned DB-40"),
        ("&amp;allow", "&amp;password=x&amp;allow", "warned DB-40"),
        ("&amp;allow", "&amp;user=wso2&amp;allow", "warned DB-40"),
        ("&amp;allow", "&amp;password2=x&amp;allow", "warned DB-40"),
        ("&amp;allow", "&amp;trustCertificateKeyStorePassword=x&amp;allow", "warned DB-40"),
        ("useSSL=false", "sslMode=REQUIRED", "warned DB-42"),
        ("useSSL=false", "useSSL=true", "warned DB-42"),
        ("useSSL=false&amp;", "", "warned DB-42"),
        ("useSSL=false", "sslMode=VERIFY_CA&amp;fallbackToSystemKeyStore=true", "warned DB-42"),
        (
            "url = \"jdbc:mysql://db:3306/identity?useSSL=false&amp;allowPublicKeyRetrieval=true\"",
            "hostname = \"db\"",
            "warned DB-42",
        ),
        ("offset = 0", "ofset = 0", "warned CL-02"),
        ("[super_admin]", "[server]\nx = 1\n[super_admin]", "failed CL-03"),
        ("username = \"is-admin\"", "username = \"a\"\nusername = \"b\"", "failed CL-03"),
        ("username = \"is-admin\"", "\"username\" = \"a\"\nusername = \"b\"", "failed CL-03"),
        ("hostname = \"is", "hostname = \"\\.is", "failed CL-01"),
        ("offset = 0", "offset = ", "failed CL-01"),
        ("[clustering]", "[clustering", "failed CL-01"),
        ("create_admin_account = true", "create_admin_account = \"true\"", "failed CL-01"),
        ("enable = true", "enable = \"true\"", "failed CL-01"),
        ("offset = 0", "offset = true", "failed CL-01"),
        ("local_member_port = \"4000\"", "local_member_port = \"4000-4010\"", "failed CL-01"),
        ("\"database_unique_id\"", "\"jdbc_unique_id\"", "failed CL-01"),
        ("\"database_unique_id\"", "\"database\"", "failed US-05"),
        ("\"wso2.is.domain\"", "5", "failed CL-01"),
        ("\"is-admin\"", "\"{{ admin }}\"", "failed CL-01"),
        ("username = \"is-admin\"", "username = \"is-\\e-admin\"", "failed CL-01"),
        ("username = \"is-admin\"", "username = \"is-\tadmin\"", "failed CL-01"),
        ("[hazelcast]", "[hazelcast]\n\"hazelcast.x\" = [1, \"a\"]", "failed CL-01"),
        ("[hazelcast]", "[hazelcast]\n\"hazelcast.x\" = { a = 1,\n b = 2 }", "failed CL-01"),
        ("[hazelcast]", "[hazelcast]\nproperty.name = \"x\"", "warned CL-02"),
        ("[hazelcast]", "[hazelcast]\n\"max.no.heartbeat.seconds\" = 60", "warned CL-02"),
        ("\"10.0.0.2:4000\"]", "\"10.0.0.2:4001\"]", "failed CL-04"),
        (", \"10.0.0.2:4000\"]", "]", "failed CL-04"),
        ("\"10.0.0.2:4000\"]", "\"10.0.0.2:4000\", \"10.0.0.3:4000\"]", "failed CL-04"),
        ("[\"10.0.0.1:4000\", \"10.0.0.2:4000\"]", "\"10.0.0.1:4000\\n10.0.0.2:4000\"", "failed CL-01"),
        ("membership_scheme = \"wka\"", "", "failed CL-04"),
        ("hostname = \"is", "force_local_cache = false\nhostname = \"is", "warned CL-10"),
        ("seconds\" = 60", "seconds\" = \"5\"", "warned CL-11"),
        ("seconds\" = 60", "seconds\" = 3600", "warned CL-11"),
        ("seconds\" = 60", "seconds\" = \"soon\"", "warned CL-11"),
        ("\"hazelcast.max.no.heartbeat.seconds\" = 60", "", "warned CL-11"),
        ("is.example.com", "localhost", "failed CL-12"),
        ("proxyPort = 443", "proxyPort = 8443", "failed CL-12"),
        ("hostname = \"is", "base_path = \"https://other.example.com\"\nhostname = \"is", "failed CL-12"),
        ("proxyPort = 443", "", "failed CL-12"),
        ("[encryption]", "[console]\ncallback_url = \"https://localhost:9443/console\"\n[encryption]", "failed CL-12"),
        ("Adm1n!changeMe", "admin", "failed CL-13"),
    ];
    for (healthy, faulty, expected) in cases {
        let change = |text: String| {
            assert!(text.contains(healthy), "{healthy}");
            text.replacen(healthy, faulty, 1)
        };
        expect(
            &format!("{healthy} becomes {faulty}"),
            expected,
            &found(&change(file(1)), &change(file(2))),
            domain::sites::take(),
        );
    }
}

/// A fault in the file of one node.
#[test]
fn every_difference_has_its_own_check() {
    let cases: [(&str, &str, &str); 8] = [
        ("local_member_host = \"10.0.0.2\"", "local_member_host = \"127.0.0.1\"", "failed CL-05"),
        ("local_member_host = \"10.0.0.2\"", "local_member_host = \"10.0.0.1\"", "failed CL-05"),
        ("\"wso2.is.domain\"", "\"other.domain\"", "failed CL-06"),
        ("00112233", "FF112233", "failed CL-07"),
        ("\"cluster-primary\"", "\"wso2carbon\"", "failed CL-07"),
        ("password = \"own\"", "password = \"another\"", "failed CL-07"),
        ("useSSL=false", "useSSL=false&amp;tcpKeepAlive=true", "warned CL-08"),
        ("username = \"is-admin\"", "username = \"root-admin\"", "warned CL-08"),
    ];
    for (healthy, faulty, expected) in cases {
        let text = file(2);
        assert!(text.contains(healthy), "{healthy}");
        expect(
            &format!("{faulty} on one node"),
            expected,
            &found(&file(1), &text.replacen(healthy, faulty, 1)),
            domain::sites::take(),
        );
    }
}

/// Up to 6.1, the issuer contains the port of `base_path`, even if it is 443.
#[test]
fn a_base_path_that_puts_443_into_the_issuer() {
    let follows = "base_path = \"https://$ref{server.hostname}:${carbon.management.port}\"\nhostname = \"is";
    let text = file(1).replace("hostname = \"is", follows);
    for (version, port, expected) in [
        (Version::V6_0_0, "443", true),
        (Version::V6_1_0, "443", true),
        (Version::V6_1_0, "8443", false),
        (Version::V7_0_0, "443", false),
    ] {
        let files = [("is-1".to_owned(), text.replace("proxyPort = 443", &format!("proxyPort = {port}")))];
        let found = audit(&files, version, &[]);
        let found: Vec<&Finding> = found.iter().filter(|finding| finding.check == Some(CheckId::Cl12)).collect();
        assert_eq!(found.len(), usize::from(expected), "{version:?} {port}: {found:?}");
        if expected {
            expect(
                &format!("base_path with a port in IS {}", version.value()),
                "warned CL-12",
                &["warned CL-12".to_owned()],
                domain::sites::take(),
            );
            assert_eq!(found[0].severity, Severity::Warns);
        }
    }
}

/// No generated bundle contains this fault, so it is injected into the facts that `render` reads.
#[test]
fn a_keystore_with_a_key_without_a_certificate() {
    let (node, table, file) = ("is-1".to_owned(), "keystore.tls".to_owned(), "node-tls.p12".to_owned());
    let found = audit_key_stores(&[KeyStoreFacts { node, table, file, fault: Some(KeyStoreFault::Certificate) }]);
    assert!(found[0].what.contains("The key in node-tls.p12 of [keystore.tls] has no certificate."), "{found:?}");
    let reported: Vec<String> = found.iter().filter_map(|finding| Some(format!("failed {}", finding.check?))).collect();
    expect("", "failed TL-06", &reported, domain::sites::take());
}

#[test]
fn a_misspelt_key_is_named_with_its_neighbour() {
    let files = [("is-1".to_owned(), file(1).replace("offset = 0", "ofset = 0"))];
    let findings = audit(&files, Version::V7_2_0, &[]);
    assert!(findings[0].what.contains("server.ofset") && findings[0].what.contains("server.offset"), "{findings:?}");
}
