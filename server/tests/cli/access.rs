//! The binary on an address that other machines reach: TLS, the access token that is printed once, and its renewal.

use std::path::Path;
use std::sync::Arc;

use testbed::http::{TestRequest, TestResponse, Transport as _, exchange};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::{Serving, World};

/// All addresses of the machine; the tests connect to loopback.
const SERVE: [&str; 7] = ["serve", "--listen", "0.0.0.0", "--port", "0", "--data-dir", "data"];

fn serve(world: &World, environment: &[(&str, &str)]) -> Serving {
    Serving::start(world.command(&SERVE, environment))
}

/// Sends a request over TLS, as a client that trusts the server's certificate.
fn send(server: &Serving, certificate: &Path, request: TestRequest) -> TestResponse {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let configuration = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(configuration), name).unwrap();
    let authority = server.transport().authority();
    let request = request.header("host", &authority).header("origin", &format!("https://{authority}"));
    exchange(StreamOwned::new(connection, server.connect()), &request).unwrap()
}

fn sign_in(server: &Serving, certificate: &Path, token: &str) -> TestResponse {
    send(server, certificate, TestRequest::post("/login").form(&[("token", token)]))
}

/// The access token that a server printed, if any.
fn reported(stdout: &str) -> Option<&str> {
    stdout.lines().find_map(|line| line.strip_prefix("Access token, shown only once: "))
}

#[test]
fn a_remote_client_signs_in_over_tls_with_the_token_that_was_printed_once() {
    let world = World::new();
    let certificate = world.path("data/tls.pem");
    let (ran, _) = serve(&world, &[]).stop();
    let token = reported(&ran.stdout).unwrap().to_owned();
    assert_eq!(token.len(), 22, "128 bits");
    assert!(ran.stdout.contains("https://localhost:") && ran.stdout.contains("SHA-256"), "{}", ran.stdout);
    assert!(!ran.stderr.contains(&token), "the log does not contain it");

    let server = serve(&world, &[("CLUSTERWRIGHT_LOG", "trace")]);
    let start_page = |cookie: &str| send(&server, &certificate, TestRequest::get("/").cookie(cookie)).status;
    assert_eq!(start_page(""), 401);
    assert_eq!(sign_in(&server, &certificate, "wrong").status, 422);
    let signed_in = sign_in(&server, &certificate, &token);
    assert_eq!(signed_in.status, 303, "{}", signed_in.text());
    for attribute in ["; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(signed_in.set_cookie.contains(attribute), "{attribute}: {}", signed_in.set_cookie);
    }
    assert_eq!(start_page(&signed_in.cookie), 200);

    let new = world.run(&["token", "new", "--data-dir", "data"], &[]).expect(0).stdout;
    assert_eq!(start_page(&signed_in.cookie), 401, "the session of the old token has ended");
    assert_eq!(sign_in(&server, &certificate, new.trim()).status, 303);

    let (ran, _) = server.stop();
    assert!(reported(&ran.stdout).is_none(), "{}", ran.stdout);
    assert!(ran.stderr.len() > 1000, "the log was talkative");
    let session = signed_in.cookie.split_once('=').unwrap().1;
    for secret in [token.as_str(), new.trim(), session] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "the output contains a secret");
    }
}

#[test]
fn a_token_of_the_configuration_is_not_printed_and_not_replaced() {
    let world = World::new();
    let given = [("CLUSTERWRIGHT_ACCESS_TOKEN", "Access-canary-0123456789")];
    let (ran, _) = serve(&world, &given).stop();
    assert!(!ran.stdout.contains("canary") && reported(&ran.stdout).is_none(), "{}", ran.stdout);
    let refused = world.run(&["token", "new", "--data-dir", "data"], &given).expect(3);
    refused.complains(&["access token is set in the configuration"]);
    assert!(!refused.stderr.contains("canary"));
}
