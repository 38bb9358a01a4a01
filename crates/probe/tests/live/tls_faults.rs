//! TLS to MySQL: offered or not, required or not, with a known CA or not.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use domain::check::{CheckId, Outcome};
use rcgen::{DnType, date_time_ymd};
use testbed::{DatabaseServer, TestAuthority};
use time::OffsetDateTime;

use crate::nodes::serve_tls;
use crate::support::{DATABASE, Plan, now, prepare, wait};

/// The CA that MySQL created at its first start. It ends the file with a NUL, which is not part of the PEM.
fn authority(server: &DatabaseServer) -> String {
    let folder = server.execute("SELECT @@datadir").unwrap();
    let pem = fs::read_to_string(PathBuf::from(folder.trim()).join("ca.pem")).unwrap();
    pem.trim_end_matches('\0').to_owned()
}

#[test]
fn mysql_over_tls_with_and_without_its_ca() {
    let Some(server) = testbed::or_report(testbed::mysql()) else { return };
    let mut prepared = prepare(&server);
    prepared.plan.set("database.tls", "required");
    let run = wait(prepared.plan.run(&DATABASE));
    assert_eq!(run.with(Outcome::Failed), [], "{:#?}", run.results());
    assert!(run.of(CheckId::Db05).current.ends_with("over TLS."));

    prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", authority(&server));
    let run = wait(prepared.plan.run(&DATABASE));
    assert_eq!(run.with(Outcome::Failed), [], "{:#?}", run.results());
    let login = run.of(CheckId::Db05);
    assert!(login.current.ends_with("over TLS with a verified certificate."), "{login:?}");

    let stranger = rcgen::generate_simple_self_signed(vec!["ca.example.com".to_owned()]).unwrap();
    prepared.plan.set("database.ca_certificate", stranger.cert.pem());
    let run = wait(prepared.plan.run(&DATABASE));
    run.fails_alone(CheckId::Db05, "The server certificate was not issued by the CA");
    // The result names the CA and the place of its certificate.
    let login = run.of(CheckId::Db05);
    assert!(login.current.contains("Auto_Generated_CA_Certificate\u{201d}"), "{login:?}");
    assert!(login.remedy.text.contains("ca.pem in its data directory"), "{login:?}");

    // Without a CA in the plan, the nodes must already trust it.
    prepared.plan.set("database.ca_certificate", "");
    let run = wait(prepared.plan.run(&DATABASE));
    run.warns_alone(CheckId::Db05, "Auto_Generated_CA_Certificate\u{201d}, which is not a public CA");
    assert!(run.of(CheckId::Db05).remedy.text.contains("ca.pem in its data directory"), "{:?}", run.of(CheckId::Db05));
}

/// The instructions of MySQL and `MariaDB` create certificates of X.509 version 1: `openssl x509 -req` without extensions.
#[test]
fn a_certificate_of_version_1_is_evaluated_as_java_does() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &str| {
        let output =
            std::process::Command::new("openssl").args(arguments.split(' ')).current_dir(folder.path()).output();
        match output {
            Ok(output) => assert!(output.status.success(), "{arguments}\n{}", String::from_utf8_lossy(&output.stderr)),
            Err(why) => testbed::report_not_run(format!("openssl cannot be had here: {why}")),
        }
    };
    for (name, kind) in [("rsa", "rsa:2048"), ("ec", "ec -pkeyopt ec_paramgen_curve:P-256")] {
        for (with, subject) in [("ca", "/CN=Authority"), ("stranger", "/CN=Authority")] {
            openssl(&format!(
                "req -x509 -nodes -newkey {kind} -days 30 -subj {subject} -keyout {with}-key.pem -out {with}.pem"
            ));
        }
        openssl(&format!("req -nodes -newkey {kind} -subj /CN=database -keyout key.pem -out request.pem"));
        openssl("x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -set_serial 1 -days 365 -out cert.pem");
        let Ok(authority) = fs::read_to_string(folder.path().join("ca.pem")) else { return };
        let stranger = fs::read_to_string(folder.path().join("stranger.pem")).unwrap();
        for start in [testbed::mariadb_with as fn(&[&str]) -> _, testbed::mysql_with] {
            let option = |name: &str, file: &str| format!("--ssl-{name}={}", folder.path().join(file).display());
            let options = [option("ca", "ca.pem"), option("cert", "cert.pem"), option("key", "key.pem")];
            let Some(server) = testbed::or_report(start(&options.each_ref().map(String::as_str))) else { continue };
            let mut prepared = prepare(&server);
            prepared.plan.set("database.tls", "required");
            wait(prepared.plan.run(&DATABASE)).is_healthy();
            prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", &authority);
            let run = wait(prepared.plan.run(&DATABASE));
            assert_eq!(run.of(CheckId::Db05).outcome, Outcome::Passed, "{name}: {:?}", run.of(CheckId::Db05));
            // A CA with the same name and another key.
            prepared.plan.set("database.ca_certificate", &stranger);
            wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "was not issued by the CA");
        }
    }
}

