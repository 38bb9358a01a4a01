//! The rules about finished deployment.toml files, whoever wrote them: ours are audited before a bundle is given out.
//!
//! Text in, findings out. Which files there are and where they come from is the caller's matter.

mod cluster;
mod file;
mod keys;
mod values;

pub use file::DeploymentFile;

use crate::check::CheckId;
use crate::finding::{Finding, Place};
use crate::product::Version;
use crate::rules::found;

/// What a node's file must say about itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpectedNode {
    /// Its name.
    pub name: String,
    /// Its own address.
    pub host: String,
    /// Its Hazelcast port.
    pub hazelcast_port: u16,
}

/// Audits the deployment.toml of every node: `files` holds node names and texts, `nodes` what they must say about
/// themselves, in any order.
#[must_use]
pub fn audit(files: &[(String, String)], version: Version, nodes: &[ExpectedNode]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut read = Vec::new();
    for (node, text) in files {
        match DeploymentFile::read(node, text) {
            Ok(file) => read.push(file),
            Err(message) => findings.push(at(CheckId::Cl03, node, &message)),
        }
    }
    for file in &read {
        findings.extend(keys::unknown(file, version));
        findings.extend(values::judge(file));
    }
    findings.extend(cluster::judge(&read, nodes));
    findings
}

/// A finding about one node's file.
fn at(check: CheckId, node: &str, what: &str) -> Finding {
    found(check, Place::step(check.spec().step), format!("deployment.toml of {node}: {what}"), "")
}
