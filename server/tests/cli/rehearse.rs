//! `clusterwright rehearse`: a bundle as it was downloaded, with faults in its files, and with injected faults.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command};

use serde_json::Value;
use testbed::bundle::{unzip, zip};
use testbed::plan::ADMIN_PASSWORD;

use crate::support::{Ran, SECRETS, World};

/// Lines after which other tests end a rehearsal: before the nodes, between them, and during the verification.
pub(crate) const MOMENTS: [&str; 4] =
    ["Addresses: loopback", "node1         | ", "node2         | ", "load-balancer | "];

/// Where a node's configuration is in a bundle.
pub(crate) fn deployment(node: &str) -> String {
    format!("nodes/{node}/repository/conf/deployment.toml")
}

/// A bundle in `bundle.zip`, a separate folder for temporary files, and a search path with the load balancer.
pub(crate) struct RehearsalWorld {
    pub(crate) world: World,
    search_path: String,
}

impl RehearsalWorld {
    /// The bundle of the program's example; `None` after a line that reports that NGINX is not installed.
    pub(crate) fn new() -> Option<Self> {
        Self::with_balancer(&testbed::or_report(testbed::nginx("1.22"))?.command(), |_| {})
    }

    /// The bundle of the example after a change, with the load balancer of this program.
    fn with_balancer(program: &Command, edit: impl FnOnce(&World)) -> Option<Self> {
        let world = World::with_example();
        edit(&world);
        world.run(&["bundle", "plan.toml", "--out", "bundle.zip"], &SECRETS).expect(0);
        fs::create_dir(world.path("tmp")).unwrap();
        let folder = Path::new(program.get_program()).parent().map(PathBuf::from);
        let system = std::env::var_os("PATH").unwrap_or_default();
        let folders = folder.into_iter().chain(std::env::split_paths(&system));
        let search_path = std::env::join_paths(folders).unwrap().into_string().unwrap();
        Some(Self { world, search_path })
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let temporary = self.temporary();
        let environment =
            [("PATH", self.search_path.as_str()), ("TMPDIR", temporary.to_str().unwrap()), SECRETS[0], SECRETS[1]];
        self.world.command(&[&["rehearse"], arguments].concat(), &environment)
    }

    pub(crate) fn rehearse(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(&[&["bundle.zip"], arguments].concat()).output().unwrap())
    }

    /// A rehearsal that has printed a line; the rest of its log can be read.
    pub(crate) fn start_until(&self, line: &str) -> (Child, BufReader<ChildStderr>) {
        let mut child = self.command(&["bundle.zip", "--break", "node1=clustering-off"]).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut printed = String::new();
        while !printed.lines().last().is_some_and(|last| last.contains(line)) {
            assert!(log.read_line(&mut printed).unwrap() > 0, "{line} is in {printed}");
        }
        (child, log)
    }

    pub(crate) fn temporary(&self) -> PathBuf {
        self.world.path("tmp")
    }

    /// Changes files of the bundle.
    pub(crate) fn edit(&self, edit: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) {
        let mut files = unzip(&fs::read(self.world.path("bundle.zip")).unwrap());
        edit(&mut files);
        self.world.write("bundle.zip", zip(files));
    }

    /// Replaces a part that the file must contain.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        self.edit(|files| {
            let text = String::from_utf8(files[path].clone()).unwrap();
            assert!(text.contains(from), "{from} is in {text}");
            files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
        });
    }

    /// The value of a key of a deployment.toml, with its quotes.
    pub(crate) fn value(&self, node: &str, table: &str, key: &str) -> String {
        let files = unzip(&fs::read(self.world.path("bundle.zip")).unwrap());
        let text = String::from_utf8(files[&deployment(node)].clone()).unwrap();
        let (_, section) = text.split_once(&format!("[{table}]\n")).unwrap();
        let line = section.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
        line.unwrap().to_owned()
    }

    /// What a rehearsal must not leave: folders, and processes with a path of theirs in the command line.
    #[track_caller]
    pub(crate) fn assert_nothing_is_left(&self) {
        let folders: Vec<_> = fs::read_dir(self.temporary()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(folders, [] as [PathBuf; 0]);
        assert_eq!(self.processes(), [] as [u32; 0]);
    }

    /// The processes with a path of this world in the command line. Without /proc there are none.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let path = self.temporary().display().to_string();
        let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
        let number = |entry: std::io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse::<u32>().ok();
        let is_ours = |id: &u32| {
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&path)
        };
        processes.filter_map(number).filter(is_ours).collect()
    }
}

/// The checks of a JSON report that failed or warned, each once.
fn findings(ran: &Ran) -> Vec<String> {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}\n{}", ran.stdout, ran.stderr));
    let checks = report["checks"].as_array().unwrap();
    let mut found: Vec<String> = (checks.iter())
        .filter(|check| matches!(check["outcome"].as_str(), Some("failed" | "warning" | "warned")))
        .map(|check| format!("{} {}", check["outcome"].as_str().unwrap(), check["id"].as_str().unwrap()))
        .collect();
    found.dedup();
    found
}

