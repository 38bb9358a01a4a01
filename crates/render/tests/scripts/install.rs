//! install.sh and rollback.sh.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use domain::check::{NodeCheck, Outcome};
use domain::inputs::ReadableAnswers;
use domain::node_report::{ReceivedReport, evaluate};

use crate::pack::{DRIVER, JAR, Pack};
use crate::scenario::scenario;

const DEPLOYMENT: &str = "repository/conf/deployment.toml";
/// JDK 17 runs the tests; this version accepts it.
const SCENARIO: &str = "three-nodes-7.2";

/// Runs install.sh; expects that it refuses with `sentence`, and that nothing changed.
fn refuses(pack: &Pack, environment: &[(&str, &str)], sentence: &str) {
    let before = pack.state();
    let (succeeded, said) = pack.run_in(&["sh"], "install.sh", &[], environment);
    assert!(!succeeded && said.contains(sentence), "{said}");
    assert!(said.contains("Nothing was changed."), "{said}");
    assert!(pack.state() == before, "something was changed");
}

#[test]
fn a_dry_run_prints_everything_and_changes_nothing() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let before = pack.state();
    let (succeeded, said) = pack.run("install.sh", &["--dry-run"]);
    assert!(succeeded, "{said}");
    for line in [
        "would replace repository/conf/deployment.toml",
        "would write repository/resources/security/cluster-primary.p12",
        "would write repository/resources/security/node-tls.p12",
        "would add certificate cluster-ca in repository/resources/security/client-truststore.p12",
        "would add certificate database-ca",
        "Dry run: nothing was changed.",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(pack.state() == before);
}

#[test]
fn it_installs_once_and_a_second_run_changes_nothing() {
    for shell in [&["sh"][..], &["bash", "--posix"], &["busybox", "sh"]] {
        let Some(pack) = Pack::of(SCENARIO).filter(|_| crate::world::has(shell[0])) else { continue };
        let (succeeded, said) = pack.run_in(shell, "install.sh", &[], &[]);
        assert!(succeeded, "{shell:?}: {said}");
        for file in [DEPLOYMENT, "repository/resources/security/cluster-primary.p12"] {
            assert!(pack.read(file) == fs::read(pack.bundle().join(file)).unwrap(), "{file}");
            let mode = fs::metadata(pack.home().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        assert_eq!(pack.aliases(), ["cluster-ca", "cluster-primary", "database-ca", "publicca"]);
        let after = pack.state();
        let (succeeded, said) = pack.run_in(shell, "install.sh", &[], &[]);
        assert!(succeeded && said.contains("Everything is already in place. Nothing was changed."), "{said}");
        assert!(pack.state() == after, "{shell:?}: the second run changed something");
        assert!(!pack.home().join("repository/clusterwright-backup/2").exists());
    }
}

#[test]
fn rollback_restores_every_byte_mode_and_time() {
    for shell in [&["sh"][..], &["busybox", "sh"]] {
        let Some(pack) = Pack::of(SCENARIO).filter(|_| crate::world::has(shell[0])) else { continue };
        let before = pack.state();
        assert!(pack.run_in(shell, "install.sh", &[], &[]).0);
        let installed = pack.state();
        let (succeeded, said) = pack.run_in(shell, "rollback.sh", &["--dry-run"], &[]);
        assert!(succeeded && said.contains("would restore repository/conf/deployment.toml"), "{said}");
        assert!(pack.state() == installed);
        let (succeeded, said) = pack.run_in(shell, "rollback.sh", &[], &[]);
        assert!(succeeded, "{said}");
        assert!(pack.state() == before, "something is not as it was");
        let (succeeded, said) = pack.run_in(shell, "rollback.sh", &[], &[]);
        assert!(!succeeded && said.contains("No backup found"), "{said}");
    }
}

#[test]
fn a_changed_bundle_is_installed_over_and_taken_back_in_two_steps() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let before = pack.state();
    assert!(pack.run("install.sh", &[]).0);
    let first = pack.read(DEPLOYMENT);
    let changed = [&first[..], b"# changed\n"].concat();
    fs::write(pack.bundle().join(DEPLOYMENT), &changed).unwrap();
    // Another certificate under an existing alias: the alias is replaced.
    fs::copy(pack.bundle().join("trust/cluster-primary.crt"), pack.bundle().join("trust/cluster-ca.crt")).unwrap();
    refuses(&pack, &[], "The truststore contains a different certificate cluster-ca");
    let (succeeded, said) = pack.run("install.sh", &["--replace-keys"]);
    assert!(succeeded && said.contains("replace certificate cluster-ca"), "{said}");
    assert!(pack.read(DEPLOYMENT) == changed);
    assert_eq!(pack.aliases(), ["cluster-ca", "cluster-primary", "database-ca", "publicca"]);
    assert!(pack.run("rollback.sh", &[]).0);
    assert!(pack.read(DEPLOYMENT) == first);
    assert!(pack.run("rollback.sh", &[]).0);
    assert!(pack.state() == before);
}

#[test]
fn jks_truststores_of_older_versions_work_too() {
    // As on machines: with ECS the bundle has no scripts.
    let Some(pack) = Pack::of_scenario(&scenario("macos-ecs-7.0").with("clustering.scheme", "wka")) else { return };
    let (succeeded, said) = pack.run("install.sh", &[]);
    assert!(succeeded, "{said}");
    assert_eq!(pack.aliases(), ["cluster-ca", "cluster-primary", "publicca"]);
    assert!(pack.truststore.ends_with(".jks"));
}

#[test]
fn every_certificate_of_a_file_gets_an_alias() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let file = pack.bundle().join("trust/database-ca.crt");
    let one = fs::read_to_string(&file).unwrap();
    let other = fs::read_to_string(pack.bundle().join("trust/cluster-primary.crt")).unwrap();
    fs::write(&file, format!("{one}{}", other.replace('\n', "\r\n"))).unwrap();
    let (succeeded, said) = pack.run("install.sh", &[]);
    assert!(succeeded, "{said}");
    assert_eq!(pack.aliases(), ["cluster-ca", "cluster-primary", "database-ca", "database-ca-2", "publicca"]);
    assert!(pack.run("install.sh", &[]).1.contains("Nothing was changed."));
}

