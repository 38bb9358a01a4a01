//! The results of the load balancers' own parsers: `nginx -t` of the version that the file is for, `haproxy -c`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use rehearsal::{ShiftedAddresses, ShiftedFile};
use testbed::LoadBalancerProgram;

use crate::platform::has_balancer;
use crate::scenario::{SCENARIOS, Scenario};
use crate::world::Unpacked;

/// The ports of this machine that replace those of the load balancer and of the nodes.
pub(crate) struct LocalPorts {
    pub(crate) http: u16,
    pub(crate) https: u16,
    pub(crate) nodes: Vec<u16>,
}

/// The configuration with the ports of this machine, its certificates in `folder`, and its socket in `sockets`: as a rehearsal
/// runs it.
pub(crate) fn shifted(
    bundle: &Unpacked,
    scenario: &Scenario,
    ports: &LocalPorts,
    folder: &Path,
    sockets: &Path,
) -> String {
    let balancer = scenario.plan().load_balancer;
    let kind = balancer.kind.value();
    let file = if kind == "nginx" { format!("{}.conf", balancer.hostname) } else { "haproxy.cfg".to_owned() };
    let nodes = balancer.servers.iter().map(|server| format!("{}:{}", server.host, server.https_port));
    let nodes: Vec<(String, u16)> = nodes.zip(ports.nodes.iter().copied()).collect();
    assert_eq!(nodes.len(), balancer.servers.len(), "{}", scenario.name);
    let tls = folder.join("tls");
    let addresses =
        ShiftedAddresses { http_port: ports.http, https_port: ports.https, nodes: &nodes, tls: &tls, sockets };
    let file =
        ShiftedFile::new(bundle.text(&format!("load-balancer/{kind}/{file}")), balancer.kind, &addresses).unwrap();
    assert_eq!(file.unknown_servers, [] as [&str; 0], "{}", scenario.name);
    fs::create_dir_all(&tls).unwrap();
    for name in &file.tls_files {
        let (_, content) = &bundle.0[&format!("load-balancer/{kind}/tls/{name}")];
        fs::write(tls.join(name), content).unwrap();
    }
    let paths = [&balancer.paths.certificate, &balancer.paths.key, &balancer.paths.nodes_ca];
    let planned: BTreeSet<&str> = paths.map(|path| path.rsplit('/').next().unwrap()).into();
    assert_eq!(file.tls_files.iter().map(String::as_str).collect::<BTreeSet<_>>(), planned, "{}", scenario.name);
    file.text
}

/// The configuration in a form that a program can test here without DNS: it is not started.
pub(crate) fn rewritten(bundle: &Unpacked, scenario: &Scenario, folder: &Path) -> String {
    let servers = scenario.plan().load_balancer.servers.len();
    let ports = LocalPorts { http: 18080, https: 18443, nodes: (19443..).take(servers).collect() };
    shifted(bundle, scenario, &ports, folder, folder)
}

fn nginx_reads(nginx: &LoadBalancerProgram, version: &str) {
    let mut read = 0;
    for scenario in SCENARIOS.iter().filter(|scenario| has_balancer(scenario)).filter(|scenario| {
        scenario.draft.text("load_balancer.kind") == "nginx" && scenario.draft.text("load_balancer.version") == version
    }) {
        let folder = tempfile::tempdir().unwrap();
        let text = rewritten(&Unpacked::of(scenario), scenario, folder.path());
        fs::write(folder.path().join("is.conf"), text).unwrap();
        nginx.test(folder.path()).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        read += 1;
    }
    assert!(read > 1, "no scenario is for nginx {version}");
}

#[test]
fn nginx_1_22_reads_its_files() {
    let Some(nginx) = testbed::or_report(testbed::nginx("1.22")) else { return };
    nginx_reads(&nginx, "1.22");
}

#[test]
fn nginx_1_30_reads_its_files() {
    let Some(nginx) = testbed::or_report(testbed::nginx("1.30")) else { return };
    nginx_reads(&nginx, "1.30");
}

