//! ND-02: the ports of each node are free before installation, and used by IS afterwards. HTTPS decides whether IS runs there;
//! the others are evaluated by that. If a firewall closes one of them to this server, nothing is known about it.

use std::time::{Duration, Instant};

use domain::ports::{self, PortPurpose};
use domain::steps::ClusterNode;
use futures::future::join_all;

use super::endpoint::{Endpoint, without_address};
use crate::address::PinnedAddress;
use crate::facts::Facts;
use crate::facts::time::deadline_from_now;
use crate::fault::Verdict;
use crate::https::{self, HealthStatus};
use crate::service::{self, DetectedService};
use crate::tcp::{self, ConnectError};
use crate::tls::{self, TlsFailure};
use domain::sites::reported;

const REQUIRED: &str = "Every port of the node is free before installation and used by IS afterwards.";
/// Time reserved to identify a service that does not speak TLS.
const IDENTIFY_TIMEOUT: Duration = Duration::from_millis(1500);

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let Some(nodes) = &facts.answers().nodes else {
        return vec![Verdict::incomplete("Clustering", "the node table is missing or cannot be read")];
    };
    let deadline = deadline_from_now();
    let of_node = |node| async move {
        let started = Instant::now();
        evaluate(facts, node, deadline).await.subject(node.name.as_str()).took(started.elapsed())
    };
    join_all(nodes.iter().map(of_node)).await
}

async fn evaluate(facts: &Facts, node: &ClusterNode, deadline: Instant) -> Verdict {
    let Some(Endpoint { host, port, .. }) = Endpoint::of_node(node) else { return without_address(REQUIRED) };
    let addresses = match facts.names.addresses(host).await {
        Ok(addresses) => addresses,
        Err(error) => {
            return Verdict::skipped(format!("{host} {error}."), REQUIRED)
                .remedy("Correct the address of the node. Its name must resolve on every node and on this server.");
        }
    };
    let pinned: Result<Vec<PinnedAddress>, _> =
        addresses.into_iter().map(|address| facts.names.pin(address, port)).collect();
    let pinned = match pinned {
        Ok(pinned) => pinned,
        Err(refusal) => {
            let current = format!("{host} is {refusal}. Clusterwright does not connect to it.");
            return Verdict::skipped(current, REQUIRED)
                .remedy("Enter the address at which the other nodes reach this node.");
        }
    };
    match tcp::connect_any(&pinned, deadline).await {
        Ok(connected) => match evaluate_service(host, connected, deadline).await {
            HttpsPort::OfIs(current) => other_ports(facts, node, &pinned, true, deadline).await.verdict(current),
            HttpsPort::Other(verdict) => verdict,
        },
        Err(errors) if errors.iter().all(|(_, error)| *error == ConnectError::Refused) => {
            let current = format!("Port {port} of {host} is free. The host is up.");
            other_ports(facts, node, &pinned, false, deadline).await.verdict(current)
        }
        Err(errors) => Verdict::skipped(tcp::describe(&errors), REQUIRED).remedy(format!(
            "Check that the node is running and that firewalls allow TCP port {port} from this server."
        )),
    }
}

/// What uses the HTTPS port.
enum HttpsPort {
    /// IS, with a sentence about its health.
    OfIs(String),
    /// Another program, or an IS that is unhealthy.
    Other(Verdict),
}

async fn evaluate_service(host: &str, connected: tcp::ConnectedStream, deadline: Instant) -> HttpsPort {
    let (to, port) = (connected.to, connected.to.socket().port());
    let unknown = |what: String| {
        Verdict::warned(format!("{what} listens on {to}."), REQUIRED)
            .remedy(
                "If it is IS on this node, nothing has to be done. Otherwise stop that program or give the node another port \
                 offset. On the node, run:",
            )
            .command(listening_process(port))
    };
    // The rest of the time identifies a service that does not answer in TLS.
    HttpsPort::Other(match tls::handshake(connected.stream, host, deadline - IDENTIFY_TIMEOUT).await {
        Ok(stream) => match https::health(stream, host, port, deadline).await {
            HealthStatus::Healthy => return HttpsPort::OfIs(format!("IS answers at {to} and is healthy.")),
            HealthStatus::Disabled => {
                return HttpsPort::OfIs(format!("IS answers at {to}. Its health check is disabled."));
            }
            HealthStatus::Unhealthy => {
                Verdict::warned(format!("IS answers at {to} and reports that it is unhealthy."), REQUIRED)
                    .remedy("Look at repository/logs/wso2carbon.log of this node.")
            }
            HealthStatus::NotIs => unknown(reported("A TLS server that is not recognised as IS")),
        },
        Err(TlsFailure::Refused | TlsFailure::Unproved) => unknown(reported("A TLS server that refuses the handshake")),
        Err(error @ (TlsFailure::Closed | TlsFailure::Silent | TlsFailure::Other)) => {
            let service = match service::identify(to, deadline).await {
                DetectedService::Closes | DetectedService::Unknown if error == TlsFailure::Silent => {
                    DetectedService::Silent
                }
                service => service,
            };
            Verdict::failed(format!("Port {port} of {host} is used by {service}, not by IS."), REQUIRED)
                .remedy("Stop the other program, or give the node another port offset. On the node, run:")
                .command(listening_process(port))
        }
    })
}