#[test]
fn an_existing_certificate_is_not_changed() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    pack.import("cluster-ca", &pack.bundle().join("trust/cluster-ca.crt"), "PKCS12");
    let (succeeded, said) = pack.run("install.sh", &[]);
    assert!(succeeded && !said.contains("certificate cluster-ca "), "{said}");
}

#[test]
fn another_version_stops() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    pack.write("bin/version.txt", "WSO2 Identity Server v7.1.0\n");
    refuses(&pack, &[], "contains Identity Server 7.1.0, but this bundle is for 7.2.0.");
    pack.write("bin/version.txt", "something\n");
    refuses(&pack, &[], "Cannot find the version of Identity Server");
    // A pack with an update level has the same version.
    pack.write("bin/version.txt", "WSO2 Identity Server v7.2.0.14\n");
    assert!(pack.run("install.sh", &["--dry-run"]).0);
    // Packs contain the version in one file or the other.
    pack.remove("bin/version.txt");
    pack.write("bin/wso2carbon-version.txt", "WSO2 Identity Server v7.2.0\n");
    assert!(pack.run("install.sh", &["--dry-run"]).0);
}

#[test]
fn another_jdk_stops() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    for (line, feature) in [
        ("openjdk version \"1.8.0_392\"", "JDK 8"),
        ("openjdk version \"22\" 2024-03-19", "JDK 22"),
        ("openjdk version \"10.0.2\" 2018-07-17", "JDK 10"),
    ] {
        let jdk = pack.jdk(line);
        refuses(&pack, &[("JAVA_HOME", &jdk)], &format!("is {feature}, but IS 7.2.0 requires JDK 11 to 21."));
    }
    for line in
        ["openjdk version \"11.0.2\" 2019-01-15", "java version \"21\" 2023-09-19 LTS", "openjdk version \"21-ea\""]
    {
        let jdk = pack.jdk(line);
        let (succeeded, said) = pack.run_in(&["sh"], "install.sh", &["--dry-run"], &[("JAVA_HOME", &jdk)]);
        assert!(succeeded, "{line}: {said}");
    }
    refuses(&pack, &[("JAVA_HOME", "/nowhere")], "does not run. Install JDK 11 to 21");
}

