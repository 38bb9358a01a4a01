//! What a rehearsal needs of the plan: the version, the load balancer, and the addresses of the nodes.

use domain::inputs::ReadableAnswers;
use domain::ports::HTTPS_PORT;
use domain::product::Version;
use domain::steps::{ClusterNode, LoadBalancer};
use standin::StandInVersion;

use crate::error::RehearsalError;
use crate::node_fault::NodeFault;
use crate::node_files::NodeFiles;

/// What a rehearsal needs of the plan.
pub(crate) struct PlanFacts<'a> {
    pub(crate) version: Version,
    pub(crate) stand_in: StandInVersion,
    pub(crate) balancer: &'a LoadBalancer,
    pub(crate) nodes: Vec<PlannedNode>,
}

/// Where clients and the load balancer look for a node.
pub(crate) struct PlannedNode {
    pub(crate) name: String,
    pub(crate) address: String,
    /// The port offset.
    pub(crate) offset: u16,
}

impl<'a> PlanFacts<'a> {
    /// Reads the answers, and refuses faults of nodes that the plan does not have.
    pub(crate) fn of(answers: &'a ReadableAnswers, injected: &[(String, NodeFault)]) -> Result<Self, RehearsalError> {
        let version = answers.product.as_ref().ok_or(RehearsalError::Incomplete("product"))?.version;
        let number = version.value();
        let stand_in = StandInVersion::from_number(number);
        let stand_in = stand_in.ok_or_else(|| RehearsalError::Version { version: number.to_owned() })?;
        let balancer = answers.load_balancer.as_ref().ok_or(RehearsalError::Incomplete("load balancer"))?;
        let nodes = answers.nodes.as_deref().filter(|nodes| !nodes.is_empty());
        let address = |node: &ClusterNode| {
            let name = node.name.as_str().to_owned();
            match node.address() {
                Some(address) => Ok(PlannedNode { name, address: address.to_owned(), offset: node.offset.get() }),
                None => Err(RehearsalError::Platform { node: name }),
            }
        };
        let nodes: Vec<PlannedNode> =
            nodes.ok_or(RehearsalError::Incomplete("nodes"))?.iter().map(address).collect::<Result<_, _>>()?;
        for (name, _) in injected {
            if !nodes.iter().any(|known| known.name == *name) {
                let known = nodes.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(RehearsalError::UnknownNode { name: name.clone(), known });
            }
        }
        Ok(Self { version, stand_in, balancer, nodes })
    }

    /// Where each node would listen on its machine.
    pub(crate) fn listening_addresses(&self, nodes: &[NodeFiles]) -> Result<Vec<String>, RehearsalError> {
        let mut listening: Vec<String> = Vec::new();
        for (node, planned) in nodes.iter().zip(&self.nodes) {
            let own = format!("{}:{}", planned.address, HTTPS_PORT.saturating_add(node.offset));
            if let Some(place) = listening.iter().position(|other| *other == own) {
                let first = nodes.get(place).unwrap_or(node).name.clone();
                return Err(RehearsalError::SamePort { first, second: node.name.clone(), address: own });
            }
            listening.push(own);
        }
        Ok(listening)
    }
}
