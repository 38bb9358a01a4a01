//! Faults of the plug-ins that check the account's password.

use domain::check::{CheckId, Outcome};

use crate::support::{DATABASE, prepare, wait};

#[test]
fn a_plugin_that_the_server_no_longer_has() {
    let Some(server) = testbed::or_report(testbed::mysql_with(&[])) else { return };
    let prepared = prepare(&server);
    let user = prepared.user.name();
    // As after an upgrade from MySQL 8: the account remains, its plug-in does not.
    for plugin in ["mysql_native_password", "authentication_of_nobody"] {
        server
            .execute(&format!("UPDATE mysql.user SET plugin = '{plugin}' WHERE user = '{user}'; FLUSH PRIVILEGES"))
            .unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        run.fails_alone(CheckId::Db22, "Error 1524");
        assert!(run.of(CheckId::Db05).current.starts_with("DB-22 failed"), "{:?}", run.of(CheckId::Db05));
    }
}

#[test]
fn a_plugin_of_mysql_on_mariadb() {
    let Some(server) = testbed::or_report(testbed::mariadb_with(&[])) else { return };
    let prepared = prepare(&server);
    let user = prepared.user.name();
    server
        .execute(&format!(
            "UPDATE mysql.global_priv SET Priv = JSON_SET(Priv, '$.plugin', 'caching_sha2_password') WHERE User = '{user}'; \
             FLUSH PRIVILEGES"
        ))
        .unwrap();
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db22, "Error 1524");
}

#[test]
fn a_server_without_an_rsa_key_and_a_plan_without_tls() {
    let options = ["private", "public"].map(|kind| format!("--caching-sha2-password-{kind}-key-path=none.pem"));
    let Some(server) = testbed::or_report(testbed::mysql_with(&[&options[0], &options[1]])) else { return };
    let mut prepared = prepare(&server);
    // After the start, no account has logged in, so the server's cache has no password.
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db07, "no RSA key");
    prepared.plan.set("database.tls", "required");
    wait(prepared.plan.run(&DATABASE)).is_healthy();
    // Now it has one, until the next restart.
    prepared.plan.set("database.tls", "disabled");
    let run = wait(prepared.plan.run(&DATABASE));
    run.fails_alone(CheckId::Db07, "only while the password is in the server's cache");
    assert_eq!(run.of(CheckId::Db05).outcome, Outcome::Passed);
}

#[test]
fn the_older_plugin_needs_a_key_as_well() {
    let options = ["private", "public"].map(|kind| format!("--sha256-password-{kind}-key-path=none.pem"));
    let Some(server) = testbed::or_report(testbed::mysql_with(&[&options[0], &options[1]])) else { return };
    let prepared = prepare(&server);
    let (user, password) = (prepared.user.name(), crate::support::PASSWORD);
    server.execute(&format!("ALTER USER {user}@'%' IDENTIFIED WITH sha256_password BY '{password}'")).unwrap();
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db07, "sha256_password without TLS");
}

#[test]
fn a_password_in_clear_text_without_tls() {
    let options = ["--plugin-load-add=auth_pam", "--pam-use-cleartext-plugin=ON"];
    let Some(server) = testbed::or_report(testbed::mariadb_with(&options)) else { return };
    let mut prepared = prepare(&server);
    let name = format!("{}_pam", prepared.user.name());
    server.execute(&format!("CREATE USER {name}@'%' IDENTIFIED VIA pam")).unwrap();
    prepared.plan.set("database.username", &name);
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db07, "clear text");
}
