//! Ids of the catalogue that are no checks of this program yet, with what they need. docs/checks.md lists them.

/// Checks of the running cluster: they need an Identity Server that runs, which the verification of a cluster brings.
pub const VERIFICATION: &[(&str, &str)] = &[
    ("VF-01", "Health endpoint answers on each node"),
    ("VF-02", "Console, My Account, discovery and JWKS answer through the load balancer"),
    ("VF-03", "No redirect names a node or port 9443"),
    ("VF-04", "All nodes serve the same JWKS and certificate"),
    ("VF-05", "As many members as nodes"),
    ("VF-06", "Login goes on when the node changes in the middle"),
    ("VF-07", "Tokens are active and revoked on every node"),
    ("VF-08", "Users made on one node are read on the others"),
    ("VF-09", "Tenant and user store artefacts are on all nodes"),
    ("VF-10", "Sessions survive the loss of a node"),
    ("VF-11", "A node that comes back has no stale cache"),
    ("VF-12", "Database connections are as many as computed"),
    ("VF-13", "No known error in the log"),
    ("VF-14", "Certificates are in date on every hop"),
];
