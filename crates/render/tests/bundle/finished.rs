//! Finished bundles, inspected by the checks LB-03, LB-07, TL-06 and TL-07: healthy ones have no findings, and exactly
//! one check finds each fault in their files.

use std::collections::{BTreeMap, BTreeSet};

use domain::audit::{audit_key_stores, audit_load_balancer, audit_trust_folders};
use domain::finding::{Finding, Severity};
use domain::inputs::ReadableAnswers;
use domain::steps::{ClusterNode, LoadBalancer};
use domain::value::Value;
use domain::values::LoadBalancerVersion;
use render::verify;
use testbed::faults::{expect, expect_none};

use crate::platform::has_balancer;
use crate::scenario::{SCENARIOS, Scenario, scenario};
use crate::world::Unpacked;

type Files = BTreeMap<String, Vec<u8>>;

fn files(scenario: &Scenario) -> Files {
    Unpacked::of(scenario).0.into_iter().map(|(path, (_, content))| (path, content)).collect()
}

fn reported(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let verb = if finding.severity == Severity::Blocks { "failed" } else { "warned" };
        format!("{verb} {}", finding.check.unwrap())
    };
    findings.iter().map(line).collect::<BTreeSet<_>>().into_iter().collect()
}

fn in_front(scenario: &Scenario) -> (LoadBalancer, Vec<ClusterNode>) {
    let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
    (answers.load_balancer.unwrap(), answers.nodes.unwrap())
}

fn configuration(files: &Files) -> String {
    let is_it =
        |path: &&String| path.starts_with("load-balancer/") && (path.ends_with(".conf") || path.ends_with(".cfg"));
    let path = files.keys().find(is_it).unwrap();
    String::from_utf8(files[path].clone()).unwrap()
}

fn verified(files: &Files) -> Vec<Finding> {
    let verified = verify(files.iter().map(|(path, content)| (path.as_str(), content.as_slice())));
    let mut findings = audit_key_stores(&verified.key_stores);
    findings.extend(audit_trust_folders(&verified.trust, &verified.authorities));
    findings
}

#[test]
fn every_scenario_is_healthy() {
    for scenario in SCENARIOS.iter() {
        let files = files(scenario);
        let (asked, nodes) = in_front(scenario);
        let mut found = verified(&files);
        if has_balancer(scenario) {
            found.extend(audit_load_balancer(&configuration(&files), &asked, &nodes));
        }
        assert!(found.is_empty(), "{}: {found:#?}", scenario.name);
        let stores = verify(files.iter().map(|(path, content)| (path.as_str(), content.as_slice()))).key_stores;
        assert_eq!(stores.len(), 2 * nodes.len(), "{}", scenario.name);
        expect_none(scenario.name, &reported(&found));
    }
}