#[test]
fn certificates_are_checked_by_authority_and_date() {
    for (until, problem) in [(2100, None), (2021, Some("has expired"))] {
        let folder = tempfile::tempdir().unwrap();
        let authority = TestAuthority::new();
        // Another name than the address of the connection: verify-ca verifies only the CA.
        let issued = authority.issue(&["db.example.com"], |params| {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        });
        let (certificate_file, key_file) = (folder.path().join("server.pem"), folder.path().join("key.pem"));
        fs::write(&certificate_file, issued.certificate).unwrap();
        fs::write(&key_file, issued.key).unwrap();
        let options =
            [format!("--ssl-cert={}", certificate_file.display()), format!("--ssl-key={}", key_file.display())];
        let Some(server) = testbed::or_report(testbed::mariadb_with(&[&options[0], &options[1]])) else { return };
        let mut prepared = prepare(&server);
        prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", authority.pem());
        let run = wait(prepared.plan.run(&DATABASE));
        match problem {
            Some(words) => drop(run.fails_alone(CheckId::Db05, words)),
            None => assert_eq!(run.of(CheckId::Db05).outcome, Outcome::Passed, "{:?}", run.of(CheckId::Db05)),
        }
        if problem.is_none() {
            let mut plain = prepared.plan.clone();
            plain.set("database.tls", "disabled");
            server.execute("SET GLOBAL require_secure_transport = ON").unwrap();
            wait(plain.run(&DATABASE)).fails_alone(CheckId::Db05, "requires TLS");
        }
        // Without a CA in the plan the nodes' truststores decide.
        prepared.plan.set("database.ca_certificate", "");
        let run = wait(prepared.plan.run(&DATABASE));
        assert!(
            run.of(CheckId::Db05).current.contains("the plan contains no CA certificate"),
            "{:?}",
            run.of(CheckId::Db05)
        );
    }
}

#[test]
fn a_server_without_tls_is_reported_when_the_plan_wants_it() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let mut prepared = prepare(&server);
    prepared.plan.set("database.tls", "required");
    wait(prepared.plan.run(&DATABASE))
        .fails_alone(CheckId::Db05, "The server does not offer TLS, but the plan requires it");
}

#[test]
fn a_server_that_demands_tls_is_reported_when_the_plan_has_none() {
    let Some(server) = testbed::or_report(testbed::mysql_with(&["--require-secure-transport=ON"])) else { return };
    let mut prepared = prepare(&server);
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "Error 3159");
    prepared.plan.set("database.tls", "required");
    assert_eq!(wait(prepared.plan.run(&DATABASE)).with(Outcome::Failed), []);
}

#[test]
fn an_account_that_requires_tls_is_not_taken_for_a_wrong_password() {
    let Some(server) = testbed::or_report(testbed::mysql()) else { return };
    let prepared = prepare(&server);
    server.execute(&format!("ALTER USER {}@'%' REQUIRE SSL", prepared.user.name())).unwrap();
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "or the account requires TLS");
}

#[test]
fn a_tls_server_at_the_port_is_named() {
    wait(async {
        let port = serve_tls("HTTP/1.1 200 OK\r\n\r\ncanary").await;
        let run = Plan::at(port).run(&DATABASE).await;
        run.fails_alone(CheckId::Db03, "a TLS server");
    });
}

/// A server with a certificate of a new CA.
struct WithCertificate {
    _files: tempfile::TempDir,
    server: DatabaseServer,
    authority: String,
}