#[test]
fn a_bundle_passes_as_it_was_downloaded_and_nothing_is_left() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    let ran = rehearsal.rehearse(&[]).expect(0);
    assert!(ran.stdout.contains("24 passed") && !ran.stdout.contains("failed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Rehearsal with stand-ins, not WSO2 Identity Server"), "{}", ran.stdout);
    let statement =
        "Nodes: stand-in, not WSO2 Identity Server. Database: in memory, not MySQL. Load balancer: NGINX 1.22.";
    assert!(ran.stderr.lines().nth(1).unwrap().starts_with(statement), "{}", ran.stderr);
    let expected = ["This is a stand-in", "Cluster domain: wso2.is.domain", "Member joined [", "WSO2 Carbon started"];
    for text in expected {
        ran.complains(&["node1", " | ", text]);
    }
    ran.complains(&["load-balancer | GET /oauth2/jwks 200"]);
    ran.complains(&["Started in", "verified in", "in all", "Everything of the rehearsal was removed."]);
    assert!(!ran.stderr.contains(ADMIN_PASSWORD) && !ran.stdout.contains(ADMIN_PASSWORD));
    rehearsal.assert_nothing_is_left();

    let ran = rehearsal.rehearse(&["--quiet", "--only", "VF-04", "--format", "json"]).expect(0);
    assert_eq!(findings(&ran), [] as [&str; 0]);
    assert!(!ran.stderr.contains(" | ") && ran.stderr.contains(statement), "{}", ran.stderr);
    rehearsal.assert_nothing_is_left();
}

#[test]
fn a_plan_is_rehearsed_without_writing_its_bundle() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    let names = rehearsal.world.names();
    let ran = Ran::of(rehearsal.command(&["plan.toml", "--quiet"]).output().unwrap()).expect(0);
    assert!(ran.stdout.contains("24 passed"), "{}", ran.stdout);
    assert_eq!(rehearsal.world.names(), names);
    rehearsal.assert_nothing_is_left();
}