#[test]
fn nginx_1_22_refuses_what_is_for_1_30() {
    let Some(nginx) = testbed::or_report(testbed::nginx("1.22")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let scenario = crate::scenario::scenario("three-nodes-7.2");
    fs::write(folder.path().join("is.conf"), rewritten(&Unpacked::of(&scenario), &scenario, folder.path())).unwrap();
    let said = nginx.test(folder.path()).unwrap_err().to_string();
    assert!(said.contains("sticky") || said.contains("http2"), "{said}");
}

#[test]
fn haproxy_reads_its_files() {
    let Some(haproxy) = testbed::or_report(testbed::haproxy()) else { return };
    let mut read = 0;
    let of_haproxy = |scenario: &&Scenario| scenario.draft.text("load_balancer.kind") == "haproxy";
    for scenario in SCENARIOS.iter().filter(|scenario| has_balancer(scenario)).filter(of_haproxy) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, rewritten(&Unpacked::of(scenario), scenario, folder.path())).unwrap();
        haproxy.test(&file).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        let told = haproxy.command().args(["-c", "-V", "-f"]).arg(&file).output().unwrap();
        let told = String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned();
        assert!(!told.contains("[WARNING]"), "{}: {told}", scenario.name);
        read += 1;
    }
    assert!(read > 2);
}

/// After two runs, the backups are still those of the first, and the rollback restores them, also if no file existed.
#[test]
fn the_steps_back_up_and_restore_what_existed() {
    for name in ["macos-ldap-multicast-5.10", "iam-role-5.11"] {
        for was in [None, Some("# the operator's own\n")] {
            let scenario = crate::scenario::scenario(name).with("product.layout", "macos-homebrew");
            let paths = scenario.plan().load_balancer.paths;
            let folder = tempfile::tempdir().unwrap();
            Unpacked::of(&scenario).write(folder.path());
            let etc = folder.path().join("etc").display().to_string();
            let here = |path: &str| path.replace("/opt/homebrew/etc", &etc);
            let kind = scenario.plan().load_balancer.kind.value();
            let at = folder.path().join("load-balancer").join(kind);
            let steps = here(&fs::read_to_string(at.join("INSTALL.md")).unwrap());
            let blocks: Vec<&str> =
                steps.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
            let [install, reload, drain, undrain, back] = blocks[..] else { panic!("{steps}") };
            assert_eq!(reload.trim(), paths.reload);
            let run = |block: &str| {
                // All commands except the test and the reload, which end a block.
                let (block, _) = block.trim_end().rsplit_once('\n').unwrap();
                let done = Command::new("sh").args(["-euc", block]).current_dir(&at).status().unwrap();
                assert!(done.success(), "{block}");
            };
            let configuration = here(&paths.configuration);
            let exists = || paths.files.iter().filter(|file| Path::new(&here(file)).exists()).count();
            if let Some(was) = was {
                fs::create_dir_all(Path::new(&configuration).parent().unwrap()).unwrap();
                fs::write(&configuration, was).unwrap();
            }
            run(install);
            fs::write(at.join("haproxy.cfg"), "# another bundle\n").unwrap();
            run(install);
            assert_eq!(exists(), paths.files.len());
            let installed = fs::read_to_string(&configuration).ok();
            assert_ne!(installed.as_deref(), was);
            if kind == "nginx" {
                // Only the file is compared; another test shows that NGINX accepts it.
                run(drain);
                let drained = fs::read_to_string(&configuration).unwrap();
                assert_eq!(drained.matches(" down max_fails=").count(), 1, "{drained}");
                run(&format!(
                    "{}{}",
                    drain.lines().take(2).map(|line| format!("{line}\n")).collect::<String>(),
                    undrain
                ));
                assert_eq!(fs::read_to_string(&configuration).ok(), installed);
                let folder = Path::new(&configuration).parent().unwrap();
                assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "NGINX reads every file of this folder");
            }
            run(back);
            assert_eq!(fs::read_to_string(&configuration).ok().as_deref(), was, "{name}");
            assert_eq!(exists(), usize::from(was.is_some()), "{name}: what was not there goes");
        }
    }
}
