//! The steps of INSTALL.md that drain a node, run in a shell exactly as they are printed, against a running NGINX and
//! HAProxy with the generated file. A second run changes nothing.
//!
//! Only programs outside the load balancer are stand-ins: sudo uses the machine's files below the test's folder, and
//! systemctl and nginx receive the process and configuration of the test.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use testbed::LoadBalancerProgram;

use crate::forwarded::ask;
use crate::front::{StartedBalancer, program, within};
use crate::scenario::{Scenario, scenario};
use crate::world::{Unpacked, has};

/// The machine of the load balancer, with one shell of an operator.
struct Machine {
    shell: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    is_nginx: bool,
}

impl Machine {
    fn new(program: &LoadBalancerProgram, front: &StartedBalancer, socat: &Path) -> Self {
        let folder = front.running.folder();
        let stand_ins = folder.join("bin");
        fs::create_dir_all(&stand_ins).unwrap();
        let at = folder.display();
        let real = PathBuf::from(program.command().get_program());
        let sudo = format!(
            "program=$1; shift\nfor argument do shift; case $argument in /etc/* | /run/*) argument='{at}'$argument ;; esac\n\
             set -- \"$@\" \"$argument\"; done\nexec \"$program\" \"$@\""
        );
        // A program that is found by its name is not the stand-in of that name.
        let search_path = std::env::var("PATH").unwrap_or_default();
        for (name, script) in [
            ("sudo", sudo),
            (
                "systemctl",
                format!(
                    "case $1 in reload) signal=HUP ;; stop) signal=TERM ;; esac; kill \"-$signal\" \"$(cat '{at}/pid')\""
                ),
            ),
            (
                "nginx",
                format!(
                    "PATH='{search_path}' exec '{}' -e stderr -g 'pid {at}/test-pid;' -p '{at}' -c '{at}/nginx.conf' \"$@\"",
                    real.display()
                ),
            ),
            ("socat", format!("PATH='{search_path}' exec '{}' \"$@\"", socat.display())),
        ] {
            let path = stand_ins.join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = format!("{}:{search_path}", stand_ins.display());
        let mut shell = Command::new("sh")
            .args(["-eu"])
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()));
        Self { shell, input, output, is_nginx: program.title().starts_with("nginx") }
    }

    /// Pastes a block of commands and waits for its end; returns its output.
    fn paste(&mut self, block: &str) -> String {
        writeln!(self.input, "{block}\necho 'the end of the block'").unwrap();
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the shell ended: {said}\n{block}");
            if line == "the end of the block\n" {
                return said;
            }
            said.push_str(&line);
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if self.is_nginx {
            drop(writeln!(self.input, "systemctl stop nginx; exit"));
            drop(self.shell.wait());
        }
        drop(self.shell.kill());
        drop(self.shell.wait());
    }
}

/// The blocks under "Drain a node": out of use, and back.
fn steps(scenario: &Scenario) -> (String, String) {
    let kind = scenario.plan().load_balancer.kind.value();
    let text = Unpacked::of(scenario).text(&format!("load-balancer/{kind}/INSTALL.md")).to_owned();
    let (_, section) = text.split_once("## Drain a node").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let blocks: Vec<String> =
        section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect();
    let [drain, undrain] = <[String; 2]>::try_from(blocks).unwrap();
    (drain, undrain)
}

/// What a second run must not change: NGINX's files, or the states of the servers in HAProxy.
fn state(scenario: &Scenario, front: &StartedBalancer, machine: &mut Machine) -> Vec<String> {
    let balancer = scenario.plan().load_balancer;
    if balancer.kind.value() == "nginx" {
        let file = within(front.running.folder(), &balancer.paths.configuration);
        let files = fs::read_dir(file.parent().unwrap()).unwrap();
        let mut files: Vec<String> = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        files.sort();
        return files;
    }
    let said =
        machine.paste(&format!("echo 'show servers state wso2_is' | sudo socat stdio '{}'", balancer.paths.control));
    // Name, operational and administrative state.
    let columns = |line: &str| {
        line.split(' ').skip(3).take(1).chain(line.split(' ').skip(5).take(2)).collect::<Vec<_>>().join(" ")
    };
    said.lines().filter(|line| line.contains(" wso2_is ")).map(columns).collect()
}

/// Waits until a state is reached: a reload takes a moment.
fn until(is_reached: impl Fn() -> bool) -> bool {
    testbed::wait::until(Duration::from_secs(20), is_reached)
}

fn drains(scenario: &Scenario) {
    let Some(program) = program(scenario).filter(|_| has("curl")) else { return };
    let Some(socat) = testbed::or_report(testbed::socat()) else { return };
    let Some(front) = StartedBalancer::start_reloadable(&program, scenario) else { return };
    let mut machine = Machine::new(&program, &front, Path::new(socat.get_program()));
    let name = format!("{} {}", scenario.name, program.title());
    let (drain, undrain) = steps(scenario);
    let balancer = scenario.plan().load_balancer;
    let first = &balancer.servers[0].name;
    assert!(drain.starts_with(&format!("node='{first}'\n")), "{drain}");
    // A browser with the node's cookie must reach another node, too.
    let cookie = format!("Cookie: WSO2_IS_NODE={first}");
    let answers = || {
        // A worker of NGINX that ends after a reload refuses new connections of HTTP/2, and serves those of HTTP/1.1.
        let got = ask(&front, scenario, &["--http1.1", "-D", "-", "-H", &cookie]);
        assert!(got.contains(" 200"), "{name}: {got}");
        got.to_ascii_lowercase().contains(&format!("x-upstream: 127.0.0.1:{}\r\n", front.nodes[0]))
    };
    let is_used = || (0..6).any(|_| answers());
    assert!(until(is_used), "{name}");
    let untouched = state(scenario, &front, &mut machine);
    machine.paste(&drain);
    assert!(!is_used(), "{name}: a drained node gets requests");
    let drained = state(scenario, &front, &mut machine);
    assert_ne!(drained, untouched, "{name}");
    machine.paste(&drain);
    assert_eq!(state(scenario, &front, &mut machine), drained, "{name}: a second run changes something");
    assert!(!is_used(), "{name}: a node that was drained twice gets requests");
    machine.paste(&undrain);
    assert!(until(is_used), "{name}: a node that works again gets no requests");
    assert_eq!(state(scenario, &front, &mut machine), untouched, "{name}: not as it was before");
    machine.paste(&undrain);
    assert_eq!(state(scenario, &front, &mut machine), untouched, "{name}: a second run changes something");
    assert!(until(is_used), "{name}");
}

#[test]
fn nginx_1_22_drains_a_node_by_the_steps_as_printed() {
    let scenario = scenario("three-nodes-7.2").with("load_balancer.algorithm", "round-robin");
    drains(&scenario.with("load_balancer.version", "1.22"));
}

#[test]
fn nginx_1_30_drains_a_node_by_the_steps_as_printed() {
    drains(&scenario("three-nodes-7.2").with("load_balancer.algorithm", "least-conn"));
}

#[test]
fn haproxy_drains_a_node_by_the_steps_as_printed() {
    for name in ["macos-ldap-multicast-5.10", "read-only-ldap-aws-6.1"] {
        drains(&scenario(name).with("clustering.scheme", "wka").with("product.layout", "linux"));
    }
}