/// What is known about the ports other than HTTPS.
#[derive(Default)]
struct OtherPorts {
    /// Ports that another program uses, each with a sentence.
    taken: Vec<(u16, String)>,
    free: Vec<String>,
    /// Ports that IS uses, as far as the service on them tells.
    of_is: Vec<String>,
    /// Ports that this server cannot connect to.
    unreachable: Vec<String>,
}

impl OtherPorts {
    /// The verdict on a node whose HTTPS port is in order, as `current` describes.
    fn verdict(self, current: String) -> Verdict {
        if let Some((port, _)) = self.taken.first() {
            let port = *port;
            let all: Vec<String> = self.taken.into_iter().map(|(_, sentence)| sentence).collect();
            return Verdict::failed(all.join(" "), REQUIRED)
                .remedy(
                    "Stop the other program, or give the node another port offset or Hazelcast port. If IS is just starting or \
                     stopping, run the check again. On the node, run:",
                )
                .command(listening_process(port));
        }
        let lists = [("Free", self.free), ("Used by IS", self.of_is), ("Not reachable from here", self.unreachable)];
        let sentences = lists.iter().filter(|(_, ports)| !ports.is_empty());
        let sentences: Vec<String> = sentences.map(|(what, ports)| format!("{what}: {}.", ports.join(", "))).collect();
        Verdict::passed([vec![current], sentences].concat().join(" "), REQUIRED)
    }
}

/// Looks at the ports other than HTTPS at the addresses of a node, all concurrently.
async fn other_ports(
    facts: &Facts,
    node: &ClusterNode,
    addresses: &[PinnedAddress],
    is_running: bool,
    deadline: Instant,
) -> OtherPorts {
    let version = facts.answers().product.as_ref().map(|product| product.version);
    let ports = ports::of(node, version).into_iter().filter(|(_, purpose)| *purpose != PortPurpose::Https);
    let look = |(port, purpose): (u16, PortPurpose)| async move {
        let pinned: Vec<PinnedAddress> =
            addresses.iter().filter_map(|to| facts.names.pin(to.socket().ip(), port).ok()).collect();
        (port, purpose, listener(&pinned, deadline).await)
    };
    let mut found = OtherPorts::default();
    for (port, purpose, listener) in join_all(ports.map(look)).await {
        let named = format!("{port} ({})", purpose.name());
        match listener {
            Listener::Closed => found.free.push(named),
            Listener::Unreachable => found.unreachable.push(named),
            Listener::DetectedService(service) if is_running && can_be_is(purpose, service) => found.of_is.push(named),
            Listener::DetectedService(service) if is_running => {
                found.taken.push((port, format!("Port {named} is used by {service}, not by IS.")));
            }
            Listener::DetectedService(service) => {
                found
                    .taken
                    .push((port, format!("Port {named} is used by {service}, and IS does not run on the node.")));
            }
        }
    }
    found
}

/// What listens on a port.
enum Listener {
    Closed,
    /// No answer or no route, usually because of a firewall.
    Unreachable,
    DetectedService(DetectedService),
}

async fn listener(addresses: &[PinnedAddress], deadline: Instant) -> Listener {
    let limit = deadline.min(Instant::now() + IDENTIFY_TIMEOUT);
    match tcp::connect_any(addresses, limit).await {
        Ok(connected) => {
            let to = connected.to;
            drop(connected);
            Listener::DetectedService(service::identify(to, deadline.min(Instant::now() + IDENTIFY_TIMEOUT)).await)
        }
        Err(errors) if !errors.is_empty() && errors.iter().all(|(_, error)| *error == ConnectError::Refused) => {
            Listener::Closed
        }
        Err(_) => Listener::Unreachable,
    }
}

/// Whether IS can be the service on its port. Thrift authentication and Hazelcast have protocols of their own, so only what is
/// certainly another program counts as one.
const fn can_be_is(purpose: PortPurpose, service: DetectedService) -> bool {
    match service {
        DetectedService::MySql
        | DetectedService::MySqlX
        | DetectedService::Ssh
        | DetectedService::MailOrFtp
        | DetectedService::Redis => false,
        DetectedService::Http => !matches!(purpose, PortPurpose::Thrift | PortPurpose::EmbeddedLdap),
        DetectedService::Tls => !matches!(purpose, PortPurpose::Http | PortPurpose::EmbeddedLdap),
        DetectedService::Unknown | DetectedService::Silent | DetectedService::Closes => true,
    }
}

/// The command that names the process that listens on `port`.
fn listening_process(port: u16) -> String {
    format!("sudo ss -ltnp 'sport = :{port}'")
}
