//! start.sh, with a stand-in for `wso2server.sh` that writes log lines of real nodes (the cluster run in which they were
//! observed is the source of each) and answers HTTPS with `openssl s_server`. No IS runs.

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::pack::Pack;
use crate::scenario::{Scenario, scenario};
use crate::world::has;

pub(crate) const LOG: &str = "repository/logs/wso2carbon.log";

pub(crate) const JOINED: &str = "INFO {x} - Cluster domain: prod.is.domain
INFO {x} - Using wka based membership management scheme
INFO {x} - Added member: Host:127.0.0.1, Remote Host:null, Port: 4000
INFO {x} - Hazelcast initialized in 6120ms
INFO {x} - Local member: [4f4e] - Host:127.0.0.1, Remote Host:null, Port: 4000
INFO {x} - Cluster initialization completed";
pub(crate) const ELECTED: &str = "INFO {x} - Elected this member [4f4e] as the Coordinator node";
pub(crate) const STARTED: &str = "INFO {x} - WSO2 Carbon started in 42 sec";

/// A node of a plan whose nodes share this machine, after install.sh, with a stand-in for IS.
pub(crate) struct Site {
    pub(crate) pack: Pack,
    ports: [u16; 2],
    row: usize,
}

/// Two nodes on this machine, with free ports.
pub(crate) fn on_this_machine() -> (Scenario, [u16; 2]) {
    let free = || loop {
        // The other ports of a node are up to 1,268 above.
        let port = testbed::port::free().unwrap();
        if port < 63_000 {
            return port;
        }
    };
    let ports = [free(), free()];
    let mut scenario = scenario("three-nodes-7.2");
    scenario.draft.nodes = (ports.iter().enumerate())
        .map(|(row, port)| {
            let columns = [
                ("name", format!("is-{}", row + 1)),
                ("host", "127.0.0.1".to_owned()),
                ("offset", (port - 9443).to_string()),
                ("hazelcast_port", (4000 + row).to_string()),
            ];
            columns.into_iter().map(|(key, text)| (key.to_owned(), text)).collect()
        })
        .collect();
    (scenario, ports)
}

impl Site {
    /// The node in `row`. `None`, after a line that reports it, if keytool, a JDK or openssl is missing.
    pub(crate) fn new(row: usize) -> Option<Self> {
        let (scenario, ports) = on_this_machine();
        Self::of(&scenario, ports, row)
    }

