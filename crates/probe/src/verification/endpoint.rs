//! The endpoints that the answers state: where the load balancer and the nodes answer over HTTPS.

use domain::inputs::ReadableAnswers;
use domain::ports::HTTPS_PORT;

use super::access::{ClusterAddress, LOAD_BALANCER_NAME};
use crate::fault::Verdict;

/// The load balancer or a node.
#[derive(Clone, Debug)]
pub(super) struct ClusterEndpoint {
    /// The name in results: that of the node, or [`LOAD_BALANCER_NAME`].
    pub(super) name: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_node: bool,
}

impl ClusterEndpoint {
    /// The endpoints of the answers, the load balancer first.
    ///
    /// # Errors
    /// The verdict of a check, if the answers do not state them.
    pub(super) fn list(answers: &ReadableAnswers, given: &[ClusterAddress]) -> Result<Vec<Self>, Box<Verdict>> {
        let Some(balancer) = &answers.load_balancer else { return Err(incomplete_load_balancer()) };
        let Some(nodes) = answers.nodes.as_deref().filter(|nodes| !nodes.is_empty()) else {
            return Err(Verdict::incomplete("Clustering", "the nodes are missing or cannot be read").into());
        };
        let given = |name: &str| given.iter().find(|address| address.name == name);
        let (host, port) = given(LOAD_BALANCER_NAME).map_or_else(
            || {
                let address = balancer.address.as_ref().map(|address| address.as_str());
                (address.unwrap_or(balancer.hostname.as_str()), balancer.https_port.get())
            },
            |given| (given.host.as_str(), given.port),
        );
        let (name, host) = (LOAD_BALANCER_NAME.to_owned(), host.to_owned());
        let mut endpoints = vec![Self { name, host, port, is_node: false }];
        for node in nodes {
            let name = node.name.as_str();
            let (host, port) = match (given(name), node.address()) {
                (Some(given), _) => (given.host.clone(), given.port),
                (None, Some(address)) => (address.to_owned(), HTTPS_PORT.saturating_add(node.offset.get())),
                (None, None) => {
                    let verdict = Verdict::skipped(format!("The platform assigns the address of {name}."), "");
                    let remedy = format!("Give it with --node {name}=HOST:PORT to clusterwright verify.");
                    return Err(verdict.remedy(remedy).into());
                }
            };
            endpoints.push(Self { name: name.to_owned(), host, port, is_node: true });
        }
        Ok(endpoints)
    }

    pub(super) fn address(&self) -> ClusterAddress {
        ClusterAddress { name: self.name.clone(), host: self.host.clone(), port: self.port }
    }
}

pub(super) fn incomplete_load_balancer() -> Box<Verdict> {
    Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read").into()
}

impl ClusterAddress {
    /// Every address that a verification contacts, the load balancer first. `None` while the answers do not state them.
    #[must_use]
    pub fn list(answers: &ReadableAnswers) -> Option<Vec<Self>> {
        let endpoints = ClusterEndpoint::list(answers, &[]).ok()?;
        Some(endpoints.iter().map(ClusterEndpoint::address).collect())
    }
}