#[test]
fn no_driver_and_two_drivers_stop() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    pack.remove(DRIVER);
    refuses(&pack, &[], "The MySQL driver is missing. Copy one mysql-connector-j-VERSION.jar");
    pack.write(DRIVER, JAR);
    // The bundle that IS creates from the jar in lib at each start is the same driver.
    pack.write("repository/components/dropins/mysql_connector_j_9.3.0_1.0.0.jar", "made from it\n");
    assert!(pack.run("install.sh", &["--dry-run"]).0);
    // The bundle of an earlier jar is a second driver.
    pack.write("repository/components/dropins/mysql_connector_j_8.2.0_1.0.0.jar", "stale\n");
    refuses(
        &pack,
        &[],
        "IS may load the older one: lib/mysql-connector-j-9.3.0.jar dropins/mysql_connector_j_8.2.0_1.0.0.jar",
    );
    pack.remove("repository/components/dropins/mysql_connector_j_8.2.0_1.0.0.jar");
    pack.write("repository/components/lib/mysql-connector-java-8.0.28.jar", "another\n");
    refuses(&pack, &[], "mysql-connector-java-8.0.28.jar");
    pack.remove("repository/components/lib/mysql-connector-java-8.0.28.jar");
    pack.remove(DRIVER);
    pack.remove("repository/components/dropins/mysql_connector_j_9.3.0_1.0.0.jar");
    pack.write("repository/components/dropins/mysql-connector-j-9.3.0.jar", JAR);
    assert!(pack.run("install.sh", &["--dry-run"]).0);
}

/// install.sh and DB-41 evaluate a driver by the same rule.
#[test]
fn a_driver_that_does_not_fit_stops_or_is_noted_as_db_41_reports() {
    let lib = "repository/components/lib";
    let without_class = JAR.replace("cj/jdbc", "jdbc");
    let broken_off = JAR.replace("PK\u{5}\u{6}", "");
    // The message of install.sh, and that of the check.
    let no_jar = ["is not a complete jar file", "is not a jar"];
    let cases: [(&str, &str, bool, Outcome, [&str; 2]); 11] = [
        ("mysql-connector-j-9.3.0.jar", JAR, true, Outcome::Passed, ["mysql-connector-j-9.3.0.jar"; 2]),
        ("mysql-connector-j-9.3.0.jar", "<html>404</html>\n", true, Outcome::Failed, no_jar),
        ("mysql-connector-j-9.3.0.jar", "", true, Outcome::Failed, no_jar),
        ("mysql-connector-j-9.3.0.jar", &broken_off, true, Outcome::Failed, no_jar),
        ("mysql-connector-j-9.3.0.jar", &without_class, true, Outcome::Failed, ["is too old"; 2]),
        ("mysql-connector-java-5.1.44.jar", JAR, true, Outcome::Failed, ["is too old"; 2]),
        ("mysql-connector-java-8.0.11.jar", JAR, true, Outcome::Failed, ["fallbackToSystemKeyStore"; 2]),
        ("mysql-connector-java-8.0.11.jar", JAR, false, Outcome::Warned, ["is older than 8.2.0"; 2]),
        ("mysql-connector-java-8.0.22.jar", JAR, true, Outcome::Warned, ["is older than 8.2.0"; 2]),
        ("mysql.jar", JAR, true, Outcome::Warned, ["contains no version", "has no version in its name"]),
        ("com.mysql.cj_9.3.0.jar", JAR, true, Outcome::Passed, ["com.mysql.cj_9.3.0.jar"; 2]),
    ];
    let plain = scenario(SCENARIO).with("database.tls", "disabled").with("database.ca_certificate", "");
    let scenarios = [scenario(SCENARIO), plain];
    let (Some(with_tls), Some(without)) = (Pack::of_scenario(&scenarios[0]), Pack::of_scenario(&scenarios[1])) else {
        return;
    };
    for pack in [&with_tls, &without] {
        pack.remove(DRIVER);
    }
    for (file, jar, uses_tls, outcome, [words, finding]) in cases {
        let (scenario, pack) = if uses_tls { (&scenarios[0], &with_tls) } else { (&scenarios[1], &without) };
        pack.write(&format!("{lib}/{file}"), jar);
        let (succeeded, said) = pack.run("install.sh", &["--dry-run"]);
        assert_eq!(succeeded, outcome != Outcome::Failed, "{file}: {said}");
        assert!(said.contains(words), "{file}: {words}\n{said}");
        assert_eq!(said.contains("  NOTE: "), outcome == Outcome::Warned, "{file}: {said}");

        let (_, said) = pack.run("probe.sh", &[]);
        let (answers, _) = ReadableAnswers::read(&scenario.draft, &scenario.secrets);
        let received = ReceivedReport { at: 0, report: crate::probe::report(&said) };
        let results = evaluate(NodeCheck::Db41, &answers, &[received]);
        let result = results.into_iter().find(|result| result.subject.is_some()).unwrap();
        assert!(result.outcome == outcome && result.current.contains(finding), "{file}: {result:?}");
        pack.remove(&format!("{lib}/{file}"));
    }
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    pack.remove(DRIVER);
    pack.write("bin/version.txt", "WSO2 Identity Server v5.11.0\n");
    fs::remove_file(pack.bundle().join(DEPLOYMENT)).unwrap();
    let jdk = pack.jdk("openjdk version \"1.8.0_392\"");
    let before = pack.state();
    let (succeeded, said) = pack.run_in(&["sh"], "install.sh", &[], &[("JAVA_HOME", &jdk)]);
    assert!(!succeeded && said.contains("Problems found: 4."), "{said}");
    for part in [
        "This folder is incomplete: repository/conf/deployment.toml is missing",
        "5.11.0",
        "JDK 8",
        "The MySQL driver is missing",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(pack.state() == before);
}

#[test]
fn a_folder_that_is_no_pack_and_a_truststore_that_does_not_open_stop() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    pack.write(&pack.truststore.clone(), "no key store\n");
    refuses(&pack, &[], "with the default password of the pack");
    fs::remove_dir_all(pack.home()).unwrap();
    fs::create_dir(pack.home()).unwrap();
    refuses(&pack, &[], "is not an unpacked IS pack. Unpack wso2is-7.2.0.zip there");
    let (succeeded, said) = pack.run("install.sh", &["--dryrun"]);
    assert!(!succeeded && said.contains("Unknown option --dryrun."), "{said}");
}