#[test]
fn faults_of_a_load_balancer_file_are_found() {
    let nginx = "three-nodes-7.2";
    let haproxy = "kubernetes-haproxy-7.3";
    let node = "server \"10.20.0.12:9443\" max_fails=3 fail_timeout=30s;";
    let cases: [(&str, &str, &str, &str, &str); 21] = [
        (nginx, "1.30", "    http2 on;", "    ssl on;", "failed LB-03"),
        (nginx, "1.22", "    sticky cookie WSO2_IS_NODE path=/ httponly secure;", "", "failed LB-03"),
        (nginx, "1.22", "    http2 on;", "", "failed LB-03"),
        (nginx, "1.30", node, "", "failed LB-03"),
        (nginx, "1.30", node, "server \"10.20.0.11:9443\";", "failed LB-03"),
        (nginx, "1.30", node, "server \"10.20.0.12:9444\";", "failed LB-03"),
        (nginx, "1.30", "httponly secure;", "httponly secure", "failed LB-03"),
        (nginx, "1.30", "proxy_pass https", "proxy_passs https", "failed LB-03"),
        (nginx, "1.30", "    keepalive 32;\n}", "    keepalive 32;\n", "failed LB-03"),
        (nginx, "1.30", "    keepalive 32;\n}", "    keepalive 32;\n}\n}", "failed LB-03"),
        (nginx, "1.30", "    keepalive 32;\n}", "    keepalive 32\n}", "failed LB-03"),
        (nginx, "1.30", "    keepalive 32;", "    keepalive 32;;", "failed LB-03"),
        (nginx, "1.30", "proxy_buffer_size 64k;", "", "warned LB-07"),
        (nginx, "1.30", "proxy_buffer_size 64k;", "proxy_buffer_size 8k;", "warned LB-07"),
        (nginx, "1.30", "large_client_header_buffers 8 64k;", "large_client_header_buffers 4 8k;", "warned LB-07"),
        (nginx, "1.30", "client_max_body_size 20m;", "", "warned LB-07"),
        (nginx, "1.30", "proxy_read_timeout 5m;", "proxy_read_timeout 10s;", "warned LB-07"),
        (haproxy, "3.0", "    server \"is-1\" \"10.20.0.11:9443\" check", "", "failed LB-03"),
        (haproxy, "3.0", "    balance source", "    ballance source", "failed LB-03"),
        (haproxy, "3.0", "    tune.bufsize 65536", "", "warned LB-07"),
        (haproxy, "3.0", "    timeout server 5m", "    timeout server 5000", "warned LB-07"),
    ];
    for (name, version, healthy, faulty, expected) in cases {
        let scenario = scenario(name).with("clustering.scheme", "wka");
        let text = configuration(&files(&scenario));
        assert!(text.contains(healthy), "{healthy}\n{text}");
        let (mut asked, nodes) = in_front(&scenario);
        asked.version = LoadBalancerVersion::parse(version).unwrap();
        let text = match (version, healthy) {
            // With 1.22, each of the two newer lines is a separate fault: the other one is removed.
            ("1.22", "    http2 on;") => text.replace("    sticky cookie WSO2_IS_NODE path=/ httponly secure;\n", ""),
            ("1.22", _) => text.replace("    http2 on;\n", ""),
            _ => text.replacen(healthy, faulty, 1),
        };
        let found = audit_load_balancer(&text, &asked, &nodes);
        expect(
            &format!("{name} for {version}: {healthy} becomes {faulty}"),
            expected,
            &reported(&found),
            domain::sites::take(),
        );
    }
}

/// The text before the first line or after the last one.
#[test]
fn faults_at_the_ends_of_a_load_balancer_file_are_found() {
    for (name, version, before, after) in [
        ("three-nodes-7.2", "1.30", "", "keepalive 32"),
        ("three-nodes-7.2", "1.30", "", "server_name \"login.example.com;"),
        ("kubernetes-haproxy-7.3", "3.0", "maxconn 5\n", ""),
    ] {
        let scenario = scenario(name).with("clustering.scheme", "wka");
        let text = configuration(&files(&scenario));
        let (mut asked, nodes) = in_front(&scenario);
        asked.version = LoadBalancerVersion::parse(version).unwrap();
        let found = audit_load_balancer(&format!("{before}{text}{after}"), &asked, &nodes);
        expect(&format!("{name}: {before}{after}"), "failed LB-03", &reported(&found), domain::sites::take());
    }
}

