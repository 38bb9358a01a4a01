//! LB-06: requests with one cookie reach one node. Only status and headers of answers are inspected. Before IS runs behind the
//! load balancer there is nothing to evaluate.

use std::collections::BTreeSet;
use std::time::Instant;

use futures::future::join_all;

use super::endpoint::{CHECK_LATER, Endpoint, REDIRECTING_PATHS};
use crate::facts::Facts;
use crate::facts::time::deadline_from_now;
use crate::fault::Verdict;

const REQUIRED: &str = "20 requests with one cookie reach one node.";
const REQUEST_COUNT: usize = 20;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let Some(balancer) = &facts.answers().load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let endpoint = Endpoint::of_load_balancer(balancer);
    let deadline = deadline_from_now();
    let nodes = match nodes_reached(facts, &endpoint, deadline).await {
        Ok(nodes) => nodes,
        Err(verdict) => return vec![verdict],
    };
    vec![if nodes > 1 {
        Verdict::warned(format!("{REQUEST_COUNT} requests with one cookie reached {nodes} nodes."), REQUIRED).remedy(
            "Choose IP hash or Sticky cookie as the load-balancing method: self-registration, account recovery and the \
             management console at /carbon keep state on one node.",
        )
    } else if facts.answers().nodes.iter().flatten().any(|node| node.address().is_none()) {
        let current =
            format!("{REQUEST_COUNT} requests reached one node. The platform assigns the addresses of the nodes.");
        Verdict::skipped(current, REQUIRED)
            .remedy("Check in the running containers that several nodes run, and that one client stays on one of them.")
    } else if !has_choice(facts, &endpoint, deadline).await {
        let current = format!("{REQUEST_COUNT} requests reached one node, but no other node is known to run.");
        Verdict::skipped(current, REQUIRED).remedy(
            "Run the check again when all nodes are running, on a machine that can connect to their HTTPS ports.",
        )
    } else {
        Verdict::passed(format!("{REQUEST_COUNT} requests reached one node."), REQUIRED)
    }]
}

/// How many nodes answered the requests.
async fn nodes_reached(facts: &Facts, endpoint: &Endpoint<'_>, deadline: Instant) -> Result<usize, Verdict> {
    let later = |reason: String| Verdict::skipped(reason, REQUIRED).remedy(CHECK_LATER);
    let path = REDIRECTING_PATHS[0];
    let first = endpoint.get(facts, path, &[], deadline).await.map_err(later)?;
    let cookies: Vec<&str> = first.header_values("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    let cookies = cookies.join("; ");
    let headers = [("cookie", cookies.as_str())];
    let headers = if cookies.is_empty() { &[] } else { headers.as_slice() };
    let more = (1..REQUEST_COUNT).map(|_| endpoint.get(facts, path, headers, deadline));
    let mut nodes = BTreeSet::new();
    for answer in std::iter::once(Ok(first.clone())).chain(join_all(more).await) {
        let response = answer.map_err(later)?;
        let node = response.header_values("x-upstream").last().map(last_hop);
        nodes.insert(node.ok_or_else(|| {
            let current = "Answers do not name the node that sent them: the header X-Upstream is missing.";
            Verdict::skipped(current, REQUIRED)
                .remedy("Let the load balancer set X-Upstream as the generated file does.")
        })?);
    }
    Ok(nodes.len())
}

/// Whether the load balancer could have chosen another node: at least two of them answer from here.
async fn has_choice(facts: &Facts, endpoint: &Endpoint<'_>, deadline: Instant) -> bool {
    let nodes = facts.answers().nodes.as_deref().unwrap_or_default();
    let [_, _, ..] = nodes else { return true };
    let open = nodes.iter().map(|node| async move {
        let Some(node) = Endpoint::of_node(node) else { return false };
        Endpoint { name: endpoint.name, ..node }.connect(facts, deadline).await.is_ok()
    });
    join_all(open).await.into_iter().filter(|is_open| *is_open).count() > 1
}

/// NGINX lists the nodes it tried; the last one answered.
fn last_hop(upstream: &str) -> String {
    upstream.rsplit(',').next().unwrap_or(upstream).trim().to_owned()
}
