//! Faults on the way to the database: names, ports, and other services at the port.

use std::net::Ipv4Addr;
use std::time::Duration;

use domain::check::{CheckId, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::dead_host::DeadHost;
use crate::support::{DATABASE, Plan, closed_port, listen, prepare, serve, wait};

/// Sends one text and reads the response.
async fn send(mut stream: TcpStream, words: &'static [u8]) {
    let _ = stream.write_all(words).await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// Waits for input, answers and closes.
async fn answer(mut stream: TcpStream, words: &'static [u8]) {
    let mut first = [0; 512];
    let _ = stream.read(&mut first).await;
    let _ = stream.write_all(words).await;
}

/// A packet with its header, number 0.
fn packet(payload: &[u8]) -> Vec<u8> {
    [&[u8::try_from(payload.len()).unwrap(), 0, 0, 0], payload].concat()
}

pub(crate) fn greeting(version: &str) -> Vec<u8> {
    let mut payload = vec![10];
    payload.extend_from_slice(version.as_bytes());
    payload.extend_from_slice(b"\0\x01\0\0\0saltsalt\0\xff\xf7\x08\x02\0\xff\x81\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0mysql_native_password\0");
    packet(&payload)
}

#[test]
fn a_name_that_does_not_exist_is_a_fault_of_the_name() {
    let mut plan = Plan::at(3306);
    plan.set("database.host", "db.example.com");
    let run = wait(plan.run(&DATABASE));
    run.fails_alone(CheckId::Db01, "db.example.com does not resolve");
    assert!(run.of(CheckId::Db05).current.starts_with("DB-01 failed: "));
}

#[test]
fn the_resolver_of_the_system_knows_localhost_and_not_the_invalid() {
    use probe::address::{LookupError, Resolver, SystemResolver};
    wait(async {
        assert!(SystemResolver.lookup("localhost".into()).await.unwrap().iter().all(|address| address.is_loopback()));
        // RFC 6761: never exists. Without a name server the machine cannot determine that.
        let unknown = SystemResolver.lookup("no-such-host.invalid".into()).await;
        assert!(matches!(unknown, Err(LookupError::NoSuchName | LookupError::NoAnswer)), "{unknown:?}");
        println!("no-such-host.invalid: {unknown:?}");
    });
}

#[test]
fn a_silent_name_server_is_no_fault_of_the_plan() {
    let mut plan = Plan::at(3306);
    plan.set("database.host", "db.example.com").name_server_is_silent_about("db.example.com");
    wait(plan.run(&DATABASE)).could_not_check(CheckId::Db01, "name server of this server does not answer");
}

#[test]
fn all_addresses_are_listed_and_the_one_that_answers_is_used() {
    wait(async {
        let (_listener, port) = listen().await;
        let mut plan = Plan::at(port);
        plan.set("database.host", "db.example.com")
            .resolves("db.example.com", &["127.9.9.9", "127.0.0.1", "127.0.0.1"]);
        let run = plan.run(&[CheckId::Db01, CheckId::Db02]).await;
        assert_eq!(run.of(CheckId::Db01).current, "127.9.9.9, 127.0.0.1.");
        assert!(run.of(CheckId::Db02).current.starts_with(&format!("127.0.0.1:{port} answers in ")));
    });
}

#[test]
fn addresses_that_must_not_be_dialled_are_not() {
    for address in
        ["169.254.169.254", "169.254.7.7", "fe80::1", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"]
    {
        let mut plan = Plan::at(80);
        plan.set("database.host", "db.example.com").resolves("db.example.com", &[address]);
        let run = wait(plan.run(&DATABASE));
        run.could_not_check(CheckId::Db01, "Clusterwright does not connect to it");
        assert!(run.took < Duration::from_secs(1), "{address} was dialled");
    }
    for address in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "::"] {
        let mut plan = Plan::at(80);
        plan.set("database.host", "db.example.com").resolves("db.example.com", &[address]);
        wait(plan.run(&DATABASE)).fails_alone(CheckId::Db01, "address");
    }
}

#[test]
fn a_closed_port_is_refused() {
    let run = wait(Plan::at(closed_port()).run(&DATABASE));
    let result = run.fails_alone(CheckId::Db02, "connection refused");
    assert!(result.remedy.commands[0].starts_with("ss -ltn"));
}

#[test]
fn a_host_that_drops_everything_costs_one_limit() {
    wait(async {
        let Some(dead) = DeadHost::new().await else { return };
        let run = Plan::at(dead.address.port()).run(&DATABASE).await;
        let result = run.fails_alone(CheckId::Db02, "no answer within 4.7 s");
        assert!(result.current.contains(&dead.address.to_string()));
        assert!(run.took < Duration::from_secs(5), "{:?}", run.took);
    });
}

#[test]
fn other_services_at_the_port_are_named_and_not_quoted() {
    for (bytes, speaks_first, words) in [
        (&b"HTTP/1.1 200 OK\r\nX-Canary: canary\r\n\r\ncanary"[..], false, "an HTTP server"),
        (b"SSH-2.0-canary\r\n", true, "an SSH server"),
        (b"220 canary ESMTP\r\n", true, "a mail or FTP server"),
        (b"-ERR canary\r\n", false, "a Redis server"),
        (b"\x05\0\0\0\x0b\x08\x05\x1a\0", true, "MySQL's X protocol"),
        (b"canary canary", true, "an unknown service"),
        (b"\x15\x03\x01\x00\x02\x02\x46", false, "a TLS server"),
    ] {
        wait(async {
            let port = serve(move |stream| async move {
                if speaks_first { send(stream, bytes).await } else { answer(stream, bytes).await }
            })
            .await;
            let run = Plan::at(port).run(&DATABASE).await;
            run.fails_alone(CheckId::Db03, words);
            assert!(!format!("{:?}", run.events).contains("canary"), "{words} is quoted");
        });
    }
}

#[test]
fn a_port_that_stays_silent_is_named() {
    wait(async {
        let port = serve(|mut stream| async move {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let run = Plan::at(port).run(&DATABASE).await;
        run.fails_alone(CheckId::Db03, "accepts connections and sends nothing");
        assert!(run.took < Duration::from_secs(5), "{:?}", run.took);
    });
}

#[test]
fn a_port_that_closes_at_once_is_named() {
    wait(async {
        let port = serve(|stream| async move { drop(stream) }).await;
        Plan::at(port).run(&DATABASE).await.fails_alone(CheckId::Db03, "closes them");
    });
}

#[test]
fn errors_in_place_of_the_greeting_are_mysql() {
    for (code, text, words) in [
        (
            1130_u16,
            "Host '10.1.2.3' is not allowed to connect to this MariaDB server",
            "no account may connect from 10.1.2.3",
        ),
        (1129, "Host '10.1.2.3' is blocked because of many connection errors", "blocks 10.1.2.3"),
        (1040, "Too many connections", "all connections"),
        (1049, "Unknown database 'x'", "the default database of the account does not exist"),
        (1251, "Client does not support authentication protocol", "cannot load the authentication plugin"),
        (1053, "Server shutdown in progress", "Error 1053: MySQL refuses the login"),
    ] {
        wait(async {
            let refusal: &'static [u8] = packet(&[&[0xff][..], &code.to_le_bytes(), text.as_bytes()].concat()).leak();
            let port = serve(move |stream| send(stream, refusal)).await;
            let run = Plan::at(port).run(&DATABASE).await;
            run.fails_alone(CheckId::Db05, words);
            assert_eq!(run.of(CheckId::Db03).outcome, Outcome::Passed);
            assert!(run.of(CheckId::Db04).current.starts_with("DB-05 failed"));
        });
    }
}

#[test]
fn a_server_that_is_too_old_or_another_database_fails_by_its_version() {
    for (version, words) in [
        ("5.6.51", "MySQL 5.6.51 is too old"),
        ("5.5.5-10.2.44-MariaDB", "MariaDB 10.2.44-MariaDB is too old"),
        ("8.0.11-TiDB-v7.5.1", "TiDB"),
    ] {
        wait(async {
            let words_first: &'static [u8] = greeting(version).leak();
            // It closes the connection in the middle of the login.
            let port = serve(move |mut stream| async move {
                let _ = stream.write_all(words_first).await;
                let _ = stream.read(&mut [0; 512]).await;
            })
            .await;
            let run = Plan::at(port).run(&DATABASE).await;
            run.fails_alone(CheckId::Db04, words);
            assert_eq!(run.of(CheckId::Db05).outcome, Outcome::CouldNotCheck);
        });
    }
}

/// The greeting of an unknown product.
#[test]
fn a_server_of_an_unknown_product_only_warns() {
    wait(async {
        let words: &'static [u8] = greeting("canary").leak();
        let port = serve(move |mut stream| async move {
            let _ = stream.write_all(words).await;
            let _ = stream.read(&mut [0; 512]).await;
        })
        .await;
        Plan::at(port).run(&DATABASE).await.warns_alone(CheckId::Db04, "The server reports its version as");
    });
}

#[test]
fn a_port_that_closes_within_its_greeting_is_named() {
    wait(async {
        let port = serve(|mut stream| async move {
            let _ = stream.write_all(b"\x4a\0").await;
        })
        .await;
        Plan::at(port).run(&DATABASE).await.fails_alone(CheckId::Db03, "an unknown service");
    });
}

#[test]
fn a_server_that_lies_about_lengths_breaks_nothing() {
    wait(async {
        // Enough for the probe to read a version; the client library reads on and finds nothing.
        let short: &'static [u8] = packet(b"\x0a8.0.36\0\x01\0\0\0saltsalt\0\xff\xf7").leak();
        let port = serve(move |stream| send(stream, short)).await;
        Plan::at(port).run(&DATABASE).await.fails_alone(CheckId::Db05, "violated MySQL's protocol");
    });
}

#[test]
fn a_server_that_hangs_in_the_login_is_not_wrong() {
    wait(async {
        let words: &'static [u8] = greeting("8.0.36").leak();
        let port = serve(move |stream| send(stream, words)).await;
        let run = Plan::at(port).run(&DATABASE).await;
        run.could_not_check(CheckId::Db05, "did not answer the login");
        assert_eq!(run.of(CheckId::Db04).outcome, Outcome::Passed);
        assert!(run.took < Duration::from_secs(5), "{:?}", run.took);
    });
}

/// Forwards traffic to `upstream` until a request after the login; from then on nothing.
async fn stalls_after_login(upstream: u16) -> u16 {
    serve(move |client| async move {
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream)).await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            if buffer[..count].windows(6).any(|words| words == b"SELECT" || words == b"SHOW G") {
                let _ = from_client.read_to_end(&mut Vec::new()).await;
                break;
            }
            to_server.write_all(&buffer[..count]).await.unwrap();
        }
        drop(to_server);
        let _ = back.await;
    })
    .await
}

#[test]
fn a_server_that_hangs_after_the_login_is_not_wrong() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let mut prepared = prepare(&server);
    let run = wait(async {
        let port = stalls_after_login(server.port()).await;
        prepared.plan.set("database.port", port).run(&DATABASE).await
    });
    for id in [CheckId::Db11, CheckId::Db17, CheckId::Db30, CheckId::Db37] {
        run.could_not_check(id, "A query after the login failed: no answer within 4 s");
    }
    assert_eq!(run.of(CheckId::Db05).outcome, Outcome::Passed);
    assert_eq!(run.of(CheckId::Db04).outcome, Outcome::Warned, "the greeting tells the version");
    assert!(run.took < Duration::from_millis(5500), "{:?}", run.took);
}
