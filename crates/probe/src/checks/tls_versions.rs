//! TL-08: load balancer and nodes offer TLS 1.2 or 1.3 and refuse TLS 1.0, 1.1 and broken ciphers. An endpoint that does not
//! answer yet is not evaluated.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::endpoint::{Endpoint, without_address};
use crate::facts::Facts;
use crate::facts::time::deadline_from_now;
use crate::fault::Verdict;
use crate::legacy_tls::{self, LegacyProtocol};
use crate::tcp;
use crate::tls::{self, TlsFailure};
use domain::sites::reported;

const REQUIRED: &str = "TLS 1.2 or 1.3 is offered. TLS 1.0, TLS 1.1 and broken ciphers (none, anonymous, export, RC4, DES, 3DES) are \
                        refused.";
/// How long one legacy handshake may take, so that a server that refuses it by silence costs no more.
const LEGACY_TIMEOUT: Duration = Duration::from_millis(1500);

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let Some(balancer) = &facts.answers().load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let nodes = facts.answers().nodes.as_deref().unwrap_or_default();
    let of_balancer = async {
        let remedy = "NGINX: set ssl_protocols TLSv1.2 TLSv1.3. HAProxy: set ssl-min-ver TLSv1.2.";
        evaluate(facts, Endpoint::of_load_balancer(balancer), remedy).await.subject("load balancer")
    };
    let of_nodes = nodes.iter().map(async |node| {
        let remedy = "Set [transport.https.sslHostConfig.properties] protocols as the generated deployment.toml does.";
        let verdict = match Endpoint::of_node(node) {
            Some(endpoint) => evaluate(facts, endpoint, remedy).await,
            None => without_address(REQUIRED),
        };
        verdict.subject(node.name.as_str())
    });
    let (balancer, nodes) = tokio::join!(of_balancer, join_all(of_nodes));
    std::iter::once(balancer).chain(nodes).collect()
}

async fn evaluate(facts: &Facts, endpoint: Endpoint<'_>, remedy: &str) -> Verdict {
    let deadline = deadline_from_now();
    let connected = match endpoint.connect(facts, deadline).await {
        Ok(connected) => connected,
        Err(reason) => {
            return Verdict::skipped(reason, REQUIRED).remedy("Run the check again when it is installed and running.");
        }
    };
    let to = connected.to;
    // Separate connections, since a server may close one after a refusal.
    let legacy = async |protocol: LegacyProtocol| {
        let deadline = Instant::now() + LEGACY_TIMEOUT;
        let stream = tcp::connect(to, deadline).await.ok()?;
        legacy_tls::is_accepted(stream, protocol, endpoint.name, deadline).await.then_some(protocol.name())
    };
    let modern = tls::handshake(connected.stream, endpoint.name, deadline);
    let (modern, legacy) = tokio::join!(modern, join_all(LegacyProtocol::ALL.map(legacy)));
    let accepted: Vec<&str> = legacy.into_iter().flatten().collect();
    let version = modern.as_ref().ok().and_then(|stream| stream.get_ref().1.protocol_version());
    let current = match (version, modern.err()) {
        (Some(version), _) => format!("{to} offers {}", version_name(version)),
        (None, Some(TlsFailure::Other)) => {
            return Verdict::skipped(format!("{to} does not speak TLS."), REQUIRED)
                .remedy("See LB-01 and ND-02: another program may listen on this port.");
        }
        (None, _) if accepted.is_empty() => {
            return Verdict::skipped(format!("{to} refuses every TLS handshake."), REQUIRED)
                .remedy("Look at its log. Its certificate may be missing.");
        }
        (None, _) => reported(format!("{to} refuses TLS 1.2 and 1.3")),
    };
    if accepted.is_empty() {
        Verdict::passed(format!("{current} and refuses TLS 1.0, TLS 1.1 and broken ciphers."), REQUIRED)
    } else {
        Verdict::warned(format!("{current} and accepts {}.", accepted.join(" and ")), REQUIRED).remedy(remedy)
    }
}

fn version_name(version: rustls::ProtocolVersion) -> &'static str {
    match version {
        rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3",
        _ => "TLS 1.2",
    }
}
