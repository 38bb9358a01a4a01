//! MySQL Connector/J itself opens the URLs of generated deployment.toml files, against real servers in every mode of TLS,
//! with the truststore that install.sh wrote and, as IS sets it, with the primary keystore as that of the whole JVM.
//! `OpenUrl.java` in this folder does what IS's pool does; no IS runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use domain::audit::audit;
use domain::finding::Severity;
use domain::product::Version;
use render::certificates::{CertificateRequests, LeafRequest, SigningAuthority, issue};
use tempfile::TempDir;
use testbed::{CONNECTORS, DatabaseServer};

use crate::pack::Pack;
use crate::scenario::{Scenario, scenario};
use crate::world::{Unpacked, has, reveal, ring};

const DEPLOYMENT: &str = "repository/conf/deployment.toml";
const SECURITY: &str = "repository/resources/security";
const OPTION: &str = "&fallbackToSystemKeyStore=false";
/// Characters with a special meaning in TOML, XML and URLs.
const PASSWORD: &str = "Db-s3cret&<of>\\tests";

/// A server with TLS, and the CA that signed its certificate.
struct Secured {
    name: &'static str,
    server: DatabaseServer,
    authority: String,
    _files: Option<TempDir>,
}

/// MySQL with its generated certificates, and `MariaDB` with a separate certificate and the CA of client certificates.
fn secured() -> Vec<Secured> {
    let mysql = testbed::or_report(testbed::mysql()).map(|server| {
        let folder = server.execute("SELECT @@datadir").unwrap();
        // MySQL ends the file with a NUL byte, which is not part of the PEM.
        let pem = fs::read_to_string(Path::new(folder.trim()).join("ca.pem")).unwrap();
        Secured { name: "MySQL", server, authority: pem.trim_end_matches('\0').to_owned(), _files: None }
    });
    let mariadb = || {
        let requests = CertificateRequests {
            trust: SigningAuthority::PrivateAuthority,
            load_balancer: LeafRequest::load_balancer("db.example.com"),
            nodes: Vec::new(),
            hostname: "db.example.com".to_owned(),
        };
        let made = issue(&ring(7), &requests).unwrap();
        let (leaf, authority) = (made.load_balancer.unwrap(), made.authority.unwrap().certificate_pem());
        with_certificate(testbed::mariadb_with, "MariaDB", authority, &leaf.chain_pem(), &reveal(&leaf.key_pem()))
    };
    mysql.into_iter().chain(mariadb()).collect()
}

type Start = fn(&[&str]) -> Result<DatabaseServer, testbed::Unavailable>;

fn with_certificate(start: Start, name: &'static str, authority: String, chain: &str, key: &str) -> Option<Secured> {
    let files = tempfile::tempdir().unwrap();
    let option = |name: &str, text: &str| {
        let path = files.path().join(name);
        fs::write(&path, text).unwrap();
        format!("--ssl-{name}={}", path.display())
    };
    let options = [option("ca", &authority), option("cert", chain), option("key", key)];
    let server = testbed::or_report(start(&options.each_ref().map(String::as_str)))?;
    Some(Secured { name, server, authority, _files: Some(files) })
}

/// Databases and an account on a server, and the plan that names them.
struct World<'s> {
    scenario: Scenario,
    _owned: (Vec<testbed::TestDatabase<'s>>, testbed::TestUser<'s>),
}

fn world(server: &DatabaseServer) -> World<'_> {
    let databases: Vec<_> = (0..3).map(|_| server.create_database("latin1").unwrap()).collect();
    let user = server.create_user("%", PASSWORD).unwrap();
    let mut scenario = scenario("three-nodes-7.2")
        .with("database.host", "127.0.0.1")
        .with("database.port", &server.port().to_string())
        .with("database.username", user.name());
    scenario.secret("database.password", PASSWORD);
    for (database, setting) in databases.iter().zip(["identity_db", "shared_db", "agent_db"]) {
        user.grant("SELECT, INSERT, UPDATE, DELETE", &format!("`{}`.*", database.name())).unwrap();
        scenario = scenario.with(&format!("database.{setting}"), database.name());
    }
    World { scenario, _owned: (databases, user) }
}