#[test]
fn a_file_of_trust_that_is_no_certificate_stops() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let file = pack.bundle().join("trust/database-ca.crt");
    let whole = fs::read_to_string(&file).unwrap();
    let outline = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ29sb3Vy\n-----END CERTIFICATE-----\n";
    fs::write(&file, format!("{whole}{outline}")).unwrap();
    refuses(&pack, &[], "Cannot read certificate 2 in trust/database-ca.crt.");
    fs::write(&file, "").unwrap();
    refuses(&pack, &[], "trust/database-ca.crt contains no certificate.");
}

#[test]
fn a_keytool_that_fails_in_the_middle_and_a_full_disk_change_nothing() {
    let Some(pack) = Pack::of(SCENARIO) else { return };
    let jdk = pack.jdk("openjdk version \"21\"");
    fs::write(
        Path::new(&jdk).join("bin/keytool"),
        "#!/bin/sh\n# The real one, but for one certificate\ncase $* in *importcert*database-ca*) exit 1 ;; esac\nexec keytool \"$@\"\n",
    )
    .unwrap();
    refuses(&pack, &[("JAVA_HOME", &jdk)], "keytool cannot add database-ca.");
    // A cp that fails at the last file simulates a full disk.
    let tools = pack.bundle().join("tools");
    fs::create_dir(&tools).unwrap();
    let cp = tools.join("cp");
    fs::write(&cp, "#!/bin/sh\ncase $* in *truststore*/.clusterwright.*) exit 1 ;; esac\nexec /bin/cp \"$@\"\n")
        .unwrap();
    fs::set_permissions(&cp, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let before = pack.state();
    let (succeeded, said) = pack.run_in(&["sh"], "install.sh", &[], &[("PATH", &path)]);
    assert!(!succeeded, "{said}");
    assert!(pack.state() == before, "{said}");
}
