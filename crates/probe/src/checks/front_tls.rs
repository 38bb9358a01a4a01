//! TL-08: load balancer and nodes offer TLS 1.2 or 1.3 and refuse 1.0, 1.1 and broken ciphers. What does not answer yet is
//! not judged.

use std::time::{Duration, Instant};

use domain::steps::{LoadBalancer, Node};
use futures::future::join_all;

use super::front::{self, Front, reach};
use super::node_port::without_address;
use crate::fault::Verdict;
use crate::hello::{self, Old};
use crate::shared::{Shared, deadline_from_now};
use crate::tcp;
use crate::tls::{self, NoTls};

const REQUIRED: &str =
    "TLS 1.2 or 1.3, and neither 1.0, 1.1 nor broken ciphers (none, anonymous, export, RC4, DES, 3DES)";
/// IS's HTTPS port before the offset (carbon.xml).
const HTTPS_PORT: u16 = 9443;
/// How long one old handshake may take: who refuses it by silence costs no more.
const OLD: Duration = Duration::from_millis(1500);

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let Some(balancer) = &shared.answers().load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let nodes = shared.answers().nodes.as_deref().unwrap_or_default();
    let remedy = "Set [transport.https.sslHostConfig.properties] protocols as the generated deployment.toml does.";
    let of_nodes = nodes.iter().map(async |node| {
        let verdict = match of_node(node) {
            Some(front) => judge(shared, front, remedy).await,
            None => without_address(),
        };
        verdict.of(node.name.as_str())
    });
    let (front, behind) = tokio::join!(of_balancer(shared, balancer), join_all(of_nodes));
    std::iter::once(front).chain(behind).collect()
}

async fn of_balancer(shared: &Shared, balancer: &LoadBalancer) -> Verdict {
    judge(shared, front::of(balancer), "NGINX: ssl_protocols TLSv1.2 TLSv1.3; HAProxy: ssl-min-ver TLSv1.2.")
        .await
        .of("load balancer")
}

/// The HTTPS port of a node; `None` where the platform assigns its address.
pub(super) fn of_node(node: &Node) -> Option<Front<'_>> {
    let (host, port) = (node.address()?, HTTPS_PORT.saturating_add(node.offset.get()));
    Some(Front { host, name: host, port })
}

async fn judge(shared: &Shared, front: Front<'_>, remedy: &str) -> Verdict {
    let deadline = deadline_from_now();
    let connected = match reach(shared, &front, deadline).await {
        Ok(connected) => connected,
        Err(because) => {
            return Verdict::could_not_check(because, REQUIRED).remedy("Check again when it is installed and runs.");
        }
    };
    let to = connected.to;
    // Connections of their own, since a server may close one after a refusal.
    let old = async |version: Old| {
        let limit = Instant::now() + OLD;
        let stream = tcp::connect(to, limit).await.ok()?;
        hello::is_taken(stream, version, front.name, limit).await.then_some(version.name())
    };
    let (now, old) = tokio::join!(tls::handshake(connected.stream, front.name, deadline), join_all(Old::ALL.map(old)));
    let taken: Vec<&str> = old.into_iter().flatten().collect();
    let version = now.as_ref().ok().and_then(|stream| stream.get_ref().1.protocol_version());
    let current = match (version, now.err()) {
        (Some(version), _) => format!("{to} speaks {}", spoken(version)),
        (None, Some(NoTls::Other)) => {
            return Verdict::could_not_check(format!("{to} does not speak TLS"), REQUIRED)
                .remedy("See LB-01 and ND-02: another program may answer there.");
        }
        (None, _) if taken.is_empty() => {
            return Verdict::could_not_check(format!("{to} ends every handshake"), REQUIRED)
                .remedy("Look into its log: it may lack its certificate.");
        }
        (None, _) => format!("{to} refuses TLS 1.2 and 1.3"),
    };
    if taken.is_empty() {
        Verdict::passed(format!("{current} and refuses TLS 1.0, 1.1 and broken ciphers"), REQUIRED)
    } else {
        Verdict::warned(format!("{current} and takes {}", taken.join(" and ")), REQUIRED).remedy(remedy)
    }
}

fn spoken(version: rustls::ProtocolVersion) -> &'static str {
    match version {
        rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3",
        _ => "TLS 1.2",
    }
}
