//! probe.sh, executed for real: how the probes of one machine connect to each other's ports.
//!
//! Probes run in a separate network namespace, where every port is free and only loopback can be reached.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use domain::check::{CheckId, NodeCheck, Outcome};
use domain::inputs::ReadableAnswers;
use domain::node_report::{ConnectionOutcome, NodeReport, ProbedPort, ReceivedReport, evaluate};

use crate::probe::report;
use crate::scenario::scenario;
use crate::world::{Unpacked, has};

/// A command within a new network namespace with loopback; `None`, after a line that reports it, if none can be created.
fn alone() -> Option<Command> {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
    let works = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "ip", "link", "set", "lo", "up"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !works {
        testbed::report_not_run("no network namespace can be made");
    }
    works.then_some(command)
}

/// The bundle of two nodes on one machine, whose probes run in a separate namespace.
struct ReachScenario {
    folder: tempfile::TempDir,
}

impl ReachScenario {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Unpacked::of(&scenario("one-machine-5.11")).write(folder.path());
        Self { folder }
    }

    fn script(&self, node: &str) -> String {
        self.folder.path().join(format!("nodes/{node}/probe.sh")).to_str().unwrap().to_owned()
    }

    /// A folder of stand-ins that make the JDK unusable.
    fn no_jdk(&self) -> String {
        self.stand_ins("no-jdk/bin", &[("java", "exit 1"), ("javac", "exit 1")]);
        self.folder.path().join("no-jdk").to_str().unwrap().to_owned()
    }

    /// A folder of programs, each a script.
    fn stand_ins(&self, folder: &str, programs: &[(&str, &str)]) -> String {
        let folder = self.folder.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, script) in programs {
            let path = folder.join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder.to_str().unwrap().to_owned()
    }

    /// Runs a shell script in a separate namespace; `$1` and `$2` are the probes of node1 and node2.
    fn run(&self, script: &str, environment: &[(&str, &str)]) -> Option<Output> {
        let output = alone()?
            .args(["sh", "-c", script, "sh", &self.script("node1"), &self.script("node2")])
            .current_dir(self.folder.path())
            .env_remove("JAVA_HOME")
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        Some(output)
    }

    fn report(&self, name: &str) -> NodeReport {
        report(&fs::read_to_string(self.folder.path().join(name)).unwrap())
    }
}

/// Both probes at once. Each ends when the other has reached it.
const BOTH: &str = "sh \"$1\" --listen --reach --seconds 60 >one 2>one.err & first=$!
    sh \"$2\" --listen --reach --seconds 60 >two 2>two.err & second=$!
    wait $first $second";

#[test]
fn two_probes_meet() {
    if !has("javac") {
        return;
    }
    let meeting = ReachScenario::new();
    let begin = std::time::Instant::now();
    let Some(_) = meeting.run(BOTH, &[]) else { return };
    assert!(begin.elapsed().as_secs() < 60, "listening ends when every node was reached");
    let (one, two) = (meeting.report("one"), meeting.report("two"));
    for (report, other, ports) in [(&one, "node2", (4001, 9444)), (&two, "node1", (4000, 9443))] {
        for (kind, port) in [(ProbedPort::Hazelcast, ports.0), (ProbedPort::Https, ports.1)] {
            assert_eq!(report.listened.get(&kind), Some(&true));
            let reached = report.reach(other, kind, port).unwrap();
            assert_eq!(
                (reached.answer, reached.answered_by.as_str(), reached.lost),
                (ConnectionOutcome::Token, other, 0),
                "{reached:?}"
            );
            assert!(reached.ahead.unwrap().abs() < 1000 && reached.milliseconds.unwrap() < 1000.0, "{reached:?}");
        }
    }
    let scenario = scenario("one-machine-5.11");
    let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
    let reports = [one, two].map(|report| ReceivedReport { at: 0, report });
    // Without ND-05: a machine that runs tests may exceed its limit.
    for id in [NodeCheck::Nd03, NodeCheck::Nd04] {
        let results = evaluate(id, &answers, &reports);
        assert!(results.iter().all(|result| result.outcome == Outcome::Passed), "{results:#?}");
    }
}

