//! TL-07: install.sh imports every CA that a node needs, from the node's trust folder.

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, found};

/// A certificate that every node must trust.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedAuthority {
    /// The server, such as `the database`.
    pub of: &'static str,
    /// The SHA-256 of each certificate, in lower-case hexadecimal digits.
    pub fingerprints: Vec<String>,
}

/// The trust folder of one node.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustFolder {
    /// The node.
    pub node: String,
    /// The SHA-256 of every certificate in it, in lower-case hexadecimal digits.
    pub fingerprints: Vec<String>,
    /// Whether install.sh imports the folder.
    pub is_imported: bool,
}

/// Audits the trust folders of all nodes.
#[must_use]
pub fn audit_trust_folders(folders: &[TrustFolder], authorities: &[TrustedAuthority]) -> Vec<Finding> {
    let at = || FindingLocation::step(CheckId::Tl07.step());
    let mut findings = Vec::new();
    for folder in folders {
        if !folder.is_imported {
            let what = format!("install.sh of {} does not import its trust folder.", folder.node);
            findings.push(found(CheckId::Tl07, at(), what, "Download the bundle again."));
            continue;
        }
        for authority in authorities {
            let lacks = |fingerprint: &String| !folder.fingerprints.contains(fingerprint);
            if authority.fingerprints.iter().any(lacks) {
                let what = format!(
                    "The trust folder of {} lacks a certificate of {}: IS's connections to it fail with \"unable to find valid \
                     certification path\" (product-is#1966).",
                    folder.node, authority.of
                );
                findings.push(found(CheckId::Tl07, at(), what, "Download the bundle again."));
            }
        }
    }
    findings
}
