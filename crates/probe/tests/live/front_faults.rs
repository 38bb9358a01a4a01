//! TL-05, TL-08, LB-05 and LB-06 through a real NGINX, in front of two stand-ins for IS, which identify themselves.

use std::sync::Arc;
use std::time::Duration;

use domain::check::{CheckId, Outcome};
use rcgen::{Certificate, CertificateParams, DistinguishedName, DnType, KeyPair};
use testbed::RunningBalancer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{Plan, closed_port, serve, wait};

const CHECKS: [CheckId; 4] = [CheckId::Tl05, CheckId::Tl08, CheckId::Lb05, CheckId::Lb06];
const NAME: &str = "login.example.com";

/// The URLs that a stand-in states: as IS does, or not.
#[derive(Clone, Copy, Default)]
struct StatedUrls {
    /// The text after the path of a redirect.
    query: &'static str,
    /// The issuer, unless it is derived from the headers.
    issuer: Option<&'static str>,
    /// The token endpoint, unless it is derived from the headers.
    endpoint: Option<&'static str>,
}

/// A stand-in for a node: like IS, it redirects a browser to Host and X-Forwarded-Host.
async fn stand_in() -> u16 {
    stand_in_with(own(), StatedUrls::default()).await
}

/// A separate certificate, and one with the subject of the certificates in WSO2's packs.
fn own() -> (Certificate, KeyPair) {
    let certified = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).unwrap();
    (certified.cert, certified.signing_key)
}

fn of_the_pack() -> (Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in [
        (DnType::CountryName, "US"),
        (DnType::StateOrProvinceName, "CA"),
        (DnType::LocalityName, "Mountain View"),
        (DnType::OrganizationName, "WSO2"),
        (DnType::CommonName, "localhost"),
    ] {
        params.distinguished_name.push(kind, value);
    }
    (params.self_signed(&key).unwrap(), key)
}

async fn stand_in_with((certificate, key): (Certificate, KeyPair), states: StatedUrls) -> u16 {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut buffer = [0; 2048];
                match stream.read(&mut buffer).await {
                    Ok(count @ 1..) => request.extend_from_slice(&buffer[..count]),
                    _ => return,
                }
            }
            let request = String::from_utf8(request).unwrap();
            let header = |wanted: &str| {
                request.lines().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case(wanted).then(|| value.to_owned())
                })
            };
            let host = header("X-Forwarded-Host").or_else(|| header("Host")).unwrap();
            let scheme = header("X-Forwarded-Proto").unwrap_or_else(|| "https".to_owned());
            let answer = if request.starts_with("GET /oauth2/token/.well-known/openid-configuration ") {
                let own = format!("{scheme}://{host}/oauth2/token");
                let document = format!(
                    r#"{{"canary":"x","token_endpoint":"{}","issuer":"{}"}}"#,
                    states.endpoint.unwrap_or(&own),
                    states.issuer.unwrap_or(&own)
                );
                // In two chunks, as Tomcat may send it.
                let (one, other) = document.split_at(document.len() / 2);
                format!(
                    "HTTP/1.1 200 OK\r\nServer: a stand-in for IS\r\nContent-Type: application/json\r\n\
                     Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{other}\r\n0\r\n\r\n",
                    one.len(),
                    other.len()
                )
            } else {
                format!(
                    "HTTP/1.1 302 Found\r\nServer: a stand-in for IS\r\nLocation: {scheme}://{host}/carbon/admin{}\r\n\
                     Set-Cookie: JSESSIONID=canary; Path=/; Secure\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary",
                    states.query
                )
            };
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// The configuration of the load balancer.
struct Setup {
    distribution: &'static str,
    protocols: &'static str,
    ciphers: &'static str,
    headers: &'static str,
    reported: &'static str,
}

const HEALTHY: Setup = Setup {
    distribution: "ip_hash;",
    protocols: "TLSv1.2 TLSv1.3",
    ciphers: "DEFAULT@SECLEVEL=0",
    headers: "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Host $http_host;",
    reported: "add_header X-Upstream $upstream_addr always;",
};

fn nginx(setup: &Setup, nodes: &[u16]) -> Option<RunningBalancer> {
    nginx_with(own(), setup, nodes)
}

