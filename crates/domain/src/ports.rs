//! The TCP ports that a node listens on: one list for rules, runbook, probes and live checks.
//!
//! Observed on nodes of 6.0 to 7.2; IS also opens one random high port that no setting controls.

use crate::product::Version;
use crate::steps::ClusterNode;

/// `[transport.https]` before the offset (carbon.xml, ServletTransportManager).
pub const HTTPS_PORT: u16 = 9443;
/// `[transport.http]` before the offset.
pub const HTTP_PORT: u16 = 9763;
/// The embedded LDAP server up to 5.11, before the offset.
pub const EMBEDDED_LDAP_PORT: u16 = 10389;
/// Thrift authentication before the offset. IS opens it on `node_ip`.
pub const THRIFT_PORT: u16 = 10711;

/// The purpose of a port of a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PortPurpose {
    /// Browsers and applications, through the load balancer.
    Https,
    /// HTTP without TLS.
    Http,
    /// IS's own LDAP server.
    EmbeddedLdap,
    /// The other members of the cluster.
    Hazelcast,
    /// Thrift authentication.
    Thrift,
}

impl PortPurpose {
    /// The name in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Https => "HTTPS",
            Self::Http => "HTTP",
            Self::EmbeddedLdap => "embedded LDAP",
            Self::Hazelcast => "Hazelcast",
            Self::Thrift => "Thrift authentication",
        }
    }

    /// Whether `[server] offset` applies to it. Hazelcast's port has a separate column.
    #[must_use]
    pub const fn follows_offset(self) -> bool {
        !matches!(self, Self::Hazelcast)
    }
}

/// The ports of a node. Without a version, the embedded LDAP server is omitted.
#[must_use]
pub fn of(node: &ClusterNode, version: Option<Version>) -> Vec<(u16, PortPurpose)> {
    let offset = node.offset.get();
    let mut ports = vec![
        (HTTPS_PORT + offset, PortPurpose::Https),
        (HTTP_PORT + offset, PortPurpose::Http),
        (node.hazelcast_port.get(), PortPurpose::Hazelcast),
        (THRIFT_PORT + offset, PortPurpose::Thrift),
    ];
    if version.is_some_and(|version| version.facts().embedded_ldap) {
        ports.insert(2, (EMBEDDED_LDAP_PORT + offset, PortPurpose::EmbeddedLdap));
    }
    ports
}
