//! verify.sh of the bundle, by several shells with the real curl, against a deployed cluster of stand-ins, which state that they are
//! not IS.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use domain::check::{CheckId, Outcome};
use domain::verification_report::{self, VerificationReport};
use standin::Faults;
use testbed::bundle::unzip;
use testbed::plan::ADMIN_PASSWORD;

use crate::verify::Deployed;

/// What the script printed, and its exit code.
struct Printed {
    report: String,
    complaints: String,
    code: i32,
}

impl Printed {
    fn read(&self) -> VerificationReport {
        verification_report::parse(&self.report).unwrap_or_else(|error| panic!("{error}: {}", self.report))
    }

    /// `failed VF-07` for each check with this outcome, without repetition.
    fn found(&self) -> Vec<String> {
        let report = self.read();
        let all = report.results.values().flatten().filter(|result| result.outcome != Outcome::Passed);
        let mut found: Vec<String> = all.map(|result| format!("{:?} {}", result.outcome, result.id)).collect();
        found.dedup();
        found
    }
}

/// The folder `verify` of the bundle.
fn unpacked(deployed: &Deployed) -> PathBuf {
    let folder = deployed.world.path("verify");
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in unzip(&fs::read(deployed.world.path("bundle.zip")).unwrap()) {
        if let Some((_, file)) = name.rsplit_once("/verify/").or_else(|| name.split_once("verify/")) {
            fs::write(folder.join(file), content).unwrap();
        }
    }
    folder
}

fn run(deployed: &Deployed, shell: &[&str], options: &[&str]) -> Printed {
    let folder = unpacked(deployed);
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(folder.join("verify.sh"));
    for node in &deployed.nodes {
        command.args(["--node", node]);
    }
    command.args(["--balancer", &format!("127.0.0.1:{}", deployed.port)]).args(options).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Printed { report: text(&output.stdout), complaints: text(&output.stderr), code: output.status.code().unwrap() }
}

fn password_file(deployed: &Deployed) -> String {
    deployed.world.write("password", ADMIN_PASSWORD);
    deployed.world.path("password").display().to_string()
}

/// The shells of this machine, and curl.
fn shells() -> Vec<&'static [&'static str]> {
    let has = |program: &str| {
        Command::new(program).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    assert!(has("curl"), "curl is missing");
    let all: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];
    let installed: Vec<_> = all.into_iter().filter(|shell| has(shell[0])).collect();
    assert!(!installed.is_empty(), "no shell");
    installed
}

#[test]
fn every_shell_verifies_a_healthy_cluster_and_removes_its_test_objects() {
    let deployed = Deployed::new(&Faults::default());
    let password = password_file(&deployed);
    for shell in shells() {
        let printed = run(&deployed, shell, &["--password-file", &password]);
        assert_eq!(printed.found(), [] as [&str; 0], "{}{}", printed.report, printed.complaints);
        assert_eq!((printed.code, printed.complaints.as_str()), (0, ""), "{}", printed.report);
        let report = printed.read();
        let checks: Vec<CheckId> = report.results.keys().copied().collect();
        let expected =
            [CheckId::Vf01, CheckId::Vf02, CheckId::Vf03, CheckId::Vf04, CheckId::Vf07, CheckId::Vf08, CheckId::Vf15];
        assert_eq!(checks, expected);
        assert_eq!(report.results[&CheckId::Vf07].len(), 4, "{}", printed.report);
        assert!(
            report.results[&CheckId::Vf07]
                .iter()
                .all(|result| result.current == "Reported by verify.sh: 2 of 2 nodes followed.")
        );
        assert!(printed.report.contains("skipped VF-06") && printed.report.contains("skipped VF-14"));
        assert!(!printed.report.contains(ADMIN_PASSWORD));
        assert_eq!(deployed.test_objects(), [] as [&str; 0]);
    }
}

