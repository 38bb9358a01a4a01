//! `clusterwright verify`: a deployed cluster, which stand-ins play with the certificates of the bundle. They state that they are
//! not IS.

use std::fs;

use serde_json::Value;
use standin::{ClusterOptions, Faults, NodeOptions, StandInCluster, StandInVersion};
use testbed::bundle::unzip;
use testbed::plan::ADMIN_PASSWORD;
use tokio::runtime::Runtime;

use crate::support::{SECRETS, World};

/// The bundle of the example in `bundle.zip`, and its cluster. The first node is the load balancer too.
pub(crate) struct Deployed {
    pub(crate) world: World,
    pub(crate) cluster: StandInCluster,
    pub(crate) nodes: [String; 2],
    /// The port of the load balancer, which is the first node.
    pub(crate) port: u16,
    runtime: Runtime,
}

impl Deployed {
    pub(crate) fn new(faults: &Faults) -> Self {
        let world = World::with_example();
        let port = testbed::port::free().unwrap();
        world.replace("plan.toml", "https_port = 443", &format!("https_port = {port}"));
        // The CA of the cluster proves its nodes: they show the certificate of the load balancer, whose key is a file.
        world.replace("plan.toml", "certificate = \"self-signed\"", "certificate = \"private-ca\"");
        world.run(&["bundle", "plan.toml", "--out", "bundle.zip"], &SECRETS).expect(0);
        let files = unzip(&fs::read(world.path("bundle.zip")).unwrap());
        let text = |end: &str| {
            let (_, content) = files.iter().find(|(name, _)| name.ends_with(end)).unwrap();
            String::from_utf8(content.clone()).unwrap()
        };
        let (certificate, key) = (text("/tls/is.example.com.crt"), text("/tls/is.example.com.key"));
        let nodes = ["node1", "node2"].map(|name| {
            let mut node = NodeOptions::new(name, &certificate, &key);
            node.faults = faults.clone();
            node.https_port = if name == "node1" { port } else { 0 };
            node
        });
        let mut options = ClusterOptions::new(StandInVersion::V7_3, "is.example.com", "admin", ADMIN_PASSWORD, nodes);
        options.public_port = Some(port);
        let runtime = Runtime::new().unwrap();
        let cluster = runtime.block_on(StandInCluster::start(options)).unwrap();
        let nodes = ["node1", "node2"].map(|name| format!("{name}={}", cluster.address(name).unwrap()));
        Self { world, cluster, nodes, port, runtime }
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let [one, two] = &self.nodes;
        [&["verify", "bundle.zip", "--node", one, "--node", two], more].concat()
    }

    pub(crate) fn test_objects(&self) -> Vec<String> {
        self.cluster.object_names().into_iter().filter(|name| name.starts_with("cw-verify-")).collect()
    }
}

#[test]
fn a_healthy_cluster_is_verified_with_the_bundle_alone() {
    let deployed = Deployed::new(&Faults::default());
    let ran = deployed.world.run(&deployed.arguments(&[]), &[]).expect(0);
    assert!(ran.stdout.contains("VF-07") && ran.stdout.contains("2 of 2 nodes followed"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(ADMIN_PASSWORD) && ran.stderr.is_empty(), "{}", ran.stderr);
    assert_eq!(deployed.test_objects(), [] as [&str; 0]);

    let writing = || -> usize {
        let of_node = |node: &str| {
            let requests = deployed.cluster.requests(node).unwrap();
            ["POST", "PUT", "PATCH", "DELETE"].iter().map(|method| requests.count(method, "/")).sum::<usize>()
        };
        ["node1", "node2"].map(of_node).iter().sum()
    };
    let before = writing();
    assert!(before > 0, "a whole verification writes");
    let ran = deployed.world.run(&deployed.arguments(&["--read-only", "--format", "json"]), &[]).expect(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["id"] == "VF-04"), "keys are compared without an account");
    assert!(checks.iter().all(|check| check["outcome"] == "passed"), "{checks:?}");
    assert_eq!(writing(), before, "nothing is created");
    drop(deployed.runtime);
}

#[test]
fn nodes_that_are_no_cluster_fail_with_exit_code_1() {
    let deployed = Deployed::new(&Faults { clustering_off: true, ..Faults::default() });
    let arguments = deployed.arguments(&["--only", "VF-07", "--only", "VF-08", "--format", "junit"]);
    let ran = deployed.world.run(&arguments, &[]).expect(1);
    assert!(ran.stdout.contains("still accepts the revoked token"), "{}", ran.stdout);
    ran.complains(&["5 checks failed", "do not work as one cluster"]);
    assert_eq!(deployed.test_objects(), [] as [&str; 0]);
}

