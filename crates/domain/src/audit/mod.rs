//! The audit of deployment.toml files: generated ones are audited before a bundle is released.
//!
//! Text in, findings out. The caller selects and reads the files.

mod balancer;
mod cluster;
mod directives;
mod file;
mod front;
mod key_stores;
mod keys;
mod trust;
mod types;
mod values;

pub use balancer::audit_load_balancer;
pub use file::{DeploymentFile, DeploymentFileError, TomlKind};
pub use front::audit_public_url;
pub use key_stores::{KeyStoreFacts, KeyStoreFault, audit_key_stores};
pub use trust::{TrustFolder, TrustedAuthority, audit_trust_folders};

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation};
use crate::product::Version;
use crate::rules::found;

/// The expected values in a node's file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpectedNode {
    /// Its name.
    pub name: String,
    /// Its own address.
    pub host: String,
    /// Its Hazelcast port.
    pub hazelcast_port: u16,
}

/// Audits the deployment.toml of every node: `files` holds node names and texts, `nodes` the expected values, in any
/// order.
#[must_use]
pub fn audit(files: &[(String, String)], version: Version, nodes: &[ExpectedNode]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut read = Vec::new();
    for (node, text) in files {
        match DeploymentFile::read(node, text) {
            Ok(file) => read.push(file),
            Err(DeploymentFileError::Twice(message)) => findings.push(place_of_key(CheckId::Cl03, node, &message)),
            Err(DeploymentFileError::Other(message)) => findings.push(place_of_key(CheckId::Cl01, node, &message)),
        }
    }
    for file in &read {
        findings.extend(keys::audit_unknown_keys(file, version));
        findings.extend(front::issuer(file, version));
        findings.extend(values::audit_values(file));
        findings.extend(types::audit_types(file));
        findings.extend(cluster::caches(file));
    }
    findings.extend(cluster::audit_nodes(&read, nodes));
    findings
}

/// A finding about one node's file.
#[track_caller]
fn place_of_key(check: CheckId, node: &str, what: &str) -> Finding {
    found(check, FindingLocation::step(check.spec().step), format!("deployment.toml of {node}: {what}"), "")
}
