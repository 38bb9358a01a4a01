//! The rules about finished deployment.toml files, whoever wrote them: ours are audited before a bundle is given out.
//!
//! Text in, findings out. Which files there are and where they come from is the caller's matter.

mod balancer;
mod cluster;
mod deployment;
mod directives;
mod file;
mod front;
mod key_stores;
mod keys;
mod trust;
mod types;
mod values;

pub use balancer::audit_load_balancer;
pub use deployment::audit;
pub use file::{DeploymentFile, DeploymentFileError, TomlKind};
pub use front::audit_public_url;
pub use key_stores::{KeyStoreFacts, KeyStoreFault, audit_key_stores};
pub use trust::{TrustFolder, TrustedAuthority, audit_trust_folders};

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, found};

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

/// A finding about one node's file.
#[track_caller]
fn place_of_key(check: CheckId, node: &str, what: &str) -> Finding {
    found(check, FindingLocation::step(check.spec().step), format!("deployment.toml of {node}: {what}"), "")
}
