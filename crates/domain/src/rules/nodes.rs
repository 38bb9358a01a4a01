//! ND-16 and ND-17: addresses that other nodes can use, and no two programs on one port.

use std::collections::BTreeMap;

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, Severity, found};
use crate::ports::{self, PortPurpose};
use crate::product::Version;
use crate::sites::reported;
use crate::steps::{ClusterNode, Clustering, MembershipScheme, keys};
use crate::values::NodeHost;

pub(super) fn check_nodes(
    nodes: &[ClusterNode],
    clustering: Option<&Clustering>,
    version: Option<Version>,
) -> Vec<Finding> {
    let mut findings = addresses(nodes);
    findings.extend(same_names(nodes));
    findings.extend(collisions(nodes, version));
    if nodes.len() == 1 {
        findings.push(Finding {
            severity: Severity::Notes,
            check: None,
            at: FindingLocation::setting(crate::step::Step::Clustering, keys::NODES),
            what: "One node is not a cluster: when it stops, users cannot log in.".to_owned(),
            why: String::new(),
            remedy: "Add a second node when a machine is available.".to_owned(),
        });
    }
    let spread = nodes.iter().any(|node| !node.is_loopback());
    if clustering.is_some_and(|clustering| clustering.scheme == MembershipScheme::Multicast) && spread {
        let cloud = nodes.iter().find_map(|node| cloud(node.address()?));
        let what = match cloud {
            Some(cloud) => reported(format!("The nodes are in {cloud}, whose network does not support multicast.")),
            None => reported(
                "Multicast must be supported by the network; clouds and most routed networks do not support it.",
            ),
        };
        let at = FindingLocation::setting(crate::step::Step::Clustering, keys::CLUSTERING.scheme);
        let remedy = "Use well-known addressing, unless you know that multicast works here.";
        findings.push(Finding {
            severity: if cloud.is_some() { Severity::Warns } else { Severity::Notes },
            why: String::new(),
            ..found(CheckId::Cl09, at, what, remedy)
        });
    }
    findings
}

/// Domains of machine names in clouds, from the documentation of the clouds.
const CLOUD_DOMAINS: [(&str, &str); 6] = [
    (".compute.internal", "AWS"),
    (".ec2.internal", "AWS"),
    (".amazonaws.com", "AWS"),
    (".internal.cloudapp.net", "Azure"),
    (".google.internal", "Google Cloud"),
    (".svc.cluster.local", "Kubernetes"),
];

/// The cloud that a machine's name identifies.
fn cloud(host: &str) -> Option<&'static str> {
    let has_ending = |(ending, _): &&(&str, &str)| host.to_ascii_lowercase().ends_with(ending);
    CLOUD_DOMAINS.iter().find(has_ending).map(|(_, cloud)| *cloud)
}

/// Docker's default bridge (172.17.0.0/16). Other machines cannot reach it, unless the real network uses these
/// addresses.
const DOCKER_BRIDGE_NETWORK: [u8; 2] = [172, 17];

fn addresses(nodes: &[ClusterNode]) -> Vec<Finding> {
    let several_machines = nodes.iter().any(|node| !node.is_loopback());
    let mut findings = Vec::new();
    for (row, node) in nodes.iter().enumerate() {
        let at = || FindingLocation::node(row, keys::NODE.host);
        if node.is_loopback() && several_machines {
            let what =
                format!("Node {} has a loopback address, but other nodes are on other machines.", node.name.as_str());
            findings.push(found(CheckId::Nd16, at(), what, ""));
        }
        let Some(address) = node.host.as_ref().and_then(NodeHost::address) else { continue };
        if address.is_link_local() {
            let what =
                format!("Node {} has a link-local address, which other nodes cannot rely on.", node.name.as_str());
            findings.push(found(CheckId::Nd16, at(), what, "Enter the machine's address in your network."));
        }
        if address.octets()[..2] == DOCKER_BRIDGE_NETWORK {
            let what = format!(
                "Node {} has an address of Docker's default bridge, which other machines cannot reach.",
                node.name.as_str()
            );
            let remedy = "Enter the machine's address, or accept this if your network is 172.17.0.0/16.";
            findings.push(Finding { severity: Severity::Warns, ..found(CheckId::Nd16, at(), what, remedy) });
        }
    }
    findings
}

fn same_names(nodes: &[ClusterNode]) -> Vec<Finding> {
    let mut first = BTreeMap::new();
    let mut findings = Vec::new();
    for (row, node) in nodes.iter().enumerate() {
        if let Some(earlier) = first.insert(node.name.as_str(), row) {
            findings.push(Finding {
                severity: Severity::Blocks,
                check: None,
                at: FindingLocation::node(row, keys::NODE.name),
                what: format!("Node {} has the same name.", earlier + 1),
                why: "Names become folders of the download and names in certificates.".to_owned(),
                remedy: "Give each node a different name.".to_owned(),
            });
        }
    }
    findings
}

/// Every port of a machine and the first node that uses it. Nodes on `localhost` and `127.0.0.1` share a machine.
fn collisions(nodes: &[ClusterNode], version: Option<Version>) -> Vec<Finding> {
    let mut taken: BTreeMap<(&str, u16), (usize, PortPurpose)> = BTreeMap::new();
    let mut findings = Vec::new();
    for (row, node) in nodes.iter().enumerate() {
        let machine = node.machine();
        let mut reported_columns = Vec::new();
        for (port, purpose) in ports::of(node, version) {
            let column = if purpose.follows_offset() { "offset" } else { "hazelcast_port" };
            match taken.get(&(machine, port)) {
                Some((other, other_purpose)) if !reported_columns.contains(&column) => {
                    reported_columns.push(column);
                    let what = format!(
                        "Port {port} ({}) is already used by node {} ({}) on the same machine.",
                        purpose.name(),
                        nodes.get(*other).map_or("", |node| node.name.as_str()),
                        other_purpose.name(),
                    );
                    let remedy = if purpose.follows_offset() {
                        "Give each node on the machine a different offset, such as 0 and 1."
                    } else {
                        "Give each node on the machine a different Hazelcast port, such as 4000 and 4001: the offset does not apply to it."
                    };
                    let at = FindingLocation::node(row, format!("clustering.nodes.{column}"));
                    findings.push(found(CheckId::Nd17, at, what, remedy));
                }
                Some(_) => {}
                None => {
                    taken.insert((machine, port), (row, purpose));
                }
            }
        }
    }
    findings
}
