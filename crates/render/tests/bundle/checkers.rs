//! What security scanners report about the load balancers' files: gixy about those of NGINX, testssl.sh about both at
//! run time.

use std::collections::BTreeSet;
use std::fs;
use std::thread;

use serde_json::Value;

use crate::front::{StartedBalancer, program};
use crate::scenario::{SCENARIOS, scenario};
use crate::world::Unpacked;

/// Every file of NGINX among the golden files.
#[test]
fn gixy_reports_nothing_on_the_files_of_nginx() {
    let mut judged = 0;
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.draft.text("load_balancer.kind") == "nginx") {
        let Some(mut gixy) = testbed::or_report(testbed::gixy()) else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("is.conf");
        let hostname = scenario.plan().load_balancer.hostname;
        let scenario = &scenario.clone().with("clustering.scheme", "wka");
        let bundle = Unpacked::of(scenario);
        fs::write(&file, bundle.text(&format!("load-balancer/nginx/{hostname}.conf"))).unwrap();
        let output = gixy.args(["--format", "json"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.trim() == "[]", "{}: {said} {errors}", scenario.name);
        judged += 1;
    }
    assert!(judged > 4, "{judged} files were judged");
}

/// Proves that gixy finds faults at all.
#[test]
fn gixy_reports_a_host_that_the_client_chooses() {
    let Some(mut gixy) = testbed::or_report(testbed::gixy()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("is.conf");
    let text = "server { listen 80; location / { proxy_pass http://127.0.0.1; proxy_set_header Host $http_host; } }";
    fs::write(&file, text).unwrap();
    let output = gixy.args(["--format", "json"]).arg(&file).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("host_spoofing"), "{output:?}");
}

/// NGINX of both versions and HAProxy with each kind of certificate.
const SERVERS: [(&str, &str); 6] = [
    ("one-machine-5.11", "self-signed"),
    ("three-nodes-7.2", "private-ca"),
    ("ad-kubernetes-6.0", "provided"),
    ("read-only-ldap-aws-6.1", "self-signed"),
    ("kubernetes-haproxy-7.3", "private-ca"),
    ("provided-ad-7.1", "provided"),
];

/// Accepted findings of testssl.sh about a certificate of this kind: its ID, the kind, and why it is not a fault. Findings
/// about protocols, ciphers and vulnerabilities are never accepted.
const EXCUSED: [(&str, &str, &str); 6] = [
    ("cert_chain_of_trust", "self-signed", "no CA has signed it; the wizard says that browsers warn"),
    ("cert_chain_of_trust", "private-ca", "browsers trust the cluster's own CA where somebody imports it"),
    ("cert_chain_of_trust", "provided", "the test brings one of a CA of its own"),
    ("cert_revocation", "self-signed", "nobody but its owner could revoke it"),
    ("cert_revocation", "private-ca", "the cluster's own CA publishes no list: a lost key means a new CA"),
    ("cert_revocation", "provided", "the test brings one of a CA of its own, which publishes no list"),
];

/// The sections of testssl.sh's report whose findings count without exception.
const STRICT: [&str; 7] = ["protocols", "ciphers", "pfs", "fs", "serverPreferences", "cipherTests", "vulnerabilities"];

/// The findings of testssl.sh above INFO about the load balancer of a scenario, as `section id severity: text`.
fn testssl(name: &str, kind: &str) -> Option<Vec<String>> {
    let scenario = scenario(name).with("clustering.scheme", "wka").with("load_balancer.certificate", kind);
    let program = program(&scenario)?;
    let mut testssl = testbed::or_report(testbed::testssl())?;
    let front = StartedBalancer::start(&program, &scenario)?;
    let hostname = scenario.plan().load_balancer.hostname;
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let output = testssl
        .args(["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1"])
        // Protocols, ciphers, forward secrecy, the order of ciphers, the certificate, known vulnerabilities.
        .args(["-p", "-s", "-f", "-P", "-S", "-U", "--jsonfile-pretty"])
        .arg(&report)
        .arg(format!("https://{hostname}:{}", front.running.port()))
        .output()
        .unwrap();
    let text = fs::read_to_string(&report).unwrap_or_default();
    let told = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {told}"));
    let mut found = Vec::new();
    let mut sections = BTreeSet::new();
    for (section, findings) in report["scanResult"].as_array().unwrap().iter().filter_map(Value::as_object).flatten() {
        for finding in findings.as_array().into_iter().flatten() {
            sections.insert(section.as_str());
            let [id, severity, text] =
                ["id", "severity", "finding"].map(|key| finding[key].as_str().unwrap_or_default());
            let is_excused = || {
                let is_it = |(excused, of, _): &(&str, &str, &str)| *excused == id && *of == kind;
                !STRICT.contains(&section.as_str()) && EXCUSED.iter().any(is_it)
            };
            // Outside the counted sections, WARN means that the tool could not test (a resumption needs its own client).
            let is_unknown = severity == "WARN" && !STRICT.contains(&section.as_str());
            if !matches!(severity, "OK" | "INFO") && !is_unknown && !is_excused() {
                found.push(format!("{section} {id} {severity}: {text}"));
            }
        }
    }
    // An aborted scan would find nothing.
    for needed in ["protocols", "ciphers", "serverPreferences", "serverDefaults", "vulnerabilities"] {
        assert!(sections.contains(needed), "{name}: {needed} was not looked at: {told}");
    }
    Some(found)
}

/// Each server is scanned for about a minute, two at a time: one per core.
#[test]
fn testssl_reports_nothing_of_protocols_ciphers_and_vulnerabilities() {
    for pair in SERVERS.chunks(2) {
        thread::scope(|scope| {
            let scans: Vec<_> = pair.iter().map(|(name, kind)| (name, scope.spawn(|| testssl(name, kind)))).collect();
            for (name, scan) in scans {
                if let Some(found) = scan.join().unwrap() {
                    assert!(found.is_empty(), "{name}: {found:#?}");
                }
            }
        });
    }
}