fn nginx_with((certificate, key): (Certificate, KeyPair), setup: &Setup, nodes: &[u16]) -> Option<RunningBalancer> {
    let nginx = testbed::or_report(testbed::nginx("1.22"))?;
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let servers: String = nodes.iter().map(|port| format!("server 127.0.0.1:{port} max_fails=0;")).collect();
    let Setup { distribution, protocols, ciphers, headers, reported } = setup;
    let http = |folder: &std::path::Path, port: u16| {
        format!(
            "upstream nodes {{ {distribution} {servers} }}
             server {{
                 listen 127.0.0.1:{port} ssl;
                 ssl_certificate {folder}/crt; ssl_certificate_key {folder}/key;
                 ssl_protocols {protocols}; ssl_ciphers {ciphers};
                 {reported}
                 location / {{ proxy_pass https://nodes; {headers} }}
             }}",
            folder = folder.display(),
        )
    };
    testbed::or_report(nginx.run_nginx(&[("crt", &certificate), ("key", &key)], http))
}

/// A plan whose load balancer is at `port`, with nodes at these ports.
fn plan(port: u16, nodes: &[u16]) -> Plan {
    let mut plan = Plan::at(3306);
    plan.set("load_balancer.https_port", port);
    for (number, node) in nodes.iter().enumerate() {
        plan.node(&format!("is-{number}"), "127.0.0.1", *node);
    }
    plan
}

#[test]
fn a_healthy_front_passes_and_shows_nothing_of_answers() {
    wait(async {
        let nodes = [stand_in().await, stand_in().await];
        let Some(balancer) = nginx(&HEALTHY, &nodes) else { return };
        let run = plan(balancer.port(), &nodes).run(&CHECKS).await;
        run.is_healthy();
        for id in CHECKS {
            assert_eq!(run.of(id).outcome, Outcome::Passed, "{:?}", run.of(id));
        }
        assert!(!format!("{:?}", run.events).contains("canary"));
    });
}

#[test]
fn what_is_not_there_yet_is_no_fault() {
    wait(async {
        let closed = [closed_port(), closed_port()];
        let run = plan(closed_port(), &closed).run(&CHECKS).await;
        run.finds_nothing();
        run.could_not_check(CheckId::Lb05, "Nothing listens on");
        run.could_not_check(CheckId::Lb06, "Nothing listens on");
        run.could_not_check(CheckId::Tl08, "Nothing listens on");
        run.could_not_check(CheckId::Tl05, "Nothing listens on");
        // The load balancer runs, the nodes do not.
        let Some(balancer) = nginx(&HEALTHY, &closed) else { return };
        let run = plan(balancer.port(), &closed).run(&CHECKS).await;
        run.finds_nothing();
        run.could_not_check(CheckId::Lb05, "no node is running behind it yet");
        run.could_not_check(CheckId::Lb06, "no node is running behind it yet");
    });
}

#[test]
fn each_fault_of_the_front_has_its_own_check() {
    wait(async {
        let nodes = [stand_in().await, stand_in().await];
        let run = async |setup: Setup| {
            let balancer = nginx(&setup, &nodes)?;
            Some(plan(balancer.port(), &nodes).run(&CHECKS).await)
        };
        let missing = Setup { headers: "proxy_redirect off;", ..HEALTHY };
        let Some(reported) = run(missing).await else { return };
        reported.warns_alone(CheckId::Lb05, "redirects browsers to https://nodes");
        let node = Setup { headers: "proxy_set_header Host is-1.internal:9443;", ..HEALTHY };
        run(node).await.unwrap().warns_alone(CheckId::Lb05, "is-1.internal:9443");
        let without_port = Setup { headers: "proxy_set_header Host $host;", ..HEALTHY };
        run(without_port)
            .await
            .unwrap()
            .warns_alone(CheckId::Lb05, "redirects browsers to https://login.example.com instead");
        let plain = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto http;";
        let plain = Setup { headers: plain, ..HEALTHY };
        run(plain).await.unwrap().warns_alone(CheckId::Lb05, "redirects browsers to http://login.example.com");
        let loose = Setup { distribution: "", ..HEALTHY };
        run(loose).await.unwrap().warns_alone(CheckId::Lb06, "reached 2 nodes");
        let old = Setup { protocols: "TLSv1 TLSv1.1 TLSv1.2", ..HEALTHY };
        run(old).await.unwrap().warns_alone(CheckId::Tl08, "accepts TLS 1.0 and TLS 1.1");
        let half = Setup { protocols: "TLSv1.1 TLSv1.3", ..HEALTHY };
        run(half).await.unwrap().warns_alone(CheckId::Tl08, "offers TLS 1.3 and accepts TLS 1.1");
        for ciphers in ["ALL:eNULL:!aNULL:@SECLEVEL=0", "ALL:@SECLEVEL=0"] {
            let broken = Setup { ciphers, ..HEALTHY };
            run(broken).await.unwrap().warns_alone(CheckId::Tl08, "offers TLS 1.3 and accepts broken ciphers");
        }
        let silent = Setup { reported: "", ..HEALTHY };
        run(silent).await.unwrap().could_not_check(CheckId::Lb06, "X-Upstream is missing");
    });
}

/// On Kubernetes and ECS no node has an address to connect to: each check reports it, and none passes.
#[test]
fn a_node_without_an_address_is_not_checked() {
    wait(async {
        let nodes = [stand_in().await, stand_in().await];
        let kubernetes = [
            ("clustering.scheme", "kubernetes"),
            ("clustering.kubernetes_namespace", "identity"),
            ("clustering.kubernetes_services", "wso2is"),
        ];
        let ecs = [
            ("clustering.scheme", "aws-ecs"),
            ("clustering.aws_region", "eu-central-1"),
            ("clustering.ecs_cluster", "login"),
            ("clustering.ecs_tag_value", "stack"),
            ("clustering.ecs_vpc_cidr", "10.0.0.0/16"),
        ];
        for settings in [&kubernetes[..], &ecs[..]] {
            let Some(balancer) = nginx(&HEALTHY, &nodes) else { return };
            let mut plan = plan(balancer.port(), &nodes);
            for (key, text) in settings {
                plan.set(key, text);
            }
            let run = plan.run(&[CheckId::Nd02, CheckId::Tl05, CheckId::Tl08, CheckId::Lb06]).await;
            run.finds_nothing();
            for (id, required) in [
                (CheckId::Nd02, "Every port of the node is free"),
                (CheckId::Tl05, "No certificate of the chain"),
                (CheckId::Tl08, "TLS 1.2"),
            ] {
                for node in ["is-0", "is-1"] {
                    let of_node = |result: &&&domain::check::CheckResult| result.subject.as_deref() == Some(node);
                    let results = run.results();
                    let result = results.iter().filter(|result| result.id == id).find(of_node).unwrap();
                    assert_eq!(result.outcome, Outcome::CouldNotCheck, "{result:?}");
                    assert_eq!(result.current, "The platform assigns the address of this node.");
                    assert!(result.required.starts_with(required), "{result:?}");
                }
            }
            run.could_not_check(CheckId::Lb06, "The platform assigns the addresses");
        }
    });
}

/// The headers are right, but IS names other addresses: within redirects, as its issuer or as an endpoint.
#[test]
fn addresses_within_answers_are_the_clients_too() {
    wait(async {
        let run = async |states: StatedUrls| {
            let node = stand_in_with(own(), states).await;
            let balancer = nginx(&HEALTHY, &[node])?;
            Some(plan(balancer.port(), &[node]).run(&[CheckId::Lb05]).await)
        };
        let with_port = "?redirect_uri=https%3A%2F%2Flogin.example.com%3A9443%2Fconsole";
        let Some(reported) = run(StatedUrls { query: with_port, ..StatedUrls::default() }).await else { return };
        reported.warns_alone(CheckId::Lb05, "redirects browsers to https://login.example.com:9443 instead");
        let of_node =
            StatedUrls { query: "?next=a%253Dhttps%253A%252F%252F127.0.0.1%253A9444%252F", ..StatedUrls::default() };
        run(of_node).await.unwrap().warns_alone(CheckId::Lb05, "redirects browsers to https://127.0.0.1:9444 instead");
        let issuer =
            StatedUrls { issuer: Some("https://login.example.com:9443/oauth2/token"), ..StatedUrls::default() };
        run(issuer).await.unwrap().warns_alone(CheckId::Lb05, "states the issuer https://login.example.com:9443");
        let endpoint =
            StatedUrls { endpoint: Some("https:\\/\\/localhost:9443\\/oauth2\\/token"), ..StatedUrls::default() };
        run(endpoint).await.unwrap().warns_alone(CheckId::Lb05, "an endpoint at https://localhost:9443");
        // The address of another system is no fault of the load balancer.
        let other = StatedUrls { query: "?wreply=https%3A%2F%2Fidp.example.org%3A9443%2F", ..StatedUrls::default() };
        run(other).await.unwrap().is_healthy();
    });
}

/// LB-05 leaves a line for the probes: a distinct path with a forged address, on every node that it reaches.
#[test]
fn a_forged_address_is_sent_for_the_probes_to_find() {
    wait(async {
        let node = stand_in().await;
        let Some(nginx) = testbed::or_report(testbed::nginx("1.22")) else { return };
        let (certificate, key) = own();
        let (certificate, key) = (certificate.pem(), key.serialize_pem());
        let http = |folder: &std::path::Path, port: u16| {
            format!(
                "log_format seen '$http_x_forwarded_for [now] $request'; access_log {folder}/seen.log seen;
                 server {{
                     listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/crt; ssl_certificate_key {folder}/key;
                     location / {{ access_log {folder}/seen.log seen; proxy_pass https://127.0.0.1:{node}; }}
                 }}",
                folder = folder.display(),
            )
        };
        let files = [("crt", certificate.as_str()), ("key", key.as_str())];
        let Some(balancer) = testbed::or_report(nginx.run_nginx(&files, http)) else { return };
        let plan = plan(balancer.port(), &[node, closed_port()]);
        plan.run(&[CheckId::Lb05]).await;
        let file = balancer.folder().join("seen.log");
        let mut seen = String::new();
        // NGINX writes the line of a request after its response.
        let is_written = testbed::wait::until(Duration::from_secs(10), || {
            seen = std::fs::read_to_string(&file).unwrap();
            seen.matches("/clusterwright/").count() >= 2
        });
        assert!(is_written, "{seen}");
        let marked: Vec<&str> = seen.lines().filter(|line| line.contains("/clusterwright/")).collect();
        assert_eq!(marked.len(), 2, "one a node: {seen}");
        let nodes = plan.subject().answers.nodes.clone().unwrap();
        let path = format!("GET /clusterwright/{}/", domain::render_plan::node_table_fingerprint(&nodes));
        assert!(marked.iter().all(|line| line.starts_with("203.0.113.66 [") && line.contains(&path)), "{seen}");
    });
}

/// With one node, no request could have reached another.
#[test]
fn one_node_alone_proves_no_stickiness() {
    wait(async {
        let (running, closed) = (stand_in().await, closed_port());
        let Some(balancer) = nginx(&Setup { distribution: "", ..HEALTHY }, &[running]) else { return };
        let run = plan(balancer.port(), &[running, closed]).run(&[CheckId::Lb06]).await;
        run.could_not_check(CheckId::Lb06, "no other node is known to run");
    });
}

#[test]
fn a_node_that_takes_old_tls_is_reported() {
    wait(async {
        let node = stand_in().await;
        let Some(balancer) = nginx(&HEALTHY, &[node]) else { return };
        let old = nginx(&Setup { protocols: "TLSv1 TLSv1.2", ..HEALTHY }, &[node]).unwrap();
        let run = plan(balancer.port(), &[node, old.port()]).run(&CHECKS).await;
        let reported = run.warns_alone(CheckId::Tl08, "accepts TLS 1.0");
        assert_eq!(reported.subject.as_deref(), Some("is-1"));
        let only_old = nginx(&Setup { protocols: "TLSv1.1", ..HEALTHY }, &[node]).unwrap();
        let run = plan(balancer.port(), &[node, only_old.port()]).run(&CHECKS).await;
        run.warns_alone(CheckId::Tl08, "refuses TLS 1.2 and 1.3 and accepts TLS 1.1");
    });
}

#[test]
fn a_certificate_of_the_pack_is_reported_wherever_it_shows() {
    wait(async {
        let node = stand_in().await;
        let Some(balancer) = nginx(&HEALTHY, &[node]) else { return };
        let stock = stand_in_with(of_the_pack(), StatedUrls::default()).await;
        let run = plan(balancer.port(), &[node, stock]).run(&CHECKS).await;
        let reported = run.warns_alone(CheckId::Tl05, "the certificate of WSO2's packs");
        assert_eq!(reported.subject.as_deref(), Some("is-1"));
        let front = nginx_with(of_the_pack(), &HEALTHY, &[node]).unwrap();
        let run = plan(front.port(), &[node]).run(&CHECKS).await;
        let reported = run.warns_alone(CheckId::Tl05, "Its private key is public");
        assert_eq!(reported.subject.as_deref(), Some("load balancer"));
    });
}
