//! start.sh, against a stand-in for `wso2server.sh` that writes the log lines IS writes.

use std::fs;

use crate::pack::Pack;

const SCENARIO: &str = "three-nodes-7.2";
const LOG: &str = "repository/logs/wso2carbon.log";

/// A pack with install.sh run, whose `wso2server.sh` writes `lines` to the log.
fn ready(lines: &str) -> Option<Pack> {
    let pack = Pack::of(SCENARIO)?;
    pack.write(LOG, "yesterday: WSO2 Carbon started in 9 sec\nyesterday: Cluster initialization completed\n");
    pack.write(
        "bin/wso2server.sh",
        &format!("#!/bin/sh\n# A stand-in for IS.\ncat >>\"$(dirname \"$0\")/../{LOG}\" <<'LOG'\n{lines}\nLOG\n"),
    );
    let (succeeded, said) = pack.run("install.sh", &[]);
    assert!(succeeded, "{said}");
    Some(pack)
}

#[test]
fn it_starts_and_says_what_the_log_says() {
    let Some(pack) = ready("INFO Cluster initialization completed\nINFO WSO2 Carbon started in 42 sec") else { return };
    let (succeeded, said) = pack.run("start.sh", &["--wait", "4"]);
    assert!(succeeded, "{said}");
    assert!(
        said.contains("is-1 is up: https://10.20.0.11:9443/") && said.contains("Next: on is-2, ./start.sh"),
        "{said}"
    );
    assert!(said.contains("started in 42 sec") && !said.contains("yesterday"), "{said}");
}

#[test]
fn a_node_that_is_not_in_a_cluster_is_told() {
    let Some(pack) = ready("INFO WSO2 Carbon started in 42 sec") else { return };
    let (succeeded, said) = pack.run("start.sh", &["--wait", "4"]);
    assert!(!succeeded && said.contains("is-1 is up but not in a cluster"), "{said}");
}

#[test]
fn the_wait_is_bounded_and_shows_the_last_errors() {
    let Some(pack) = ready("TID: [-1234] [2026] ERROR {x} - Communications link failure") else { return };
    let (succeeded, said) = pack.run("start.sh", &["--wait", "0"]);
    assert!(!succeeded && said.contains("is-1 is not up after 0 s."), "{said}");
    assert!(said.contains("Communications link failure"), "{said}");
}

#[test]
fn a_log_that_was_turned_over_is_read_from_its_beginning() {
    let Some(pack) = ready("") else { return };
    let server = format!(
        "#!/bin/sh\nprintf 'Cluster initialization completed\\nWSO2 Carbon started in 1 sec' >\"$(dirname \"$0\")/../{LOG}\"\n"
    );
    pack.write("bin/wso2server.sh", &server);
    let (succeeded, said) = pack.run("start.sh", &["--wait", "0"]);
    assert!(succeeded, "{said}");
}

#[test]
fn what_must_be_right_before_a_start_is_checked() {
    let Some(pack) = ready("") else { return };
    let jdk = pack.jdk("openjdk version \"1.8.0_392\"");
    let (succeeded, said) = pack.run_in(&["sh"], "start.sh", &[], &[("JAVA_HOME", &jdk)]);
    assert!(!succeeded && said.contains("is JDK 8; IS 7.2.0 needs JDK 11 to 21."), "{said}");
    pack.write("wso2carbon.pid", &std::process::id().to_string());
    let (succeeded, said) = pack.run("start.sh", &[]);
    assert!(!succeeded && said.contains("runs already, as process"), "{said}");
    fs::write(pack.home().join("repository/conf/deployment.toml"), "# of another\n").unwrap();
    let (succeeded, said) = pack.run("start.sh", &[]);
    assert!(!succeeded && said.contains("Run ./install.sh first."), "{said}");
    let (succeeded, said) = pack.run("start.sh", &["--wait", "soon"]);
    assert!(!succeeded && said.contains("soon is not a number of seconds."), "{said}");
}
