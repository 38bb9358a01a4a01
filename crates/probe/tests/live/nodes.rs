//! ND-02 against free ports, IS, and other programs.

use std::sync::Arc;
use std::time::Duration;

use domain::check::{CheckId, CheckResult, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{Plan, own_loopback, serve, serve_at, wait};

/// A TLS server with a self-signed certificate, which answers every request with `answer`.
pub(crate) async fn serve_tls(answer: &'static str) -> u16 {
    serve_tls_after(Duration::ZERO, answer).await
}

/// The same with a delay before each answer.
pub(crate) async fn serve_tls_after(delay: Duration, answer: &'static str) -> u16 {
    serve_tls_at(("127.0.0.1", 0), delay, answer).await
}

async fn serve_tls_at(place: (&str, u16), delay: Duration, answer: &'static str) -> u16 {
    let certified = rcgen::generate_simple_self_signed(vec!["node.example.com".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve_at(place, move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let _ = stream.read(&mut [0; 2048]).await;
            tokio::time::sleep(delay).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

async fn check(plan: &Plan) -> Vec<CheckResult> {
    plan.run(&[CheckId::Nd02]).await.results().into_iter().cloned().collect()
}

/// How a fault is recorded.
fn reported(result: &CheckResult) -> String {
    let ended = if result.outcome == Outcome::Failed { "failed" } else { "warned" };
    format!("{ended} {}", result.id)
}

#[test]
fn each_node_has_a_result_of_its_own() {
    wait(async {
        let http = serve(|mut stream| async move {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\ncanary").await;
        })
        .await;
        let silent = serve(|mut stream| async move {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        // At addresses of their own no other test's server takes one of their ports.
        let (well, off) = (own_loopback(), own_loopback());
        serve_tls_at((&well, 9443), Duration::ZERO, WELL).await;
        serve_tls_at((&off, 9443), Duration::ZERO, "HTTP/1.1 200 OK\r\n\r\n{\"health\":[]}").await;
        let ill = serve_tls("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"errors\":[{\"code\":\"HC_00001\"}]}").await;
        let other = serve_tls("HTTP/1.1 404 Not Found\r\n\r\ncanary").await;
        // The alert protocol_version.
        let old = serve(|mut stream| async move {
            let _ = stream.read(&mut [0; 2048]).await;
            let _ = stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46").await;
        })
        .await;
        let mut plan = Plan::at(3306);
        plan.resolves("node.example.com", &[well.as_str()]).resolves("metadata.example.com", &["169.254.169.254"]);
        plan.node("free", &own_loopback(), 9443)
            .node("well", "node.example.com", 9443)
            .node("off", &off, 9443)
            .node("ill", "127.0.0.1", ill)
            .node("other", "127.0.0.1", other)
            .node("old", "127.0.0.1", old)
            .node("http", "127.0.0.1", http)
            .node("silent", "127.0.0.1", silent)
            .node("unknown", "unknown.example.com", 9443)
            .node("metadata", "metadata.example.com", 9443);
        let results = check(&plan).await;
        let expected = [
            ("free", Outcome::Passed, "is free"),
            ("well", Outcome::Passed, "IS answers"),
            ("off", Outcome::Passed, "is disabled"),
            ("ill", Outcome::Warned, "unhealthy"),
            ("other", Outcome::Warned, "A TLS server"),
            ("old", Outcome::Warned, "A TLS server that refuses the handshake"),
            ("http", Outcome::Failed, "used by an HTTP server"),
            ("silent", Outcome::Failed, "sends nothing"),
            ("unknown", Outcome::CouldNotCheck, "does not resolve"),
            ("metadata", Outcome::CouldNotCheck, "does not connect to it"),
        ];
        assert_eq!(results.len(), expected.len());
        for (result, (name, outcome, words)) in results.iter().zip(expected) {
            assert_eq!((result.subject.as_deref(), result.outcome), (Some(name), outcome), "{result:?}");
            assert!(result.current.contains(words), "{result:?}");
            match outcome {
                Outcome::Failed => {
                    testbed::faults::expect(words, "failed ND-02", &[reported(result)], domain::sites::take())
                }
                Outcome::Warned => {
                    testbed::faults::expect(words, "warned ND-02", &[reported(result)], domain::sites::take())
                }
                Outcome::Passed | Outcome::CouldNotCheck => {}
            }
        }
        assert!(!format!("{results:?}").contains("canary"));
        let took = |name: &str| results.iter().find(|result| result.subject.as_deref() == Some(name)).unwrap().took_ms;
        assert!(took("free") < took("silent"), "each node has its own time");
    });
}

#[test]
fn sixteen_nodes_are_looked_at_at_once() {
    wait(async {
        let silent = serve(|mut stream| async move {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let mut plan = Plan::at(3306);
        for number in 1..=16 {
            plan.node(&format!("is-{number}"), "127.0.0.1", silent);
        }
        let run = plan.run(&[CheckId::Nd02]).await;
        assert_eq!(run.results().len(), 16);
        assert!(run.took.as_secs_f32() < 5.1, "{:?}", run.took);
    });
}

const WELL: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"health\":[{\"key\":\"a\",\"value\":\"1\"}]}";

/// A node of `version` at a separate loopback address.
fn alone(version: &str, address: &str) -> Plan {
    let mut plan = Plan::at(3306);
    plan.set("product.version", version);
    plan.node("is-1", address, 9443);
    plan
}

async fn speak_first(place: (&str, u16), words: &'static [u8]) {
    serve_at(place, move |mut stream| async move {
        let _ = stream.write_all(words).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
}

/// Before the installation, nothing may listen on any port that IS will open, not only on HTTPS.
#[test]
fn each_port_of_a_node_is_free_before_installation() {
    wait(async {
        let address = own_loopback();
        let result = check(&alone("5.11.0", &address)).await.remove(0);
        assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
        let all = "Free: 9763 (HTTP), 10389 (embedded LDAP), 4000 (Hazelcast), 10711 (Thrift authentication).";
        assert!(result.current.ends_with(all), "{result:?}");
        for (port, purpose) in
            [(9763, "HTTP"), (4000, "Hazelcast"), (10711, "Thrift authentication"), (10389, "embedded LDAP")]
        {
            let address = own_loopback();
            speak_first((&address, port), b"SSH-2.0-OpenSSH_9.2\r\n").await;
            let result = check(&alone("5.11.0", &address)).await.remove(0);
            testbed::faults::expect(purpose, "failed ND-02", &[reported(&result)], domain::sites::take());
            let words = format!("Port {port} ({purpose}) is used by an SSH server, and IS does not run on the node.");
            assert_eq!(result.current, words);
            assert!(result.remedy.commands[0].contains(&format!(":{port}'")), "{result:?}");
            if purpose == "embedded LDAP" {
                let result = check(&alone("7.2.0", &address)).await.remove(0);
                assert_eq!(result.outcome, Outcome::Passed, "7.2 has none: {result:?}");
            }
        }
    });
}

/// While IS runs, its ports count as its own, unless the response is certainly that of another program.
#[test]
fn each_port_of_a_node_is_held_by_is_afterwards() {
    wait(async {
        for (port, words, is_fault) in [
            (4000, &b""[..], false),
            (9763, b"HTTP/1.1 400 Bad Request\r\n\r\n", false),
            (10711, b"HTTP/1.1 400 Bad Request\r\n\r\n", true),
            (4000, b"SSH-2.0-OpenSSH_9.2\r\n", true),
            (9763, b"-ERR unknown command\r\n", true),
        ] {
            let address = own_loopback();
            serve_tls_at((&address, 9443), Duration::ZERO, WELL).await;
            speak_first((&address, port), words).await;
            let result = check(&alone("7.2.0", &address)).await.remove(0);
            if is_fault {
                testbed::faults::expect(
                    &format!("{port}"),
                    "failed ND-02",
                    &[reported(&result)],
                    domain::sites::take(),
                );
                assert!(
                    result.current.contains(&format!("Port {port} (")) && result.current.ends_with("not by IS."),
                    "{result:?}"
                );
            } else {
                assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
                assert!(result.current.contains(&format!(" Used by IS: {port} (")), "{result:?}");
            }
        }
    });
}
