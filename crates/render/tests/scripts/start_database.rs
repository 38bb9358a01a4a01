//! start.sh and the database of all nodes: real servers and the real driver, with a stand-in for IS.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use testbed::DatabaseServer;

use crate::pack::DRIVER;
use crate::scenario::Scenario;
use crate::start::{ELECTED, JOINED, STARTED, Site, on_this_machine};

const PASSWORD: &str = "start's \"p\" & <w>";

/// The databases of a cluster with the tables that start.sh inspects, as WSO2's scripts create them, and its two nodes.
struct Cluster<'s> {
    server: &'s DatabaseServer,
    scenario: Scenario,
    ports: [u16; 2],
    mark: String,
}

impl<'s> Cluster<'s> {
    fn new(server: &'s DatabaseServer, mark: &str, tls: &str) -> Self {
        let (mut scenario, ports) = on_this_machine();
        let mark = format!("{mark}_{}", std::process::id());
        for (key, text) in [
            ("product.version", "7.1.0"),
            ("database.host", server.host().to_string().as_str()),
            ("database.port", server.port().to_string().as_str()),
            ("database.tls", tls),
            ("database.ca_certificate", ""),
            ("database.shared_db", &format!("s_{mark}")),
            ("database.identity_db", &format!("i_{mark}")),
            ("database.username", &format!("u_{mark}")),
        ] {
            scenario.draft.set(key, text);
        }
        scenario.secret("database.password", PASSWORD);
        let tables = ["UM_DOMAIN", "UM_HYBRID_ROLE", "UM_ROLE", "UM_USER"]
            .map(|table| format!("CREATE TABLE s_{mark}.{table} (ID INT);"))
            .concat();
        let password = PASSWORD.replace('\'', "''");
        server
            .execute(&format!(
                "CREATE DATABASE s_{mark}; CREATE DATABASE i_{mark}; {tables} CREATE USER 'u_{mark}'@'%' IDENTIFIED BY '{password}';
                 GRANT SELECT, INSERT, UPDATE, DELETE ON s_{mark}.* TO 'u_{mark}'@'%'; GRANT SELECT ON i_{mark}.* TO 'u_{mark}'@'%';"
            ))
            .unwrap();
        Self { server, scenario, ports, mark }
    }

    fn node(&self, row: usize) -> Option<Site> {
        let jar = testbed::or_report(testbed::connector("9.3.0"))?;
        let site = Site::of(&self.scenario, self.ports, row)?;
        fs::copy(jar, site.pack.home().join(DRIVER)).unwrap();
        Some(site)
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        let mark = &self.mark;
        drop(
            self.server.execute(&format!("DROP DATABASE s_{mark}; DROP DATABASE i_{mark}; DROP USER 'u_{mark}'@'%';")),
        );
    }
}

fn servers() -> Vec<DatabaseServer> {
    [testbed::mariadb(), testbed::mysql()].into_iter().filter_map(testbed::or_report).collect()
}

/// A stand-in that fills databases: it detects another one that does so at the same time.
fn filling(folder: &str, elected: &str) -> String {
    format!(
        "if mkdir '{folder}/filling'; then sleep 4; rmdir '{folder}/filling'; else touch '{folder}/damaged'; fi
log '{JOINED}'; {elected}log '{STARTED}'; serve ok"
    )
}

/// Two simultaneous first starts hang, or damage the database while both report success.
#[test]
fn two_first_starts_at_once_run_one_after_the_other() {
    for server in servers() {
        let cluster = Cluster::new(&server, "start2", "disabled");
        let (Some(one), Some(two)) = (cluster.node(0), cluster.node(1)) else { return };
        let folder = tempfile::tempdir().unwrap();
        let shown = folder.path().to_str().unwrap();
        // The node that gets the lock is elected.
        let elected = format!("if mkdir '{shown}/elected' 2>/dev/null; then log '{ELECTED}'; fi; ");
        for site in [&one, &two] {
            site.plays(&filling(shown, &elected));
        }
        let start = |site: &Site| site.pack.run("start.sh", &["--quiet", "0", "--may-be-first"]);
        let said =
            thread::scope(|scope| [&one, &two].map(|site| scope.spawn(|| start(site))).map(|run| run.join().unwrap()));
        for (succeeded, text) in &said {
            assert!(*succeeded && text.contains("this is the first start of the cluster"), "{text}");
        }
        assert!(said.iter().any(|(_, text)| text.contains("Waiting: the node at ")), "{said:?}");
        assert!(!folder.path().join("damaged").exists(), "two nodes filled the databases at once");
    }
}