#[test]
fn faults_of_key_stores_are_found() {
    for name in ["one-machine-5.11", "three-nodes-7.2"] {
        let healthy = files(&scenario(name));
        let node = if name == "one-machine-5.11" { "node2" } else { "is-2" };
        let toml = format!("nodes/{node}/repository/conf/deployment.toml");
        let text = String::from_utf8(healthy[&toml].clone()).unwrap();
        let (kind, other) = if text.contains("type = \"JKS\"") { ("JKS", "PKCS12") } else { ("PKCS12", "JKS") };
        let line = |key: &str, place: usize| {
            text.lines().filter(|line| line.starts_with(&format!("{key} = "))).nth(place).unwrap().to_owned()
        };
        // The keys of [database.*] come before those of [keystore.primary].
        let password = text.split("[keystore.primary]").nth(1).unwrap();
        let password = password.lines().find(|line| line.starts_with("password = ")).unwrap().to_owned();
        let changes = [
            ("another type", format!("type = \"{kind}\"\npassword"), format!("type = \"{other}\"\npassword")),
            ("another password", password, "password = \"wso2carbon\"".to_owned()),
            ("another alias", line("alias", 0), "alias = \"wso2carbon\"".to_owned()),
            ("another key password", line("key_password", 0), "key_password = \"wso2carbon\"".to_owned()),
            ("another file", line("file_name", 0), "file_name = \"wso2carbon.jks\"".to_owned()),
            ("no alias", line("alias", 1), String::new()),
        ];
        for (label, from, to) in changes {
            assert!(text.contains(&from), "{label}: {from}");
            let mut changed = healthy.clone();
            changed.insert(toml.clone(), text.replacen(&from, &to, 1).into_bytes());
            expect(&format!("{name}: {label}"), "failed TL-06", &reported(&verified(&changed)), domain::sites::take());
        }
        let is_tls_store = |path: &&String| path.contains(node) && path.contains("security/node-tls");
        let store = healthy.keys().find(is_tls_store).unwrap().clone();
        let cut = |content: &[u8]| content[..content.len() - 1].to_vec();
        let flipped = |content: &[u8]| {
            let mut changed = content.to_vec();
            changed[content.len() / 2] ^= 1;
            changed
        };
        for (label, content) in [
            ("a store that was cut off", cut(&healthy[&store])),
            ("a store with a flipped bit", flipped(&healthy[&store])),
            ("a text in place of a store", b"not a store".to_vec()),
        ] {
            let mut changed = healthy.clone();
            changed.insert(store.clone(), content);
            expect(&format!("{name}: {label}"), "failed TL-06", &reported(&verified(&changed)), domain::sites::take());
        }
    }
}

#[test]
fn faults_of_trust_folders_are_found() {
    let healthy = files(&scenario("three-nodes-7.2"));
    let mut without = healthy.clone();
    without.remove("nodes/is-2/trust/cluster-ca.crt").unwrap();
    expect("a node without the cluster's CA", "failed TL-07", &reported(&verified(&without)), domain::sites::take());
    let mut other = healthy.clone();
    other.insert("nodes/is-2/trust/cluster-ca.crt".to_owned(), healthy["nodes/is-2/trust/database-ca.crt"].clone());
    expect("a CA in another's place", "failed TL-07", &reported(&verified(&other)), domain::sites::take());
    let mut not_imported = healthy.clone();
    let install = String::from_utf8(healthy["nodes/is-2/install.sh"].clone()).unwrap();
    not_imported.insert("nodes/is-2/install.sh".to_owned(), install.replace("-importcert", "-list").into_bytes());
    expect(
        "install.sh that imports nothing",
        "failed TL-07",
        &reported(&verified(&not_imported)),
        domain::sites::take(),
    );
    let self_signed = files(&scenario("one-machine-5.11"));
    let mut without = self_signed.clone();
    without.remove("nodes/node1/trust/load-balancer.crt").unwrap();
    expect(
        "a node without the load balancer's certificate",
        "failed TL-07",
        &reported(&verified(&without)),
        domain::sites::take(),
    );
    // The database's CA is known from the answers, not from the bundle.
    let seen = verify(healthy.iter().map(|(path, content)| (path.as_str(), content.as_slice())));
    let pem = &healthy["nodes/is-1/trust/database-ca.crt"];
    let facts = render::certificates::inspect::inspect_provided(std::str::from_utf8(pem).unwrap(), None).unwrap();
    let database = domain::audit::TrustedAuthority {
        of: "the database",
        fingerprints: facts.certificates.into_iter().map(|certificate| certificate.fingerprint).collect(),
    };
    expect_none(
        "the database's CA is there",
        &reported(&audit_trust_folders(&seen.trust, std::slice::from_ref(&database))),
    );
    let mut without = healthy.clone();
    without.remove("nodes/is-3/trust/database-ca.crt").unwrap();
    let seen = verify(without.iter().map(|(path, content)| (path.as_str(), content.as_slice())));
    expect(
        "a node without the database's CA",
        "failed TL-07",
        &reported(&audit_trust_folders(&seen.trust, &[database])),
        domain::sites::take(),
    );
}
