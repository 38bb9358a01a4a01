//! LB-04: the version supports every generated directive. Also: ports that IS uses on the same machine.

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, Severity, found};
use crate::load_balancer_versions::{MIN_HAPROXY, MIN_NGINX, MIN_NGINX_HTTP2_DIRECTIVE, MIN_NGINX_STICKY_COOKIE};
use crate::ports;
use crate::product::Version;
use crate::sites::reported;
use crate::step::Step;
use crate::steps::{ClusterNode, LoadBalancer, LoadBalancerKind, LoadBalancingMethod, keys};
use crate::value::Value;
use crate::values::LoadBalancerVersion;

pub(super) fn check_load_balancer(
    balancer: &LoadBalancer,
    nodes: Option<&[ClusterNode]>,
    version_of_is: Option<Version>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = balancer.version;
    let (oldest, product) = min_version(balancer.kind);
    if is_of_other_product(balancer.kind, version) {
        findings.push(found(
            CheckId::Lb04,
            FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.version),
            format!("{product} {} does not exist.", version.text()),
            format!("Enter the output of {} -v.", balancer.kind.value()),
        ));
    } else if version < oldest {
        findings.push(found(
            CheckId::Lb04,
            FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.version),
            format!(
                "{product} {} is older than {}, the oldest version that the files support.",
                version.text(),
                oldest.text()
            ),
            format!("Install {product} {} or later and enter its version.", oldest.text()),
        ));
    }
    if lacks_sticky(balancer, version) {
        findings.push(found(
            CheckId::Lb04,
            FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.algorithm),
            format!("Open source NGINX {} does not support sticky cookies.", version.text()),
            format!("Choose IP hash, install NGINX {} or later, or use HAProxy.", MIN_NGINX_STICKY_COOKIE.text()),
        ));
    }
    let elsewhere = nodes.is_some_and(|nodes| nodes.iter().any(|node| !node.is_loopback()));
    if balancer.hostname.is_loopback() && elsewhere {
        findings.push(blocking_finding(
            keys::LOAD_BALANCER.hostname,
            "Every machine resolves this name to itself, so clients and other nodes cannot reach the cluster.",
            "Enter the name that clients use, such as login.example.com.",
        ));
    }
    if balancer.http_port == balancer.https_port {
        findings.push(blocking_finding(
            keys::LOAD_BALANCER.http_port,
            "HTTP and HTTPS use the same port.",
            "Enter different ports.",
        ));
    }
    for node in nodes.unwrap_or_default() {
        let address = balancer.address.as_ref().map(|address| address.machine());
        if !node.is_loopback() && address != Some(node.machine()) {
            continue;
        }
        let settings = [("http_port", balancer.http_port.get()), ("https_port", balancer.https_port.get())];
        for (setting, port) in settings {
            if let Some((_, purpose)) = ports::of(node, version_of_is).into_iter().find(|(taken, _)| *taken == port) {
                findings.push(blocking_finding(
                    &format!("load_balancer.{setting}"),
                    &format!(
                        "Port {port} is used by node {} ({}) on the same machine.",
                        node.name.as_str(),
                        purpose.name()
                    ),
                    "Choose a port that no node uses.",
                ));
            }
        }
    }
    if matches!(balancer.algorithm, LoadBalancingMethod::RoundRobin | LoadBalancingMethod::LeastConnections) {
        findings.push(Finding {
            severity: Severity::Notes,
            check: None,
            at: FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.algorithm),
            what: match version_of_is {
                Some(version) if !version.facts().management_console => {
                    "Without sticky sessions, self-registration and account recovery can lose their state between nodes."
                        .to_owned()
                }
                _ => "Without sticky sessions, self-registration, account recovery and the console at /carbon can lose their \
                      state between nodes."
                    .to_owned(),
            },
            why: "They keep state on one node (product-is#15030, #23632).".to_owned(),
            remedy: "Choose IP hash or Sticky cookie for production.".to_owned(),
        });
    }
    findings
}

/// Why the version found on the load balancer's machine does not accept the files of this step, as a sentence; `None`
/// if it does.
pub(crate) fn incompatibility(balancer: &LoadBalancer, found: LoadBalancerVersion) -> Option<String> {
    let (oldest, product) = min_version(balancer.kind);
    let (found_text, entered) = (found.text(), balancer.version.text());
    let is_nginx = balancer.kind == LoadBalancerKind::Nginx;
    if found < oldest {
        Some(reported(format!(
            "{product} {found_text} is older than {}, the oldest version that the files support.",
            oldest.text()
        )))
    } else if lacks_sticky(balancer, found) {
        Some(reported(format!("Open source NGINX {found_text} does not support sticky cookies.")))
    } else if is_nginx && balancer.version >= MIN_NGINX_HTTP2_DIRECTIVE && found < MIN_NGINX_HTTP2_DIRECTIVE {
        Some(reported(format!(
            "NGINX {found_text} does not support the directive http2, which the files for {entered} use."
        )))
    } else {
        None
    }
}

/// Whether the number can only be the other product's: NGINX counts 1.x, `HAProxy` went from 1.9 to 2.0.
const fn is_of_other_product(kind: LoadBalancerKind, version: LoadBalancerVersion) -> bool {
    match kind {
        LoadBalancerKind::Nginx => version.major > 1,
        LoadBalancerKind::HaProxy => version.major == 1 && version.minor > 9,
    }
}

const fn min_version(kind: LoadBalancerKind) -> (LoadBalancerVersion, &'static str) {
    match kind {
        LoadBalancerKind::Nginx => (MIN_NGINX, "NGINX"),
        LoadBalancerKind::HaProxy => (MIN_HAPROXY, "HAProxy"),
    }
}

fn lacks_sticky(balancer: &LoadBalancer, version: LoadBalancerVersion) -> bool {
    balancer.kind == LoadBalancerKind::Nginx
        && balancer.algorithm == LoadBalancingMethod::StickyCookie
        && version < MIN_NGINX_STICKY_COOKIE
}

fn blocking_finding(setting: &str, what: &str, remedy: &str) -> Finding {
    Finding {
        severity: Severity::Blocks,
        check: None,
        at: FindingLocation::setting(Step::LoadBalancer, setting),
        what: what.to_owned(),
        why: String::new(),
        remedy: remedy.to_owned(),
    }
}
