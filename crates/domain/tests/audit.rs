//! Each fault in a deployment.toml is found under its own check, and only there.

use domain::audit::{ExpectedNode, audit};
use domain::check::CheckId;
use domain::product::Version;

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
[database.identity_db]
type = "mysql"
url = "jdbc:mysql://db:3306/identity?useSSL=false&amp;allowPublicKeyRetrieval=true"
[keystore.primary]
password = "own"
alias = "cluster-primary"
[encryption]
key = "00112233445566778899AABBCCDDEEFF"
[clustering]
membership_scheme = "wka"
domain = "wso2.is.domain"
local_member_host = "10.0.0.{node}"
local_member_port = "4000"
members = ["10.0.0.1:4000", "10.0.0.2:4000"]
"#
    )
}

fn found(second: &str) -> Vec<CheckId> {
    let node = |number: u8| ExpectedNode {
        name: format!("is-{number}"),
        host: format!("10.0.0.{number}"),
        hazelcast_port: 4000,
    };
    let files = [("is-1".to_owned(), file(1)), ("is-2".to_owned(), second.to_owned())];
    let findings = audit(&files, Version::V7_2_0, &[node(1), node(2)]);
    let mut ids: Vec<CheckId> = findings.iter().filter_map(|finding| finding.check).collect();
    ids.dedup();
    ids
}

#[test]
fn a_healthy_pair_is_silent() {
    assert_eq!(found(&file(2)), []);
}

#[test]
fn every_fault_has_its_own_check() {
    let cases: [(&str, &str, CheckId); 15] = [
        ("&amp;", "&", CheckId::Db39),
        ("identity?", "identity", CheckId::Db39),
        ("//db:3306/", "//wso2:secret@db:3306/", CheckId::Db40),
        ("&amp;allow", "&amp;password=x&amp;allow", CheckId::Db40),
        ("offset = 0", "ofset = 0", CheckId::Cl02),
        ("[super_admin]", "[server]\nx = 1\n[super_admin]", CheckId::Cl03),
        ("username = \"is-admin\"", "username = \"a\"\nusername = \"b\"", CheckId::Cl03),
        ("hostname = \"is", "hostname = \"\\.is", CheckId::Cl03),
        ("\"10.0.0.2:4000\"]", "\"10.0.0.2:4001\"]", CheckId::Cl04),
        ("local_member_host = \"10.0.0.2\"", "local_member_host = \"127.0.0.1\"", CheckId::Cl05),
        ("\"wso2.is.domain\"", "\"other.domain\"", CheckId::Cl06),
        ("00112233", "FF112233", CheckId::Cl07),
        ("\"cluster-primary\"", "\"wso2carbon\"", CheckId::Cl07),
        ("is.example.com", "login.example.com", CheckId::Cl08),
        ("Adm1n!changeMe", "admin", CheckId::Cl13),
    ];
    for (healthy, faulty, check) in cases {
        let text = file(2);
        assert!(text.contains(healthy), "{healthy}");
        let ids = found(&text.replacen(healthy, faulty, 1));
        assert!(ids.contains(&check), "{faulty}: {ids:?}");
        // A value that differs between nodes is also a difference; nothing else may be found.
        assert!(ids.iter().all(|id| *id == check || *id == CheckId::Cl08), "{faulty}: {ids:?}");
    }
}

#[test]
fn a_misspelt_key_is_named_with_its_neighbour() {
    let files = [("is-1".to_owned(), file(1).replace("offset = 0", "ofset = 0"))];
    let findings = audit(&files, Version::V7_2_0, &[]);
    assert!(findings[0].what.contains("server.ofset") && findings[0].what.contains("server.offset"), "{findings:?}");
}
