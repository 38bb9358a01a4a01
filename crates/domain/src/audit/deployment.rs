//! All audits of the deployment.toml files in turn.

use super::file::DeploymentFile;
use super::file_error::DeploymentFileError;
use super::{ExpectedNode, cluster, front, keys, place_of_key, types, values};
use crate::check::CheckId;
use crate::finding::Finding;
use crate::product::Version;

/// Audits the deployment.toml of every node: `files` holds node names and texts, `nodes` the expected values, in any
/// order.
#[must_use]
pub fn audit(files: &[(String, String)], version: Version, nodes: &[ExpectedNode]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut read = Vec::new();
    for (node, text) in files {
        match DeploymentFile::read(node, text) {
            Ok(file) => read.push(file),
            Err(DeploymentFileError::RepeatedKey(message)) => {
                findings.push(place_of_key(CheckId::Cl03, node, &message));
            }
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