#[test]
fn a_script_that_only_reads_creates_nothing() {
    let deployed = Deployed::new(&Faults::default());
    let printed = run(&deployed, &["sh"], &["--read-only"]);
    assert_eq!((printed.code, printed.found().len()), (0, 0), "{}", printed.report);
    let writing = |node: &str| {
        let requests = deployed.cluster.requests(node).unwrap();
        ["POST", "PUT", "PATCH", "DELETE"].iter().map(|method| requests.count(method, "/")).sum::<usize>()
    };
    assert_eq!(["node1", "node2"].map(writing), [0, 0]);
}

#[test]
fn each_fault_that_curl_can_decide_is_reported_by_its_check() {
    for (faults, expected, words) in [
        (Faults { clustering_off: true, ..Faults::default() }, "Failed VF-07", "still accepts the revoked token"),
        (Faults { no_proxy_port: true, ..Faults::default() }, "Failed VF-02", ":9443"),
        (Faults { unhealthy: true, ..Faults::default() }, "Failed VF-01", "HC_00001"),
        (Faults { health_disabled: true, ..Faults::default() }, "Warned VF-01", "switched off"),
        (Faults { node_address_in_redirects: true, ..Faults::default() }, "Failed VF-03", "127.0.0.1"),
        (Faults { sick_under_parallel_load: true, ..Faults::default() }, "Failed VF-01", "of 16 parallel"),
        (Faults { status_500_on_scim: true, ..Faults::default() }, "Failed VF-08", "cannot create a user"),
    ] {
        let deployed = Deployed::new(&faults);
        let password = password_file(&deployed);
        let printed = run(&deployed, &["sh"], &["--password-file", &password]);
        let found = printed.found();
        assert!(found.contains(&expected.to_owned()), "{expected}: {found:?}\n{}", printed.report);
        assert!(printed.report.contains(words), "{words}: {}", printed.report);
        assert_eq!(printed.code, i32::from(expected.starts_with("Failed")), "{}", printed.report);
        assert_eq!(deployed.test_objects(), [] as [&str; 0]);
    }
}

#[test]
fn a_server_that_the_bundle_does_not_know_gets_no_password() {
    let (deployed, other) = (Deployed::new(&Faults::default()), Deployed::new(&Faults::default()));
    let password = password_file(&deployed);
    let foreign = other.world.path("bundle.zip");
    let trust = unzip(&fs::read(foreign).unwrap());
    let (_, content) = trust.iter().find(|(name, _)| name.ends_with("verify/trust.pem")).unwrap();
    deployed.world.write("foreign.pem", String::from_utf8(content.clone()).unwrap());
    let ca = deployed.world.path("foreign.pem").display().to_string();
    let printed = run(&deployed, &["sh"], &["--password-file", &password, "--ca", &ca]);
    assert_eq!(printed.code, 1, "{}", printed.report);
    assert!(printed.report.contains("node1 does not answer"), "{}", printed.report);
    let asked: u64 = ["node1", "node2"].map(|node| deployed.cluster.requests(node).unwrap().total).iter().sum();
    assert_eq!(asked, 0);
}

#[test]
fn wrong_options_are_named_and_nothing_is_asked() {
    let deployed = Deployed::new(&Faults::default());
    for (options, words) in [
        (&["--fast"][..], "Unknown option --fast"),
        (&["--node", "node9=127.0.0.1:1"], "no node node9"),
        (&["--node", "node1"], "NAME=HOST:PORT"),
        (&["--user"], "--user needs a value"),
        (&["--ca", "/nonexistent"], "Cannot read /nonexistent"),
        (&["--password-file", "/nonexistent"], "Cannot read /nonexistent"),
        (&[], "no terminal to ask for the password"),
    ] {
        let printed = run(&deployed, &["sh"], options);
        assert_eq!(printed.code, 2, "{options:?}: {}", printed.report);
        assert!(printed.complaints.contains(words), "{options:?}: {}", printed.complaints);
    }
    let help = run(&deployed, &["sh"], &["--help"]);
    assert!(help.code == 0 && help.report.contains("--read-only"), "{}", help.report);
    let script = unpacked(&deployed).join("verify.sh");
    assert!(fs::metadata(script).unwrap().permissions().mode() & 0o400 != 0);
}
