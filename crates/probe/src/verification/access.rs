//! What a verification needs beside the answers: where the nodes are, whom to trust, and the account that may create test
//! objects.

use std::fmt;

use domain::secret::Secret;

use crate::certificate::TrustAnchors;

/// How a deployed cluster is reached.
#[derive(Clone, Debug)]
pub struct ClusterAccess {
    /// Where nodes and the load balancer answer, if not at the address and port of the plan. URLs stay those of the plan.
    pub addresses: Vec<ClusterAddress>,
    /// Who issued the certificates of the nodes. The account's password is sent to no other node.
    pub node_authorities: TrustAnchors,
    /// The same for the load balancer, whose certificate may come from a CA that many use.
    pub balancer_authorities: TrustAnchors,
    /// Who creates the test objects; `None` for a verification that only reads.
    pub account: Option<VerificationAccount>,
    /// The addresses that a person confirmed, as [`ClusterAddress::list`] returns them. If those of the answers differ when the run
    /// begins, nothing is contacted. `None` if the answers decide.
    pub confirmed: Option<Vec<ClusterAddress>>,
}

/// The name of the load balancer among the endpoints of a cluster; no node can have it.
pub const LOAD_BALANCER_NAME: &str = "the load balancer";

/// Where the load balancer or a node answers over HTTPS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterAddress {
    /// The node's name in the plan, or [`LOAD_BALANCER_NAME`].
    pub name: String,
    /// Host name or IP address.
    pub host: String,
    /// HTTPS port.
    pub port: u16,
}

impl fmt::Display for ClusterAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, host, port } = self;
        if host.contains(':') {
            write!(formatter, "{name} at [{host}]:{port}")
        } else {
            write!(formatter, "{name} at {host}:{port}")
        }
    }
}

/// An account of IS, and how its test objects are named.
#[derive(Clone)]
pub struct VerificationAccount {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// Tells the test objects of this run from those of others: only letters, digits and hyphens.
    pub run_name: String,
    /// The password of test users. It satisfies the default policy of every version.
    pub test_password: Secret,
}

impl fmt::Debug for VerificationAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("VerificationAccount").field("run_name", &self.run_name).finish_non_exhaustive()
    }
}
