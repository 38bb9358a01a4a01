//! A plan with every existing secret entered.

use std::fs;
use std::net::TcpListener;

use domain::steps;
use testbed::DatabaseServer;

use super::Canaries;
use crate::bundle::unzip;
use crate::support::{SECRETS, Serving, World};

/// A text of the plan that is no secret.
pub(super) const MARKER: &str = "marker-of-canaries.example.com";

pub(super) struct Plan {
    /// Its URL, such as `/plans/abc`.
    pub(super) address: String,
    /// The token with which its nodes send their reports.
    pub(super) probe: String,
    /// Whether its database exists.
    pub(super) has_database: bool,
    /// The entered texts that must not appear: of a key, each of its lines.
    pub(super) canaries: Canaries,
}

/// Creates the plan, and enters each secret on its step.
pub(super) fn with_secrets(world: &World, server: &Serving, database: Option<&DatabaseServer>) -> Plan {
    let [chain, key] = certificate(world);
    // Without a database the port is closed, so that nothing is reached.
    let port = database
        .map_or_else(|| TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(), DatabaseServer::port);
    let address = server.plan();
    let mut entered = Vec::new();
    let mut secret = |key: &'static str, value: &str| {
        entered.push((key, value.to_owned()));
        (key, value.to_owned())
    };
    let text = |key: &'static str, value: &str| (key, value.to_owned());
    let steps = [
        ("product", vec![text("product.version", "7.2.0")]),
        ("database", vec![text("database.port", &port.to_string()), secret("database.password", "Db-canary-41")]),
        (
            "user-store",
            vec![
                text("user_store.kind", "ldap"),
                text("user_store.connection_url", "ldap://127.0.0.1:1389"),
                text("user_store.connection_name", "cn=is,dc=example,dc=com"),
                text("user_store.base_dn", "dc=example,dc=com"),
                secret("user_store.connection_password", "Bind-canary-42"),
                secret("user_store.admin_password", "Adm1n!canary-43"),
            ],
        ),
        (
            "clustering",
            vec![
                text("nodes.0.name", "node1"),
                text("nodes.0.host", "127.0.0.1"),
                text("nodes.1.name", "node2"),
                text("nodes.1.host", "127.0.0.1"),
                text("nodes.1.offset", "1"),
                text("nodes.1.hazelcast_port", "4001"),
                text("clustering.scheme", "aws"),
                text("clustering.aws_region", "eu-central-1"),
                text("clustering.aws_security_group", "wso2is-cluster"),
                text("clustering.aws_tag_key", "cluster"),
                text("clustering.aws_tag_value", MARKER),
                text("clustering.aws_access_key", "AKIAEXAMPLEONE"),
                secret("clustering.aws_secret_key", "Aws-canary-44"),
            ],
        ),
        (
            "load-balancer",
            vec![
                text("load_balancer.hostname", "is.example.com"),
                text("load_balancer.certificate", "provided"),
                text("load_balancer.provided_certificate", &chain),
                secret("load_balancer.provided_key", &key),
            ],
        ),
    ];
    // A common mistake: key and certificate in one file, in place of the certificate.
    let mistaken = format!("{key}{chain}");
    for (path, field) in [
        ("draft", "load_balancer.provided_certificate"),
        ("load-balancer", "load_balancer.provided_certificate"),
        ("database", "database.ca_certificate"),
    ] {
        let answer = server.post(&format!("{address}/{path}"), &[(field, &mistaken), ("action", "save")]);
        assert!([200, 303].contains(&answer.status), "{path}: {}", answer.body);
        server.post(&format!("{address}/{path}"), &[(field, ""), ("action", "save")]);
    }
    for (step, fields) in steps {
        let mut fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
        fields.push(("action", "continue"));
        let answer = server.post(&format!("{address}/{step}"), &fields);
        assert_eq!(answer.status, 303, "{step}: {}", answer.body);
    }
    let page = server.get(&format!("{address}/clustering")).body;
    let probe = page.split("/probes/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let missing = steps::all()
        .filter(|setting| setting.control.is_secret())
        .find(|setting| !entered.iter().any(|(key, _)| *key == setting.key));
    assert!(missing.is_none(), "the secret {:?} is entered nowhere", missing.map(|setting| setting.key));
    let lines = |(_, value): &(&str, String)| -> Vec<String> {
        value.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned).collect()
    };
    let canaries = Canaries(entered.iter().flat_map(lines).collect());
    Plan { address, probe, has_database: database.is_some(), canaries }
}

/// A certificate and its key, from a bundle of the example.
fn certificate(world: &World) -> [String; 2] {
    world.run(&["bundle", "plan.toml", "--out", "example.zip"], &SECRETS).expect(0);
    let files = unzip(&fs::read(world.path("example.zip")).unwrap());
    ["crt", "key"].map(|kind| {
        String::from_utf8(files[&format!("load-balancer/nginx/tls/is.example.com.{kind}")].clone()).unwrap()
    })
}
