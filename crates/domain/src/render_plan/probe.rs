//! The input of probe.sh: the machines, their ports and the names of the plan.
//!
//! It needs only the product and the nodes, so that nodes can be inspected before the plan is complete.
//! [`crate::node_report`] parses and evaluates the reports.

use serde::Serialize;

use super::node::{ArtefactsPlan, is_home};
use crate::inputs::ReadableAnswers;
use crate::ports::{EMBEDDED_LDAP_PORT, HTTP_PORT, HTTPS_PORT, THRIFT_PORT};
use crate::steps::{ClusterNode, Clustering, Database, LoadBalancer, Product, UserStore};
use crate::values::LdapUrls;

/// The input of probe.sh.
#[derive(Clone, Debug, Serialize)]
pub struct ProbePlan {
    /// Identifies the node table of the script: see [`node_table_fingerprint`].
    pub plan: String,
    /// The generator.
    pub generator: &'static str,
    /// The nodes in their order.
    pub nodes: Vec<ProbeNode>,
    /// The database host; empty if unknown.
    pub database_host: String,
    /// Its port; 0 if unknown.
    pub database_port: u16,
    /// The database account of IS.
    pub database_account: String,
    /// Host and port of each server of the directory, separated by a space, with commas between servers; empty without
    /// one.
    pub directory: String,
    /// The files of user stores and tenants.
    pub artefacts: ArtefactsPlan,
    /// Every name of the plan that machines must resolve, without addresses.
    pub names: Vec<String>,
}

/// One node, for the probes of the others.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeNode {
    /// Its name.
    pub name: String,
    /// IPv4 address or name.
    pub host: String,
    /// `local_member_port`.
    pub hazelcast_port: u16,
    /// 9443 + offset.
    pub https_port: u16,
    /// 9763 + offset.
    pub http_port: u16,
    /// 10711 + offset.
    pub thrift_port: u16,
    /// 10389 + offset, up to 5.11.
    pub ldap_port: Option<u16>,
    /// `IS_HOME`.
    pub home: String,
}

impl ProbePlan {
    /// The input from the known answers; `None` without product or nodes, and if the platform assigns the addresses of
    /// the nodes.
    #[must_use]
    pub fn of(answers: &ReadableAnswers) -> Option<Self> {
        let (product, nodes) = (answers.product.as_ref()?, answers.nodes.as_deref()?);
        if nodes.iter().any(|node| node.host.is_none()) {
            return None;
        }
        Some(Self::new(
            product,
            nodes,
            answers.database.as_ref(),
            answers.user_store.as_ref(),
            answers.clustering.as_ref(),
            answers.load_balancer.as_ref(),
        ))
    }

    pub(super) fn new(
        product: &Product,
        nodes: &[ClusterNode],
        database: Option<&Database>,
        store: Option<&UserStore>,
        clustering: Option<&Clustering>,
        balancer: Option<&LoadBalancer>,
    ) -> Self {
        let is_name = |text: &&str| text.parse::<std::net::IpAddr>().is_err() && *text != "localhost";
        let directory = store.and_then(|store| store.connection_url.as_ref());
        let mut names: Vec<String> = (balancer.map(|balancer| balancer.hostname.as_str()).into_iter())
            .chain(database.map(|database| database.host.as_str()))
            .chain(directory.into_iter().flat_map(LdapUrls::iter).map(|url| url.host.as_str()))
            .chain(nodes.iter().filter_map(ClusterNode::address))
            .filter(is_name)
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names.dedup();
        Self {
            plan: node_table_fingerprint(nodes),
            generator: super::GENERATOR,
            nodes: (0..nodes.len()).filter_map(|row| ProbeNode::new(product, nodes, row)).collect(),
            database_host: database.map_or_else(String::new, |database| database.host.as_str().to_owned()),
            database_port: database.map_or(0, |database| database.port.get()),
            database_account: database.map_or_else(String::new, |database| database.username.as_str().to_owned()),
            directory: directory.map_or_else(String::new, |urls| {
                urls.iter().map(|url| format!("{} {}", url.host, url.port)).collect::<Vec<_>>().join(", ")
            }),
            artefacts: ArtefactsPlan::new(clustering, product.version),
            names,
        }
    }
}

impl ProbeNode {
    fn new(product: &Product, nodes: &[ClusterNode], row: usize) -> Option<Self> {
        let node = nodes.get(row)?;
        Some(Self {
            name: node.name.as_str().to_owned(),
            host: node.address().unwrap_or_default().to_owned(),
            hazelcast_port: node.hazelcast_port.get(),
            https_port: HTTPS_PORT + node.offset.get(),
            http_port: HTTP_PORT + node.offset.get(),
            thrift_port: THRIFT_PORT + node.offset.get(),
            ldap_port: product.version.facts().embedded_ldap.then_some(EMBEDDED_LDAP_PORT + node.offset.get()),
            home: is_home(product, nodes, node),
        })
    }
}

/// Identifies a node table: 16 hexadecimal digits (FNV-1a, 64 bits). Probes of the same table recognise each other by
/// it, and a report of an earlier table is detected. It is not a secret and does not authenticate the sender.
#[must_use]
pub fn node_table_fingerprint(nodes: &[ClusterNode]) -> String {
    let text: String = (nodes.iter())
        .map(|node| {
            let (offset, port) = (node.offset.get(), node.hazelcast_port.get());
            format!("{}\n{}\n{offset}\n{port}\n", node.name.as_str(), node.address().unwrap_or_default())
        })
        .collect();
    let digest = (text.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{digest:016x}")
}