#[test]
fn haproxy_runs_with_its_file() {
    let Some(program) = testbed::or_report(testbed::haproxy()) else { return };
    let edit = |world: &World| {
        world.replace("plan.toml", "kind = \"nginx\"\nversion = \"1.22\"", "kind = \"haproxy\"\nversion = \"2.6\"");
        world.replace("plan.toml", "algorithm = \"ip-hash\"", "algorithm = \"sticky-cookie\"");
        world.replace("plan.toml", "https_port = 443", "https_port = 8443");
    };
    let Some(rehearsal) = RehearsalWorld::with_balancer(&program.command(), edit) else { return };
    let ran = rehearsal.rehearse(&[]).expect(0);
    assert!(ran.stdout.contains("24 passed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("https://is.example.com:8443"), "{}", ran.stdout);
    ran.complains(&["Load balancer: HAProxy 2.6."]);
    ran.complains(&["load-balancer | ", "wso2_is/node"]);
    rehearsal.assert_nothing_is_left();
}

/// A change of files, and the one check that reports it.
#[track_caller]
fn expect_finding(edit: impl FnOnce(&RehearsalWorld), expected: &str, noted: &str) {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    edit(&rehearsal);
    let ran = rehearsal.rehearse(&["--format", "json"]).expect(if expected.starts_with("failed") { 1 } else { 0 });
    assert_eq!(findings(&ran), [expected], "{}", ran.stdout);
    ran.complains(&[" | ", noted]);
    rehearsal.assert_nothing_is_left();
}

#[test]
fn a_node_without_clustering_is_reported_by_vf_07() {
    let edit = |rehearsal: &RehearsalWorld| {
        rehearsal.replace(&deployment("node2"), "membership_scheme = \"wka\"\n", "");
    };
    expect_finding(edit, "failed VF-07", "deployment.toml: clustering is off.");
}

/// As when each node lists only itself: two clusters of one node.
#[test]
fn nodes_that_do_not_know_each_other_are_reported_by_vf_07() {
    let edit = |rehearsal: &RehearsalWorld| {
        rehearsal.replace(&deployment("node1"), "    \"127.0.0.1:4001\",\n", "");
        rehearsal.replace(&deployment("node2"), "    \"127.0.0.1:4000\",\n", "");
    };
    expect_finding(edit, "failed VF-07", "Cluster domain: wso2.is.domain (cluster 2)");
}

#[test]
fn another_clustering_domain_is_reported_by_vf_07() {
    let edit = |rehearsal: &RehearsalWorld| {
        rehearsal.replace(&deployment("node2"), "\"wso2.is.domain\"", "\"another.domain\"")
    };
    expect_finding(edit, "failed VF-07", "Cluster domain: another.domain");
}

#[test]
fn another_encryption_key_is_reported_by_vf_15() {
    let edit = |rehearsal: &RehearsalWorld| {
        let key = rehearsal.value("node2", "encryption", "key");
        rehearsal.replace(&deployment("node2"), &key, "\"00112233445566778899AABBCCDDEEFF\"");
    };
    expect_finding(edit, "failed VF-15", "the encryption key differs from that of node1.");
}

#[test]
fn another_primary_keystore_is_reported_by_vf_04() {
    let edit = |rehearsal: &RehearsalWorld| {
        // The keystore of another cluster, with its password.
        let Some(other) = RehearsalWorld::new() else { return };
        let (old, new) = (
            rehearsal.value("node2", "keystore.primary", "password"),
            other.value("node2", "keystore.primary", "password"),
        );
        let store = "nodes/node2/repository/resources/security/cluster-primary.p12";
        let content = unzip(&fs::read(other.world.path("bundle.zip")).unwrap()).remove(store).unwrap();
        rehearsal.edit(|files| drop(files.insert(store.to_owned(), content)));
        rehearsal.replace(
            &deployment("node2"),
            &format!("password = {old}\nalias"),
            &format!("password = {new}\nalias"),
        );
        rehearsal.replace(&deployment("node2"), &format!("key_password = {old}"), &format!("key_password = {new}"));
    };
    expect_finding(edit, "failed VF-04", "the primary keystore differs from that of node1.");
}

#[test]
fn a_node_with_h2_is_reported_by_vf_08() {
    let edit = |rehearsal: &RehearsalWorld| {
        let url = rehearsal.value("node2", "database.identity_db", "url");
        rehearsal.replace(&deployment("node2"), &url, "\"jdbc:h2:./repository/database/WSO2IDENTITY_DB\"");
    };
    expect_finding(edit, "failed VF-08", "identity_db is the node's H2 database.");
}

#[test]
fn another_database_is_reported_by_vf_08() {
    let edit = |rehearsal: &RehearsalWorld| rehearsal.replace(&deployment("node2"), "/wso2shared_db?", "/wso2shared?");
    expect_finding(edit, "failed VF-08", "shared_db has another URL than on the other nodes.");
}

#[test]
fn a_missing_proxy_port_is_reported_by_vf_02() {
    let edit = |rehearsal: &RehearsalWorld| rehearsal.replace(&deployment("node2"), "proxyPort = 443\n", "");
    expect_finding(edit, "failed VF-02", "proxyPort is missing.");
}

#[test]
fn a_wrong_proxy_port_is_reported_by_vf_02() {
    let edit =
        |rehearsal: &RehearsalWorld| rehearsal.replace(&deployment("node2"), "proxyPort = 443\n", "proxyPort = 8443\n");
    expect_finding(edit, "failed VF-02", "Console URL : https://is.example.com:8443/console");
}

#[test]
fn another_hostname_is_reported_by_vf_02() {
    let edit = |rehearsal: &RehearsalWorld| {
        rehearsal.replace(&deployment("node2"), "hostname = \"is.example.com\"", "hostname = \"other.example.com\"");
    };
    expect_finding(edit, "failed VF-02", "Console URL : https://other.example.com/console");
}

#[test]
fn a_health_check_that_is_off_is_a_warning_of_vf_01() {
    let edit = |rehearsal: &RehearsalWorld| {
        rehearsal.replace(
            &deployment("node2"),
            "[carbon_health_check]\nenable = true",
            "[carbon_health_check]\nenable = false",
        );
    };
    expect_finding(edit, "warned VF-01", "the health check is off.");
}

#[test]
fn a_node_that_listens_on_another_port_is_reported_by_vf_01() {
    let edit = |rehearsal: &RehearsalWorld| rehearsal.replace(&deployment("node2"), "offset = 1\n", "offset = 5\n");
    expect_finding(edit, "failed VF-01", "no node of the bundle listens on 127.0.0.1:9444.");
}

/// Each fault of `--break` that is quick to verify; the others are faults of files, above.
#[test]
fn an_injected_fault_is_reported_by_one_check() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    for (fault, expected) in [
        ("other-symmetric-key", "failed VF-15"),
        ("other-key-store", "failed VF-04"),
        ("own-database", "failed VF-08"),
        ("no-proxy-port", "failed VF-02"),
        ("unhealthy", "failed VF-01"),
        ("health-disabled", "warned VF-01"),
        ("database-down", "failed VF-01"),
        ("broken-connections", "failed VF-01"),
        ("internal-redirects", "failed VF-03"),
    ] {
        let ran = rehearsal.rehearse(&["--break", &format!("node2={fault}"), "--format", "json"]);
        assert_eq!(findings(&ran), [expected], "{fault}: {}", ran.stderr);
        assert_eq!(ran.code, i32::from(expected.starts_with("failed")), "{fault}");
        ran.complains(&["node2", "Injected fault: ", fault]);
    }
    rehearsal.assert_nothing_is_left();
}

#[test]
fn injected_faults_that_stop_or_slow_a_cluster_are_reported_by_one_check() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    for (faults, expected) in [
        (["node1=clustering-off", "node2=clustering-off"], "failed VF-07"),
        (["node1=scim-error", "node2=scim-error"], "failed VF-08"),
        (["node2=slow", "node2=slow"], "warned VF-07"),
    ] {
        let [first, second] = faults;
        let ran = rehearsal.rehearse(&["--break", first, "--break", second, "--format", "json", "--quiet"]);
        assert_eq!(findings(&ran), [expected], "{first}: {}", ran.stderr);
    }
    rehearsal.assert_nothing_is_left();
}
