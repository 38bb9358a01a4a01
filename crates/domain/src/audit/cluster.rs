//! CL-04 to CL-08, CL-10 and CL-11: what the files of all nodes must have in common, and what each must say of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{DeploymentFile, ExpectedNode, at};
use crate::check::CheckId;
use crate::finding::{Finding, Severity};

/// Keys in which nodes differ rightly (docs/wso2.md).
const OWN: [&str; 4] =
    ["server.offset", "server.node_ip", "clustering.local_member_host", "clustering.local_member_port"];
/// Keys that have a check of their own.
const KEYS: [&str; 2] = ["encryption.", "keystore.primary."];

pub(super) fn judge(files: &[DeploymentFile], nodes: &[ExpectedNode]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(node) = nodes.iter().find(|node| node.name == file.node) else { continue };
        findings.extend(itself(file, node));
        match file.get("clustering.membership_scheme") {
            Some("wka") => findings.extend(members(file, nodes)),
            None if nodes.len() > 1 => findings.push(at(
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

fn itself(file: &DeploymentFile, node: &ExpectedNode) -> Option<Finding> {
    let own = file.get("clustering.local_member_host").or_else(|| file.get("server.node_ip")).unwrap_or("127.0.0.1");
    (own != node.host).then(|| {
        at(CheckId::Cl05, &file.node, &format!("local_member_host is {own}, but the node's address is {}.", node.host))
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
        (false, _) => Some(at(CheckId::Cl04, &file.node, &format!("members lacks {}.", list(missing)))),
        (true, false) => {
            Some(at(CheckId::Cl04, &file.node, &format!("members lists {}, which is no node.", list(extra))))
        }
    }
}

/// The shortest heartbeat that a pause for garbage collection survives, in seconds; it is also how long the load balancer
/// waits for a node (the generated `proxy_connect_timeout` and `timeout connect`).
const SHORTEST_HEARTBEAT: u32 = 10;
/// What WSO2's code sets, in seconds (HazelcastClusteringAgent).
const USUAL_HEARTBEAT: u32 = 600;
/// Hazelcast's property as a flat key: the key within `[hazelcast]` is one quoted word.
const HEARTBEAT: &str = "hazelcast.hazelcast.max.no.heartbeat.seconds";

/// CL-10 and CL-11: how caches stay alike, and how soon a dead node is noticed.
pub(super) fn caches(file: &DeploymentFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.get("server.force_local_cache").is_some_and(|value| value != "true") {
        findings.push(at(
            CheckId::Cl10,
            &file.node,
            "server.force_local_cache is off: caches are then spread over the nodes, and a node that is lost takes its part \
             along (product-is#28244).",
        ));
    }
    if file.get("clustering.membership_scheme").is_some() && file.get(HEARTBEAT).is_none() {
        findings.push(Finding {
            severity: Severity::Notes,
            remedy: "Write \"hazelcast.max.no.heartbeat.seconds\" = 60 into [hazelcast].".to_owned(),
            ..at(
                CheckId::Cl11,
                &file.node,
                &format!(
                    "hazelcast.max.no.heartbeat.seconds is not set: a crashed node stays a member for \
                     {USUAL_HEARTBEAT} s."
                ),
            )
        });
    }
    if let Some(text) = file.get(HEARTBEAT) {
        let what = match text.parse::<u32>() {
            Ok(SHORTEST_HEARTBEAT..=USUAL_HEARTBEAT) => None,
            Ok(seconds) if seconds < SHORTEST_HEARTBEAT => Some(format!(
                "hazelcast.max.no.heartbeat.seconds is {seconds}: a node that pauses is dropped while the load balancer still \
                 waits for it ({SHORTEST_HEARTBEAT} s)."
            )),
            Ok(seconds) => Some(format!(
                "hazelcast.max.no.heartbeat.seconds is {seconds}: a crashed node stays a member longer than the \
                 {USUAL_HEARTBEAT} s that IS sets itself."
            )),
            Err(_) => Some("hazelcast.max.no.heartbeat.seconds is not a number of seconds.".to_owned()),
        };
        findings.extend(what.map(|what| Finding {
            severity: Severity::Warns,
            remedy: format!("Set it to a number from {SHORTEST_HEARTBEAT} to {USUAL_HEARTBEAT}."),
            ..at(CheckId::Cl11, &file.node, &what)
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
        .filter(|(key, values)| values.len() > 1 && !OWN.contains(key) && *key != "clustering.members")
        .map(|(key, _)| {
            if key == "clustering.domain" {
                at(CheckId::Cl06, all, "clustering.domain differs: the nodes would form several clusters.")
            } else if KEYS.iter().any(|prefix| key.starts_with(prefix)) {
                at(
                    CheckId::Cl07,
                    all,
                    &format!("{key} differs: one node cannot read what another encrypted or signed."),
                )
            } else {
                at(CheckId::Cl08, all, &format!("{key} differs between nodes."))
            }
        })
        .collect()
}
