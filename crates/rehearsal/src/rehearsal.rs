//! A rehearsal from its start to its removal.

use std::ffi::OsStr;
use std::path::Path;

use domain::inputs::ReadableAnswers;
use domain::value::Value as _;
use render::BundleFiles;
use standin::StandInCluster;

use crate::balancer_file::CLOSED_PORT;
use crate::balancer_process::BalancerProcess;
use crate::balancer_setup::BalancerSetup;
use crate::error::RehearsalError;
use crate::log::RehearsalLog;
use crate::node_fault::NodeFault;
use crate::node_files::NodeFiles;
use crate::plan_facts::{PlanFacts, PlannedNode};
use crate::program::LoadBalancerProgram;
use crate::stand_ins::stand_ins;
use crate::state_folder::StateFolder;

/// What a rehearsal is made of.
#[derive(Clone, Debug)]
pub struct RehearsalOptions<'a> {
    /// The files of the bundle.
    pub files: &'a BundleFiles,
    /// The answers of the bundle's plan: version, nodes and load balancer.
    pub answers: &'a ReadableAnswers,
    /// Faults of nodes by their names, in addition to those of the files.
    pub injected: &'a [(String, NodeFault)],
    /// The folders in which programs are found, as in `PATH`.
    pub search_path: Option<&'a OsStr>,
    /// The folder in which the rehearsal creates its own.
    pub temporary: &'a Path,
}

/// Where a node or the load balancer listens, at loopback.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EndpointAddress {
    /// The node; `None` for the load balancer.
    pub node: Option<String>,
    /// The port of HTTPS; a closed one for a node that listens on another port than the plan states.
    pub port: u16,
}

/// A rehearsal whose files were read; nothing runs yet.
pub struct PreparedRehearsal<'a> {
    options: RehearsalOptions<'a>,
    plan: PlanFacts<'a>,
    program: LoadBalancerProgram,
    nodes: Vec<NodeFiles>,
    /// Where each node would listen on its machine.
    listening: Vec<String>,
}

impl<'a> PreparedRehearsal<'a> {
    /// Reads the files of the nodes, and finds the load balancer's program.
    ///
    /// # Errors
    /// For a file with which a node would not start, and for a program that is missing on this machine.
    pub fn read(options: RehearsalOptions<'a>) -> Result<Self, RehearsalError> {
        let plan = PlanFacts::of(options.answers, options.injected)?;
        let read = |planned: &PlannedNode| NodeFiles::read(options.files, &planned.name);
        let nodes = plan.nodes.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let listening = plan.listening_addresses(&nodes)?;
        let program = LoadBalancerProgram::find(plan.balancer.kind, options.search_path)?;
        Ok(Self { options, plan, program, nodes, listening })
    }

    /// What is real and what stands in for something else: one sentence each.
    #[must_use]
    pub fn statement(&self) -> String {
        let title = self.program.title();
        let balancer = self.plan.balancer;
        let planned = format!("{} {}", balancer.kind.label(), balancer.version.text());
        let difference =
            if is_version_of(&title, &planned) { String::new() } else { format!(" (the plan is for {planned})") };
        format!(
            "Nodes: stand-in, not WSO2 Identity Server. Database: in memory, not MySQL. Load balancer: {title}, with the file of \
             the bundle{difference}. Addresses: loopback with other ports."
        )
    }

    /// Starts the nodes one after another, then the load balancer. If the future is dropped, nothing keeps running.
    ///
    /// # Errors
    /// For a file with which the load balancer does not start, and for everything that this machine refuses. Nothing keeps running
    /// then.
    pub async fn start(self, log: &RehearsalLog) -> Result<Rehearsal, RehearsalError> {
        let Self { options, plan, program, nodes, listening } = self;
        let folder = StateFolder::create(options.temporary)?;
        let cluster = StandInCluster::start(stand_ins(&nodes, &plan, options.injected, log)).await?;
        let mut ports = Vec::new();
        for node in &nodes {
            ports.push(cluster.address(&node.name)?.port());
        }
        let upstream: Vec<(String, u16)> = listening.into_iter().zip(ports.iter().copied()).collect();
        let setup =
            BalancerSetup { files: options.files, plan: &plan, program: &program, folder: &folder, nodes: &upstream };
        let (balancer, port) = setup.start(log).await?;
        let mut addresses = vec![EndpointAddress { node: None, port }];
        for ((node, planned), port) in nodes.into_iter().zip(&plan.nodes).zip(ports) {
            let is_found = node.offset == planned.offset;
            if !is_found {
                let (own, planned) = (node.offset, planned.offset);
                log.write(
                    &node.name,
                    &format!("deployment.toml: offset is {own}, but clients use that of the plan, {planned}."),
                );
            }
            let port = if is_found { port } else { CLOSED_PORT };
            addresses.push(EndpointAddress { node: Some(node.name), port });
        }
        Ok(Rehearsal { cluster, balancer, folder, addresses })
    }
}

/// Whether an installed version is the planned one, which may have two parts.
fn is_version_of(installed: &str, planned: &str) -> bool {
    let rest = installed.strip_prefix(planned);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A cluster that runs on this machine until it is stopped or dropped.
pub struct Rehearsal {
    cluster: StandInCluster,
    balancer: BalancerProcess,
    folder: StateFolder,
    addresses: Vec<EndpointAddress>,
}

impl Rehearsal {
    /// Where the load balancer listens, then the nodes in the order of the plan.
    #[must_use]
    pub fn addresses(&self) -> &[EndpointAddress] {
        &self.addresses
    }

    /// Ends the load balancer and the nodes, and removes their files.
    ///
    /// # Errors
    /// When the folder cannot be removed.
    pub async fn stop(self) -> Result<(), RehearsalError> {
        self.balancer.stop().await;
        drop(self.cluster);
        self.folder.remove()
    }
}

#[cfg(test)]
mod tests {
    use super::is_version_of;

    #[test]
    fn a_planned_version_of_two_parts_includes_its_patches() {
        assert!(is_version_of("NGINX 1.22.1", "NGINX 1.22") && is_version_of("NGINX 1.22.1", "NGINX 1.22.1"));
        assert!(!is_version_of("NGINX 1.22.1", "NGINX 1.2") && !is_version_of("NGINX 1.30.6", "NGINX 1.22"));
    }
}
