//! A plan with every secret that a plan can have.

use std::fs;

use domain::step::Step;
use domain::steps;
use testbed::DatabaseServer;
use testbed::bundle::unzip;
use testbed::plan::TestPlan;

use super::Canaries;
use crate::support::{SECRETS, Serving, World};

/// A text of the plan that is no secret.
pub(super) const MARKER: &str = "marker-of-canaries.example.com";

pub(super) struct Plan {
    /// Its URL, such as `/plans/abc`.
    pub(super) address: String,
    /// The probe token, with which nodes send their reports.
    pub(super) probe: String,
    /// Whether its database server runs.
    pub(super) has_database: bool,
    /// The entered secrets, which must not appear; each line of a key separately.
    pub(super) canaries: Canaries,
}

/// Creates the plan and enters each secret on its step.
pub(super) fn with_secrets(world: &World, server: &Serving, database: Option<&DatabaseServer>) -> Plan {
    let [chain, key] = certificate(world);
    // Without a database server the port is closed, so that checks reach nothing.
    let port = database.map_or_else(testbed::port::closed, DatabaseServer::port);
    let address = server.plan();
    let plan = TestPlan::one_machine()
        .with("database.port", port)
        .with("user_store.kind", "ldap")
        .with("user_store.connection_url", "ldap://127.0.0.1:1389")
        .with("user_store.connection_name", "cn=is,dc=example,dc=com")
        .with("user_store.base_dn", "dc=example,dc=com")
        .with("clustering.scheme", "aws")
        .with("clustering.aws_region", "eu-central-1")
        .with("clustering.aws_security_group", "wso2is-cluster")
        .with("clustering.aws_tag_key", "cluster")
        .with("clustering.aws_tag_value", MARKER)
        .with("clustering.aws_access_key", "AKIAEXAMPLEONE")
        .with("load_balancer.certificate", "provided")
        .with("load_balancer.provided_certificate", &chain)
        .with_secret("user_store.connection_password", "Bind-canary-42")
        .with_secret("clustering.aws_secret_key", "Aws-canary-44")
        .with_secret("load_balancer.provided_key", &key);
    // A common mistake: a file with key and certificate in the field of the certificate.
    let mistaken = format!("{key}{chain}");
    for (path, field) in [
        ("draft", "load_balancer.provided_certificate"),
        ("load-balancer", "load_balancer.provided_certificate"),
        ("database", "database.ca_certificate"),
    ] {
        let answer = server.post(&format!("{address}/{path}"), &[(field, &mistaken), ("action", "save")]);
        assert!([200, 303].contains(&answer.status.as_u16()), "{path}: {}", answer.text());
        server.post(&format!("{address}/{path}"), &[(field, ""), ("action", "save")]);
    }
    server.enter(&address, &plan, &Step::ALL.map(Step::slug));
    let page = server.get(&format!("{address}/clustering")).text();
    let probe = page.split("/probes/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let missing = steps::all()
        .filter(|setting| setting.control.is_secret())
        .find(|setting| !plan.secrets().any(|(key, _)| key == setting.key));
    assert!(missing.is_none(), "the secret {:?} is entered nowhere", missing.map(|setting| setting.key));
    let lines = |secret: &str| -> Vec<String> {
        secret.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned).collect()
    };
    let canaries = Canaries(plan.secrets().flat_map(|(_, secret)| lines(secret)).collect());
    Plan { address, probe, has_database: database.is_some(), canaries }
}

/// The certificate and the key of a bundle of the example.
fn certificate(world: &World) -> [String; 2] {
    world.run(&["bundle", "plan.toml", "--out", "example.zip"], &SECRETS).expect(0);
    let files = unzip(&fs::read(world.path("example.zip")).unwrap());
    ["crt", "key"].map(|kind| {
        String::from_utf8(files[&format!("load-balancer/nginx/tls/is.example.com.{kind}")].clone()).unwrap()
    })
}