#[test]
fn what_is_missing_or_unknown_is_named_before_anything_is_asked() {
    let deployed = Deployed::new(&Faults::default());
    let run = |arguments: &[&str]| deployed.world.run(arguments, &SECRETS).expect(2);
    run(&["verify", "plan.toml"]).complains(&["contains no keys", "--keys FILE", "--ca FILE"]);
    run(&deployed.arguments(&["--user", "alice"])).complains(&["password of the account is missing", "--read-only"]);
    run(&["verify", "bundle.zip", "--node", "node9=127.0.0.1:9443"]).complains(&["no node node9", "node1, node2"]);
    run(&["verify", "bundle.zip", "--node", "node1"]).complains(&["NAME=HOST:PORT"]);
    run(&["verify", "bundle.zip", "--only", "DB-01"]).complains(&["no check DB-01"]);
    run(&["verify", "bundle.zip", "--read-only", "--only", "VF-07"]).complains(&["VF-07", "creates test objects"]);
    let asked: u64 = ["node1", "node2"].map(|node| deployed.cluster.requests(node).unwrap().total).iter().sum();
    assert_eq!(asked, 0);
}

/// A report for a change ticket: whoever has the public key sees whether it is the one that was written.
#[test]
fn a_signed_report_is_verified_in_every_format_and_fails_after_a_change() {
    let deployed = Deployed::new(&Faults::default());
    let world = &deployed.world;
    let data = world.path("data").display().to_string();
    let key = world.run(&["report", "key", "--data-dir", &data], &[]).expect(0).stdout;
    assert_eq!(key, world.run(&["report", "key", "--data-dir", &data], &[]).expect(0).stdout, "it is created once");
    for format in ["text", "json", "junit", "html"] {
        let arguments = ["--read-only", "--only", "VF-04", "--sign", "--data-dir", &data, "--format", format];
        let ran = world.run(&deployed.arguments(&arguments), &[]).expect(0);
        assert_eq!(ran.stdout.matches("clusterwright-ed25519:").count(), 1, "{}", ran.stdout);
        if format == "json" {
            let report: Value = serde_json::from_str(&ran.stdout).unwrap();
            assert!(report["signature"].is_string() && report["checks"].is_array(), "{report}");
        }
        world.write("report", &ran.stdout);
        let verify = ["report", "verify", "report", "--key", key.trim()];
        let verified = world.run(&verify, &[]).expect(0);
        assert!(verified.stdout.contains("unchanged"), "{}", verified.stdout);
        world.write("report", ran.stdout.replacen("VF-04", "VF-05", 1));
        world.run(&verify, &[]).expect(1).complains(&["does not match", "Download the report again"]);
    }
    let other = "A".repeat(43) + "=";
    world.run(&["report", "verify", "report", "--key", &other], &[]).expect(1).complains(&["does not match"]);
    world.run(&["report", "verify", "plan.toml", "--key", key.trim()], &[]).expect(1).complains(&["no signature"]);
    world.run(&["report", "verify", "report", "--key", "x"], &[]).expect(2).complains(&["44 characters"]);
}

/// What a cron job writes for the text file collector of Prometheus' node exporter.
#[test]
fn a_verification_that_only_reads_writes_metrics() {
    let deployed = Deployed::new(&Faults::default());
    let arguments = deployed.arguments(&["--read-only", "--format", "prometheus"]);
    let ran = deployed.world.run(&arguments, &[]).expect(0);
    for line in [
        "clusterwright_check_outcome{check=\"VF-04\",subject=\"\",outcome=\"passed\"} 1",
        "clusterwright_check_outcome{check=\"VF-01\",subject=\"node2\",outcome=\"failed\"} 0",
        "clusterwright_certificate_days_left{check=\"VF-14\",subject=\"node1\"} ",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
}

/// A wrong account is not reported as a broken cluster, and its password is not printed.
#[test]
fn a_wrong_password_leaves_the_cluster_unverified() {
    let deployed = Deployed::new(&Faults::default());
    deployed.world.write("password", "not-the-canary-password\n");
    let ran = deployed.world.run(&deployed.arguments(&["--password-file", "password"]), &[]).expect(1);
    ran.complains(&["the cluster is not verified"]);
    assert!(ran.stdout.contains("Correct the user name or password"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("not-the-canary-password"));
}
