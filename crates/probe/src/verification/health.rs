//! VF-01: what the health check of each node reports.

use futures::future::join_all;

use super::cluster::{Cluster, RequestError};
use super::endpoint::ClusterEndpoint;
use crate::fault::Verdict;
use crate::https::HttpRequest;

const REQUIRED: &str = "Each node reports that it is healthy.";
/// The health check of IS, which needs no account (carbon-health-check).
const HEALTH_PATH: &str = "/api/health-check/v1.0/health";
/// As many parallel requests as start.sh sends.
const PARALLEL_REQUESTS: usize = 16;
/// Longest text of the health check that a result quotes.
const MAX_QUOTE_CHARS: usize = 200;

/// What the health check of a node reports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum NodeHealth {
    /// All its parts are healthy.
    Healthy,
    /// A part is not.
    Unhealthy {
        /// The messages of the health check.
        messages: String,
    },
    /// It is switched off: IS answers 200 without any part.
    Disabled,
    /// The answer is not one of the health check.
    Unknown {
        /// Its status.
        status: u16,
    },
}

/// Asks the health check of one node.
pub(super) async fn of_node(cluster: &Cluster<'_>, node: &ClusterEndpoint) -> Result<NodeHealth, RequestError> {
    let request = HttpRequest::get(HEALTH_PATH).header("accept", "application/json");
    let response = cluster.request(node, request).await?;
    let document = response.json().unwrap_or_default();
    let errors = document["errors"].as_array();
    Ok(match (response.status, document["health"].as_array(), errors) {
        (200, Some(parts), _) if !parts.is_empty() => NodeHealth::Healthy,
        (200, _, None) => NodeHealth::Disabled,
        (_, _, Some(errors)) => NodeHealth::Unhealthy { messages: messages(errors) },
        (status, ..) => NodeHealth::Unknown { status },
    })
}

/// Code and message of each error on one line.
fn messages(errors: &[serde_json::Value]) -> String {
    let one = |error: &serde_json::Value| {
        let part = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
        format!("{} {}", part("code"), part("message")).trim().to_owned()
    };
    let all = errors.iter().map(one).collect::<Vec<_>>().join("; ");
    all.chars().filter(|letter| !letter.is_control()).take(MAX_QUOTE_CHARS).collect()
}

/// VF-01.
pub(super) async fn check(cluster: &Cluster<'_>) -> Vec<Verdict> {
    join_all(cluster.nodes.iter().map(|node| evaluate(cluster, node))).await
}

async fn evaluate(cluster: &Cluster<'_>, node: &ClusterEndpoint) -> Verdict {
    let verdict = match of_node(cluster, node).await {
        Ok(NodeHealth::Healthy) => in_parallel(cluster, node).await,
        Ok(health) => verdict(&health),
        Err(error) => not_running(node, &error),
    };
    verdict.subject(node.name.clone())
}

/// How many of several parallel health checks report a problem. They need several connections to the database: one that works
/// already hides that no other one opens (docs/wso2.md).
pub(super) async fn failures_in_parallel(cluster: &Cluster<'_>, node: &ClusterEndpoint) -> usize {
    let answers = join_all([(); PARALLEL_REQUESTS].into_iter().map(|()| of_node(cluster, node))).await;
    answers.iter().filter(|answer| !matches!(answer, Ok(NodeHealth::Healthy | NodeHealth::Disabled))).count()
}

async fn in_parallel(cluster: &Cluster<'_>, node: &ClusterEndpoint) -> Verdict {
    let failed = failures_in_parallel(cluster, node).await;
    if failed == 0 {
        return verdict(&NodeHealth::Healthy);
    }
    Verdict::failed(format!("{failed} of {PARALLEL_REQUESTS} parallel health checks report a problem or have no answer."), REQUIRED).remedy(
        "The node cannot open new connections to its database. See DB-42 for the JDBC URL, and DB-28 for max_connections.",
    )
}

/// A node that does not answer after the deployment is a failure, and not something to check later.
fn not_running(node: &ClusterEndpoint, error: &RequestError) -> Verdict {
    Verdict::failed(format!("{} {error}.", node.name), REQUIRED)
        .remedy("Start the node with start.sh. If it runs, check the firewall between this machine and its HTTPS port.")
}

fn verdict(health: &NodeHealth) -> Verdict {
    match health {
        NodeHealth::Healthy => Verdict::passed("The node is healthy.", REQUIRED),
        NodeHealth::Unhealthy { messages } => {
            Verdict::failed(format!("The health check reports: {messages}."), REQUIRED).remedy(
                "Check the database with DB-02 and DB-05. If DB-42 warns, correct the JDBC URLs first, then restart the node.",
            )
        }
        NodeHealth::Disabled => Verdict::warned("The health check is switched off.", REQUIRED)
            .remedy("Set enable = true in [carbon_health_check] of deployment.toml, as the generated file does, and restart the node."),
        NodeHealth::Unknown { status } => {
            Verdict::failed(format!("The health check answers with status {status}, which IS does not."), REQUIRED)
                .remedy("Check that the address and port of the node are those of IS.")
        }
    }
}