/// Servers with a certificate that is valid from the first day of the year `from` to the first day of the year `until`.
fn servers_with_certificate(names: &[&str], from: i32, until: i32) -> Vec<WithCertificate> {
    servers_with(names, date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1))
}

fn servers_with(names: &[&str], from: OffsetDateTime, until: OffsetDateTime) -> Vec<WithCertificate> {
    [testbed::mariadb_with as fn(&[&str]) -> _, testbed::mysql_with]
        .into_iter()
        .filter_map(|start| {
            let files = tempfile::tempdir().unwrap();
            let authority = TestAuthority::new();
            let issued = authority.issue(names, |params| {
                params.distinguished_name.push(DnType::CommonName, "database");
                (params.not_before, params.not_after) = (from, until);
            });
            let file = |name: &str, text: &str| {
                let path = files.path().join(name);
                fs::write(&path, text).unwrap();
                path.display().to_string()
            };
            let ca = format!("--ssl-ca={}", file("ca.pem", authority.pem()));
            let cert = format!("--ssl-cert={}", file("cert.pem", &issued.certificate));
            let key = format!("--ssl-key={}", file("key.pem", &issued.key));
            let server = testbed::or_report(start(&[&ca, &cert, &key]))?;
            Some(WithCertificate { _files: files, server, authority: authority.pem().to_owned() })
        })
        .collect()
}

#[test]
fn a_certificate_that_is_right_is_healthy_in_every_mode() {
    for WithCertificate { server, authority, .. } in &servers_with_certificate(&["127.0.0.1"], 2020, 2100) {
        let mut prepared = prepare(server);
        for tls in ["disabled", "required", "verify-ca"] {
            let authority = if tls == "verify-ca" { authority.as_str() } else { "" };
            prepared.plan.set("database.tls", tls).set("database.ca_certificate", authority);
            wait(prepared.plan.run(&DATABASE)).is_healthy();
        }
        // A CA that only the nodes have can be verified only on the nodes.
        prepared.plan.set("database.ca_certificate", "");
        let run = wait(prepared.plan.run(&DATABASE));
        run.could_not_check(CheckId::Db08, "was issued by CAofthetest. Whether the truststores of the nodes");
    }
}

#[test]
fn a_certificate_for_another_name() {
    for WithCertificate { server, authority, .. } in
        &servers_with_certificate(&["db.example.com", "10.0.0.1"], 2020, 2100)
    {
        let mut prepared = prepare(server);
        prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", authority);
        wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db08, "does not name 127.0.0.1");
        prepared.plan.set("database.host", "db.example.com").resolves("db.example.com", &["127.0.0.1"]);
        wait(prepared.plan.run(&DATABASE)).is_healthy();
    }
}

#[test]
fn a_certificate_that_ends_soon() {
    let now = OffsetDateTime::from_unix_timestamp(i64::try_from(now().as_secs()).unwrap()).unwrap();
    let until = now + Duration::from_secs(10 * 24 * 60 * 60 + 3600);
    for WithCertificate { server, authority, .. } in &servers_with(&["127.0.0.1"], date_time_ymd(2020, 1, 1), until) {
        let mut prepared = prepare(server);
        prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", authority);
        wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db08, "expires in 10 days");
    }
}

#[test]
fn a_certificate_that_has_expired() {
    for WithCertificate { server, authority, .. } in &servers_with_certificate(&["127.0.0.1"], 2020, 2021) {
        let mut prepared = prepare(server);
        prepared.plan.set("database.tls", "required");
        wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db08, "expired");
        prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", authority);
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "has expired");
    }
}

#[test]
fn a_certificate_that_is_not_valid_yet() {
    for WithCertificate { server, .. } in &servers_with_certificate(&["127.0.0.1"], 2090, 2100) {
        let mut prepared = prepare(server);
        prepared.plan.set("database.tls", "required");
        wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db08, "is not valid yet");
    }
}

#[test]
fn mysqls_own_certificate_names_no_one() {
    let Some(server) = testbed::or_report(testbed::mysql()) else { return };
    let mut prepared = prepare(&server);
    prepared.plan.set("database.tls", "required");
    wait(prepared.plan.run(&DATABASE)).is_healthy();
    prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", authority(&server));
    wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db08, "does not name 127.0.0.1");
}
