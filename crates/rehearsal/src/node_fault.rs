//! The faults that can be injected into a node for training, without editing a file.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use standin::Faults;

/// How long a slow node takes for each answer.
const SLOW_ANSWER_DELAY: Duration = Duration::from_secs(2);

/// A fault of one node. Its text is the one that the command line accepts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NodeFault {
    /// `clustering-off`
    ClusteringOff,
    /// `other-symmetric-key`
    OtherSymmetricKey,
    /// `other-key-store`
    OtherKeyStore,
    /// `own-database`
    OwnDatabase,
    /// `no-proxy-port`
    NoProxyPort,
    /// `slow`
    Slow,
    /// `unhealthy`
    Unhealthy,
    /// `health-disabled`
    HealthDisabled,
    /// `database-down`
    DatabaseDown,
    /// `broken-connections`
    BrokenConnections,
    /// `scim-error`
    ScimError,
    /// `internal-redirects`
    InternalRedirects,
}

impl NodeFault {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ClusteringOff,
        Self::OtherSymmetricKey,
        Self::OtherKeyStore,
        Self::OwnDatabase,
        Self::NoProxyPort,
        Self::Slow,
        Self::Unhealthy,
        Self::HealthDisabled,
        Self::DatabaseDown,
        Self::BrokenConnections,
        Self::ScimError,
        Self::InternalRedirects,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClusteringOff => "clustering-off",
            Self::OtherSymmetricKey => "other-symmetric-key",
            Self::OtherKeyStore => "other-key-store",
            Self::OwnDatabase => "own-database",
            Self::NoProxyPort => "no-proxy-port",
            Self::Slow => "slow",
            Self::Unhealthy => "unhealthy",
            Self::HealthDisabled => "health-disabled",
            Self::DatabaseDown => "database-down",
            Self::BrokenConnections => "broken-connections",
            Self::ScimError => "scim-error",
            Self::InternalRedirects => "internal-redirects",
        }
    }

    /// What it simulates, as part of a sentence.
    #[must_use]
    pub const fn simulates(self) -> &'static str {
        match self {
            Self::ClusteringOff => "a node without [clustering], or whose Hazelcast port is blocked",
            Self::OtherSymmetricKey => "a node with another [encryption] key",
            Self::OtherKeyStore => "a node with another primary keystore",
            Self::OwnDatabase => "a node that still uses its H2 database",
            Self::NoProxyPort => "a node without proxyPort, so that its URLs have the port of the node",
            Self::Slow => "a node that needs 2 s for each answer",
            Self::Unhealthy => "a node whose health check reports a broken connection to its database",
            Self::HealthDisabled => "a node whose health check is off",
            Self::DatabaseDown => "a node that cannot reach its database",
            Self::BrokenConnections => "a node whose new connections to the database fail while an old one works",
            Self::ScimError => "a node that answers each request to SCIM with 500",
            Self::InternalRedirects => "a node that redirects clients to its internal address",
        }
    }

    pub(crate) fn inject(self, faults: &mut Faults) {
        match self {
            Self::ClusteringOff => faults.clustering_off = true,
            Self::OtherSymmetricKey => faults.other_symmetric_key = true,
            Self::OtherKeyStore => faults.other_key_store = true,
            Self::OwnDatabase => faults.own_database = true,
            Self::NoProxyPort => faults.no_proxy_port = true,
            Self::Slow => faults.slow = Some(SLOW_ANSWER_DELAY),
            Self::Unhealthy => faults.unhealthy = true,
            Self::HealthDisabled => faults.health_disabled = true,
            Self::DatabaseDown => faults.database_down = true,
            Self::BrokenConnections => faults.sick_under_parallel_load = true,
            Self::ScimError => faults.status_500_on_scim = true,
            Self::InternalRedirects => faults.node_address_in_redirects = true,
        }
    }
}

impl fmt::Display for NodeFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for NodeFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|fault| fault.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("{text} is not a fault; the faults are {names}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_name_of_its_own_and_changes_a_node() {
        for fault in NodeFault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(fault));
            let mut faults = Faults::default();
            fault.inject(&mut faults);
            assert_ne!(faults, Faults::default(), "{fault}");
        }
        assert!("burning".parse::<NodeFault>().unwrap_err().contains("clustering-off, "));
    }
}