/// A killed start.sh leaves an IS that still fills the databases.
#[test]
fn no_node_starts_while_another_still_fills_the_databases() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let cluster = Cluster::new(&server, "startk", "disabled");
    let (Some(one), Some(two)) = (cluster.node(0), cluster.node(1)) else { return };
    one.plays("log 'INFO {x} - filling'; sleep 600");
    two.plays(&format!("log '{JOINED}'; log '{STARTED}'; serve ok"));
    let mut first = Command::new("sh")
        .args([one.pack.bundle().join("start.sh").to_str().unwrap(), "--home", one.pack.home().to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let has_started = || one.pack.home().join("wso2carbon.pid").exists();
    assert!(testbed::wait::until(Duration::from_secs(60), has_started));
    first.kill().unwrap();
    first.wait().unwrap();
    let said = thread::scope(|scope| {
        let second = scope.spawn(|| two.pack.run("start.sh", &["--quiet", "0"]));
        // Longer than it takes to log in and to start.
        thread::sleep(Duration::from_secs(15));
        let has_waited = !second.is_finished() && !two.pack.home().join("java-opts").exists();
        one.end();
        (has_waited, second.join().unwrap())
    });
    assert!(said.0 && said.1.0 && said.1.1.contains("Waiting: the node at "), "{said:?}");
}

/// Problems that IS would report only after its complete start, or never.
#[test]
fn a_login_that_fails_is_reported_before_anything_starts() {
    for server in servers() {
        let cluster = Cluster::new(&server, "startl", "disabled");
        let Some(site) = cluster.node(0) else { return };
        site.plays("sleep 60");
        let file = "repository/conf/deployment.toml";
        let good = String::from_utf8(site.pack.read(file)).unwrap();
        let mark = &cluster.mark;
        for (from, to, expected) in [
            ("start's", "stops", ["Access denied for user", "run database/grants.sql"]),
            (&*format!("/i_{mark}?"), "/none?", ["to database 'none'", "Grant the account its privileges"]),
            ("127.0.0.1", "no-such-host.invalid", ["cannot resolve no-such-host.invalid", "DNS of this node"]),
            (&*format!("{}/s_", server.port()), "1/s_", ["refused", "Start the database"]),
            ("start's", "$secret{it}", ["is a reference that only IS can resolve", "--skip-database"]),
        ] {
            site.pack.write(file, &good.replace(from, to));
            let (succeeded, said) = site.pack.run("start.sh", &[]);
            assert!(!succeeded && expected.iter().all(|text| said.contains(text)), "{from} -> {to}: {said}");
            assert!(said.contains("Nothing was started.") && !said.contains("\"p\""), "{said}");
        }
        assert!(!site.pack.home().join("java-opts").exists());
        site.pack.write(file, &good);
        server.execute(&format!("DROP TABLE s_{mark}.UM_DOMAIN")).unwrap();
        let (succeeded, said) = site.pack.run("start.sh", &[]);
        assert!(
            !succeeded && said.contains("does not contain the tables of IS") && said.contains("database/load.sh"),
            "{said}"
        );
    }
}

/// A node that was started without start.sh has no lock, but its connections are found.
#[test]
fn a_first_start_next_to_a_node_that_was_started_otherwise_is_refused() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let cluster = Cluster::new(&server, "starto", "disabled");
    let Some(site) = cluster.node(0) else { return };
    site.plays("sleep 60");
    let account = format!("u_{}", cluster.mark);
    let mut by_hand = server
        .tcp_client(server.port())
        .args(["-u", &account, &format!("-p{PASSWORD}"), "-e", "SELECT SLEEP(90)", &format!("s_{}", cluster.mark)])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (succeeded, said) = site.pack.run("start.sh", &[]);
    by_hand.kill().unwrap();
    by_hand.wait().unwrap();
    assert!(
        !succeeded && said.contains("A node that was started without start.sh may be initializing them."),
        "{said}"
    );
}

/// IS sets a keystore for its JVM. A server with a CA refuses its certificate: after the start, and permanently.
#[test]
fn a_url_that_sends_the_key_store_of_the_jvm_is_refused_before_the_start() {
    let Some(server) = testbed::or_report(testbed::mysql()) else { return };
    let cluster = Cluster::new(&server, "startf", "required");
    let Some(site) = cluster.node(0) else { return };
    site.plays(&format!("log '{JOINED}'; log '{ELECTED}'; log '{STARTED}'; serve ok"));
    let (succeeded, said) = site.pack.run("start.sh", &["--quiet", "0"]);
    assert!(succeeded, "{said}");
    site.end();
    let file = "repository/conf/deployment.toml";
    let text = String::from_utf8(site.pack.read(file)).unwrap();
    site.pack.write(file, &text.replace("&amp;fallbackToSystemKeyStore=false", ""));
    let (succeeded, said) = site.pack.run("start.sh", &["--quiet", "0"]);
    assert!(!succeeded && said.contains("Add fallbackToSystemKeyStore=false to the url of [database."), "{said}");
}
