//! CL-04 to CL-08, CL-10 and CL-11: what the files of all nodes must have in common, and what each must say of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{DeploymentFile, ExpectedNode, place_of_key};
use crate::check::CheckId;
use crate::finding::{Finding, Severity};
use crate::sites::reported;

/// Keys in which nodes differ rightly (docs/wso2.md).
const PER_NODE_KEYS: [&str; 4] =
    ["server.offset", "server.node_ip", "clustering.local_member_host", "clustering.local_member_port"];
/// Keys that have a check of their own.
const KEYS_WITH_OWN_CHECK: [&str; 2] = ["encryption.", "keystore.primary."];

pub(super) fn audit_nodes(files: &[DeploymentFile], nodes: &[ExpectedNode]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(node) = nodes.iter().find(|node| node.name == file.node) else { continue };
        findings.extend(audit_own_entries(file, node));
        match file.get("clustering.membership_scheme") {
            Some("wka") => findings.extend(members(file, nodes)),
            None if nodes.len() > 1 => findings.push(place_of_key(
                CheckId::Cl04,
                &file.node,
                "[clustering] membership_scheme is missing: IS does not cluster then, and says nothing.",
            )),
            _ => {}
        }
    }
    findings.extend(differences(files));
    findings
}

fn audit_own_entries(file: &DeploymentFile, node: &ExpectedNode) -> Option<Finding> {
    let own = file.get("clustering.local_member_host").or_else(|| file.get("server.node_ip")).unwrap_or("127.0.0.1");
    (own != node.host).then(|| {
        place_of_key(
            CheckId::Cl05,
            &file.node,
            &format!("local_member_host is {own}, but the node's address is {}.", node.host),
        )
    })
}

fn members(file: &DeploymentFile, nodes: &[ExpectedNode]) -> Option<Finding> {
    let expected: BTreeSet<String> =
        nodes.iter().map(|node| format!("{}:{}", node.host, node.hazelcast_port)).collect();
    let listed: BTreeSet<String> =
        file.get("clustering.members").unwrap_or_default().lines().map(str::to_owned).collect();
    let list = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let missing: Vec<&String> = expected.difference(&listed).collect();
    let extra: Vec<&String> = listed.difference(&expected).collect();
    match (missing.is_empty(), extra.is_empty()) {
        (true, true) => None,
        (false, _) => Some(place_of_key(CheckId::Cl04, &file.node, &format!("members lacks {}.", list(missing)))),
        (true, false) => {
            Some(place_of_key(CheckId::Cl04, &file.node, &format!("members lists {}, which is no node.", list(extra))))
        }
    }
}

/// The shortest heartbeat that a pause for garbage collection survives, in seconds; it is also how long the load balancer
/// waits for a node (the generated `proxy_connect_timeout` and `timeout connect`).
const MIN_HEARTBEAT_TIMEOUT_SECONDS: u32 = 10;
/// What WSO2's code sets, in seconds (HazelcastClusteringAgent).
const DEFAULT_HEARTBEAT_TIMEOUT_SECONDS: u32 = 600;
/// Hazelcast's property as a flat key: the key within `[hazelcast]` is one quoted word.
const HEARTBEAT_KEY: &str = "hazelcast.hazelcast.max.no.heartbeat.seconds";

/// CL-10 and CL-11: how caches stay alike, and how soon a dead node is noticed.
pub(super) fn caches(file: &DeploymentFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.get("server.force_local_cache").is_some_and(|value| value != "true") {
        findings.push(place_of_key(
            CheckId::Cl10,
            &file.node,
            "server.force_local_cache is off: caches are then spread over the nodes, and a node that is lost takes its part \
             along (product-is#28244).",
        ));
    }
    if file.get("clustering.membership_scheme").is_some() && file.get(HEARTBEAT_KEY).is_none() {
        findings.push(Finding {
            severity: Severity::Notes,
            remedy: "Write \"hazelcast.max.no.heartbeat.seconds\" = 60 into [hazelcast].".to_owned(),
            ..place_of_key(
                CheckId::Cl11,
                &file.node,
                &format!(
                    "hazelcast.max.no.heartbeat.seconds is not set: a crashed node stays a member for \
                     {DEFAULT_HEARTBEAT_TIMEOUT_SECONDS} s."
                ),
            )
        });
    }
    if let Some(text) = file.get(HEARTBEAT_KEY) {
        let what = match text.parse::<u32>() {
            Ok(MIN_HEARTBEAT_TIMEOUT_SECONDS..=DEFAULT_HEARTBEAT_TIMEOUT_SECONDS) => None,
            Ok(seconds) if seconds < MIN_HEARTBEAT_TIMEOUT_SECONDS => Some(reported(format!(
                "hazelcast.max.no.heartbeat.seconds is {seconds}: a node that pauses is dropped while the load balancer still \
                 waits for it ({MIN_HEARTBEAT_TIMEOUT_SECONDS} s)."
            ))),
            Ok(seconds) => Some(reported(format!(
                "hazelcast.max.no.heartbeat.seconds is {seconds}: a crashed node stays a member longer than the \
                 {DEFAULT_HEARTBEAT_TIMEOUT_SECONDS} s that IS sets itself."
            ))),
            Err(_) => Some(reported("hazelcast.max.no.heartbeat.seconds is not a number of seconds.")),
        };
        findings.extend(what.map(|what| Finding {
            severity: Severity::Warns,
            remedy: format!(
                "Set it to a number from {MIN_HEARTBEAT_TIMEOUT_SECONDS} to {DEFAULT_HEARTBEAT_TIMEOUT_SECONDS}."
            ),
            ..place_of_key(CheckId::Cl11, &file.node, &what)
        }));
    }
    findings
}

/// Keys whose values are not the same in all files. Values are not shown: they may be secret.
fn differences(files: &[DeploymentFile]) -> Vec<Finding> {
    let mut values: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    let keys: BTreeSet<&String> = files.iter().flat_map(|file| file.values.keys()).collect();
    for key in keys {
        values.insert(key, files.iter().map(|file| file.get(key)).collect());
    }
    let all = "all nodes";
    (values.into_iter())
        .filter(|(key, values)| values.len() > 1 && !PER_NODE_KEYS.contains(key) && *key != "clustering.members")
        .map(|(key, _)| {
            if key == "clustering.domain" {
                place_of_key(CheckId::Cl06, all, "clustering.domain differs: the nodes would form several clusters.")
            } else if KEYS_WITH_OWN_CHECK.iter().any(|prefix| key.starts_with(prefix)) {
                place_of_key(
                    CheckId::Cl07,
                    all,
                    &format!("{key} differs: one node cannot read what another encrypted or signed."),
                )
            } else {
                place_of_key(CheckId::Cl08, all, &format!("{key} differs between nodes."))
            }
        })
        .collect()
}
