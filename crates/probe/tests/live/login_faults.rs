//! Logins that fail because of the account's state, the plan's CA certificate or the server's TLS.

use domain::check::{CheckId, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::network_faults::greeting;
use crate::support::{DATABASE, Plan, prepare, serve, servers, wait};

#[test]
fn an_expired_password_is_named() {
    // By default, MariaDB accepts such a login, and refuses its statements.
    for server in [testbed::mariadb_with(&["--disconnect-on-expired-password=ON"]), testbed::mysql()] {
        let Some(server) = testbed::or_report(server) else { continue };
        let prepared = prepare(&server);
        server.execute(&format!("ALTER USER {}@'%' PASSWORD EXPIRE", prepared.user.name())).unwrap();
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "has expired");
    }
}

#[test]
fn an_account_that_has_used_up_its_connections_is_named() {
    for server in servers() {
        let prepared = prepare(&server);
        let limit = format!("ALTER USER {}@'%' WITH MAX_CONNECTIONS_PER_HOUR 1", prepared.user.name());
        server.execute(&limit).unwrap();
        assert_eq!(wait(prepared.plan.run(&[CheckId::Db05])).of(CheckId::Db05).outcome, Outcome::Passed);
        wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "has reached its connection limit");
    }
}

/// PAM uses a dialogue, which no JDBC driver supports.
#[test]
fn a_login_by_dialogue_is_named() {
    let Some(server) = testbed::or_report(testbed::mariadb_with(&["--plugin-load-add=auth_pam"])) else { return };
    let mut prepared = prepare(&server);
    let name = format!("{}_pam", prepared.user.name());
    server.execute(&format!("CREATE USER {name}@'%' IDENTIFIED VIA pam")).unwrap();
    prepared.plan.set("database.username", &name);
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "an authentication plugin without a password");
}

#[test]
fn a_ca_certificate_that_is_none_is_named() {
    let Some(server) = testbed::or_report(testbed::mysql()) else { return };
    let mut prepared = prepare(&server);
    let authority = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    prepared.plan.set("database.tls", "verify-ca").set("database.ca_certificate", authority);
    wait(prepared.plan.run(&DATABASE)).fails_alone(CheckId::Db05, "The CA certificate of the plan cannot be read");
}

/// A server that offers TLS, and answers the handshake with the alert protocol_version.
#[test]
fn a_server_with_old_tls_is_named() {
    wait(async {
        let words = greeting("8.0.36").leak();
        // The flag CLIENT_SSL, which this greeting lacks.
        let flags = words.windows(2).position(|bytes| bytes == [0xff, 0xf7]).unwrap();
        words[flags + 1] |= 0x08;
        let words: &'static [u8] = words;
        let port = serve(move |mut stream| async move {
            let _ = stream.write_all(words).await;
            let _ = stream.read(&mut [0; 36]).await;
            let _ = stream.read(&mut [0; 2048]).await;
            let _ = stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46").await;
        })
        .await;
        let run = Plan::at(port).set("database.tls", "required").run(&DATABASE).await;
        run.fails_alone(CheckId::Db05, "neither TLS 1.2 nor 1.3 with a current cipher");
    });
}
