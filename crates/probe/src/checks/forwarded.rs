//! LB-05: what IS makes of the headers that the load balancer sets. Redirects and discovery show which hostname and port
//! arrived. Which client address arrived shows only in the access log of a node: a request with a forged address is sent here,
//! and the node's probe reads how it was logged (`domain::node_report`).

use std::collections::BTreeSet;
use std::time::Instant;

use domain::inputs::ReadableAnswers;
use domain::node_report::{FORGED_ADDRESS, marker_path};
use domain::render_plan::node_table_fingerprint;
use futures::future::{join, join_all};

use super::endpoint::{CHECK_LATER, Endpoint, REDIRECTING_PATHS};
use crate::facts::Facts;
use crate::facts::time::deadline_from_now;
use crate::fault::Verdict;
use crate::https;
use crate::origins::{origin, origins_in, printable};
use domain::sites::reported;

const REQUIRED_REDIRECTS: &str = "Redirects, and URLs inside them, use the hostname and port that clients use.";
const REQUIRED_ISSUER: &str = "The issuer and all endpoints use the hostname and port that clients use.";
const REMEDY: &str = "Let the load balancer set Host and X-Forwarded-Host, -Port and -Proto as the generated file does, and use the \
                      generated deployment.toml.";
/// Where IS publishes its issuer, without a login.
const DISCOVERY_PATH: &str = "/oauth2/token/.well-known/openid-configuration";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let answers = facts.answers();
    let Some(balancer) = &answers.load_balancer else {
        return vec![Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read")];
    };
    let endpoint = Endpoint::of_load_balancer(balancer);
    let deadline = deadline_from_now();
    let origins = PublicOrigins::new(answers, &endpoint);
    let ((redirects, issuer), ()) = join(
        join(redirects(facts, &endpoint, &origins, deadline), issuer(facts, &endpoint, &origins, deadline)),
        leave_markers(facts, &endpoint, deadline),
    )
    .await;
    vec![redirects, issuer]
}

/// Which origins (scheme, host and port) belong to the cluster, and which of them clients use.
struct PublicOrigins<'a> {
    name: &'a str,
    /// As clients write it, with the port only if it is not 443.
    public: String,
    public_with_port: String,
    /// Addresses and names of the nodes.
    nodes: Vec<&'a str>,
}

impl<'a> PublicOrigins<'a> {
    fn new(answers: &'a ReadableAnswers, endpoint: &Endpoint<'a>) -> Self {
        let name = endpoint.name;
        let nodes = answers.nodes.iter().flatten().filter_map(|node| node.host.as_ref());
        Self {
            name,
            public: format!("https://{}", endpoint.authority()),
            public_with_port: format!("https://{name}:{}", endpoint.port),
            nodes: nodes.map(|host| host.as_str()).collect(),
        }
    }

    fn is_public(&self, origin: &str) -> bool {
        origin == self.public || origin == self.public_with_port
    }

    /// Whether an origin inside a URL is one that no client may be sent to: the hostname with another port or scheme, or a
    /// node. Other origins belong to other systems, such as an identity provider.
    fn is_internal(&self, origin: &str) -> bool {
        let host = origin.split_once("://").map_or("", |(_, authority)| authority);
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let is_of_cluster =
            host == self.name || host == "localhost" || host == "127.0.0.1" || self.nodes.contains(&host);
        is_of_cluster && !self.is_public(origin)
    }
}

async fn redirects(facts: &Facts, endpoint: &Endpoint<'_>, origins: &PublicOrigins<'_>, deadline: Instant) -> Verdict {
    let requests = REDIRECTING_PATHS.iter().map(|path| endpoint.get(facts, path, &[], deadline));
    let mut reason = None;
    let (mut seen, mut unexpected) = (BTreeSet::new(), BTreeSet::new());
    for answer in join_all(requests).await {
        match answer {
            Ok(response) => {
                for location in response.header_values("location") {
                    let target = origin(location);
                    unexpected.extend(target.clone().filter(|origin| !origins.is_public(origin)));
                    let inside = origins_in(location).into_iter().filter(|origin| Some(origin) != target.as_ref());
                    unexpected.extend(inside.filter(|origin| origins.is_internal(origin)));
                    seen.extend(target);
                }
            }
            Err(error) => reason = Some(error),
        }
    }
    let public = &origins.public;
    if let Some(unexpected) = unexpected.first() {
        let current = format!("IS redirects browsers to {} instead of {public}.", printable(unexpected));
        Verdict::warned(current, REQUIRED_REDIRECTS).remedy(REMEDY)
    } else if !seen.is_empty() {
        Verdict::passed(format!("IS redirects browsers to {public}."), REQUIRED_REDIRECTS)
    } else {
        let reason = reason.unwrap_or_else(|| "No answer contains a redirect: IS is not running yet.".to_owned());
        Verdict::skipped(reason, REQUIRED_REDIRECTS).remedy(CHECK_LATER)
    }
}

async fn issuer(facts: &Facts, endpoint: &Endpoint<'_>, origins: &PublicOrigins<'_>, deadline: Instant) -> Verdict {
    let later = |reason: String| Verdict::skipped(reason, REQUIRED_ISSUER).remedy(CHECK_LATER);
    let (to, stream) = match endpoint.connect_tls(facts, deadline).await {
        Ok(connected) => connected,
        Err(reason) => return later(reason),
    };
    let headers = [("accept", "application/json")];
    let Some(response) = https::get(stream, &endpoint.authority(), DISCOVERY_PATH, &headers, deadline).await else {
        return later(format!("{to} does not answer in HTTP."));
    };
    let document = response.json().unwrap_or_default();
    let issuer = document["issuer"].as_str().and_then(origin);
    let Some(issuer) = issuer.filter(|_| response.status == 200) else {
        let status = response.status;
        return later(format!("{DISCOVERY_PATH} states no issuer (status {status}): IS is not running yet."));
    };
    let unexpected = if origins.is_public(&issuer) {
        let inside = origins_in(&response.text()).into_iter().find(|origin| origins.is_internal(origin));
        inside.map(|origin| (reported("an endpoint at"), origin))
    } else {
        Some((reported("the issuer"), issuer))
    };
    match unexpected {
        Some((what, origin)) => {
            let current = format!("IS states {what} {} instead of {}.", printable(&origin), origins.public);
            Verdict::warned(current, REQUIRED_ISSUER).remedy(REMEDY)
        }
        None => Verdict::passed(format!("The issuer is at {}.", origins.public), REQUIRED_ISSUER),
    }
}

/// Sends one request for each node, with a path that no other line of the access log has and with a forged address. The answer
/// does not matter.
async fn leave_markers(facts: &Facts, endpoint: &Endpoint<'_>, deadline: Instant) {
    let Some(nodes) = facts.answers().nodes.as_deref() else { return };
    let moment = facts.unix_time_at(Instant::now()).as_secs();
    let path = marker_path(&node_table_fingerprint(nodes), moment);
    let forwarded = format!("for={FORGED_ADDRESS}");
    let headers = [("x-forwarded-for", FORGED_ADDRESS), ("forwarded", forwarded.as_str())];
    join_all(nodes.iter().map(|_| endpoint.get(facts, &path, &headers, deadline))).await;
}