#[test]
fn the_load_balancers_machine_reaches_by_curl() {
    if !has("curl") || !has("javac") {
        return;
    }
    let meeting = ReachScenario::new();
    let jdk = meeting.no_jdk();
    let script = "sh \"$1\" --listen --seconds 60 >one 2>one.err & first=$!
        until grep -q '^end' one; do sleep 1; done
        PATH=$programs:$PATH JAVA_HOME=$no_jdk sh \"$2\" --as-load-balancer >balancer 2>balancer.err
        kill $first; wait";
    // The answers of NGINX 1.22 and HAProxy 2.6 of Debian.
    let programs = meeting.stand_ins(
        "programs",
        &[
            ("nginx", "echo 'nginx version: nginx/1.22.1' >&2"),
            ("haproxy", "echo 'HAProxy version 2.6.12-1+deb12u2 2025/04/16 - https://haproxy.org/'"),
        ],
    );
    let Some(_) = meeting.run(script, &[("no_jdk", &jdk), ("programs", &programs)]) else { return };
    let report = meeting.report("balancer");
    let text = fs::read_to_string(meeting.folder.path().join("balancer")).unwrap();
    assert!(text.contains("tool | curl"), "{text}");
    let version = |program: &str| report.balancers.get(program).map(String::as_str);
    assert_eq!((version("nginx"), version("haproxy")), (Some("1.22.1"), Some("2.6.12")), "{text}");
    assert_eq!(report.reach("node1", ProbedPort::Https, 9443).unwrap().answer, ConnectionOutcome::Token, "{text}");
    assert_eq!(report.reach("node2", ProbedPort::Https, 9444).unwrap().answer, ConnectionOutcome::Refused, "{text}");
}

/// What listens on a port instead of a probe.
fn impostor(answer: &'static [u8]) -> (u16, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut asked = String::new();
        BufReader::new(peer.try_clone().unwrap()).read_line(&mut asked).unwrap();
        let word = asked.trim().to_owned();
        let text = String::from_utf8_lossy(answer).replace("WORD", &word);
        // A probe closes the connection as soon as it has its answer.
        drop(peer.write_all(text.as_bytes()));
    });
    (port, serve)
}

/// Each answer on a port is classified with each tool: our token, another token, another program, silence, no listener.
#[test]
fn every_answer_is_distinguished() {
    if !has("javac") || !has("curl") {
        return;
    }
    let meeting = ReachScenario::new();
    let script = fs::read_to_string(meeting.script("node1")).unwrap();
    let plan = script.lines().find_map(|line| line.strip_prefix("plan='")).unwrap().trim_end_matches('\'').to_owned();
    let closed = testbed::port::closed();
    let jdk = meeting.no_jdk();
    for tool in ["java", "curl"] {
        let cases: [(&'static str, ConnectionOutcome); 8] = [
            // The right node, another port.
            ("WORD {plan} node2 1 5\n", ConnectionOutcome::OtherNode),
            ("WORD 0123456789abcdef node2 1 5\n", ConnectionOutcome::OtherPlan),
            ("WORD {plan} node9 1 5\n", ConnectionOutcome::OtherNode),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", ConnectionOutcome::Http),
            ("\u{15}\u{3}\u{3}\0\u{2}\u{2}P", ConnectionOutcome::Tls),
            ("220 smtp.example.com\r\n", ConnectionOutcome::Other),
            // A program that echoes its input.
            ("WORD\n", ConnectionOutcome::Other),
            ("", ConnectionOutcome::Closed),
        ];
        for (answer, expected) in cases {
            let answer: &'static [u8] = Box::leak(answer.replace("{plan}", &plan).into_boxed_str().into_boxed_bytes());
            let (port, serve) = impostor(answer);
            let reached = reach_one(&meeting, tool, &jdk, port);
            serve.join().unwrap();
            assert_eq!(reached, expected, "{tool}: {}", String::from_utf8_lossy(answer));
        }
        assert_eq!(reach_one(&meeting, tool, &jdk, closed), ConnectionOutcome::Refused, "{tool}");
    }
}

/// What the probe of node1 reports about node2, whose Hazelcast port is `port`.
fn reach_one(meeting: &ReachScenario, tool: &str, no_jdk: &str, port: u16) -> ConnectionOutcome {
    let script = fs::read_to_string(meeting.script("node1")).unwrap();
    let changed = script.replace("node2 127.0.0.1 4001 9444 9764", &format!("node2 127.0.0.1 {port} 1 9764"));
    let changed = changed.replace("database_host='127.0.0.1'", "database_host=''");
    assert_ne!(changed, script);
    let path = meeting.folder.path().join("nodes/node1/probe.sh");
    let probe = path.with_file_name(format!("{port}-probe.sh"));
    fs::write(&probe, changed).unwrap();
    let mut command = Command::new("sh");
    command.arg(&probe).arg("--reach").env_remove("JAVA_HOME");
    if tool != "java" {
        command.env("JAVA_HOME", no_jdk);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(&format!("tool | {tool}")), "{said}");
    report(&said).reach("node2", ProbedPort::Hazelcast, port).unwrap_or_else(|| panic!("{said}")).answer
}

/// Kills the processes that a test started when the test ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_port_that_is_taken_is_reported() {
    if !has("javac") {
        return;
    }
    let meeting = ReachScenario::new();
    let script = "python3 -c 'import socket,time; s=socket.socket(); s.bind((\"127.0.0.1\",4000)); s.listen(); print(1,flush=True); time.sleep(30)' & \
        other=$!; sleep 1; sh \"$1\" --listen --seconds 0 >one 2>one.err; kill $other";
    if !has("python3") {
        return;
    }
    let Some(_) = meeting.run(script, &[]) else { return };
    let report = meeting.report("one");
    assert_eq!(report.ports.get(&ProbedPort::Hazelcast), Some(&true));
    assert_eq!(
        (report.listened.get(&ProbedPort::Hazelcast), report.listened.get(&ProbedPort::Https)),
        (Some(&false), Some(&true))
    );
}