    pub(crate) fn of(scenario: &Scenario, ports: [u16; 2], row: usize) -> Option<Self> {
        if !has("javac") || !has("openssl") {
            return None;
        }
        let pack = Pack::of_node(scenario, row)?;
        pack.write(
            LOG,
            "yesterday: WSO2 Carbon started in 9 sec\nyesterday: Elected this member [0] as the Coordinator\n",
        );
        let site = Self { pack, ports, row };
        site.pack.write(
            "bin/wso2server.sh",
            "#!/bin/sh
# A stand-in for IS's wso2server.sh: no IS runs. It passes disableZip64ExtraFieldValidation only here.
cd \"$(dirname \"$0\")/..\" || exit 1
if [ \"$1\" = start ]; then
    echo \"$JAVA_OPTS\" >java-opts
    nohup sh bin/wso2server.sh stand-in >/dev/null 2>&1 &
    exit 0
fi
# IS leaves 94 bytes of value 0 behind the number.
echo $$ >wso2carbon.pid
head -c 94 /dev/zero >>wso2carbon.pid
. ./bin/play
",
        );
        for (path, status) in [("ok", "200 OK"), ("sick", "503 Service Unavailable")] {
            for file in ["api/health-check/v1.0/health", "oauth2/token/.well-known/openid-configuration"] {
                site.pack
                    .write(&format!("{path}/{file}"), &format!("HTTP/1.0 {status}\r\nContent-Length: 2\r\n\r\n{{}}"));
            }
        }
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"])
            .args(["-keyout", "wso2.key", "-out", "wso2.pem"])
            .current_dir(site.pack.home())
            .output()
            .unwrap();
        assert!(made.status.success());
        let (succeeded, said) = site.pack.run("install.sh", &[]);
        assert!(succeeded, "{said}");
        Some(site)
    }

    /// The commands of the stand-in; the functions `log LINES` and `serve FOLDER [CONNECTIONS]` are defined.
    pub(crate) fn plays(&self, play: &str) -> &Self {
        let port = self.ports[self.row];
        let functions = format!(
            "log() {{ printf '%s\\n' \"$1\" >>'{LOG}'; }}
serve() {{
    cd \"$1\"
    openssl s_server -accept {port} -cert ../wso2.pem -key ../wso2.key -HTTP -quiet ${{2:+-naccept $2}}
    cd ..
}}
"
        );
        self.pack.write("bin/play", &format!("{functions}{play}\n"));
        self
    }

    /// Runs start.sh without databases and without the final waiting minute.
    fn start(&self, arguments: &[&str]) -> (bool, String) {
        let all = [&["--skip-database", "--quiet", "0"], arguments].concat();
        let result = self.pack.run("start.sh", &all);
        self.end();
        result
    }

    /// Ends the stand-in.
    pub(crate) fn end(&self) {
        let Ok(bytes) = fs::read(self.pack.home().join("wso2carbon.pid")) else { return };
        let id: String = bytes.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
        // Its children are openssl and sleep.
        let end = format!("pkill -P {id}; kill {id}");
        drop(Command::new("sh").args(["-c", &end]).stderr(Stdio::null()).status());
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.end();
    }
}

/// The other node, which only answers on its HTTPS port.
fn other_node(site: &Site) -> Child {
    let port = site.ports[1 - site.row].to_string();
    Command::new("openssl")
        .args(["s_server", "-accept", &port, "-cert", "wso2.pem", "-key", "wso2.key", "-www", "-quiet"])
        .current_dir(site.pack.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_healthy_first_node_is_up() {
    let Some(site) = Site::new(0) else { return };
    let script = format!("sleep 3; log '{JOINED}'; log '{ELECTED}'; log '{STARTED}'; serve ok");
    let (succeeded, said) = site.plays(&script).start(&["--silence", "60"]);
    assert!(succeeded, "{said}");
    let up = format!("is-1 is up: https://127.0.0.1:{}/", site.ports[0]);
    assert!(said.contains("is-1 is the first member of the cluster.") && said.contains(&up), "{said}");
    assert!(said.contains("Next: run ./start.sh on is-2.") && said.contains("started in 42 sec"), "{said}");
    assert!(!said.contains("yesterday"), "{said}");
}

/// A node that joins never logs "Member joined": only existing members do.
#[test]
fn a_node_that_joins_is_up_and_one_that_is_alone_is_reported() {
    let Some(site) = Site::new(1) else { return };
    let joined = format!("log '{JOINED}'; log '{STARTED}'; serve ok");
    let (succeeded, said) = site.plays(&joined).start(&[]);
    assert!(succeeded && said.contains("is-2 joined the cluster.") && said.contains("Next: verify"), "{said}");

    let alone = format!("log '{JOINED}'; log '{ELECTED}'; log '{STARTED}'; serve ok");
    let (succeeded, said) = site.plays(&alone).start(&[]);
    assert!(!succeeded && said.contains("is-2 is alone: no other node answers"), "{said}");
    assert!(said.contains("Then stop it: sh "), "{said}");
    let (succeeded, said) = site.start(&["--may-be-first"]);
    assert!(succeeded && said.contains("is-2 is the first member of the cluster."), "{said}");

    let mut other = other_node(&site);
    let (succeeded, said) = site.start(&["--may-be-first"]);
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(!succeeded && said.contains("is-2 formed a separate cluster, although another node is up"), "{said}");
    assert!(said.contains("Open TCP port 4001 between the nodes"), "{said}");
}

#[test]
fn a_node_without_clustering_is_reported() {
    let Some(site) = Site::new(0) else { return };
    let (succeeded, said) = site.plays(&format!("log '{STARTED}'; serve ok")).start(&[]);
    assert!(!succeeded && said.contains("is-1 is up but not in a cluster"), "{said}");
}

/// A started node may not work: /oauth2 and /scim2 of 6.0.0 answer 500 while the log and the health API report success.
#[test]
fn a_node_that_does_not_answer_everything_is_not_up() {
    let Some(site) = Site::new(0) else { return };
    let script = format!(
        "log '{JOINED}'; log '{ELECTED}'; log 'ERROR {{x}} - Servlet.init() for servlet [OAuth2Endpoint] threw exception'
log '{STARTED}'; cp sick/oauth2/token/.well-known/openid-configuration ok/oauth2/token/.well-known/openid-configuration; serve ok"
    );
    let (succeeded, said) = site.plays(&script).start(&["--wait", "4"]);
    assert!(!succeeded && said.contains("is-1 started, but is not up: 503 from https://localhost:"), "{said}");
    assert!(said.contains("The log contains: Servlet.init() for servlet [OAuth2Endpoint] threw exception."), "{said}");
}

/// A pool whose idle connections were closed opens new ones, which fail: two requests do not detect it.
#[test]
fn a_node_that_loses_its_databases_when_idle_is_reported() {
    let Some(site) = Site::new(0) else { return };
    let script = format!("log '{JOINED}'; log '{ELECTED}'; log '{STARTED}'; serve ok 2; serve sick");
    site.plays(&script);
    let (succeeded, said) = site.pack.run("start.sh", &["--skip-database", "--quiet", "2"]);
    assert!(!succeeded && said.contains("of 16 health requests 16 x 503 failed"), "{said}");
    assert!(said.contains("fallbackToSystemKeyStore=false"), "{said}");
}

/// Each line that ends a start, with the last cause and the remedy, long before the timeout.
#[test]
fn a_start_that_fails_is_reported_with_its_cause() {
    let Some(site) = Site::new(0) else { return };
    let realm = "log 'ERROR {x.Activator} - Cannot start User Manager Core bundle x.UserStoreException: Cannot initialize the realm.'
log 'Caused by: java.lang.reflect.InvocationTargetException'; log 'Caused by: ";
    for (play, expected) in [
        (
            format!("{realm}java.sql.SQLException: Access denied for user '\"'wso2is'@'10.0.0.1'\"' (using password: YES)'"),
            ["Access denied for user 'wso2is'@'10.0.0.1'", "database/grants.sql"],
        ),
        (
            format!("{realm}x.UserStoreException: 30012 - RoleExisting Role name: admin exists in the system'"),
            ["Role name: admin exists", "DB-43"],
        ),
        (
            format!("{realm}java.net.ConnectException: Connection refused'"),
            ["Connection refused", "Start the database or the directory"],
        ),
        (
            "log 'ERROR {x} - Cannot initialize cluster x'; log 'Caused by: java.net.BindException: Address already in use'".to_owned(),
            ["is-1 cannot start Hazelcast: java.net.BindException", "ss -ltnp"],
        ),
        (
            "log 'WARN {x} - Waiting for required OSGiAxis2Service: org.wso2.carbon.identity.application.authenticator.fido-5.3.40'".to_owned(),
            ["its JDK rejects jars of the pack", "disableZip64ExtraFieldValidation"],
        ),
        (
            "log 'WARN {x} - Carbon initialization is delayed due to the following unsatisfied items:'
log 'WARN {x} - Waiting for required OSGi services: org.wso2.Something,'"
                .to_owned(),
            ["is-1 cannot start. Waiting for required OSGi services: org.wso2.Something", "first ERROR"],
        ),
        (
            format!("log 'ERROR {{x}} - LifeCycleException while starting tomcat connector x'
log 'Caused by: java.net.BindException: Address already in use'; log '{STARTED}'"),
            ["is-1 started, but cannot open its port: java.net.BindException", "ss -ltnp"],
        ),
    ] {
        let (succeeded, said) = site.plays(&format!("{play}; sleep 120")).start(&[]);
        assert!(!succeeded && expected.iter().all(|text| said.contains(text)), "{play}: {said}");
        assert!(said.contains("Then stop it: sh "), "{said}");
    }
}

/// Two simultaneous first starts make one node hang permanently, without any error in its log.
#[test]
fn a_node_that_hangs_is_recognised_by_its_silence() {
    let Some(site) = Site::new(0) else { return };
    let (succeeded, said) =
        site.plays("log 'INFO {x.TldScanner} - At least one JAR'; sleep 120").start(&["--silence", "4"]);
    assert!(!succeeded && said.contains("is-1 logged nothing for 4 s") && said.contains("TldScanner"), "{said}");
    // One such line is no fault: something is slow.
    let slow = format!(
        "log 'WARN {{x}} - Waiting for required OSGi services: org.wso2.Slow,'; sleep 5
log '{JOINED}'; log '{ELECTED}'; log '{STARTED}'; serve ok"
    );
    let (succeeded, said) = site.plays(&slow).start(&[]);
    assert!(succeeded && said.contains("IS logs: Waiting for required OSGi services: org.wso2.Slow"), "{said}");
}

#[test]
fn a_process_that_ends_and_a_wait_that_ends() {
    let Some(site) = Site::new(0) else { return };
    let (succeeded, said) = site.plays("log 'TID: [] [2026] ERROR {x} - out of luck'; exit 1").start(&[]);
    assert!(!succeeded && said.contains("is-1 ended while it started") && said.contains("out of luck"), "{said}");
    let (succeeded, said) = site.plays("log 'TID: [] [2026] ERROR {x} - slow'; sleep 60").start(&["--wait", "2"]);
    assert!(!succeeded && said.contains("is-1 is not up after 2 s") && said.contains("{x} - slow"), "{said}");
}

#[test]
fn a_log_that_was_rotated_is_read_from_its_beginning() {
    let Some(site) = Site::new(0) else { return };
    let script = format!("rm '{LOG}'; log '{JOINED}'; log '{ELECTED}'; log '{STARTED}'; serve ok");
    let (succeeded, said) = site.plays(&script).start(&[]);
    // The log already contained two lines; the new log has more.
    assert!(succeeded || said.contains("yesterday"), "{said}");
}

/// Packs up to 6.1 contain jars that a current JDK refuses, unless an option of the start script permits them.
#[test]
fn the_flag_for_jars_that_a_jdk_refuses_is_passed_where_the_pack_does_not() {
    let Some(site) = Site::new(0) else { return };
    site.plays("sleep 30").start(&["--wait", "0"]);
    assert_eq!(site.pack.read("java-opts"), b"\n");
    let server = String::from_utf8(site.pack.read("bin/wso2server.sh")).unwrap();
    site.pack.write("bin/wso2server.sh", &server.replace("disableZip64ExtraFieldValidation", "no flag"));
    site.start(&["--wait", "0"]);
    let passed = String::from_utf8(site.pack.read("java-opts")).unwrap();
    assert!(passed.contains("-Djdk.util.zip.disableZip64ExtraFieldValidation=true"), "{passed}");
}

#[test]
fn what_must_be_right_before_a_start_is_checked() {
    let Some(site) = Site::new(0) else { return };
    let pack = &site.pack;
    let jdk = pack.jdk("openjdk version \"1.8.0_392\"");
    let (succeeded, said) = pack.run_in(&["sh"], "start.sh", &[], &[("JAVA_HOME", &jdk)]);
    assert!(!succeeded && said.contains("is JDK 8, but IS 7.2.0 requires JDK 11 to 21."), "{said}");
    // A process of IS, and another process with the same ID after a restart of the machine.
    let mut running = Command::new("sh").args(["-c", "sleep 60; :", "stands for wso2"]).spawn().unwrap();
    pack.write("wso2carbon.pid", &format!("{}{}", running.id(), "\0".repeat(94)));
    let (succeeded, said) = pack.run("start.sh", &["--skip-database"]);
    assert!(!succeeded && said.contains("is already running as process"), "{said}");
    drop(Command::new("pkill").args(["-P", &running.id().to_string()]).status());
    running.kill().unwrap();
    running.wait().unwrap();
    pack.write("wso2carbon.pid", &std::process::id().to_string());
    let (_, said) = site.plays("sleep 30").start(&["--wait", "0"]);
    assert!(said.contains("is not up after 0 s"), "{said}");
    fs::write(pack.home().join("repository/conf/deployment.toml"), "# of another\n").unwrap();
    let (succeeded, said) = pack.run("start.sh", &[]);
    assert!(!succeeded && said.contains("Run ./install.sh first."), "{said}");
    for wrong in [&["--wait", "soon"][..], &["--silence"], &["--nonsense"]] {
        let (succeeded, said) = pack.run("start.sh", wrong);
        assert!(!succeeded && said.contains("start.sh: "), "{said}");
    }
}

/// CXF of 6.0.0 reads this schema from the internet; the pack's own jar contains it under another name.
#[test]
fn the_schema_that_6_0_fetches_is_put_into_the_pack() {
    let mut plan = scenario("ad-kubernetes-6.0");
    // On a platform, no script starts anything.
    plan.draft.set("clustering.scheme", "wka");
    let Some(mut pack) = Site::new(0).and_then(|_| Pack::of_node(&plan, 0)) else { return };
    pack.write("bin/wso2server.sh", "#!/bin/sh\n# A stand-in for IS: nothing starts.\n");
    assert!(pack.run("install.sh", &[]).0);
    let (succeeded, said) = pack.run("start.sh", &["--skip-database", "--wait", "0"]);
    assert!(!succeeded && said.contains("The spring-beans jar is missing"), "{said}");
    let schema = "org/springframework/beans/factory/xml/spring-beans.xsd";
    pack.write(&format!("made/{schema}"), "<schema/>\n");
    pack.write("lib/runtimes/cxf3/README", "");
    let made = Command::new("jar")
        .args(["cf", "lib/runtimes/cxf3/spring-beans-5.3.20.jar", "-C", "made", "org"])
        .current_dir(pack.home())
        .status()
        .unwrap();
    assert!(made.success());
    let (_, said) = pack.run("start.sh", &["--skip-database", "--wait", "0"]);
    assert!(said.contains("Copied spring-beans-2.0.xsd into the pack"), "{said}");
    let put = pack.read("lib/runtimes/cxf3/org/springframework/beans/factory/xml/spring-beans-2.0.xsd");
    assert_eq!(put, b"<schema/>\n");
    let (_, said) = pack.run("start.sh", &["--skip-database", "--wait", "0"]);
    assert!(!said.contains("Copied spring-beans"), "{said}");
    pack = Pack::of("three-nodes-7.2").unwrap();
    assert!(!fs::read_to_string(pack.bundle().join("start.sh")).unwrap().contains("spring-beans"));
}
