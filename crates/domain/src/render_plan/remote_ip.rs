//! Tomcat's RemoteIpValve: the addresses whose X-Forwarded-For a node trusts.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde::Serialize;

use crate::cluster::Cluster;

/// Possible addresses of a load balancer whose address is not known: private and shared networks, loopback (the ranges
/// of Tomcat's default). Written without backslashes and braces, which IS's mapper would change.
const PRIVATE_NETWORKS: &str = "127[.][0-9.]+|10[.][0-9.]+|192[.]168[.][0-9.]+|172[.](1[6-9]|2[0-9]|3[01])[.][0-9.]+|\
     169[.]254[.][0-9.]+|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.][0-9.]+";

/// `[catalinaValves.remoteIpValve]`.
#[derive(Clone, Debug, Serialize)]
pub struct RemoteIpPlan {
    /// `internalProxies`: a regular expression for the addresses that the load balancer connects from.
    pub proxies: String,
    /// `protocolHeader`. Without it, the connector uses `https` and its proxyPort. With X-Forwarded-Proto, the valve
    /// sets port 443, so it is only used if clients use 443.
    pub protocol_header: &'static str,
}

impl RemoteIpPlan {
    /// The valve of the cluster; `None` before IS 6.0.
    pub(super) fn new(cluster: &Cluster) -> Option<Self> {
        let inputs = cluster.inputs();
        if !inputs.product.version.facts().remote_ip_valve {
            return None;
        }
        let balancer = &inputs.load_balancer;
        let machine = balancer.address.as_ref();
        // On a node's machine, a load balancer connects from the node's own address or from loopback.
        let beside = (inputs.nodes.iter())
            .filter_map(|node| node.host.as_ref())
            .filter(|host| host.is_loopback() || machine.is_some_and(|machine| machine.machine() == host.machine()));
        let known: Option<BTreeSet<Ipv4Addr>> = machine.map(|machine| machine.address()).and_then(|address| {
            Some(std::iter::once(address?).chain(beside.filter_map(|host| host.address())).collect())
        });
        let pattern = |address: &Ipv4Addr| address.to_string().replace('.', "[.]");
        Some(Self {
            proxies: known.map_or_else(
                || PRIVATE_NETWORKS.to_owned(),
                |known| known.iter().map(pattern).collect::<Vec<_>>().join("|"),
            ),
            protocol_header: if balancer.https_port.get() == 443 { "X-Forwarded-Proto" } else { "X-Forwarded-Scheme" },
        })
    }
}
