//! The keys of a running cluster: effects of replacing them, and a plan without them.

use crate::draft::Draft;
use crate::finding::{Finding, FindingLocation, Severity};
use crate::step::Step;
use crate::steps::{ClusterState, keys};

/// Effects of new keys on a running cluster (observed on IS 6.0.0 and 7.2.0), one sentence each.
pub const EFFECTS_OF_NEW_KEYS: [&str; 4] = [
    "JWT access tokens and ID tokens issued before are no longer valid, and sessions that depend on them end.",
    "Stored secrets cannot be decrypted, such as client secrets of federated identity providers and passwords of secondary user stores. Enter them again.",
    "The event publishers in the pack, which IS encrypted at its first start, fail at every start with an error in the log.",
    "Clients that pin the signing certificate or the cluster's CA reject the cluster until they have the new ones.",
];

/// The problem that blocks the download while the keys of a running cluster are missing.
#[must_use]
pub fn missing_keys_finding(draft: &Draft, has_keys: bool) -> Option<Finding> {
    (!has_keys && draft.text(keys::PRODUCT.cluster) == ClusterState::Running.value()).then(|| Finding {
        severity: Severity::Blocks,
        check: None,
        at: FindingLocation::setting(Step::Product, keys::PRODUCT.cluster),
        what: "The cluster is running, but its keys are missing.".to_owned(),
        why: "New keys make tokens and stored secrets of the running cluster unreadable.".to_owned(),
        remedy:
            "Upload cluster-keys.json or a bundle of the cluster on the page Keys. If no node runs yet, choose New."
                .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_running_cluster_without_keys_is_stopped() {
        let mut draft = Draft::default();
        assert!(missing_keys_finding(&draft, false).is_none(), "a new cluster gets keys");
        draft.set("product.cluster", "running");
        assert!(missing_keys_finding(&draft, true).is_none());
        assert_eq!(missing_keys_finding(&draft, false).map(|finding| finding.severity), Some(Severity::Blocks));
    }
}
