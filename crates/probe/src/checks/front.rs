//! LB-06: which node gets a request; and how the load balancer is reached for LB-05 (`forwarded`). Of answers only status
//! and headers are looked at. Before IS runs behind it there is nothing to judge.

use std::collections::BTreeSet;
use std::time::Instant;

use domain::steps::LoadBalancer;
use futures::future::join_all;
use tokio_rustls::client::TlsStream;

use super::node_port::HTTPS_PORT;
use crate::address::Pinned;
use crate::fault::Verdict;
use crate::https::{self, Head};
use crate::shared::{Shared, deadline_from_now};
use crate::tcp::{self, ConnectError, Connected, TcpConnection};
use crate::tls;

const ONE_NODE: &str = "20 requests with one cookie reach one node";
/// Paths of IS that answer with a redirect (docs/wso2.md).
pub(super) const REDIRECTING: [&str; 3] = ["/carbon", "/console", "/myaccount"];
/// How many requests go to the same place.
const REQUESTS: usize = 20;
pub(super) const LATER: &str = "Check again when load balancer and nodes run.";

/// Something to dial, and the name it is asked by.
pub(super) struct Front<'a> {
    pub(super) host: &'a str,
    pub(super) name: &'a str,
    pub(super) port: u16,
}

/// Connects, or says why not, as half a sentence.
pub(super) async fn reach(shared: &Shared, front: &Front<'_>, deadline: Instant) -> Result<Connected, String> {
    let (host, port) = (front.host, front.port);
    let found = shared.names.addresses(host).await.map_err(|error| format!("{host} {error}"))?;
    let pinned: Result<Vec<Pinned>, _> = found.into_iter().map(|found| shared.names.pin(found, port)).collect();
    let pinned = pinned.map_err(|refusal| format!("{host} is {refusal}: Clusterwright does not connect there"))?;
    tcp::connect_any(&pinned, deadline).await.map_err(|errors| {
        if errors.iter().all(|(_, error)| *error == ConnectError::Refused) {
            return format!("nothing answers yet at {host}:{port}");
        }
        errors.iter().map(|(to, error)| format!("{to}: {error}")).collect::<Vec<_>>().join("; ")
    })
}

/// The load balancer, as clients reach it.
pub(super) fn of(balancer: &LoadBalancer) -> Front<'_> {
    let name = balancer.hostname.as_str();
    let host = balancer.address.as_ref().map_or(name, |address| address.as_str());
    Front { host, name, port: balancer.https_port.get() }
}

/// The authority that clients ask for.
pub(super) fn authority(front: &Front<'_>) -> String {
    if front.port == 443 { front.name.to_owned() } else { format!("{}:{}", front.name, front.port) }
}

/// TLS with the load balancer, and where it is.
pub(super) async fn connect(
    shared: &Shared,
    front: &Front<'_>,
    deadline: Instant,
) -> Result<(Pinned, TlsStream<TcpConnection>), String> {
    let connected = reach(shared, front, deadline).await?;
    let to = connected.to;
    let stream = tls::handshake(connected.stream, front.name, deadline).await;
    Ok((to, stream.map_err(|_| format!("{to} ends the TLS handshake"))?))
}

/// One request with further header lines, on a connection of its own.
pub(super) async fn ask(
    shared: &Shared,
    front: &Front<'_>,
    path: &str,
    lines: &str,
    deadline: Instant,
) -> Result<Head, String> {
    let (to, stream) = connect(shared, front, deadline).await?;
    let head = https::get(stream, &authority(front), path, lines, deadline).await;
    let head = head.ok_or_else(|| format!("{to} does not answer in HTTP"))?;
    match head.status {
        502..=504 => Err(format!("{to} answers with status {}: no node runs behind it yet", head.status)),
        _ => Ok(head),
    }
}

pub(crate) async fn check_stickiness(shared: &Shared) -> Vec<Verdict> {
    let Some(balancer) = &shared.answers().load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let front = of(balancer);
    let deadline = deadline_from_now();
    let later = |because: String| vec![Verdict::could_not_check(because, ONE_NODE).remedy(LATER)];
    let first = match ask(shared, &front, REDIRECTING[0], "", deadline).await {
        Ok(head) => head,
        Err(because) => return later(because),
    };
    let cookies: Vec<&str> = first.all("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    let cookies = if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) };
    let more = (1..REQUESTS).map(|_| ask(shared, &front, REDIRECTING[0], &cookies, deadline));
    let mut nodes = BTreeSet::new();
    for answer in std::iter::once(Ok(first.clone())).chain(join_all(more).await) {
        match answer.map(|head| head.all("x-upstream").last().map(last_hop)) {
            Ok(Some(node)) => nodes.insert(node),
            Ok(None) => {
                let because = "answers do not say which node they are from: the header X-Upstream is missing";
                return vec![
                    Verdict::could_not_check(because, ONE_NODE)
                        .remedy("Let the load balancer set X-Upstream as the generated file does."),
                ];
            }
            Err(because) => return later(because),
        };
    }
    vec![if nodes.len() == 1 && !has_choice(shared, &front, deadline).await {
        Verdict::could_not_check(
            format!("{REQUESTS} requests reached one node, and no other one is seen to run: that proves nothing"),
            ONE_NODE,
        )
        .remedy("Check again when all nodes run, from a machine that reaches their HTTPS ports.")
    } else if nodes.len() == 1 {
        Verdict::passed(format!("{REQUESTS} requests reached one node"), ONE_NODE)
    } else {
        Verdict::warned(format!("{REQUESTS} requests with one cookie reached {} nodes", nodes.len()), ONE_NODE).remedy(
            "Choose Client address or Cookie as the distribution: sign-up, recovery and the console at /carbon keep state on one node.",
        )
    }]
}

/// Whether the load balancer could have chosen another node: two of them answer from here.
async fn has_choice(shared: &Shared, front: &Front<'_>, deadline: Instant) -> bool {
    let nodes = shared.answers().nodes.as_deref().unwrap_or_default();
    let [_, _, ..] = nodes else { return true };
    let open = nodes.iter().map(|node| async move {
        let Some(host) = node.address() else { return false };
        let front = Front { host, name: front.name, port: HTTPS_PORT.saturating_add(node.offset.get()) };
        reach(shared, &front, deadline).await.is_ok()
    });
    join_all(open).await.into_iter().filter(|is_open| *is_open).count() > 1
}

/// NGINX lists the nodes it tried; the last one answered.
fn last_hop(upstream: &str) -> String {
    upstream.rsplit(',').next().unwrap_or(upstream).trim().to_owned()
}
