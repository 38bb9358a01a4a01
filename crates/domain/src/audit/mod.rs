//! The audit of deployment.toml files: generated ones are audited before a bundle is released.
//!
//! Text in, findings out. The caller selects and reads the files.

mod balancer;
mod cluster;
mod deployment;
mod directives;
mod file;
mod file_error;
mod front;
mod key_stores;
mod keys;
mod trust;
mod types;
mod values;

pub use balancer::audit_load_balancer;
pub use deployment::audit;
pub use directives::Directive;
pub use file::{DeploymentFile, TomlKind};
pub use file_error::DeploymentFileError;
pub use front::audit_public_url;
pub use key_stores::{KeyStoreFacts, KeyStoreFault, audit_key_stores};
pub use trust::{TrustFolder, TrustedAuthority, audit_trust_folders};

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, found};

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

/// A finding about one node's file.
#[track_caller]
fn place_of_key(check: CheckId, node: &str, what: &str) -> Finding {
    found(check, FindingLocation::step(check.spec().step), format!("deployment.toml of {node}: {what}"), "")
}
