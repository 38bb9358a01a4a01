//! The binary on an address that other machines reach: TLS, the access token that is printed once, and a new one.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::{Serving, World};

/// All addresses of the machine; the tests use only loopback.
const SERVE: [&str; 7] = ["serve", "--listen", "0.0.0.0", "--port", "0", "--data-dir", "data"];

/// A request over TLS by a client that trusts the server's own certificate; returns the whole response.
fn ask(server: &Serving, certificate: &Path, head: &str, cookie: &str, body: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let configuration = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(configuration), name).unwrap();
    let mut stream = StreamOwned::new(connection, server.connect());
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://localhost:{port}\r\nCookie: {cookie}\r\n\
         Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}",
        port = server.port,
        length = body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The token that a server printed, if any.
fn reported(stdout: &str) -> Option<&str> {
    stdout.lines().find_map(|line| line.strip_prefix("Access token, shown only once: "))
}

#[test]
fn a_remote_client_signs_in_over_tls_with_the_token_that_was_printed_once() {
    let world = World::new();
    let certificate = world.path("data/tls.pem");
    let (ran, _) = Serving::start(world.command(&SERVE, &[])).stop();
    let token = reported(&ran.stdout).unwrap().to_owned();
    assert_eq!(token.len(), 22, "128 bits");
    assert!(ran.stdout.contains("https://localhost:") && ran.stdout.contains("SHA-256"), "{}", ran.stdout);
    assert!(!ran.stderr.contains(&token), "the log has it not");

    let server = Serving::start(world.command(&SERVE, &[("CLUSTERWRIGHT_LOG", "trace")]));
    let refused = ask(&server, &certificate, "GET /", "", "");
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let wrong = ask(&server, &certificate, "POST /login", "", "token=wrong");
    assert!(wrong.starts_with("HTTP/1.1 422"), "{wrong}");
    let signed_in = ask(&server, &certificate, "POST /login", "", &format!("token={token}"));
    assert!(signed_in.starts_with("HTTP/1.1 303"), "{signed_in}");
    let cookie = signed_in.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict"));
    let cookie = cookie.split(';').next().unwrap();
    assert!(ask(&server, &certificate, "GET /", cookie, "").starts_with("HTTP/1.1 200"));

    let new = world.run(&["token", "new", "--data-dir", "data"], &[]).expect(0).stdout;
    assert!(
        ask(&server, &certificate, "GET /", cookie, "").starts_with("HTTP/1.1 401"),
        "the old token's session is over"
    );
    let signed_in = ask(&server, &certificate, "POST /login", "", &format!("token={}", new.trim()));
    assert!(signed_in.starts_with("HTTP/1.1 303"), "{signed_in}");

    let (ran, _) = server.stop();
    assert!(reported(&ran.stdout).is_none(), "{}", ran.stdout);
    assert!(ran.stderr.len() > 1000, "the log was talkative");
    let session = cookie.split_once('=').unwrap().1;
    for secret in [token.as_str(), new.trim(), session] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "a secret of access in the log");
    }
}

#[test]
fn a_token_of_the_configuration_is_not_printed_and_not_replaced() {
    let world = World::new();
    let given = [("CLUSTERWRIGHT_ACCESS_TOKEN", "Access-canary-0123456789")];
    let (ran, _) = Serving::start(world.command(&SERVE, &given)).stop();
    assert!(!ran.stdout.contains("canary") && reported(&ran.stdout).is_none(), "{}", ran.stdout);
    let refused = world.run(&["token", "new", "--data-dir", "data"], &given).expect(3);
    refused.complains(&["access token is set in the configuration"]);
    assert!(!refused.stderr.contains("canary"));
}