/// Two machines as two connected namespaces; packets of is-1 to is-2 are dropped.
#[test]
fn a_firewall_that_is_half_open_is_silence_one_way() {
    let Some(mut command) = alone().filter(|_| has("javac") && has("nsenter")) else { return };
    let meeting = ReachScenario::new();
    for node in ["node1", "node2"] {
        let path = meeting.folder.path().join(format!("nodes/{node}/probe.sh"));
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("node1 127.0.0.1 ", "node1 10.99.0.1 ").replace("node2 127.0.0.1 ", "node2 10.99.0.2 ");
        fs::write(&path, text.replace("database_host='127.0.0.1'", "database_host=''")).unwrap();
    }
    // A rule drops what node2's listeners send to node1: connections from node1 get no answer, those from node2 work.
    let script = "unshare --net sh -c 'echo $$ >pid; exec sleep 60' & second=$!
        until [ -s pid ]; do sleep 1; done
        ip link add one type veth peer name two netns \"$(cat pid)\" || exit 9
        ip addr add 10.99.0.1/24 dev one && ip link set one up
        inside() { nsenter --net=\"/proc/$(cat pid)/ns/net\" \"$@\"; }
        inside ip link set lo up; inside ip addr add 10.99.0.2/24 dev two; inside ip link set two up
        inside ip rule add from 10.99.0.2 sport 4001 blackhole 2>rule.err || { kill $second; exit 9; }
        sh \"$1\" --listen --reach --seconds 20 >one 2>one.err & first=$!
        inside sh \"$2\" --listen --reach --seconds 60 >two 2>two.err & other=$!
        until grep -q '^end' one && grep -q '^end' two; do sleep 1; done
        kill $first $other $second";
    let child = command
        .args(["sh", "-c", script, "sh", &meeting.script("node1"), &meeting.script("node2")])
        .current_dir(meeting.folder.path())
        .env_remove("JAVA_HOME")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = Ends(child).0.wait().unwrap();
    if status.code() == Some(9) {
        testbed::report_not_run("the kernel has no rule that drops by port");
        return;
    }
    let (one, two) = (meeting.report("one"), meeting.report("two"));
    assert_eq!(one.reach("node2", ProbedPort::Hazelcast, 4001).unwrap().answer, ConnectionOutcome::Silent);
    assert_eq!(one.reach("node2", ProbedPort::Https, 9444).unwrap().answer, ConnectionOutcome::Token);
    assert_eq!(two.reach("node1", ProbedPort::Hazelcast, 4000).unwrap().answer, ConnectionOutcome::Token);
    let scenario = scenario("one-machine-5.11");
    let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
    let reports = [one, two].map(|report| ReceivedReport { at: 0, report });
    let reported: Vec<(CheckId, Option<String>)> = NodeCheck::ALL
        .iter()
        .filter(|id| matches!(id, NodeCheck::Nd03 | NodeCheck::Nd04))
        .flat_map(|id| evaluate(*id, &answers, &reports))
        .filter(|result| matches!(result.outcome, Outcome::Failed | Outcome::Warned))
        .map(|result| (result.id, result.subject))
        .collect();
    assert_eq!(reported, [(CheckId::Nd04, Some("node1".to_owned()))]);
}
