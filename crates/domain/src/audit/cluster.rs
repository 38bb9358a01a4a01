//! CL-04 to CL-08, CL-10 and CL-11: common values of all nodes, and values of each node.

use std::collections::{BTreeMap, BTreeSet};

use super::{DeploymentFile, ExpectedNode, place_of_key};
use crate::check::CheckId;
use crate::finding::{Finding, Severity};
use crate::sites::reported;

/// Keys in which nodes may differ (docs/wso2.md).
const PER_NODE_KEYS: [&str; 4] =
    ["server.offset", "server.node_ip", "clustering.local_member_host", "clustering.local_member_port"];
/// Keys with a dedicated check.
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
                "[clustering] membership_scheme is missing: clustering stays disabled, and nothing is logged.",
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
        (true, false) => Some(place_of_key(
            CheckId::Cl04,
            &file.node,
            &format!("members lists {}, which is not a node.", list(extra)),
        )),
    }
}

/// Minimum heartbeat timeout that tolerates a garbage collection pause, in seconds; also the time that the load
/// balancer waits for a node (the generated `proxy_connect_timeout` and `timeout connect`).
const MIN_HEARTBEAT_TIMEOUT_SECONDS: u32 = 10;
/// The default in WSO2's code, in seconds (HazelcastClusteringAgent).
const DEFAULT_HEARTBEAT_TIMEOUT_SECONDS: u32 = 600;
/// Hazelcast's property as a flat key: the key within `[hazelcast]` is one quoted word.
const HEARTBEAT_KEY: &str = "hazelcast.hazelcast.max.no.heartbeat.seconds";

/// CL-10 and CL-11: consistency of caches, and the time until a dead node is detected.
pub(super) fn caches(file: &DeploymentFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.get("server.force_local_cache").is_some_and(|value| value != "true") {
        findings.push(place_of_key(
            CheckId::Cl10,
            &file.node,
            "server.force_local_cache is off: caches are distributed over the nodes, and entries on a lost node are lost \
             (product-is#28244).",
        ));
    }
    if file.get("clustering.membership_scheme").is_some() && file.get(HEARTBEAT_KEY).is_none() {
        findings.push(Finding {
            severity: Severity::Notes,
            remedy: "Add \"hazelcast.max.no.heartbeat.seconds\" = 60 to [hazelcast].".to_owned(),
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
                "hazelcast.max.no.heartbeat.seconds is {seconds}: a crashed node stays a member longer than the default of \
                 {DEFAULT_HEARTBEAT_TIMEOUT_SECONDS} s."
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

/// Keys whose values differ between the files. Values are not shown: they may be secret.
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