/// URL, user and password of each database, as IS has them after its mapper wrote them into XML and its parser read it.
fn logins(deployment: &str) -> Vec<[String; 3]> {
    let file: toml::Table = deployment.parse().unwrap();
    let unescaped = |table: &toml::Value, key: &str| {
        quick_xml::escape::unescape(table[key].as_str().unwrap()).unwrap().into_owned()
    };
    [("database", "identity_db"), ("database", "shared_db"), ("datasource", "AgentIdentity")]
        .map(|(kind, name)| &file[kind][name])
        .map(|table| ["url", "username", "password"].map(|key| unescaped(table, key)))
        .into()
}

/// The result of each login with Connector/J, without and with the keystore of the JVM.
fn open(driver: &Path, home: &Path, deployment: &str, logins: &[[String; 3]]) -> Vec<(String, String)> {
    let file: toml::Table = deployment.parse().unwrap();
    let text = |table: &toml::Value, key: &str| table[key].as_str().unwrap().to_owned();
    let (trust, primary) = (&file["truststore"], &file["keystore"]["primary"]);
    let mut java = Command::new("java");
    java.arg("-XX:TieredStopAtLevel=1").arg("-cp").arg(driver);
    java.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/OpenUrl.java"));
    for store in [trust, primary] {
        java.arg(home.join(SECURITY).join(text(store, "file_name"))).arg(text(store, "password"));
    }
    let output = java.args(logins.iter().flatten()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<(&str, &str)> = said.lines().filter_map(|line| line.split_once('\t')).collect();
    assert_eq!(lines.len(), 2 * logins.len(), "{said}");
    let pairs = lines.chunks(2).map(|pair| {
        assert_eq!((pair[0].0, pair[1].0), ("before", "after"), "{said}");
        (pair[0].1.to_owned(), pair[1].1.to_owned())
    });
    pairs.collect()
}

/// The jars; `None`, after a line that reports it, if one or the JDK is missing.
fn drivers() -> Option<Vec<std::path::PathBuf>> {
    let all = || CONNECTORS.iter().map(|version| testbed::or_report(testbed::connector(version))).collect();
    ["java", "javac"].iter().all(|program| has(program)).then(all)?
}

fn deployment(scenario: &Scenario) -> String {
    Unpacked::of(scenario).ending(DEPLOYMENT).next().unwrap().1.to_owned()
}

/// A pack into which install.sh copied the bundle, with the CA in its truststore.
fn installed(scenario: &Scenario) -> Option<Pack> {
    let pack = Pack::of_scenario(scenario)?;
    let (succeeded, said) = pack.run("install.sh", &[]);
    assert!(succeeded, "{said}");
    Some(pack)
}

#[test]
fn connector_j_opens_every_generated_url_also_with_a_key_store_of_the_jvm() {
    let Some(drivers) = drivers() else { return };
    for Secured { name, server, authority, .. } in &secured() {
        let World { scenario, _owned } = world(server);
        let modes = [
            scenario.clone().with("database.tls", "disabled").with("database.ca_certificate", ""),
            scenario.clone().with("database.tls", "required").with("database.ca_certificate", ""),
            scenario.with("database.tls", "verify-ca").with("database.ca_certificate", authority),
        ];
        let Some(pack) = installed(&modes[2]) else { return };
        let files = modes.each_ref().map(deployment);
        assert_eq!(files[2].as_bytes(), pack.read(DEPLOYMENT), "install.sh wrote another file");
        let logins: Vec<[String; 3]> = files.iter().flat_map(|file| logins(file)).collect();
        for driver in &drivers {
            for ((before, after), [url, ..]) in open(driver, &pack.home(), &files[2], &logins).iter().zip(&logins) {
                assert_eq!((before.as_str(), after.as_str()), ("ok", "ok"), "{name}, {}: {url}", driver.display());
            }
        }
    }
}

/// The purpose of the option (docs/wso2.md): without it, each connection after IS set the keystore is refused.
#[test]
fn without_the_option_the_key_store_of_the_jvm_loses_the_database() {
    let Some(drivers) = drivers() else { return };
    for Secured { name, server, authority, .. } in &secured() {
        let World { scenario, _owned } = world(server);
        let scenario = scenario.with("database.tls", "verify-ca").with("database.ca_certificate", authority);
        let Some(pack) = installed(&scenario) else { return };
        let ours = deployment(&scenario);
        let without = ours.replace(&OPTION.replace('&', "&amp;"), "");
        assert_ne!(ours, without);
        let found = audit(&[("is-1".to_owned(), without.clone())], Version::V7_2_0, &[]);
        let found: Vec<_> = (found.iter())
            .filter(|finding| finding.severity == Severity::Warns)
            .filter_map(|finding| Some(format!("warned {}", finding.check?)))
            .collect();
        assert_eq!(found, ["warned DB-42"; 3]);
        testbed::faults::expect(
            &format!("{name} without the option"),
            "warned DB-42",
            &found[..1],
            domain::sites::take(),
        );
        let [first, ..] = &logins(&without)[..] else { panic!("no login") };
        // Also if TLS is not required: Connector/J uses it by default.
        let preferred = [first[0].replace("sslMode=VERIFY_CA&", ""), first[1].clone(), first[2].clone()];
        assert_ne!(preferred[0], first[0]);
        for driver in &drivers {
            for (before, after) in open(driver, &pack.home(), &ours, &[first.clone(), preferred.clone()]) {
                assert_eq!(before, "ok", "{name}, {}", driver.display());
                assert!(after.contains("Communications link failure"), "{name}, {}: {after}", driver.display());
            }
        }
    }
}

/// Runs `openssl` in a folder.
fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// What MySQL's and `MariaDB`'s documentation creates: `openssl x509 -req` without extensions. Java
/// accepts it in every mode.
#[test]
fn a_certificate_of_version_1_is_taken_and_an_unknown_authority_is_not() {
    let Some(drivers) = drivers().filter(|_| has("openssl")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let subject = "-nodes -newkey rsa:2048 -days 30 -subj";
    openssl(folder.path(), &format!("req -x509 {subject} /CN=Authority -keyout ca-key.pem -out ca.pem"));
    openssl(
        folder.path(),
        &format!("req {subject} /CN=database -keyout key.pem -out request.pem").replace(" -days 30", ""),
    );
    openssl(
        folder.path(),
        "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -set_serial 1 -days 30 -out cert.pem",
    );
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    for (start, name) in [(testbed::mysql_with as Start, "MySQL"), (testbed::mariadb_with, "MariaDB")] {
        let Some(secured) = with_certificate(start, name, text("ca.pem"), &text("cert.pem"), &text("key.pem")) else {
            continue;
        };
        let World { scenario, _owned } = world(&secured.server);
        let checked = scenario.with("database.tls", "verify-ca").with("database.ca_certificate", &secured.authority);
        let unchecked = checked.clone().with("database.tls", "required").with("database.ca_certificate", "");
        let Some(pack) = installed(&checked) else { return };
        let [ours, required] = [&checked, &unchecked].map(deployment);
        let all: Vec<_> = [&ours, &required].into_iter().flat_map(|file| logins(file)).collect();
        for driver in &drivers {
            for (before, after) in open(driver, &pack.home(), &ours, &all) {
                assert_eq!((before.as_str(), after.as_str()), ("ok", "ok"), "{name}, {}", driver.display());
            }
        }
        // The pack's own truststore does not contain the CA.
        assert!(pack.run("rollback.sh", &[]).0);
        pack.write(&format!("{SECURITY}/cluster-primary.p12"), "");
        for (before, _) in open(&drivers[0], &pack.home(), &ours, &logins(&ours)[..1]) {
            assert!(before.contains("CertPathValidatorException"), "{name}: {before}");
        }
    }
}
