//! The headers that nodes receive: both generated files in front of stand-ins that return the request.

use std::process::Command;

use crate::front::{StartedBalancer, headers, program};
use crate::scenario::{Scenario, scenario};
use crate::world::has;

/// NGINX 1.22 and 1.30, HAProxy; on 443 and on another port; with every load-balancing method.
const FRONTS: [&str; 6] = [
    "iam-role-5.11",
    "macos-ecs-7.0",
    "three-nodes-7.2",
    "kubernetes-haproxy-7.3",
    "macos-ldap-multicast-5.10",
    "read-only-ldap-aws-6.1",
];

/// Headers with which a client claims another address, another hostname or a certificate.
const FORGED: [(&str, &str); 20] = [
    ("X-Forwarded-For", "203.0.113.66"),
    ("x-forwarded-for", "203.0.113.67"),
    ("X-Forwarded-Host", "forged.example"),
    ("X-Forwarded-Port", "9443"),
    ("X-Forwarded-Proto", "http"),
    ("X-Forwarded-By", "203.0.113.66"),
    ("X-Forwarded-Scheme", "http"),
    ("Forwarded", "for=203.0.113.66;host=forged.example"),
    ("X-Real-IP", "203.0.113.66"),
    ("Proxy-Client-IP", "203.0.113.66"),
    ("WL-Proxy-Client-IP", "203.0.113.66"),
    ("HTTP_X_FORWARDED_FOR", "203.0.113.66"),
    ("HTTP_X_FORWARDED", "203.0.113.66"),
    ("HTTP_X_CLUSTER_CLIENT_IP", "203.0.113.66"),
    ("HTTP_CLIENT_IP", "203.0.113.66"),
    ("HTTP_FORWARDED_FOR", "203.0.113.66"),
    ("HTTP_FORWARDED", "203.0.113.66"),
    ("HTTP_VIA", "203.0.113.66"),
    ("x-wso2-mutual-auth-cert", "forged-certificate"),
    ("X-SSL-CERT", "forged-certificate"),
];

/// The request that the node received, sent with `options`.
pub(crate) fn ask(front: &StartedBalancer, scenario: &Scenario, options: &[&str]) -> String {
    let (hostname, port) = (scenario.plan().load_balancer.hostname, front.running.port());
    let output = Command::new("curl")
        .args(["-sS", "-k", "-m", "10", "--noproxy", "*"])
        .args([
            "--resolve",
            &format!("{hostname}:{port}:127.0.0.1"),
            &format!("https://{hostname}:{port}/oauth2/token"),
        ])
        .args(options)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", scenario.name, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs `test` with each of the balancers that this machine has.
fn with_each_balancer(test: impl Fn(&str, &Scenario, &StartedBalancer)) {
    if !has("curl") {
        return;
    }
    for name in FRONTS {
        let scenario = scenario(name).with("clustering.scheme", "wka");
        let Some(program) = program(&scenario) else { continue };
        let Some(front) = StartedBalancer::start(&program, &scenario) else { continue };
        test(name, &scenario, &front);
    }
}

#[test]
fn no_client_names_itself() {
    with_each_balancer(|name, scenario, front| {
        let balancer = scenario.plan().load_balancer;
        let authority = format!("{}{}", balancer.hostname, balancer.port_suffix);
        let forged: Vec<String> = FORGED.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let mut options: Vec<&str> = forged.iter().flat_map(|header| ["-H", header.as_str()]).collect();
        options.extend(["-H", "Host: forged.example", "-H", "Cookie: kept=1"]);
        for http in ["--http1.1", "--http2"] {
            let got = ask(front, scenario, &[options.as_slice(), &[http]].concat());
            assert!(!got.contains("203.0.113.") && !got.contains("forged"), "{name} {http}: {got}");
            let headers = headers(&got);
            for (header, value) in [
                ("host", authority.as_str()),
                ("x-forwarded-for", "127.0.0.1"),
                ("x-forwarded-host", &authority),
                ("x-forwarded-port", &balancer.https_port.to_string()),
                ("x-forwarded-proto", "https"),
                ("cookie", "kept=1"),
            ] {
                assert_eq!(headers.get(header), Some(&vec![value.to_owned()]), "{name} {http}: {got}");
            }
            let left: Vec<&&str> = (balancer.removed_headers.iter())
                .filter(|header| headers.contains_key(&header.to_ascii_lowercase()))
                .collect();
            assert!(left.is_empty(), "{name} {http}: {left:?} in {got}");
        }
    });
}

/// The HTTP port redirects every browser to the hostname of the plan, independent of the `Host` header.
#[test]
fn the_redirect_is_to_the_hostname() {
    with_each_balancer(|name, scenario, front| {
        let balancer = scenario.plan().load_balancer;
        let output = Command::new("curl")
            .args(["-sS", "-m", "10", "--noproxy", "*", "-o", "/dev/null", "-w", "%{redirect_url}"])
            .args(["-H", "Host: forged.example", &format!("http://127.0.0.1:{}/console?a=b", front.http_port)])
            .output()
            .unwrap();
        let wanted = format!("https://{}{}/console?a=b", balancer.hostname, balancer.port_suffix);
        assert_eq!(String::from_utf8_lossy(&output.stdout), wanted, "{name}");
    });
}

/// NGINX accepts `down` in its file, as INSTALL.md writes it, with every distribution.
#[test]
fn nginx_takes_a_file_with_a_drained_node() {
    for name in ["iam-role-5.11", "macos-ecs-7.0", "three-nodes-7.2", "ad-kubernetes-6.0"] {
        let mut scenario = scenario(name).with("clustering.scheme", "wka");
        let Some(program) = program(&scenario) else { continue };
        while scenario.draft.nodes.len() < 2 {
            let mut row = scenario.draft.nodes[0].clone();
            row.insert("name".to_owned(), "is-9".to_owned());
            row.insert("host".to_owned(), "10.20.0.19".to_owned());
            scenario.draft.nodes.push(row);
        }
        let folder = tempfile::tempdir().unwrap();
        let bundle = crate::world::Unpacked::of(&scenario);
        let text = crate::balancers::rewritten(&bundle, &scenario, folder.path());
        std::fs::write(folder.path().join("is.conf"), text.replacen(" max_fails=", " down max_fails=", 1)).unwrap();
        program.test(folder.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
